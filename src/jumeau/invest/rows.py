"""Columns and rows of a model while it is written: written in bulk, because a département has a million of them."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.invest.problem import Item, Problem
from jumeau.invest.settings import EUROS_ONLY
from jumeau.kernels.highs import Rows

Index = NDArray[np.int64]
Floats = NDArray[np.float64]
Shape = tuple[int, int, tuple[frozenset[int], ...]]
"""What the columns of an item look like: its first and last year, and the years of each of its modes."""


KINDS = (
    "once", "required", "budget", "debt", "requires_all", "requires_any", "excludes", "capacity", "lot_volume", "lot_cost",
    "tier", "contractor", "envelope", "trench", "target", "minimum",
)  # fmt: skip
"""What a row may say."""


class RowName(msgspec.Struct, frozen=True):
    """What a row says (one of KINDS), of what, in which calendar year."""

    kind: str
    what: str
    year: int = 0


class Extra(msgspec.Struct, frozen=True):
    """A column that is no choice of an action. kind: tier, volume, bought (by lot, year index, level), trench (by place,
    year), loan (by purse, year), transfer (to a purse, by year), total."""

    kind: str
    what: str
    year: int = 0
    level: int = 0


def spread(start: Index, length: Index) -> Index:
    """The numbers of several spans, one after the other: start, start + 1, ... (length of each)."""
    ends = np.cumsum(length)
    total = int(ends[-1]) if ends.size else 0
    return np.asarray(np.arange(total) + np.repeat(start - (ends - length), length), dtype=np.int64)


def _pairs(shape: Shape) -> list[tuple[int, int]]:
    """Year and mode of each column of an item, by year."""
    first, last, modes = shape
    return [(y, m) for y in range(first, last + 1) for m, when in enumerate(modes) if y in when]


class Columns:
    """Choices of the items of a part: one column by item, year and mode, by year; then the extra columns.

    item, year, mode, way (K,): what each column is; way is its place among the modes of all items of the part (`grants`).
    net, cost, gain (K,). owner (K,): number of its owner; purse (K,): of who pays, in `purses`. offset, size, shape: of each
    item of the problem; until (shapes, Y): how many columns there are by the end of each year.
    """

    def __init__(self, problem: Problem, items: tuple[int, ...]) -> None:
        mine = [problem.items[i] for i in items]
        self.payers = problem.settings.together.payers
        rows = np.array(items, dtype=np.int64)
        shapes: dict[Shape, int] = {}
        keys: list[Shape] = [(it.first, it.last, tuple(m.years for m in it.modes)) for it in mine]
        shape = np.array([shapes.setdefault(key, len(shapes)) for key in keys], dtype=np.int64)
        pairs = [_pairs(key) for key in shapes]
        years = [np.bincount([y for y, _ in some], minlength=problem.settings.years) for some in pairs]
        self.until: Index = np.cumsum(np.array(years, np.int64).reshape(len(pairs), problem.settings.years), axis=1)
        self.rows: Index = rows
        self.offset, self.size, self.shape = (np.zeros(len(problem.items), np.int64) for _ in range(3))
        size = self.until[shape, -1]
        self.shape[rows], self.size[rows], self.offset[rows] = shape, size, np.cumsum(size) - size
        at = spread((np.cumsum(self.until[:, -1]) - self.until[:, -1])[shape], size)
        flat = np.array([pair for some in pairs for pair in some], dtype=np.int64).reshape(-1, 2)
        self.item: Index = np.repeat(rows, size)
        self.year: Index = flat[at, 0]
        self.mode: Index = flat[at, 1]
        self._money(mine, size)
        gain = problem.gain[self.item, self.year]
        if problem.settings.maximise == EUROS_ONLY:
            gain = gain + (self.cost - self.net) * (1 + problem.settings.discount_rate) ** -self.year.astype(np.float64)
        self.gain: Floats = np.asarray(gain, dtype=np.float64)
        self.extra: list[Extra] = []
        self._more: list[tuple[float, float, bool]] = []

    def _money(self, items: Sequence[Item], size: Index) -> None:
        count = np.array([len(it.modes) for it in items], dtype=np.int64)
        net = np.array([m.net_cents for it in items for m in it.modes], dtype=np.float64) / 100
        self.way: Index = np.repeat(np.cumsum(count) - count, size) + self.mode
        self.net: Floats = net[self.way]
        self.cost: Floats = np.repeat(np.array([(it.cost_cents or 0) / 100 for it in items]), size)
        self.grants = [m.grants for it in items for m in it.modes]
        self.purses = sorted({payer for it in items for payer in self.payers(it.purse)})
        place = {name: n for n, name in enumerate(self.purses)}
        self.purse: Index = np.repeat(np.array([place[it.purse] for it in items], dtype=np.int64), size)
        owners = {name: n for n, name in enumerate(sorted({it.owner for it in items}))}
        self.owner: Index = np.repeat(np.array([owners[it.owner] for it in items], dtype=np.int64), size)

    def every(self, i: int) -> Index:
        """Columns of an item."""
        return np.arange(self.offset[i], self.offset[i] + self.size[i])

    def by(self, i: int, year: int) -> Index:
        """Columns of an item done by the end of a year (index)."""
        return np.arange(self.offset[i], self.offset[i] + self.until[self.shape[i], year])

    def all_by(self, items: Sequence[int], year: int) -> Index:
        """Columns of some items done by the end of a year (index)."""
        rows = np.array(items, dtype=np.int64)
        return spread(self.offset[rows], self.until[self.shape[rows], year])

    def at(self, items: Iterable[int], year: int) -> Index:
        """Columns of some items in one year (index)."""
        rows = np.array(list(items), dtype=np.int64)
        before = self.until[self.shape[rows], year - 1] if year else np.zeros_like(rows)
        return spread(self.offset[rows] + before, self.until[self.shape[rows], year] - before)

    def add(self, extra: Extra, *, gain: float = 0.0, upper: float = np.inf, integer: bool = False) -> int:
        """One more column."""
        self.extra.append(extra)
        self._more.append((gain, upper, integer))
        return self.item.size + len(self._more) - 1

    def bounds(self, upper: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Gain, upper bound and integrality of all columns; upper (K,): that of the choices."""
        gain, top, whole = (np.array([more[k] for more in self._more]) for k in range(3))
        integer = np.concatenate([np.ones(self.item.size, np.bool_), whole.astype(np.bool_)])
        return np.concatenate([self.gain, gain]), np.concatenate([upper, top]), integer


