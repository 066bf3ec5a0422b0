"""From shapely arrays in tile units to the command integers of a Mapbox Vector Tile (specification 2.1, section 4.3)."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.web.tiles.wire import Words, ranges, zigzag

POINT, LINE, POLYGON = 1, 2, 3
_MOVE, _LINE, _CLOSE = 1, 2, 7

Ints = NDArray[np.int64]


class Paths(msgspec.Struct, frozen=True):
    """Runs of quantised points. xy: (P, 2) tile units; count: (R,) points of each run; feature: (R,) its feature, rising."""

    xy: Ints
    count: Ints
    feature: Ints

    def keep(self, runs: NDArray[np.bool_]) -> "Paths":
        """The runs of a mask."""
        return Paths(self.xy[np.repeat(runs, self.count)], self.count[runs], self.feature[runs])


class Commands(msgspec.Struct, frozen=True):
    """Command integers of the features that are left. feature: (F,) row of the input; size: (F,) integers of each."""

    words: Words
    feature: Ints
    size: Ints


def commands(shapes: NDArray[np.object_], kind: int) -> Commands:
    """Encode geometries of one kind; parts that vanish at this scale are dropped, and so are features left with none."""
    if kind == POINT:
        return _points(_distinct_points(_runs_of_points(shapes)))
    paths = _runs_of_lines(shapes) if kind == LINE else _runs_of_rings(shapes)
    return _lines(paths, closed=kind == POLYGON)


def _runs_of_points(shapes: NDArray[np.object_]) -> Paths:
    import shapely

    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    feature, count = np.unique(owner, return_counts=True)
    return Paths(np.rint(xy).astype(np.int64), count.astype(np.int64), feature.astype(np.int64))


def _distinct_points(paths: Paths) -> Paths:
    """Points of one feature that fall on the same unit are one point."""
    owner = np.repeat(paths.feature, paths.count)
    _, first = np.unique(np.column_stack([owner, paths.xy]), axis=0, return_index=True)
    first.sort()
    feature, count = np.unique(owner[first], return_counts=True)
    return Paths(paths.xy[first], count.astype(np.int64), feature.astype(np.int64))


def _runs_of_lines(shapes: NDArray[np.object_]) -> Paths:
    import shapely

    parts, owner = shapely.get_parts(shapes, return_index=True)
    paths = _quantised(parts, owner.astype(np.int64))
    return paths.keep(paths.count >= 2)


def _runs_of_rings(shapes: NDArray[np.object_]) -> Paths:
    import shapely

    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    outer = np.r_[True, part[1:] != part[:-1]] if len(part) else np.zeros(0, dtype=bool)
    paths = _quantised(rings, owner[part].astype(np.int64), closed=True)
    area = _double_area(paths)
    whole = (paths.count >= 3) & (area != 0)
    alive = np.zeros(len(parts), dtype=bool)
    alive[part[outer & whole]] = True
    return _wound(paths, (area > 0) != outer).keep(whole & alive[part])


def _quantised(runs: NDArray[np.object_], feature: Ints, *, closed: bool = False) -> Paths:
    """Points on the grid, each different from the one before; the closing point of a ring is left out."""
    import shapely

    xy, owner = shapely.get_coordinates(runs, return_index=True)
    grid = np.rint(xy).astype(np.int64)
    new = np.ones(len(grid), dtype=bool)
    new[1:] = (owner[1:] != owner[:-1]) | (grid[1:] != grid[:-1]).any(axis=1)
    grid, owner = grid[new], owner[new]
    count = np.bincount(owner, minlength=len(runs)).astype(np.int64)
    if closed and len(grid):
        last = np.cumsum(count)[count > 1] - 1
        drop = np.zeros(len(grid), dtype=bool)
        drop[last] = True
        grid, owner = grid[~drop], owner[~drop]
        count = np.bincount(owner, minlength=len(runs)).astype(np.int64)
    return Paths(grid, count, feature)


def _double_area(paths: Paths) -> Ints:
    """Twice the signed area of each ring: positive when it turns clockwise on screen, where y grows downwards."""
    owner = np.repeat(np.arange(len(paths.count)), paths.count)
    start = np.cumsum(paths.count) - paths.count
    following = np.arange(len(paths.xy)) + 1
    ends = (start + paths.count - 1)[paths.count > 0]
    following[ends] = start[paths.count > 0]
    after = paths.xy[following] if len(following) else paths.xy
    cross = paths.xy[:, 0] * after[:, 1] - after[:, 0] * paths.xy[:, 1]
    area = np.zeros(len(paths.count), dtype=np.int64)
    np.add.at(area, owner, cross)
    return area


def _wound(paths: Paths, backwards: NDArray[np.bool_]) -> Paths:
    """Turn some rings round, keeping their first point's place in the run."""
    start = np.repeat(np.cumsum(paths.count) - paths.count, paths.count)
    step = ranges(paths.count)
    turned = np.repeat(paths.count, paths.count) - 1 - step
    at = start + np.where(np.repeat(backwards, paths.count), turned, step)
    return Paths(paths.xy[at], paths.count, paths.feature)


def _steps(paths: Paths) -> Words:
    """Moves from point to point, interleaved x y; the pen starts each feature at the origin. Shape (P, 2)."""
    owner = np.repeat(paths.feature, paths.count)
    before = np.zeros_like(paths.xy)
    before[1:] = np.where((owner[1:] == owner[:-1])[:, None], paths.xy[:-1], 0)
    return zigzag(paths.xy - before)


def _points(paths: Paths) -> Commands:
    size = 1 + 2 * paths.count
    start = np.cumsum(size) - size
    words = np.empty(int(size.sum()), dtype=np.uint64)
    words[start] = (_MOVE | (paths.count << 3)).astype(np.uint64)
    at = np.repeat(start + 1, paths.count) + 2 * ranges(paths.count)
    steps = _steps(paths)
    words[at], words[at + 1] = steps[:, 0], steps[:, 1]
    return Commands(words, paths.feature, size)


def _lines(paths: Paths, *, closed: bool) -> Commands:
    size = 2 + 2 * paths.count + int(closed)
    start = np.cumsum(size) - size
    words = np.empty(int(size.sum()), dtype=np.uint64)
    step = ranges(paths.count)
    at = np.repeat(start, paths.count) + 1 + 2 * step + (step > 0)
    steps = _steps(paths)
    words[at], words[at + 1] = steps[:, 0], steps[:, 1]
    words[start] = _MOVE | (1 << 3)
    words[start + 3] = (_LINE | ((paths.count - 1) << 3)).astype(np.uint64)
    if closed:
        words[start + size - 1] = _CLOSE | (1 << 3)
    feature, first = np.unique(paths.feature, return_index=True)
    total = np.add.reduceat(size, first) if len(first) else size
    return Commands(words, feature, total)
