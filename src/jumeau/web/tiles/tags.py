"""Keys, values and tags of the features of a layer (specification 2.1, section 4.4), each value written once."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.web.tiles import wire


class Tags(msgspec.Struct, frozen=True):
    """keys: names; values: their `values` entries; words: pairs (key, value) feature by feature; count: words of each."""

    keys: tuple[str, ...]
    values: bytes
    words: wire.Words
    count: NDArray[np.int64]

    def part(self, start: int, stop: int) -> "Tags":
        """Tags of the features from `start` to `stop`."""
        ends = np.r_[0, np.cumsum(self.count)]
        return Tags(self.keys, self.values, self.words[ends[start] : ends[stop]], self.count[start:stop])


_WRITERS: dict[str, tuple[pa.DataType, Callable[[pa.Array], bytes]]] = {
    "text": (pa.large_string(), wire.text_values),
    "integer": (pa.int64(), lambda a: wire.integer_values(a.to_numpy())),
    "number": (pa.float64(), lambda a: wire.float_values(a.to_numpy())),
    "boolean": (pa.bool_(), lambda a: wire.boolean_values(a.to_numpy(zero_copy_only=False))),
}


def tags(attributes: Mapping[str, pa.Array], rows: NDArray[np.int64]) -> Tags:
    """Tags of the features made of `rows`; nulls and numbers that are not finite are left out."""
    picked = {name: _plain(column).take(pa.array(rows)) for name, column in attributes.items()}
    picked = {name: column for name, column in picked.items() if column.null_count < len(column)}
    codes = np.full((len(rows), len(picked)), -1, dtype=np.int64)
    entries, offset = [], 0
    for kind, (arrow, write) in _WRITERS.items():
        of = [k for k, column in enumerate(picked.values()) if _kind(column.type) == kind]
        if not of:
            continue
        columns = list(picked.values())
        coded = pa.concat_arrays([columns[k].cast(arrow) for k in of]).dictionary_encode()
        index = pc.fill_null(coded.indices.cast(pa.int64()), -1).to_numpy().reshape(len(of), len(rows))
        codes[:, of] = np.where(index >= 0, index + offset, -1).T
        entries.append(write(coded.dictionary))
        offset += len(coded.dictionary)
    known = codes >= 0
    pairs = np.stack([np.broadcast_to(np.arange(len(picked)), codes.shape), codes], axis=2)
    words = pairs[known].reshape(-1).astype(np.uint64)
    return Tags(tuple(picked), b"".join(entries), words, 2 * known.sum(axis=1))


def _plain(column: Any) -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_floating(array.type):
        return pc.if_else(pc.is_finite(array), array, pa.scalar(None, array.type))
    if pa.types.is_date(array.type):
        return pc.strftime(array, format="%Y-%m-%d")
    return array


def _kind(arrow: pa.DataType) -> str:
    if pa.types.is_boolean(arrow):
        return "boolean"
    if pa.types.is_integer(arrow):
        return "integer"
    return "number" if pa.types.is_floating(arrow) else "text"
