"""Who pays: every plan balances to the cent, says its rules, is kept with the programme, and reads in the report."""

import random
from datetime import date
from pathlib import Path

import msgspec
import pytest

from jumeau.documents.numbers import number
from jumeau.errors import NotFoundError
from jumeau.funding import FinancedAction, Financing, plan_for, resources
from jumeau.funding.plan import Scenario
from jumeau.model.action import Action
from jumeau.rules import catalogue
from jumeau.sharing.actors import ANONYMOUS
from jumeau.twin import Twin, financing, open_twin, reporting

DAY = date(2026, 11, 23)
FIELDS = ("lighting", "water", "risks", "buildings")
NEEDS = {"lighting": "lanterne_led", "water": "recherche_fuites", "risks": "etude", "buildings": "isolation_enveloppe"}


def action(owner: str, number: int, field: str = "lighting", cost: float = 10_000.0) -> Action:
    return Action(
        id=f"a{number}", kind="k", field=field, title="Travaux", owner=owner, need=NEEDS[field], quantity=10.0, unit="point",
        cost_eur=cost, cost_eur_low=cost, cost_eur_high=cost, price_year=2026, cost_source="essai",
        lifetime_y=20, assets=("x",),
    )  # fmt: skip


def programme(seed: int) -> Financing:
    """Four hundred actions of a hundred owners of every kind, costs to the tenth of a cent."""
    draw = random.Random(seed)
    owners = [f"commune:{code}" for code in ("34172", "34057", "34129", "97411")] + ["epci:243400017", "departement:34"]
    owners += [f"syndicat:S{k}" for k in range(94)]
    out = []
    for k in range(400):
        owner, field = draw.choice(owners), draw.choice(FIELDS)
        one = action(owner, k, field, round(10 ** draw.uniform(0, 7), 3))
        known = financing.facts(one) | draw.choice([{}, {"dimming": "dimming", "cee_offer_before_commitment": True}])
        known |= draw.choice([{}, {"operation_category_admitted": True, "potentiel_financier_ratio": 0.8, "overseas": False}])
        made = plan_for(one, owner, known, DAY, draw.choice([0.2, 0.1, 0.055, 0.0]))
        said = {"action": one.id, "title": one.title, "owner": owner, "field": field, "year": 2027}
        out.append(FinancedAction(**said, cost_low_eur=None, cost_high_eur=None, plan=made))
    return Financing(on=DAY, actions=tuple(out))


@pytest.mark.parametrize("seed", range(3))
def test_many_owners_balance_to_the_cent(seed: int) -> None:
    found = programme(seed)
    assert found.faults() == []
    assert sum(plan.cost_ttc_cents for plan in found.owners().values()) == sum(x.plan.cost_ttc_cents for x in found.actions)
    for plan in found.owners().values():
        lines = resources(plan)
        for scenario in ("low", "mid", "high"):
            assert sum(getattr(one, scenario) for one in lines) == plan.cost_ttc_cents
    rules = {one.line.rule for plan in found.owners().values() for one in resources(plan)} - {""}
    assert {"cee_res_ec_104", "detr", "fctva", "participation_minimale"} <= rules <= set(catalogue())


def test_a_warning_says_how_many_actions_it_is_about() -> None:
    found = programme(1)
    silent = sum(not one.plan.warnings for one in found.actions)
    assert silent
    assert all("actions sur 400" in said for said in found.warnings())
    one = next(x for x in found.actions if x.plan.warnings)
    assert Financing(on=DAY, actions=(one,)).warnings() == one.plan.warnings


def test_a_plan_off_by_a_cent_is_seen() -> None:
    found = programme(0)
    one = found.actions[0]
    lines = one.plan.mid.lines
    wrong = Scenario(name="mid", lines=(*lines[:-1], msgspec.structs.replace(lines[-1], cents=lines[-1].cents + 1)))
    broken = msgspec.structs.replace(one, plan=msgspec.structs.replace(one.plan, mid=wrong))
    faults = msgspec.structs.replace(found, actions=(broken, *found.actions[1:])).faults()
    assert len(faults) == 1
    assert faults[0].startswith("a0 :")


def test_facts_come_from_the_referential_and_the_rest_stays_unknown() -> None:
    town = financing.facts(action("commune:34172", 0))
    assert town["population"] > 250_000
    assert town["overseas"] is False
    assert "potentiel_financier_ratio" not in town
    assert "dimming" not in town
    assert financing.facts(action("epci:243400017", 0))["population"] > 400_000
    assert "population" not in financing.facts(action("syndicat:Hérault Énergies", 0))
    assert financing.facts(action("commune:97411", 0))["overseas"] is True
    assert "expense_kind" not in financing.facts(action("commune:34172", 0, "water"))


@pytest.fixture
def planned(twin: Twin, lights: Path) -> Twin:
    twin.import_file(lights, "luminaire")
    twin.diagnose("lighting")
    twin.plan(years=3)
    return twin


def test_the_plans_are_kept_with_the_programme_and_the_same_again(planned: Twin) -> None:
    kept, chosen = planned.financing(), planned.programme()
    assert kept is not None
    assert chosen is not None
    assert kept.actions
    assert {one.action for one in kept.actions} == set(chosen.chosen["action"].to_pylist())
    assert kept.on == planned.instant().date()
    assert kept.faults() == []
    assert financing.finance(planned, chosen, kept.on) == kept
    cost = sum(round(c * 100) for c in chosen.chosen["cost_eur"].to_pylist())
    assert abs(sum(one.plan.cost_ht_cents for one in kept.actions) - cost) <= len(kept.actions)
    unsure = {one.rule: one.missing for one in kept.to_confirm()}
    assert "potentiel_financier_ratio" in unsure["detr"]


def test_the_report_says_the_sums(planned: Twin, tmp_path: Path) -> None:
    found = planned.financing()
    assert found is not None
    context = reporting.build(planned)
    assert context.financing is not None
    assert context.rules
    for one in context.financing.owners:
        for name in ("low", "mid", "high"):
            total = sum(round(getattr(line, name) * 100) for line in one.lines)
            assert total == round((one.before_tax + one.tax) * 100)
    html = planned.report(tmp_path / "r")["html"].read_text(encoding="utf-8")
    whole = found.whole()
    assert whole is not None
    assert "Plan de financement" in html
    plain = html.replace("\u202f", " ").replace("\u00a0", " ").replace("&#8239;", " ").replace("&nbsp;", " ")
    for cents in (whole.cost_ttc_cents, whole.mid.cents("own"), whole.mid.cents("fctva")):
        assert number(cents / 100).replace("\u202f", " ").replace("\u00a0", " ") in plain


def test_nobody_reads_the_plans_without_the_right(planned: Twin, tmp_path: Path) -> None:
    with open_twin(tmp_path / "jumeau", actor=ANONYMOUS) as public:
        assert public.financing() is None


def test_before_any_programme(twin: Twin) -> None:
    assert twin.financing() is None
    with pytest.raises(NotFoundError):
        financing.keep(twin.view, Financing(on=DAY, actions=()))
