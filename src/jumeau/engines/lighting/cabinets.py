"""The sheet of each cabinet: what the model says it takes, what its bills say, which story explains the gap, which
contract."""

import datetime as dt
from collections import defaultdict

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.lighting.attach import attach
from jumeau.engines.lighting.bills import ESTIMATED, FLAT_RATE, READINGS, Bills, read_bills
from jumeau.engines.lighting.calendars import Calendar, nightly, nights, window
from jumeau.engines.lighting.contracts import advise
from jumeau.engines.lighting.facts import REGIMES, Facts, read_facts
from jumeau.engines.lighting.hours import Cell, cells_of
from jumeau.engines.lighting.made import OFF_FROM_H, OFF_TO_H
from jumeau.engines.lighting.physics import shared, system_power
from jumeau.engines.lighting.presence import usual
from jumeau.engines.lighting.profiles import read_profile
from jumeau.engines.lighting.reconcile import BY_DAY, CUT_MISSING, STORIES, Posterior, Readings, reconcile
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tables import conform, floats, texts
from jumeau.engines.tally import Draws
from jumeau.kernels.draws import hash_ids
from jumeau.model.draws import parameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CHUNK = 512
YEAR_DAYS, ENOUGH_DAYS = 365.25, 300
USUAL_DIMMING = 0.5


