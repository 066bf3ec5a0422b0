"""The LED each luminaire of an inventory needs to keep the class of its road, where its street is known.

Streets alike to half a metre are lit once: a territory has thousands of them at most. A luminance class is judged by its
comparable illuminance class, for no r-table is at hand; beams are the generic ones.
References: [1] EN 13201-2:2015 and EN 13201-3:2015. [2] CEN/TR 13201-1:2014 (comparable classes).
"""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.lighting.photometry.generic import BEAMS, EFFICACY_LM_PER_W, POWERS_W, generic
from jumeau.engines.lighting.photometry.street import ARRANGEMENTS, BOUNDS, Build, Street, fields
from jumeau.engines.tables import codes, floats
from jumeau.kernels.road import Tables, Tasks, light
from jumeau.model.lantern import cie_code
from jumeau.model.road_classes import COMPARABLE, requirements

Floats = NDArray[np.float64]

STEPS = {"road_width_m": 0.5, "spacing_m": 1.0, "height_m": 0.5, "overhang_m": 0.5}
MAINTENANCE = 0.8
CLASSES = tuple(name for name in requirements() if name[0] in "MCP")


class Needed(msgspec.Struct, frozen=True):
    """power_w [W], flux_lm [lm] and cie_flux_code_3 [ratio] of the LED (N,); NaN where the street or its class is not known,
    or where no generic lantern keeps the class."""

    power_w: Floats
    flux_lm: Floats
    cie_flux_code_3: Floats


def needed(table: pa.Table) -> Needed:
    """The least LED that keeps the class of each luminaire of a conformed table."""
    name, kind = codes(table, "road_class", CLASSES), codes(table, "arrangement", ARRANGEMENTS)
    shape = np.stack([np.round(floats(table, x) / step) * step for x, step in STEPS.items()], axis=1)
    shape[:, 3] = np.nan_to_num(shape[:, 3])
    bounds = (BOUNDS["width_m"], BOUNDS["spacing_m"], BOUNDS["height_m"], BOUNDS["overhang_m"])
    inside = np.all([(shape[:, i] >= low) & (shape[:, i] <= high) for i, (low, high, _) in enumerate(bounds)], axis=0)
    known = inside & (name < len(CLASSES)) & (kind < len(ARRANGEMENTS))
    out = np.full((3, table.num_rows), np.nan)
    if known.any():
        streets, at = np.unique(np.column_stack([name, kind, shape])[known], axis=0, return_inverse=True)
        out[:, known] = _least(streets)[:, at.ravel()]
    return Needed(*out)


def _least(streets: Floats) -> Floats:
    """Power, flux and flux code (3, S) of the least lantern for each distinct street: class, arrangement, then STEPS."""
    found = np.full((3, len(streets)), np.nan)
    tasks = _tasks(streets)
    starts = tasks.points
    for beam in BEAMS:
        lantern = generic(beam, 1000.0 / EFFICACY_LM_PER_W)
        lux = light(tasks, Tables((lantern.intensity,))).illuminance
        sums = np.add.reduceat(lux, starts[:-1]) / np.diff(starts)
        least = np.minimum.reduceat(lux, starts[:-1])
        flux = np.array([_flux(CLASSES[int(c)], m, n) for c, m, n in zip(streets[:, 0], sums, least, strict=True)])
        step = np.searchsorted(POWERS_W, 1000 * flux / EFFICACY_LM_PER_W - 1e-9)
        power = np.append(np.array(POWERS_W, np.float64), np.nan)[np.minimum(step, len(POWERS_W))]
        power[np.isnan(flux)] = np.nan
        better = np.isfinite(power) & ~(found[0] <= power)
        found[:, better] = np.stack([power, power * EFFICACY_LM_PER_W, np.full(len(power), cie_code(lantern)[2])])[:, better]
    return found


def _tasks(streets: Floats) -> Tasks:
    """The carriageway of each street under 1 klm lanterns."""
    build = Build()
    for row in streets:
        street = Street(
            width_m=row[2],
            spacing_m=row[3],
            height_m=row[4],
            overhang_m=row[5],
            arrangement=ARRANGEMENTS[int(row[1])],
            maintenance_factor=MAINTENANCE,
        )
        build.add(street, fields(street)[0], 1.0, luminance=False)
    return build.tasks()


def _flux(name: str, mean: float, least: float) -> float:
    """Flux [klm] that keeps a class where 1 klm gives these illuminances [lx]; NaN when none does."""
    flux = 0.0
    wanted = requirements()[COMPARABLE.get(name, name)]
    for one in wanted:
        if one.sense == "min" and one.quantity in ("illuminance", "least_illuminance"):
            flux = max(flux, one.value / (mean if one.quantity == "illuminance" else max(least, 1e-9)))
        if one.quantity == "illuminance_uniformity" and least < (one.value - 0.005) * mean:
            return float("nan")
    too_much = any(o.sense == "max" and o.quantity == "illuminance" and flux * mean > o.value for o in wanted)
    return float("nan") if too_much else flux
