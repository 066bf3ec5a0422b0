"""What contradicts itself in a stock, building by building: named, never corrected in silence."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import HEATED_USES
from jumeau.engines.tables import floats

Flags = NDArray[np.bool_]
WORSHIP = (
    r"^(église|eglise|chapelle|cathédrale|cathedrale|basilique|collégiale|collegiale|abbatiale|mosquée|mosquee|synagogue)\b"
)
"""Names that say what a building is; `temple` and `prieuré` are also streets, schools and town halls."""
LEAST_STOREY_M, MOST_STOREY_M, MOST_STOREYS = 2.2, 8.0, 15.0
LEAST_SHARE = 0.02
LEAST_KWH_M2, MOST_KWH_M2 = 3.0, 2_000.0
DOUBLE = "doublon"
DOUBTS = (
    "culte", "surface_trop_grande", "surface_trop_petite", "hauteur_etages", "facture_surface", "etiquette_facture", DOUBLE,
)  # fmt: skip
BEST, WORST = ("A", "B"), ("F", "G")
GOOD_KWH_M2, BAD_KWH_M2 = 400.0, 40.0


def worship_named(table: pa.Table) -> Flags:
    """Buildings with a heated use, or a vague one, whose name is that of a place of worship (N,)."""
    use = pc.fill_null(table["usage"], "indifferencie")
    open_to_it = pc.is_in(use, value_set=pa.array([*HEATED_USES, "indifferencie"]))
    named = pc.match_substring_regex(pc.fill_null(table["nom"], ""), WORSHIP, ignore_case=True)
    return np.asarray(pc.and_(open_to_it, named))


def doubts(table: pa.Table, footprint: NDArray[np.float64], twice: Flags) -> dict[str, Flags]:
    """Which buildings (N,) contradict themselves, by kind of DOUBTS. footprint: [m²], NaN where unknown; twice: drawings that
    do not count (`doubles`).

    Table: columns of the layer as declared, before the inventory settles anything.
    """
    names = ("floor_area_m2", "storeys", "height_m", "annual_energy_kwh")
    floor, storeys, height, bill = (floats(table, name) for name in names)
    label = np.array(table["dpe_class"].to_pylist(), object)
    room = footprint * np.where(np.isnan(_levels(storeys, height)), MOST_STOREYS, _levels(storeys, height))
    with np.errstate(divide="ignore", invalid="ignore"):
        storey, per_m2 = height / storeys, bill / floor
        found = {
            "culte": worship_named(table),
            "surface_trop_grande": floor > room,
            "surface_trop_petite": floor < LEAST_SHARE * footprint,
            "hauteur_etages": (storey < LEAST_STOREY_M * 0.8) | (storey > MOST_STOREY_M * 1.5),
            "facture_surface": ((per_m2 > MOST_KWH_M2) | ((per_m2 < LEAST_KWH_M2) & (bill > 0))),
            "etiquette_facture": (np.isin(label, BEST) & (per_m2 > GOOD_KWH_M2))
            | (np.isin(label, WORST) & (per_m2 < BAD_KWH_M2)),
            DOUBLE: twice,
        }
    return {name: np.asarray(found[name], bool) for name in DOUBTS}


def _levels(storeys: NDArray[np.float64], height: NDArray[np.float64]) -> Any:
    """Most storeys that may be there: two more than said, or than the height holds."""
    return np.fmax(storeys + 2, np.ceil(height / LEAST_STOREY_M) + 2)
