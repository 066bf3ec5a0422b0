"""The actions, effects and budgets, checked and read once into what the optimiser works on."""

from collections.abc import Mapping
from itertools import pairwise

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.invest.encoded import Encoded, Floats, Ints, filled, numbers
from jumeau.invest.gains import Prices, gains, read_prices
from jumeau.invest.items import UNKNOWN, Items, read_items
from jumeau.invest.settings import BUDGET_SCHEMA, Settings, check_settings
from jumeau.model.action import ACTION_SCHEMA, EFFECT_SCHEMA
from jumeau.model.money import at_price_year


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Items in the order of `table`, sorted by id; gain (A, Y): what doing an action in a year
    brings, NaN where unknown; budgets in cents by
    purse (Y,), None for a year without a budget row; `hypothesis`: owner-years resting on a hypothesis."""

    settings: Settings
    items: Items
    gain: NDArray[np.float64]
    budgets: Mapping[str, tuple[int | None, ...]]
    hypothesis: frozenset[tuple[str, int]]
    table: pa.Table
    effects: pa.Table
    prices: Prices
    converted: int
    silent_running_costs: int


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
    actions = actions.select(ACTION_SCHEMA.names).sort_by("id").combine_chunks()
    rows = Encoded(actions)
    _check_actions(actions, settings)
    prices = read_prices(effects, settings)
    costs, converted = _costs(actions, settings)
    owners, hypothesis = _budgets(budgets, settings)
    items = read_items(rows, costs, settings)
    return Problem(
        settings=settings,
        items=items,
        gain=gains(actions, items.euros, effects, prices, settings),
        budgets=owners,
        hypothesis=hypothesis,
        table=actions,
        effects=effects,
        prices=prices,
        converted=converted,
        silent_running_costs=actions["running_cost_eur_per_year"].null_count,
    )


def _check_actions(actions: pa.Table, s: Settings) -> None:
    ids = actions["id"].to_pylist()
    for before, name in pairwise(ids):
        if before == name:
            raise InputError("programme.action_double", action=name)
    for field in ("cost_eur", "cost_eur_low", "cost_eur_high", "running_cost_eur_per_year"):
        value = numbers(actions[field], 0.0)
        for i in np.flatnonzero(~((value >= 0) & (value < 1e11)))[:1].tolist():
            raise InputError("programme.cout_refuse", action=ids[i], field=field, value=float(value[i]))
    life = actions["lifetime_y"].to_numpy()
    for i in np.flatnonzero(life < 1)[:1].tolist():
        raise InputError("programme.duree_refusee", action=ids[i], value=int(life[i]))
    for field in ("provides", "consumes"):
        for i, some in filled(actions[field]).items():
            for name, quantity in ((x["key"], x["value"]) for x in some):
                if not 0 <= (quantity if quantity is not None else -1) < 1e12:
                    raise InputError("programme.capacite_refusee", action=ids[i], name=name, value=quantity)
    seen = set(ids)
    for name in (*s.required, *s.fixed):
        if name not in seen:
            raise InputError("programme.action_absente", action=name)
    for name, year in s.fixed.items():
        if not s.first_year <= year < s.first_year + s.years:
            raise InputError("programme.annee_hors_plan", action=name, year=year)


def _costs(actions: pa.Table, s: Settings) -> tuple[Ints, int]:
    """Cost of each action in cents of the plan's price year, and how many were brought from another year."""
    year = s.price_year or s.first_year
    cost, stated = numbers(actions["cost_eur"]), actions["price_year"].to_numpy().astype(np.int64)
    known = np.isfinite(cost)
    cents = np.rint(np.where(known, cost, 0.0) * price_factors(stated, year, s.cost_change) * 100).astype(np.int64)
    return np.where(known, cents, UNKNOWN), int((known & (stated != year)).sum())


def price_factors(stated: Ints, year: int, change: float) -> Floats:
    """What one euro of each stated year (A,) is worth in another [-]."""
    years, place = np.unique(stated, return_inverse=True)
    return np.array([at_price_year(1.0, y, year, change) for y in years.tolist()])[place]


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
