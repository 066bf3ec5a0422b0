"""The plan: what is done, when, with whose money, how far from the best possible one, and what is left out and why."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.invest.encoded import encoded, groups, numbers
from jumeau.invest.gains import effect_gains, places
from jumeau.invest.problem import Problem, price_factors
from jumeau.invest.settings import EUROS_ONLY, KEPT, NPV
from jumeau.invest.shared import (
    Choice,
    grants_table,
    lent,
    loans_table,
    lots_table,
    transferred,
    transfers_table,
    trenches_table,
)
from jumeau.invest.tables import CHOSEN_SCHEMA, LEFT_SCHEMA, OWNERS_SCHEMA, SPENDING_SCHEMA, WHOLE_SCHEMA
from jumeau.kernels.highs import OPTIMAL, STOPPED, relative_gap
from jumeau.model.dictionary import indicators
from jumeau.model.estimate import Estimate
from jumeau.model.purse import split_purse
from jumeau.texts import t


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A part solved apart: its owners, how many actions could be chosen, objective, bound, gap [-], status, seconds [s]."""

    number: int
    owners: tuple[str, ...]
    actions: int
    objective: float
    bound: float
    gap: float
    status: str
    seconds: float


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """The plan. objective and bound: [€] or [unit of `maximise`]; gap [-] between them, 0 when proved best.

    totals: `cost_eur`, `npv_eur` and `effect INDICATOR` (sum of the yearly effects in full service), as Estimates: ranges
    add within a need (one price, one error) and combine as independent between needs. whole: the effects of the programme
    simulated at once (WHOLE_SCHEMA), put there by the twin with `with_whole`. lots, grants, trenches, loans, transfers: what
    is shared, as in `tables`; the objective holds the savings of lots and trenches, the rows of `chosen` do not.
    """

    first_year: int
    years: int
    maximise: str
    chosen: pa.Table
    spending: pa.Table
    left_out: pa.Table
    owners: pa.Table
    totals: Mapping[str, Estimate]
    components: tuple[Component, ...]
    objective: float
    bound: float
    gap: float
    status: str
    seconds: float
    caveats: tuple[str, ...]
    whole: pa.Table | None = None
    lots: pa.Table | None = None
    grants: pa.Table | None = None
    trenches: pa.Table | None = None
    loans: pa.Table | None = None
    transfers: pa.Table | None = None


def build(
    problem: Problem,
    choice: Choice,
    left: Mapping[int, tuple[str, str]],
    done: tuple[Component, ...],
    seconds: float,
) -> Programme:
    """Put a choice into a Programme."""
    years = choice.years
    rows = np.flatnonzero(years >= 0)
    chosen = _chosen(problem, rows, years[rows], choice.modes[rows])
    objective, bound = sum(c.objective for c in done), sum(c.bound for c in done)
    return Programme(
        first_year=problem.settings.first_year,
        years=problem.settings.years,
        maximise=problem.settings.maximise,
        chosen=chosen,
        spending=_spending(problem, rows, choice),
        left_out=_left(problem, left),
        owners=_owners(problem, chosen, left, done),
        totals=_totals(problem, chosen),
        components=done,
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        status=OPTIMAL if all(c.status == OPTIMAL for c in done) else STOPPED,
        seconds=seconds,
        caveats=_caveats(problem, left),
        lots=lots_table(problem, years),
        grants=grants_table(problem, choice),
        trenches=trenches_table(problem, years),
        loans=loans_table(problem, choice.loans),
        transfers=transfers_table(problem, choice.transfers),
    )


def _chosen(problem: Problem, rows: NDArray[np.int64], years: NDArray[np.int64], modes: NDArray[np.int64]) -> pa.Table:
    s = problem.settings
    part = problem.table.take(rows)
    year = s.price_year or s.first_year
    items = problem.items
    factor = price_factors(part["price_year"].to_numpy().astype(np.int64), year, s.cost_change)
    cost = items.paid[rows] / 100
    low, high = (part[f"cost_eur_{side}"].to_numpy().astype(np.float64) * factor for side in ("low", "high"))
    columns = {n: part[n] for n in ("owner", "commune", "field", "kind", "need", "title", "quantity", "unit")}
    columns |= {"action": part["id"], "year": years + s.first_year}
    columns |= {"cost_eur": cost, "cost_eur_low": _nulls(low), "cost_eur_high": _nulls(high)}
    npv = npv_low = npv_high = pa.nulls(rows.size, pa.float64())
    if s.money:
        value, down, up = _npv_range(problem, rows, years, cost, low, high)
        npv, npv_low, npv_high = pa.array(value), _nulls(value - down), _nulls(value + up)
    columns |= {"npv_eur": npv, "npv_eur_low": npv_low, "npv_eur_high": npv_high}
    net = items.modes.net[items.modes.start[rows] + modes] / 100
    named = pa.array([lot.name for lot in s.together.lots], pa.string())
    lots = named.take(pa.array(items.lot[rows], mask=items.lot[rows] < 0))
    columns |= {"grant_eur": cost - net, "lot": lots}
    if s.maximise == EUROS_ONLY:
        worth = (cost - net) * (1 + s.discount_rate) ** -years.astype(np.float64)
        columns |= {
            n: pa.array(columns[n].to_numpy(zero_copy_only=False) + worth) for n in ("npv_eur", "npv_eur_low", "npv_eur_high")
        }
    table = pa.table({f.name: _column(columns[f.name], f.type) for f in CHOSEN_SCHEMA}, schema=CHOSEN_SCHEMA)
    return table.sort_by([("year", "ascending"), ("owner", "ascending"), ("action", "ascending")])


