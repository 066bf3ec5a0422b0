"""Does a relamping keep the class of its streets? A check by the whole engine, on draws of what is not measured.

A few luminaires of each action stand for all of them. What a street says of itself is taken as it is; what was inferred is
spread, and what is missing is drawn under the usual law of its quantity (`model/parameters`, `street_*`). The maintenance
factor is that of the design.
References: [1] EN 13201-2:2015 and EN 13201-3:2015. [2] CEN/TR 13201-1:2014 (comparable classes).
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.groups import UNKNOWN
from jumeau.engines.lighting.photometry.batch import Streets, judge, light_streets
from jumeau.engines.lighting.photometry.catalogue import Optics
from jumeau.engines.lighting.photometry.generic import EFFICACY_LM_PER_W, generic
from jumeau.engines.lighting.photometry.relamp import CLASSES, MAINTENANCE, Needed, needed, replacement
from jumeau.engines.lighting.photometry.street import ARRANGEMENTS, BOUNDS
from jumeau.engines.tables import assign, codes, floats, origins
from jumeau.engines.tally import Draws
from jumeau.kernels.draws import hash_ids, quantile
from jumeau.model.lantern import Lantern
from jumeau.model.origin import Origin
from jumeau.texts import t

Floats = NDArray[np.float64]

HOLDS, FAILS, UNSURE = "holds", "fails", "unknown"
CHECKED, TRIED = 24, 16
"""Luminaires looked at in an action, and draws of each street."""
SURE, LOST, ENOUGH = 0.9, 0.5, 0.5
SIZES = {
    "width_m": ("road_width_m", "street_width"), "spacing_m": ("spacing_m", "street_spacing"),
    "height_m": ("height_m", "street_height"), "overhang_m": ("overhang_m", "street_overhang"),
    "tilt_deg": ("tilt_deg", "street_tilt"),
}  # fmt: skip


class Verdict(msgspec.Struct, frozen=True):
    """state: HOLDS, FAILS or UNSURE; share: of the draws that keep the class [ratio], NaN when none could be tried; why: in
    French."""

    state: str
    share: float
    why: str


def assess(table: pa.Table, given: Mapping[str, Any], optics: Optics, draw: Draws) -> Verdict:
    """The verdict of an action that relamps every luminaire of a conformed table."""
    classed = np.flatnonzero(codes(table, "road_class", CLASSES) < len(CLASSES))
    if not len(classed):
        return Verdict(UNSURE, float("nan"), t("eclairage.verdict_sans_classe"))
    few = table.take(pa.array(classed[np.unique(np.linspace(0, len(classed) - 1, CHECKED).astype(np.int64))]))
    every = np.ones(few.num_rows, bool)
    led = replacement(few, every, given, optics)
    sized = needed(usual_street(few, draw), optics)
    flux, place, usual = _fluxes(led, sized)
    rows = np.flatnonzero(np.isfinite(flux))
    if not len(rows):
        return Verdict(UNSURE, float("nan"), t("eclairage.verdict_sans_led"))
    name = codes(few, "road_class", CLASSES)[rows]
    streets, guessed = _drawn(few, rows, draw)
    kept, told = _tried(streets, name, flux[rows], place[rows], sized.lanterns, optics)
    share, seen = float(kept.mean()), len(rows) / few.num_rows * len(classed) / table.num_rows
    state = HOLDS if share >= SURE and seen >= SURE else FAILS if share < LOST and seen >= ENOUGH else UNSURE
    said = _why(share, seen, guessed, told, name, optics)
    return Verdict(state, share, " ".join([*said, *_leds(place[rows], usual[rows], flux[rows], sized, optics)]))


def _fluxes(led: Needed, sized: Needed) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Flux [lm] of each LED, its lantern (-1 for a share of the power, in a generic lantern), and where it was sized on a
    usual street because neither the street nor the power it replaces is known."""
    usual = np.isnan(led.power_w) & (sized.lantern >= 0)
    flux = np.where(led.lantern < 0, led.power_w * EFFICACY_LM_PER_W, led.flux_lm)
    return np.where(usual, sized.flux_lm, flux), np.where(usual, sized.lantern, led.lantern), usual


def usual_street(table: pa.Table, draw: Draws) -> pa.Table:
    """The table with the likely size of the streets where it is not known, on one side of the road."""
    for column, law in list(SIZES.values())[:3]:
        missing = np.isnan(floats(table, column))
        if missing.any():
            table = assign(table, missing, {column: draw.law(f"{law}_usual").mode}, Origin.DEFAULT)
    unknown = codes(table, "arrangement", ARRANGEMENTS) == len(ARRANGEMENTS)
    return assign(table, unknown, {"arrangement": ARRANGEMENTS[0]}, Origin.DEFAULT) if unknown.any() else table


