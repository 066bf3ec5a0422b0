"""What stands before the sun: overhangs and fins of windows, and the buildings around.

References: [1] Duffie, Beckman (2013), Solar engineering of thermal processes, section 1.9 (profile angle, shading planes).
"""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.hourly.sun import AZIMUTHS, Sunshine

Floats = NDArray[np.float64]
SECTORS = 24
REACH_M, STEP_M = 80.0, 4.0


class Overhang(msgspec.Struct, frozen=True, kw_only=True):
    """A window under an overhang long enough not to be seen past, between fins of depth `fins` [m]. gap: from the top of the
    window to the overhang [m]."""

    height: float
    width: float
    gap: float
    depth: float
    fins: float = 0.0

    def lit(self, altitude: Floats, turn: Floats) -> Floats:
        """Share of the window in the sun; altitude: of the sun, turn: its azimuth from the window's normal [°]."""
        front = np.maximum(np.cos(np.radians(turn)), 1e-6)
        down = self.depth * np.tan(np.radians(np.clip(altitude, 0, 89.9))) / front - self.gap
        aside = self.fins * np.abs(np.tan(np.radians(np.clip(turn, -89.9, 89.9))))
        return np.asarray((1 - np.clip(down / self.height, 0, 1)) * (1 - np.clip(aside / self.width, 0, 1)))

    def sky_seen(self) -> float:
        """Share of the light of an even sky that the window keeps."""
        altitude, turn, weight = _half_sky()
        return float((self.lit(altitude, turn) * weight).sum() / weight.sum())


def _half_sky() -> tuple[Floats, Floats, Floats]:
    """Directions before a wall: altitude, turn [°] and what each counts for on it."""
    altitude, turn = np.meshgrid(np.arange(1, 90, 2.0), np.arange(-89, 90, 2.0))
    return altitude, turn, np.cos(np.radians(altitude)) ** 2 * np.cos(np.radians(turn))


def turn_of(sun: Sunshine, face_azimuth: float) -> Floats:
    """Azimuth of the sun from the normal of a face [°], in ]-180, 180]."""
    return np.asarray((sun.azimuth - face_azimuth + 180) % 360 - 180)


def horizons(polygons: NDArray[Any], heights: Floats, group: NDArray[Any] | None = None, reach: float = REACH_M) -> Floats:
    """Altitude of what stands around each building [°] (N, 24), by sector of 15° from north eastwards, seen from half its own
    height; 0 where nothing is higher. polygons: footprints [m]; heights: [m], unknown ones (NaN) shade nothing; group: only
    buildings of the same one (N,) shade each other, so that a commune alone gives what it gives in a whole territory.

    Outlines of the buildings within `reach` are looked at every 4 m.
    """
    import shapely

    out = np.zeros((len(polygons), SECTORS))
    good = np.flatnonzero(np.isfinite(heights) & np.asarray(shapely.area(polygons) > 0))
    if len(good) < 2:
        return out
    tree = shapely.STRtree(polygons[good])
    near = shapely.segmentize(shapely.boundary(polygons[good]), STEP_M)
    points, owner = shapely.get_coordinates(near, return_index=True)
    one, other = tree.query(polygons[good], predicate="dwithin", distance=reach)
    apart = (one != other) & (heights[good][other] > heights[good][one] / 2)
    if group is not None:
        apart &= group[good][one] == group[good][other]
    one, other = one[apart], other[apart]
    first, last = np.searchsorted(owner, other, side="left"), np.searchsorted(owner, other, side="right")
    count = last - first
    pair = np.repeat(np.arange(len(one)), count)
    at = np.repeat(first, count) + np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    seen = points[at]
    mine = good[one[pair]]
    from_here = seen - shapely.get_coordinates(shapely.centroid(polygons[good]))[one[pair]]
    distance = np.maximum(shapely.distance(polygons[mine], shapely.points(points)[at]), 1.0)
    rise = np.degrees(np.arctan2(heights[good][other[pair]] - heights[mine] / 2, distance))
    sector = (np.degrees(np.arctan2(from_here[:, 0], from_here[:, 1])) % 360 // (360 / SECTORS)).astype(np.int64)
    close = distance <= reach
    np.maximum.at(out, (mine[close], sector[close]), np.maximum(rise[close], 0.0))
    return out


def shade_factors(horizon: Floats, light: Sunshine, kept: Floats | None = None) -> Floats:
    """Share of the year's light that each vertical face keeps behind its horizon (N, 4).

    The beam passes above the horizon of its sector; of the sky, what lies above counts. The ground's light is kept. Horizons
    are read to the nearest degree. kept: `kept_above` of the light, where it is known already.
    """
    step = np.clip(np.rint(horizon), 0, 90).astype(np.int64)
    out = np.ones((len(horizon), 4))
    some = np.flatnonzero(step.any(axis=1))
    if len(some):
        kept = kept_above(light) if kept is None else kept
        out[some] = kept[:, np.arange(SECTORS), step[some]].sum(axis=2).T + (1 - kept[:, :, 0].sum(axis=1))
    return out


def kept_above(light: Sunshine) -> Floats:
    """Share of the year's light on each face (4, 24, 91) that comes from each sector above each degree of altitude."""
    sector = (light.azimuth % 360 // (360 / SECTORS)).astype(np.int64)
    level = np.clip(np.ceil(light.altitude), 0, 90).astype(np.int64)
    altitude, turn, weight = _half_sky()
    out = np.zeros((4, SECTORS, 91))
    for i, azimuth in enumerate(AZIMUTHS[:4]):
        beam, sky, ground = (getattr(light, n)[:, i] for n in ("beam", "sky", "ground"))
        at = ((azimuth + turn) % 360 // (360 / SECTORS)).astype(np.int64)
        np.add.at(out[i], (at, np.ceil(altitude).astype(np.int64)), sky.sum() * weight / weight.sum())
        up = light.altitude > 0
        np.add.at(out[i], (sector[up], level[up]), beam[up])
        out[i] /= max(beam.sum() + sky.sum() + ground.sum(), 1e-9)
    # What comes from between k - 1 and k degrees stands at k: above an horizon of k degrees is what stands beyond k.
    beyond = np.cumsum(out[:, :, ::-1], axis=2)[:, :, ::-1]
    beyond[:, :, 1:-1] = beyond[:, :, 2:]
    beyond[:, :, -1] = 0.0
    return beyond
