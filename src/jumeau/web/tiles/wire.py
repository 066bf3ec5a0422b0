"""Protocol Buffers by arrays: varints, and the value messages of a Mapbox Vector Tile (specification 2.1, section 4.1)."""

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

_LIMITS = np.array([1 << (7 * k) for k in range(1, 10)], dtype=np.uint64)


def sizes(values: Words) -> NDArray[np.int64]:
    """Bytes each value takes as a varint."""
    return np.searchsorted(_LIMITS, values, side="right").astype(np.int64) + 1


def varints(values: Words) -> Bytes:
    """The values as varints, one after the other."""
    width = sizes(values)
    start = np.cumsum(width) - width
    out = np.empty(int(width.sum()), dtype=np.uint8)
    for k in range(int(width.max(initial=0))):
        at = np.flatnonzero(width > k)
        byte = (values[at] >> np.uint64(7 * k)) & np.uint64(0x7F)
        out[start[at] + k] = byte.astype(np.uint8) | np.where(width[at] > k + 1, 0x80, 0).astype(np.uint8)
    return out


def zigzag(values: NDArray[np.int64]) -> Words:
    """Signed integers as unsigned ones, small magnitudes first."""
    return ((values << 1) ^ (values >> 63)).view(np.uint64)


def ranges(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, ... count-1 for each count, one after the other."""
    start = np.cumsum(counts) - counts
    return np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(start, counts)


def message(tag: int, content: bytes) -> bytes:
    """A length-delimited field."""
    head = varints(np.array([tag, len(content)], dtype=np.uint64))
    return head.tobytes() + content


def number(tag: int, value: int) -> bytes:
    """A varint field."""
    return varints(np.array([tag, value], dtype=np.uint64)).tobytes()


def text_values(texts: pa.Array) -> bytes:
    """`values` entries of a layer (field 4) holding strings."""
    column = texts.cast(pa.large_string())
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    length = np.diff(offsets)
    payload = np.frombuffer(column.buffers()[2] or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
    inner = sizes(length.astype(np.uint64)) + 1 + length
    head = _rows([0x22, inner, 0x0A, length])
    head_size = sizes(head).reshape(-1, 4).sum(axis=1)
    return splice(varints(head), head_size, payload, length).tobytes()


def float_values(values: NDArray[np.float64]) -> bytes:
    """`values` entries of a layer holding doubles."""
    out = np.empty((len(values), 11), dtype=np.uint8)
    out[:, :3] = (0x22, 9, 0x19)
    out[:, 3:] = values.astype("<f8").view(np.uint8).reshape(-1, 8)
    return out.tobytes()


def integer_values(values: NDArray[np.int64]) -> bytes:
    """`values` entries of a layer holding signed integers."""
    coded = zigzag(values)
    return varints(_rows([0x22, sizes(coded) + 1, 0x30, coded])).tobytes()


def boolean_values(values: NDArray[np.bool_]) -> bytes:
    """`values` entries of a layer holding booleans."""
    return varints(_rows([0x22, 2, 0x38, values])).tobytes()


def splice(heads: Bytes, head_sizes: NDArray[np.int64], bodies: Bytes, body_sizes: NDArray[np.int64]) -> Bytes:
    """Head 0, body 0, head 1, body 1..."""
    start = np.cumsum(head_sizes + body_sizes) - head_sizes - body_sizes
    out = np.empty(len(heads) + len(bodies), dtype=np.uint8)
    out[np.repeat(start, head_sizes) + ranges(head_sizes)] = heads
    out[np.repeat(start + head_sizes, body_sizes) + ranges(body_sizes)] = bodies
    return out


def _rows(columns: list[ArrayLike]) -> Words:
    """Columns side by side, read row by row."""
    length = max(np.size(c) if np.ndim(c) else 0 for c in columns)
    table = np.empty((length, len(columns)), dtype=np.uint64)
    for k, column in enumerate(columns):
        table[:, k] = np.asarray(column).astype(np.uint64)
    return table.reshape(-1)
