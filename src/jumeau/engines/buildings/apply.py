"""The inventory once actions are done."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.buildings.choices import HEAT_PUMP, LAYER, RENOVATED
from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import assign, touched

INSULATION, PUMP, CONTROL = "isolation_batiment", "pompe_chaleur", "gestion_technique"
CHANGES: dict[str, dict[str, Any]] = {
    INSULATION: {"insulation": RENOVATED},
    PUMP: {"heating_energy": "electricite", "heating_system": HEAT_PUMP},
    CONTROL: {"control_class": "B"},
    "isolation_murs": {"wall_insulation": RENOVATED},
    "isolation_toiture": {"roof_insulation": RENOVATED},
    "isolation_plancher": {"floor_insulation": RENOVATED},
    "menuiseries": {"windows_renewed": RENOVATED},
    "gestion_technique_a": {"control_class": "A"},
}
"""What each kind of action sets. Bills and labels stay: they go on describing the state of the `_ref_` columns."""


def apply(inventory: Bundle, actions: pa.Table) -> Bundle:
    """The inventory as it would be once `actions` are done; ids kept, kinds of other engines left out."""
    table = inventory[LAYER]
    for kind, values in CHANGES.items():
        chosen = actions.filter(pc.equal(actions["kind"], kind))
        if chosen.num_rows:
            table = assign(table, touched(table, chosen) >= 0, values)
    return dict(inventory) | {LAYER: table}
