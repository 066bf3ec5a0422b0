"""A given plan looked at again: what it is worth under a question, and the nearest plan that question allows."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from jumeau.invest.encoded import groups
from jumeau.invest.problem import Problem, yearly_limits
from jumeau.invest.programme import Programme
from jumeau.invest.shared import lots_table, trenches_table


def years_of(problem: Problem, programme: Programme) -> NDArray[np.int64]:
    """Year index of each item (A,) in a programme, -1 when it is not in it."""
    chosen = dict(zip(programme.chosen["action"].to_pylist(), programme.chosen["year"].to_pylist(), strict=True))
    first = problem.settings.first_year
    return np.array([chosen.get(name, first - 1) - first for name in problem.items.ids], dtype=np.int64)


def worth(problem: Problem, years: NDArray[np.int64]) -> float:
    """Gain of a plan (A,) [€ or unit of what is maximised], savings of lots and trenches included."""
    rows = np.flatnonzero(years >= 0)
    total = float(problem.gain[rows, years[rows]].sum())
    return total + pooled(problem, years) if problem.settings.money else total


def pooled(problem: Problem, years: NDArray[np.int64]) -> float:
    """Discounted savings of lots and trenches [€]."""
    s = problem.settings
    rows = [*lots_table(problem, years).to_pylist(), *trenches_table(problem, years).to_pylist()]
    return float(sum(r["saved_eur"] * (1 + s.discount_rate) ** -(r["year"] - s.first_year) for r in rows))


def net_cents(problem: Problem, granted: Mapping[str, float]) -> NDArray[np.int64]:
    """What each item costs its owner (A,) [cents], with the grants it has."""
    return problem.items.paid - np.array([round(100 * granted.get(name, 0.0)) for name in problem.items.ids], dtype=np.int64)


def kept_within(problem: Problem, years: NDArray[np.int64], granted: Mapping[str, float]) -> NDArray[np.int64]:
    """The same plan (A,) less what its budgets no longer pay, the least useful for its cost first, and what needs it.

    Works that are not in the year's money are not done: nothing is moved, so that it says what an unchanged plan gives.
    """
    net = net_cents(problem, granted)
    wished = years.copy()
    while True:
        paid = _paid(problem, wished, net)
        orphans = _orphans(problem, paid)
        if not orphans:
            return paid
        wished[orphans] = -1


def _paid(problem: Problem, years: NDArray[np.int64], net: NDArray[np.int64]) -> NDArray[np.int64]:
    """What the budgets of each owner pay of a plan, year by year."""
    out = years.copy()
    purses = problem.items.purse
    for number, rows in groups(np.arange(years.size), purses.code).items():
        purse = purses.words[number]
        limits = np.round(yearly_limits(problem, purse) * 100).astype(np.int64)
        mine = rows[out[rows] >= 0]
        spent = 0
        for y in range(problem.settings.years):
            here = mine[years[mine] == y]
            value = problem.gain[here, y] / np.maximum(net[here], 1)
            room = int(limits[y]) - (spent if problem.settings.carry_over else 0)
            for i in here[np.argsort(-np.nan_to_num(value), kind="stable")]:
                if net[i] <= room:
                    room -= int(net[i])
                    spent += int(net[i])
                else:
                    out[i] = -1
    return out


def _orphans(problem: Problem, years: NDArray[np.int64]) -> list[int]:
    """Works of a plan that need something it does not have."""
    items = problem.items

    def done(name: str, year: int) -> bool:
        return name in items.row_of and 0 <= years[items.row_of[name]] <= year

    out = []
    for i in sorted({*items.requires_all, *items.requires_any}):
        y, any_of = int(years[i]), items.requires_any.get(i, ())
        some = not any_of or any(done(n, y) for n in any_of)
        if y >= 0 and not (some and all(done(n, y) for n in items.requires_all.get(i, ()))):
            out.append(i)
    return out
