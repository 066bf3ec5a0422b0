"""Layers keyed by an official register: one row a key, merged communes gathered."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.model.dictionary import Field, Layer
from jumeau.sources.checks import codes_of, ranks
from jumeau.texts import t

Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]
_ADDED = frozenset(
    {"habitant", "local", "logement", "abonné", "kWh", "m³", "m³/an", "€", "km", "m", "m²", "ha", "W", "kVA", "lm"}
)


class Merged(msgspec.Struct, frozen=True):
    """What became of repeated keys. refused: rows set aside, their key having been given already."""

    table: pa.Table
    kept: Flags
    refused: Flags
    notes: tuple[str, ...] = ()


def one_row_per_key(layer: Layer, table: pa.Table, kept: Flags, written: pa.Array) -> Merged:
    """Keep one row a key. written: the key as the file has it.

    Rows whose written keys differ are communes that have merged since: shapes are joined, amounts added, and a rate that
    differs becomes unknown. A key written twice is a mistake: the first row stays, the others are refused.
    """
    register = layer.register
    if register is None:
        return Merged(table, kept, np.zeros(len(kept), dtype=bool))
    codes = _apart(codes_of(table[register.name].combine_chunks()), kept)
    spelled = _apart(codes_of(written), kept)
    refused = kept & (ranks(spelled) > 0)
    codes = _apart(codes, kept & ~refused)
    again = kept & ~refused & (ranks(codes) > 0)
    if not again.any():
        return Merged(table, kept & ~refused, refused)
    groups = [np.flatnonzero(codes == code) for code in np.unique(codes[again])]
    for name in table.column_names:
        if name == "geometry":
            table = _replaced(table, name, _joined(table[name], groups))
        elif name in layer.names and name != register.name:
            table = _replaced(table, name, _gathered(table[name], groups, layer[name]))
    names = sorted(set(pc.filter(table[register.name], pa.array(again)).to_pylist()))
    said = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    note = t("imports.note_fusion", count=int(again.sum()), names=said)
    return Merged(table, kept & ~refused & ~again, refused, (note,))


def _apart(codes: Codes, kept: Flags) -> Codes:
    """Codes in which rows left out, or without key, never meet any other."""
    return np.where(kept & (codes >= 0), codes, -2 - np.arange(len(codes)))


def _replaced(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _gathered(column: pa.ChunkedArray, groups: list[Codes], field: Field) -> pa.Array:
    values: list[Any] = column.to_pylist()
    number = field.type in {"number", "integer"}
    for rows in groups:
        known = [values[i] for i in rows if values[i] is not None]
        if number and field.unit in _ADDED:
            values[int(rows[0])] = sum(known) if len(known) == len(rows) else None
        elif number:
            values[int(rows[0])] = known[0] if len(set(known)) == 1 else None
        elif known:
            values[int(rows[0])] = known[0]
    return pa.array(values, column.type)


def _joined(column: pa.ChunkedArray, groups: list[Codes]) -> pa.Array:
    import shapely

    blobs: list[Any] = column.to_pylist()
    for rows in groups:
        shapes = shapely.from_wkb([blobs[i] for i in rows])
        blobs[int(rows[0])] = shapely.to_wkb(shapely.union_all(shapes))
    return pa.array(blobs, pa.binary())
