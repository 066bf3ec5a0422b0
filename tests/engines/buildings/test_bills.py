"""Signatures of many meters at once: known truths come out, what is not certain is not said (opendsm: bench/bills.py)."""

import numpy as np
import pytest

from jumeau.engines.buildings.bills import BALANCES, degree_days, drift, expected, fit, nights, quick_actions
from jumeau.engines.buildings.signatures import by_meter

DAYS = 10 - 9 * np.cos(np.arange(1096) / 365.25 * 2 * np.pi) + np.random.default_rng(0).normal(0, 3, 1096)
START, LENGTH = np.arange(36) * 30, np.full(36, 30)
COLD = degree_days(DAYS, START, LENGTH)
RNG = np.random.default_rng(1)


def truth(m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    base, slope, at = RNG.uniform(5, 50, m), RNG.uniform(2, 15, m), RNG.integers(8, 22, m)
    use = base[:, None] + slope[:, None] * COLD[:, at].T
    return base, slope, BALANCES[at], use * np.exp(0.03 * RNG.normal(size=use.shape))


def test_known_signatures_come_out() -> None:
    base, slope, balance, use = truth(300)
    found = fit(use, COLD, LENGTH.astype(float))
    assert np.abs(found.balance - balance).mean() < 0.5
    assert np.median(np.abs(found.slope / slope - 1)) < 0.04
    assert np.median(np.abs(found.base / base - 1)) < 0.06
    assert (found.r2 > 0.95).mean() > 0.95
    assert np.nanmax(np.abs(expected(found, COLD) / use - 1)) < 0.3


def test_batch_equals_one_by_one_and_own_periods() -> None:
    _, _, _, use = truth(20)
    use[3, 5:9] = np.nan
    whole = fit(use, COLD, LENGTH.astype(float))
    apart = fit(use, np.broadcast_to(COLD, (20, *COLD.shape)), np.broadcast_to(LENGTH.astype(float), use.shape))
    one = fit(use[3:4], COLD, LENGTH.astype(float))
    assert whole.slope == pytest.approx(apart.slope)
    assert whole.slope[3] == pytest.approx(one.slope[0])
    assert whole.periods[3] == 32


def test_no_heating_is_said_and_few_bills_say_nothing() -> None:
    use = np.vstack([20 + RNG.normal(0, 1, 36), np.where(np.arange(36) < 4, 20.0, np.nan)])
    found = fit(use, COLD, LENGTH.astype(float))
    assert found.slope[0] == 0
    assert np.isnan(found.balance[0])
    assert np.isnan(found.base[1])
    assert quick_actions(found, None, None) == [["no_heating_seen"], []]


def test_drift_is_found_whatever_the_weather_and_seldom_where_there_is_none() -> None:
    _, _, _, use = truth(400)
    use[:200, 24:] *= 1.2
    before = fit(use[:, :24], COLD[:24], LENGTH[:24].astype(float))
    moved = drift(before, use[:, 24:], COLD[24:], LENGTH[24:].astype(float))
    assert moved.alert[:200].mean() > 0.95
    assert moved.alert[200:].mean() < 0.02
    inside = (moved.low[200:] <= 1) & (moved.high[200:] >= 1)
    assert 0.8 < inside.mean() <= 1


def test_heating_an_empty_school_is_seen_in_its_load_curve() -> None:
    hours = np.arange(24 * 120)
    there = (hours % 24 >= 8) & (hours % 24 < 18)
    outdoor = np.repeat(10 - 8 * np.cos(np.arange(120) / 58), 24)
    need = np.maximum(15 - outdoor, 0)
    load = np.stack([5 + need, 5 * there + need * there + 0.3])
    found = nights(load, outdoor, there)
    assert found.night_heating[0] == pytest.approx(14 / 24, abs=0.02)
    assert found.night_heating[1] < 0.05
    assert found.floor_share[0] > 0.6
    assert found.floor_share[1] < 0.1


def test_bills_with_their_own_dates() -> None:
    rows = [("a", 31 * i, 31, 31 * (10 + 4 * max(0.0, 15 - DAYS[31 * i : 31 * i + 31].mean()))) for i in range(35)]
    rows += [("b", 60 * i, 60, 600.0) for i in range(10)] + [("c", 5000, 30, 100.0)]
    found = {r["meter"]: r for r in by_meter(rows, DAYS)}
    assert found["a"]["slope_kwh_day_k"] == pytest.approx(4, rel=0.15)
    assert found["a"]["drift"] == pytest.approx(1, abs=0.08)
    assert found["b"]["slope_kwh_day_k"] == 0
    assert found["c"]["base_kwh_day"] is None
    assert by_meter([], DAYS) == []
