"""The loader refuses what it does not understand; the evaluator keeps the unknown unknown; rules grow old."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.errors import RuleError
from jumeau.rules import catalogue, compute, explain, is_stale, rule, stale
from jumeau.rules.evaluate import compute_all, confidence_on
from jumeau.rules.loader import Rule, read_rule
from jumeau.rules.show import case_lines, explain_lines, list_lines, stale_lines, unread_texts, unread_values

DAY = date(2026, 11, 23)
GOOD = """
id: essai
title: Essai
kind: aid
authority: État
reference: "Code, art. 1"
last_checked_on: 2026-01-15
status: open
confidence: sourced
values:
  seuil:
    title: Seuil
    unit: hab
    dated:
      - {from: 2020-01-01, to: 2024-12-31, value: 10, confidence: sourced}
      - {from: 2025-01-01, value: 20, confidence: recalled}
  bareme:
    title: Barème
    unit: €
    dated: [{from: 2020-01-01, value: [[0, 100], [1000, 80], [5000, 50]], confidence: sourced}]
conditions:
  - {id: taille, title: Taille, when: {compare: [{fact: population}, ">=", {value: seuil}]}}
amounts:
  aide: {title: Aide, unit: €, formula: {bracket: bareme, of: {fact: population}}}
  prix: {title: Prix, unit: €, formula: {maximum: [{share: 0.5, share_of: {fact: cost_ht_eur}}, 10]}}
