"""A layer, actions and needs of the user's own: held, shown, edited, planned, pooled."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from jumeau.errors import InputError
from jumeau.model.provenance import Source
from jumeau.twin import Twin, places, workbook
from jumeau.web.app import create_app

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "voirie"
SOURCE = Source(id="voirie-essai", title="Voirie, essai")


@pytest.fixture
def road(twin: Twin) -> Twin:
    """A twin with the layer of roads of the example and its four rows."""
    layer = twin.add_layer(FOLDER / "voirie.csv")
    assert layer.name == "voirie"
    report = twin.import_file(FOLDER / "troncons.csv", "voirie", source=SOURCE)
    assert report.counts["kept"] == 4
    return twin


def test_own_layer_is_held_with_its_unknowns(road: Twin) -> None:
    rows = {row["code"]: row for row in road.view.read("voirie", provenance=True).to_pylist()}
    assert rows["VC2"]["longueur_m"] == 1150
    assert rows["VC4"]["longueur_m"] is None
    assert rows["VC3"]["annee"] is None
    assert rows["VC1"]["etat__origin"] == "declared"


def test_own_layer_is_shown_and_edited_like_any_other(road: Twin) -> None:
    client = TestClient(create_app(road), base_url="http://127.0.0.1")
    layers = client.get("/api/couches").json()
    assert any(one["name"] == "voirie" and one["count"] == 4 for one in layers)
    listed = client.get("/api/couches/voirie/actifs").json()
    assert len(listed["rows"]) == 4
    asset = road.view.read("voirie", columns=["code"]).to_pylist()[0]["id"]
    road.edit("voirie", asset, {"etat": "bon"}, message="repris cet été")
    assert road.view.claims("voirie", asset, "etat")[0].value == "bon"
    with pytest.raises(InputError):
        road.edit("voirie", asset, {"longueur_m": "longue"}, message="pas un nombre")


def test_own_actions_are_planned_with_their_benefit_and_pooled(road: Twin) -> None:
    assert road.add_actions(FOLDER / "actions.csv", FOLDER / "besoins.csv") == (3, 1)
    assert road.add_actions(FOLDER / "actions.csv") == (3, 0)
    programme = road.plan(first_year=2027, years=5, budgets={"commune:34172": 300_000.0, "commune:34129": 60_000.0})
    chosen = set(programme.chosen["action"].to_pylist())
    assert {"own/VC1", "own/VC4"} <= chosen
    assert "own/VC2" not in chosen, "172 000 € for 2 000 € a year during 20 years is a loss"
    why = {row["action"]: row["reason"] for row in programme.left_out.to_pylist()}
    assert why["own/VC2"] == "no_gain"
    assert programme.whole is not None
    money = next(row for row in programme.whole.to_pylist() if row["indicator"] == "own_annual_cost_eur")
    assert money["whole"] == pytest.approx(-5200)
    mine = next(sheet for sheet in places.build(road, commune="34172").sheets)
    assert [x.effect.value for x in mine.indicators if x.effect] == [pytest.approx(-5200)]
    rows = {sheet.title: sheet.rows for sheet in workbook.sheets(road, workbook.reporting.build(road))}
    need = next(row for row in rows["Besoins"] if row[0] == "couche_roulement")
    assert need[1] == "Couche de roulement de voie communale"
    assert need[2:6] == (3900.0, "m2", 2, 2)


def test_own_actions_stand_beside_the_engines(road: Twin, lights: Path) -> None:
    road.import_file(lights, "luminaire", source=Source(id="essai", title="Essai"))
    road.diagnose("lighting")
    road.add_actions(FOLDER / "actions.csv", FOLDER / "besoins.csv")
    programme = road.plan(first_year=2027, years=3, budgets={"commune:34172": 100_000.0})
    assert {"own", "lighting"} <= set(programme.chosen["field"].to_pylist())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("commune:34129;34129", "commune:34129;99999", "ligne 4, champ commune"),
        (";54000;", ";cher;", "ligne 4, champ cost_eur"),
        ("VC4;Refaire", "VC1;Refaire", "VC1"),
        (";couche_roulement;1800", ";brouette;1800", "brouette"),
        (";54000;45000;", ";54000;55000;", "bornes"),
        (";cost_eur;", ";prix;", "cost_eur"),
    ],
)
def test_one_wrong_row_refuses_the_file_and_names_it(road: Twin, tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (FOLDER / "actions.csv").read_text(encoding="utf-8")
    assert old in text
    bad = tmp_path / "actions.csv"
    bad.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        road.add_actions(bad, FOLDER / "besoins.csv")
    assert road.view.results("own") == []


def test_a_layer_of_the_house_cannot_be_replaced(twin: Twin, tmp_path: Path) -> None:
    fields = tmp_path / "luminaire.csv"
    fields.write_text("name,type\ncode,text\n", encoding="utf-8")
    with pytest.raises(InputError, match="luminaire"):
        twin.add_layer(fields)
