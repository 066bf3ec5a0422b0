"""What stands before each façade: how high the buildings around rise, by direction, out of footprints and heights.

References: [1] Ratti, Richens (2004), Raster analysis of urban form, Environment and Planning B 31(2): horizons of a built
surface; here rays meet the edges of footprints, not cells.
"""

from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.geometry import TOUCH_M, drawn_twice

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AZIMUTHS = np.array([180.0, 90.0, 0.0, 270.0])
"""Azimuth of the faces south, east, north and west [°]."""
SECTORS = 24
"""Directions looked at over the half turn before a face, from its left to its right seen from above the north: 7.5° each."""
STEP_DEG = 180.0 / SECTORS
CENTRES = -90.0 + STEP_DEG * (np.arange(SECTORS) + 0.5)
PIECE_M = 8.0
"""Longest piece of wall that one point speaks for."""
EYE_M = 3.0
"""Height from which a building of unknown height sees the others: the middle of two storeys."""
LEAST_DEG, REACH_M = 5.0, 200.0
"""What rises less, or is farther, is left out."""
NEAR_M = 0.1
AT_ONCE = 1_000_000
"""Pairs of a piece of wall and an edge looked at together: what bounds the memory."""


class Walls(msgspec.Struct, frozen=True):
    """Pieces of outer wall (W): building, face (position in AZIMUTHS), middle [m] (W, 2), outer normal (W, 2), length [m]."""

    owner: Ints
    face: Ints
    at: Floats
    normal: Floats
    length: Floats


class Edges(msgspec.Struct, frozen=True):
    """Edges of the footprints (E), in the order of their buildings: owner, ends [m] (E, 2). They run with the building on
    their left."""

    owner: Ints
    start: Floats
    end: Floats


def horizons(polygons: NDArray[Any], heights: Floats, ground: Floats, group: NDArray[Any]) -> tuple[Floats, Floats]:
    """Share of the open walls that each face holds (N, 4), a quarter each where there is none; and altitude of what stands
    before it [°] (N, 4, 24), by direction, 0 where nothing rises by 5°.

    polygons: footprints [m]; heights: [m], a building of unknown height (NaN) hides nothing; ground: altitude [m], taken as
    level where one of two is unknown; group: only buildings of the same one (N,) hide each other, so that a commune alone
    gives what it gives in a whole territory. Seen from half the height of each piece of wall of 8 m or less, then the mean of
    the pieces of a face, by length. Walls against a neighbour (0.3 m) are no façade. A wing of the same building hides too.
    """
    edges = _edges(polygons)
    walls = _open(_walls(edges), polygons, group)
    shape = (len(polygons), len(AZIMUTHS))
    length = np.zeros(shape)
    np.add.at(length, (walls.owner, walls.face), walls.length)
    seen = _rises(walls, edges, polygons, (heights, ground), group)
    out = np.zeros((*shape, SECTORS))
    np.add.at(out, (walls.owner, walls.face), np.degrees(np.arctan(seen)) * walls.length[:, None])
    out /= np.maximum(length, 1e-9)[..., None]
    total = length.sum(axis=1, keepdims=True)
    return np.where(total > 0, length / np.maximum(total, 1e-9), 1 / len(AZIMUTHS)), out


