"""What is asked of the optimiser: settings, budgets, and the actions read once into arrays."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.model.action import ACTION_SCHEMA, EFFECT_SCHEMA
from jumeau.model.money import at_price_year

BUDGET_SCHEMA = pa.schema(
    [
        pa.field("owner", pa.string(), nullable=False),
        pa.field("year", pa.int16(), nullable=False),
        pa.field("budget_eur", pa.float64()),
        pa.field("label", pa.string()),
        pa.field("hypothesis", pa.bool_(), nullable=False),
    ]
)
"""What an owner may spend in a year [€ before tax, of `Settings.price_year`]; several rows of one owner-year add up."""

DISCOUNT_RATE = 0.032
"""Social discount rate of public investment, risk-free 1.2 % plus a premium of 2 % at unit beta [1].

[1] France Strategie and Secretariat general pour l'investissement, Guide de l'evaluation socio-economique des
investissements publics, 2023 (recalled: confirm before publication).
"""

COST_CHANGE = 0.02
"""Yearly change of costs used to bring prices of several years together: a hypothesis, said in `Programme.caveats`."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The question. Amounts are constant euros of `price_year` (default: `first_year`).

    prices: indicator -> what one unit a year costs [€/unit]; by default 1 for each indicator counted in euros a year.
    maximise: `npv` (net present value [€]) or the name of an indicator, whose saving is then summed, undiscounted.
    evaluation_years: effects count until the end of the works' life, and never later than this many years after
    `first_year`; there is no residual value. carry_over: what is not spent may be spent in a later year.
    required: actions that must be in the plan. fixed: action -> its year. kind_value_eur: declared value of having done
    an action of a kind (a study, an inventory), counted with the benefits; action_value_eur: the same, action by action.
    capacity: what exists before the plan.
    gap: relative gap at which a part is called optimal [-]. A part of more than `exact_columns` choices (action x year) is
    solved by improving a plan window by window against the bound of its relaxation; with `exact`, or when that plan is
    far from its bound, the whole search follows. nodes limits each search and gives the same plan on every machine;
    seconds: clock limit of each [s], for safety.
    """

    first_year: int
    years: int = 10
    discount_rate: float = DISCOUNT_RATE
    prices: Mapping[str, float] | None = None
    maximise: str = "npv"
    evaluation_years: int = 30
    carry_over: bool = False
    price_year: int | None = None
    cost_change: float = COST_CHANGE
    required: tuple[str, ...] = ()
    fixed: Mapping[str, int] = {}
    kind_value_eur: Mapping[str, float] = {}
    action_value_eur: Mapping[str, float] = {}
    capacity: Mapping[str, float] = {}
    gap: float = 1e-4
    exact: bool = False
    exact_columns: int = 200
    nodes: int = 2000
    seconds: float = 60.0
    seed: int = 0


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One action as the optimiser sees it; `first`, `last`: indices of the years in which it may be done."""

    id: str
    kind: str
    owner: str
    cost_cents: int | None
    first: int
    last: int
    requires_all: tuple[str, ...]
    requires_any: tuple[str, ...]
    excludes: tuple[str, ...]
    provides: dict[str, float]
    consumes: dict[str, float]
    beneficiaries: tuple[str, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Items sorted by id; gain (A, Y): what doing an action in a year brings, NaN where unknown; budgets in cents by
    owner (Y,), None for a year without a budget row; `hypothesis`: owner-years resting on a hypothesis."""

    settings: Settings
    items: tuple[Item, ...]
    gain: NDArray[np.float64]
    budgets: Mapping[str, tuple[int | None, ...]]
    hypothesis: frozenset[tuple[str, int]]
    table: pa.Table
    effects: pa.Table
    prices: Mapping[str, float]
    converted: int
    silent_running_costs: int


def yearly_limits(problem: Problem, owner: str) -> NDArray[np.float64]:
    """What the owner may spend each year (Y,), or since the first year with carry-over [€]; 0 where no budget is known."""
    line = problem.budgets.get(owner, (None,) * problem.settings.years)
    budget = np.array([(c or 0) / 100 for c in line])
    return np.cumsum(budget) if problem.settings.carry_over else budget


def read_problem(actions: pa.Table, effects: pa.Table, budgets: pa.Table, settings: Settings) -> Problem:
    """Check the tables and read them.

    Raises InputError naming the action, owner or field: missing column, duplicate id, negative cost, duration or budget,
    a fixed or required action that is not there, unreadable settings.
    """
    _check_settings(settings)
    for table, schema in ((actions, ACTION_SCHEMA), (effects, EFFECT_SCHEMA), (budgets, BUDGET_SCHEMA)):
        missing = [n for n in schema.names if n not in table.column_names]
        if missing:
            raise InputError("programme.colonne_absente", field=", ".join(missing))
    actions = actions.select(ACTION_SCHEMA.names).sort_by("id")
    rows = actions.to_pylist()
    _check_actions(rows, settings)
    prices = default_prices(effects) if settings.prices is None else dict(settings.prices)
    costs, converted = _costs(rows, settings)
    owners, hypothesis = _budgets(budgets, settings)
    silent = sum(row["running_cost_eur_per_year"] is None for row in rows)
    return Problem(
        settings=settings,
        items=tuple(_item(row, cost, settings) for row, cost in zip(rows, costs, strict=True)),
        gain=gains(actions, costs, effects, prices, settings),
        budgets=owners,
        hypothesis=hypothesis,
        table=actions,
        effects=effects,
        prices=prices,
        converted=converted,
        silent_running_costs=silent,
    )


def default_prices(effects: pa.Table) -> dict[str, float]:
    """1 € for each indicator counted in euros a year."""
    pairs = set(zip(effects["indicator"].to_pylist(), effects["unit"].to_pylist(), strict=True))
    return {name: 1.0 for name, unit in sorted(pairs) if unit.startswith("€")}


def discount_sums(rate: float, years: int) -> NDArray[np.float64]:
    """S (years + 1,): S[n] is the value today of 1 a year in years 0 to n - 1 [-]."""
    return np.concatenate([[0.0], np.cumsum((1 + rate) ** -np.arange(years, dtype=np.float64))])


def year_weights(first: NDArray[np.int64], last: NDArray[np.int64], settings: Settings, rate: float) -> NDArray[np.float64]:
    """Weight (E, Y) of 1 unit a year from `first` to `last` years after works done in each year of the plan [-]."""
    sums = discount_sums(rate, settings.evaluation_years)
    works = np.arange(settings.years)
    begin = np.minimum(works + first[:, None], settings.evaluation_years)
    end = np.minimum(works + last[:, None] + 1, settings.evaluation_years)
    weights: NDArray[np.float64] = sums[np.maximum(begin, end)] - sums[begin]
    return weights


def effect_gains(actions: pa.Table, effects: pa.Table, column: str, prices: Mapping[str, float], s: Settings) -> Any:
    """Value (E, Y) of each priced effect row when its action is done in each year, and the action's row (E,).

    column: `value`, `value_low` or `value_high`. The gain is minus the price times the change.
    """
    rate = s.discount_rate if s.maximise == "npv" else 0.0
    row_of = {a: i for i, a in enumerate(actions["id"].to_pylist())}
    names = effects["indicator"].to_pylist()
    where = [row_of.get(a, -1) if n in prices else -1 for a, n in zip(effects["action"].to_pylist(), names, strict=True)]
    keep = np.flatnonzero(np.array(where, dtype=np.int64) >= 0)
    rows = np.array(where, dtype=np.int64)[keep]
    life = actions["lifetime_y"].to_numpy().astype(np.int64)
    first = effects["from_year"].to_numpy().astype(np.int64)[keep]
    last = np.minimum(effects["to_year"].to_numpy().astype(np.int64)[keep], life[rows])
    value = effects[column].to_numpy().astype(np.float64)[keep]
    price = np.array([prices[names[i]] for i in keep], dtype=np.float64)
    return -(price * value)[:, None] * year_weights(first, last, s, rate), rows


def gains(
    actions: pa.Table, costs: list[int | None], effects: pa.Table, prices: Mapping[str, float], s: Settings
) -> NDArray[np.float64]:
    """Gain (A, Y) [€, or unit of the indicator maximised] of each action by year of works; NaN where unknown."""
    out = np.zeros((actions.num_rows, s.years))
    if s.maximise != "npv":
        prices = {s.maximise: _direction(s.maximise)}
    values, rows = effect_gains(actions, effects, "value", prices, s)
    np.add.at(out, rows, values)
    if s.maximise != "npv":
        return out
    cost = np.array([np.nan if c is None else c / 100 for c in costs])
    running = np.nan_to_num(actions["running_cost_eur_per_year"].to_numpy().astype(np.float64))
    life = actions["lifetime_y"].to_numpy().astype(np.int64)
    out -= cost[:, None] * (1 + s.discount_rate) ** -np.arange(s.years)
    out -= running[:, None] * year_weights(np.ones_like(life), life, s, s.discount_rate)
    declared = np.array([s.kind_value_eur.get(k, 0.0) for k in actions["kind"].to_pylist()])
    declared += np.array([s.action_value_eur.get(a, 0.0) for a in actions["id"].to_pylist()])
    result: NDArray[np.float64] = out + declared[:, None] * (1 + s.discount_rate) ** -np.arange(s.years)
    return result


def _direction(indicator: str) -> float:
    from jumeau.model.dictionary import indicators

    known = indicators()
    if indicator not in known:
        raise InputError("programme.objectif_inconnu", name=indicator, known=", ".join(sorted(known)))
    return -1.0 if known[indicator].better == "higher" else 1.0


def _check_settings(s: Settings) -> None:
    tests = {
        "years": 1 <= s.years <= 60,
        "first_year": 1990 <= s.first_year <= 2200,
        "discount_rate": 0 <= s.discount_rate < 1,
        "evaluation_years": s.years <= s.evaluation_years <= 200,
        "gap": 0 <= s.gap < 1,
        "seconds": s.seconds > 0,
        "cost_change": -0.5 < s.cost_change < 0.5,
        "prices": all(np.isfinite(p) for p in (s.prices or {}).values()),
        "capacity": all(np.isfinite(c) and c >= 0 for c in s.capacity.values()),
    }
    for name, fine in tests.items():
        if not fine:
            raise InputError("programme.reglage_refuse", name=name, value=getattr(s, name))


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


def _item(row: dict[str, Any], cost: int | None, s: Settings) -> Item:
    end = s.first_year + s.years - 1
    first = max(row["earliest_year"] or s.first_year, s.first_year) - s.first_year
    last = min(row["latest_year"] or end, end) - s.first_year
    if row["id"] in s.fixed:
        first, last = max(first, s.fixed[row["id"]] - s.first_year), min(last, s.fixed[row["id"]] - s.first_year)
    return Item(
        id=row["id"],
        kind=row["kind"],
        owner=row["owner"],
        cost_cents=cost,
        first=first,
        last=last,
        requires_all=tuple(sorted(set(row["requires_all"] or ()))),
        requires_any=tuple(sorted(set(row["requires_any"] or ()))),
        excludes=tuple(sorted(set(row["excludes"] or ()) - {row["id"]})),
        provides={k: v for k, v in row["provides"] or () if v > 0},
        consumes={k: v for k, v in row["consumes"] or () if v > 0},
        beneficiaries=tuple(sorted(set(row["beneficiaries"] or ()))),
    )


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
