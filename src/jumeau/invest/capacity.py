"""Equipment that several actions use: who brings a capacity, who takes a place on it, from which year."""

from collections import defaultdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.model.action import ACTION_SCHEMA

USES_SCHEMA = pa.schema(
    [
        pa.field("capacity", pa.string(), nullable=False),
        pa.field("provider", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("commune", pa.string()),
        pa.field("year", pa.int16(), nullable=False),
        pa.field("cost_eur", pa.float64()),
        pa.field("places", pa.float64(), nullable=False),
        pa.field("user", pa.string(), nullable=False),
        pa.field("user_title", pa.string(), nullable=False),
        pa.field("user_owner", pa.string(), nullable=False),
        pa.field("user_field", pa.string(), nullable=False),
        pa.field("user_year", pa.int16(), nullable=False),
        pa.field("used", pa.float64(), nullable=False),
    ]
)
"""One row per chosen provider and chosen user of its capacity. places, used: of the capacity, in its own unit."""

_READ = ["id", "title", "owner", "commune", "field", "provides", "consumes"]


def open_to_users(actions: pa.Table) -> pa.Table:
    """Actions whose beneficiaries are told: who brings a capacity for someone also brings it for every owner that asks
    for a place of it, in any field.
    """
    users: dict[str, set[str]] = defaultdict(set)
    for row in _with(actions, "consumes"):
        for name, _ in row["consumes"]:
            users[name].add(row["owner"])
    beneficiaries = actions["beneficiaries"].to_pylist()
    rank = {name: i for i, name in enumerate(actions["id"].to_pylist())}
    for row in _with(actions, "provides"):
        mine = beneficiaries[rank[row["id"]]] or []
        asked = {owner for name, _ in row["provides"] for owner in users[name]}
        if mine and not asked <= {*mine, row["owner"]}:
            beneficiaries[rank[row["id"]]] = sorted({*mine, *asked})
    at = actions.schema.get_field_index("beneficiaries")
    return actions.set_column(at, actions.schema.field(at), pa.array(beneficiaries, actions.schema.field(at).type))


def uses(actions: pa.Table, chosen: pa.Table) -> pa.Table:
    """Who uses what the chosen actions bring (USES_SCHEMA), by provider then user. A provider serves those that come
    the same year or later.

    actions: ACTION_SCHEMA; chosen: the table of a programme.
    """
    kept = {row["action"]: row for row in chosen.select(["action", "year", "cost_eur"]).to_pylist()}
    mine = actions.filter(pc.is_in(actions["id"], value_set=pa.array(list(kept), pa.string())))
    takers: dict[str, list[tuple[dict[str, Any], float]]] = defaultdict(list)
    for row in _with(mine, "consumes"):
        for name, used in row["consumes"]:
            takers[name].append((row, used))
    out = []
    for giver in _with(mine, "provides"):
        when = kept[giver["id"]]
        for name, places in giver["provides"]:
            about = {"capacity": name, "provider": giver["id"], "places": places, "year": when["year"]}
            about |= {key: giver[key] for key in ("title", "owner", "commune")} | {"cost_eur": when["cost_eur"]}
            out += [about | _user(row, used, kept[row["id"]]["year"]) for row, used in takers[name]]
    order = [(name, "ascending") for name in ("capacity", "provider", "user_field", "user")]
    return pa.Table.from_pylist(out, schema=USES_SCHEMA).sort_by(order)


def shared(table: pa.Table) -> pa.Table:
    """The rows of `uses` whose provider serves several fields or several owners."""
    pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in table.select(["provider", "user_field", "user_owner"]).to_pylist():
        pairs[row["provider"]].add((row["user_field"], row["user_owner"]))
    several = [name for name, seen in pairs.items() if len(seen) > 1]
    return table.filter(pc.is_in(table["provider"], value_set=pa.array(several, pa.string())))


def _user(row: dict[str, Any], used: float, year: int) -> dict[str, Any]:
    names = {"user": "id", "user_title": "title", "user_owner": "owner", "user_field": "field"}
    return {key: row[name] for key, name in names.items()} | {"used": used, "user_year": year}


def _with(actions: pa.Table, side: str) -> list[dict[str, Any]]:
    """Rows whose `provides` or `consumes` is not empty."""
    number = pc.list_value_length(actions[side].combine_chunks().cast(_pairs()))
    rows: list[dict[str, Any]] = actions.filter(pc.greater(pc.fill_null(number, 0), 0)).select(_READ).to_pylist()
    return rows


def _pairs() -> pa.DataType:
    kind = ACTION_SCHEMA.field("provides").type
    return pa.list_(pa.struct([pa.field("key", kind.key_type, nullable=False), pa.field("value", kind.item_type)]))
