"""Failures, faded light and the renewal that is due."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.lighting import engine
from jumeau.engines.lighting.ageing import backlog, flux_kept
from jumeau.engines.protocol import Bundle, Context, simulate
from jumeau.engines.tables import conform
from jumeau.model.ids import keyed_ids

CTX = Context(date=date(2026, 1, 1))
FAILURES, OVERDUE = "lighting_failures_per_year", "lighting_overdue_luminaires"


def park(n: int = 1, **columns: object) -> Bundle:
    table: dict[str, object] = {
        "id": keyed_ids("luminaire", "age", range(n)),
        "commune": ["34172"] * n,
        "regime": ["permanent"] * n,
    }
    return engine().inventory(
        {"luminaire": pa.table(table | {k: v if isinstance(v, list) else [v] * n for k, v in columns.items()})}, ""
    )


def means(bundle: Bundle) -> dict[str, list[float | None]]:
    assets = engine().diagnose(bundle, CTX).assets
    return {n: assets[n].to_pylist() for n in (FAILURES, OVERDUE)}


def test_a_discharge_lamp_dies_once_in_its_published_life() -> None:
    # Makers publish 24 000 to 32 000 h for high-pressure sodium: at 4 100 h a year, a lamp every six to eight years.
    found = means(park(lamp_technology="shp"))[FAILURES][0]
    assert 1 / 8.5 < found < 1 / 5.5
    assert means(park(lamp_technology="vm"))[FAILURES][0] > found
    half = means(park(lamp_technology="shp", regime="coupure", off_from_h=23.0, off_to_h=5.0))[FAILURES][0]
    assert half == pytest.approx(found / 2, rel=0.12)


def test_leds_fail_little_when_young_and_more_when_old() -> None:
    # 10 % of abrupt failures at 100 000 h announced: a tenth after 24 years of whole nights.
    years = [2026, 2016, 2006]
    young, middle, old = means(park(3, lamp_technology="led", install_year=years))[FAILURES]
    assert young < middle < old
    assert young < 0.01
    total = sum(means(park(24, lamp_technology="led", install_year=list(range(2003, 2027))))[FAILURES])
    assert 0.08 < total < 0.8


def test_what_is_not_known_is_not_guessed() -> None:
    found = means(park(4, lamp_technology=[None, "led", "shp", "led"], install_year=[1980, None, None, 1990]))
    assert found[FAILURES][:2] == [None, None]
    assert found[FAILURES][2] > 0
    assert found[OVERDUE][1:3] == [None, None]
    assert found[OVERDUE][3] == pytest.approx(1.0)
    origins = engine().diagnose(park(1, lamp_technology="shp"), CTX).assets[f"{FAILURES}__origin"].to_pylist()
    assert origins == ["inferred"]


def test_service_life_is_a_chance_and_not_a_date() -> None:
    found = means(park(3, lamp_technology="shp", install_year=[2010, 1995, 1960]))[OVERDUE]
    assert found[0] == 0
    assert 0 < found[1] < 1
    assert found[2] == pytest.approx(1.0)


def test_the_backlog_puts_the_late_ones_first_and_counts_the_unknown() -> None:
    table = conform({"luminaire": pa.table({
        "id": ["a", "b", "c", "d"], "commune": ["34172"] * 4, "lamp_technology": ["shp", "led", "led", "shp"],
        "install_year": pa.array([1970, 2010, None, 2000], pa.int32()),
    })}, "luminaire")  # fmt: skip
    found = backlog(table, 2026)
    assert found.due[0] == 1
    assert found.due[4] == 1
    assert found.due[6] == 1
    assert found.due.sum() == 3
    assert found.unknown == 1
    assert found.remaining_y[:2].tolist() == [0, 4 + 2]
    assert np.isnan(found.remaining_y[2])


def test_light_fades_to_eighty_percent_at_the_l80() -> None:
    assert flux_kept("led", np.array([100_000 / 4100]))[0] == pytest.approx(0.8)
    assert flux_kept("led", np.array([0.0]))[0] == 1
    assert np.isnan(flux_kept("autre", np.array([3.0])))[0]


FADED = "lighting_faded_luminaires"


def test_the_light_lost_with_age_is_an_indicator() -> None:
    found = engine().diagnose(park(4, lamp_technology=["led", "led", "im", None], install_year=[2026, 2002, None, 1990]), CTX)
    new, old, lamp, unknown = found.assets[FADED].to_pylist()
    assert new == pytest.approx(0.0, abs=1e-6)
    # 24 years of whole nights are 98 400 h: 80 % of the flux is left at 100 000 h.
    assert old == pytest.approx(1 - flux_kept("led", np.array([24.0]))[0], abs=0.03)
    assert lamp == pytest.approx(0.23, abs=0.04)
    assert unknown is None
    assert int(found.groups.known[0, found.groups.names.index(FADED)]) == 3


def test_a_relamping_gives_back_the_light_lost() -> None:
    old = park(5, lamp_technology="im", system_power_w=82.0, luminaire_type="lanterne")
    table = engine().propose(old, engine().diagnose(old, CTX), CTX)
    rows = simulate(engine(), old, table.filter(pa.compute.equal(table["kind"], "relamp_led")), CTX).to_pylist()
    assert next(r["value"] for r in rows if r["indicator"] == FADED) < -0.8
