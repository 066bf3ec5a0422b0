"""The web mercator grid (EPSG:3857) and its tiles."""

import math

from jumeau.errors import InputError

HALF_M = math.pi * 6_378_137.0
"""Half the side of the square world [m]."""

MAX_ZOOM = 22
Bounds = tuple[float, float, float, float]


def tile_bounds(z: int, x: int, y: int) -> Bounds:
    """xmin, ymin, xmax, ymax [m] of a tile. Raises InputError when there is no such tile."""
    if not 0 <= z <= MAX_ZOOM or not 0 <= x < 2**z or not 0 <= y < 2**z:
        raise InputError("web.tuile_absente", z=z, x=x, y=y, max=MAX_ZOOM)
    side = 2 * HALF_M / 2**z
    west, north = x * side - HALF_M, HALF_M - y * side
    return west, north - side, west + side, north


def grown(bounds: Bounds, ratio: float) -> Bounds:
    """Bounds with a margin of `ratio` of their side."""
    margin = (bounds[2] - bounds[0]) * ratio
    return bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin
