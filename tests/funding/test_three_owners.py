"""Three owners whose plan de financement is done again with a pocket calculator: rates typed by hand from the texts,
decimals, and nothing of the code that builds the plan.

Rates: DETR and DSIL 2019 (deciles and median of the projects published by DGCL and ANCT), Fonds vert (usual range), agence de
l'eau Loire-Bretagne (12th programme, 50 %, plus 10 points in FRR), FCTVA 16.404 % of the cost with tax (CGCT L1615-6),
RES-EC-104 vA77-3 (4 000 kWh cumac), certificates at 6.5, 8.5 and 10 euros a MWh, advances of 30 % and 15 % (instruction of
28 February 2025).
"""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from tests.funding.test_plan import action

from jumeau.funding import faults, plan_for
from jumeau.funding.cash import cash_calendar
from jumeau.funding.plan import PlanDeFinancement, Scenario

DAY = date(2026, 11, 26)
FCTVA = Decimal("0.16404")
RENOVATION: dict[str, Any] = {
    "population": 40_000, "works_started": False, "operation_category_admitted": True, "dsil_theme": "renovation_thermique",
    "expense_kind": "immobilisation", "vat_regime": "fctva", "third_party_asset": False, "owned_building": True,
    "final_energy_gain": 0.45, "energy_audit": True, "summer_comfort_treated": True, "flood_risk_treated": True,
    "school_energy_works": True, "vat_territory": "metropole", "cee_offer_before_commitment": False,
}  # fmt: skip


def calculator(euros: Decimal) -> int:
    """Cents, as a till rounds them."""
    return int((euros * 100).quantize(Decimal(1), ROUND_HALF_EVEN))


def lines(scenario: Scenario) -> dict[str, int]:
    return {line.rule or line.kind: line.cents for line in scenario.lines}


def balanced(plan: PlanDeFinancement) -> None:
    assert faults(plan) == []
    for scenario in plan.scenarios:
        assert sum(line.cents for line in scenario.lines) == plan.cost_ttc_cents


def test_a_small_commune_lights_its_streets() -> None:
    cost = Decimal("83456.78")
    done = action(quantity=100.0, cost_eur=float(cost))
    facts = {
        "owner_type": "commune", "population": 900, "works_started": False, "operation_category_admitted": True,
        "dimming": "dimming", "cee_offer_before_commitment": True, "expense_kind": "immobilisation", "vat_regime": "fctva",
        "third_party_asset": False,
    }  # fmt: skip
    plan = plan_for(done, "commune:34001", facts, DAY)
    balanced(plan)
    tax = calculator(cost * Decimal("0.2"))
    assert (plan.cost_ht_cents, plan.vat_cents) == (8_345_678, tax) == (8_345_678, 1_669_136)
    refund = int((FCTVA * (8_345_678 + tax)).quantize(Decimal(1), ROUND_HALF_EVEN))
    for scenario, detr, price in zip(plan.scenarios, ("0.2", "0.3", "0.5"), ("6.5", "8.5", "10"), strict=True):
        grant, sold = calculator(cost * Decimal(detr)), calculator(Decimal(400) * Decimal(price))
        own = 8_345_678 + tax - grant - sold - refund
        assert lines(scenario) == {
            "detr": grant, "cee_res_ec_104": sold, "fctva": refund, "participation_minimale": own,
        }  # fmt: skip
    years = cash_calendar(plan.mid, 2027, DAY)
    grant = calculator(cost * Decimal("0.3"))
    advance = round(grant * 0.3)
    assert [y.year for y in years] == [2027, 2028, 2029]
    assert [y.received.get("aid", 0) for y in years] == [advance, grant - advance, 0]
    assert [y.received.get("certificate", 0) for y in years] == [0, 340_000, 0]
    assert [y.received.get("fctva", 0) for y in years] == [0, 0, refund]
    assert years[-1].treasury == lines(plan.mid)["participation_minimale"]


@pytest.mark.parametrize(("derogation", "ceiling"), [(False, "0.8"), (True, "0.9")])
def test_a_school_of_a_communaute_de_communes_meets_the_ceiling(derogation: bool, ceiling: str) -> None:
    cost = Decimal("1000000.01")
    done = action(field="buildings", need="renovation_etape", unit="m2", quantity=1500.0, cost_eur=float(cost))
    facts = RENOVATION | {"owner_type": "communaute_de_communes", "prefect_derogation": derogation}
    plan = plan_for(done, "epci:200017341", facts, DAY)
    balanced(plan)
    most = int(Decimal(ceiling) * 100_000_001)
    wanted = {name: Decimal(rate) * cost for name, rate in (("detr", "0.5"), ("fonds_vert_batiments", "0.5"))}
    high = lines(plan.high)
    aids = {name: value for name, value in high.items() if name not in ("fctva", "participation_minimale")}
    assert {"detr", "fonds_vert_batiments", "dsil"} <= aids.keys()
    assert sum(aids.values()) == most, "public aid is cut to its ceiling, to the cent"
    assert aids["detr"] == pytest.approx(aids["fonds_vert_batiments"], abs=1), "cut in proportion: both asked the same"
    assert float(wanted["detr"]) > aids["detr"] / 100
    assert 100_000_001 - most >= round(Decimal("0.1" if derogation else "0.2") * 100_000_001) - 1
    refund = int((FCTVA * plan.cost_ttc_cents).quantize(Decimal(1), ROUND_HALF_EVEN))
    assert high["fctva"] == refund
    assert high["participation_minimale"] == plan.cost_ttc_cents - most - refund
    first = cash_calendar(plan.high, 2027, DAY)[0]
    assert first.received["fctva"] == refund, "a communauté de communes gets its FCTVA in the year"


def test_a_water_syndicat_recovers_its_tax() -> None:
    cost = Decimal("250000.00")
    done = action(field="water", need="canalisation_aep", unit="m", quantity=1000.0, cost_eur=float(cost))
    facts = {
        "owner_type": "syndicat", "water_basin": "loire_bretagne", "water_price_eur_m3": 1.45, "degressive_tariff": False,
        "sispea_filed": True, "joint_programme": True, "water_priority": "moyenne", "frr": True, "works_started": False,
        "vat_regime": "assujetti", "expense_kind": "immobilisation", "syndicat_admis": False,
    }  # fmt: skip
    plan = plan_for(done, "syndicat:1", facts, DAY)
    balanced(plan)
    for scenario in plan.scenarios:
        assert lines(scenario) == {
            "agence_eau_loire_bretagne": calculator(cost * Decimal("0.6")),
            "tva": calculator(cost * Decimal("0.2")),
            "participation_minimale": calculator(cost * Decimal("0.4")),
        }
    years = cash_calendar(plan.mid, 2027, DAY)
    assert years[0].received.get("tva", 0) == 5_000_000
    assert years[-1].treasury == 10_000_000
