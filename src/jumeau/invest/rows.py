"""Columns and rows of a model while it is written: written in bulk, because a département has a million of them."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.invest.encoded import joint
from jumeau.invest.items import Items
from jumeau.invest.problem import Problem
from jumeau.invest.settings import EUROS_ONLY
from jumeau.kernels.highs import Rows

Index = NDArray[np.int64]
Floats = NDArray[np.float64]
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


class RowNames(msgspec.Struct, frozen=True):
    """What all rows of a model say (R,): kinds, places in KINDS; which, places in `words`; years."""

    kinds: NDArray[np.int8]
    which: Index
    years: NDArray[np.int16]
    words: list[str]

    def __getitem__(self, r: int) -> RowName:
        return RowName(KINDS[self.kinds[r]], self.words[self.which[r]], int(self.years[r]))

    def __iter__(self) -> Iterator[RowName]:
        return (self[r] for r in range(self.kinds.size))

    def rows_of(self, kind: str) -> list[tuple[int, RowName]]:
        """The rows of a kind, with what they say."""
        return [(r, self[r]) for r in np.flatnonzero(self.kinds == KINDS.index(kind)).tolist()]


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


def _pairs(first: int, last: int, modes: Sequence[int]) -> list[tuple[int, int]]:
    """Year and mode of each column of an item, by year, from its window and the years of each of its modes, as bits."""
    return [(y, m) for y in range(first, last + 1) for m, when in enumerate(modes) if when >> y & 1]


def _shapes(items: Items, rows: Index) -> tuple[Index, Index]:
    """Items whose columns look alike have one shape: the first row of each, and the shape of each row."""
    length = items.modes.start[rows + 1] - items.modes.start[rows]
    bits = np.zeros((int(length.max(initial=0)), rows.size), np.int64)
    for m in range(bits.shape[0]):
        there = length > m
        bits[m, there] = 1 + items.modes.years[items.modes.start[rows[there]] + m]
    return joint(items.first[rows], items.last[rows], *bits)


class Columns:
    """Choices of the items of a part: one column by item, year and mode, by year; then the extra columns.

    item, year, mode, way (K,): what each column is; way is its place among the modes of all items of the problem.
    net, cost, gain (K,). owner (K,): number of its owner; purse (K,): of who pays, in `purses`. offset, size, shape: of each
    item of the problem; until (shapes, Y): how many columns there are by the end of each year.
    """

    def __init__(self, problem: Problem, items: tuple[int, ...]) -> None:
        rows: Index = np.array(items, dtype=np.int64)
        settings, all_items = problem.settings, problem.items
        first, shape = _shapes(all_items, rows)
        pairs = [
            _pairs(int(all_items.first[i]), int(all_items.last[i]), all_items.modes.bits(i)) for i in rows[first].tolist()
        ]
        years = [np.bincount([y for y, _ in some], minlength=settings.years) for some in pairs]
        self.payers = settings.together.payers
        self.until: Index = np.cumsum(np.array(years, np.int64).reshape(len(pairs), settings.years), axis=1)
        self.rows: Index = rows
        self.offset, self.size, self.shape = (np.zeros(len(all_items), np.int64) for _ in range(3))
        size = self.until[shape, -1]
        self.shape[rows], self.size[rows], self.offset[rows] = shape, size, np.cumsum(size) - size
        at = spread((np.cumsum(self.until[:, -1]) - self.until[:, -1])[shape], size)
        flat = np.array([pair for some in pairs for pair in some], dtype=np.int64).reshape(-1, 2)
        self.item: Index = np.repeat(rows, size)
        self.year: Index = flat[at, 0]
        self.mode: Index = flat[at, 1]
        self.way: Index = all_items.modes.start[self.item] + self.mode
        self.net: Floats = (all_items.modes.net / 100)[self.way]
        self.cost: Floats = (all_items.paid / 100)[self.item]
        self._whose(all_items)
        gain = problem.gain[self.item, self.year]
        if settings.maximise == EUROS_ONLY:
            gain = gain + (self.cost - self.net) * (1 + settings.discount_rate) ** -self.year.astype(np.float64)
        self.gain: Floats = np.asarray(gain, dtype=np.float64)
        self.extra: list[Extra] = []
        self._more: list[tuple[float, float, bool]] = []

    def _whose(self, items: Items) -> None:
        purses, owners = items.purse, items.owner
        self.purses = sorted({p for n in np.unique(purses.code[self.rows]).tolist() for p in self.payers(purses.words[n])})
        place = {name: n for n, name in enumerate(self.purses)}
        self.purse: Index = np.array([place.get(word, -1) for word in purses.words], np.int64)[purses.code[self.item]]
        numbers = np.full(len(owners.words), -1)
        mine = np.unique(owners.code[self.rows])
        numbers[mine] = np.arange(mine.size)
        self.owner: Index = numbers[owners.code[self.item]]

    def every(self, i: int) -> Index:
        """Columns of an item."""
        return np.arange(self.offset[i], self.offset[i] + self.size[i])

    def by(self, i: int, year: int) -> Index:
        """Columns of an item done by the end of a year (index)."""
        return np.arange(self.offset[i], self.offset[i] + self.until[self.shape[i], year])

    def all_by(self, rows: Index, year: int) -> Index:
        """Columns of some items done by the end of a year (index)."""
        return spread(self.offset[rows], self.until[self.shape[rows], year])

    def at(self, rows: Index, year: int) -> Index:
        """Columns of some items in one year (index)."""
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
        self.kinds: list[Index] = []
        self.which: list[Index] = []
        self.years: list[Index] = []
        self.words: list[str] = []

    def add(self, terms: Iterable[tuple[Index, float]], lower: float, upper: float, name: RowName) -> None:
        """A row of groups of columns, each with its coefficient; nothing when it has no column."""
        pairs = [(cols, coefficient) for cols, coefficient in terms if cols.size]
        if pairs:
            index = np.concatenate([cols for cols, _ in pairs])
            value = np.concatenate([np.full(cols.size, coefficient) for cols, coefficient in pairs])
            self.add_row(index, value, lower, upper, name)

    def add_row(self, index: Index, value: Floats, lower: float, upper: float, name: RowName) -> None:
        """A row given by its columns and coefficients."""
        limits = np.array([lower]), np.array([upper])
        self.add_rows(np.array([index.size]), index, value, limits, Said([name.what], name.kind, year=name.year))

    def add_rows(self, sizes: Index, index: Index, value: Floats, limits: tuple[Floats, Floats], said: "Said") -> None:
        """Many rows at once, given by their columns and coefficients one after the other: sizes (R,) of each."""
        code = np.broadcast_to(np.asarray([KINDS.index(k) for k in said.kinds])[said.kind], sizes.shape)
        which = np.arange(sizes.size) if said.which is None else said.which
        year = np.broadcast_to(np.asarray(said.year), sizes.shape)
        parts = (
            (self.sizes, sizes), (self.index, index.astype(np.int32)), (self.value, value), (self.lower, limits[0]),
            (self.upper, limits[1]), (self.kinds, code), (self.which, which + len(self.words)), (self.years, year),
        )  # fmt: skip
        for kept, one in parts:
            kept.append(one)  # type: ignore[arg-type]
        self.words.extend(said.what)

    def add_spans(
        self, row: Index, start: Index, length: Index, coefficient: Floats, limits: tuple[Floats, Floats], said: "Said"
    ) -> None:
        """Many rows at once, each the sum of some spans of columns: row, start, length, coefficient (S,), by row."""
        sizes = np.bincount(row, weights=length, minlength=limits[0].size).astype(np.int64)
        self.add_rows(sizes, spread(start, length), np.repeat(coefficient, length), limits, said)

    def names(self) -> RowNames:
        """What all rows say."""
        none = np.zeros(0, np.int64)
        kinds, which, years = (np.concatenate([none, *some]) for some in (self.kinds, self.which, self.years))
        return RowNames(kinds.astype(np.int8), which, years.astype(np.int16), self.words)

    def rows(self) -> Rows:
        """The rows, as HiGHS takes them."""
        sizes = np.concatenate([np.zeros(1, np.int64), *self.sizes])
        return Rows(
            start=np.cumsum(sizes).astype(np.int32),
            index=np.concatenate([np.zeros(0, np.int32), *self.index]),
            value=np.concatenate([np.zeros(0), *self.value]),
            lower=np.concatenate([np.zeros(0), *self.lower]),
            upper=np.concatenate([np.zeros(0), *self.upper]),
        )


class Said:
    """What some rows say. what: words; which (R,): the word of each row, the words in their order by default; kind (R,):
    place of the kind of each in `kinds`; year (R,), one for all by default."""

    def __init__(
        self, what: Sequence[str], *kinds: str, which: Index | None = None, kind: Index | int = 0, year: Index | int = 0
    ) -> None:
        self.what, self.kinds, self.which, self.kind, self.year = what, kinds, which, kind, year
