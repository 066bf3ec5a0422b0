"""What users bring of their own: layers, actions and needs, kept in the twin and planned with the rest."""

from collections.abc import Mapping
from datetime import UTC, date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError
from jumeau.invest.programme import combine
from jumeau.model.action import ACTION_SCHEMA, EFFECT_SCHEMA, actions_table
from jumeau.model.dictionary import Layer, builtin_layers, read_layer
from jumeau.model.need import Need, needs
from jumeau.model.price import UnitPrice
from jumeau.model.territory import referential
from jumeau.procurement import priced
from jumeau.sharing.rights import Act
from jumeau.sharing.view import View
from jumeau.sources.own import read_actions, read_needs, read_prices

RUN, PAST = "own", "own-past"
PRICES = "prices"


def add_layer(view: View, fields: Path) -> Layer:
    """Declare a layer from its CSV of fields. Raises InputError for a file or a name that cannot be one."""
    if not fields.is_file():
        raise InputError("jumeau.fichier_absent", file=fields)
    layer = read_layer(fields)
    if layer.name in builtin_layers():
        raise InputError("jumeau.couche_reservee", layer=layer.name)
    view.declare_layer(layer)
    return layer


def add_actions(view: View, file: Path, needs_file: Path | None) -> tuple[int, int]:
    """Keep the actions and needs of files, in place of those of the same code. Gives how many of each; all or nothing."""
    view.require("plan")
    brought = read_needs(needs_file) if needs_file else {}
    mine = own_needs(view) | brought
    actions, effects, values = read_actions(file, needs() | mine, referential().knows)
    ids = pa.array([action.id for action in actions], pa.string())
    old_actions, old_effects = own_actions(view)
    kept = old_actions.filter(pc.invert(pc.is_in(old_actions["id"], value_set=ids)))
    still = old_effects.filter(pc.invert(pc.is_in(old_effects["action"], value_set=ids)))
    worth = {k: v for k, v in own_values(view).items() if k not in set(ids.to_pylist())} | values
    tables = {
        "needs": pa.table({"json": [msgspec.json.encode(list(mine.values())).decode()]}),
        "values": pa.table({"action": list(worth), "value_eur": pa.array(worth.values(), pa.float64())}),
        "effects": pa.concat_tables([still, pa.Table.from_pylist(effects, schema=EFFECT_SCHEMA)]),
        "actions": pa.concat_tables([kept, actions_table(actions)]),
    }
    since = view.note(Act.PLAN, "own actions").instant
    for name, table in tables.items():
        view.put_result(PAST, f"{since:%Y%m%dT%H%M%S.%fZ} {name}", table)
    for name, table in tables.items():
        view.put_result(RUN, name, table)
    return len(actions), len(brought)


def _kept(view: View, name: str) -> pa.Table | None:
    """A table of what users brought, as it was at the moment the view looks at."""
    if view.moment.as_of is None:
        return view.get_result(RUN, name) if name in view.results(RUN) else None
    limit = f"{view.moment.as_of.astimezone(UTC):%Y%m%dT%H%M%S.%fZ} {name}"
    known = [part for part in view.results(PAST) if part.endswith(f" {name}") and part <= limit]
    return view.get_result(PAST, known[-1]) if known else None


def own_needs(view: View) -> dict[str, Need]:
    """Needs brought by users, by id."""
    table = _kept(view, "needs")
    if table is None:
        return {}
    found = msgspec.json.decode(table["json"][0].as_py(), type=list[Need])
    return {need.id: need for need in found}


def own_actions(view: View) -> tuple[pa.Table, pa.Table]:
    """Actions (ACTION_SCHEMA) and effects (EFFECT_SCHEMA) brought by users."""
    actions, effects = _kept(view, "actions"), _kept(view, "effects")
    return (
        ACTION_SCHEMA.empty_table() if actions is None else actions.cast(ACTION_SCHEMA),
        EFFECT_SCHEMA.empty_table() if effects is None else effects.cast(EFFECT_SCHEMA),
    )


def own_values(view: View) -> dict[str, float]:
    """Declared value [€] of having done an action, by action."""
    table = _kept(view, "values")
    if table is None:
        return {}
    return dict(zip(table["action"].to_pylist(), table["value_eur"].to_pylist(), strict=True))


def whole(view: View, chosen: pa.Table) -> list[dict[str, Any]]:
    """Declared effects of the chosen own actions: nothing is simulated, so the whole is the sum."""
    _, effects = own_actions(view)
    need_of: Mapping[str, str] = dict(zip(chosen["action"].to_pylist(), chosen["need"].to_pylist(), strict=True))
    mine = [row for row in effects.to_pylist() if row["action"] in need_of]
    if not mine:
        return []
    sides = ("value", "value_low", "value_high")
    value, low, high = (np.array([np.nan if r[c] is None else r[c] for r in mine], np.float64) for c in sides)
    found = combine(value, low, high, np.array([need_of[r["action"]] for r in mine], object), mine[0]["unit"])
    head = {"indicator": mine[0]["indicator"], "unit": mine[0]["unit"], "sum_of_effects": found.value}
    return [head | {"whole": found.value, "whole_low": found.low, "whole_high": found.high, "difference": 0.0}]


def all_needs(view: View) -> dict[str, Need]:
    """Needs of the catalogue and of the users."""
    return needs() | own_needs(view)


def add_prices(view: View, file: Path) -> int:
    """Keep the unit prices of a file in place of those kept before. Gives how many; all or nothing."""
    view.require("plan")
    found = read_prices(file, all_needs(view))
    view.put_result(RUN, PRICES, pa.table({"json": [msgspec.json.encode(found).decode()]}))
    return len(found)


def own_prices(view: View) -> list[UnitPrice]:
    """Unit prices kept."""
    if PRICES not in view.results(RUN):
        return []
    return msgspec.json.decode(view.get_result(RUN, PRICES)["json"][0].as_py(), type=list[UnitPrice])


def at_own_prices(view: View, actions: pa.Table, on: date) -> pa.Table:
    """Actions at the prices of the users' contracts in force on a day; the others keep the cost of the catalogue."""
    found = own_prices(view)
    return priced(actions, found, on) if found else actions
