"""The mixed-integer model of one separable part: x[action, year] in {0, 1}.

The precedence rows compare cumulated sums year by year, which is the tight way to write them: their relaxation has
integer corners where no budget binds.
"""

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.invest.problem import Item, Problem, yearly_limits
from jumeau.kernels.highs import Model, Rows


class RowName(msgspec.Struct, frozen=True):
    """What a row says: `kind` (once, required, budget, requires_all, requires_any, excludes, capacity), what, year."""

    kind: str
    what: str
    year: int = 0


class Part(msgspec.Struct, frozen=True):
    """The model of items `rows`; `item`, `year` (C,): what each column means; names of its rows."""

    items: tuple[int, ...]
    model: Model
    item: NDArray[np.int64]
    year: NDArray[np.int64]
    names: tuple[RowName, ...]


class _Writer:
    """Collects sparse rows."""

    def __init__(self) -> None:
        self.index: list[NDArray[np.int64]] = []
        self.value: list[NDArray[np.float64]] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.names: list[RowName] = []

    def add(self, terms: Iterable[tuple[NDArray[np.int64], float]], lower: float, upper: float, name: RowName) -> None:
        pairs = [(cols, coefficient) for cols, coefficient in terms if cols.size]
        if not pairs:
            return
        index = np.concatenate([cols for cols, _ in pairs])
        value = np.concatenate([np.full(cols.size, coefficient) for cols, coefficient in pairs])
        self.add_row(index, value, lower, upper, name)

    def add_row(
        self, index: NDArray[np.int64], value: NDArray[np.float64], lower: float, upper: float, name: RowName
    ) -> None:
        self.index.append(index)
        self.value.append(value)
        self.lower.append(lower)
        self.upper.append(upper)
        self.names.append(name)

    def rows(self) -> Rows:
        sizes = [r.size for r in self.index]
        return Rows(
            start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            index=np.concatenate([*self.index, np.zeros(0, np.int64)]).astype(np.int32),
            value=np.concatenate([*self.value, np.zeros(0)]),
            lower=np.array(self.lower),
            upper=np.array(self.upper),
        )


class _Columns:
    """Columns of an item, all or done by a year."""

    def __init__(self, problem: Problem, items: tuple[int, ...]) -> None:
        spans = [problem.items[i].last - problem.items[i].first + 1 for i in items]
        self.offset = dict(zip(items, np.concatenate([[0], np.cumsum(spans)]).tolist(), strict=False))
        self.first = {i: problem.items[i].first for i in items}
        self.span = dict(zip(items, spans, strict=True))
        self.item = np.repeat(np.array(items, dtype=np.int64), spans)
        self.year = np.concatenate([np.arange(problem.items[i].first, problem.items[i].last + 1) for i in items])

    def every(self, i: int) -> NDArray[np.int64]:
        return np.arange(self.offset[i], self.offset[i] + self.span[i])

    def by(self, i: int, year: int) -> NDArray[np.int64]:
        count = min(max(year - self.first[i] + 1, 0), self.span[i])
        return np.arange(self.offset[i], self.offset[i] + count)


def formulate(problem: Problem, items: tuple[int, ...]) -> Part:
    """Write the model of one part: gains, at most once, windows, budgets, precedence, exclusion, capacity."""
    columns = _Columns(problem, items)
    writer = _Writer()
    row_of = {problem.items[i].id: i for i in items}
    wanted = {*problem.settings.required, *problem.settings.fixed}
    for i in items:
        item = problem.items[i]
        name = RowName("required" if item.id in wanted else "once", item.id)
        writer.add([(columns.every(i), 1.0)], 1.0 if item.id in wanted else 0.0, 1.0, name)
        _links(problem, item, i, row_of, columns, writer)
    _budget_rows(problem, columns, writer)
    _capacity_rows(problem, items, columns, writer)
    size = columns.item.size
    model = Model(
        gain=problem.gain[columns.item, columns.year],
        lower=np.zeros(size),
        upper=_affordable(problem, columns).astype(np.float64),
        integer=np.ones(size, dtype=np.bool_),
        rows=writer.rows(),
    )
    return Part(items, model, columns.item, columns.year, tuple(writer.names))


def _links(problem: Problem, item: Item, i: int, row_of: Mapping[str, int], columns: _Columns, writer: _Writer) -> None:
    base = problem.settings.first_year
    for other in item.requires_all:
        for y in range(item.first, item.last + 1):
            terms = [(columns.by(i, y), 1.0), (columns.by(row_of[other], y), -1.0)]
            writer.add(terms, -np.inf, 0.0, RowName("requires_all", f"{item.id} -> {other}", base + y))
    choices = [row_of[n] for n in item.requires_any if n in row_of]
    if choices:
        for y in range(item.first, item.last + 1):
            terms = [(columns.by(i, y), 1.0), *((columns.by(c, y), -1.0) for c in choices)]
            writer.add(terms, -np.inf, 0.0, RowName("requires_any", item.id, base + y))
    for other in item.excludes:
        j = row_of.get(other)
        if j is None or (item.id in problem.items[j].excludes and other < item.id):
            continue
        writer.add([(columns.every(i), 1.0), (columns.every(j), 1.0)], 0.0, 1.0, RowName("excludes", f"{item.id} | {other}"))


def _budget_rows(problem: Problem, columns: _Columns, writer: _Writer) -> None:
    """Spending of an owner in a year, or since the first year with carry-over [€]."""
    settings = problem.settings
    cost = np.array([(item.cost_cents or 0) / 100 for item in problem.items])[columns.item]
    owners = np.array([item.owner for item in problem.items])[columns.item]
    for owner in sorted(set(owners.tolist())):
        mine = np.flatnonzero((owners == owner) & (cost > 0))
        limits = yearly_limits(problem, owner)
        for y in range(settings.years):
            years = columns.year[mine]
            index = mine[years <= y] if settings.carry_over else mine[years == y]
            if index.size:
                name = RowName("budget", owner, settings.first_year + y)
                writer.add_row(index, cost[index], -np.inf, float(limits[y]), name)


def _affordable(problem: Problem, columns: _Columns) -> NDArray[np.bool_]:
    """Columns (C,) whose cost alone fits the money of their year: without it the relaxation buys slices of big works."""
    limits = {owner: yearly_limits(problem, owner) for owner in {problem.items[i].owner for i in columns.first}}
    room = np.array([limits[problem.items[i].owner][y] for i, y in zip(columns.item, columns.year, strict=True)])
    cost = np.array([(item.cost_cents or 0) / 100 for item in problem.items])[columns.item]
    wanted = {*problem.settings.required, *problem.settings.fixed}
    forced = np.array([item.id in wanted for item in problem.items])[columns.item]
    affordable: NDArray[np.bool_] = (cost <= room + 1e-6) | forced
    return affordable


def _capacity_rows(problem: Problem, items: tuple[int, ...], columns: _Columns, writer: _Writer) -> None:
    """What consumers take of a capacity never exceeds what exists and what providers have brought by that year."""
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