def _edges(polygons: NDArray[Any]) -> Edges:
    import shapely

    solid = np.flatnonzero(shapely.area(polygons) > 0)
    parts, whose = shapely.get_parts(polygons[solid], return_index=True)
    kept = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, of = shapely.get_rings(shapely.orient_polygons(parts[kept]), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    owner = solid[whose[kept][of]][ring]
    same = ring[1:] == ring[:-1]
    return Edges(owner[:-1][same], points[:-1][same], points[1:][same])


def _walls(edges: Edges) -> Walls:
    along = edges.end - edges.start
    length = np.hypot(along[:, 0], along[:, 1])
    count = np.maximum(1, np.ceil(length / PIECE_M)).astype(np.int64)
    count[length == 0] = 0
    edge = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    at = edges.start[edge] + along[edge] * ((rank + 0.5) / count[edge])[:, None]
    normal = np.column_stack([along[edge, 1], -along[edge, 0]]) / length[edge, None]
    azimuth = np.degrees(np.arctan2(normal[:, 0], normal[:, 1]))
    apart = np.abs((azimuth[:, None] - AZIMUTHS + 180) % 360 - 180)
    return Walls(edges.owner[edge], apart.argmin(axis=1), at, normal, length[edge] / count[edge])


def _open(walls: Walls, polygons: NDArray[Any], group: NDArray[Any]) -> Walls:
    """The pieces that no other building of the group touches; one drawn twice is no other."""
    import shapely

    tree = shapely.STRtree(polygons)
    piece, other = tree.query(shapely.points(walls.at), predicate="dwithin", distance=TOUCH_M)
    one = walls.owner[piece]
    beside = (one != other) & (group[one] == group[other])
    piece, one, other = piece[beside], one[beside], other[beside]
    shut = np.zeros(len(walls.owner), bool)
    shut[piece[~drawn_twice(polygons, one, other)]] = True
    return Walls(**{n: getattr(walls, n)[~shut] for n in Walls.__struct_fields__})


def _rises(walls: Walls, edges: Edges, polygons: NDArray[Any], levels: tuple[Floats, Floats], group: NDArray[Any]) -> Floats:
    """Greatest slope of what stands before each piece of wall, by direction (W, 24)."""
    seer, other, rise = _pairs(polygons, levels, group)
    order = np.argsort(walls.owner, kind="stable")
    mine, theirs = (_runs(owner, len(polygons)) for owner in (walls.owner[order], edges.owner))
    out = np.zeros((len(walls.owner), SECTORS))
    work = (mine[1] - mine[0])[seer] * (theirs[1] - theirs[0])[other]
    cuts = np.searchsorted(np.cumsum(work), np.arange(0, work.sum(), AT_ONCE))
    bounds = np.unique([*cuts, len(work)])
    for first, last in pairwise(bounds):
        some = slice(first, last)
        pair, wall = _spread(mine, seer[some])
        again, edge = _spread(theirs, other[some][pair])
        wall, up = order[wall[again]], rise[some][pair[again]]
        _look(out, walls, edges, wall, edge, up)
    return out


def _pairs(polygons: NDArray[Any], levels: tuple[Floats, Floats], group: NDArray[Any]) -> tuple[Ints, Ints, Floats]:
    """Buildings that may hide something from another, or from themselves: who sees, who hides, and how much it rises above
    the eye [m]."""
    import shapely

    height, ground = levels
    known = np.flatnonzero((height > 0) & (shapely.area(polygons) > 0))
    reach = np.minimum(height[known] / np.tan(np.radians(LEAST_DEG)), REACH_M)
    tree = shapely.STRtree(polygons)
    near, seer = tree.query(polygons[known], predicate="dwithin", distance=reach)
    other = known[near]
    eye = np.where(np.isnan(height), EYE_M, height / 2)
    rise = height[other] - eye[seer] + np.nan_to_num(ground[other] - ground[seer])
    kept = (group[seer] == group[other]) & (rise > 0)
    seer, other, rise = seer[kept], other[kept], rise[kept]
    over, under = tree.query(polygons[known], predicate="intersects")
    over = known[over]
    twice = (over != under) & drawn_twice(polygons, over, under)
    again = np.isin(seer * len(polygons) + other, under[twice] * len(polygons) + over[twice])
    return seer[~again], other[~again], rise[~again]


def _runs(owner: Ints, count: int) -> tuple[Ints, Ints]:
    """First row of each building and the one after its last, in rows sorted by owner (N,)."""
    return np.searchsorted(owner, np.arange(count)), np.searchsorted(owner, np.arange(count), side="right")


def _spread(runs: tuple[Ints, Ints], of: Ints) -> tuple[Ints, Ints]:
    """Each row of the runs of some buildings: position in `of`, and row."""
    first, count = runs[0][of], (runs[1] - runs[0])[of]
    position = np.repeat(np.arange(len(of)), count)
    return position, np.repeat(first - (np.cumsum(count) - count), count) + np.arange(len(position))


def _look(out: Floats, walls: Walls, edges: Edges, wall: Ints, edge: Ints, rise: Floats) -> None:
    """Raise the horizon of pieces of wall where the rays of their directions meet an edge."""
    start, end = edges.start[edge] - walls.at[wall], edges.end[edge] - walls.at[wall]
    away = start[:, 0] * (end[:, 1] - start[:, 1]) - start[:, 1] * (end[:, 0] - start[:, 0])
    # seen from outside an edge runs the other way round than it does around its building
    facing = np.flatnonzero(away < 0)
    start, end, wall, edge, rise, away = start[facing], end[facing], wall[facing], edge[facing], rise[facing], away[facing]
    face = AZIMUTHS[walls.face[wall]]
    turns = [(np.degrees(np.arctan2(p[:, 0], p[:, 1])) - face + 180) % 360 - 180 for p in (start, end)]
    span = (turns[1] - turns[0] + 180) % 360 - 180
    low, high = np.where(span >= 0, turns[0], turns[1]), np.abs(span)
    round_ = np.flatnonzero(low + high > 180)
    pick = np.concatenate([np.arange(len(low)), round_])
    low = np.concatenate([low, low[round_] - 360])
    first = np.maximum(np.ceil((low - CENTRES[0]) / STEP_DEG), 0).astype(np.int64)
    last = np.minimum(np.floor((low + high[pick] - CENTRES[0]) / STEP_DEG), SECTORS - 1).astype(np.int64)
    count = np.maximum(last - first + 1, 0)
    row = np.repeat(pick, count)
    sector = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(len(row))
    azimuth = np.radians(face[row] + CENTRES[sector])
    ray = np.column_stack([np.sin(azimuth), np.cos(azimuth)])
    along = end[row] - start[row]
    distance = away[row] / (ray[:, 0] * along[:, 1] - ray[:, 1] * along[:, 0])
    # behind its own wall a building hides nothing that the wall could see
    before = (edges.owner[edge[row]] != walls.owner[wall[row]]) | ((ray * walls.normal[wall[row]]).sum(axis=1) > 0)
    good = before & (distance > NEAR_M) & (rise[row] > distance * np.tan(np.radians(LEAST_DEG)))
    np.maximum.at(out, (wall[row][good], sector[good]), rise[row][good] / distance[good])
