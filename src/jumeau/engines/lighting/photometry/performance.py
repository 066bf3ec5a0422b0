"""What a street receives: every quantity of EN 13201-2, its grids, and whether a class is kept.

References: [1] EN 13201-3:2015, clause 8 (quality figures). [2] EN 13201-2:2015 (classes).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.lighting.photometry.eyes import USUAL_AGE_Y, on_faces, threshold_increment, worst_veiling
from jumeau.engines.lighting.photometry.street import Build, Field, Street, fields
from jumeau.kernels.road import Tables, light
from jumeau.model.lantern import Lantern
from jumeau.model.road_classes import required
from jumeau.model.road_surface import Surface
from jumeau.texts import t

Floats = NDArray[np.float64]

KEPT, FAILED, UNKNOWN = "conforme", "non_conforme", "inconnu"
LUMINANCE = ("luminance", "overall_uniformity", "longitudinal_uniformity", "threshold_increment")


class Grid(msgspec.Struct, frozen=True):
    """Values at points: kind `illuminance` [lx] or `luminance` [cd/m²], x (nx,), y (ny,) [m], values (ny, nx)."""

    kind: str
    field: str
    x_m: Floats
    y_m: Floats
    values: Floats
    eye: tuple[float, float] | None = None


class Performance(msgspec.Struct, frozen=True):
    """values: quantities by name, NaN where it cannot be computed, in lx, cd/m² and ratios; the least favourable of the
    carriageways and observers; footway: the same illuminances on the least lit footway, empty without one; doubts: why some
    are NaN or decide of nothing, in French."""

    values: dict[str, float]
    footway: dict[str, float]
    grids: list[Grid]
    doubts: list[str]
    decides: bool


class Verdict(msgspec.Struct, frozen=True):
    """One requirement of a class against what was computed: `conforme`, `non_conforme` or `inconnu`."""

    quantity: str
    sense: str
    wanted: float
    found: float
    unit: str
    status: str
    source: str
    confidence: str


def performance(street: Street, lantern: Lantern, surface: Surface | None, age_y: float = USUAL_AGE_Y) -> Performance:
    """Light `street` with `lantern` on `surface` (None when the r-table of the road is not at hand)."""
    parts = fields(street)
    build, tilted = Build(), msgspec.structs.replace(street, tilt_deg=street.tilt_deg - lantern.tilt_deg)
    flux = lantern.flux_lm / 1000
    for part in parts:
        build.add(tilted, part, flux, luminance=False)
    roads = [part for part in parts if part.kind == "carriageway"]
    if surface is not None:
        for part in roads:
            build.add(tilted, part, flux, luminance=True, surface=0 if surface.table is not None else -1, q0=surface.q0)
    tasks = build.tasks()
    lit = light(tasks, Tables((lantern.intensity,), () if surface is None or surface.table is None else (surface.table,)))
    lux = [_grid("illuminance", part.kind, build, i, lit.illuminance, tasks.points[i]) for i, part in enumerate(parts)]
    values = _illuminances([g for g in lux if g.field == "carriageway"], street, lantern)
    values["edge_ratio"] = _edge_ratio(lux)
    grids, doubts = list(lux), []
    if surface is None:
        doubts.append(t("voirie.sans_table"))
        values |= dict.fromkeys(LUMINANCE, float("nan"))
    else:
        seen = [_views(build, len(parts) + i, lit.luminance, int(tasks.views[len(parts) + i])) for i in range(len(roads))]
        values |= _luminances(seen, roads, street, lantern, age_y, doubts)
        grids += [grid for views in seen for grid in views]
        if not surface.measured:
            doubts.append(t("voirie.surface_diffuse", q0=surface.q0))
    walks = [g for g in lux if g.field == "footway"]
    return Performance(
        values=values,
        footway=_illuminances(walks, street, lantern) if walks else {},
        grids=[g for g in grids if g.field != "inside"],
        doubts=doubts,
        decides=surface is not None and surface.measured,
    )


def _grid(kind: str, field: str, build: Build, task: int, values: NDArray[np.float32], start: int) -> Grid:
    (x, dx, y, dy), (nx, ny) = build.grid[task], build.shape[task]
    flat = values[start : start + nx * ny].astype(np.float64)
    at_x, at_y = np.arange(nx, dtype=np.float64), np.arange(ny, dtype=np.float64)
    return Grid(kind, field, x + dx * at_x, y + dy * at_y, flat.reshape(ny, nx))


def _views(build: Build, task: int, values: NDArray[np.float32], start: int) -> list[Grid]:
    """One luminance grid an observer."""
    size = build.shape[task][0] * build.shape[task][1]
    eyes = build.eyes[build.eye_start[task] : build.eye_start[task + 1]]
    grids = (_grid("luminance", "carriageway", build, task, values, start + k * size) for k in range(len(eyes)))
    return [msgspec.structs.replace(grid, eye=eye[:2]) for grid, eye in zip(grids, eyes, strict=True)]


def _illuminances(grids: list[Grid], street: Street, lantern: Lantern) -> dict[str, float]:
    """Mean, least and uniformity on the least lit of `grids`, and the light on walkers there."""
    found = []
    for grid in grids:
        px, py = np.meshgrid(grid.x_m, grid.y_m)
        faces = on_faces(street, lantern, px.ravel(), py.ravel())
        mean, least, around = grid.values.mean(), grid.values.min(), faces["hemispherical"]
        found.append(
            {
                "illuminance": mean,
                "least_illuminance": least,
                "illuminance_uniformity": _ratio(least, mean),
                "hemispherical": around.mean(),
                "hemispherical_uniformity": _ratio(around.min(), around.mean()),
                "least_semicylindrical": faces["semicylindrical"].min(),
                "least_vertical": faces["vertical"].min(),
            }
        )
    return {name: float(min(one[name] for one in found)) for name in found[0]}


def _edge_ratio(lux: list[Grid]) -> float:
    """Light just outside each outer edge over light just inside, the lesser of both [1]."""
    outside, inside = ([g.values.mean() for g in lux if g.field == kind] for kind in ("outside", "inside"))
    return min(_ratio(a, b) for a, b in zip(outside, inside, strict=True))


def _luminances(
    seen: list[list[Grid]], roads: list[Field], street: Street, lantern: Lantern, age_y: float, doubts: list[str]
) -> dict[str, float]:
    mean = min(float(grid.values.mean()) for views in seen for grid in views)
    overall = min(_ratio(grid.values.min(), grid.values.mean()) for views in seen for grid in views)
    lines = [grid.values[3 * lane + 1] for views in seen for lane, grid in enumerate(views)]
    glare = []
    for views, road in zip(seen, roads, strict=True):
        initial = min(float(grid.values.mean()) for grid in views) / street.maintenance_factor
        glare.append(threshold_increment(worst_veiling(street, lantern, road, age_y), initial))
    if np.isnan(glare).any():
        doubts.append(t("voirie.luminance_faible", value=round(mean, 3)))
    return {
        "luminance": mean,
        "overall_uniformity": overall,
        "longitudinal_uniformity": min(_ratio(line.min(), line.max()) for line in lines),
        "threshold_increment": float(np.max(glare)),
    }


def _ratio(a: float, b: float) -> float:
    return float(a / b) if b > 0 else float("nan")


def verdicts(found: Performance, name: str) -> list[Verdict]:
    """Each requirement of the class `name` against `found`; luminances that decide of nothing leave it `inconnu`.

    A P, HS, SC or EV class is judged on the footway where there is one.
    """
    values = found.footway if found.footway and name[0] not in "MC" else found.values
    out = []
    for one in required(name):
        value = values.get(one.quantity, float("nan"))
        known = not np.isnan(value) and (found.decides or one.quantity not in LUMINANCE)
        good = value >= one.value - slack(one.value) if one.sense == "min" else value <= one.value + slack(one.value)
        status = UNKNOWN if not known else KEPT if good else FAILED
        out.append(Verdict(one.quantity, one.sense, one.value, value, one.unit, status, one.source, one.confidence))
    return out


def slack(value: float) -> float:
    """Half of the last digit of a requirement: the standard rounds to it."""
    return 0.5 * 10.0 ** -max(len(f"{value:g}".partition(".")[2]), 1 if value >= 10 else 2)


def overall(found: list[Verdict]) -> str:
    """One status for all: `non_conforme` as soon as one is, `conforme` when all are."""
    statuses = {one.status for one in found}
    return FAILED if FAILED in statuses else UNKNOWN if UNKNOWN in statuses else KEPT
