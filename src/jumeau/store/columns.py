"""Columns of resolved layers as they were last decoded, so that the next read takes its rows from memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence, Set
from functools import partial
from typing import Protocol, TypeVar, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.store.hilbert import flat
from jumeau.store.plans import Base
from jumeau.store.resolve import BOX

FEW_GROUPS = 64
KEPT_BYTES = 512 << 20
WHOLE_BYTES = KEPT_BYTES // 2
"""Columns of one read that together weigh more are not kept whole."""

_CODES = 2**16 - 1
_ALL = -1


class Kept(Protocol):
    """What may be kept: it says its weight."""

    @property
    def nbytes(self) -> int: ...


T = TypeVar("T", bound=Kept)


class Index:
    """Rows of each value of a column of texts, ascending."""

    def __init__(self, column: pa.Array) -> None:
        encoded = column.dictionary_encode()
        self.places = {value: i for i, value in enumerate(encoded.dictionary.to_pylist())}
        # sixteen bits: the sort is then a count, not comparisons
        codes = np.asarray(encoded.indices.fill_null(len(self.places)))
        codes = codes.astype(np.uint16) if len(self.places) < _CODES else codes
        self.order = np.argsort(codes, kind="stable").astype(np.int32)
        self.edges = np.cumsum([0, *np.bincount(codes, minlength=len(self.places))[: len(self.places)]]).tolist()

    @property
    def nbytes(self) -> int:
        """Its weight, a text counted for a hundred bytes."""
        return int(self.order.nbytes) + 100 * len(self.places)

    def rows(self, values: Set[str]) -> NDArray[np.int32]:
        """Rows that have one of these values, ascending."""
        shorter = values if len(values) < len(self.places) else self.places
        codes = [self.places[v] for v in shorter if v in self.places and v in values]
        pieces = [self.order[self.edges[c] : self.edges[c + 1]] for c in codes]
        if len(pieces) == 1:
            return pieces[0]
        chosen = np.zeros(len(self.order), bool)
        for piece in pieces:
            chosen[piece] = True
        return np.flatnonzero(chosen).astype(np.int32)


class Columns:
    """Columns of the bases that were read, whole or group by group; shared by threads, the oldest forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, str], Kept] = OrderedDict()
        self._bytes = 0
        self._guard = threading.Lock()

    # keeping --------------------------------------------------------------------------------------------------------
    def _find(self, base: Base, group: int, names: Sequence[str]) -> dict[str, Kept]:
        """What is kept of these columns of a group, or of all."""
        out = {}
        with self._guard:
            for name in names:
                key = (base.label, group, name)
                found = self._kept.get(key)
                if found is not None:
                    self._kept.move_to_end(key)
                    out[name] = found
        return out

    def _keep(self, base: Base, group: int, name: str, thing: Kept) -> None:
        key = (base.label, group, name)
        with self._guard:
            if key not in self._kept:
                self._kept[key] = thing
                self._bytes += thing.nbytes
            while self._bytes > KEPT_BYTES:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= gone.nbytes

    def _made(self, base: Base, group: int, name: str, make: Callable[[], T]) -> T:
        """What is kept under a name, made when it is not there."""
        found = self._find(base, group, [name]).get(name)
        if found is None:
            found = make()
            self._keep(base, group, name, found)
        return cast(T, found)

    def forget(self) -> None:
        """Keep nothing."""
        with self._guard:
            self._kept.clear()
            self._bytes = 0

    # groups ---------------------------------------------------------------------------------------------------------
    def group(self, base: Base, group: int, names: Sequence[str]) -> dict[str, pa.Array]:
        """Columns of one group."""
        found = self._find(base, group, names)
        missing = [n for n in names if n not in found]
        if missing:
            table = base.read([group], missing)
            for name in missing:
                found[name] = flat(table[name])
                self._keep(base, group, name, found[name])
        return cast(dict[str, pa.Array], found)

    def boxes(self, base: Base, group: int) -> NDArray[np.float64]:
        """(4, rows) bounds [m] of the rows of a group, NaN without geometry."""

        def made() -> NDArray[np.float64]:
            sides = flat(base.read([group], [BOX])[BOX])
            return np.array([np.asarray(sides.field(i), np.float64) for i in range(4)])

        return self._made(base, group, BOX + "#", made)

    def rows(self, base: Base, groups: Sequence[int], name: str, values: Set[str]) -> NDArray[np.int64]:
        """Rows of some groups that have one of these values of a column of texts, from an index of each group."""
        out = [np.empty(0, np.int64)]
        for group in groups:
            index = self._made(base, group, name + "#", partial(self._index, base, group, name))
            out.append(index.rows(values) + base.edges[group])
        return np.concatenate(out)

    def _index(self, base: Base, group: int, name: str) -> Index:
        whole = self._find(base, _ALL, [name]).get(name)
        if whole is None:
            return Index(self.group(base, group, [name])[name])
        first, end = int(base.edges[group]), int(base.edges[group + 1])
        return Index(cast(pa.Array, whole).slice(first, end - first))

    def fits(self, base: Base, names: Sequence[str]) -> bool:
        """Whether whole columns may be kept, judged from the first group."""
        if not base.rows:
            return True
        weight = sum(int(c.nbytes) for c in self.group(base, 0, names).values())
        return weight * base.rows <= WHOLE_BYTES * int(base.edges[1])

    # whole columns --------------------------------------------------------------------------------------------------
    def whole(self, base: Base, names: Sequence[str]) -> dict[str, pa.Array]:
        """Whole columns, kept when they fit."""
        found = self._find(base, _ALL, names)
        missing = [n for n in names if n not in found]
        if missing:
            keep = self.fits(base, names)
            table = base.read(list(range(len(base.edges) - 1)), missing)
            for name in missing:
                found[name] = flat(table[name])
                if keep:
                    self._keep(base, _ALL, name, found[name])
        return cast(dict[str, pa.Array], found)

    def slices(self, base: Base, first: int, end: int, names: Sequence[str]) -> dict[str, pa.Array]:
        """Columns of the groups [first, end[: from what is kept whole, else read and not kept."""
        if (first, end) == (0, len(base.edges) - 1):
            return self.whole(base, names)
        found = cast(dict[str, pa.Array], self._find(base, _ALL, names))
        low, high = int(base.edges[first]), int(base.edges[end])
        out = {name: column.slice(low, high - low) for name, column in found.items()}
        missing = [n for n in names if n not in out]
        if missing:
            table = base.read(list(range(first, end)), missing)
            out |= {name: flat(table[name]) for name in missing}
        return out

    def take(self, base: Base, rows: NDArray[np.int64], names: Sequence[str]) -> pa.Table:
        """Some rows (ascending) of columns."""
        found = self._find(base, _ALL, names)
        if len(found) < len(names):
            home = np.searchsorted(base.edges, rows, side="right") - 1
            starts = np.flatnonzero(np.diff(home, prepend=-1))
            if len(starts) <= FEW_GROUPS and (len(starts) * 2 <= len(base.edges) or not self.fits(base, names)):
                return self._from_groups(base, rows, home, starts, names)
            found = self.whole(base, names)
        if len(rows) == base.rows:
            return pa.table([found[n] for n in names], names=list(names))
        at = pa.array(rows)
        return pa.table([cast(pa.Array, found[n]).take(at) for n in names], names=list(names))

    def _from_groups(
        self, base: Base, rows: NDArray[np.int64], home: NDArray[np.int64], starts: NDArray[np.int64], names: Sequence[str]
    ) -> pa.Table:
        """The same, group by group. starts: where `home`, the group of each row, changes."""
        if not len(rows):
            return base.nothing.select(list(names))
        pieces = []
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            group = int(home[start])
            columns = self.group(base, group, names)
            batch = pa.record_batch([columns[n] for n in names], names=list(names))
            pieces.append(batch.take(pa.array(rows[start:end] - base.edges[group])))
        return pa.Table.from_batches(pieces).unify_dictionaries()
