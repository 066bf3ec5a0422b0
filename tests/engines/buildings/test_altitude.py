"""Cold that comes with altitude, against the tables of the 3CL method, which are not used to move the hours."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.engines.buildings.conftest import ROWS, table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.altitude import LAPSE_K_M, colder_k, degree_hours_ratio
from jumeau.engines.buildings.choices import FIELD, ZONES
from jumeau.engines.buildings.dpe.tables import climate
from jumeau.engines.buildings.energy import degree_hours, peak_load
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.hourly.climate import moved
from jumeau.engines.buildings.hourly.stock import simulate_stock
from jumeau.engines.buildings.hourly.typical import FULL_MONTH_H, MONTH, typical_year
from jumeau.engines.buildings.hourly.year import year_under
from jumeau.engines.buildings.stock import stock
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws

CTX = Context(date=date(2026, 11, 1), seed=3, draws=16)
DH, HOURS_HEATED = climate("dh19")[0], climate("nref19")[0]


def at(altitude: float | None, commune: str = "69123") -> Bundle:
    rows: list[dict[str, Any]] = [row | {"altitude_m": altitude} for row in ROWS]
    return engine().inventory({"batiment": table(rows, commune)}, commune)


@pytest.mark.parametrize("zone", range(len(ZONES)))
def test_five_kelvins_for_a_thousand_metres_are_those_of_the_law(zone: int) -> None:
    """Arrêté du 31 mars 2021: degree-hours of full months grow by 2.0 K from one class of altitude to the next (400 m)."""
    for low in (0, 1):
        if DH[low + 1, zone].sum() > 0:
            full = (HOURS_HEATED[low, zone] > 700) & (HOURS_HEATED[low + 1, zone] > 700)
            drop = (DH[low + 1, zone] - DH[low, zone])[full].sum() / HOURS_HEATED[low, zone][full].sum()
            assert drop == pytest.approx(400 * LAPSE_K_M, rel=0.01)


@pytest.mark.parametrize("zone", ZONES)
def test_summers_of_a_typical_year_are_those_of_the_tables(zone: str) -> None:
    """Degree-hours above 26 °C of June to August: arrêté du 31 mars 2021. No day is colder than Lyon's by more than the zones
    are apart: its coldest one of these months is at 13 to 14 °C in both of its measured years."""
    air = typical_year(zone).outdoor
    made = np.bincount(MONTH, np.maximum(air - 26, 0))[5:8].sum()
    assert made == pytest.approx(climate("dh26")[0, ZONES.index(zone), 5:8].sum(), rel=0.06)
    assert air[(MONTH >= 5) & (MONTH <= 7)].reshape(-1, 24).mean(1).min() > 9


@pytest.mark.parametrize(("zone", "place"), [("H1b", 1), ("H1c", 1), ("H1c", 2), ("H2c", 1), ("H2c", 2), ("H3", 2)])
def test_a_typical_year_taken_up_is_that_of_the_class_above(zone: str, place: int) -> None:
    """The hours of the lowest class, moved by 400 or 800 m, against the tables of the classes above, by full months."""
    year, z = moved(typical_year(zone), 400.0 * place), ZONES.index(zone)
    full = (HOURS_HEATED[0, z] > FULL_MONTH_H) & (HOURS_HEATED[place, z] > FULL_MONTH_H)
    ours = np.bincount(MONTH, np.maximum(19 - year.outdoor, 0))[full].sum()
    assert ours == pytest.approx(DH[place, z][full].sum(), rel=0.03)


def test_degree_hours_of_classes_are_those_of_the_law_and_grow_between() -> None:
    for z in range(len(ZONES)):
        zone = np.full(4, z, np.int8)
        ratio = degree_hours_ratio(zone, np.array([0.0, 200.0, 600.0, 1000.0]))
        known = DH[:, z].sum(axis=1)
        assert ratio[:3] == pytest.approx([1, 1, known[1] / known[0]])
        if known[2] > 0:
            assert ratio[3] == pytest.approx(known[2] / known[0])
    heights = np.linspace(200, 1800, 50)
    assert (np.diff(degree_hours_ratio(np.zeros(50, np.int8), heights)) > 0).all()
    assert np.isnan(degree_hours_ratio(np.zeros(1, np.int8), np.array([np.nan]))).all()
    assert colder_k(np.array([np.nan, 50.0, 1200.0])).tolist() == [0, 0, 5]


def test_an_unknown_altitude_is_any_and_a_known_one_narrows() -> None:
    draws = Draws(CTX, FIELD)
    free, low, high = (degree_hours(stock(at(a)["batiment"]), draws)[0] for a in (None, 150.0, 950.0))
    law = draws.law("degree_hours_H1c")
    assert low.mean() == pytest.approx(law.mode, rel=0.02)
    assert np.ptp(low) < np.ptp(free)
    assert law.low <= free.min() < free.max() <= law.high
    assert high.mean() > 1.4 * low.mean()


def test_a_building_higher_up_needs_more_heat_less_cold_and_more_power() -> None:
    year = typical_year("H1c")
    low, high = (simulate_stock(at(a), year_under(year, typical=True), CTX) for a in (200.0, 900.0))
    assert (high.heat.mean(axis=1) > 1.2 * low.heat.mean(axis=1)).all()
    assert (high.cool.mean(axis=1) < low.cool.mean(axis=1)).all()
    assert (high.heat_peak > low.heat_peak).all()
    by_hand = simulate_stock(at(None), year_under(moved(year, 700.0), typical=True), CTX)
    np.testing.assert_allclose(high.heat, by_hand.heat, rtol=1e-4)
    whole, draws = stock(at(900.0)["batiment"]), Draws(CTX, FIELD)
    part = whole.take(np.flatnonzero(whole.modelled))
    env = envelope(part, draws)
    plain = stock(at(None)["batiment"]).take(np.flatnonzero(whole.modelled))
    more = peak_load(part, env, part.current, draws) / peak_load(plain, env, plain.current, draws)
    assert more.min() > 1.1


def test_below_its_station_a_measured_year_warms_and_a_typical_one_does_not() -> None:
    year = typical_year("H1c")
    seaside, measured = at(0.0), year_under(year)
    down, kept = (simulate_stock(seaside, y, CTX).heat.sum() for y in (measured, year_under(year, typical=True)))
    assert down < kept
    assert kept == pytest.approx(simulate_stock(at(None), year_under(year, typical=True), CTX).heat.sum())
    assert measured.at(3).weather.altitude == year.altitude + 300
    assert measured.at(3) is measured.at(3)
