"""Cash of a plan year by year, loans, and what accounts say of an owner's means."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.funding.test_plan import COMMUNE, aid, cents

from jumeau.errors import InputError
from jumeau.funding.accounts import Accounts, burden, from_lines, from_ofgl
from jumeau.funding.cash import annuity, cash_calendar
from jumeau.funding.plan import plan_de_financement

DAY = date(2026, 11, 25)
FACTS = COMMUNE | {"fctva_regime": "droit_commun"}


def test_a_grant_comes_by_an_advance_and_a_balance_and_the_tax_two_years_later() -> None:
    """30 % of advance on a DETR (instruction of 28 February 2025); FCTVA in N+2 (CGCT L1615-6)."""
    plan = plan_de_financement(10_000_00, 0.2, [aid("detr", 2000_00, 3000_00, 4000_00)], facts=FACTS, on=DAY)
    years = cash_calendar(plan.mid, 2027, DAY)
    assert [y.year for y in years] == [2027, 2028, 2029]
    assert [y.received.get("aid", 0) for y in years] == [900_00, 2100_00, 0]
    assert [y.received.get("fctva", 0) for y in years] == [0, 0, cents(plan.mid)["fctva"]]
    assert years[0].spent == 12_000_00
    assert years[0].treasury == 11_100_00
    assert years[-1].treasury == plan.mid.cents("own")


amounts = st.integers(0, 10**9)


@given(amounts, amounts, st.integers(0, 3))
def test_the_flows_of_all_years_leave_the_owner_its_part(cost: int, helped: int, loan: int) -> None:
    plan = plan_de_financement(
        cost, 0.2, [aid("fonds_vert_batiments", helped, helped, helped)], facts=FACTS, on=DAY, loan_cents=loan * cost // 4
    )
    for scenario in plan.scenarios:
        years = cash_calendar(scenario, 2027, DAY)
        assert sum(y.own for y in years) == scenario.cents("own")
        assert years[-1].treasury == scenario.cents("own")


def test_annuity_pays_the_loan_back() -> None:
    paid, left = annuity(100_000_00, 0.019, 15), 100_000_00.0
    for _ in range(15):
        left = left * 1.019 - paid
    assert abs(left) < 20
    assert annuity(1200, 0.0, 12) == 100
    with pytest.raises(InputError, match="emprunt"):
        annuity(100, 0.02, 0)


def test_a_loan_weighs_on_savings_and_debt() -> None:
    before = Accounts(
        owner="commune:34001", year=2025, income_eur=1_000_000, spending_eur=800_000, repaid_eur=50_000, debt_eur=1_600_000
    )
    found = burden(before, 800_000_00, 0.02, 20, saved_eur=6_000, owner_type="commune", on=DAY)
    assert before.debt_years == 8
    assert found.after.gross_saving_eur == pytest.approx(200_000 - 16_000 + 6_000)
    assert found.after.debt_years == pytest.approx(2_400_000 / 190_000)
    assert found.verdict.decision == "no"
    assert found.after.net_saving_eur == pytest.approx(190_000 - 50_000 - (found.annuity_eur - 16_000))
    silent = burden(Accounts(owner="x", year=2025, income_eur=1, spending_eur=2), 0, 0.0, 1, owner_type="commune", on=DAY)
    assert silent.verdict.decision == "unknown"


def test_ofgl_aggregates() -> None:
    found = from_ofgl(
        "commune:34001",
        2024,
        {"recettes de fonctionnement": 10.0, "depenses de fonctionnement": 8.0, "encours de dette": 4.0},
    )
    assert found is not None
    assert (found.gross_saving_eur, found.debt_years) == (2.0, 2.0)
    assert from_ofgl("x", 2024, {"encours de dette": 4.0}) is None


@pytest.mark.data
def test_montpellier_2018_against_the_ratios_the_document_prints(data_dir: Path) -> None:
    """Compte administratif 2018 of Montpellier (TOTEM): the document prints, for 282 143 inhabitants, 1 210 € of real income
    and 1 048 € of real spending by inhabitant, 646 € of debt, and a saving of 13.36 % of the income (sales of assets in)."""
    from jumeau.model.dictionary import builtin_layers
    from jumeau.sources.importer import prepare

    table = prepare(data_dir / "finances/montpellier-34-budget/CA/CA_2018.xml.gz", builtin_layers()["compte"]).table
    rows = table.to_pylist()
    assert {row["owner"] for row in rows} == {"commune:34172"}
    assert {row["budget_kind"] for row in rows} == {"principal"}
    found = from_lines("commune:34172", rows)[2018]
    assert found.income_eur / 282_143 == pytest.approx(1210, rel=0.01)
    assert found.spending_eur / 282_143 == pytest.approx(1048, rel=0.005)
    assert found.gross_saving_eur / found.income_eur == pytest.approx(0.1336, abs=0.006)
    assert found.debt_eur == pytest.approx(646 * 282_143)
    assert found.debt_years == pytest.approx(4.2, abs=0.1)


def test_taxes_handed_on_are_spent_and_other_budgets_left_out() -> None:
    base = {"sens": "depense", "year": 2024, "realised_eur": 10.0}
    rows = [
        base | {"nature": "739211"},
        base | {"nature": "6419", "sens": "recette"},
        base | {"nature": "6411", "ordre": True},
        base | {"nature": "7011", "sens": "recette", "budget_kind": "annexe"},
        base | {"nature": "73111", "sens": "recette", "realised_eur": 90.0},
    ]
    found = from_lines("commune:34001", rows)[2024]
    assert (found.income_eur, found.spending_eur) == (100.0, 10.0)
