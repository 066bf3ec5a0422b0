"""Geometries at the edge: CRS84 outside, EPSG:2154 inside."""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.model.query import Bbox

DECIMALS = 7


@cache
def _transformer(source: str, target: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


def to_crs84(wkb: pa.ChunkedArray, decimals: int = DECIMALS) -> NDArray[np.object_]:
    """Shapely geometries in degrees; None where there is none."""
    import shapely

    return moved(shapely.from_wkb(wkb.to_numpy()), decimals)


def moved(shapes: NDArray[np.object_], decimals: int = DECIMALS) -> NDArray[np.object_]:
    """Geometries of EPSG:2154 in degrees."""
    import shapely

    there = _transformer("EPSG:2154", "OGC:CRS84")
    out: NDArray[np.object_] = shapely.transform(
        shapes, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1])).round(decimals)
    )
    return out


def parse_bbox(text: str) -> tuple[Bbox, Bbox]:
    """`w,s,e,n` in degrees as (that box, a box in EPSG:2154 [m] that holds it). Raises InputError."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError("web.emprise", field="bbox") from error
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError("web.emprise", field="bbox")
    box = _transformer("OGC:CRS84", "EPSG:2154").transform_bounds(west, south, east, north, densify_pts=21)
    if not np.isfinite(box).all():
        raise InputError("web.emprise", field="bbox")
    return (west, south, east, north), box
