"""Béthune: 128 cabinets billed month by month, fitted on 2017 and judged on 2018."""

import csv
import datetime as dt

import numpy as np
import pytest

from jumeau.engines.lighting.calendars import nights
from jumeau.engines.lighting.forecast import MAX_LAG, fit_season, forecast

pytestmark = pytest.mark.data
LAT, LON = np.array([50.53]), np.array([2.64])


def monthly_hours(year: int) -> np.ndarray:
    at = nights(LAT, LON, year, np.array([-3.3]))
    return np.bincount(at.month - 1, at.lengths[0]) / np.bincount(at.month - 1)


@pytest.fixture(scope="module")
def bethune(data_dir) -> np.ndarray:
    with (data_dir / "eclairage/bethune-62-conso-armoires/eclairage-public-2017-2018.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = sorted({r["BatimentOuRue"] for r in rows})
    out = np.full((len(names), 24), np.nan)
    for r in rows:
        day = dt.date.fromisoformat(r["Date"])
        out[names.index(r["BatimentOuRue"]), (day.year - 2017) * 12 + day.month - 1] = float(r["Consommation"])
    return out


HOURS = np.concatenate([monthly_hours(y) for y in (2016, 2017, 2018)])
DAYS = np.array(
    [(dt.date(y + m // 12, m % 12 + 1, 1) - dt.date(y, m, 1)).days for y in (2017, 2018) for m in range(1, 13)], float
)


def test_bills_follow_the_length_of_the_nights_a_month_late_and_flattened(bethune) -> None:
    season = fit_season(bethune[:, :12], DAYS[:12], HOURS[12 - MAX_LAG : 24])
    assert season.correlation > 0.9
    assert season.lag == 1
    assert 0.25 < season.amplitude < 0.7


def test_the_forecast_of_2018_beats_the_same_month_of_2017(bethune) -> None:
    past, truth = bethune[:, :12], bethune[:, 12:]
    season = fit_season(past, DAYS[:12], HOURS[12 - MAX_LAG : 24])
    mean, low, high = forecast(season, past, DAYS[:12], HOURS[12 - MAX_LAG : 24], DAYS[12:], HOURS[24 - MAX_LAG : 36])
    known = np.isfinite(mean) & np.isfinite(truth) & np.isfinite(past).all(axis=1)[:, None]
    ours, naive = (np.abs(x - truth)[known] for x in (mean, past))
    assert known.sum() > 1300
    assert ours.sum() / truth[known].sum() < 0.24 < 0.29 < naive.sum() / truth[known].sum()
    assert np.median(ours / np.maximum(truth[known], 1)) < 0.09 < np.median(naive / np.maximum(truth[known], 1))
    town = np.isfinite(mean).all(axis=1) & np.isfinite(truth).all(axis=1) & np.isfinite(past).all(axis=1)
    assert np.abs(mean[town].sum(0) - truth[town].sum(0)).sum() < np.abs(past[town].sum(0) - truth[town].sum(0)).sum()
    inside = ((low <= truth) & (truth <= high))[known].mean()
    assert 0.8 < inside < 0.97
