"""Forecast of the energy of cabinets from the sun and a year of bills.

What is billed month by month is partly prorated from readings months apart, so the seasons of the bills are flatter and later
than those of the nights: both are measured on the year at hand, all cabinets together, and each cabinet keeps its own level.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MAX_LAG = 3


class Season(msgspec.Struct, frozen=True):
    """The season of bills: 1 + amplitude (hours of `lag` months before / mean - 1). correlation: with the year at hand."""

    lag: int
    amplitude: float
    correlation: float


def fit_season(energy_kwh: Floats, days: Floats, hours: Floats) -> Season:
    """Lag and amplitude that best give the common season of cabinets.

    energy_kwh: (C, M) by month, NaN unknown; days: (M,); hours: (MAX_LAG + M,) burning hours a day, MAX_LAG months
    earlier on.
    """
    rate = energy_kwh / days
    with np.errstate(invalid="ignore", divide="ignore"):
        shape = np.nanmedian(rate / np.nanmean(rate, axis=1, keepdims=True), axis=0)
    shape = shape / shape.mean()
    best = Season(0, 0.0, -1.0)
    for lag in range(MAX_LAG + 1):
        seen = _relative(hours, lag, len(days))
        correlation = float(np.corrcoef(seen, shape)[0, 1])
        if correlation > best.correlation:
            amplitude = float(((seen - seen.mean()) * (shape - 1)).sum() / ((seen - seen.mean()) ** 2).sum())
            best = Season(lag, min(max(amplitude, 0.0), 1.2), correlation)
    return best


def _relative(hours: Floats, lag: int, months: int) -> Floats:
    seen = hours[MAX_LAG - lag : MAX_LAG - lag + months]
    return np.asarray(seen / hours.mean())


def forecast(
    season: Season, energy_kwh: Floats, days: Floats, hours: Floats, next_days: Floats, next_hours: Floats
) -> tuple[Floats, Floats, Floats]:
    """Energy of the next months [kWh] (C, N): mean, p5, p95; NaN for a cabinet without any month.

    hours, next_hours: as in `fit_season`, for the year at hand and for the months to come. The interval is the spread of the
    months at hand around the level of their cabinet, doubled because a level may change within the year.
    """
    share = 1 + season.amplitude * (_relative(hours, season.lag, len(days)) - 1)
    ahead = 1 + season.amplitude * (_relative(next_hours, season.lag, len(next_days)) - 1)
    daily = energy_kwh / days / share
    known = np.isfinite(daily).any(axis=1)
    level = np.full(len(daily), np.nan)
    level[known] = np.nanmean(daily[known], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        gaps = np.sort((daily / level[:, None])[np.isfinite(daily)])
    low, high = np.quantile(gaps, [0.05, 0.95]) if len(gaps) else (np.nan, np.nan)
    mean = level[:, None] * next_days * ahead
    return mean, mean * max(1 - 2 * (1 - low), 0.0), mean * (1 + 2 * (high - 1))
