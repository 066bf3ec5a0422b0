"""Where a position lies, and positions as people give them."""

import re

import numpy as np

from jumeau.errors import InputError
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


def legal(shape: object, field: str = "geometry") -> bytes:
    """WKB, EPSG:2154, of a geometry in degrees (CRS84). Raises InputError far from France."""
    import shapely
    from pyproj import Transformer

    there = Transformer.from_crs("OGC:CRS84", "EPSG:2154", always_xy=True)
    moved = shapely.transform(shape, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1])).round(3))
    return checked(moved, field)


def checked(shape: object, field: str = "geometry") -> bytes:
    """WKB of a geometry in EPSG:2154 that is whole, valid and in France. Raises InputError."""
    import shapely

    west, south, east, north = _FRANCE
    box = shapely.bounds(shape)
    inside = np.isfinite(box).all() and box[0] >= west and box[1] >= south and box[2] <= east and box[3] <= north
    if not inside or not shapely.is_valid(shape):
        raise InputError("edition.position", field=field)
    return bytes(shapely.to_wkb(shapely.force_2d(shape), byte_order=1))
