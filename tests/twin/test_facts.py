"""Facts that decide of a grant, given in a file: the grant is counted with its range; what is missing stays to confirm."""

from datetime import date
from pathlib import Path

import pytest

from jumeau.errors import InputError, JumeauError
from jumeau.model.action import Action
from jumeau.model.provenance import Source
from jumeau.twin import Twin, facts

HEAD = "owner;need;action;fact;value;said_by;said_on\n"
ROWS = """*;lanterne_led;;operation_category_admitted;oui;Commission DETR;2026-02-10
*;lanterne_led;;dimming;dimming_presence;Cahier des charges;2026-10-01
*;lanterne_led;;cee_offer_before_commitment;oui;Offre du regroupeur;2026-10-01
*;;;cee_price_eur_mwhc;7,9;Offre du regroupeur;2026-10-01
commune:34129;;;potentiel_financier_ratio;1,05;Fiche DGF 2026;2026-03-30
commune:34129;;;potentiel_financier_ratio;0,98;Fiche DGF 2027;2027-03-30
"""
BUDGETS = {"commune:34172": 40_000.0, "commune:34057": 40_000.0, "commune:34129": 40_000.0}


def give(twin: Twin, folder: Path, rows: str) -> None:
    path = folder / "faits.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    twin.import_file(path, "fait_financement", source=Source(id="faits", title="Faits"))


def planned(twin: Twin, lights: Path) -> Twin:
    twin.import_file(lights, "luminaire", source=Source(id="essai", title="Essai"))
    twin.diagnose("lighting")
    return twin


def test_given_facts_bring_the_grants_with_their_range(twin: Twin, lights: Path, tmp_path: Path) -> None:
    planned(twin, lights)
    twin.plan(first_year=2027, years=3, budgets=BUDGETS)
    before = twin.financing()
    assert before is not None
    assert before.whole().mid.cents("aid", "certificate") == 0
    assert {"detr", "cee_res_ec_104"} <= {one.rule for one in before.to_confirm("commune:34129")}
    give(twin, tmp_path, ROWS)
    twin.plan(first_year=2027, years=3, budgets=BUDGETS)
    after = twin.financing()
    assert after is not None
    assert after.faults() == []
    low, mid, high = (s.cents("aid") for s in after.owners()["commune:34129"].scenarios)
    assert 0 < low < mid < high
    assert {s.cents("certificate") for s in after.owners()["commune:34129"].scenarios} != {0}
    doubts = [{one.rule: one.actions for one in found.to_confirm("commune:34129")} for found in (before, after)]
    assert doubts[1].get("detr", 0) < doubts[0]["detr"], "only works of other kinds still wait for the commission"
    assert "cee_res_ec_104" not in doubts[1]
    assert any("0.98" in said or "0,98" in said for said in after.facts)
    assert any("Offre du regroupeur, 01/10/2026" in said for said in after.facts)


def test_the_offer_sets_the_price_of_certificates(twin: Twin, lights: Path, tmp_path: Path) -> None:
    planned(twin, lights)
    give(twin, tmp_path, ROWS)
    twin.plan(first_year=2027, years=3, budgets=BUDGETS)
    found = twin.financing()
    assert found is not None
    led = [one for one in found.actions if one.plan.mid.cents("certificate")]
    assert led
    for one in led:
        assert len({s.cents("certificate") for s in one.plan.scenarios}) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("*;;;potentiel;1;x;2026-01-01\n", "potentiel"),
        ("*;;;works_started;peut-être;x;2026-01-01\n", "peut-être"),
        ("*;;;potentiel_financier_ratio;cher;x;2026-01-01\n", "cher"),
        ("*;;;vat_regime;exonéré;x;2026-01-01\n", "assujetti"),
    ],
)
def test_a_wrong_fact_is_named_with_its_row_and_nothing_is_kept(twin: Twin, tmp_path: Path, row: str, said: str) -> None:
    head = twin.view.head()
    with pytest.raises(InputError, match=r"faits\.csv.*2") as error:
        give(twin, tmp_path, "*;;;works_started;non;x;2026-01-01\n" + row)
    assert said in str(error.value)
    assert twin.view.head() == head


def test_the_most_particular_fact_wins_then_the_latest() -> None:
    def one(value: object, on: str, owner: str = "*", need: str = "") -> facts.Given:
        day = date.fromisoformat(on)
        return facts.Given(owner=owner, need=need, action="", fact="led", value=value, said_by="x", said_on=day)

    action = Action(
        id="a", kind="k", field="lighting", title="a", owner="commune:34172", need="lanterne_led", quantity=1, unit="point",
        cost_eur=1, cost_eur_low=1, cost_eur_high=1, price_year=2025, cost_source="s", lifetime_y=9,
    )  # fmt: skip
    found = [one(1, "2026-09-09"), one(2, "2026-01-01", "commune:34172"), one(3, "2026-02-01", "commune:34172"),
             one(4, "2026-12-01", "commune:34057"), one(5, "2020-01-01", need="lanterne_led")]  # fmt: skip
    assert facts.of_action(sorted(found, key=lambda x: x.rank), action) == {"led": 5}
    assert facts.of_action(sorted(found[:4], key=lambda x: x.rank), action) == {"led": 3}


def test_facts_written_in_yaml_are_those_of_the_csv(twin: Twin, tmp_path: Path) -> None:
    example = Path(__file__).resolve().parents[2] / "examples" / "financement" / "faits.yaml"
    twin.import_file(example, facts.LAYER, source=Source(id="faits", title="Faits"))
    found, wrong = facts.given(twin.view)
    assert wrong == []
    said = {(one.owner, one.need, one.fact): one.value for one in found}
    assert said["*", "lanterne_led", "operation_category_admitted"] is True
    assert said["*", "lanterne_led", "dimming"] == "dimming_presence"
    assert said["*", "", "cee_price_eur_mwhc"] == 7.9
    assert said["commune:34172", "", "potentiel_financier_ratio"] == 1.05
    assert len(found) == 5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {facts: {frr: true}, said_on: 2026-01-01}", "entrée n° 1.*said_by"),
        ("- {fact: {frr: true}, said_by: x, said_on: 2026-01-01}", "entrée n° 1"),
        ("- {facts: {frr: peut-être}, said_by: x, said_on: 2026-01-01}", "faits"),
        ("- {facts: {beaute: true}, said_by: x, said_on: 2026-01-01}", "beaute"),
        ("- {facts: {frr: true, frr: false}, said_by: x, said_on: 2026-01-01}", "frr"),
        ("- [", "faits.yaml"),
    ],
)
def test_wrong_yaml_facts_are_named_and_nothing_is_written(twin: Twin, tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "faits.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(JumeauError, match=message):
        twin.import_file(path, facts.LAYER)
    assert twin.view.count(facts.LAYER) == 0
