"""The plan de financement balances to the cent and keeps the law, whatever it is given."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.errors import InputError, RuleError
from jumeau.funding import Aid, aids_of, eligible, faults, owner_type, plan_de_financement, plan_for, total
from jumeau.funding.plan import PlanDeFinancement, Scenario
from jumeau.model.action import Action
from jumeau.rules import catalogue, compute, rule

DAY = date(2026, 6, 1)
OWNER = "commune:34172"
COMMUNE: dict[str, Any] = {
    "owner_type": "commune",
    "expense_kind": "immobilisation",
    "vat_regime": "fctva",
    "third_party_asset": False,
}


def action(field: str = "lighting", **fields: Any) -> Action:
    base: dict[str, Any] = {
        "id": "a",
        "kind": "led",
        "field": field,
        "title": "Relanternage",
        "owner": OWNER,
        "need": "lanterne_led",
        "quantity": 100.0,
        "unit": "point",
        "cost_eur": 80_000.0,
        "cost_eur_low": 60_000.0,
        "cost_eur_high": 100_000.0,
        "price_year": 2026,
        "cost_source": "essai",
        "lifetime_y": 25,
        "assets": ("x",),
    }
    return Action(**(base | fields))


def aid(name: str, low: int, mid: int, high: int, kind: Any = "aid", **fields: Any) -> Aid:
    return Aid(rule=name, label=name, payer="État", kind=kind, cents=(low, mid, high), **fields)


def cents(scenario: Scenario) -> dict[str, int]:
    return {line.rule or line.kind: line.cents for line in scenario.lines}


def test_no_aid_is_the_official_fctva_arithmetic() -> None:
    """100 € before tax, 120 € with it, 16.404 % of 120 € comes back: 19.68 € (CGCT L1615-6)."""
    plan = plan_de_financement(10_000, 0.20, [], facts=COMMUNE, on=DAY)
    assert cents(plan.mid) == {"fctva": 1968, "participation_minimale": 10_032}
    assert [line.after_years for line in plan.mid.lines] == [2, 0]
    assert plan.cost_ttc_cents == 12_000
    assert faults(plan) == []


def test_hand_computed_plan() -> None:
    """100 000 € HT, grants of 20, 45 and 90 k€, certificates of 1 000 €.

    High: the ceiling is 80 % of the 99 000 € that certificates do not pay, 79 200 €. FCTVA is 16.404 % of 120 000 €.
    """
    aids = [aid("detr", 2_000_000, 3_000_000, 5_000_000), aid("fonds", 0, 1_500_000, 4_000_000)]
    aids.append(aid("cee", 100_000, 100_000, 100_000, "certificate"))
    plan = plan_de_financement(10_000_000, 0.20, aids, facts=COMMUNE, on=DAY)
    assert cents(plan.mid) == {
        "detr": 3_000_000,
        "fonds": 1_500_000,
        "cee": 100_000,
        "fctva": 1_968_480,
        "participation_minimale": 5_431_520,
    }
    assert plan.high.cents("aid") == 7_920_000
    assert cents(plan.high)["detr"] == 4_400_000
    assert sum(line.cut_cents for line in plan.high.lines) == 9_000_000 - 7_920_000
    assert plan.high.cents("own") == 12_000_000 - 7_920_000 - 100_000 - 1_968_480


def test_ceiling_is_80_70_or_90_percent() -> None:
    big = [aid("detr", 10_000, 10_000, 10_000)]
    for facts, expected in (
        ({}, 8_000),
        ({"chef_de_file": True}, 7_000),
        ({"school_energy_works": True, "prefect_derogation": True}, 9_000),
        ({"school_energy_works": True, "prefect_derogation": False}, 8_000),
    ):
        plan = plan_de_financement(10_000, 0.2, big, facts=COMMUNE | facts, on=DAY)
        assert plan.mid.cents("aid") == expected
        assert faults(plan) == []


def test_vat_payer_recovers_tax_and_has_no_fctva() -> None:
    plan = plan_de_financement(10_000, 0.2, [], facts=COMMUNE | {"vat_regime": "assujetti"}, on=DAY)
    assert {line.kind: line.cents for line in plan.mid.lines} == {"tva": 2_000, "own": 10_000}


def test_unknown_vat_regime_is_not_counted_and_is_said() -> None:
    plan = plan_de_financement(10_000, 0.2, [], facts={"owner_type": "commune"}, on=DAY)
    assert plan.mid.cents("fctva") == 0
    assert any("FCTVA n'est pas compté" in w for w in plan.warnings)


def test_loan_is_part_of_the_owners_money() -> None:
    plan = plan_de_financement(10_000, 0.2, [aid("detr", 0, 3_000, 3_000)], facts=COMMUNE, on=DAY, loan_cents=5_000)
    assert (plan.mid.cents("loan"), plan.mid.cents("own")) == (5_000, 12_000 - 3_000 - 1_968 - 5_000)
    huge = plan_de_financement(10_000, 0.2, [], facts=COMMUNE, on=DAY, loan_cents=999_999)
    assert huge.mid.cents("own") == 0
    assert faults(huge) == []


def test_of_two_aids_that_exclude_each_other_the_larger_is_kept() -> None:
    aids = [aid("a", 10, 200, 300, not_with=("b",)), aid("b", 50, 100, 400)]
    plan = plan_de_financement(10_000, 0.2, aids, facts=COMMUNE, on=DAY)
    assert [{line.rule for line in s.lines if line.kind == "aid"} for s in plan.scenarios] == [{"b"}, {"a"}, {"b"}]


@pytest.mark.parametrize(("cost", "vat", "low"), [(-1, 0.2, 0), (100, -0.1, 0), (100, 1.2, 0), (100, 0.2, -5)])
def test_wrong_amounts_are_refused(cost: int, vat: float, low: int) -> None:
    with pytest.raises(InputError, match="négatif"):
        plan_de_financement(cost, vat, [aid("a", low, 1, 1)], facts=COMMUNE, on=DAY)


def test_lighting_in_a_small_commune() -> None:
    facts = {"population": 900, "operation_category_admitted": True, "works_started": False, "dimming": "dimming"}
    found = {e.rule: e for e in eligible(action(), OWNER, facts, DAY)}
    decisions = {name: e.decision for name, e in found.items() if e.decision != "no"}
    unknown = dict.fromkeys(("cee_res_ec_104", "dsil", "feder", "fctva"), "unknown")
    assert decisions == unknown | {"detr": "yes"}
    assert found["cee_res_ec_104"].central_eur == pytest.approx(100 * 4000 * 8.5 / 1000)
    assert [r.missing for r in found["cee_res_ec_104"].reasons] == [("cee_offer_before_commitment",)]
    plan = plan_for(action(), OWNER, COMMUNE | facts | {"cee_offer_before_commitment": True}, DAY)
    assert cents(plan.mid)["detr"] == 2_400_000
    assert cents(plan.mid)["cee_res_ec_104"] == 340_000
    assert [e.rule for e in plan.to_confirm] == ["dsil", "feder"]
    assert all(line.checked_on and line.reference and line.confidence for line in plan.mid.lines if line.rule)
    early = plan_for(action(), OWNER, COMMUNE | facts, DAY)
    assert [e.rule for e in early.to_confirm] == ["cee_res_ec_104", "dsil", "feder"]
    assert "cee_res_ec_104" not in cents(early.mid)


def test_building_below_the_gain_is_refused_by_name() -> None:
    facts = {"final_energy_gain": 0.3, "owned_building": True, "energy_audit": True, "works_started": False}
    works = action("buildings", need="isolation")
    found = {e.rule: e for e in eligible(works, OWNER, facts, DAY)}["fonds_vert_batiments"]
    assert (found.decision, found.confidence) == ("no", "recalled_low")
    assert "gain" in [r.condition for r in found.reasons if r.decision == "no"]
    assert aids_of([found]) == []


def test_an_epci_out_of_the_register_does_not_say_its_legal_form() -> None:
    assert owner_type("epci:243400017") == "metropole"
    found = {e.rule: e for e in eligible(action(owner="epci:999999999"), "epci:999999999", {}, DAY)}
    assert "owner_type" in [m for r in found["detr"].reasons for m in r.missing]


def test_unknown_cost_and_unknown_fact_are_refused() -> None:
    with pytest.raises(InputError, match="chiffrez-la"):
        plan_for(action(cost_eur=None), OWNER, COMMUNE, DAY)
    with pytest.raises(RuleError, match="populasion"):
        eligible(action(), OWNER, {"populasion": 3}, DAY)


def test_stale_rules_are_said_in_the_plan() -> None:
    later = date(2028, 1, 1)
    facts = COMMUNE | {"population": 900, "operation_category_admitted": True, "works_started": False}
    plan = plan_for(action(), OWNER, facts, later)
    assert {line.stale for line in plan.mid.lines if line.kind == "aid"} == {True}
    assert len([w for w in plan.warnings if "douze mois" in w]) == 3


def test_the_check_sees_each_fault() -> None:
    plan = plan_de_financement(10_000, 0.2, [aid("detr", 0, 3_000, 3_000)], facts=COMMUNE, on=DAY)

    def broken(**changes: int) -> PlanDeFinancement:
        lines = tuple(msgspec.structs.replace(x, cents=changes.get(x.kind, x.cents)) for x in plan.mid.lines)
        return msgspec.structs.replace(plan, mid=msgspec.structs.replace(plan.mid, lines=lines))

    assert "s'écartent du coût de 1 " in faults(broken(own=plan.mid.cents("own") + 1))[0]
    assert any("négative" in f for f in faults(broken(own=-1)))
    assert any("plafond" in f for f in faults(broken(aid=8_001, own=plan.mid.cents("own") - 5_001)))
    twice = msgspec.structs.replace(plan.mid, lines=(*plan.mid.lines, plan.mid.lines[1]))
    assert any("deux fois" in f for f in faults(msgspec.structs.replace(plan, mid=twice)))


MONEY = st.integers(0, 10**9)
AIDS = st.lists(
    st.builds(
        lambda n, kind, a, b, c: aid(f"r{n}", *sorted((a, b, c)), kind),
        st.integers(0, 9),
        st.sampled_from(["aid", "certificate"]),
        MONEY,
        MONEY,
        MONEY,
    ),
    max_size=6,
    unique_by=lambda a: a.rule,
)
FACTS = st.fixed_dictionaries(
    {"owner_type": st.sampled_from(["commune", "syndicat", "communaute_de_communes"])},
    optional={
        "expense_kind": st.sampled_from(["immobilisation", "cloud", "autre"]),
        "vat_regime": st.sampled_from(["fctva", "assujetti"]),
        "third_party_asset": st.booleans(),
        "chef_de_file": st.booleans(),
        "school_energy_works": st.booleans(),
        "prefect_derogation": st.booleans(),
    },
)


@given(cost=MONEY, vat=st.sampled_from([0.0, 0.021, 0.055, 0.1, 0.2]), aids=AIDS, facts=FACTS, loan=MONEY)
def test_every_plan_balances_and_keeps_the_law(cost: int, vat: float, aids: list[Aid], facts: Any, loan: int) -> None:
    plan = plan_de_financement(cost, vat, aids, facts=facts, on=DAY, loan_cents=loan)
    assert faults(plan) == []
    assert plan.low.cents("loan", "own") >= plan.high.cents("loan", "own")
    for scenario, i in zip(plan.scenarios, range(3), strict=True):
        for line in scenario.lines:
            wanted = [a.cents[i] for a in aids if a.rule == line.rule]
            assert not wanted or line.cents + line.cut_cents == wanted[0]
            assert line.cut_cents >= 0


@given(costs=st.lists(MONEY, min_size=1, max_size=5), aids=AIDS)
def test_a_sum_of_plans_balances(costs: list[int], aids: list[Aid]) -> None:
    plans = [plan_de_financement(c, 0.2, aids, facts=COMMUNE, on=DAY) for c in costs]
    owner = total(plans)
    assert faults(owner) == []
    assert owner.cost_ttc_cents == sum(p.cost_ttc_cents for p in plans)
    for kind in ("aid", "certificate", "fctva", "own"):
        assert owner.mid.cents(kind) == sum(p.mid.cents(kind) for p in plans)


def test_nothing_to_add_up() -> None:
    with pytest.raises(InputError):
        total([])


@pytest.mark.data
def test_detr_range_is_the_one_of_the_grants_of_2019(data_dir: Path) -> None:
    """DGCL and ANCT, projects of 2019, whole of France: first decile, median and ninth decile of the DETR rate."""
    import openpyxl

    file = data_dir / "finances/detr-dsil-2019/data/projets_dotations_investissement_2019.xlsx"
    book = openpyxl.load_workbook(file, read_only=True)
    rows = book[book.sheetnames[1]].iter_rows(values_only=True)
    head = next(row for row in rows if "dotation" in row)
    kind, cost, grant = (head.index(n) for n in ("dotation", "cout_total", "montant_sub"))
    rates = []
    for row in rows:
        if row[kind] is None:
            break
        if row[kind] == "DETR" and row[cost]:
            rates.append(row[grant] / row[cost])
    assert len(rates) == 20_380
    known = [compute(rule("detr"), f"{n}_eur", {"cost_ht_eur": 1.0}, DAY) for n in ("low", "central", "high")]
    assert np.quantile(rates, [0.1, 0.5, 0.9]) == pytest.approx(known, abs=0.005)


def test_every_paying_rule_gives_three_ordered_amounts() -> None:
    facts = {"cost_ht_eur": 1000.0, "luminaires": 10, "dimming": "dimming"}
    for law in catalogue().values():
        if law.kind in ("aid", "certificate"):
            low, central, high = (compute(law, f"{n}_eur", facts, DAY) for n in ("low", "central", "high"))
            known = [x for x in (low, central, high) if x is not None]
            assert known == sorted(known)
            assert all(x >= 0 for x in known)


@pytest.mark.parametrize(
    ("need", "sheet", "others"),
    [
        ("isolation_murs", "cee_bat_en_102", {"cee_bat_en_101", "cee_bat_en_103", "cee_bat_en_104"}),
        ("isolation_plancher", "cee_bat_en_103", {"cee_bat_en_101", "cee_bat_en_102", "cee_bat_en_104"}),
        ("menuiseries", "cee_bat_en_104", {"cee_bat_en_101", "cee_bat_en_102", "cee_bat_en_103"}),
    ],
)
def test_each_element_insulated_meets_its_own_sheet(need: str, sheet: str, others: set[str]) -> None:
    works = action("buildings", need=need, quantity=250.0, unit="m2")
    found = {e.rule: e for e in eligible(works, OWNER, {}, DAY)}
    assert found[sheet].decision == "unknown"  # the resistance of what is laid is not known yet
    assert {found[name].decision for name in others} == {"no"}


def test_a_step_may_treat_any_element_and_a_boiler_none() -> None:
    sheets = {f"cee_bat_en_{n}" for n in (101, 102, 103, 104)}
    step = eligible(action("buildings", need="renovation_etape", unit="m2"), OWNER, {}, DAY)
    pump = eligible(action("buildings", need="pompe_chaleur_batiment", unit="kW"), OWNER, {}, DAY)
    assert {e.decision for e in step if e.rule in sheets} == {"unknown"}
    assert {e.decision for e in pump if e.rule in sheets} == {"no"}
