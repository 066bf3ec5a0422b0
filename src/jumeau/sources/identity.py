"""Ids of the rows of a file: the register's or the source's key where there is one, else their content."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.model.dictionary import Layer
from jumeau.model.ids import bulk_ids
from jumeau.sources.checks import codes_of, ranks
from jumeau.sources.raw import RawTable
from jumeau.sources.values import as_text

_SEPARATOR = "\x1f"
_NULL = "\x00"
_KEYED = 0.9
Flags = NDArray[np.bool_]


def contents(raw: RawTable) -> pa.Array:
    """What each row says, as bytes: its cells and its geometry as they were written, before anything is understood."""
    parts = [as_text(_whole(column)).fill_null(_NULL).cast(pa.binary()) for column in raw.columns.columns]
    if raw.geometry is not None:
        parts.append(_whole(raw.geometry).fill_null(b""))
    if not parts:
        return pa.array([b""] * raw.num_rows, pa.binary())
    return pc.binary_join_element_wise(*parts, _SEPARATOR.encode())


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def key_column(layer: Layer, table: dict[str, pa.Array]) -> tuple[str, str]:
    """Field that names assets and the register it belongs to (empty for the source's own key)."""
    register = layer.register
    if register is not None and register.name in table:
        return register.name, register.constraint.register
    if "code" in table and "code" in layer.names:
        return "code", ""
    return "", ""


def row_ids(layer: Layer, source: str, key: pa.Array | None, register: str, content: pa.Array | None) -> pa.Array:
    """One id a row. A register's key counts whatever the source; a key repeated or absent gives way to content."""
    if key is not None and register:
        return bulk_ids(layer.name, register, _bytes(as_text(key).fill_null("")))
    if key is not None and is_key(key):
        keyed = bulk_ids(layer.name, source, _bytes(as_text(key).fill_null("")))
        alone = _alone(key)
        if alone.all() or content is None:
            return keyed
        return pc.if_else(pa.array(alone), keyed, content_ids_of(layer, source, content))
    if content is None:
        raise ValueError("rows without key need their content")
    return content_ids_of(layer, source, content)


def content_ids_of(layer: Layer, source: str, content: pa.Array) -> pa.Array:
    """The ids `model.ids.content_ids` gives, in bulk."""
    rank = ranks(codes_of(content))
    values = content.to_pylist()
    return bulk_ids(layer.name, source, (f"{v.hex()}#{r}".encode() for v, r in zip(values, rank.tolist(), strict=True)))


def is_key(key: pa.Array) -> bool:
    """Does a column name rows: nearly all there, nearly all different?"""
    return bool(len(key)) and bool(_alone(key).mean() >= _KEYED)


def _alone(key: pa.Array) -> Flags:
    codes = codes_of(key)
    counts = np.bincount(codes[codes >= 0], minlength=1)
    return np.asarray((codes >= 0) & (counts[np.maximum(codes, 0)] == 1), dtype=bool)


def _bytes(texts: pa.Array) -> list[bytes]:
    values: list[bytes] = texts.cast(pa.binary()).to_pylist()
    return values
