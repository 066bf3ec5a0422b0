"""Cabinets watched: simulated weeks with a known event, and none."""

import numpy as np
import pytest

from jumeau.errors import InputError
from jumeau.live.lighting import Measures, alerts, power_of

STEP = 600.0
START = 1_760_000_000.0 // 86_400 * 86_400 + 43_200


def week(nights: int = 30, seed: int = 0, noise: float = 0.01) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    at = START + np.arange(0, nights * 86_400, STEP)
    hour = (at % 86_400) / 3600
    lit = (hour >= 18) | (hour < 6)
    expected = np.where(lit, 2000.0, 0.0)
    rng = np.random.default_rng(seed)
    return at, expected * 1.08 * (1 + noise * rng.standard_normal(len(at))), expected, lit


def kinds(at, power, expected, lit, later: float = 3600.0) -> list[str]:
    return [a.kind for a in alerts(Measures(at, power, expected, lit), float(at[-1]) + later)]


@pytest.mark.parametrize("seed", range(20))
def test_a_quiet_month_rings_nothing_even_when_the_model_is_wrong_by_a_constant(seed: int) -> None:
    assert kinds(*week(seed=seed)) == []


def test_a_lamp_out_is_seen_with_its_power_and_its_night() -> None:
    at, power, expected, lit = week()
    since = START + 25 * 86_400
    power = np.where(at >= since, power * 0.9, power)
    found = alerts(Measures(at, power, expected, lit), float(at[-1]))
    assert [a.kind for a in found] == ["lampe_eteinte"]
    assert found[0].value == pytest.approx(216, rel=0.1)
    assert found[0].since == pytest.approx(since, abs=86_400)
    assert kinds(at, np.where(at >= START + 29 * 86_400, power * 0.8, power), expected, lit) != []
    one_night = np.where((at >= START + 20 * 86_400) & (at < START + 21 * 86_400), week()[1] * 0.8, week()[1])
    assert kinds(at, one_night, expected, lit) == []


def test_lamps_burning_by_day_a_dead_cabinet_and_a_silent_one() -> None:
    at, power, expected, lit = week()
    burning = np.where(at >= START + 28 * 86_400, np.maximum(power, 1500.0), power)
    found = alerts(Measures(at, burning, expected, lit), float(at[-1]))
    assert "allumage_jour" in [a.kind for a in found]
    assert kinds(at, np.where(at >= START + 26 * 86_400, 0.0, power), expected, lit) == ["armoire_eteinte"]
    assert kinds(at, power, expected, lit, later=5 * 86_400) == ["muet"]
    none = np.zeros(0)
    assert kinds_of_nothing(none) == ["muet"]


def kinds_of_nothing(none: np.ndarray) -> list[str]:
    return [a.kind for a in alerts(Measures(none, none, none, none.astype(bool)), START)]


def test_a_clock_an_hour_early_is_a_shift_and_not_a_fault_of_lamps() -> None:
    at, _, expected, lit = week()
    hour = (at % 86_400) / 3600
    early = np.where((hour >= 17) | (hour < 7), 2160.0, 0.0)
    found = alerts(Measures(at, early, expected, lit), float(at[-1]))
    assert "decalage" in [a.kind for a in found]
    assert {a.kind: a for a in found}["decalage"].value == pytest.approx(1.0, abs=0.2)


def test_power_comes_from_watts_from_steps_and_from_an_index() -> None:
    at = np.arange(0, 10) * 1800.0
    assert power_of(at, np.full(10, 2.0), "kW")[1].tolist() == [2000.0] * 10
    assert power_of(at, np.full(10, 1.0), "kWh")[1].tolist() == [2000.0] * 9
    assert power_of(at, 5000 + np.arange(10.0), "kWh")[1].tolist() == [2000.0] * 9
    shuffled = np.r_[at[5:], at[:5]]
    assert np.array_equal(power_of(shuffled, np.full(10, 7.0), "W")[0], at)
    assert len(power_of(at, np.r_[np.nan, np.full(9, 1.0)], "W")[0]) == 9
    with pytest.raises(InputError, match="unité"):
        power_of(at, at, "lux")
    with pytest.raises(InputError, match="longueur"):
        alerts(Measures(at, at[:3], at, at > 0), 0.0)
