"""The programme of a twin asked for in a file, then explained, shared, taken up again and weighed, by command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import JumeauError
from jumeau.invest.robust import Scenario
from jumeau.twin import Twin, open_twin, purchasing

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "programme" / "ensemble.yaml"
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A twin of the Hérault with one file of lights, diagnosed and planned with the example of the documentation."""
    from tests.twin.conftest import write_lights

    folder = tmp_path_factory.mktemp("programme")
    with open_twin(folder / "jumeau", create=True) as twin:
        twin.load_communes("34")
        twin.import_file(write_lights(folder / "lights.csv"), "luminaire")
        twin.diagnose("lighting")
        twin.plan(options=EXAMPLE, budgets=dict.fromkeys(("commune:34172", "commune:34057", "commune:34129"), 6000.0))
    return folder / "jumeau"


@pytest.fixture
def run(place: Path) -> Run:
    """Run `jumeau plan ...` on it and give its JSON."""

    def call(*words: str, raw: bool = False) -> Any:
        extra = [] if raw else ["--json"]
        done = CliRunner().invoke(app, ["plan", *words, "--twin", str(place), *extra], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output if raw else json.loads(done.output)

    return call


def test_pooled_surveys_are_cheaper(place: Path) -> None:
    with open_twin(place) as twin:
        plan = twin.programme()
    assert plan is not None
    assert plan.lots is not None
    lots = {(r["lot"], r["year"]): r for r in plan.lots.to_pylist()}
    assert {lot for lot, _ in lots} == {"etudes"}
    assert all(r["saved_eur"] == pytest.approx(r["rebate"] * r["list_eur"], abs=0.01) for r in lots.values())
    assert any(r["rebate"] == 0.12 for r in lots.values())
    assert plan.gap < 0.01


def test_shares(run: Run, tmp_path: Path) -> None:
    found = run("share", "--out", str(tmp_path / "cles.csv"), "--samples", "400")
    assert found["total_eur"] < found["alone_eur"]
    for rule in ("proportional", "shapley"):
        assert sum(r[f"{rule}_eur"] for r in found["owners"]) == pytest.approx(found["total_eur"], abs=0.01)
    lines = (tmp_path / "cles.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(found["owners"])
    assert "95 % de chances" in run("share", raw=True)


def test_explanations(run: Run, place: Path) -> None:
    with open_twin(place) as twin:
        plan = twin.programme()
        assert plan is not None
        chosen, left = plan.chosen["action"][0].as_py(), plan.left_out["action"][0].as_py()
    assert run("explain", chosen)["year"] >= 2027
    assert run("explain", left)["year"] is None
    assert "Non retenue" in run("explain", left, raw=True)
    assert "perdraient" in run("explain", "--owner", "commune:34057", raw=True)
    assert isinstance(run("explain"), list)


def test_replanning(run: Run) -> None:
    found = run("replan", "--without", "commune:34057")
    assert {r["owner"] for r in found["changes"] if r["change"] == "withdrawn"} == {"commune:34057"}
    assert not [r for r in found["changes"] if r["change"] in ("moved", "dropped")]
    assert found["gains"]["free"] >= found["gains"]["now"] - 1e-6
    assert "gain" in run("replan", "--closed", "aide-departement", raw=True)


def test_trade_offs(run: Run) -> None:
    points = run("pareto", "lighting_annual_energy_kwh", "--points", "3")["points"]
    assert [p["saving"] for p in points] == sorted(p["saving"] for p in points)
    found = run("robust")
    assert found["chosen"] in found["worst"]
    assert found["worst"][found["chosen"]] == min(found["worst"].values())


def test_a_trial_is_not_kept(place: Path) -> None:
    with open_twin(place) as twin:
        before = twin.programme()
        trial = twin.programmes.trial(Scenario(name="", budgets=0.5, carriers={"electricity": 1.5}))
        after = twin.programme()
    assert before is not None
    assert after is not None
    assert trial.chosen.num_rows != before.chosen.num_rows
    assert after.chosen.equals(before.chosen)


def test_a_key_goes_from_the_programme_to_the_agreement(place: Path, tmp_path: Path) -> None:
    """Each member pays its part of the total to the cent, none more than alone by Shapley's rule; the agreement says so."""
    with open_twin(place) as twin:
        found = next(p for p in purchasing.bought(twin) if len(p.members) > 12)
        for rule in ("proportional", "shapley"):
            made = purchasing.dossier(twin, found.id, share_rule=rule)
            pays = [paid for _, paid in made.payments.values()]
            alone = [one for one, _ in made.payments.values()]
            assert set(made.shares) == {m.owner for m in found.members}
            assert sum(made.shares.values()) == pytest.approx(1.0)
            assert sum(pays) < sum(alone)
            assert all(paid <= one + 0.01 for one, paid in made.payments.values())
            assert "personne ne paie plus que seul" in made.share_notes[0]
        with pytest.raises(JumeauError, match="nucléole"):
            purchasing.dossier(twin, found.id, share_rule="nucleolus")
        with pytest.raises(JumeauError, match="proportional, shapley, nucleolus"):
            purchasing.dossier(twin, found.id, share_rule="banzhaf")
    words = ["buy", "papers", found.id, "-t", str(place), "--share", "shapley", "--owner", found.members[0].owner]
    done = CliRunner().invoke(app, [*words, "--out", str(tmp_path)], catch_exceptions=False)
    assert done.output.count(", clé ") == len(found.members)
    assert (tmp_path / found.id / "convention.docx").is_file()


def test_the_page_can_ask_all_of_it(place: Path) -> None:
    from fastapi.testclient import TestClient

    from jumeau.web.app import create_app

    with open_twin(place) as twin:
        client = TestClient(create_app(twin), base_url="http://127.0.0.1", headers={"Accept": "application/json"})
        plan = twin.programme()
        assert plan is not None
        shared = client.get("/api/programme/commun").json()
        assert shared["total"] < shared["alone"]
        assert {row["lot"] for row in shared["lots"]} == {"etudes"}
        assert all(row["nom"] and not row["nom"].startswith("commune:") for row in shared["owners"])
        why = client.get("/api/programme/explication", params={"action": plan.chosen["action"][0].as_py()}).json()
        assert [row["year"] for row in why["years"]] == list(range(2027, 2032))
        assert client.get("/api/programme/explication", params={"action": "rien"}).status_code == 422
        trial = client.get("/api/programme/essai", params={"budgets": 0.7}).json()
        assert trial["trial"]["gain"] <= trial["now"]["gain"]
        assert len(trial["years"]) == 5
        assert client.get("/api/programme/essai", params={"budgets": 50}).status_code == 422
        dear = client.get("/api/programme/essai", params={"electricite": 2.0}).json()
        assert dear["trial"]["gain"] > trial["now"]["gain"]
        poor = client.get("/api/programme/essai", params={"budget": ["commune:34172=0", "commune:34057=0"]}).json()
        assert poor["trial"]["actions"] < poor["now"]["actions"]
        dry = client.get("/api/programme/essai", params={"enveloppe": "aide-departement=0"}).json()
        assert dry["trial"]["gain"] <= trial["now"]["gain"] + 1e-6
        for bad in ({"budget": "commune:34172"}, {"budget": "commune:99999=1"}, {"enveloppe": "rien=1"}, {"carbone": 9}):
            assert client.get("/api/programme/essai", params=bad).status_code == 422
        sliders = client.get("/api/programme/curseurs").json()
        assert [one["id"] for one in sliders["prices"]] == ["electricite", "carbone"]
        assert sliders["envelopes"] == [{"name": "aide-departement", "amount": 100000}]
        assert "commune:34172" in {one["id"] for one in sliders["owners"]}
        goods = client.get("/api/programme/indicateurs").json()
        assert "lighting_annual_energy_kwh" in {one["id"] for one in goods}
        assert isinstance(client.get("/api/programme/limites").json(), list)


def test_wrong_questions_are_named(run: Run, place: Path, tmp_path: Path, twin: Twin) -> None:
    bad = tmp_path / "faux.yaml"
    bad.write_text("lots: [{name: x, tiers: [{volume: dix, rebate: 0.1}]}]", encoding="utf-8")
    for words, said in (
        (["--options", str(bad)], "faux.yaml"),
        (["explain", "nulle-part"], "nulle-part"),
        (["replan", "--without", "commune:99999"], "commune:99999"),
        (["replan", "--refused", "sans-egal"], "ACTION=ENVELOPPE"),
        (["pareto", "beaute"], "beaute"),
    ):
        with pytest.raises(JumeauError, match=said):
            run(*words)
    with pytest.raises(JumeauError, match="jumeau plan"):
        twin.programmes.sharing()
