"""What can be done: the row every engine proposes, and its effects."""

from typing import Any

import msgspec
import pyarrow as pa

_strings = pa.list_(pa.string())
_capacity = pa.map_(pa.string(), pa.float64())

ACTION_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("commune", pa.string()),
        pa.field("need", pa.string(), nullable=False),
        pa.field("quantity", pa.float64(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("cost_eur", pa.float32()),
        pa.field("cost_eur_low", pa.float32()),
        pa.field("cost_eur_high", pa.float32()),
        pa.field("price_year", pa.int16(), nullable=False),
        pa.field("cost_source", pa.string(), nullable=False),
        pa.field("running_cost_eur_per_year", pa.float32()),
        pa.field("lifetime_y", pa.int16(), nullable=False),
        pa.field("assets", _strings, nullable=False),
        pa.field("parameters", pa.string()),
        pa.field("requires_all", _strings),
        pa.field("requires_any", _strings),
        pa.field("excludes", _strings),
        pa.field("provides", _capacity),
        pa.field("consumes", _capacity),
        pa.field("beneficiaries", _strings),
        pa.field("synergy_place", pa.string()),
        pa.field("synergy_year", pa.int16()),
        pa.field("digital_energy_kwh_per_year", pa.float32()),
        pa.field("digital_embodied_kgco2e", pa.float32()),
        pa.field("earliest_year", pa.int16()),
        pa.field("latest_year", pa.int16()),
        pa.field("verdict", pa.string()),
        pa.field("verdict_share", pa.float32()),
        pa.field("verdict_why", pa.string()),
        pa.field("cautions", _strings),
    ]
)
"""One row per feasible action.

owner: `commune:34172`, `epci:243400017`, `syndicat:...`. assets: ids touched, empty for a gateway, a study, an inventory.
parameters: JSON read back by the engine's `apply` and by nobody else. consumes/provides: capacity by name
(`passerelle:34172` 30). synergy_*: one trench, one site visit. digital_*: footprint of the action's digital part.
verdict: what a check of the action says of what it must keep (`holds`, `fails`, `unknown`), null where there is nothing to
check; verdict_share: of the draws in which it is kept [ratio]; verdict_why: in French.
cautions: what to look at before, in French.
"""

SHARED_CAPACITIES = ("passerelle",)
"""Capacities (the part of their name before `:`) that one field provides and any other may take a place of."""

EFFECT_SCHEMA = pa.schema(
    [
        pa.field("action", pa.string(), nullable=False),
        pa.field("indicator", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("from_year", pa.int16(), nullable=False),
        pa.field("to_year", pa.int16(), nullable=False),
        pa.field("value", pa.float32()),
        pa.field("value_low", pa.float32()),
        pa.field("value_high", pa.float32()),
    ]
)
"""Yearly effect of an action on an indicator, from `from_year` to `to_year` years after the works (both included).

value: after minus before, so a saving is negative; null where the effect is unknown.
"""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One action read out of an action table, for the page, a document or JSON. Fields as in ACTION_SCHEMA."""

    id: str
    kind: str
    field: str
    title: str
    owner: str
    need: str
    quantity: float
    unit: str
    cost_eur: float | None
    cost_eur_low: float | None
    cost_eur_high: float | None
    price_year: int
    cost_source: str
    lifetime_y: int
    commune: str | None = None
    running_cost_eur_per_year: float | None = None
    assets: tuple[str, ...] = ()
    parameters: str | None = None
    requires_all: tuple[str, ...] = ()
    requires_any: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    provides: dict[str, float] = {}
    consumes: dict[str, float] = {}
    beneficiaries: tuple[str, ...] = ()
    synergy_place: str | None = None
    synergy_year: int | None = None
    digital_energy_kwh_per_year: float | None = None
    digital_embodied_kgco2e: float | None = None
    earliest_year: int | None = None
    latest_year: int | None = None
    verdict: str | None = None
    verdict_share: float | None = None
    verdict_why: str | None = None
    cautions: tuple[str, ...] = ()


_LISTS = ("assets", "requires_all", "requires_any", "excludes", "beneficiaries", "cautions")
_MAPS = ("provides", "consumes")


def actions_table(actions: list[Action]) -> pa.Table:
    """Action structs as a table of ACTION_SCHEMA."""
    rows: list[dict[str, Any]] = []
    for action in actions:
        row = msgspec.structs.asdict(action)
        row |= {name: list(row[name]) for name in _LISTS}
        row |= {name: list(row[name].items()) for name in _MAPS}
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=ACTION_SCHEMA)


def actions_list(table: pa.Table) -> list[Action]:
    """Rows of an action table as structs."""
    out = []
    for row in table.to_pylist():
        row |= {name: tuple(row[name] or ()) for name in _LISTS}
        row |= {name: dict(row[name] or ()) for name in _MAPS}
        out.append(Action(**row))
    return out