def _drawn(table: pa.Table, rows: NDArray[np.int64], draw: Draws) -> tuple[Streets, float]:
    """TRIED streets for each of `rows`, luminaire by luminaire, and the share of those with something inferred or missing."""
    ids = hash_ids(table["id"])[rows]
    sizes: dict[str, Floats] = {}
    guessed = np.zeros(len(rows), bool)
    for size, (column, law) in SIZES.items():
        value, origin = floats(table, column)[rows], origins(table, column)[rows]
        out = np.repeat(value[:, None], TRIED, axis=1)
        u = draw.uniforms(law, ids)[:, :TRIED]
        inferred, missing = (origin >= Origin.INFERRED.rank) & (origin != UNKNOWN), np.isnan(value)
        spread = quantile(draw.law(f"{law}_inferred"), u[inferred])
        out[inferred] = out[inferred] + spread if size in ("overhang_m", "tilt_deg") else out[inferred] * spread
        out[missing] = quantile(draw.law(f"{law}_usual"), u[missing])
        low, high, _ = BOUNDS[size]
        sizes[size] = np.clip(out, low, high).ravel()
        if size not in ("overhang_m", "tilt_deg"):
            guessed |= inferred | missing
    kind = codes(table, "arrangement", ARRANGEMENTS)[rows]
    guessed |= kind == len(ARRANGEMENTS)
    guessed |= origins(table, "road_class")[rows] >= Origin.INFERRED.rank
    kind = np.where(kind == len(ARRANGEMENTS), 0, kind)
    return Streets(np.repeat(kind, TRIED), **sizes, maintenance=MAINTENANCE), float(guessed.mean())


def _tried(
    streets: Streets, name: NDArray[np.int8], flux: Floats, lantern: NDArray[np.int64], lanterns: tuple[Lantern, ...],
    optics: Optics,
) -> tuple[Floats, dict[str, float]]:  # fmt: skip
    """Whether each draw keeps its class (n, TRIED), and the share of draws that keep each requirement."""
    kept = np.zeros((len(name), TRIED))
    counts: dict[str, list[float]] = {}
    for code, place in sorted({(int(c), int(p)) for c, p in zip(name, lantern, strict=True)}):
        mine = np.flatnonzero((name == code) & (lantern == place))
        at = (mine[:, None] * TRIED + np.arange(TRIED)).ravel()
        head = lanterns[place] if place >= 0 else generic("moyenne", 1000.0 / EFFICACY_LM_PER_W)
        road = CLASSES[code][0] == "M"
        lit = light_streets(streets[at], head, optics.surface if road else None, edges=road)
        good, told = judge(CLASSES[code], lit, np.repeat(flux[mine], TRIED) / 1000, MAINTENANCE)
        kept[mine] = good.reshape(len(mine), TRIED)
        for one, flags in told.items():
            counts.setdefault(one, []).extend(flags.astype(float))
    return kept, {one: float(np.mean(flags)) for one, flags in counts.items()}


def _why(
    share: float, seen: float, guessed: float, told: dict[str, float], name: NDArray[np.int8], optics: Optics
) -> list[str]:  # fmt: skip
    """What the draws say, and on what they rest."""
    said = [t("eclairage.verdict_part", share=_percent(share))]
    worst = min(told, key=lambda one: told[one])
    if share < SURE:
        quantity, _, sense = worst.rpartition("_")
        missed = t(f"voirie.grandeur_{quantity}")
        said.append(t(f"eclairage.verdict_manque_{sense}", quantity=missed, share=_percent(1 - told[worst])))
    if guessed:
        said.append(t("eclairage.verdict_deduit", share=_percent(guessed)))
    if seen < 0.995:
        said.append(t("eclairage.verdict_vus", share=_percent(seen)))
    if optics.surface is None and any(CLASSES[c][0] == "M" for c in name):
        said.append(t("eclairage.verdict_sans_table"))
    return said


def _leds(
    place: NDArray[np.int64], usual: NDArray[np.bool_], flux: Floats, led: Needed, optics: Optics
) -> list[str]:  # fmt: skip
    """Which LED were tried."""
    said = []
    if usual.any():
        middle = round(float(np.median(flux[usual])))
        said.append(t("eclairage.verdict_usuelle", share=_percent(float(usual.mean())), flux=middle))
    if (place < 0).any():
        said.append(t("eclairage.verdict_ratio", share=_percent(float((place < 0).mean()))))
    names = sorted({led.lanterns[p].name for p in place if p >= 0}) if optics.lanterns else []
    said.append(t("eclairage.verdict_catalogue", names=", ".join(names[:3])) if names else t("eclairage.verdict_generique"))
    return said


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
