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
from jumeau.invest.rows import Columns, Extra, RowName, RowNames, Said, Writer, spread
from jumeau.invest.settings import EUROS_ONLY
from jumeau.kernels.highs import Model
from jumeau.model.money import annuity


class Part(msgspec.Struct, frozen=True):
    """The model of some items; `item`, `year`, `mode`, `owner` (K,): what its first K columns mean (owner: its number),
    `extra` the others; names of its rows; needs (N, 2): an item and one it may require. It is all that a search needs, in
    another process too."""

    items: tuple[int, ...]
    model: Model
    item: NDArray[np.int64]
    year: NDArray[np.int64]
    mode: NDArray[np.int64]
    owner: NDArray[np.int64]
    extra: tuple[Extra, ...]
    names: RowNames
    needs: NDArray[np.int64]


def formulate(problem: Problem, items: tuple[int, ...]) -> Part:
    """Write the model of one part: gains, at most once, windows, budgets, precedence, exclusion, capacity, what is shared."""
    columns = Columns(problem, items)
    writer = Writer()
    _once_rows(problem, columns, writer)
    needs = _precedence_rows(problem, columns, writer)
    _exclusion_rows(problem, columns, writer)
    _budget_rows(problem, columns, writer)
    served = _capacity_rows(problem, columns, writer)
    pool(problem, columns, writer)
    gain, upper, integer = columns.bounds(_affordable(problem, columns))
    model = Model(gain=gain, lower=np.zeros(gain.size), upper=upper, integer=integer, rows=writer.rows())
    what = columns.item, columns.year, columns.mode, columns.owner
    return Part(items, model, *what, tuple(columns.extra), writer.names(), np.concatenate([needs, served]))


def _once_rows(problem: Problem, columns: Columns, writer: Writer) -> None:
    """Each item is done once at most, or once when it must be."""
    rows, items = columns.rows, problem.items
    must = items.required[rows]
    least, once = must.astype(np.float64), np.ones(rows.size)
    said = Said([items.ids[i] for i in rows.tolist()], "once", "required", kind=must.astype(np.int64))
    writer.add_spans(np.arange(rows.size), columns.offset[rows], columns.size[rows], once, (least, once), said)


def _precedence_rows(problem: Problem, columns: Columns, writer: Writer) -> NDArray[np.int64]:
    """What is done by a year is not more than what it requires, or than one of those it requires, done by that year.

    Gives the pairs (N, 2) of an item and one it may require.
    """
    items, inside = problem.items, columns.size > 0
    needs: list[tuple[int, list[int], int, str]] = []
    for i in columns.rows[np.isin(columns.rows, [*items.requires_all, *items.requires_any])].tolist():
        name = items.ids[i]
        needs += [(i, [items.row_of[other]], 0, f"{name} -> {other}") for other in items.requires_all.get(i, ())]
        some = [items.row_of[n] for n in items.requires_any.get(i, ()) if n in items.row_of and inside[items.row_of[n]]]
        if some:
            needs.append((i, some, 1, name))
    pairs = np.array([(i, j) for i, some, _, _ in needs for j in some], np.int64).reshape(-1, 2)
    if not needs:
        return pairs
    item = np.array([i for i, *_ in needs], dtype=np.int64)
    spans = np.array([len(some) for _, some, _, _ in needs], dtype=np.int64) + 1
    span_item = np.array([j for i, some, _, _ in needs for j in (i, *some)], dtype=np.int64)
    sign = np.full(span_item.size, -1.0)
    sign[np.cumsum(spans) - spans] = 1.0
    length = items.last[item] - items.first[item] + 1
    need, year = np.repeat(np.arange(len(needs)), length), spread(items.first[item], length)
    kind = np.array([k for _, _, k, _ in needs], dtype=np.int64)[need]
    said = Said([name for *_, name in needs], "requires_all", "requires_any", which=need, kind=kind,
                year=problem.settings.first_year + year)  # fmt: skip
    at = spread((np.cumsum(spans) - spans)[need], spans[need])
    row = np.repeat(np.arange(need.size), spans[need])
    whose = span_item[at]
    until = columns.until[columns.shape[whose], year[row]]
    limits = np.full(need.size, -np.inf), np.zeros(need.size)
    writer.add_spans(row, columns.offset[whose], until, sign[at], limits, said)
    return pairs


