"""Illuminance and luminance of road grids, point by point: the hot loop of EN 13201-3.

x runs along the road [m], y across it, the road lies at z = 0. A light of a row stands at x = offset + n spacing for every
integer n whose light counts: within 5 mounting heights of a point for illuminance, and for luminance within 5 heights behind
it (towards the observer), 12 beyond and 5 aside. Intensities and r are interpolated linearly in both their angles.
References: [1] EN 13201-3:2015, clauses 6 and 7 (conventions and formulas). [2] CIE 144:2001 (grid of the r-tables).
[3] M. Abramowitz, I. Stegun (1964), formula 4.4.49 (arc tangent of the C version).
"""

import ctypes

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.kernels import kernel_in_use, library
from jumeau.model.road_surface import BETAS_DEG, TANS, reduced

__all__ = ["BETAS_DEG", "TANS", "Lit", "Tables", "Tasks", "kernel_in_use", "light", "light_c", "light_numpy", "reduced"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int32]

ROW_FIELDS = ("y", "x", "height", "cos_turn", "sin_turn", "cos_tilt", "sin_tilt", "factor")
MOST_EYES = 8
BEHIND, BEYOND, ASIDE = 5.0, 12.0, 5.0


class Tasks(msgspec.Struct, frozen=True, kw_only=True):
    """T grids to light, each with its rows of lights and its observers (eyes).

    grid: (T, 4) first x, step of x, first y, step of y [m]; shape: (T, 2) points along x and y; spacing: (T,) of lights [m];
    rows: (R, 8) see ROW_FIELDS: place [m], height [m], turn about the vertical and tilt (as cosines and sines), and what
    multiplies cd/klm (flux [klm] times maintenance factor); row_lantern: (R,); row_start, eye_start: (T + 1,);
    eyes: (K, 3) x, y [m] and direction of view (1 or -1), at most 8 a task; surface: (T,) index of an r-table, or -1 for a
    surface that diffuses evenly with luminance coefficient `diffuse` (T,) [1/sr].
    """

    grid: Singles
    shape: Ints
    spacing: Singles
    rows: Singles
    row_lantern: Ints
    row_start: Ints
    eyes: Singles
    eye_start: Ints
    surface: Ints
    diffuse: Singles

    @property
    def points(self) -> NDArray[np.int64]:
        """(T + 1,) where the points of each task start in the illuminances."""
        return np.concatenate([[0], np.cumsum(self.shape[:, 0].astype(np.int64) * self.shape[:, 1])])

    @property
    def views(self) -> NDArray[np.int64]:
        """(T + 1,) where the points of each task start in the luminances: all points of its first eye, then the next."""
        sizes = self.shape[:, 0].astype(np.int64) * self.shape[:, 1] * np.diff(self.eye_start)
        return np.concatenate([[0], np.cumsum(sizes)])


class Tables(msgspec.Struct, frozen=True):
    """lanterns: intensities (planes, angles) [cd/klm] over the whole sphere; surfaces: r-tables (29, 20) [1e-4/sr], one row
    for each of TANS, one column for each of BETAS_DEG."""

    lanterns: tuple[Floats, ...]
    surfaces: tuple[Floats, ...] = ()


class Lit(msgspec.Struct, frozen=True):
    """illuminance: (points,) [lx]; luminance: (points of each eye,) [cd/m²]; places as `Tasks.points` and `Tasks.views`."""

    illuminance: Singles
    luminance: Singles


def light(tasks: Tasks, tables: Tables, threads: int = 1) -> Lit:
    """Light every grid of `tasks`; `threads` share the tasks when the compiled kernel runs."""
    lib = library()
    return light_numpy(tasks, tables) if lib is None else light_c(lib, tasks, tables, threads)


def light_numpy(tasks: Tasks, tables: Tables) -> Lit:
    """The readable version of `light`."""
    lit = [_one(tasks, tables, t) for t in range(len(tasks.shape))]
    lux = np.concatenate([e for e, _ in lit]) if lit else np.zeros(0)
    candela = np.concatenate([x.ravel() for _, x in lit]) if lit else np.zeros(0)
    return Lit(lux.astype(np.float32), candela.astype(np.float32))


