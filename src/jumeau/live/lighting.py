"""Cabinets and controllers watched: the power measured against the power expected, and what deserves a visit.

Pure: measures, expected power and night come in as arrays; nothing is read, nothing is sent.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LAMP_OUT, ALL_OUT, DAY_BURNING, SILENT, TOO_MUCH, LATE = KINDS = (
    "lampe_eteinte", "armoire_eteinte", "allumage_jour", "muet", "trop", "decalage",
)  # fmt: skip
DAY_S, HOUR_S = 86_400.0, 3600.0
MISSING, EXCESS, OUT, BY_DAY = 0.06, 0.15, 0.05, 0.10
"""Shares of the expected power: lamps missing, too much, nearly nothing, and burning by day."""
PERSISTS, LEARNS = 3, 14
"""Nights an anomaly must last, and nights the usual level is learnt on."""
SILENT_S, DAY_HOURS, DRIFT_H = 2 * DAY_S, 2.0, 0.35
MIN_W = 20.0


class Measures(msgspec.Struct, frozen=True):
    """A series of one cabinet. instant: (M,) Unix time [s], increasing; power_w: (M,) mean power since the measure
    before [W]; expected_w: (M,) power expected then [W]; lit: (M,) inside the night."""

    instant: Floats
    power_w: Floats
    expected_w: Floats
    lit: Flags


class Alert(msgspec.Struct, frozen=True):
    """One thing to look at. since: Unix time [s]; value: how much, in `unit`; confidence: 0 to 1."""

    kind: str
    since: float
    value: float
    unit: str
    confidence: float


def power_of(instant: Floats, value: Floats, unit: str) -> tuple[Floats, Floats]:
    """Instants and mean powers [W] of a series in W, kW, Wh or kWh; an index that never falls is differenced, energy by step
    is divided by its duration.

    Values that are not numbers and instants that go back are left out. Raises InputError for another unit.
    """
    scale = {"w": 1.0, "kw": 1e3, "wh": 1.0, "kwh": 1e3}.get(unit.lower())
    if scale is None:
        raise InputError("direct.unite_inconnue", unit=unit)
    order = np.argsort(instant, kind="stable")
    at, read = np.asarray(instant, np.float64)[order], np.asarray(value, np.float64)[order] * scale
    good = np.isfinite(read) & np.isfinite(at) & np.r_[True, np.diff(at) > 0]
    at, read = at[good], read[good]
    if not unit.lower().endswith("h") or len(at) < 2:
        return at, read
    steps = np.diff(at) / HOUR_S
    rises = np.diff(read)
    index = (rises >= 0).all() and (rises > 0).mean() > 0.2
    energy = rises if index else read[1:]
    return at[1:], np.where(energy >= 0, energy / steps, np.nan)


def by_night(m: Measures) -> tuple[Floats, Floats, Floats]:
    """Midday that opens each night [s], and the share of the expected energy measured in the night and by day (K,),
    NaN unknown."""
    night = np.floor((m.instant - DAY_S / 2) / DAY_S)
    length = np.clip(np.diff(m.instant, prepend=m.instant[:1]), 0, 4 * HOUR_S)
    known = np.isfinite(m.power_w)
    names, at = np.unique(night, return_inverse=True)
    usual = np.bincount(at, length * m.expected_w * (known & m.lit), len(names))
    seen = np.bincount(at, length * np.nan_to_num(m.power_w) * (known & m.lit), len(names))
    day_time = np.bincount(at, length * (known & ~m.lit), len(names))
    by_day = np.bincount(at, length * np.nan_to_num(m.power_w) * (known & ~m.lit), len(names))
    level = np.median(m.expected_w[m.lit & (m.expected_w > 0)]) if (m.lit & (m.expected_w > 0)).any() else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        return (
            names * DAY_S + DAY_S / 2,
            np.where(usual > 0, seen / usual, np.nan),
            by_day / np.where(day_time > 0, day_time, np.nan) / level,
        )


def alerts(m: Measures, now: float) -> list[Alert]:
    """What deserves a visit in a series that ends before `now` (Unix time) [s]; in the order of KINDS.

    Lamps out are told by a fall from the level of the nights before, so a model that is wrong by a constant does not ring; an
    anomaly must last PERSISTS nights. Raises InputError for arrays of different lengths.
    """
    if not len(m.instant) == len(m.power_w) == len(m.expected_w) == len(m.lit):
        raise InputError("direct.longueurs")
    if not len(m.instant):
        return [Alert(SILENT, 0.0, np.inf, "h", 1.0)]
    out: list[Alert] = []
    midday, night, day = by_night(m)
    usual = m.expected_w[m.lit & (m.expected_w > 0)]
    level = float(np.median(usual)) if len(usual) else 0.0
    if level >= MIN_W:
        out += _fall(midday, night, level)
        out += _by_day(midday, day, level)
        out += _late(m, level)
    if now - m.instant[-1] > SILENT_S:
        out.append(Alert(SILENT, float(m.instant[-1]), (now - float(m.instant[-1])) / HOUR_S, "h", 1.0))
    return sorted(out, key=lambda a: KINDS.index(a.kind))


def _fall(midday: Floats, night: Floats, level: float) -> list[Alert]:
    known = np.isfinite(night)
    midday, night = midday[known], night[known]
    if len(night) < PERSISTS:
        return []
    recent = float(np.median(night[-PERSISTS:]))
    if recent < OUT:
        since = midday[len(night) - _run(night < OUT)]
        return [Alert(ALL_OUT, float(since), level, "W", 0.95)]
    if len(night) < 2 * PERSISTS:
        return []
    before = night[:-PERSISTS][-LEARNS:]
    usual, noise = float(np.median(before)), 1.4826 * float(np.median(np.abs(before - np.median(before))))
    change = recent - usual
    for kind, share, sign in ((LAMP_OUT, MISSING, -1.0), (TOO_MUCH, EXCESS, 1.0)):
        wanted = max(share, 4 * noise)
        beyond = sign * (night - usual) > wanted
        if sign * change > wanted and _run(beyond) >= PERSISTS:
            confidence = min(0.99, 1 - np.exp(-abs(change) / max(noise, 0.01)))
            return [
                Alert(kind, float(midday[len(night) - _run(beyond)]), abs(change) * level, "W", round(float(confidence), 2))
            ]
    return []


def _run(flags: Flags) -> int:
    """Length of the run of true values at the end."""
    return int(np.argmin(flags[::-1])) if not flags.all() else len(flags)


def _by_day(midday: Floats, day: Floats, level: float) -> list[Alert]:
    """A day whose mean power is that of lamps burning DAY_HOURS at full power, or BY_DAY of it all day."""
    burning = np.nan_to_num(day) > max(BY_DAY, DAY_HOURS / 24)
    run = _run(burning)
    if not run:
        return []
    share = float(np.median(day[-run:]))
    return [Alert(DAY_BURNING, float(midday[len(day) - run]), share * level, "W", 0.9 if run > 1 else 0.6)]


def _late(m: Measures, level: float) -> list[Alert]:
    """Switching on and off away from the night expected by more than DRIFT_H, the same way, on most of the last nights."""
    on = np.nan_to_num(m.power_w) > 0.4 * level
    gaps = []
    for rises in (True, False):
        real = np.flatnonzero(on[1:] & ~on[:-1] if rises else ~on[1:] & on[:-1]) + 1
        planned = np.flatnonzero(m.lit[1:] & ~m.lit[:-1] if rises else ~m.lit[1:] & m.lit[:-1]) + 1
        for i in planned[-LEARNS:]:
            if len(real):
                near = m.instant[real] - m.instant[i]
                best = float(near[np.argmin(np.abs(near))])
                if abs(best) < 3 * HOUR_S:
                    gaps.append(best / HOUR_S * (1.0 if rises else -1.0))
    if len(gaps) < 2 * PERSISTS:
        return []
    typical = float(np.median(gaps))
    step = float(np.median(np.diff(m.instant))) / HOUR_S
    if abs(typical) <= max(DRIFT_H, 1.01 * step):
        return []
    return [Alert(LATE, float(m.instant[0]), -typical, "h", 0.7)]