class Writer:
    """Collects sparse rows."""

    def __init__(self) -> None:
        self.sizes: list[Index] = []
        self.index: list[Index] = []
        self.value: list[Floats] = []
        self.lower: list[Floats] = []
        self.upper: list[Floats] = []
        self.names: list[RowName] = []

    def add(self, terms: Iterable[tuple[Index, float]], lower: float, upper: float, name: RowName) -> None:
        """A row of groups of columns, each with its coefficient; nothing when it has no column."""
        pairs = [(cols, coefficient) for cols, coefficient in terms if cols.size]
        if pairs:
            index = np.concatenate([cols for cols, _ in pairs])
            value = np.concatenate([np.full(cols.size, coefficient) for cols, coefficient in pairs])
            self.add_row(index, value, lower, upper, name)

    def add_row(self, index: Index, value: Floats, lower: float, upper: float, name: RowName) -> None:
        """A row given by its columns and coefficients."""
        self._block(np.array([index.size]), index, value, np.array([lower]), np.array([upper]), [name])

    def add_spans(
        self,
        row: Index,
        start: Index,
        length: Index,
        coefficient: Floats,
        limits: tuple[Floats, Floats],
        names: Sequence[RowName],
    ) -> None:
        """Many rows at once, each the sum of some spans of columns: row, start, length, coefficient (S,), by row."""
        sizes = np.bincount(row, weights=length, minlength=len(names)).astype(np.int64)
        self._block(sizes, spread(start, length), np.repeat(coefficient, length), *limits, names)

    def _block(
        self, sizes: Index, index: Index, value: Floats, lower: Floats, upper: Floats, names: Sequence[RowName]
    ) -> None:
        parts = (self.sizes, sizes), (self.index, index), (self.value, value), (self.lower, lower), (self.upper, upper)
        for kept, one in parts:
            kept.append(one)  # type: ignore[arg-type]
        self.names.extend(names)

    def rows(self) -> Rows:
        """The rows, as HiGHS takes them."""
        sizes = np.concatenate([np.zeros(1, np.int64), *self.sizes])
        return Rows(
            start=np.cumsum(sizes).astype(np.int32),
            index=np.concatenate([np.zeros(0, np.int64), *self.index], dtype=np.int32, casting="same_kind"),
            value=np.concatenate([np.zeros(0), *self.value]),
            lower=np.concatenate([np.zeros(0), *self.lower]),
            upper=np.concatenate([np.zeros(0), *self.upper]),
        )


def joined(cols: Index, values: Floats, more: Mapping[int, float]) -> tuple[Index, Floats]:
    """A row's columns and coefficients with a few more."""
    extra = np.array(list(more), dtype=np.int64)
    return np.concatenate([cols, extra]), np.concatenate([values, np.array(list(more.values()), dtype=np.float64)])
