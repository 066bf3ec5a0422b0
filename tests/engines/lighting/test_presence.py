"""Presence detection: against a simulation of passages, by kind of road, and in the diagnosis."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.lighting import engine
from jumeau.engines.lighting.presence import ROADS, at_full, profile, roads
from jumeau.engines.protocol import Context
from jumeau.engines.tables import conform

CTX = Context(date=date(2026, 1, 1))


def test_the_share_at_full_is_that_of_simulated_passages() -> None:
    rng = np.random.default_rng(4)
    for per_day, hold in ((150.0, 120.0), (2000.0, 60.0)):
        rate = per_day * profile()[21] / 3600
        seconds = 30_000_000.0
        when = np.sort(rng.uniform(0, seconds, rng.poisson(rate * seconds)))
        lit = np.minimum(np.diff(np.append(when, seconds)), hold).sum() / seconds
        assert at_full(per_day, hold)[21] == pytest.approx(lit, rel=0.03)


def test_the_night_carries_the_small_share_of_the_traffic_that_counts_say() -> None:
    # Counts give 6 to 8 % of the traffic of a day between 22 h and 6 h.
    assert profile().sum() == pytest.approx(1.0)
    assert 0.055 < profile()[[22, 23, 0, 1, 2, 3, 4, 5]].sum() < 0.085


def test_kinds_of_road_come_from_the_class() -> None:
    table = conform({"luminaire": pa.table({"id": list("abcde"), "road_class": ["P6", "P3", "M6", "M3", None]})}, "luminaire")
    assert [ROADS[i] for i in roads(table)] == ["sentier", "desserte", "liaison", "axe", "inconnue"]


def energy(**columns: object) -> tuple[float, float, float]:
    table = {"id": ["p"], "commune": ["34172"], "system_power_w": [100.0], "lamp_technology": ["led"]}
    bundle = engine().inventory({"luminaire": pa.table(table | {k: [v] for k, v in columns.items()})}, "34172")
    draws = engine().diagnose(bundle, CTX).groups.draws[0, 0]
    return float(draws.mean()), *(float(x) for x in np.quantile(draws, [0.05, 0.95]))


def test_a_quiet_path_saves_more_than_a_busy_road() -> None:
    whole = energy(regime="permanent")[0]
    found = {name: energy(regime="detection", road_class=name)[0] / whole for name in ("P6", "P3", "M6", "M2")}
    assert found["P6"] < found["P3"] < found["M6"] < found["M2"]
    assert 0.2 < found["P6"] < 0.45
    assert found["M2"] > 0.6
    value, low, high = energy(regime="detection")
    assert low < value < high
    assert (high - low) / value > 0.3
