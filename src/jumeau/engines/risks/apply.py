"""The exposed assets once actions are done."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import assign, floats, touched

ALERT, PROTECTION, CABINETS, STUDY = "flood_alert", "flood_protection", "raise_cabinets", "flood_study"


def apply(inventory: Bundle, actions: pa.Table) -> Bundle:
    """The inventory as it would be: assets under alert, assets protected up to a depth. A study changes nothing."""
    table = inventory["actif_expose"]
    warned = actions.filter(pc.equal(actions["kind"], ALERT))
    if warned.num_rows:
        table = assign(table, touched(table, warned) >= 0, {"alerted": True})
    built = actions.filter(pc.is_in(actions["kind"], value_set=pa.array([PROTECTION, CABINETS])))
    if built.num_rows:
        action = touched(table, built)
        height = np.array([json.loads(text)["height_m"] for text in built["parameters"].to_pylist()] + [0.0])[action]
        before = np.nan_to_num(floats(table, "flood_protection_m"))
        table = assign(table, action >= 0, {"flood_protection_m": np.maximum(before, height)})
    return dict(inventory) | {"actif_expose": table}
