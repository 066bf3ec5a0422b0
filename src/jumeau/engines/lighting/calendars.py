"""Nights of a year at a place, and the hours at full power that a calendar of switch-off and dimming leaves of them.

A night is told in legal hours after the midday that opens it: 20:30 is 20.5, 05:00 the next morning is 29.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.lighting.sun import crossings, utc_offset_h

Floats = NDArray[np.float64]
Days = NDArray[np.bool_]

LEGAL, MIDNIGHT, DUSK, DAWN = "legal", "milieu_nuit", "coucher", "lever"
FRAMES = (LEGAL, MIDNIGHT, DUSK, DAWN)
NOON_H = 12.0
WEEKDAYS = tuple(range(7))


class Instant(msgspec.Struct, frozen=True):
    """An instant of the night: an hour of the clock [legal h], or hours after the middle of the night, sunset or sunrise."""

    hour: float
    frame: str = LEGAL


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Part of the night at a share of the power: `ratio` kept (0 off), from `start` to `end`.

    weekdays: evenings concerned, 0 for Monday; season: first and last (month, day), both kept, or `ete` or `hiver` by legal
    time.
    """

    start: Instant
    end: Instant
    ratio: float
    weekdays: tuple[int, ...] = WEEKDAYS
    season: tuple[tuple[int, int], tuple[int, int]] | str = ""


class Calendar(msgspec.Struct, frozen=True):
    """How a lamp runs: from dusk to dawn but for its steps. `lit`: start and end that replace dusk and dawn, when given."""

    steps: tuple[Step, ...] = ()
    lit: tuple[Step, ...] = ()


class Nights(msgspec.Struct, frozen=True):
    """The nights of a year at N places: dusk, dawn, sunset, sunrise [legal h after the midday that opens the night] (N, Y).

    weekday, month, day (Y,): of the evening; summer (Y,): legal summer time in the evening.
    """

    dusk: Floats
    dawn: Floats
    sunset: Floats
    sunrise: Floats
    weekday: NDArray[np.int64]
    month: NDArray[np.int64]
    day: NDArray[np.int64]
    summer: Days

    @property
    def lengths(self) -> Floats:
        """Hours from dusk to dawn (N, Y)."""
        return np.clip(self.dawn - self.dusk, 0, None)


def nights(lat_deg: Floats, lon_deg: Floats, year: int, below_deg: Floats, departement: str = "") -> Nights:
    """Nights of `year` at places (N,), lamps lit while the sun is under `below_deg` (N,) [degree].

    The two nights when legal time changes keep the length they have for the sun; where the sun does not go so low the lamps
    stay off.
    """
    lat, lon = np.atleast_1d(np.asarray(lat_deg, np.float64)), np.atleast_1d(np.asarray(lon_deg, np.float64))
    below = np.broadcast_to(np.asarray(below_deg, np.float64), lat.shape)
    official = np.full(lat.shape, -0.833)
    on, off = crossings(lat, lon, year, below)
    down, up = crossings(lat, lon, year, official)
    days = (np.datetime64(f"{year}-01-01") + np.arange(on.shape[1])).astype("datetime64[D]")
    start = days.astype("datetime64[s]").astype(np.float64)
    offset = utc_offset_h(departement, start + 20 * 3600)
    hour = [(x - start[None]) / 3600 + offset[None] for x in (on, off, down, up)]
    dark = np.isfinite(hour[0]) & np.isfinite(hour[1])
    dusk, dawn = np.where(dark, hour[0], 24.0), np.where(dark, hour[1], 24.0)
    months = days.astype("datetime64[M]")
    return Nights(
        dusk, dawn, np.nan_to_num(hour[2], nan=24.0), np.nan_to_num(hour[3], nan=24.0),
        weekday=(days.astype(np.int64) + 3) % 7,
        month=months.astype(np.int64) % 12 + 1,
        day=(days - months).astype(np.int64) + 1,
        summer=offset == offset.max() if offset.max() > offset.min() else np.zeros(len(days), bool),
    )  # fmt: skip


