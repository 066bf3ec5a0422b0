"""The same case on two days: the answer changes the day the law does, neither before nor after."""

from datetime import date, timedelta
from typing import Any

import pytest

from jumeau.rules import catalogue, compute, explain, rule
from jumeau.rules.evaluate import dated
from jumeau.rules.show import explain_lines

SUPPLIES = {"contract_kind": "fournitures_services", "buyer_kind": "collectivite", "need_ht_eur": 50_000.0}
EUROPE = {"contract_kind": "fournitures_services", "buyer_kind": "collectivite", "need_ht_eur": 218_000.0}
WATER = {"water_basin": "loire_bretagne", "water_price_eur_m3": 1.3, "degressive_tariff": False, "sispea_filed": True,
         "joint_programme": False, "works_started": False}  # fmt: skip
SCHOOL = {"owner_type": "commune", "existing_building": True, "owned_building": True, "final_energy_gain": 0.35,
          "energy_audit": True, "summer_comfort_treated": False, "flood_risk_treated": False,
          "works_started": False}  # fmt: skip
HOME = {"overseas": False, "final_energy_kwh_m2": 300.0, "let": True}
LAMP = {"owner_type": "commune", "public_lighting": True, "existing_luminaires": True, "led": True, "ip_rating": 66.0,
        "efficacy_lm_w": 120.0, "ulr": 0.01, "res_ec_case": "voirie", "cee_offer_before_commitment": True}  # fmt: skip

AMOUNTS: list[tuple[str, str, dict[str, Any], date, Any, Any]] = [
    # rule, amount, facts, first day of the new law, the day before, that day
    ("seuils_procedure", "procedure", SUPPLIES, date(2026, 4, 1), "adaptee", "sans_publicite"),
    ("seuils_procedure", "procedure", EUROPE, date(2026, 1, 1), "adaptee", "formalisee"),
    ("seuils_procedure", "formal_eur", SUPPLIES | {"contract_kind": "travaux"}, date(2026, 1, 1), 5_538_000, 5_404_000),
    ("seuils_procedure", "formal_eur", SUPPLIES, date(2028, 1, 1), 216_000, None),
    ("chiffre_affaires_minimal", "maximum_eur", {"contract_ht_eur": 100_000.0}, date(2026, 1, 1), 200_000, 150_000),
    ("profil_acheteur", "amount_eur", {}, date(2026, 4, 1), 40_000, 60_000),
    ("facteur_electricite", "factor", {}, date(2026, 1, 1), 2.3, 1.9),
    ("bacs", "deadline_year", {"hvac_kw": 100.0}, date(2025, 12, 28), 2027, 2030),
    ("cee_res_ec_104", "kwh_cumac", {"luminaires": 1.0, "dimming": "dimming"}, date(2025, 1, 1), 9_300, None),
    ("cee_res_ec_104", "kwh_cumac", {"luminaires": 1.0, "dimming": "dimming"}, date(2025, 11, 26), None, 4_000),
    ("cee_res_ec_104", "kwh_cumac", {"luminaires": 1.0, "dimming": "dimming"}, date(2030, 1, 1), 4_000, None),
    ("cee_bonification", "coefficient", {"zni": True, "cee_sheet": "res_ec_104"}, date(2025, 11, 26), 2, 1),
    ("participation_minimale", "minimum_share", {"school_energy_works": True, "prefect_derogation": True},
     date(2024, 3, 30), 0.20, 0.10),
    ("enveloppes_etat", "amount_meur", {"grant_family": "fonds_vert"}, date(2024, 2, 22), 2_500, 2_000),
    ("enveloppes_etat", "amount_meur", {"grant_family": "fonds_vert"}, date(2025, 1, 1), 2_000, 1_150),
    ("enveloppes_etat", "amount_meur", {"grant_family": "fonds_vert"}, date(2026, 1, 1), 1_150, 850),
    ("fctva", "rate", {"expense_kind": "immobilisation"}, date(2015, 1, 1), 0.15761, 0.16404),
    ("snbc", "budget_mt", {}, date(2024, 1, 1), 422, 359),
    ("retrait_gonflement", "map", {}, date(2026, 7, 1), "carte_2020", "carte_2026"),
]  # fmt: skip

