"""The mixed-integer model of one separable part: x[action, year, mode] in {0, 1}.

The precedence rows compare cumulated sums year by year, which is the tight way to write them: their relaxation has
integer corners where no budget binds.
"""

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.invest.pooling import pool
from jumeau.invest.problem import Problem, most_limits, yearly_limits
from jumeau.invest.rows import KINDS, Columns, Extra, RowName, Writer, joined, spread
from jumeau.invest.settings import EUROS_ONLY
from jumeau.kernels.highs import Model
from jumeau.model.money import annuity


class Part(msgspec.Struct, frozen=True):
    """The model of some items; `item`, `year`, `mode`, `owner` (K,): what its first K columns mean (owner: its number),
    `extra` the others; names of its rows, and their kinds as places in KINDS; needs (N, 2): an item and one it may
    require. It is all that a search needs, in another process too."""

    items: tuple[int, ...]
    model: Model
    item: NDArray[np.int64]
    year: NDArray[np.int64]
    mode: NDArray[np.int64]
    owner: NDArray[np.int64]
    extra: tuple[Extra, ...]
    names: tuple[RowName, ...]
    kinds: NDArray[np.int8]
    needs: NDArray[np.int64]


def formulate(problem: Problem, items: tuple[int, ...]) -> Part:
    """Write the model of one part: gains, at most once, windows, budgets, precedence, exclusion, capacity, what is shared."""
    columns = Columns(problem, items)
    writer = Writer()
    row_of = {problem.items[i].id: i for i in items}
    _once_rows(problem, columns, writer)
    needs = _precedence_rows(problem, row_of, columns, writer)
    _exclusion_rows(problem, items, row_of, columns, writer)
    _budget_rows(problem, columns, writer)
    served = _capacity_rows(problem, items, columns, writer)
    pool(problem, items, columns, writer)
    gain, upper, integer = columns.bounds(_affordable(problem, columns))
    model = Model(gain=gain, lower=np.zeros(gain.size), upper=upper, integer=integer, rows=writer.rows())
    named, extra, code = tuple(writer.names), tuple(columns.extra), {kind: n for n, kind in enumerate(KINDS)}
    kinds = np.array([code[name.kind] for name in named], dtype=np.int8)
    what = columns.item, columns.year, columns.mode, columns.owner
    return Part(items, model, *what, extra, named, kinds, np.concatenate([needs, served]))


def _once_rows(problem: Problem, columns: Columns, writer: Writer) -> None:
    """Each item is done once at most, or once when it must be."""
    mine = [problem.items[i] for i in columns.rows]
    names = [RowName("required" if item.required else "once", item.id) for item in mine]
    least = np.array([float(item.required) for item in mine])
    start, length = columns.offset[columns.rows], columns.size[columns.rows]
    row = np.arange(len(mine))
    writer.add_spans(row, start, length, np.ones(len(mine)), (least, np.ones(len(mine))), names)


def _precedence_rows(problem: Problem, row_of: Mapping[str, int], columns: Columns, writer: Writer) -> NDArray[np.int64]:
    """What is done by a year is not more than what it requires, or than one of those it requires, done by that year.

    Gives the pairs (N, 2) of an item and one it may require.
    """
    base = problem.settings.first_year
    needs: list[tuple[int, list[int], str, str]] = []
    for i in columns.rows.tolist():
        item = problem.items[i]
        needs += [(i, [row_of[other]], "requires_all", f"{item.id} -> {other}") for other in item.requires_all]
        some = [row_of[n] for n in item.requires_any if n in row_of]
        if some:
            needs.append((i, some, "requires_any", item.id))
    pairs = np.array([(i, j) for i, some, _, _ in needs for j in some], np.int64).reshape(-1, 2)
    if not needs:
        return pairs
    spans = np.array([len(some) for _, some, _, _ in needs], dtype=np.int64) + 1
    first, last = (np.array([getattr(problem.items[i], end) for i, *_ in needs], dtype=np.int64) for end in ("first", "last"))
    span_item = np.array([j for i, some, _, _ in needs for j in (i, *some)], dtype=np.int64)
    sign = np.array([s for _, some, _, _ in needs for s in (1.0, *([-1.0] * len(some)))])
    length = last - first + 1
    need, year = np.repeat(np.arange(len(needs)), length), spread(first, length)
    names = [RowName(needs[n][2], needs[n][3], base + y) for n, y in zip(need.tolist(), year.tolist(), strict=True)]
    at = spread((np.cumsum(spans) - spans)[need], spans[need])
    row = np.repeat(np.arange(need.size), spans[need])
    whose = span_item[at]
    until = columns.until[columns.shape[whose], year[row]]
    limits = np.full(need.size, -np.inf), np.zeros(need.size)
    writer.add_spans(row, columns.offset[whose], until, sign[at], limits, names)
    return pairs


def _exclusion_rows(
    problem: Problem, items: tuple[int, ...], row_of: Mapping[str, int], columns: Columns, writer: Writer
) -> None:
    for i in items:
        item = problem.items[i]
        for other in item.excludes:
            j = row_of.get(other)
            if j is None or (item.id in problem.items[j].excludes and other < item.id):
                continue
            name = RowName("excludes", f"{item.id} | {other}")
            writer.add([(columns.every(i), 1.0), (columns.every(j), 1.0)], 0.0, 1.0, name)


