"""Many streets under one lantern at once: what each receives for a kilolumen, and whether a class is kept at a flux.

Everything but glare and light levels is a ratio, so a street is lit once a beam, whatever the flux tried on it.
References: [1] EN 13201-3:2015, clauses 7 and 8 (fields, points, observers, quality figures). [2] EN 13201-2:2015.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.lighting.photometry.eyes import worst_veiling
from jumeau.engines.lighting.photometry.performance import slack
from jumeau.engines.lighting.photometry.street import ARRANGEMENTS, EYE_DISTANCE_M, Field, Street
from jumeau.kernels.road import Tables, Tasks, light
from jumeau.model.lantern import Lantern
from jumeau.model.road_classes import COMPARABLE, Requirement, requirements
from jumeau.model.road_surface import Surface

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LANE_M, NARROW_M = 3.5, 4.0
LUMINANCE = ("luminance", "overall_uniformity", "longitudinal_uniformity", "threshold_increment")
SCALED = ("illuminance", "least_illuminance", "luminance")


class Streets(msgspec.Struct, frozen=True):
    """S single carriageways (S,): arrangement, place in ARRANGEMENTS; width_m, spacing_m, height_m, overhang_m [m]; tilt_deg;
    maintenance: factor [ratio]. Lanes are about LANE_M wide, two at least from NARROW_M of width on."""

    arrangement: NDArray[np.int8]
    width_m: Floats
    spacing_m: Floats
    height_m: Floats
    overhang_m: Floats
    tilt_deg: Floats
    maintenance: float

    @property
    def lanes(self) -> NDArray[np.int64]:
        """Lanes of each street (S,)."""
        usual = np.clip(np.round(self.width_m / LANE_M), 2, 8)
        return np.where(self.width_m < NARROW_M, 1, usual).astype(np.int64)

    def __getitem__(self, rows: NDArray[np.int64] | Flags) -> "Streets":
        return Streets(
            self.arrangement[rows], self.width_m[rows], self.spacing_m[rows], self.height_m[rows], self.overhang_m[rows],
            self.tilt_deg[rows], self.maintenance,
        )  # fmt: skip

    def one(self, row: int) -> Street:
        """One of them as a street."""
        return Street(
            width_m=float(self.width_m[row]), spacing_m=float(self.spacing_m[row]), height_m=float(self.height_m[row]),
            lanes=int(self.lanes[row]), arrangement=ARRANGEMENTS[int(self.arrangement[row])],
            overhang_m=float(self.overhang_m[row]), tilt_deg=float(self.tilt_deg[row]), maintenance_factor=self.maintenance,
        )  # fmt: skip


Light = dict[str, Floats]
"""Quantities of EN 13201-2 for a kilolumen (S,), NaN where they are not computed; `veil`: veiling luminance, initial."""


def light_streets(streets: Streets, lantern: Lantern, surface: Surface | None = None, *, edges: bool = False) -> Light:
    """Light each street with a lantern of 1 klm. edges: the edge ratio too; surface: the luminances and the veil too."""
    count = len(streets.width_m)
    tilted = msgspec.structs.replace(streets, tilt_deg=streets.tilt_deg - lantern.tilt_deg)
    lane = tilted.width_m / tilted.lanes
    parts = [(np.zeros(count), tilted.width_m)]
    if edges:
        inner = tilted.width_m - lane
        parts += [(-lane, lane), (np.zeros(count), lane), (tilted.width_m, lane), (inner, lane)]
    tables = Tables((lantern.intensity,), () if surface is None or surface.table is None else (surface.table,))
    lux = [_lux(tilted, y, wide, tables) for y, wide in parts]
    out = {"illuminance": lux[0][0], "least_illuminance": lux[0][1], "illuminance_uniformity": _over(lux[0][1], lux[0][0])}
    if edges:
        (out_a, _), (in_a, _), (out_b, _), (in_b, _) = lux[1:]
        out["edge_ratio"] = np.minimum(_over(out_a, in_a), _over(out_b, in_b))
    if surface is not None:
        out |= _luminances(tilted, tables, surface, lantern)
    return out


def judge(name: str, found: Light, flux_klm: Floats | float, maintenance: float) -> tuple[Flags, dict[str, Flags]]:
    """Whether the class `name` is kept at a flux (S,), and by each of its requirements that could be computed.

    A luminance class whose luminances are not there is judged by its comparable illuminance class and its own edge ratio.
    """
    told: dict[str, Flags] = {}
    for one in wanted(name, "luminance" in found):
        if one.quantity not in found and one.quantity != "threshold_increment":
            continue
        value = at_flux(one.quantity, found, flux_klm, maintenance)
        good = value >= one.value - slack(one.value) if one.sense == "min" else value <= one.value + slack(one.value)
        told[f"{one.quantity}_{one.sense}"] = good
    every = np.ones(len(found["illuminance"]), bool)
    for good in told.values():
        every &= good
    return every, told


def wanted(name: str, luminances: bool) -> list[Requirement]:
    """What a class asks, as it can be judged: with luminances or by the comparable class."""
    own = list(requirements()[name])
    if luminances or name not in COMPARABLE:
        return own
    return [*requirements()[COMPARABLE[name]], *(one for one in own if one.quantity not in LUMINANCE)]


def at_flux(quantity: str, found: Light, flux_klm: Floats | float, maintenance: float) -> Floats:
    """A quantity (S,) at a flux [klm]."""
    if quantity == "threshold_increment":
        mean = found["luminance"] * flux_klm / maintenance
        veil = found["veil"] * flux_klm
        with np.errstate(invalid="ignore", divide="ignore"):
            rise = np.where(mean <= 5, 0.65 * veil / mean**0.8, 0.95 * veil / mean**1.05)
        return np.where(mean > 0.05, rise, np.nan)
    return np.asarray(found[quantity] * (flux_klm if quantity in SCALED else 1.0), np.float64)


def least_flux(name: str, found: Light) -> Floats:
    """Flux [klm] (S,) from which the levels of a class are met, whatever its ratios say."""
    flux = np.zeros(len(found["illuminance"]))
    for one in wanted(name, "luminance" in found):
        if one.sense == "min" and one.quantity in SCALED:
            flux = np.maximum(flux, one.value / np.maximum(found[one.quantity], 1e-9))
    return flux


def _over(a: Floats, b: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(b > 0, a / b, np.nan)


def _lux(streets: Streets, y_m: Floats, wide_m: Floats, tables: Tables) -> tuple[Floats, Floats]:
    """Mean and least illuminance [lx] of a strip of each street."""
    across = np.maximum(3, np.ceil(wide_m / 1.5 - 1e-9)).astype(np.int64)
    tasks = _tasks(streets, y_m, wide_m, across)
    lux = light(tasks, tables).illuminance.astype(np.float64)
    starts = tasks.points
    return np.add.reduceat(lux, starts[:-1]) / np.diff(starts), np.minimum.reduceat(lux, starts[:-1])


def _luminances(streets: Streets, tables: Tables, surface: Surface, lantern: Lantern) -> Light:
    lanes = streets.lanes
    tasks = _tasks(streets, np.zeros(len(lanes)), streets.width_m, 3 * lanes, lanes=lanes, surface=surface)
    seen = light(tasks, tables).luminance.astype(np.float64)
    starts, shape = tasks.views, tasks.shape
    mean, overall, along = (np.full(len(lanes), np.inf) for _ in range(3))
    for s, count in enumerate(lanes):
        nx, ny = shape[s]
        grids = seen[starts[s] : starts[s + 1]].reshape(count, ny, nx)
        each = grids.mean(axis=(1, 2))
        lines = grids[np.arange(count), 3 * np.arange(count) + 1]
        mean[s], overall[s] = each.min(), (grids.min(axis=(1, 2)) / each).min()
        along[s] = (lines.min(axis=1) / lines.max(axis=1)).min()
    unit = msgspec.structs.replace(lantern, flux_lm=1000.0)
    veil = [
        worst_veiling(street, unit, Field("carriageway", 0.0, street.width_m, street.lanes, 1))
        for street in (msgspec.structs.replace(streets.one(s), tilt_deg=float(streets.tilt_deg[s]) + lantern.tilt_deg)
                       for s in range(len(lanes)))
    ]  # fmt: skip
    return {"luminance": mean, "overall_uniformity": overall, "longitudinal_uniformity": along, "veil": np.array(veil)}


def _tasks(
    streets: Streets, y_m: Floats, wide_m: Floats, across: NDArray[np.int64], *, lanes: NDArray[np.int64] | None = None,
    surface: Surface | None = None,
) -> Tasks:  # fmt: skip
    """The arrays of the kernel for one strip of each street, without a loop over streets."""
    count, spacing, width, lean = len(y_m), streets.spacing_m, streets.width_m, streets.overhang_m
    nx = np.where(spacing <= 30, 10, np.ceil(spacing / 3)).astype(np.int64)
    dx, dy = spacing / nx, wide_m / across
    kind = streets.arrangement
    two = np.isin(kind, [ARRANGEMENTS.index("bilateral"), ARRANGEMENTS.index("quinconce")])
    tilt, factor = np.radians(streets.tilt_deg), np.full(count, streets.maintenance)
    first_y = np.where(kind == ARRANGEMENTS.index("axial"), width / 2 + lean, lean)
    shift = np.where(kind == ARRANGEMENTS.index("quinconce"), spacing / 2, 0.0)
    zero, one = np.zeros(count), np.ones(count)
    light_1 = np.stack([first_y, zero, streets.height_m, one, zero, np.cos(tilt), np.sin(tilt), factor], axis=1)
    light_2 = np.stack([width - lean, shift, streets.height_m, -one, zero, np.cos(tilt), np.sin(tilt), factor], axis=1)
    row_start = np.concatenate([[0], np.cumsum(1 + two)])
    rows = np.empty((row_start[-1], 8))
    rows[row_start[:-1]], rows[row_start[1:][two] - 1] = light_1, light_2[two]
    eyes_of = np.zeros(count, np.int64) if lanes is None else lanes
    eye_start = np.concatenate([[0], np.cumsum(eyes_of)])
    street = np.repeat(np.arange(count), eyes_of)
    rank = np.arange(eye_start[-1]) - eye_start[:-1][street]
    lane = wide_m[street] / np.maximum(eyes_of[street], 1)
    eyes = np.stack([np.full(len(street), -EYE_DISTANCE_M), y_m[street] + (rank + 0.5) * lane, np.ones(len(street))], axis=1)
    table = surface is not None and surface.table is not None
    return Tasks(
        grid=np.stack([dx / 2, dx, y_m + dy / 2, dy], axis=1).astype(np.float32),
        shape=np.stack([nx, across], axis=1).astype(np.int32),
        spacing=spacing.astype(np.float32), rows=rows.astype(np.float32),
        row_lantern=np.zeros(len(rows), np.int32), row_start=row_start.astype(np.int32),
        eyes=eyes.astype(np.float32).reshape(-1, 3), eye_start=eye_start.astype(np.int32),
        surface=np.full(count, 0 if table else -1, np.int32),
        diffuse=np.full(count, 0.0 if surface is None else surface.q0, np.float32),
    )  # fmt: skip