DECISIONS: list[tuple[str, dict[str, Any], date, str, str]] = [
    # rule, facts, first day of the new law, the day before, that day
    ("fonds_vert_batiments", SCHOOL, date(2025, 1, 1), "yes", "no"),
    ("agence_eau_loire_bretagne", WATER, date(2026, 1, 1), "yes", "no"),
    ("agence_eau_loire_bretagne", WATER | {"joint_programme": True}, date(2028, 1, 1), "yes", "no"),
    ("decence_energetique", HOME | {"dpe_class": "G"}, date(2025, 1, 1), "yes", "no"),
    ("decence_energetique", HOME | {"dpe_class": "F"}, date(2028, 1, 1), "yes", "no"),
    ("decence_energetique", HOME | {"dpe_class": "E"}, date(2034, 1, 1), "yes", "no"),
    ("decence_energetique", HOME | {"dpe_class": "G", "overseas": True}, date(2028, 1, 1), "yes", "no"),
    ("decence_energetique", HOME | {"dpe_class": "F", "overseas": True}, date(2031, 1, 1), "yes", "no"),
    ("audit_vente", {"copropriete": False, "dpe_class": "E"}, date(2025, 1, 1), "no", "yes"),
    ("audit_vente", {"copropriete": False, "dpe_class": "D"}, date(2034, 1, 1), "no", "yes"),
    ("dpe_collectif", {"permit_year": 1980.0, "lots": 30.0}, date(2026, 1, 1), "no", "yes"),
    ("critere_environnemental", {"award_method": "prix_seul", "environmental_clause": True}, date(2026, 8, 21), "yes", "no"),
    ("transfert_eau_epci", {"water_transferred": False}, date(2025, 4, 12), "yes", "no"),
    ("cee_res_ec_104", LAMP | {"dimming": "none"}, date(2025, 11, 26), "unknown", "no"),
    ("secret_energie", {"energy_sector": "residentiel", "energy_kind": "electricite", "delivery_points": 10.0},
     date(2020, 1, 1), "no", "yes"),
    ("mgpe_tiers_financement", {"performance_commitment": True, "prior_study": True, "budget_study": True,
                                "assembly_authorised": True}, date(2028, 3, 31), "yes", "no"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "amount", "facts", "day", "before", "after"), AMOUNTS, ids=lambda x: str(x)[:30])
def test_an_amount_changes_that_day(
    name: str, amount: str, facts: dict[str, Any], day: date, before: Any, after: Any
) -> None:
    eve = day - timedelta(days=1)
    assert compute(rule(name), amount, facts, eve) == (before if before is None else pytest.approx(before))
    assert compute(rule(name), amount, facts, day) == (after if after is None else pytest.approx(after))


@pytest.mark.parametrize(("name", "facts", "day", "before", "after"), DECISIONS, ids=lambda x: str(x)[:30])
def test_a_decision_changes_that_day(name: str, facts: dict[str, Any], day: date, before: str, after: str) -> None:
    found = [explain(rule(name), facts, on).decision for on in (day - timedelta(days=1), day)]
    assert found == [before, after]


def test_every_change_of_a_value_is_seen_from_one_day_to_the_next() -> None:
    changes = 0
    for law in catalogue().values():
        for name, value in law.values.items():
            for before, after in zip(value.dated, value.dated[1:], strict=False):
                if before.expected or after.expected:
                    continue
                changes += 1
                eve = after.start - timedelta(days=1)
                last = dated(law, name, eve)
                assert last is None or last.value == before.value, (law.id, name)
                first = dated(law, name, after.start)
                assert first is not None
                assert first.value == after.value
    assert changes >= 50


def test_explaining_says_the_value_of_the_day_and_since_when() -> None:
    asked = {"final_energy_gain": 0.35}
    then = "\n".join(explain_lines("fonds_vert_batiments", asked, date(2024, 6, 1)))
    now = "\n".join(explain_lines("fonds_vert_batiments", asked, date(2025, 6, 1)))
    assert "Non : Le gain" not in then
    assert "Donné : Gain d'énergie finale après travaux = 35\u00a0%." in now
    assert (
        "Gain minimal d'énergie finale = 40\u00a0%, du 01/01/2025 au 31/12/2025 (Édition 2025 ; lu sur une source publique)"
        in now
    )
    later = "\n".join(explain_lines("fonds_vert_batiments", asked, date(2026, 6, 1)))
    assert (
        "depuis le 01/01/2026 (Édition 2026 (supposée identique à 2025) ; incertain, à confirmer avant tout usage)" in later
    )


def test_explaining_says_what_nobody_read_and_what_has_not_begun() -> None:
    basin = {"water_basin": "adour_garonne", "sispea_filed": True, "works_started": False, "cost_ht_eur": 1e5}
    said = "\n".join(explain_lines("agence_eau_autres_bassins", basin, date(2026, 6, 1)))
    assert "Aide centrale : inconnu." in said
    assert "Jamais lu : Taux d'aide par bassin (adour garonne)" in said
    early = "\n".join(
        explain_lines("chiffre_affaires_minimal", {"required_turnover_eur": 1.0, "contract_ht_eur": 1.0}, date(2010, 1, 1))
    )
    assert "ne dit rien de « Multiple maximal du montant estimé » au 01/01/2010 (elle commence le 01/04/2019)" in early
    assert "Procédure : adaptee." in "\n".join(explain_lines("seuils_procedure", SUPPLIES, date(2026, 3, 1)))
