"""What comes next for the lighting of a commune: lamps at the end of their life, and the energy of the months ahead."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.groups import Groups, summary
from jumeau.engines.lighting.bills import Bills, read_bills
from jumeau.engines.lighting.cabinets import calendar_of
from jumeau.engines.lighting.calendars import nightly, nights
from jumeau.engines.lighting.diagnose import ENERGY, INDICATORS
from jumeau.engines.lighting.facts import read_facts
from jumeau.engines.lighting.forecast import MAX_LAG, fit_season, forecast
from jumeau.engines.lighting.hours import Cell, cells_of, nights_of
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tables import conform, texts
from jumeau.model.draws import parameters
from jumeau.twin.lighting_works import Ageing, ageing_of

Floats = NDArray[np.float64]
Triple = tuple[float | None, float | None, float | None]
MONTHS, PAGE_DRAWS = 12, 64
_NONE = np.zeros((0, 0), np.int64)
NO_GROUPS = Groups((), (), np.zeros((0, 0, 0)), np.zeros((0, 0, 0)), _NONE, _NONE)


class Month(msgspec.Struct, frozen=True):
    """Energy of a month to come [kWh], mean and 90 % interval. month: `2027-03`."""

    month: str
    value: float
    low: float
    high: float


class Billed(msgspec.Struct, frozen=True, kw_only=True):
    """The forecast from the bills: cabinets with twelve months of them; lag: months by which the season of the bills follows
    the nights; correlation: of the season fitted with the bills at hand; past: those months [kWh]; months: those to come."""

    cabinets: int
    lag: int
    amplitude: float
    correlation: float
    past: list[tuple[str, float]]
    months: list[Month]


class Future(msgspec.Struct, frozen=True, kw_only=True):
    """service_y: service life by family (low, likely, high) [year]; yearly: indicators of a year (mean, p5, p95), empty
    before a diagnosis; months: energy of the twelve months ahead as modelled, empty before a diagnosis."""

    ageing: Ageing
    service_y: dict[str, tuple[float, float, float]]
    yearly: dict[str, Triple]
    months: list[Month]
    billed: Billed | None
    notes: list[str]


def future(bundle: Bundle, bills: pa.Table | None, groups: Groups | None, ctx: Context, commune: str) -> Future:
    """The future of a conformed bundle of one commune. bills: `facture_eclairage`; groups: of the latest diagnosis."""
    lights = bundle["luminaire"]
    mine = _of(groups, commune)
    laws = parameters("lighting")
    yearly = {} if mine is None else {n: summary(mine.draws[0, mine.names.index(n)]) for n in INDICATORS if n in mine.names}
    energy = None if mine is None else mine.draws[0, mine.names.index(ENERGY)]
    read = read_bills(conform({} if bills is None else {"facture_eclairage": bills}, "facture_eclairage"))
    (cell,) = cells_of([commune], lights, np.zeros(lights.num_rows, np.int64))
    start = _next(ctx.date)
    return Future(
        ageing=ageing_of(bundle, mine or NO_GROUPS, msgspec.structs.replace(ctx, draws=PAGE_DRAWS)),
        service_y={n: (p.low, p.mode, p.high) for n in ("discharge", "led") for p in [laws[f"service_life_y.{n}"]]},
        yearly=yearly,
        months=[] if energy is None or not np.isfinite(energy).all() else _months(energy, _shares(lights, cell), start),
        billed=billed(read, cell),
        notes=list(read.notes),
    )


def _of(groups: Groups | None, commune: str) -> Groups | None:
    """The groups of one commune; None without a diagnosis of it."""
    if groups is None or commune not in groups.keys:
        return None
    g = slice(groups.keys.index(commune), groups.keys.index(commune) + 1)
    parts = (groups.draws[g], groups.shares[g], groups.known[g], groups.unknown[g])
    return Groups((commune,), groups.names, *parts)


def _shares(lights: pa.Table, cell: Cell) -> Floats:
    """Share of the yearly hours at full power in each month (12,), over the calendars of the luminaires in service."""
    facts = read_facts(lights)
    night, steps = texts(lights, "night_profile"), texts(lights, "dimming_steps")
    kinds = zip(facts.setting.tolist(), night.tolist(), steps.tolist(), facts.removed.tolist(), strict=True)
    count = Counter((s, a, b) for s, a, b, gone in kinds if not gone)
    at = nights_of(cell)
    total = np.zeros(MONTHS)
    for (setting, a, b), number in count.items():
        hours = nightly(calendar_of(facts, setting, (a or None, b or None)), at)[len(at.dusk) // 2]
        total += number * np.bincount(at.month - 1, hours, MONTHS)
    return total / total.sum() if total.sum() > 0 else np.full(MONTHS, 1 / MONTHS)


def _months(energy: Floats, shares: Floats, start: dt.date) -> list[Month]:
    out = []
    for k in range(MONTHS):
        day = _later(start, k)
        value, low, high = summary(energy * shares[day.month - 1])
        if value is not None and low is not None and high is not None:
            out.append(Month(f"{day:%Y-%m}", round(value, 1), round(low, 1), round(high, 1)))
    return out


def billed(read: Bills, cell: Cell) -> Billed | None:
    """The forecast of the months after the bills; None without a cabinet billed over twelve months.

    The interval of the total takes the gaps of all cabinets the same way at once: it is wide rather than narrow.
    """
    energy, first = monthly(read)
    known = np.isfinite(energy).all(axis=1)
    if not known.any():
        return None
    energy = energy[known]
    past, ahead = [_later(first, k) for k in range(MONTHS)], [_later(first, MONTHS + k) for k in range(MONTHS)]
    hours = _daily_hours(cell, [_later(first, k - MAX_LAG) for k in range(MAX_LAG + 2 * MONTHS)])
    days, next_days = (np.array([_length(d) for d in months], np.float64) for months in (past, ahead))
    season = fit_season(energy, days, hours[: MAX_LAG + MONTHS])
    found = forecast(season, energy, days, hours[: MAX_LAG + MONTHS], next_days, hours[MONTHS:])
    mean, low, high = (np.nansum(x, axis=0) for x in found)
    return Billed(
        cabinets=len(energy),
        lag=season.lag,
        amplitude=round(season.amplitude, 2),
        correlation=round(season.correlation, 2),
        past=[(f"{d:%Y-%m}", round(float(x), 1)) for d, x in zip(past, energy.sum(axis=0), strict=True)],
        months=[
            Month(f"{d:%Y-%m}", round(float(a), 1), round(float(b), 1), round(float(c), 1))
            for d, a, b, c in zip(ahead, mean, low, high, strict=True)
        ],
    )


def monthly(read: Bills) -> tuple[Floats, dt.date]:
    """Energy of the twelve whole months before the usual last bill [kWh] (C, 12), NaN for unbilled days; and the first one.

    A bill that runs over several months gives each its share of days.
    """
    if not len(read.cabinet):
        return np.zeros((0, MONTHS)), dt.date(2000, 1, 1)
    names, row = np.unique(read.cabinet, return_inverse=True)
    ends = np.zeros(len(names), np.int64)
    np.maximum.at(ends, row, read.end)
    last = dt.date(1970, 1, 1) + dt.timedelta(int(np.median(ends)) + 1)
    first = _later(last.replace(day=1), -MONTHS)
    origin = (first - dt.date(1970, 1, 1)).days
    lengths = [_length(_later(first, k)) for k in range(MONTHS)]
    daily = np.full((len(names), sum(lengths)), np.nan)
    for i, c in enumerate(row):
        a, b = max(int(read.start[i]) - origin, 0), min(int(read.end[i]) + 1 - origin, daily.shape[1])
        if b > a:
            daily[c, a:b] = read.energy_kwh[i] / read.days[i]
    return np.add.reduceat(daily, np.r_[0, np.cumsum(lengths)[:-1]], axis=1), first


def _daily_hours(cell: Cell, months: list[dt.date]) -> Floats:
    """Mean hours of night a day in each month [h]."""
    below = np.array([parameters("lighting")["switch_below_deg"].mode])
    place = np.array([cell.lat]), np.array([cell.lon])
    kept: Mapping[int, Floats] = {
        year: np.bincount(at.month - 1, at.lengths[0], MONTHS) / np.bincount(at.month - 1, minlength=MONTHS)
        for year in sorted({m.year for m in months})
        for at in [nights(*place, year, below, cell.departement)]
    }
    return np.array([kept[m.year][m.month - 1] for m in months])


def _later(day: dt.date, months: int) -> dt.date:
    """The first day of the month `months` after that of `day`."""
    whole = day.year * 12 + day.month - 1 + months
    return dt.date(whole // 12, whole % 12 + 1, 1)


def _next(day: dt.date) -> dt.date:
    return _later(day, 1)


def _length(day: dt.date) -> int:
    return (_later(day, 1) - day).days
