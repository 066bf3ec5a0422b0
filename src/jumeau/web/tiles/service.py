"""The tile of a layer as an actor sees it: read, project, thin, encode."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import NotFoundError
from jumeau.model.claim import GEOMETRY
from jumeau.model.dictionary import Layer
from jumeau.model.labels import labels
from jumeau.sharing.view import View
from jumeau.store.port import NOW
from jumeau.web.ports import Twin
from jumeau.web.tiles.grid import Bounds, grown, tile_bounds
from jumeau.web.tiles.mvt import BUFFER, EXTENT, encode

LIMIT_BYTES = 500_000
MAX_POINTS = 5_000
MAX_FEATURES = 10_000
CACHE_BYTES = 64_000_000
_CHOICES = 3
_DOMAIN: Bounds = (-1_300_000.0, 4_900_000.0, 1_400_000.0, 6_800_000.0)
"""Where EPSG:2154 is used, with a margin, in EPSG:3857 [m]."""


_STRIDE = 1 << 31
"""Cells of a row of the thinning grid, more than there are."""

_STRETCH = 1.6
"""Web mercator metres in a metre of the ground, at most, where EPSG:2154 is used [-]."""


Attributes: TypeAlias = Mapping[str, pa.Array]


class Tile(msgspec.Struct, frozen=True):
    """An encoded tile and its entity tag; no content when nothing lies in it."""

    content: bytes
    etag: str


class Tiles:
    """Tiles of a twin; those of an actor who sees everything are kept until the next commit."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    @property
    def view(self) -> View:
        """What the request looks at."""
        return self.twin.view

    def etag(self, layer: str, z: int, x: int, y: int) -> str:
        """Entity tag of a tile by the head commit; empty for an actor from whom commits are hidden."""
        view = self.view
        seen = "" if view.moment == NOW else f"-{hashlib.sha256(repr(view.moment).encode()).hexdigest()[:16]}"
        return f'"{view.head()}{seen}-{layer}-{z}-{x}-{y}"' if view.sees_all else ""

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
    import shapely

    box = to_lambert(grown(bounds, BUFFER / EXTENT))
    if box is None:
        return b""
    columns = [f.name for f in layer.fields if f.name in ("commune", "nom", "code")]
    columns += [f.name for f in layer.fields if f.type == "choice"][:_CHOICES]
    table = view.read(layer.name, columns=columns, bbox=box)
    if table.num_rows == 0 or GEOMETRY not in table.column_names:
        return b""
    shapes = shapely.from_wkb(table[GEOMETRY].to_numpy())
    unit = (bounds[2] - bounds[0]) / EXTENT
    drawn = np.flatnonzero(_extent(shapes) * _STRETCH >= (0.0 if layer.geometry == "point" else unit / 2))
    shapes, table = _projected(shapes[drawn]), table.take(pa.array(drawn))
    attributes: Attributes = {"id": table["id"], "label": labels(layer, table)} | {
        name: table[name] for name in columns if name not in ("nom", "code")
    }
    most = MAX_POINTS if layer.geometry == "point" else MAX_FEATURES
    if len(drawn) > most:
        shapes, attributes = thinned(shapes, attributes, bounds, most)
    return _fitted(layer.name, shapes, attributes, bounds)


def _extent(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Longest side of each box [m]; -1 where there is nothing to draw."""
    import shapely

    box = shapely.bounds(shapes)
    side: NDArray[np.float64] = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1])
    return np.where(np.isnan(side), -1.0, side)


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


def _projected(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    import shapely

    moved: NDArray[np.object_] = shapely.transform(
        shapes, lambda xy: np.column_stack(_transformer(2154, 3857).transform(xy[:, 0], xy[:, 1]))
    )
    return moved


def thinned(
    shapes: NDArray[np.object_], attributes: Attributes, bounds: Bounds, most: int
) -> tuple[NDArray[np.object_], Attributes]:
    """At most `most` shapes, the largest of each cell of the finest grid that does; `n` says how many each stands for."""
    import shapely

    box = shapely.bounds(shapes)
    side = bounds[2] - bounds[0]
    order = np.argsort(-_extent(shapes), kind="stable")
    for cells in (2048, 1024, 512, 256, 128, 64, 32):
        column, row = np.floor(((box[:, :2] + box[:, 2:]) / 2 - bounds[:2]) * (cells / side)).astype(np.int64).T
        _, first, cell = np.unique((column * _STRIDE + row)[order], return_index=True, return_inverse=True)
        if len(first) <= most:
            break
    kept = np.sort(order[first])
    standing = np.asarray(attributes["n"]) if "n" in attributes else np.ones(len(shapes))
    count = np.zeros(len(first), dtype=np.int64)
    np.add.at(count, cell.reshape(-1), standing[order].astype(np.int64))
    number = count[np.argsort(order[first])]
    rows = {key: column.take(pa.array(kept)) for key, column in attributes.items() if key != "n"}
    return shapes[kept], rows | {"n": pa.array(number)}


def _fitted(name: str, shapes: NDArray[np.object_], attributes: Attributes, bounds: Bounds) -> bytes:
    """The tile, simplified by less than one unit and then thinned until it is under the limit."""
    import shapely

    tile = encode(name, shapes, attributes, bounds)
    if len(tile) > LIMIT_BYTES:
        light = shapely.simplify(shapes, (bounds[2] - bounds[0]) / EXTENT, preserve_topology=True)
        shapes = light
        tile = encode(name, shapes, attributes, bounds)
    most = len(shapes)
    while len(tile) > LIMIT_BYTES and most > 1:
        most = min(int(most * 0.8), int(len(shapes) * 0.9 * LIMIT_BYTES / len(tile)))
        shapes, attributes = thinned(shapes, attributes, bounds, most)
        tile = encode(name, shapes, attributes, bounds)
    return tile
