"""The tile of a layer as an actor sees it: read, project, thin, encode."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import NotFoundError
from jumeau.model.claim import GEOMETRY
from jumeau.model.dictionary import Layer
from jumeau.sharing.view import View
from jumeau.web.labels import labels
from jumeau.web.tiles.grid import Bounds, grown, tile_bounds
from jumeau.web.tiles.mvt import BUFFER, EXTENT, encode

LIMIT_BYTES = 500_000
MAX_POINTS = 5_000
CACHE_BYTES = 64_000_000
_CHOICES = 3
_DOMAIN: Bounds = (-1_300_000.0, 4_900_000.0, 1_400_000.0, 6_800_000.0)
"""Where EPSG:2154 is used, with a margin, in EPSG:3857 [m]."""


class Tile(msgspec.Struct, frozen=True):
    """An encoded tile and its entity tag; no content when nothing lies in it."""

    content: bytes
    etag: str


class Tiles:
    """Tiles of one view; those of an actor who sees everything are kept until the next commit."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def etag(self, layer: str, z: int, x: int, y: int) -> str:
        """Entity tag of a tile by the head commit; empty for an actor from whom commits are hidden."""
        return f'"{self.view.head()}-{layer}-{z}-{x}-{y}"' if self.view.sees_all else ""

    def tile(self, layer: str, z: int, x: int, y: int) -> Tile:
        """One tile. Raises NotFoundError for a layer that is hidden or has no geometry, InputError off the grid."""
        etag = self.etag(layer, z, x, y)
        kept = self._find(etag)
        if kept is not None:
            return Tile(kept, etag)
        content = build(self.view, self._drawn(layer), tile_bounds(z, x, y))
        self._keep(etag, content)
        return Tile(content, etag or f'"{hashlib.sha256(content).hexdigest()[:32]}"')

    def _drawn(self, name: str) -> Layer:
        layer = self.view.layer(name)
        if layer.geometry == "none":
            raise NotFoundError("web.couche_sans_geometrie", layer=layer.title)
        return layer

    def _find(self, etag: str) -> bytes | None:
        with self._lock:
            if etag in self._kept:
                self._kept.move_to_end(etag)
            return self._kept.get(etag)

    def _keep(self, etag: str, content: bytes) -> None:
        if not etag:
            return
        with self._lock:
            self._kept[etag] = content
            while sum(map(len, self._kept.values())) > CACHE_BYTES or len(self._kept) > 4_096:
                self._kept.popitem(last=False)


def build(view: View, layer: Layer, bounds: Bounds) -> bytes:
    """The tile of `bounds`, EPSG:3857 [m], under LIMIT_BYTES."""
    box = to_lambert(grown(bounds, BUFFER / EXTENT))
    if box is None:
        return b""
    columns = [f.name for f in layer.fields if f.name in ("commune", "nom", "code")]
    columns += [f.name for f in layer.fields if f.type == "choice"][:_CHOICES]
    table = view.read(layer.name, columns=columns, bbox=box)
    if table.num_rows == 0 or GEOMETRY not in table.column_names:
        return b""
    shapes = _projected(table[GEOMETRY])
    attributes = {"id": table["id"], "label": labels(layer, table)} | {
        name: table[name] for name in columns if name not in ("nom", "code")
    }
    if layer.geometry == "point":
        return _points(layer.name, shapes, attributes, bounds)
    return _fitted(layer.name, shapes, attributes, bounds)


def to_lambert(bounds: Bounds) -> Bounds | None:
    """Box in EPSG:2154 [m] that holds a box in EPSG:3857 [m]; None when it lies outside of France."""
    west, south = max(bounds[0], _DOMAIN[0]), max(bounds[1], _DOMAIN[1])
    east, north = min(bounds[2], _DOMAIN[2]), min(bounds[3], _DOMAIN[3])
    if west >= east or south >= north:
        return None
    box: Bounds = _transformer(3857, 2154).transform_bounds(west, south, east, north, densify_pts=21)
    return box


@cache
def _transformer(source: int, target: int) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


def _projected(wkb: pa.ChunkedArray) -> NDArray[np.object_]:
    import shapely

    shapes = shapely.from_wkb(wkb.to_numpy())
    moved: NDArray[np.object_] = shapely.transform(
        shapes, lambda xy: np.column_stack(_transformer(2154, 3857).transform(xy[:, 0], xy[:, 1]))
    )
    return moved


def _points(name: str, shapes: NDArray[np.object_], attributes: Mapping[str, pa.Array], bounds: Bounds) -> bytes:
    """Points thinned on the finest grid that leaves few enough; each one left carries the number it stands for."""
    import shapely

    drawn = np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes))
    if len(drawn) <= MAX_POINTS:
        return _fitted(name, shapes, attributes, bounds)
    centre = shapely.get_coordinates(shapely.centroid(shapes[drawn]))
    side = bounds[2] - bounds[0]
    for cells in (1024, 512, 256, 128, 64, 32):
        place = np.floor((centre - [bounds[0], bounds[1]]) * (cells / side)).astype(np.int64)
        _, first, count = np.unique(place[:, 0] * 4 * cells + place[:, 1], return_index=True, return_counts=True)
        if len(first) <= MAX_POINTS:
            break
    order = np.argsort(first)
    rows = drawn[first[order]]
    kept = {key: column.take(pa.array(rows)) for key, column in attributes.items()}
    return _fitted(name, shapes[rows], kept | {"n": pa.array(count[order])}, bounds)


def _fitted(name: str, shapes: NDArray[np.object_], attributes: Mapping[str, pa.Array], bounds: Bounds) -> bytes:
    """The tile, its lines and polygons simplified and then the smallest left out until it is under the limit."""
    import shapely

    unit = (bounds[2] - bounds[0]) / EXTENT
    tile = encode(name, shapes, attributes, bounds)
    for tolerance in (1, 2, 4, 8):
        if len(tile) <= LIMIT_BYTES:
            return tile
        shapes = shapely.simplify(shapes, tolerance * unit, preserve_topology=False)
        tile = encode(name, shapes, attributes, bounds)
    while len(tile) > LIMIT_BYTES:
        box = shapely.bounds(shapes)
        size = np.nan_to_num(np.hypot(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]))
        largest = np.sort(np.argsort(-size, kind="stable")[: int(len(shapes) * 0.8 * LIMIT_BYTES / len(tile))])
        shapes = shapes[largest]
        attributes = {key: column.take(pa.array(largest)) for key, column in attributes.items()}
        tile = encode(name, shapes, attributes, bounds)
    return tile