def _column(values: object, kind: pa.DataType) -> object:
    return values.cast(kind) if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, type=kind)


def _nulls(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))


def _npv_range(
    problem: Problem,
    rows: NDArray[np.int64],
    years: NDArray[np.int64],
    cost: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Net present value of chosen actions and how far down and up it may go [€], parts taken as independent."""
    s = problem.settings
    now = (1 + s.discount_rate) ** -years.astype(np.float64)
    down, up = ((high - cost) * now) ** 2, ((cost - low) * now) ** 2
    position = np.full(len(problem.items), -1)
    position[rows] = np.arange(rows.size)
    sides = [effect_gains(problem.table, problem.effects, c, problem.prices, s) for c in ("value", "value_low", "value_high")]
    at = position[sides[0][1]]
    mine = at >= 0
    year = years[at[mine]]
    mean, one, other = (g[0][mine, year] for g in sides)
    np.add.at(down, at[mine], (mean - np.minimum(one, other)) ** 2)
    np.add.at(up, at[mine], (np.maximum(one, other) - mean) ** 2)
    return problem.gain[rows, years], np.sqrt(down), np.sqrt(up)


def _spending(problem: Problem, rows: NDArray[np.int64], choice: Choice) -> pa.Table:
    s, items = problem.settings, problem.items
    net = items.modes.net[items.modes.start[rows] + choice.modes[rows]]
    where = items.purse.code[rows] * s.years + choice.years[rows]
    sums = np.zeros(len(items.purse.words) * s.years, np.int64)
    np.add.at(sums, where, net)
    spent = dict(zip(items.purse.words, sums.reshape(-1, s.years).tolist(), strict=True))
    none = [0] * s.years
    out = []
    for owner, line in problem.budgets.items():
        before = 0
        for y, budget in enumerate(line):
            cents = spent.get(owner, none)[y]
            available = (budget or 0) + (before if s.carry_over else 0) + _more_cents(problem, choice, owner, y)
            before = available - cents
            row = {"owner": owner, "year": s.first_year + y, "spent_eur": cents / 100}
            row |= {"budget_eur": None if budget is None else budget / 100, "available_eur": available / 100}
            out.append(row | {"hypothesis": (owner, s.first_year + y) in problem.hypothesis})
    return pa.Table.from_pylist(out, schema=SPENDING_SCHEMA)


def _more_cents(problem: Problem, choice: Choice, purse: str, year: int) -> int:
    """What loans and transfers bring to a purse in a year [cents]."""
    lends = lent(problem, choice.loans, purse, year) if choice.loans else 0.0
    gives = transferred(choice.transfers, purse, year) if choice.transfers else 0.0
    return round(100 * (lends + gives))


def _left(problem: Problem, left: Mapping[int, tuple[str, str]]) -> pa.Table:
    rows = sorted(left)
    part = problem.table.take(pa.array(rows, pa.int64()))
    columns = {"action": part["id"], "owner": part["owner"], "kind": part["kind"], "title": part["title"]}
    columns |= {name: pa.array([left[i][n] for i in rows], pa.string()) for n, name in enumerate(("reason", "explanation"))}
    return pa.table(columns, schema=LEFT_SCHEMA)


def _owners(problem: Problem, chosen: pa.Table, left: Mapping[int, tuple[str, str]], done: tuple[Component, ...]) -> pa.Table:
    component = {owner: c.number for c in done for owner in c.owners}
    owner = problem.items.owner
    names = sorted({*owner.words, *(split_purse(purse)[0] for purse in problem.budgets)})
    place = {name: n for n, name in enumerate(names)}
    of_word = np.array([place[word] for word in owner.words], np.int64)
    out_of = np.bincount(of_word[owner.code[list(left)]], minlength=len(names))
    mine = np.array([place[name] for name in chosen["owner"].to_pylist()], np.int64)
    cost, npv = (np.bincount(mine, weights=numbers(chosen[n], 0.0), minlength=len(names)) for n in ("cost_eur", "npv_eur"))
    columns = {
        "owner": names,
        "component": [component.get(n) for n in names],
        "actions": np.bincount(mine, minlength=len(names)),
        "left_out": out_of,
        "cost_eur": cost,
        "npv_eur": npv if problem.settings.money else pa.nulls(len(names), pa.float64()),
    }
    return pa.table({f.name: _column(columns[f.name], f.type) for f in OWNERS_SCHEMA}, schema=OWNERS_SCHEMA)


def _totals(problem: Problem, chosen: pa.Table) -> dict[str, Estimate]:
    needs = encoded(chosen["need"]).code
    out = {}
    for name in ("cost_eur", "npv_eur"):
        if chosen[name].null_count == 0:
            triple = [chosen[n].to_numpy().astype(np.float64) for n in (name, f"{name}_low", f"{name}_high")]
            out[name] = combine(triple[0], triple[1], triple[2], needs, "€")
    at = places(problem.effects["action"], chosen["action"])
    mine, at = problem.effects.filter(pa.array(at >= 0)), at[at >= 0]
    names = encoded(mine["indicator"])
    for number, rows in groups(np.arange(at.size), names.code).items():
        part = mine.take(pa.array(rows))
        triple = [part[c].to_numpy().astype(np.float64) for c in ("value", "value_low", "value_high")]
        estimate = combine(triple[0], triple[1], triple[2], needs[at[rows]], part["unit"][0].as_py())
        out[f"effect {names.words[number]}"] = estimate
    return out


def combine(
    value: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], alike: NDArray[np.int64], unit: str
) -> Estimate:
    """Sum of values (N,) with its range: errors add among those that are alike (N,), and are independent between the
    others; None if unknown."""
    if not np.isfinite(value).all():
        return Estimate(None, None, None, unit)
    total = float(value.sum())
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        return Estimate(total, None, None, unit)
    _, where = np.unique(alike, return_inverse=True)
    down, up = (float(np.sqrt((np.bincount(where, weights=d) ** 2).sum())) for d in (value - low, high - value))
    return Estimate(total, total - down, total + up, unit)


def _caveats(problem: Problem, left: Mapping[int, tuple[str, str]]) -> tuple[str, ...]:
    s = problem.settings
    reasons = [reason for reason, _ in left.values()]
    gaps = sum(line.count(None) for line in problem.budgets.values())
    counts = {
        "annees_sans_budget": gaps,
        "budgets_hypothese": len(problem.hypothesis),
        "couts_convertis": problem.converted,
        "fonctionnement_tu": problem.silent_running_costs,
        "inconnus": sum(r in ("unknown_cost", "unknown_effect") for r in reasons),
        "sans_budget": reasons.count("no_budget"),
    }
    said = {"year": s.price_year or s.first_year, "rate": f"{100 * s.cost_change:g}".replace(".", ",")}
    return tuple(t(f"programme.reserve_{name}", count=n, **said) for name, n in counts.items() if n)


def with_whole(programme: Programme, whole: Mapping[str, Estimate]) -> Programme:
    """The programme with its effects simulated at once (indicator -> yearly Estimate) beside the sum of single effects."""
    rows = []
    for name, estimate in sorted(whole.items()):
        single = programme.totals.get(f"effect {name}")
        summed = single.value if single else None
        known = summed is not None and estimate.value is not None
        row = {"indicator": name, "unit": estimate.unit, "sum_of_effects": summed, "whole": estimate.value}
        row |= {"whole_low": estimate.low, "whole_high": estimate.high}
        rows.append(row | {"difference": (estimate.value or 0.0) - (summed or 0.0) if known else None})
    return msgspec.structs.replace(programme, whole=pa.Table.from_pylist(rows, schema=WHOLE_SCHEMA))


def describe(programme: Programme) -> list[str]:
    """The plan in a few French lines: how much, for what, and how far from the best possible one."""
    unit = "€" if programme.maximise in (NPV, EUROS_ONLY, KEPT) else indicators()[programme.maximise].unit
    last = programme.first_year + programme.years - 1
    cost = programme.totals["cost_eur"].value or 0.0
    lines = [
        t("programme.resume", count=programme.chosen.num_rows, first=programme.first_year, last=last, cost=_fr(cost)),
        t(f"programme.objectif_{programme.status}", value=_fr(programme.objective), unit=unit, bound=_fr(programme.bound),
          gap=_percent(programme.gap), parts=len(programme.components)),
    ]  # fmt: skip
    saved = [sum(x["saved_eur"].to_pylist()) for x in (programme.lots, programme.trenches) if x is not None]
    if sum(saved) > 0:
        lines.append(t("programme.economies", amount=_fr(sum(saved)), lots=_fr(saved[0]), trenches=_fr(sum(saved[1:]))))
    if programme.grants is not None and programme.grants.num_rows:
        lines.append(t("programme.aides", amount=_fr(sum(programme.grants["amount_eur"].to_pylist()))))
    if programme.left_out.num_rows:
        lines.append(t("programme.ecartees", count=programme.left_out.num_rows))
    return [*lines, *programme.caveats]


def _fr(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _percent(value: float) -> str:
    return f"{100 * value:.2f}".replace(".", ",") if np.isfinite(value) else "?"
