"""Columns and rows of a model while it is written."""

from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.invest.problem import Problem
from jumeau.invest.settings import EUROS_ONLY
from jumeau.kernels.highs import Rows

Index = NDArray[np.int64]


class RowName(msgspec.Struct, frozen=True):
    """What a row says, of what, in which calendar year.

    kind: once, required, budget, debt, requires_all, requires_any, excludes, capacity, lot_volume, lot_cost, tier,
    contractor, envelope, trench, target, minimum.
    """

    kind: str
    what: str
    year: int = 0


class Extra(msgspec.Struct, frozen=True):
    """A column that is no choice of an action. kind: tier, volume, bought (by lot, year index, level), trench (by place,
    year), loan (by owner, year), total."""

    kind: str
    what: str
    year: int = 0
    level: int = 0


class Columns:
    """Choices of the items of a part: one column by item, year and mode, by year; then the extra columns."""

    def __init__(self, problem: Problem, items: tuple[int, ...]) -> None:
        item: list[int] = []
        year: list[int] = []
        mode: list[int] = []
        self.offset: dict[int, int] = {}
        self.size: dict[int, int] = {}
        for i in items:
            it = problem.items[i]
            mine = [(y, m) for y in range(it.first, it.last + 1) for m, way in enumerate(it.modes) if y in way.years]
            self.offset[i], self.size[i] = len(item), len(mine)
            item += [i] * len(mine)
            year += [y for y, _ in mine]
            mode += [m for _, m in mine]
        self.item, self.year, self.mode = (np.array(x, dtype=np.int64) for x in (item, year, mode))
        modes = [problem.items[i].modes[m] for i, m in zip(item, mode, strict=True)]
        self.net = np.array([m.net_cents / 100 for m in modes])
        self.cost = np.array([(problem.items[i].cost_cents or 0) / 100 for i in item])
        gain = problem.gain[self.item, self.year] if item else np.zeros(0)
        if problem.settings.maximise == EUROS_ONLY:
            now = (1 + problem.settings.discount_rate) ** -self.year.astype(np.float64)
            gain = gain + (self.cost - self.net) * now
        self.gain: list[float] = gain.tolist()
        self.lower = [0.0] * len(item)
        self.upper = [1.0] * len(item)
        self.integer = [True] * len(item)
        self.extra: list[Extra] = []

    def every(self, i: int) -> Index:
        """Columns of an item."""
        return np.arange(self.offset[i], self.offset[i] + self.size[i])

    def by(self, i: int, year: int) -> Index:
        """Columns of an item done by the end of a year (index)."""
        mine = self.every(i)
        return mine[: int(np.searchsorted(self.year[mine], year, side="right"))]

    def at(self, items: Iterable[int], year: int) -> Index:
        """Columns of some items in one year (index)."""
        found = [m[self.year[m] == year] for m in map(self.every, items)]
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def add(self, extra: Extra, *, gain: float = 0.0, upper: float = np.inf, integer: bool = False) -> int:
        """One more column."""
        self.gain.append(gain)
        self.lower.append(0.0)
        self.upper.append(upper)
        self.integer.append(integer)
        self.extra.append(extra)
        return len(self.gain) - 1


class Writer:
    """Collects sparse rows."""

    def __init__(self) -> None:
        self.index: list[Index] = []
        self.value: list[NDArray[np.float64]] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.names: list[RowName] = []

    def add(self, terms: Iterable[tuple[Index, float]], lower: float, upper: float, name: RowName) -> None:
        """A row of groups of columns, each with its coefficient; nothing when it has no column."""
        pairs = [(cols, coefficient) for cols, coefficient in terms if cols.size]
        if pairs:
            index = np.concatenate([cols for cols, _ in pairs])
            value = np.concatenate([np.full(cols.size, coefficient) for cols, coefficient in pairs])
            self.add_row(index, value, lower, upper, name)

    def add_row(self, index: Index, value: NDArray[np.float64], lower: float, upper: float, name: RowName) -> None:
        """A row given by its columns and coefficients."""
        self.index.append(index)
        self.value.append(value)
        self.lower.append(lower)
        self.upper.append(upper)
        self.names.append(name)

    def rows(self) -> Rows:
        """The rows, as HiGHS takes them."""
        sizes = [r.size for r in self.index]
        return Rows(
            start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
            index=np.concatenate([*self.index, np.zeros(0, np.int64)]).astype(np.int32),
            value=np.concatenate([*self.value, np.zeros(0)]),
            lower=np.array(self.lower),
            upper=np.array(self.upper),
        )


def joined(cols: Index, values: NDArray[np.float64], more: Mapping[int, float]) -> tuple[Index, NDArray[np.float64]]:
    """A row's columns and coefficients with a few more."""
    extra = np.array(list(more), dtype=np.int64)
    return np.concatenate([cols, extra]), np.concatenate([values, np.array(list(more.values()), dtype=np.float64)])
