"""A stock hour by hour: sun, shade, people, climate, plants; and the seasonal method, a second way to the same heat."""

from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from tests.engines.buildings.test_outside import bd_topo

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.choices import FIELD
from jumeau.engines.buildings.energy import use_of
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.hourly import plant, profiles
from jumeau.engines.buildings.hourly.climate import comfort_limit, warmed
from jumeau.engines.buildings.hourly.curve import curve
from jumeau.engines.buildings.hourly.stock import hourly_table, simulate_stock
from jumeau.engines.buildings.stock import stock
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws
from jumeau.errors import InputError
from jumeau.model.weather import HOURS, Weather
from jumeau.sources.epw import read_epw

CTX = Context(date=date(2026, 11, 1), seed=3, draws=16)


@pytest.fixture(scope="module")
def mild() -> Weather:
    """A made-up year: a cold winter, a warm summer, clear days."""
    h = np.arange(HOURS)
    day = 2 * np.pi * (h / 24 - 200) / 365
    up = np.maximum(0, np.sin((h % 24 - 6) / 12 * np.pi))
    return Weather(
        outdoor=12 + 10 * np.cos(day) + 4 * np.sin((h % 24 - 9) / 12 * np.pi), direct=500 * up, diffuse=120 * up,
        sky=np.full(HOURS, 320.0), wind=np.full(HOURS, 3.0), latitude=45.7, longitude=4.9, hours_east=1.0, altitude=200.0,
        source="essai",
    )  # fmt: skip


def test_schools_are_empty_in_august_and_dwellings_never() -> None:
    school, home = profiles.PROFILES["enseignement"], profiles.PROFILES["residentiel"]
    assert not profiles.presence(school)[24 * 215 : 24 * 240].any()
    assert 0.1 < profiles.presence(school).mean() < 0.25
    assert profiles.presence(home).all()
    full, idle = profiles.shares(profiles.presence(school), 0.2)
    there = profiles.presence(school).mean()
    assert there * full + (1 - there) * idle == pytest.approx(1)


def test_warmer_years_are_stated_steps(mild: Weather) -> None:
    later = warmed(mild, "tracc_2050")
    assert later.outdoor.mean() - mild.outdoor.mean() == pytest.approx(1.3)
    assert "TRACC 2050" in later.source
    assert warmed(mild, "actuel") is mild
    with pytest.raises(InputError, match="tracc_2050"):
        warmed(mild, "demain")
    assert 25 <= comfort_limit(mild).min() <= comfort_limit(mild).max() <= 31.7


def test_heat_pumps_and_solar_roofs(mild: Weather) -> None:
    cop = plant.heat_pump_cop(np.array([-10.0, 7.0, 15.0]))
    assert cop[0] < cop[1] < cop[2]
    assert 2.0 < plant.heat_pump_cop(np.array([7.0]), 35.0)[0] < 5.5
    assert plant.part_load(np.array([0.1, 1.0])).tolist() == [pytest.approx(0.526, abs=0.01), 1.0]
    heat = np.array([[0.0], [5.0], [10.0]])
    used = plant.electricity_of_heat_pump(heat, np.array([10.0, 5.0, -5.0]), 10.0)
    assert used[0] == 0
    assert (used[1:] < heat[1:]).all()
    made = plant.solar_yield(mild)
    assert 900 < made.sum() < 2200
    assert plant.self_consumed(made, np.zeros(HOURS)) == 0
    assert plant.self_consumed(made, made) == pytest.approx(1)


def test_hourly_stock_keeps_what_is_unknown_unknown(small: Bundle, mild: Weather) -> None:
    found = simulate_stock(small, mild, CTX)
    rows = {r["id"]: r for r in hourly_table(small, found).to_pylist()}
    by_name = dict(zip(small["batiment"]["nom"].to_pylist(), small["batiment"]["id"].to_pylist(), strict=True))
    assert rows[by_name["église"]]["heat_need_kwh"] is None
    school = rows[by_name["école"]]
    assert school["heat_need_kwh_low"] < school["heat_need_kwh"] < school["heat_need_kwh_high"]
    warm = simulate_stock(small, warmed(mild, "tracc_2100"), CTX)
    assert warm.heat.sum() < found.heat.sum()
    assert warm.discomfort.sum() > found.discomfort.sum()
    assert found.months[:, [0, 11]].sum() > 20 * found.months[:, [6, 7]].sum()


