"""What nobody read is listed with the place to read it, and never counted, even in a case where the rule says yes."""

from datetime import date
from typing import Any

import pytest

from jumeau.funding.eligibility import judge
from jumeau.funding.plan import aids_of
from jumeau.rules import rule
from jumeau.rules.show import stale_lines, unread_texts, unread_values

DAY = date(2026, 11, 23)
BASINS = ("adour_garonne", "artois_picardie", "rhin_meuse", "rhone_mediterranee_corse", "seine_normandie")
COST: dict[str, Any] = {"cost_ht_eur": 100_000.0, "works_started": False}

YES: list[tuple[str, dict[str, Any]]] = [
    *(("agence_eau_autres_bassins", {"water_basin": basin, "sispea_filed": True}) for basin in BASINS),
    ("dpv", {"owner_type": "commune", "population": 12_000.0, "dpv_listed": True}),
    ("feder", {"feder_measure_open": True, "climate_proofing": True, "region_category": "transition"}),
    ("fonds_vert_inondation", {"inside_papi": True}),
    ("fonds_vert_ingenierie", {"study": True, "serves_fonds_vert_project": True}),
]


@pytest.mark.parametrize(("name", "facts"), YES, ids=lambda x: str(x)[:40])
def test_a_rate_nobody_read_pays_nothing(name: str, facts: dict[str, Any]) -> None:
    found = judge(rule(name), {**COST, **facts}, DAY)
    assert (found.decision, found.central_eur) == ("yes", None)
    assert aids_of([found]) == []
    assert name in {words["rule"] for words in unread_values(DAY)}


@pytest.mark.parametrize("name", ["fonds_prevention_argile", "cee_res_ec_regulation"])
def test_a_closed_or_expected_rule_that_is_taken_as_open_pays_nothing_either(name: str) -> None:
    facts = {**COST, "rga_experiment": True, "property_use": "habitation", "public_lighting": True}
    assert judge(rule(name), facts, DAY).decision == "no"
    found = judge(rule(name), facts, DAY, assumed=True)
    assert (found.decision, found.central_eur) == ("yes", None)
    assert aids_of([found]) == []


@pytest.mark.parametrize(
    "words",
    [
        *(f"12e programme de l'agence de l'eau {name}" for name in ("Adour-Garonne", "Artois-Picardie", "Rhin-Meuse")),
        "agence de l'eau Rhône Méditerranée Corse",
        "agence de l'eau Seine-Normandie",
        "Fonds vert 2026 : mesures ouvertes, taux, sort de l'éclairage public",
        "programme FEDER de la région",
        "dpv : Taux courant",
        "Fiches BAT-TH-102, 127",
        "Fiches résidentielles BAR-EN-101",
        "Coups de pouce",
        "RES-EC-104 depuis 2025",
        "secret_energie : Seuil-secret de consommation",
    ],
)
def test_it_is_listed(words: str) -> None:
    assert any(words in line and "À lire : " in line for line in stale_lines(DAY))


def test_each_text_says_where_it_is_read() -> None:
    assert all(one["title"] and one["where"] for one in unread_texts())
    assert len(unread_texts()) >= 25