def nightly(calendar: Calendar, at: Nights) -> Floats:
    """Hours at full power that give the energy of each night (N, Y) [h]: lit hours, each step at the share it keeps.

    Steps that overlap: the last one wins.
    """
    dusk, dawn = _lit(calendar, at)
    hours = np.clip(dawn - dusk, 0, None)
    taken: list[tuple[Floats, Floats]] = []
    for step in reversed(calendar.steps):
        on = chosen(step, at)[None]
        start, end = _clipped(step, at, dusk, dawn)
        inside = np.where(on, np.clip(end - start, 0, None), 0.0)
        for low, high in taken:
            inside -= np.where(on, np.clip(np.minimum(end, high) - np.maximum(start, low), 0, None), 0.0)
        taken.append((np.where(on, start, 0.0), np.where(on, end, 0.0)))
        hours -= (1 - step.ratio) * np.clip(inside, 0, None)
    return hours


def lit_ends(calendar: Calendar, at: Nights) -> tuple[Floats, Floats]:
    """Start and end [legal h after midday] of the lit part of each night (N, Y)."""
    return _lit(calendar, at)


def _lit(calendar: Calendar, at: Nights) -> tuple[Floats, Floats]:
    dusk, dawn = at.dusk, at.dawn
    for step in calendar.lit:
        on = chosen(step, at)[None]
        dusk = np.where(on, _hour(step.start, at), dusk)
        dawn = np.where(on, _hour(step.end, at, after=True), dawn)
    return dusk, np.maximum(dawn, dusk)


def step_ends(step: Step, at: Nights) -> tuple[Floats, Floats]:
    """Start and end [legal h after midday] of a step in each night (N, Y), even outside the lit hours."""
    start, end = _hour(step.start, at), _hour(step.end, at)
    if step.start.frame == LEGAL and step.end.frame == LEGAL:
        end = np.where(end < start, end + 24, end)
    return start, end


def _clipped(step: Step, at: Nights, dusk: Floats, dawn: Floats) -> tuple[Floats, Floats]:
    start, end = step_ends(step, at)
    return np.maximum(start, dusk), np.minimum(end, dawn)


def _hour(instant: Instant, at: Nights, *, after: bool = False) -> Floats:
    """The instant in legal hours after midday, (N, Y). after: a clock hour is a morning one."""
    if instant.frame == LEGAL:
        hour = instant.hour % 24 + (24 if instant.hour % 24 < NOON_H or (after and instant.hour % 24 < NOON_H) else 0)
        return np.full_like(at.dusk, hour)
    base = {MIDNIGHT: (at.sunset + at.sunrise) / 2, DUSK: at.sunset, DAWN: at.sunrise}[instant.frame]
    return base + instant.hour


def chosen(step: Step, at: Nights) -> Days:
    """Evenings a step applies to (Y,)."""
    on = np.isin(at.weekday, step.weekdays)
    if isinstance(step.season, str):
        return on & (at.summer == (step.season == "ete")) if step.season else on
    first, last = (m * 100 + d for m, d in step.season)
    today = at.month * 100 + at.day
    return on & ((today >= first) & (today <= last) if first <= last else (today >= first) | (today <= last))


def window(off_from_h: float, off_to_h: float, ratio: float = 0.0) -> Calendar:
    """The calendar of one window every night, by the clock."""
    return Calendar((Step(start=Instant(off_from_h), end=Instant(off_to_h), ratio=ratio),))


@lru_cache(maxsize=4096)
def usual_nights(lat_deg: float, lon_deg: float, departement: str, below: tuple[float, ...], year: int = 2025) -> Nights:
    """Nights of one place under several thresholds `below` [degree], rows in their order. Kept: communes come back."""
    n = len(below)
    return nights(np.full(n, lat_deg), np.full(n, lon_deg), year, np.array(below), departement)


def yearly(calendars: Sequence[Calendar], at: Nights) -> Floats:
    """Hours at full power of a year of each calendar at each place (C, N) [h]."""
    return np.stack([nightly(c, at).sum(axis=1) for c in calendars]) if calendars else np.zeros((0, len(at.dusk)))
