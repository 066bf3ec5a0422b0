"""What a dimmed street gives: the flux by the curve of its lamp, then the light and the class by the photometric engine.

A lamp fed at a share of its power gives `share ** exponent` of its flux: about the same share for a LED, less for a
discharge lamp (`dimming_exponent.*`). A class may be lowered in hours of low traffic by the weights of its traffic volume.
References: [1] EN 13201-2:2015 and EN 13201-3:2015. [2] CEN/TR 13201-1:2014, clause 6 (a class for each period of the night).
"""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.lighting.facts import LED, NO_TECHNOLOGY, TECHNOLOGIES
from jumeau.engines.lighting.photometry.batch import SCALED, Light, Streets, at_flux, light_streets, wanted
from jumeau.engines.lighting.photometry.catalogue import GENERIC, Optics
from jumeau.engines.lighting.photometry.generic import EFFICACY_LM_PER_W, generic
from jumeau.engines.lighting.photometry.performance import slack
from jumeau.engines.lighting.photometry.relamp import CLASSES, MAINTENANCE, SIZES, streets_of
from jumeau.engines.tables import codes, floats, texts
from jumeau.model.draws import parameters
from jumeau.model.lantern import Lantern
from jumeau.model.road_classes import requirements, weight

Floats = NDArray[np.float64]
Three = tuple[float, float, float]


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One road class of a selection in one step of the night.

    power_ratio, flux_ratio: kept [ratio], the flux over the lamps of the class; hours_h: of a year; luminaires: of the
    class; computed: those whose street and lamp are known enough; lux, candela: (lowest, median, highest) mean maintained
    illuminance [lx] and luminance [cd/m²] of their streets, None when none is computed or without an r-table; classes: class
    held -> how many of `computed`, "" for none; lowered: the class the traffic of the night may allow, "" for none lower.
    """

    road_class: str
    power_ratio: float
    flux_ratio: float | None
    hours_h: float
    luminaires: int
    computed: int
    lux: Three | None
    candela: Three | None
    classes: dict[str, int]
    lowered: str


def flux_at(technology: NDArray[np.int8], ratio: float) -> Floats:
    """Share of the flux (N,) [ratio] at a share of the power; NaN for an unknown technology, unless off or full."""
    laws = parameters("lighting")
    power = [laws[f"dimming_exponent.{name}"].mode for name in TECHNOLOGIES]
    exponents = np.array([*power, np.nan])
    if ratio in (0.0, 1.0):
        return np.full(len(technology), ratio)
    return np.asarray(ratio ** exponents[technology], np.float64)


def present_flux(table: pa.Table) -> Floats:
    """Flux that leaves each luminaire at full power (N,) [lm]: the nominal one, else power times efficacy, times the output
    ratio of a lantern for a lamp; NaN where neither is known."""
    laws = parameters("lighting")
    technology = codes(table, "lamp_technology", TECHNOLOGIES)
    known = technology < NO_TECHNOLOGY
    names = [*TECHNOLOGIES, "inconnue"]
    efficacy = np.array([laws[f"efficacy_lm_per_w.{n}"].mode for n in names])[technology]
    ballast = np.array([laws[f"ballast_factor.{n}"].mode if n != "led" else 1.0 for n in names])[technology]
    lamp, system = floats(table, "lamp_power_w"), floats(table, "system_power_w")
    rated = np.where(np.isnan(lamp), system / ballast, lamp) * efficacy
    told = floats(table, "luminous_flux_lm")
    flux = np.where(np.isnan(told), np.where(known, rated, np.nan), told)
    output = np.where(technology == LED, 1.0, laws["light_output_ratio"].mode)
    return np.asarray(flux * output, np.float64)


def levels(table: pa.Table, steps: list[tuple[float, float]], optics: Optics = GENERIC) -> list[Level]:
    """Levels of a conformed table, class by class and step by step. steps: (power kept [ratio], hours of a year [h])."""
    name, streets, known = streets_of(table)
    flux, technology = present_flux(table), codes(table, "lamp_technology", TECHNOLOGIES)
    heads, place = _lanterns(table, optics)
    ready = known & np.isfinite(flux)
    out = []
    for code in np.unique(name[name < len(CLASSES)]):
        mine = name == code
        rows = np.flatnonzero(mine & ready)
        lit = _lit(CLASSES[code], streets, rows, heads, place, optics)
        count, every = int(mine.sum()), technology[mine]
        out += [_level(CLASSES[code], step, count, every, lit, flux[rows], technology[rows]) for step in steps]
    return out


def _level(
    name: str, step: tuple[float, float], count: int, every: NDArray[np.int8], lit: Light | None, flux: Floats,
    technology: NDArray[np.int8],
) -> Level:  # fmt: skip
    kept = flux_at(every, step[0])
    usual = None if np.isnan(kept).all() else float(np.nanmean(kept))
    shown: dict[str, Three | None] = {"lux": None, "candela": None}
    held: dict[str, int] = {}
    share = flux_at(technology, step[0])
    good = np.isfinite(share)
    if lit is not None and good.any():
        part = {k: v[good] for k, v in lit.items()}
        now = flux[good] / 1000 * share[good]
        shown["lux"] = _three(at_flux("illuminance", part, now, MAINTENANCE))
        if "luminance" in part:
            shown["candela"] = _three(at_flux("luminance", part, now, MAINTENANCE))
        best = class_held(name, part, now)
        held = {str(c): int(n) for c, n in zip(*np.unique(best.astype(str), return_counts=True), strict=True)}
    return Level(
        road_class=name, power_ratio=step[0], flux_ratio=usual, hours_h=round(step[1], 1), luminaires=count,
        computed=int(good.sum()) if lit is not None else 0, lux=shown["lux"], candela=shown["candela"], classes=held,
        lowered=lowered(name),
    )  # fmt: skip


def family(name: str) -> list[str]:
    """The class and those below it in its family, the best first."""
    every = [c for c in requirements() if c[0] == name[0] and c[1:].isdigit()]
    return sorted(c for c in every if c >= name)


def class_held(name: str, lit: Light, flux_klm: Floats) -> NDArray[np.object_]:
    """The best class of the family of `name`, no better than it, that each street (S,) still meets; "" for none. The upper
    limit of a P class is not looked at: it is there to say a class is not exceeded by design."""
    out = np.full(len(flux_klm), "", object)
    for one in reversed(family(name)):
        good = np.ones(len(flux_klm), bool)
        for asked in wanted(one, "luminance" in lit):
            if asked.sense == "max" and asked.quantity in SCALED:
                continue
            if asked.quantity not in lit and asked.quantity != "threshold_increment":
                continue
            value, room = at_flux(asked.quantity, lit, flux_klm, MAINTENANCE), slack(asked.value)
            good &= value >= asked.value - room if asked.sense == "min" else value <= asked.value + room
        out[good] = one
    return out


def lowered(name: str) -> str:
    """The class a road may be lit at in hours of low traffic, when its class was chosen for a moderate one [2]."""
    lower = weight(name[0], "volume", "moderate") - weight(name[0], "volume", "low")
    below = family(name)
    return below[lower] if len(below) > lower else ""


def _lanterns(table: pa.Table, optics: Optics) -> tuple[tuple[Lantern, ...], NDArray[np.int64]]:
    """Lanterns, and the one of each luminaire (N,): the file it names when the catalogue has it, else a generic beam."""
    usual = tuple(generic(beam, 1000.0 / EFFICACY_LM_PER_W) for beam in ("moyenne", "axiale"))
    heads = (*usual, *optics.lanterns)
    by_name = {x: i for i, lantern in enumerate(heads) for x in (lantern.name.lower(), lantern.source.lower()) if i >= 2}
    axial = texts(table, "arrangement") == "axial"
    file = texts(table, "photometry")
    said = np.array([by_name.get(str(x).lower().rsplit("/", 1)[-1], -1) for x in file], np.int64)
    return heads, np.where(said >= 0, said, axial.astype(np.int64))


def _lit(
    name: str, streets: Streets, rows: NDArray[np.int64], heads: tuple[Lantern, ...], place: NDArray[np.int64], optics: Optics
) -> Light | None:  # fmt: skip
    """Light for a kilolumen on the street of each of `rows`, streets alike lit once."""
    if not len(rows):
        return None
    sizes = [getattr(streets, size)[rows] for size in SIZES]
    keys = np.column_stack([place[rows], streets.arrangement[rows], *sizes])
    distinct, back = np.unique(keys, axis=0, return_inverse=True)
    kind, (width, spacing, height, lean, tilt) = distinct[:, 1].astype(np.int8), distinct[:, 2:].T
    made = Streets(kind, width, spacing, height, lean, tilt, MAINTENANCE)
    road = name[0] == "M"
    out: Light = {}
    for head in np.unique(distinct[:, 0]).astype(int):
        mine = np.flatnonzero(distinct[:, 0] == head)
        for quantity, values in light_streets(made[mine], heads[head], optics.surface if road else None, edges=road).items():
            out.setdefault(quantity, np.full(len(distinct), np.nan))[mine] = values
    return {quantity: values[back.ravel()] for quantity, values in out.items()}


def _three(values: Floats) -> Three:
    low, middle, high = (float(f"{v:.3g}") for v in (values.min(), np.median(values), values.max()))
    return low, middle, high
