"""The commune of each row: declared by the file, checked on the ground, or read from the position."""

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.model.origin import Origin
from jumeau.sources.checks import locate, main_commune, outside, real_communes
from jumeau.sources.crs import XY
from jumeau.texts import t


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """commune: code of each row; outside: rows out of their commune; origin: of each cell, when they differ."""

    commune: pa.Array
    outside: NDArray[np.bool_]
    origin: pa.Array | None = None
    notes: tuple[str, ...] = ()


def place_in_communes(xy: XY, declared: pa.Array | None, table: pa.Table | None) -> Located | None:
    """Complete the communes a file declares with those its positions touch. None without contours to trust."""
    communes = real_communes(table)
    if communes is None:
        return None
    found = locate(xy, communes)
    codes = pa.array([*communes.codes, None], pa.string())
    by_place = codes.take(pa.array(np.where(found < 0, len(communes.codes), found)))
    placed = np.asarray(np.isfinite(xy).all(axis=1), dtype=bool)
    if declared is None or declared.null_count == len(declared):
        main = main_commune(found)
        doubtful = placed & (found != main) if main >= 0 else placed & (found < 0)
        notes = [t("imports.note_commune_par_position", count=int((found >= 0).sum()))]
        if main >= 0 and doubtful.any():
            notes.append(t("imports.note_commune_principale", code=communes.codes[main], count=int(doubtful.sum())))
        return Located(commune=by_place, outside=doubtful, notes=tuple(notes))
    index = pc.index_in(declared, value_set=codes.slice(0, len(communes.codes))).fill_null(-1)
    said = np.asarray(index.to_numpy(zero_copy_only=False), dtype=np.int64)
    empty = declared.is_null()
    commune = pc.if_else(empty, by_place, declared)
    filled = pc.and_(empty, pc.is_valid(by_place))
    notes = []
    origin = None
    if pc.any(filled).as_py():
        origin = pc.if_else(filled, Origin.INFERRED.value, Origin.DECLARED.value)
        notes.append(t("imports.note_commune_par_position", count=int(pc.sum(filled).as_py())))
    return Located(commune=commune, outside=outside(said, found, placed), origin=origin, notes=tuple(notes))
