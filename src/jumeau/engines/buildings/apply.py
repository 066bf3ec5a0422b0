"""The inventory once actions are done."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.buildings.choices import LAYER
from jumeau.engines.buildings.works import CHANGES, SOLAR, STEP
from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import assign, floats, touched

AFTER = '"after": ["'
"""How the parameters of an action name works before its own."""


def apply(inventory: Bundle, actions: pa.Table) -> Bundle:
    """The inventory as it would be once `actions` are done; ids kept, kinds of other engines left out.

    Bills and labels stay: they go on describing the state of the `_ref_` columns.
    """
    table = inventory[LAYER]
    for kind, columns in CHANGES.items():
        chosen = actions.filter(pc.equal(actions["kind"], kind))
        if chosen.num_rows:
            table = assign(table, touched(table, chosen) >= 0, columns)
    table = _stepped(table, actions.filter(pc.equal(actions["kind"], STEP)), "kinds")
    return dict(inventory) | {LAYER: _panels(table, actions.filter(pc.equal(actions["kind"], SOLAR)))}


def before(inventory: Bundle, actions: pa.Table) -> Bundle:
    """The inventory in which `actions` are tried: with the works that come before theirs."""
    later = actions.filter(pc.match_substring(pc.fill_null(actions["parameters"], ""), AFTER))
    return dict(inventory) | {LAYER: _stepped(inventory[LAYER], later, "after")} if later.num_rows else inventory


def _stepped(table: pa.Table, actions: pa.Table, key: str) -> pa.Table:
    """The table with the kinds that `parameters` name under `key` done on the buildings of each action."""
    kinds = [set(json.loads(text)[key]) for text in actions["parameters"].to_pylist()]
    for kind, columns in CHANGES.items():
        chosen = actions.filter(pa.array([kind in mine for mine in kinds], pa.bool_()))
        if chosen.num_rows:
            table = assign(table, touched(table, chosen) >= 0, columns)
    return table


def _panels(table: pa.Table, chosen: pa.Table) -> pa.Table:
    if not chosen.num_rows:
        return table
    at = touched(table, chosen)
    power = np.array([json.loads(text)["kw"] for text in chosen["parameters"].to_pylist()])
    known = np.nan_to_num(floats(table, "solar_kw")) + np.where(at >= 0, power[at], 0.0)
    return assign(table, at >= 0, {"solar_kw": known})
