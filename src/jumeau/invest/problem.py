"""The actions, effects and budgets, checked and read once into what the optimiser works on."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.invest.funders import Funders, Mode
from jumeau.invest.gains import Prices, gains, read_prices
from jumeau.invest.settings import BUDGET_SCHEMA, Settings, check_settings
from jumeau.invest.together import EUROS, sorter
from jumeau.model.action import ACTION_SCHEMA, CHOSEN_BY, EFFECT_SCHEMA
from jumeau.model.money import at_price_year


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One action as the optimiser sees it; `first`, `last`: indices of the years in which it may be done.

    lot: its index, -1 without. volume: in the unit of the lot. trench_cents: part of the cost that is paid once in a place
    and a year. group, commune: what minimums are counted by. required: must be done.
    """

    id: str
    kind: str
    owner: str
    purse: str
    cost_cents: int | None
    first: int
    last: int
    requires_all: tuple[str, ...]
    requires_any: tuple[str, ...]
    excludes: tuple[str, ...]
    provides: dict[str, float]
    consumes: dict[str, float]
    beneficiaries: tuple[str, ...]
    modes: tuple[Mode, ...] = ()
    lot: int = -1
    volume: float = 0.0
    place: str | None = None
    trench_cents: int = 0
    trench_open: int | None = None
    commune: str | None = None
    group: str | None = None
    required: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Items sorted by id; gain (A, Y): what doing an action in a year brings, NaN where unknown; budgets in cents by
    purse (Y,), None for a year without a budget row; `hypothesis`: owner-years resting on a hypothesis."""

    settings: Settings
    items: tuple[Item, ...]
    gain: NDArray[np.float64]
    budgets: Mapping[str, tuple[int | None, ...]]
    hypothesis: frozenset[tuple[str, int]]
    table: pa.Table
    effects: pa.Table
    prices: Prices
    converted: int
    silent_running_costs: int


def least_cents(item: Item) -> int:
    """What the owner of an action pays at least, every grant given [cents]."""
    return min((mode.net_cents for mode in item.modes), default=item.cost_cents or 0)


def most_limits(problem: Problem, purse: str) -> NDArray[np.float64]:
    """The most that a purse may spend each year (Y,) when it borrows all it may and its owner balances it [€]."""
    total = np.zeros(problem.settings.years)
    for payer in problem.settings.together.payers(purse):
        debt = problem.settings.together.debts.get(payer)
        total = total + yearly_limits(problem, payer) + (debt.capacity_eur if debt else 0.0)
    return total


def yearly_limits(problem: Problem, purse: str) -> NDArray[np.float64]:
    """What a purse may spend each year (Y,), or since the first year with carry-over [€]; 0 where no budget is known."""
    line = problem.budgets.get(purse, (None,) * problem.settings.years)
    budget = np.array([(c or 0) / 100 for c in line])
    return np.cumsum(budget) if problem.settings.carry_over else budget


def read_problem(actions: pa.Table, effects: pa.Table, budgets: pa.Table, settings: Settings) -> Problem:
    """Check the tables and read them.

    Raises InputError naming the action, owner or field: missing column, duplicate id, negative cost, duration or budget,
    a fixed or required action that is not there, unreadable settings.
    """
    check_settings(settings)
    for table, schema in ((actions, ACTION_SCHEMA), (effects, EFFECT_SCHEMA), (budgets, BUDGET_SCHEMA)):
        missing = [n for n in schema.names if n not in table.column_names]
        if missing:
            raise InputError("programme.colonne_absente", field=", ".join(missing))
    actions = actions.select(ACTION_SCHEMA.names).sort_by("id")
    rows = actions.select(CHOSEN_BY).to_pylist()
    _check_actions(rows, settings)
    prices = read_prices(effects, settings)
    costs, converted = _costs(rows, settings)
    owners, hypothesis = _budgets(budgets, settings)
    silent = sum(row["running_cost_eur_per_year"] is None for row in rows)
    return Problem(
        settings=settings,
        items=_items(rows, costs, settings),
        gain=gains(actions, costs, effects, prices, settings),
        budgets=owners,
        hypothesis=hypothesis,
        table=actions,
        effects=effects,
        prices=prices,
        converted=converted,
        silent_running_costs=silent,
    )


def _check_actions(rows: list[dict[str, Any]], s: Settings) -> None:
    seen: set[str] = set()
    for row in rows:
        if row["id"] in seen:
            raise InputError("programme.action_double", action=row["id"])
        seen.add(row["id"])
        for field in ("cost_eur", "cost_eur_low", "cost_eur_high", "running_cost_eur_per_year"):
            value = row[field]
            if value is not None and not 0 <= value < 1e11:
                raise InputError("programme.cout_refuse", action=row["id"], field=field, value=value)
        if row["lifetime_y"] < 1:
            raise InputError("programme.duree_refusee", action=row["id"], value=row["lifetime_y"])
        for field in ("provides", "consumes"):
            for name, quantity in row[field] or ():
                if not 0 <= (quantity if quantity is not None else -1) < 1e12:
                    raise InputError("programme.capacite_refusee", action=row["id"], name=name, value=quantity)
    for name in (*s.required, *s.fixed):
        if name not in seen:
            raise InputError("programme.action_absente", action=name)
    for name, year in s.fixed.items():
        if not s.first_year <= year < s.first_year + s.years:
            raise InputError("programme.annee_hors_plan", action=name, year=year)


def _costs(rows: list[dict[str, Any]], s: Settings) -> tuple[list[int | None], int]:
    """Cost of each action in cents of the plan's price year, and how many were brought from another year."""
    year = s.price_year or s.first_year
    out: list[int | None] = []
    converted = 0
    for row in rows:
        cost = row["cost_eur"]
        if cost is None or np.isnan(cost):
            out.append(None)
            continue
        converted += row["price_year"] != year
        out.append(round(at_price_year(cost, row["price_year"], year, s.cost_change) * 100))
    return out, converted


