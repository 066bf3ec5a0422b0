"""Which way the outer walls of buildings look."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.hourly.sun import AZIMUTHS

Floats = NDArray[np.float64]


def face_shares(polygons: NDArray[Any]) -> Floats:
    """Share of the outline that looks south, east, north, west (N, 4), to the nearest; a quarter each without polygon.

    Each edge counts by its length, by the direction of its outer normal.
    """
    import shapely

    out = np.zeros((len(polygons), 4))
    rings = shapely.get_exterior_ring(polygons)
    solid = np.flatnonzero(~shapely.is_missing(rings))
    points, owner = shapely.get_coordinates(rings[solid], return_index=True)
    if len(points):
        turn = np.where(shapely.is_ccw(rings[solid]), 1.0, -1.0)[owner[:-1]]
        edge = np.diff(points, axis=0)
        same = owner[1:] == owner[:-1]
        azimuth = np.degrees(np.arctan2(edge[:, 1] * turn, -edge[:, 0] * turn)) % 360
        apart = np.abs((azimuth[:, None] - AZIMUTHS[None, :4] + 180) % 360 - 180)
        np.add.at(out, (solid[owner[:-1][same]], apart.argmin(axis=1)[same]), np.hypot(edge[:, 0], edge[:, 1])[same])
    total = out.sum(axis=1, keepdims=True)
    return np.where(total > 0, out / np.maximum(total, 1e-9), 0.25)
