"""Mapbox Vector Tile encoder, version 2.1, from shapely and Arrow arrays [1].

References
----------
[1] Mapbox, "Vector Tile Specification", version 2.1, 2016, https://github.com/mapbox/vector-tile-spec/tree/master/2.1
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.web.tiles import wire
from jumeau.web.tiles.shapes import LINE, POINT, POLYGON, Commands, commands
from jumeau.web.tiles.tags import Tags, tags

EXTENT = 4096
BUFFER = 64
_KINDS = ((0, POINT), (1, LINE), (2, POLYGON))


def encode(
    name: str,
    shapes: NDArray[np.object_],
    attributes: Mapping[str, pa.Array],
    bounds: tuple[float, float, float, float],
    *,
    extent: int = EXTENT,
    buffer: int = BUFFER,
) -> bytes:
    """One tile with one layer; empty bytes when nothing of the geometries is left in it.

    shapes: (N,) shapely geometries in the plane of `bounds`, None allowed; attributes: N values each (text, number, integer,
    boolean; null is left out); bounds: xmin, ymin, xmax, ymax of the tile; extent: units across the tile; buffer: units
    kept around it. Features come points first, then lines, then polygons, in the order of the input.
    """
    import shapely

    placed = _clip(_scaled(shapes, bounds, extent), extent, buffer)
    dimension = shapely.get_dimensions(shapes)
    blocks: list[bytes] = []
    rows: list[NDArray[np.int64]] = []
    parts: list[tuple[int, Commands]] = []
    for wanted, kind in _KINDS:
        at = np.flatnonzero((dimension == wanted) & ~shapely.is_missing(placed) & ~shapely.is_empty(placed))
        if not len(at):
            continue
        found = commands(placed[at], kind)
        if len(found.feature):
            parts.append((kind, found))
            rows.append(at[found.feature])
    if not parts:
        return b""
    said = tags(attributes, np.concatenate(rows))
    start = 0
    for kind, found in parts:
        stop = start + len(found.feature)
        blocks.append(_features(kind, found, said.part(start, stop)))
        start = stop
    layer = wire.number(0x78, 2) + wire.message(0x0A, name.encode()) + b"".join(blocks)
    layer += b"".join(wire.message(0x1A, key.encode()) for key in said.keys) + said.values + wire.number(0x28, extent)
    return wire.message(0x1A, layer)


def _scaled(shapes: NDArray[np.object_], bounds: tuple[float, float, float, float], extent: int) -> NDArray[np.object_]:
    """Geometries in tile units, y downwards."""
    import shapely

    west, south, east, north = bounds
    scale = np.array([extent / (east - west), -extent / (north - south)])
    out: NDArray[np.object_] = shapely.transform(shapely.force_2d(shapes), lambda xy: (xy - [west, north]) * scale)
    return out


def _clip(shapes: NDArray[np.object_], extent: int, buffer: int) -> NDArray[np.object_]:
    """What lies in the buffered tile, in the dimension it had."""
    import shapely

    low, high = -float(buffer), float(extent + buffer)
    box = np.array([low, low, high, high])
    shapes = shapes.copy()
    shapes[shapely.is_empty(shapes)] = None
    around = shapely.bounds(shapes)
    inside = (around[:, :2] >= box[:2]).all(axis=1) & (around[:, 2:] <= box[2:]).all(axis=1)
    outside = (around[:, :2] > box[2:]).any(axis=1) | (around[:, 2:] < box[:2]).any(axis=1)
    out = shapes.copy()
    out[outside] = None
    crossing = np.flatnonzero(~inside & ~outside & ~shapely.is_missing(shapes))
    if len(crossing):
        whole = shapes[crossing]
        polygons = shapely.get_dimensions(whole) == 2
        whole[polygons] = shapely.make_valid(whole[polygons])
        out[crossing] = _same_dimension(shapely.clip_by_rect(whole, low, low, high, high), shapes[crossing])
    return out


def _same_dimension(cut: NDArray[np.object_], whole: NDArray[np.object_]) -> NDArray[np.object_]:
    """Leave out the points and lines that a cut leaves of larger things."""
    import shapely

    collections = shapely.get_type_id(cut) == shapely.GeometryType.GEOMETRYCOLLECTION
    mixed = np.flatnonzero(collections & ~shapely.is_empty(cut))
    for k in mixed:
        wanted = shapely.get_dimensions(whole[k])
        parts = [p for p in shapely.get_parts(cut[k]) if shapely.get_dimensions(p) == wanted]
        cut[k] = (shapely.multipolygons, shapely.multilinestrings, shapely.multipoints)[2 - wanted](parts) if parts else None
    return cut


def _features(kind: int, found: Commands, said: Tags) -> bytes:
    """Feature messages: tags, type and packed geometry, all of them varints, written in one go."""
    n = len(found.feature)
    tag_bytes = _sums(wire.sizes(said.words), said.count)
    shape_bytes = _sums(wire.sizes(found.words), found.size)
    inner = 2 + sum(1 + wire.sizes(b.astype(np.uint64)) + b for b in (tag_bytes, shape_bytes))
    start = np.cumsum(8 + said.count + found.size) - (8 + said.count + found.size)
    words = np.empty(8 * n + len(said.words) + len(found.words), dtype=np.uint64)
    words[start], words[start + 1], words[start + 2], words[start + 3] = 0x12, inner, 0x12, tag_bytes
    words[np.repeat(start + 4, said.count) + wire.ranges(said.count)] = said.words
    after = start + 4 + said.count
    words[after], words[after + 1], words[after + 2], words[after + 3] = 0x18, kind, 0x22, shape_bytes
    words[np.repeat(after + 4, found.size) + wire.ranges(found.size)] = found.words
    return wire.varints(words).tobytes()


def _sums(values: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums of consecutive runs of `counts` values, empty runs included."""
    ends = np.cumsum(np.r_[0, values])
    stops = np.cumsum(counts)
    out: NDArray[np.int64] = ends[stops] - ends[stops - counts]
    return out
