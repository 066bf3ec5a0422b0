"""The tertiary decree and the calendar of duties."""

from datetime import date

import numpy as np
import pytest

from jumeau.engines.buildings.duties import duties
from jumeau.engines.buildings.tertiary import (
    best_reference,
    distance,
    modulation_holds,
    pool,
    straight_path,
    targets,
)
from jumeau.engines.buildings.tertiary_climate import Part, adjusted

YEARS = np.array([2009, 2010, 2015, 2019, 2022, 2023])


def test_best_reference_is_the_highest_year_the_decree_accepts() -> None:
    kwh = np.array([[999.0, 100, 300, 200, 250, 999], [np.nan, np.nan, np.nan, np.nan, np.nan, 50]])
    year, value = best_reference(YEARS, kwh)
    assert year[0] == 2015
    assert value[0] == 300
    assert np.isnan(year[1])
    assert np.isnan(value[1])


def test_reference_of_another_activity_is_brought_to_the_present_one() -> None:
    volume = np.array([[1.0, 1, 2, 1, 1, 1]])
    year, value = best_reference(YEARS, np.array([[0.0, 100, 300, 200, 250, 0]]), volume)
    assert (year[0], value[0]) == (2022, 250)


def part(kwh: float, days: float, normal: float) -> Part:
    return Part(*(np.array([[x]]) for x in (kwh, days, normal)))


NOTHING = part(np.nan, np.nan, np.nan)


def test_a_cold_year_is_brought_back_and_what_the_weather_does_not_drive_stays() -> None:
    """Arrêté du 10 avril 2020, art. 5: heating and cooling by their degree-days, the rest as declared. Corrected heating
    is the real one over the degree-days of the year times those of reference (guidenergie.fr, « Correction climatique »)."""
    found = adjusted(np.array([[100_000.0]]), part(60_000, 2_400, 2_000), part(10_000, 300, 330))
    assert found.kwh[0, 0] == pytest.approx(30_000 + 60_000 / 2_400 * 2_000 + 10_000 / 300 * 330)
    assert found.done.all()
    heated = adjusted(np.array([[100_000.0]]), part(60_000, 1_500, 2_000), NOTHING)
    assert heated.kwh[0, 0] == pytest.approx(40_000 + 80_000)


@pytest.mark.parametrize(
    ("heating", "cooling"),
    [
        (NOTHING, NOTHING), (part(60_000, np.nan, 2_000), NOTHING), (part(np.nan, 2_000, 2_000), NOTHING),
        (part(60_000, 0, 2_000), NOTHING), (part(60_000, 2_400, 2_000), part(10_000, np.nan, 300)),
    ],
)  # fmt: skip
def test_what_is_not_known_adjusts_nothing(heating: Part, cooling: Part) -> None:
    found = adjusted(np.array([[100_000.0]]), heating, cooling)
    assert (found.kwh[0, 0], found.done[0, 0], found.wrong[0, 0]) == (100_000, False, False)


def test_parts_larger_than_the_whole_are_said_and_adjust_nothing() -> None:
    found = adjusted(np.array([[100_000.0]]), part(90_000, 2_400, 2_000), part(20_000, 300, 300))
    assert (found.kwh[0, 0], found.done[0, 0], found.wrong[0, 0]) == (100_000, False, True)


def test_either_way_is_enough_and_modulation_adds() -> None:
    found = targets(
        np.array([2012.0, 2012.0, 2012.0]),
        np.array([1000.0, 1000.0, np.nan]),
        {2030: np.array([700.0, np.nan, 700.0])},
        {2030: np.array([0.0, 50.0, 0.0])},
    )
    assert found.relative_kwh[2030][:2].tolist() == [600, 600]
    assert found.allowed_kwh[2030].tolist() == [700, 650, 700]
    assert found.allowed_kwh[2040][:2].tolist() == [500, 500]
    assert np.isnan(found.allowed_kwh[2040][2])
    assert distance(np.array([720.0]), np.array([700.0])).tolist() == [20]


