"""Ids of the rows of a file: the register's or the source's key where there is one, else their content."""

import msgspec
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


class Key(msgspec.Struct, frozen=True):
    """The column that names assets. register: whose key it is, empty for the source's own; alone: rows it names apart."""

    name: str
    values: pa.Array
    register: str
    alone: Flags

    @property
    def serves(self) -> bool:
        """Does it name rows: nearly all there, nearly all different? A register's key always does."""
        return bool(self.register) or bool(len(self.alone) and self.alone.mean() >= _KEYED)

    @property
    def complete(self) -> bool:
        """Has every row a key of its own?"""
        return self.serves and bool(self.alone.all())


def find_key(layer: Layer, columns: dict[str, pa.Array]) -> Key | None:
    """The register's key, else the source's own number (`code`), else nothing."""
    register = layer.register
    if register is not None and register.name in columns:
        values = columns[register.name]
        return Key(register.name, values, register.constraint.register, _alone(values))
    if "code" in columns:
        return Key("code", columns["code"], "", _alone(columns["code"]))
    return None


def row_ids(layer: Layer, source: str, key: Key | None, content: pa.Array | None) -> pa.Array:
    """One id a row. A register's key counts whatever the source; a key repeated or absent gives way to content.

    content: what each row says, needed unless the key is complete or belongs to a register.
    """
    if key is not None and key.serves:
        keyed = bulk_ids(layer.name, key.register or source, _bytes(as_text(key.values).fill_null("")))
        named = key.values.is_valid() if key.register else pa.array(key.alone)
        if content is None or pc.all(named).as_py():
            return keyed
        return pc.if_else(named, keyed, content_ids_of(layer, source, content))
    if content is None:
        raise ValueError("rows without key need their content")
    return content_ids_of(layer, source, content)


def content_ids_of(layer: Layer, source: str, content: pa.Array) -> pa.Array:
    """The ids `model.ids.content_ids` gives, in bulk."""
    rank = ranks(codes_of(content))
    values = content.to_pylist()
    return bulk_ids(layer.name, source, (f"{v.hex()}#{r}".encode() for v, r in zip(values, rank.tolist(), strict=True)))


def _alone(key: pa.Array) -> Flags:
    codes = codes_of(key)
    counts = np.bincount(codes[codes >= 0], minlength=1)
    return np.asarray((codes >= 0) & (counts[np.maximum(codes, 0)] == 1), dtype=bool)


def _bytes(texts: pa.Array) -> list[bytes]:
    values: list[bytes] = texts.cast(pa.binary()).to_pylist()
    return values