def test_the_curve_of_a_building_adds_up_to_its_year(small: Bundle, mild: Weather) -> None:
    ids = dict(zip(small["batiment"]["nom"].to_pylist(), small["batiment"]["id"].to_pylist(), strict=True))
    found = curve(small, ids["école"], mild, CTX)
    assert found is not None
    year = simulate_stock(small, mild, CTX)
    rows = small["batiment"]["id"].to_pylist()
    at = year.rows.tolist().index(rows.index(ids["école"]))
    assert found.heat_kwh[0] == pytest.approx(year.heat[at].mean(), rel=1e-6)
    assert found.hours.num_rows == HOURS
    assert 2 < found.cop < 5
    assert found.solar_kw_peak == pytest.approx(60, rel=0.01)
    assert 0 < found.self_consumed < 1
    hours = {n: found.hours[n].to_numpy() for n in ("final_heat_kw", "water_kw", "heat_kw", "electricity_kw")}
    assert hours["water_kw"].sum() == pytest.approx(found.water_kwh, rel=0.05)
    assert hours["final_heat_kw"].sum() == pytest.approx(found.final_kwh[0], rel=0.01)
    assert found.final_kwh[0] > 1.05 * found.heat_kwh[0]  # a gas boiler
    assert curve(small, ids["église"], mild, CTX) is None
    assert curve(small, "absent", mild, CTX) is None


def test_a_plant_at_low_load_asks_for_more_and_keeps_its_year() -> None:
    heat = np.array([[1.0], [2.0], [10.0], [0.0]])
    burnt = plant.final_heat(heat, np.zeros(4), np.array([0.8]), np.array([False]))
    assert burnt.sum() == pytest.approx(heat.sum() / 0.8)
    assert burnt[0, 0] / heat[0, 0] > burnt[2, 0] / heat[2, 0]
    pumped = plant.final_heat(heat, np.array([-5.0, -5.0, 10.0, 10.0]), np.array([0.8]), np.array([True]))
    assert pumped[1, 0] / heat[1, 0] > pumped[2, 0] / heat[2, 0]
    assert pumped.sum() < heat.sum() / 2
    for home in (True, False):
        shares = plant.water_shares(profiles.presence(profiles.PROFILES["bureau"]), home=home)
        assert shares.sum() == pytest.approx(1)


def test_a_stock_without_buildings(small: Bundle, mild: Weather) -> None:
    empty = {"batiment": small["batiment"].slice(0, 0)}
    assert hourly_table(empty, simulate_stock(empty, mild, CTX)).num_rows == 0


@pytest.mark.data
def test_hourly_and_seasonal_heat_agree_on_a_real_commune(data_dir: Path) -> None:
    """Olemps (Aveyron, BD TOPO), 1185 buildings: two methods, two climates made comparable by their degree-hours below 19 °C.

    The seasonal method has its own reductions for nights and unheated rooms; 25 % is the width left to them.
    """
    lyon = read_epw(data_dir / "climat" / "lyon-69-epw" / "FRA_AR_Lyon-Bron.AP.074800_TMYx.2004-2018.epw.gz")
    file = data_dir / "batiments" / "aveyron-12174-bdtopo" / "v3" / "sample_12174" / "BATIMENT.shp"
    bundle = engine().inventory({"batiment": bd_topo(file, "12174")}, "12174")
    some = {"batiment": bundle["batiment"].slice(0, 600)}
    found = simulate_stock(some, lyon, CTX)
    hours = np.maximum(19 - lyon.outdoor, 0)[lyon.outdoor < 15].sum()
    law = msgspec.structs.replace(CTX, prices={"degree_hours_H2c": (hours, hours, hours)})
    whole, draws = stock(some["batiment"]).take(found.rows), Draws(law, FIELD)
    env = envelope(whole, draws)
    use = use_of(whole, env, whole.current, draws)
    assert np.isfinite(use.main).all()
    from jumeau.engines.buildings.energy import useful_heat

    seasonal = (useful_heat(whole, env, whole.current, draws) * env.floor).mean(axis=1).sum()
    assert found.heat.mean(axis=1).sum() == pytest.approx(seasonal, rel=0.25)


def test_a_protection_outside_keeps_the_summer_sun_out(small: Bundle, mild: Weather) -> None:
    """Known bare, known protected, unknown: between both, as its draws are one or the other."""
    sums = {}
    for state in (False, True, None):
        column = pa.array([state] * small["batiment"].num_rows, pa.bool_())
        at = small["batiment"].column_names.index("solar_protection")
        found = simulate_stock({"batiment": small["batiment"].set_column(at, "solar_protection", column)}, mild, CTX)
        sums[state] = {n: getattr(found, n) for n in ("heat", "cool", "discomfort")}
    assert (sums[True]["cool"].mean(axis=1) < 0.9 * sums[False]["cool"].mean(axis=1)).all()
    assert (sums[True]["discomfort"] <= sums[False]["discomfort"]).all()
    assert sums[True]["heat"].mean() == pytest.approx(sums[False]["heat"].mean(), rel=0.02)
    either = np.isclose(sums[None]["cool"], sums[True]["cool"]) | np.isclose(sums[None]["cool"], sums[False]["cool"])
    assert either.all()
    assert sums[True]["cool"].sum() < sums[None]["cool"].sum() < sums[False]["cool"].sum()
