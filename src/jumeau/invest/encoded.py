"""Columns of a table of actions as numbers: the place of each value in the list of those that are there."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Codes(Sequence[str | None]):
    """One column (A,) of words: `code` is the place of each in `words`, sorted, -1 where there is none."""

    def __init__(self, code: Ints, words: tuple[str, ...]) -> None:
        self.code, self.words = code, words

    def __len__(self) -> int:
        return int(self.code.size)

    def __getitem__(self, i):  # type: ignore[no-untyped-def]
        code = int(self.code[i])
        return self.words[code] if code >= 0 else None

    def map(self, values: Mapping[str, float], default: float) -> Floats:
        """The value (A,) of each word, `default` for those that have none."""
        return np.array([*(values.get(word, default) for word in self.words), default])[self.code]

    def among(self, words: Iterable[str]) -> Mask:
        """True (A,) where the word is one of `words`."""
        wanted = set(words)
        return np.array([*(word in wanted for word in self.words), False])[self.code]


def encoded(column: pa.ChunkedArray | pa.Array) -> Codes:
    """A column of words as codes."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    found = whole.dictionary_encode()
    words = found.dictionary.to_pylist()
    order = sorted(range(len(words)), key=words.__getitem__)
    place = np.empty(len(words) + 1, np.int64)
    place[order], place[-1] = np.arange(len(words)), -1
    code = pc.fill_null(found.indices, len(words)).to_numpy(zero_copy_only=False)
    return Codes(place[code], tuple(words[n] for n in order))


class Encoded:
    """The columns of a table, each encoded when it is first asked for."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._known: dict[str, Codes] = {}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, name: str) -> Codes:
        if name not in self._known:
            self._known[name] = encoded(self.table[name])
        return self._known[name]


def numbers(column: pa.ChunkedArray, absent: float = np.nan) -> Floats:
    """A column of numbers (A,), `absent` where there is none."""
    return np.asarray(pc.fill_null(column.cast(pa.float64()), absent).to_numpy(), dtype=np.float64)


def whole_numbers(column: pa.ChunkedArray, absent: int) -> Ints:
    """A column of whole numbers (A,), `absent` where there is none."""
    return np.asarray(pc.fill_null(column.cast(pa.int64()), absent).to_numpy(), dtype=np.int64)


def filled(column: pa.ChunkedArray) -> dict[int, list]:  # type: ignore[type-arg]
    """Row -> its list, for the rows of a column of lists or of maps whose list is not empty."""
    array = column.combine_chunks()
    kind = array.type
    if pa.types.is_map(kind):
        array = array.cast(pa.list_(pa.struct([pa.field("key", kind.key_type, False), pa.field("value", kind.item_type)])))
    rows = np.flatnonzero(pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False))
    return dict(zip(rows.tolist(), array.take(pa.array(rows)).to_pylist(), strict=True)) if rows.size else {}


def joint(*codes: Ints) -> tuple[Ints, Ints]:
    """Rows alike in all codes get one number: the first row of each number (N,), and the number of each row (A,)."""
    together = np.zeros(codes[0].size, np.int64)
    first = np.zeros(min(1, codes[0].size), np.int64)
    for code in codes:
        values, place = np.unique(code, return_inverse=True)
        _, first, together = np.unique(together * values.size + place, return_index=True, return_inverse=True)
    return first, together


def groups(rows: Ints, code: Ints) -> dict[int, Ints]:
    """Rows (N,) by their code (N,), in the order of codes, then of rows."""
    order = np.argsort(code, kind="stable")
    cuts = np.flatnonzero(np.diff(code[order]))
    found = np.split(rows[order], cuts + 1) if rows.size else []
    return dict(zip(np.unique(code).tolist(), found, strict=True))
