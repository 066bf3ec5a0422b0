"""What a file says twice, and whether each row is where it says it is."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.sources.crs import XY

Resolve = Callable[[Any], Any]
_CELLS = 512
_MAIN_SHARE = 0.95
_CODE = r"^(\d{5}|2[ABab]\d{3})$"
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]


def codes_of(column: pa.Array) -> Codes:
    """A number for each distinct value, -1 for null."""
    indices = column.dictionary_encode().indices
    return np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def ranks(codes: Codes) -> Codes:
    """Rank of each row among the earlier rows of the same code, from 0."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.concatenate(([True], ordered[1:] != ordered[:-1])) if len(codes) else np.zeros(0, bool)
    positions = np.arange(len(codes))
    out = np.empty(len(codes), dtype=np.int64)
    out[order] = positions - np.maximum.accumulate(np.where(starts, positions, 0))
    return out


def repeats(column: pa.Array) -> Flags:
    """Rows whose value an earlier row already has; null never repeats."""
    codes = codes_of(column)
    return np.asarray((ranks(codes) > 0) & (codes >= 0), dtype=bool)


def resolve_codes(column: pa.Array, resolve: Resolve | None) -> tuple[pa.Array, Flags]:
    """Commune codes of today. Second value: texts that no referential knows.

    resolve: distinct codes -> codes of today, null where unknown. Accepts `1001` for `01001` and the tax office's `340172`.
    """
    encoded = column.dictionary_encode()
    words = pc.utf8_upper(pc.utf8_trim_whitespace(encoded.dictionary.cast(pa.string())))
    words = pc.replace_substring_regex(words, r"\.0$", "")
    words = pc.replace_substring_regex(words, r"^(\d{4})$", r"0\1")
    words = pc.replace_substring_regex(words, r"^(\d{2}|2[AB])\d(\d{3})$", r"\1\2")
    shaped = pc.if_else(pc.match_substring_regex(words, _CODE), words, pa.scalar(None, pa.string()))
    known = _resolved(shaped, resolve) if resolve and len(shaped) else shaped
    values = known.take(encoded.indices)
    bad = pc.and_(pc.is_valid(column), pc.is_null(values)).to_numpy(zero_copy_only=False)
    return values, bad


def _resolved(words: pa.Array, resolve: Resolve) -> pa.Array:
    found = resolve(words.to_pylist())
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    if not isinstance(found, pa.Array):
        found = pa.array([None if v is None or v == "" else str(v) for v in found], pa.string())
    return found.cast(pa.string())


class Communes(msgspec.Struct, frozen=True):
    """Contours of communes: codes and shapes, EPSG:2154."""

    codes: tuple[str, ...]
    shapes: NDArray[Any]


def real_communes(table: pa.Table | None) -> Communes | None:
    """Contours that can be trusted: schematic cells are left out."""
    import shapely

    if table is None or not {"commune", "geometry"} <= set(table.column_names):
        return None
    keep = pc.and_(pc.is_valid(table["commune"]), pc.is_valid(table["geometry"]))
    if "schematic" in table.column_names:
        keep = pc.and_(keep, pc.invert(table["schematic"].fill_null(False)))
    table = table.filter(keep)
    if not table.num_rows:
        return None
    shapes = shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object), on_invalid="ignore")
    good = ~shapely.is_missing(shapes)
    codes = np.array(table["commune"].to_pylist(), dtype=object)[good]
    return Communes(tuple(codes.tolist()), shapes[good])


def locate(xy: XY, communes: Communes) -> Codes:
    """Position in `communes` of the commune each point touches (the first one on a border), -1 where there is none."""
    import shapely

    out = np.full(len(xy), -1, dtype=np.int64)
    low_x, low_y, high_x, high_y = shapely.total_bounds(communes.shapes)
    with np.errstate(invalid="ignore"):
        near = (xy[:, 0] >= low_x) & (xy[:, 0] <= high_x) & (xy[:, 1] >= low_y) & (xy[:, 1] <= high_y)
    rows = np.flatnonzero(near)
    if not len(rows):
        return out
    step = np.maximum((np.array([high_x - low_x, high_y - low_y])) / _CELLS, 1e-9)
    grid = np.minimum(((xy[rows] - (low_x, low_y)) / step).astype(np.int64), _CELLS - 1)
    cells, cell_of = np.unique(grid[:, 0] * _CELLS + grid[:, 1], return_inverse=True)
    corner = np.column_stack([cells // _CELLS, cells % _CELLS]) * step + (low_x, low_y)
    boxes = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + step[0], corner[:, 1] + step[1])
    tree = shapely.STRtree(boxes)
    owner = np.full(len(cells), -1, dtype=np.int64)
    shapely.prepare(communes.shapes)
    polygons, inside = tree.query(communes.shapes, predicate="contains_properly")
    owner[inside] = polygons
    out[rows] = owner[cell_of]
    open_rows = rows[out[rows] < 0]
    if len(open_rows):
        _one_by_one(xy, open_rows, communes, out)
    return out


def _one_by_one(xy: XY, rows: Codes, communes: Communes, out: Codes) -> None:
    """Points in cells that a border crosses."""
    import shapely

    order = rows[np.argsort(xy[rows, 0], kind="stable")]
    x, y = xy[order, 0], xy[order, 1]
    bounds = shapely.bounds(communes.shapes)
    first, last = np.searchsorted(x, bounds[:, 0], "left"), np.searchsorted(x, bounds[:, 2], "right")
    for rank, shape in enumerate(communes.shapes):
        part = slice(int(first[rank]), int(last[rank]))
        here = np.flatnonzero((y[part] >= bounds[rank, 1]) & (y[part] <= bounds[rank, 3]) & (out[order[part]] < 0))
        if len(here):
            touched = shapely.intersects_xy(shape, x[part][here], y[part][here])
            out[order[part][here[touched]]] = rank


def outside(declared: Codes, found: Codes, known_place: Flags) -> Flags:
    """Rows whose position is not in the commune they declare (positions in the contours, -1 unknown)."""
    return np.asarray(known_place & (declared >= 0) & (declared != found), dtype=bool)


def main_commune(found: Codes) -> int:
    """The commune that holds nearly all rows, -1 when there is none: then a row elsewhere is doubtful."""
    inside = found[found >= 0]
    if not len(inside):
        return -1
    counts = np.bincount(inside)
    best = int(np.argmax(counts))
    return best if counts[best] >= _MAIN_SHARE * len(found) else -1