"""


def read(old: str = "", new: str = "") -> Rule:
    assert old in GOOD
    return read_rule(GOOD.replace(old, new, 1), "essai.yaml")


def test_dates_and_brackets() -> None:
    law = read()
    assert explain(law, {"population": 15}, date(2024, 12, 31)).decision == "yes"
    assert explain(law, {"population": 15}, date(2025, 1, 1)).decision == "no"
    assert explain(law, {"population": 15}, date(2019, 1, 1)).decision == "unknown"
    assert [compute(law, "aide", {"population": p}, DAY) for p in (0, 999, 1000, 4999, 5000)] == [100, 100, 80, 80, 50]
    assert compute(law, "aide", {}, DAY) is None
    assert compute(law, "prix", {"cost_ht_eur": 50}, DAY) == 25
    assert compute(law, "prix", {"cost_ht_eur": 5}, DAY) == 10


def test_confidence_is_the_weakest_used() -> None:
    assert explain(read(), {"population": 15}, date(2024, 1, 1)).confidence == "sourced"
    assert explain(read(), {"population": 15}, date(2026, 1, 1)).confidence == "recalled"


def test_closed_and_expected_rules_say_no() -> None:
    for status, word in (("closed", "fermé"), ("expected", "annoncé")):
        verdict = explain(read("status: open", f"status: {status}"), {"population": 50}, DAY)
        assert verdict.decision == "no"
        assert word in verdict.reasons[0].title


def test_an_expected_value_is_not_in_force() -> None:
    law = read("{from: 2025-01-01, value: 20,", "{from: 2025-01-01, value: 20, expected: true,")
    assert explain(law, {"population": 50}, DAY).decision == "unknown"


def test_wrong_facts_are_refused() -> None:
    with pytest.raises(RuleError, match="populasion"):
        explain(read(), {"populasion": 3}, DAY)
    with pytest.raises(RuleError, match="population"):
        explain(read(), {"population": "beaucoup"}, DAY)
    with pytest.raises(RuleError, match="commune, commune_nouvelle"):
        explain(rule("detr"), {"owner_type": "village"}, DAY)
    with pytest.raises(RuleError, match="Pensiez-vous à"):
        rule("detre")
    with pytest.raises(RuleError, match="Montants connus"):
        compute(read(), "aides", {}, DAY)


def test_a_rule_is_stale_after_twelve_months_to_the_day() -> None:
    law = read()
    assert not is_stale(law, date(2027, 1, 14))
    assert is_stale(law, date(2027, 1, 15))


def test_every_rule_of_the_catalogue_grows_old() -> None:
    assert stale(DAY) == []
    assert len(stale(date(2027, 11, 26))) == len(catalogue()) >= 51
    assert "À revérifier" in stale_lines(date(2028, 1, 1))[0]
    assert "moins de douze mois" in stale_lines(DAY)[0]


def test_catalogue_cites_texts_and_dates() -> None:
    for law in catalogue().values():
        assert law.reference
        assert law.last_checked_on.year >= 2026
        assert all(entry.confidence for value in law.values.values() for entry in value.dated)


def test_lines_for_people() -> None:
    lines = explain_lines("detr", {"owner_type": "commune", "population": 900, "works_started": True}, DAY)
    assert "non" in lines[0]
    assert any(line.startswith("À préciser") and "commission départementale" in line for line in lines)
    assert any(line.startswith("Non : Les travaux ne commencent pas") for line in lines)
    assert len(list_lines(DAY)) == len(catalogue())
    case = "- {name: a, rule: fctva, date: 2026-01-01, source: x, facts: {owner_type: commune}, "
    case += "expect: {amounts: {lag_years: 1}}}"
    said, fine = case_lines([("cas.yaml", case)])
    assert not fine
    assert "lag_years vaut 2, attendu 1" in said[0]
    with pytest.raises(RuleError, match=r"cas\.yaml, ligne 1 : le champ « source » manque"):
        case_lines([("cas.yaml", case.replace("source: x, ", ""))])


FACTS = st.fixed_dictionaries(
    {},
    optional={
        "owner_type": st.sampled_from(["commune", "syndicat", "communaute_de_communes", "autre"]),
        "population": st.integers(0, 100_000),
        "potentiel_financier_ratio": st.floats(0.5, 2),
        "overseas": st.booleans(),
        "syndicat_admis": st.booleans(),
        "works_started": st.booleans(),
        "operation_category_admitted": st.booleans(),
    },
)


@given(known=FACTS, more=FACTS)
def test_learning_a_fact_never_overturns_a_decision(known: dict[str, object], more: dict[str, object]) -> None:
    before = explain(rule("detr"), known, DAY)
    after = explain(rule("detr"), {**more, **known}, DAY)
    assert before.decision == "unknown" or after.decision == before.decision
    assert all(r.missing for r in before.reasons if r.decision == "unknown")
    assert not {m for r in before.reasons for m in r.missing} & set(known)


def test_what_nobody_read_is_listed_with_where_to_read_it() -> None:
    lines = "\n".join(stale_lines(DAY))
    for words in ("adour_garonne, artois_picardie", "BAT-EN-101 à 107", "dpv", "eau Seine-Normandie", "BAT-TH-102"):
        assert words in lines
    assert "agence_eau_loire_bretagne" not in lines
    assert "cee_bat_en_101" not in lines
    assert all(one["title"] and one["where"] for one in unread_texts())
    known = {words["rule"] for words in unread_values(DAY)}
    assert {"cee_depot", "agence_eau_autres_bassins", "participation_minimale"} <= known
    assert "cee_depot" not in {words["rule"] for words in unread_values(date(2025, 6, 1))}, "the penalty of 2025 was read"


def test_only_what_decides_weighs_on_the_confidence() -> None:
    home = {"dpe_class": "G", "overseas": False, "final_energy_kwh_m2": 300.0}
    verdict = explain(rule("decence_energetique"), home, DAY)
    assert (verdict.decision, verdict.confidence) == ("no", "recalled"), "the calendar of overseas decided nothing"
    assert explain(rule("decence_energetique"), home | {"overseas": True}, DAY).confidence == "recalled_low"
    said = "\n".join(explain_lines("decence_energetique", home, DAY))
    assert "en métropole = G, du 01/01/2025" in said
    assert "outre-mer = " not in said.replace("Collectivité d'outre-mer = ", "")


def test_an_amount_says_what_its_values_are_worth() -> None:
    law = rule("fonds_vert_batiments")
    values, used = compute_all(law, ("low_eur", "high_eur"), {"cost_ht_eur": 1000.0}, DAY)
    assert values == (100.0, 500.0)
    assert set(used) == {"recalled"}, "rates of the Fonds vert were not read"


def test_what_is_told_of_a_rule_is_its_weakest_value_in_force() -> None:
    buildings = rule("fonds_vert_batiments")
    assert buildings.confidence == "sourced"
    assert confidence_on(buildings, date(2026, 6, 1)) == "recalled_low", "the edition of 2026 is only assumed"
    assert confidence_on(rule("participation_minimale"), DAY) == "sourced", "derogations nobody read are no value"
    assert confidence_on(rule("seuils_procedure"), DAY) == "sourced"
    assert any("fonds_vert_batiments" in line and "incertain" in line for line in list_lines(DAY))