class Period(msgspec.Struct, frozen=True):
    """One bill: first and last day, billed and modelled energy [kWh], and whether it was read on the meter."""

    start: dt.date
    end: dt.date
    billed_kwh: float
    modelled_kwh: float
    read: bool


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One cabinet. power_w, found_w: (mean, p5, p95) of the power of its luminaires before and after its bills [W];
    yearly_kwh: (mean, p5, p95) of a year as modelled; stories: probability of each story; waste_kwh: energy a year that the
    likeliest story
    burns for nothing, None where it burns none; gap: billed over modelled, None without bill; confidence: mean of the
    attachments; saving_eur: (low, likely, high) a year with the contract advised, None where the present one is not known."""

    id: str
    code: str
    commune: str
    luminaires: int
    confidence: float
    power_w: tuple[float, float, float]
    found_w: tuple[float, float, float]
    yearly_kwh: tuple[float, float, float]
    periods: tuple[Period, ...]
    stories: dict[str, float]
    story: str
    waste_kwh: tuple[float, float, float] | None
    gap: float | None
    option: str
    subscribed_kva: float | None
    advised_option: str
    advised_kva: float
    saving_eur: tuple[float, float, float] | None


class Sheets(msgspec.Struct, frozen=True):
    """Sheets of cabinets, luminaires no cabinet could be found for, and what was set aside in the bills."""

    sheets: list[Sheet]
    alone: int
    notes: tuple[str, ...]


def cabinet_sheets(bundle: Bundle, bills: pa.Table | None, ctx: Context) -> Sheets:
    """Sheets of the cabinets of a conformed bundle, in its order. bills: `facture_eclairage`, None without any."""
    lights, cabinets = bundle["luminaire"], bundle["armoire"]
    if not cabinets.num_rows:
        return Sheets([], lights.num_rows, ())
    found = attach(lights, cabinets, bundle.get("circuit"))
    facts, draw = read_facts(lights), Draws(ctx, "lighting")
    power, energy = _totals(facts, found.cabinet, lights, cabinets.num_rows, draw)
    read = read_bills(conform({} if bills is None else {"facture_eclairage": bills}, "facture_eclairage"))
    readings, kept = _readings(read, lights, facts, found.cabinet, cabinets)
    prior = np.stack([power.mean(axis=1), power.std(axis=1)], axis=1)
    post = reconcile(prior, readings)
    return Sheets(
        _sheets(bundle, (power, energy), (read, readings, kept), post, found.confidence, found.cabinet, ctx),
        int((found.cabinet < 0).sum()),
        read.notes,
    )


def _totals(facts: Facts, cabinet: Ints, lights: pa.Table, count: int, draw: Draws) -> tuple[Floats, Floats]:
    """Draws of the power [W] and of the yearly energy [kWh] of each cabinet (C, D)."""
    common, ids = shared(facts.settings, draw), hash_ids(lights["id"])
    power, energy = np.zeros((count, draw.ctx.draws)), np.zeros((count, draw.ctx.draws))
    rows = np.flatnonzero(cabinet >= 0)
    for first in range(0, len(rows), CHUNK):
        part = rows[first : first + CHUNK]
        mine = system_power(facts, part, ids, common, draw)
        np.add.at(power, cabinet[part], mine)
        np.add.at(energy, cabinet[part], mine * common.hours[facts.setting[part]] / 1000)
    return power, energy


def calendar_of(facts: Facts, setting: int, written: tuple[str | None, str | None] = (None, None)) -> Calendar:
    """The likely calendar of a setting: what is written, else its regime, else the whole night."""
    given = read_profile(*written)
    s = facts.settings
    regime = int(s.regime[setting])
    name = REGIMES[regime] if regime < len(REGIMES) else ""
    if given is not None:
        return given
    start, end = float(s.window[setting, 0]), float(s.window[setting, 1])
    start, end = (OFF_FROM_H, OFF_TO_H) if np.isnan(start) or np.isnan(end) else (start, end)
    kept = float(s.dimming[setting])
    kept = USUAL_DIMMING if np.isnan(kept) else kept
    shares = {"coupure": 0.0, "abaissement": kept}
    if name == "detection":
        return window(12.0, 11.99, round(usual(s.by_hour[setting], int(s.road[setting])), 4))
    return window(start, end, shares[name]) if name in shares else Calendar()


class _Nightly:
    """Hours of each night of the years of the bills, by cell and calendar, kept as running sums."""

    def __init__(self, first: int, last: int) -> None:
        self.years = range(first, last + 1)
        self.origin = (dt.date(first, 1, 1) - dt.date(1970, 1, 1)).days
        self.below = np.array([parameters("lighting")["switch_below_deg"].mode])
        self._kept: dict[tuple[Cell, Calendar], Floats] = {}

    def sums(self, cell: Cell, calendar: Calendar) -> Floats:
        """Hours before each day, from the first day of the first year."""
        key = (cell, calendar)
        if key not in self._kept:
            lat, lon = np.array([cell.lat]), np.array([cell.lon])
            hours = [nightly(calendar, nights(lat, lon, y, self.below, cell.departement))[0] for y in self.years]
            self._kept[key] = np.r_[0.0, np.cumsum(np.concatenate(hours))]
        return self._kept[key]


def _readings(
    read: Bills, lights: pa.Table, facts: Facts, cabinet: Ints, cabinets: pa.Table
) -> tuple[Readings, Ints]:  # fmt: skip
    """Bills of known cabinets with their hours, and the row of each in `read`."""
    codes = texts(cabinets, "code").astype(str)
    place = {code: i for i, code in reversed(list(enumerate(codes))) if code}
    row = np.array([place.get(str(name), -1) for name in read.cabinet], np.int64)
    kept = np.flatnonzero(row >= 0)
    if not len(kept):
        none = np.zeros(0)
        return Readings(np.zeros(0, np.int64), *(none,) * 6, np.zeros(0, bool)), kept
    first, last = (1970 + int(v // 365.2425) for v in (read.start[kept].min(), read.end[kept].max()))
    made = _Nightly(first - 1, last + 1)
    weights = _weights(facts, cabinet, lights)
    names, commune = np.unique(texts(cabinets, "commune").astype(str), return_inverse=True)
    cells = cells_of(names, cabinets, commune)
    said, full, cut = np.zeros(len(kept)), np.zeros(len(kept)), np.zeros(len(kept))
    for i, bill in enumerate(kept):
        c = row[bill]
        cell = cells[commune[c]]
        a, b = int(read.start[bill]) - made.origin, int(read.end[bill]) + 1 - made.origin
        whole, half = (made.sums(cell, k) for k in (Calendar(), window(OFF_FROM_H, OFF_TO_H)))
        full[i], cut[i] = whole[b] - whole[a], half[b] - half[a]
        shares = weights.get(int(c), {Calendar(): 1.0})
        said[i] = sum(w * (made.sums(cell, k)[b] - made.sums(cell, k)[a]) for k, w in shares.items())
    days = read.days[kept].astype(np.float64)
    start = np.full(cabinets.num_rows, np.inf)
    np.minimum.at(start, row[kept], read.start[kept].astype(np.float64))
    year = ((read.start[kept] + read.end[kept]) / 2 - start[row[kept]]) / 365.2425
    guess = np.isin(read.reading[kept], [READINGS.index(ESTIMATED), READINGS.index(FLAT_RATE)])
    return Readings(row[kept], read.energy_kwh[kept], said, full, cut, 24 * days - full, year, guess), kept


def _weights(facts: Facts, cabinet: Ints, lights: pa.Table) -> dict[int, dict[Calendar, float]]:
    """Share of the luminaires of each cabinet on each calendar."""
    night, steps = texts(lights, "night_profile"), texts(lights, "dimming_steps")
    kinds: dict[tuple[int, str, str], Calendar] = {}
    counts: dict[int, dict[Calendar, float]] = defaultdict(lambda: defaultdict(float))
    for i in np.flatnonzero((cabinet >= 0) & ~facts.removed):
        key = (int(facts.setting[i]), str(night[i]), str(steps[i]))
        if key not in kinds:
            kinds[key] = calendar_of(facts, key[0], (key[1] or None, key[2] or None))
        counts[int(cabinet[i])][kinds[key]] += 1.0
    return {c: {k: v / sum(mine.values()) for k, v in mine.items()} for c, mine in counts.items()}


def _sheets(
    bundle: Bundle, draws: tuple[Floats, Floats], billed: tuple[Bills, Readings, Ints], post: Posterior,
    confidence: Floats, cabinet: Ints, ctx: Context,
) -> list[Sheet]:  # fmt: skip
    cabinets, (power, energy), (read, readings, kept) = bundle["armoire"], draws, billed
    kva, code = floats(cabinets, "subscribed_power_kva"), texts(cabinets, "code")
    high = np.maximum(post.power_w[:, 2], 1.0)
    option = [str(x) for x in texts(cabinets, "tariff_option")]
    days = np.bincount(readings.cabinet, read.days[kept], cabinets.num_rows)
    seen_kwh = np.bincount(readings.cabinet, readings.energy_kwh, cabinets.num_rows) / np.maximum(days, 1) * YEAR_DAYS
    yearly_kwh = np.where(days > ENOUGH_DAYS, seen_kwh, energy.mean(axis=1))
    advice = advise(option, kva, high, yearly_kwh, ctx.date)
    periods: dict[int, list[Period]] = defaultdict(list)
    for i, bill in enumerate(kept):
        c = int(readings.cabinet[i])
        modelled = power[c].mean() * readings.said_h[i] / 1000
        periods[c].append(
            Period(
                _day(read.start[bill]), _day(read.end[bill]), round(float(readings.energy_kwh[i]), 1),
                round(float(modelled), 1), not bool(readings.estimated[i]),
            )
        )  # fmt: skip
    hours = {n: np.bincount(readings.cabinet, getattr(readings, n), cabinets.num_rows) for n in ("said_h", "full_h", "day_h")}
    out = []
    for c in range(cabinets.num_rows):
        mine = cabinet == c
        yearly = {n: float(v[c] / days[c] * YEAR_DAYS) if days[c] else 0.0 for n, v in hours.items()}
        out.append(
            Sheet(
                id=cabinets["id"][c].as_py(), code=str(code[c]), commune=str(texts(cabinets, "commune")[c]),
                luminaires=int(mine.sum()), confidence=round(float(confidence[mine].mean()), 2) if mine.any() else 0.0,
                power_w=_three(power[c]), found_w=_rounded(post.power_w[c]), yearly_kwh=_three(energy[c]),
                periods=tuple(periods[c]), stories={s: round(float(p), 3) for s, p in zip(STORIES, post.stories[c],
                strict=True)},
                story=post.best[c] if post.bills[c] else "", waste_kwh=_waste(post, c, yearly) if post.bills[c] else None,
                gap=round(float(post.gap[c]), 3) if np.isfinite(post.gap[c]) else None,
                option=option[c], subscribed_kva=float(kva[c]) if np.isfinite(kva[c]) else None,
                advised_option=advice.option[c], advised_kva=float(advice.kva[c]),
                saving_eur=_rounded(advice.saving_eur[c]) if np.isfinite(advice.saving_eur[c]).all() else None,
            )
        )  # fmt: skip
    return out


def _waste(post: Posterior, c: int, yearly: dict[str, float]) -> tuple[float, float, float] | None:
    """Energy burnt for nothing in a year [kWh] under the likeliest story."""
    if post.best[c] == BY_DAY:
        return _rounded(np.maximum(post.extra_w[c], 0) * yearly["day_h"] / 1000)
    if post.best[c] == CUT_MISSING:
        return _rounded(post.power_w[c] * (yearly["full_h"] - yearly["said_h"]) / 1000)
    return None


def _three(draws: Floats) -> tuple[float, float, float]:
    return _rounded(np.r_[draws.mean(), np.quantile(draws, [0.05, 0.95])])


def _rounded(values: Floats) -> tuple[float, float, float]:
    a, b, c = (round(float(v), 1) for v in values)
    return a, b, c


def _day(days: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(int(days))
