"""Where a position lies, and positions as people give them."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.model.claim import GEOMETRY
from jumeau.sharing.view import View

_FRANCE = (-500_000.0, 5_900_000.0, 1_500_000.0, 7_300_000.0)
"""Where a position in EPSG:2154 [m] can be: the country with a wide margin."""


def commune_at(view: View, geometry: bytes) -> str | None:
    """Official code of the commune that holds the middle of a geometry (WKB, EPSG:2154); None outside all of them."""
    import shapely

    shape = shapely.from_wkb(geometry)
    point = shape if shape.geom_type == "Point" else shape.representative_point()
    x, y = point.x, point.y
    found = view.read("commune", columns=["commune"], bbox=(x, y, x, y))
    return None if found.num_rows == 0 else found["commune"][0].as_py()


def communes_at(view: View, geometries: Sequence[bytes | None]) -> list[str | None]:
    """The same for many geometries at once."""
    import shapely

    shapes = shapely.from_wkb(np.array([*geometries, None], object)[:-1])
    points = shapely.point_on_surface(shapes)
    are_points = shapely.get_type_id(shapes) == 0
    points[are_points] = shapes[are_points]
    there = np.flatnonzero(~shapely.is_missing(points))
    out: list[str | None] = [None] * len(shapes)
    if not len(there):
        return out
    box = shapely.total_bounds(points[there])
    found = view.read("commune", columns=["commune"], bbox=(box[0], box[1], box[2], box[3]))
    codes = found["commune"].to_pylist()
    areas = shapely.from_wkb(found[GEOMETRY].to_numpy(zero_copy_only=False)) if codes else np.empty(0, object)
    at, area = shapely.STRtree(areas).query(points[there], predicate="intersects")
    for i, k in sorted(zip(at.tolist(), area.tolist(), strict=True), reverse=True):
        out[there[i]] = codes[k]
    return out


def point(text: str, field: str = "xy") -> bytes:
    """WKB, EPSG:2154, of `x,y` in metres (Lambert 93) or `longitude,latitude` in degrees. Raises InputError."""
    import shapely

    found = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*", text)
    if found is None:
        raise InputError("edition.coordonnees", text=text[:60], field=field)
    x, y = float(found[1]), float(found[2])
    if abs(x) <= 180 and abs(y) <= 90:
        return legal(shapely.Point(x, y), field)
    return checked(shapely.Point(x, y), field)


def shape(text: str, field: str = "xy") -> bytes:
    """WKB, EPSG:2154, of a position or of a drawing as people give it: `x,y`, WKT or GeoJSON, in metres or in degrees.

    Metres are those of Lambert 93. Raises InputError when it cannot be read, or lies out of France.
    """
    if re.fullmatch(r"[-\d.,; ]*", text.strip()):
        return point(text, field)
    found = _drawn(text)
    if found is None or found.is_empty:
        raise InputError("edition.trace", text=" ".join(text.split())[:60], field=field)
    west, south, east, north = found.bounds
    degrees = west >= -180 and east <= 180 and south >= -90 and north <= 90
    return legal(found, field) if degrees else checked(found, field)


def _drawn(text: str) -> Any:
    """A geometry from WKT, or from GeoJSON: alone, in a Feature or in a collection of one; None for another text."""
    import shapely

    body = re.sub(r"^SRID=\d+;", "", text.strip(), flags=re.IGNORECASE)
    try:
        if not body.startswith("{"):
            return shapely.from_wkt(body)
        found = shapely.from_geojson(body)
    except (shapely.errors.GEOSException, ValueError):
        return None
    parts = shapely.get_parts(found) if found.geom_type == "GeometryCollection" else [found]
    return parts[0] if len(parts) == 1 else None


def legal(shape: object, field: str = "geometry") -> bytes:
    """WKB, EPSG:2154, of a geometry in degrees (CRS84). Raises InputError far from France."""
    import shapely
    from pyproj import Transformer

    there = Transformer.from_crs("OGC:CRS84", "EPSG:2154", always_xy=True)
    moved = shapely.transform(shape, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1])).round(3))
    return checked(moved, field)


def checked_points(xy: NDArray[np.float64]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """WKB of points (n, 2) in EPSG:2154 [m], None where they are unknown; and which are out of France."""
    import shapely

    known = np.isfinite(xy).all(axis=1)
    west, south, east, north = _FRANCE
    x, y = xy[:, 0], xy[:, 1]
    with np.errstate(invalid="ignore"):
        inside = known & (x >= west) & (x <= east) & (y >= south) & (y <= north)
    shapes = np.full(len(xy), None, object)
    shapes[inside] = shapely.to_wkb(shapely.points(xy[inside]), byte_order=1)
    return shapes, known & ~inside


def checked(shape: object, field: str = "geometry") -> bytes:
    """WKB of a geometry in EPSG:2154 that is whole, valid and in France. Raises InputError."""
    import shapely

    west, south, east, north = _FRANCE
    box = shapely.bounds(shape)
    inside = np.isfinite(box).all() and box[0] >= west and box[1] >= south and box[2] <= east and box[3] <= north
    if not inside or not shapely.is_valid(shape):
        raise InputError("edition.position", field=field)
    return bytes(shapely.to_wkb(shapely.force_2d(shape), byte_order=1))