def test_path_goes_straight_to_each_step() -> None:
    allowed = {2030: np.array([600.0]), 2040: np.array([500.0]), 2050: np.array([400.0])}
    reference = np.array([2010.0]), np.array([1000.0])
    assert straight_path(2020, *reference, allowed)[0] == pytest.approx(800)
    assert straight_path(2035, *reference, allowed)[0] == pytest.approx(550)
    assert straight_path(2060, *reference, allowed)[0] == pytest.approx(400)


def test_sites_of_one_owner_help_each_other_and_the_unknown_is_counted() -> None:
    now, allowed = np.array([500.0, 720, 100, np.nan]), np.array([700.0, 600, 90, 50])
    found = pool(now, allowed, np.array(["A", "A", "B", "A"]))
    assert (found["A"].met, found["A"].gap_kwh, found["A"].lent_kwh, found["A"].unknown) == (True, -80, 200, 1)
    assert (found["B"].met, found["B"].gap_kwh) == (False, 10)


def test_modulation_of_cost() -> None:
    assert modulation_holds("envelope", 31)
    assert not modulation_holds("envelope", 30)
    assert modulation_holds("tuning", 7)


def test_duties_of_a_school() -> None:
    facts = {"dwelling": False, "tertiary_area_m2": 3000, "hvac_kw": 320, "public_body": True, "building_area_m2": 3000}
    found = {d.rule: d for d in duties(facts, date(2026, 6, 1))}
    assert found["bacs"].state == "late"
    assert found["bacs"].deadline == date(2025, 1, 1)
    assert found["operat_declaration"].deadline == date(2026, 9, 30)
    assert found["eco_energie_tertiaire"].deadline == date(2030, 12, 31)
    assert found["eed_renovation_publique"].state == "due"
    assert found["epbd_performance_minimale"].state == "unknown"
    assert found["epbd_performance_minimale"].missing == ("worst_rank_share",)
    assert "decence_energetique" not in found


def test_duties_of_a_let_dwelling() -> None:
    facts = {"dwelling": True, "let": True, "dpe_class": "F", "overseas": False, "final_energy_kwh_m2": 300}
    facts["copropriete"] = True
    now = {d.rule: d for d in duties(facts, date(2026, 6, 1))}
    assert now["decence_energetique"].state == "due"
    assert now["decence_energetique"].deadline == date(2028, 1, 1)
    assert now["gel_loyers"].state == "due"
    assert now["audit_vente"].state == "none"
    then = {d.rule: d for d in duties(facts, date(2028, 1, 1))}
    assert then["decence_energetique"].state == "late"
    better = {d.rule: d for d in duties({**facts, "dpe_class": "C"}, date(2028, 1, 1))}
    assert better["decence_energetique"].state == "none"


@pytest.mark.parametrize(("label", "year"), [("G", 2025), ("F", 2028), ("E", 2034)])
def test_nobody_knows_whether_a_dwelling_is_let(label: str, year: int) -> None:
    """Loi 2021-1104, art. 160: G since 2025, F from 2028, E from 2034, for dwellings that are let only."""
    facts = {"dwelling": True, "dpe_class": label, "overseas": False, "final_energy_kwh_m2": 300}
    found = {d.rule: d for d in duties(facts, date(2026, 6, 1))}["decence_energetique"]
    assert (found.state, found.deadline, found.missing) == ("unknown", date(year, 1, 1), ("let",))
    kept = {d.rule: d for d in duties({**facts, "let": False}, date(2026, 6, 1))}
    assert [kept[n].state for n in ("decence_energetique", "gel_loyers")] == ["none", "none"]
    rented = {d.rule: d for d in duties({**facts, "let": True}, date(2026, 6, 1))}["decence_energetique"]
    assert (rented.state, rented.deadline) == ("late" if label == "G" else "due", date(year, 1, 1))
    fine = {d.rule: d for d in duties({**facts, "dpe_class": "C"}, date(2026, 6, 1))}
    assert [fine[n].state for n in ("decence_energetique", "gel_loyers")] == ["none", "none"]
