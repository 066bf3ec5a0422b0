"""Layers keyed by an official register: one row a key, shapes of merged communes joined."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.model.dictionary import Layer
from jumeau.sources.checks import codes_of, ranks
from jumeau.texts import t

Flags = NDArray[np.bool_]


class Merged(msgspec.Struct, frozen=True):
    """What became of repeated keys. refused: rows set aside."""

    refused: NDArray[np.int64]
    notes: tuple[str, ...] = ()


def one_row_per_key(layer: Layer, table: pa.Table, kept: Flags, key: str) -> tuple[pa.Table, Flags, Merged]:
    """Keep the first row of each key. Polygons of one key are joined first (communes that have merged since the file)."""
    codes = codes_of(table[key].combine_chunks())
    codes = np.where(kept, codes, -1 - np.arange(len(codes)))
    again = (ranks(codes) > 0) & kept
    if not again.any():
        return table, kept, Merged(np.zeros(0, dtype=np.int64))
    rows = np.flatnonzero(again).astype(np.int64)
    if layer.geometry != "polygon" or "geometry" not in table.column_names:
        return table, kept & ~again, Merged(rows)
    table = table.set_column(table.column_names.index("geometry"), "geometry", _joined(table["geometry"], codes, rows))
    names = ", ".join(sorted(set(pc.take(table[key], pa.array(rows)).to_pylist())))
    return (
        table,
        kept & ~again,
        Merged(np.zeros(0, dtype=np.int64), (t("imports.note_fusion", count=len(rows), names=names),)),
    )


def _joined(column: pa.ChunkedArray, codes: NDArray[np.int64], rows: NDArray[np.int64]) -> pa.Array:
    import shapely

    blobs: list[Any] = column.to_pylist()
    for code in np.unique(codes[rows]):
        members = np.flatnonzero(codes == code)
        shapes = shapely.from_wkb([blobs[i] for i in members])
        blobs[int(members[0])] = shapely.to_wkb(shapely.union_all(shapes))
    return pa.array(blobs, pa.binary())