def _one(tasks: Tasks, tables: Tables, t: int) -> tuple[Floats, Floats]:
    """Illuminance (P,) and luminance (K, P) of one task."""
    nx, ny = tasks.shape[t]
    x0, dx, y0, dy = tasks.grid[t].astype(np.float64)
    px, py = np.tile(x0 + dx * np.arange(nx), ny), np.repeat(y0 + dy * np.arange(ny), nx)
    eyes = tasks.eyes[tasks.eye_start[t] : tasks.eye_start[t + 1]].astype(np.float64)
    lux, candela = np.zeros(nx * ny), np.zeros((len(eyes), nx * ny))
    table = tables.surfaces[tasks.surface[t]] if tasks.surface[t] >= 0 else None
    for r in range(tasks.row_start[t], tasks.row_start[t + 1]):
        row = dict(zip(ROW_FIELDS, tasks.rows[r].astype(np.float64), strict=True))
        h = row["height"]
        after, before = (BEYOND if (eyes[:, 2] == way).any() else BEHIND for way in (1, -1))
        low, high = px.min() - before * h - row["x"], px.max() + after * h - row["x"]
        n = np.arange(np.ceil(low / tasks.spacing[t]), np.floor(high / tasks.spacing[t]) + 1)
        lx = row["x"] + n[:, None] * tasks.spacing[t]
        ax, ay = px - lx, np.broadcast_to(py - row["y"], (len(n), len(py)))
        plan = np.hypot(ax, ay)
        intensity = row["factor"] * _intensity(tables.lanterns[tasks.row_lantern[r]], row, ax, ay)
        each = intensity * h / np.hypot(plan, h) ** 3
        lux += np.where(plan <= BEHIND * h, each, 0).sum(axis=0)
        for k, (ex, ey, way) in enumerate(eyes):
            counts = (-way * ax >= -BEHIND * h) & (-way * ax <= BEYOND * h) & (np.abs(ay) <= ASIDE * h)
            if table is None:
                seen = each * tasks.diffuse[t]
            else:
                beta = np.abs(np.arctan2(-ay, -ax) - np.arctan2(py - ey, px - ex))
                beta = np.degrees(np.minimum(beta, 2 * np.pi - beta))
                seen = intensity / h**2 * 1e-4 * reduced(table, plan / h, beta)
            candela[k] += np.where(counts, seen, 0).sum(axis=0)
    return lux, candela


def _intensity(lantern: Floats, row: dict[str, float], ax: Floats, ay: Floats) -> Floats:
    """Intensity [cd/klm] towards points at (ax, ay, -height) from a lantern turned about the vertical, then tilted."""
    along, side = ax * row["cos_turn"] + ay * row["sin_turn"], ay * row["cos_turn"] - ax * row["sin_turn"]
    across = side * row["cos_tilt"] - row["height"] * row["sin_tilt"]
    down = side * row["sin_tilt"] + row["height"] * row["cos_tilt"]
    planes, angles = lantern.shape
    c = np.mod(np.arctan2(across, along), 2 * np.pi) / (2 * np.pi) * planes
    g = np.arctan2(np.hypot(along, across), down) / np.pi * (angles - 1)
    i, j = np.minimum(c.astype(int), planes - 1), np.minimum(g.astype(int), angles - 2)
    u, v = c - i, g - j
    around = np.concatenate([lantern, lantern[:1]])
    low = around[i, j] + v * (around[i, j + 1] - around[i, j])
    high = around[i + 1, j] + v * (around[i + 1, j + 1] - around[i + 1, j])
    return np.asarray(low + u * (high - low))


def light_c(lib: ctypes.CDLL, tasks: Tasks, tables: Tables, threads: int = 1) -> Lit:
    """The compiled version of `light`."""
    if len(tasks.eye_start) > 1 and np.diff(tasks.eye_start).max(initial=0) > MOST_EYES:
        return light_numpy(tasks, tables)
    padded = [np.concatenate([x, x[:1]]).astype(np.float32) for x in tables.lanterns]
    starts = np.concatenate([[0], np.cumsum([x.size for x in padded])]).astype(np.int64)
    shapes = np.array([x.shape for x in tables.lanterns], np.int32).reshape(-1, 2)
    intensities = np.concatenate([x.ravel() for x in padded])
    reflections = np.array(tables.surfaces, np.float32).reshape(-1, len(TANS) * len(BETAS_DEG)) * np.float32(1e-4)
    points, views = tasks.points, tasks.views
    lit = Lit(np.empty(points[-1], np.float32), np.empty(views[-1], np.float32))
    arrays = [tasks.grid, tasks.shape, tasks.spacing, tasks.row_start, tasks.rows, tasks.row_lantern, tasks.eye_start,
              tasks.eyes, tasks.surface, tasks.diffuse, shapes, starts, intensities, reflections, points, views,
              lit.illuminance, lit.luminance]  # fmt: skip
    given = [np.ascontiguousarray(x) for x in arrays]
    pointers = [ctypes.c_void_p(x.ctypes.data) for x in given]
    cuts = np.linspace(0, len(tasks.shape), max(threads, 1) + 1).astype(int)

    def run(part: int) -> None:
        lib.jumeau_road(ctypes.c_size_t(cuts[part]), ctypes.c_size_t(cuts[part + 1]), *pointers)

    if threads <= 1:
        run(0)
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, range(threads)))
    return lit
