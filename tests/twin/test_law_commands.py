"""`jumeau rules` and `jumeau finance` as a user types them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from jumeau.cli import app
from jumeau.errors import InputError, NotFoundError
from jumeau.twin import Twin

CASES = Path(__file__).parents[1] / "rules"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), catch_exceptions=True)


def test_rules_are_listed_with_their_last_check() -> None:
    said = run("rules", "list", "--on", "2026-11-24").output
    assert "fctva : Fonds de compensation pour la TVA" in said
    assert "Vérifiée le 23/11/2026." in said


def test_a_rule_explains_itself() -> None:
    base = ("rules", "explain", "fctva", "--on", "2026-11-23")
    assert "on ne sait pas" in run(*base).output
    facts = ("owner_type=commune", "expense_kind=immobilisation", "vat_regime=fctva", "third_party_asset=non")
    known = [word for fact in facts for word in ("--fact", fact)]
    assert ": oui." in run(*base, *known).output
    assert ": non." in run(*base, *known[:-1], "third_party_asset=oui").output


WRONG = (("--fact", "x=1"), ("--fact", "led=peut-être"), ("--fact", "population=beaucoup"), ("--on", "hier"))


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_word_is_refused_in_french(words: tuple[str, ...]) -> None:
    found = run("rules", "explain", "fctva", *words)
    assert isinstance(found.exception, InputError)
    assert words[1] in str(found.exception)


def test_cases_are_run_and_a_wrong_one_fails(tmp_path: Path) -> None:
    good = run("rules", "test", str(CASES))
    assert good.exit_code == 0
    assert "conformes" in good.output
    wrong = tmp_path / "faux.yaml"
    text = (CASES / "fctva.yaml").read_text(encoding="utf-8")
    wrong.write_text(text.replace("19.6848", "19.7"), encoding="utf-8")
    found = run("rules", "test", str(wrong))
    assert found.exit_code == 1
    assert "faux.yaml" in found.output
    assert isinstance(run("rules", "test", str(tmp_path / "absent")).exception, NotFoundError)


def test_stale_rules_are_named() -> None:
    assert "moins de douze mois" in run("rules", "stale", "--on", "2026-11-24").output
    assert "À revérifier" in run("rules", "stale", "--on", "2027-12-01").output


def test_finance_prints_the_plan_of_an_owner(twin: Twin, lights: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "jumeau")
    assert isinstance(run("finance", "--twin", place).exception, NotFoundError)
    twin.import_file(lights, "luminaire")
    twin.diagnose("lighting")
    twin.plan(years=2)
    found = twin.financing()
    assert found is not None
    owner, plan = next(iter(found.owners().items()))
    said = run("finance", "--twin", place, "--owner", owner)
    assert said.exit_code == 0
    whole = f"{plan.cost_ttc_cents / 100:,.2f}".replace(",", "\u202f").replace(".", ",")
    assert said.output.count(whole) >= 3
    assert isinstance(run("finance", "--twin", place, "--owner", "commune:00000").exception, NotFoundError)


def test_a_rule_explains_itself_on_an_action_of_the_twin(twin: Twin, lights: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "jumeau")
    twin.import_file(lights, "luminaire")
    twin.diagnose("lighting")
    offered = twin.actions("lighting")
    assert offered is not None
    lanterns = [row for row in offered.to_pylist() if row["need"] == "lanterne_led"]
    base = ("rules", "explain", "cee_res_ec_104", "--twin", place, "--on", "2026-11-23", "--action")
    said = run(*base, lanterns[0]["id"], "--fact", "dimming=none").output
    assert "Non : La fiche en vigueur donne un forfait à ce type de gradation." in said
    assert "Donné : Gradation et détection de présence = none." in said
    assert "Dit par la règle : Forfait par luminaire (none) = 0\u00a0kWh cumac, du 26/11/2025 au 31/12/2029" in said
    assert "À préciser : Des luminaires existants" not in said, "the action says by itself that lamps are replaced"
    assert isinstance(run(*base, "absente").exception, NotFoundError)
    assert isinstance(run(*base, "").exception, NotFoundError), "several begin with nothing"


def test_a_rule_file_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "fctva.yaml"
    text = (Path(__file__).parents[2] / "src/jumeau/rules/catalogue/financement/fctva.yaml").read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    assert "la règle « fctva » se lit" in run("rules", "check", str(file)).output
    file.write_text(text.replace("value: 0.16404", "valeur: 0.16404"), encoding="utf-8")
    found = run("rules", "check", str(file))
    assert "fctva.yaml, ligne 15 : « valeur » n'est pas un champ admis ici" in str(found.exception)