def _items(rows: list[dict[str, Any]], costs: list[int | None], s: Settings) -> tuple[Item, ...]:
    together = s.together
    due, lots, envelopes = (sorter([x.who for x in some]) for some in (together.deadlines, together.lots, together.envelopes))
    funders = Funders(s)
    return tuple(
        _item(row, cost, s, [together.deadlines[n].year for n in due(row)], lots(row), envelopes(row), funders)
        for row, cost in zip(rows, costs, strict=True)
    )


def _item(
    row: dict[str, Any],
    cost: int | None,
    s: Settings,
    due: list[int],
    lots: tuple[int, ...],
    envelopes: tuple[int, ...],
    funders: Funders,
) -> Item:
    end = s.first_year + s.years - 1
    first = max(row["earliest_year"] or s.first_year, s.first_year) - s.first_year
    last = min(row["latest_year"] or end, end, *due) - s.first_year
    if row["id"] in s.fixed:
        first, last = max(first, s.fixed[row["id"]] - s.first_year), min(last, s.fixed[row["id"]] - s.first_year)
    lot = _lot_of(row, lots, s)
    opened = row["synergy_year"]
    return Item(
        id=row["id"],
        kind=row["kind"],
        owner=row["owner"],
        purse=s.together.purse(row),
        cost_cents=cost,
        first=first,
        last=last,
        requires_all=_names(row["requires_all"]),
        requires_any=_names(row["requires_any"]),
        excludes=_names(row["excludes"], row["id"]),
        provides={k: v for k, v in row["provides"] if v > 0} if row["provides"] else {},
        consumes={k: v for k, v in row["consumes"] if v > 0} if row["consumes"] else {},
        beneficiaries=_names(row["beneficiaries"]),
        modes=funders.modes(row, cost or 0, envelopes),
        lot=lot,
        volume=0.0 if lot < 0 else (cost or 0) / 100 if s.together.lots[lot].unit == EUROS else float(row["quantity"]),
        place=row["synergy_place"],
        trench_cents=round((cost or 0) * s.together.trench_share.get(row["kind"], 0.0)) if row["synergy_place"] else 0,
        trench_open=None if opened is None else opened - s.first_year,
        commune=row["commune"],
        group=s.together.groups.get(row["owner"]),
        required=row["id"] in s.required or row["id"] in s.fixed or bool(due),
    )


def _names(some: list[str] | None, but: str | None = None) -> tuple[str, ...]:
    return tuple(sorted(set(some) - {but})) if some else ()


def _lot_of(row: dict[str, Any], found: tuple[int, ...], s: Settings) -> int:
    names = [s.together.lots[n].name for n in found]
    if len(found) > 1:
        raise InputError("programme.deux_lots", action=row["id"], lots=", ".join(names))
    if not found:
        return -1
    unit = s.together.lots[found[0]].unit
    if unit not in (EUROS, row["unit"]):
        raise InputError("programme.unite_lot", action=row["id"], lot=names[0], unit=unit, mine=row["unit"])
    return found[0]


def _budgets(table: pa.Table, s: Settings) -> tuple[dict[str, tuple[int | None, ...]], frozenset[tuple[str, int]]]:
    sums: dict[str, list[int | None]] = {}
    hypothesis = set()
    for row in table.select(BUDGET_SCHEMA.names).to_pylist():
        owner, year, amount = row["owner"], row["year"], row["budget_eur"]
        if amount is not None and not 0 <= amount < 1e12:
            raise InputError("programme.budget_refuse", owner=owner, year=year, value=amount)
        if amount is None or not s.first_year <= year < s.first_year + s.years:
            continue
        line = sums.setdefault(owner, [None] * s.years)
        line[year - s.first_year] = (line[year - s.first_year] or 0) + round(amount * 100)
        if row["hypothesis"]:
            hypothesis.add((owner, int(year)))
    return {o: tuple(line) for o, line in sorted(sums.items())}, frozenset(hypothesis)