def _exclusion_rows(problem: Problem, columns: Columns, writer: Writer) -> None:
    items, inside = problem.items, set(columns.rows.tolist())
    for i in (i for i in sorted(items.excludes) if i in inside):
        name = items.ids[i]
        for other in items.excludes[i]:
            j = items.row_of.get(other)
            if j is None or j not in inside or (name in items.excludes.get(j, ()) and other < name):
                continue
            said = RowName("excludes", f"{name} | {other}")
            writer.add([(columns.every(i), 1.0), (columns.every(j), 1.0)], 0.0, 1.0, said)


def _budget_rows(problem: Problem, columns: Columns, writer: Writer) -> None:
    """Spending of a purse in a year, or since the first year with carry-over, within its budgets, loans and transfers [€]."""
    settings = problem.settings
    paid = np.flatnonzero(columns.net > 0)
    given: dict[str, list[dict[int, float]]] = {}
    for purse in columns.purses:
        _transfers(problem, purse, columns, given)
    years, purses = settings.years, columns.purses
    row, col = columns.purse[paid] * years + columns.year[paid], paid
    if settings.carry_over:
        later = years - columns.year[paid]
        row, col = spread(row, later), np.repeat(paid, later)
    value, more = columns.net[col], _money_in(problem, columns, given, writer)
    if more:
        extra = np.array([(r, c) for r, c, _ in more], np.int64)
        row, col = np.concatenate([row, extra[:, 0]]), np.concatenate([col, extra[:, 1]])
        value = np.concatenate([value, [v for *_, v in more]])
    order = np.argsort(row, kind="stable")
    row, col, value = row[order], col[order], value[order]
    counts = np.bincount(row, minlength=len(purses) * years)
    spends = np.bincount(row, weights=value > 0, minlength=counts.size) > 0
    which = np.flatnonzero(spends)
    limits = np.array([yearly_limits(problem, purse) for purse in purses]).reshape(-1)[which]
    kept = spends[row]
    said = Said(purses, "budget", which=which // years, year=settings.first_year + which % years)
    writer.add_rows(counts[which], col[kept], value[kept], (np.full(which.size, -np.inf), limits), said)


def _money_in(
    problem: Problem, columns: Columns, given: Mapping[str, list[dict[int, float]]], writer: Writer
) -> list[tuple[int, int, float]]:
    """What loans and transfers bring to each budget row (purse by year): its number, the column, the coefficient."""
    years, paying = problem.settings.years, set(np.unique(columns.purse[columns.net > 0]).tolist())
    out = []
    for number, purse in enumerate(columns.purses):
        if number not in paying and purse not in given:
            continue
        loans = _loans(problem, purse, columns, writer)
        for y in range(years):
            brought = _brought(problem, purse, loans, y) | (given[purse][y] if purse in given else {})
            out += [(number * years + y, column, value) for column, value in brought.items()]
    return out


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
    forced = problem.items.required[columns.item]
    affordable: NDArray[np.float64] = ((columns.net <= most[columns.purse, columns.year] + 1e-6) | forced).astype(np.float64)
    return affordable


def _capacity_rows(problem: Problem, columns: Columns, writer: Writer) -> NDArray[np.int64]:
    """What consumers take of a capacity never exceeds what exists and what providers have brought by that year.

    Gives the pairs (N, 2) of a consumer and one who may provide.
    """
    inside = set(columns.rows.tolist())
    uses, offers = problem.items.consumes, problem.items.provides
    users: dict[str, list[int]] = {}
    givers: dict[str, list[int]] = {}
    for by_name, amounts in ((users, uses), (givers, offers)):
        for i in (i for i in sorted(amounts) if i in inside):
            for name in amounts[i]:
                by_name.setdefault(name, []).append(i)
    for name in sorted(users):
        there = problem.settings.capacity.get(name, 0.0)
        offer = givers.get(name, [])
        for y in range(problem.settings.years):
            takes = [(columns.by(i, y), uses[i][name]) for i in users[name]]
            if not any(cols.size for cols, _ in takes):
                continue
            gives = [(columns.by(i, y), -offers[i][name]) for i in offer]
            row = RowName("capacity", name, problem.settings.first_year + y)
            writer.add([*takes, *gives], -np.inf, there, row)
            if there > 0:
                continue
            for i in users[name]:
                terms = [(columns.by(i, y), 1.0), *((columns.by(j, y), -1.0) for j in offer)]
                writer.add(terms, -np.inf, 0.0, row)
    pairs = [(i, j) for name in sorted(users) for i in users[name] for j in givers.get(name, [])]
    return np.array(pairs, np.int64).reshape(-1, 2)