def _budget_rows(problem: Problem, columns: Columns, writer: Writer) -> None:
    """Spending of a purse in a year, or since the first year with carry-over, within its budgets, loans and transfers [€]."""
    settings = problem.settings
    paid = np.flatnonzero(columns.net > 0)
    paid = paid[np.argsort(columns.purse[paid], kind="stable")]
    ends = np.searchsorted(columns.purse[paid], np.arange(len(columns.purses) + 1))
    given: dict[str, list[dict[int, float]]] = {}
    for purse in columns.purses:
        _transfers(problem, purse, columns, given)
    for number, purse in enumerate(columns.purses):
        mine = paid[ends[number] : ends[number + 1]]
        if not mine.size and purse not in given:
            continue
        limits, years = yearly_limits(problem, purse), columns.year[mine]
        loans = _loans(problem, purse, columns, writer)
        for y in range(settings.years):
            index = mine[years <= y] if settings.carry_over else mine[years == y]
            brought = _brought(problem, purse, loans, y) | (given[purse][y] if purse in given else {})
            if index.size or any(v > 0 for v in brought.values()):
                name = RowName("budget", purse, settings.first_year + y)
                cols, values = joined(index, columns.net[index], brought)
                writer.add_row(cols, values, -np.inf, float(limits[y]), name)


def _transfers(problem: Problem, purse: str, columns: Columns, given: dict[str, list[dict[int, float]]]) -> None:
    """Columns of what the main budget gives a purse that it balances each year [€], and their coefficients in the budgets of
    both by year."""
    years, payers = range(problem.settings.years), problem.settings.together.payers(purse)
    if len(payers) == 1:
        return
    limits = yearly_limits(problem, payers[1]) + _borrowed(problem, payers[1])
    moved = [columns.add(Extra("transfer", purse, y), upper=float(limits[y])) for y in years]
    for payer, sign in zip(payers, (-1.0, 1.0), strict=True):
        lines = given.setdefault(payer, [{} for _ in years])
        for y in years:
            lines[y] |= {moved[z]: sign for z in years if (z <= y if problem.settings.carry_over else z == y)}


def _borrowed(problem: Problem, purse: str) -> float:
    debt = problem.settings.together.debts.get(purse)
    return debt.capacity_eur if debt else 0.0


def _loans(problem: Problem, owner: str, columns: Columns, writer: Writer) -> list[int]:
    """Columns of what an owner borrows each year [€], within what it may owe."""
    debt = problem.settings.together.debts.get(owner)
    if debt is None or debt.capacity_eur <= 0:
        return []
    years = range(problem.settings.years)
    most = debt.capacity_eur
    loans = [columns.add(Extra("loan", owner, y), gain=loan_gain(problem, owner, y), upper=most) for y in years]
    writer.add([(np.array(loans), 1.0)], 0.0, debt.capacity_eur, RowName("debt", owner))
    return loans


def loan_gain(problem: Problem, owner: str, year: int) -> float:
    """What 1 € borrowed brings to the objective: nothing but when the owners' own money is counted [-]."""
    s, debt = problem.settings, problem.settings.together.debts[owner]
    if s.maximise != EUROS_ONLY:
        return 0.0
    payments = sum((1 + s.discount_rate) ** -(year + n) for n in range(1, debt.years + 1))
    return float((1 + s.discount_rate) ** -year - annuity(debt.rate, debt.years) * payments)


def _brought(problem: Problem, owner: str, loans: list[int], year: int) -> dict[int, float]:
    """Coefficients of loans in the budget of a year: what they bring then (negative), and what they cost after."""
    if not loans:
        return {}
    debt = problem.settings.together.debts[owner]
    due = annuity(debt.rate, debt.years)
    out = {}
    for taken, column in enumerate(loans[: year + 1]):
        paid = min(year - taken, debt.years)
        if problem.settings.carry_over:
            out[column] = paid * due - 1.0
        elif taken == year:
            out[column] = -1.0
        elif year - taken <= debt.years:
            out[column] = due
    return out


def _affordable(problem: Problem, columns: Columns) -> NDArray[np.float64]:
    """Upper bound (K,) of each choice: 0 when its cost alone does not fit the money of its year, without which the
    relaxation buys slices of big works."""
    most = np.array([most_limits(problem, purse) for purse in columns.purses])
    most = most.reshape(len(columns.purses), problem.settings.years)
    forced = np.array([item.required for item in problem.items], dtype=np.bool_)[columns.item]
    affordable: NDArray[np.float64] = ((columns.net <= most[columns.purse, columns.year] + 1e-6) | forced).astype(np.float64)
    return affordable


def _capacity_rows(problem: Problem, items: tuple[int, ...], columns: Columns, writer: Writer) -> NDArray[np.int64]:
    """What consumers take of a capacity never exceeds what exists and what providers have brought by that year.

    Gives the pairs (N, 2) of a consumer and one who may provide.
    """
    users: dict[str, list[int]] = {}
    givers: dict[str, list[int]] = {}
    for i in items:
        for name in problem.items[i].consumes:
            users.setdefault(name, []).append(i)
        for name in problem.items[i].provides:
            givers.setdefault(name, []).append(i)
    for name in sorted(users):
        there = problem.settings.capacity.get(name, 0.0)
        offer = givers.get(name, [])
        for y in range(problem.settings.years):
            takes = [(columns.by(i, y), problem.items[i].consumes[name]) for i in users[name]]
            if not any(cols.size for cols, _ in takes):
                continue
            gives = [(columns.by(i, y), -problem.items[i].provides[name]) for i in offer]
            row = RowName("capacity", name, problem.settings.first_year + y)
            writer.add([*takes, *gives], -np.inf, there, row)
            if there > 0:
                continue
            for i in users[name]:
                terms = [(columns.by(i, y), 1.0), *((columns.by(j, y), -1.0) for j in offer)]
                writer.add(terms, -np.inf, 0.0, row)
    pairs = [(i, j) for name in sorted(users) for i in users[name] for j in givers.get(name, [])]
    return np.array(pairs, np.int64).reshape(-1, 2)
