"""The services once actions are done."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import assign, floats, touched

SECTORS, SECTORS_RADIO, SEARCH, RENEWAL = "sectorisation", "sectorisation_radio", "leak_search", "pipe_renewal"


def apply(inventory: Bundle, actions: pa.Table) -> Bundle:
    """The inventory as it would be: losses planned to fall, services sectorised, pipes renewed."""
    table = inventory["service_eau"]
    for kind in (SECTORS, SECTORS_RADIO, SEARCH, RENEWAL):
        chosen = actions.filter(pc.equal(actions["kind"], kind))
        if chosen.num_rows:
            table = _done(table, chosen, kind)
    return dict(inventory) | {"service_eau": table}


def _done(table: pa.Table, chosen: pa.Table, kind: str) -> pa.Table:
    action = touched(table, chosen)
    rows = action >= 0
    given = [json.loads(text) for text in chosen["parameters"].to_pylist()]
    share = np.array([g["loss_reduction"] for g in given] + [0.0])[action]
    before = np.nan_to_num(floats(table, "planned_loss_reduction"))
    values = {"planned_loss_reduction": 1.0 - (1.0 - before) * (1.0 - share)}
    table = assign(table, rows, values)
    if kind in (SECTORS, SECTORS_RADIO):
        return assign(table, rows, {"sectorised": True})
    if kind == RENEWAL:
        length = np.array([g["renewed_km"] for g in given] + [0.0])[action]
        return assign(table, rows, {"renewed_5y_km": floats(table, "renewed_5y_km") + length})
    return table
