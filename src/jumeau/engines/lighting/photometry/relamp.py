"""The LED each luminaire of an inventory needs to keep the class of its road, where its street is known.

Streets alike to half a metre are lit once: a territory has thousands of them at most. Lanterns are those of the catalogue
of the twin, else the generic beams; without an r-table a luminance class is judged by its comparable illuminance class.
References: [1] EN 13201-2:2015 and EN 13201-3:2015. [2] CEN/TR 13201-1:2014 (comparable classes).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.lighting.facts import TECHNOLOGIES
from jumeau.engines.lighting.photometry.batch import Streets, judge, least_flux, light_streets
from jumeau.engines.lighting.photometry.catalogue import GENERIC, Optics
from jumeau.engines.lighting.photometry.generic import BEAMS, CCT_K, EFFICACY_LM_PER_W, POWERS_W, generic
from jumeau.engines.lighting.photometry.street import ARRANGEMENTS, BOUNDS
from jumeau.engines.tables import codes, floats
from jumeau.model.draws import parameters
from jumeau.model.lantern import Lantern, cie_code, ulr
from jumeau.model.road_classes import requirements

Floats = NDArray[np.float64]

STEPS = {"road_width_m": 0.5, "spacing_m": 1.0, "height_m": 0.5, "overhang_m": 0.5, "tilt_deg": 2.5}
SIZES = ("width_m", "spacing_m", "height_m", "overhang_m", "tilt_deg")
MAINTENANCE = 0.8
CLASSES = tuple(name for name in requirements() if name[0] in "MCP")


class Needed(msgspec.Struct, frozen=True):
    """The LED of each luminaire (N,): power_w [W], flux_lm [lm], cie_flux_code_3, ulr [ratio], cct_k [K], and its place in
    `lanterns`, -1 and NaN where the street or its class is not known, or where no lantern keeps the class."""

    power_w: Floats
    flux_lm: Floats
    cie_flux_code_3: Floats
    ulr: Floats
    cct_k: Floats
    lantern: NDArray[np.int64]
    lanterns: tuple[Lantern, ...]


def needed(table: pa.Table, optics: Optics = GENERIC) -> Needed:
    """The least LED that keeps the class of each luminaire of a conformed table."""
    name, streets, known = streets_of(table)
    out = np.full((3, table.num_rows), np.nan)
    out[2] = -1
    if known.any():
        sizes = [getattr(streets, size)[known] for size in SIZES]
        keys = np.column_stack([name[known], streets.arrangement[known], *sizes])
        distinct, at = np.unique(keys, axis=0, return_inverse=True)
        out[:, known] = _least(distinct, optics)[:, at.ravel()]
    lanterns, chosen = lanterns_of(optics), out[2].astype(np.int64)
    facts = [_facts(lantern) for lantern in lanterns]
    told = np.array([*facts, (np.nan,) * 3])[chosen]
    return Needed(out[0], out[1], told[:, 0], told[:, 1], told[:, 2], chosen, lanterns)


def replacement(table: pa.Table, rows: NDArray[np.bool_], given: Mapping[str, Any], optics: Optics = GENERIC) -> Needed:
    """The LED an action puts in place of each luminaire of `rows` (N,): the one that keeps the class where the street is
    known, never above the power it replaces; else the known power times `given["power_ratio"]`, lantern -1 and flux unknown.
    """
    laws = parameters("lighting")
    ballast = np.array([laws[f"ballast_factor.{x}"].mode for x in (*TECHNOLOGIES, "inconnue")])
    system, lamp = floats(table, "system_power_w"), floats(table, "lamp_power_w")
    old = np.where(np.isnan(system), lamp * ballast[codes(table, "lamp_technology", TECHNOLOGIES)], system)
    out = np.full((6, table.num_rows), np.nan)
    out[5] = -1
    lanterns: tuple[Lantern, ...] = ()
    if given.get("keep_class"):
        led = needed(table.filter(pa.array(rows)), optics)
        out[:, rows] = led.power_w, led.flux_lm, led.cie_flux_code_3, led.ulr, led.cct_k, led.lantern
        lanterns = led.lanterns
    out[:5, out[0] > old] = np.nan
    out[5, np.isnan(out[0])] = -1
    power = np.where(out[5] < 0, old * given["power_ratio"], out[0])
    return Needed(power, out[1], out[2], out[3], out[4], out[5].astype(np.int64), lanterns)


def streets_of(table: pa.Table) -> tuple[NDArray[np.int8], Streets, NDArray[np.bool_]]:
    """Class (N,) as a place in CLASSES, the street of each luminaire rounded to STEPS, and whether both are known (N,)."""
    name, kind = codes(table, "road_class", CLASSES), codes(table, "arrangement", ARRANGEMENTS)
    width, spacing, height, lean, tilt = (np.round(floats(table, x) / step) * step for x, step in STEPS.items())
    lean, tilt = np.nan_to_num(lean), np.nan_to_num(tilt)
    inside = np.ones(table.num_rows, bool)
    for size, values in zip(SIZES, (width, spacing, height, lean, tilt), strict=True):
        low, high, _ = BOUNDS[size]
        inside &= (values >= low) & (values <= high)
    known = inside & (name < len(CLASSES)) & (kind < len(ARRANGEMENTS))
    return name, Streets(kind, width, spacing, height, lean, tilt, MAINTENANCE), known


def lanterns_of(optics: Optics) -> tuple[Lantern, ...]:
    """The lanterns tried: those of the catalogue, by power; the generic beams when it holds none."""
    return tuple(sorted(optics.lanterns, key=lambda x: x.power_w)) or _beams()


@lru_cache(maxsize=1)
def _beams() -> tuple[Lantern, ...]:
    return tuple(generic(beam, 1000.0 / EFFICACY_LM_PER_W) for beam in BEAMS)


def _facts(lantern: Lantern) -> tuple[float, float, float]:
    return cie_code(lantern)[2], ulr(lantern), lantern.cct_k if np.isfinite(lantern.cct_k) else CCT_K


def _least(keys: Floats, optics: Optics) -> Floats:
    """Power [W], flux [lm] and place of the least lantern (3, S) of each distinct street: class, arrangement, SIZES."""
    found = np.full((3, len(keys)), np.nan)
    found[2] = -1
    kind, (width, spacing, height, lean, tilt) = keys[:, 1].astype(np.int8), keys[:, 2:].T
    streets = Streets(kind, width, spacing, height, lean, tilt, MAINTENANCE)
    road = np.array([CLASSES[int(c)][0] == "M" for c in keys[:, 0]])
    lanterns = lanterns_of(optics)
    for place, lantern in enumerate(lanterns):
        for rows, surface in ((np.flatnonzero(road), optics.surface), (np.flatnonzero(~road), None)):
            if not len(rows):
                continue
            lit = light_streets(streets[rows], lantern, surface, edges=surface is not None or bool(road[rows[0]]))
            for code in np.unique(keys[rows, 0]):
                mine = np.flatnonzero(keys[rows, 0] == code)
                part = {name: values[mine] for name, values in lit.items()}
                power, flux = _offered(CLASSES[int(code)], part, lantern, bool(optics.lanterns))
                good, _ = judge(CLASSES[int(code)], part, flux / 1000, MAINTENANCE)
                at = rows[mine]
                better = good & np.isfinite(power) & ~(found[0, at] <= power)
                found[:, at[better]] = np.stack([power[better], flux[better], np.full(int(better.sum()), place)])
    return found


def _offered(name: str, lit: dict[str, Floats], lantern: Lantern, real: bool) -> tuple[Floats, Floats]:
    """Power [W] and flux [lm] (S,) a lantern comes in: its own, or the step of the generic range that meets the levels."""
    if real:
        count = len(lit["illuminance"])
        return np.full(count, lantern.power_w), np.full(count, lantern.flux_lm)
    wanted = 1000 * least_flux(name, lit) / EFFICACY_LM_PER_W
    step = np.searchsorted(POWERS_W, wanted - 1e-9)
    power = np.append(np.array(POWERS_W, np.float64), np.nan)[np.minimum(step, len(POWERS_W))]
    return power, power * EFFICACY_LM_PER_W
