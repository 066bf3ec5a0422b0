"""Sheets, workbook and GeoPackage of a small twin."""

import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyogrio
import pytest
from defusedxml.ElementTree import fromstring
from pypdf import PdfReader
from tests.twin.conftest import PLACES, write_lights

from jumeau.errors import NotFoundError
from jumeau.model.provenance import Source
from jumeau.twin import Twin, open_twin, places, planning, reporting


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Three communes with lights, a diagnosis and a programme."""
    folder = tmp_path_factory.mktemp("exports")
    with open_twin(folder / "jumeau", create=True) as twin:
        twin.load_communes("34")
        twin.import_file(write_lights(folder / "eclairage.csv"), "luminaire", source=Source(id="essai", title="=1+1 Essai"))
        twin.diagnose("lighting")
        twin.plan(first_year=2027, years=5, budgets={"commune:34172": 40_000.0})
        yield twin


def test_one_sheet_by_commune(planned: Twin, tmp_path: Path) -> None:
    paths = planned.sheets(tmp_path)
    printed = sorted(path.name for path in paths["pdf"].iterdir())
    assert len(printed) == planned.view.count("commune") == 341
    assert "34172-montpellier.pdf" in printed
    assert {len(PdfReader(paths["pdf"] / name).pages) for name in printed[:40]} == {1}
    assert paths["html"].read_text(encoding="utf-8").count("<h1>") == 341


def test_sheets_add_up_to_the_programme(planned: Twin) -> None:
    programme = planned.programme()
    assert programme is not None
    found = places.build(planned)
    costs = [action.cost.value or 0.0 for sheet in found.sheets for action in sheet.actions]
    assert len(costs) == programme.chosen.num_rows > 0
    assert sum(costs) == pytest.approx(programme.totals["cost_eur"].value, abs=0.01)
    for sheet in found.sheets:
        if sheet.funding:
            assert sum(line.mid for line in sheet.funding.lines) == pytest.approx(
                sheet.funding.before_tax + sheet.funding.tax, abs=0.005
            )


def test_sheet_of_one_commune_with_and_without_data(planned: Twin, tmp_path: Path) -> None:
    code = PLACES[0]
    text = re.sub(r"\s+", " ", PdfReader(planned.sheets(tmp_path, commune=code)["pdf"]).pages[0].extract_text())
    assert "Montpellier" in text
    assert "Luminaires d’éclairage public 20" in text
    assert "Contour schématique" in text
    bare = planned.sheets(tmp_path, commune="34001")["pdf"]
    assert "aucun point lumineux connu" in PdfReader(bare).pages[0].extract_text().replace("\n", " ")


def test_unknown_commune_is_named(planned: Twin, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="99999"):
        planned.sheets(tmp_path, commune="99999")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def book(planned: Twin, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """Rows of each sheet of the workbook, header first."""
    path = planned.export(tmp_path_factory.mktemp("classeur"))["xlsx"]
    opened = openpyxl.load_workbook(path)
    assert all(sheet.freeze_panes == "A2" for sheet in opened)
    formulas = [c.coordinate for sheet in opened for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert formulas == []
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in opened}


def column(rows: list[tuple[object, ...]], title: str) -> list[object]:
    return [row[rows[0].index(title)] for row in rows[1:]]


def test_totals_of_the_report_are_those_of_the_workbook(planned: Twin, book: dict[str, list[tuple[object, ...]]]) -> None:
    context = reporting.build(planned)
    found = context.programme
    assert found is not None
    costs = column(book["Programme"], "Coût HT (€)")
    assert sum(costs) == pytest.approx(found.cost.value, abs=0.01)  # type: ignore[arg-type]
    assert sum(column(book["Besoins"], "Coût HT (€)")) == pytest.approx(found.cost.value, abs=0.01)  # type: ignore[arg-type]
    spent = column(book["Budgets"], "Dépensé (€)")
    assert sum(spent) == pytest.approx(sum(line.spent for line in found.budgets), abs=0.01)  # type: ignore[arg-type]
    totals = {row[2]: row[4:7] for row in book["Indicateurs"][1:] if row[0] is None}
    assert totals == {x.title: (x.total.range.value, x.total.range.low, x.total.range.high) for x in context.indicators}
    energy = [row[4] for row in book["Indicateurs"][1:] if row[0] and row[2] == context.indicators[0].title]
    assert sum(energy) == pytest.approx(totals[context.indicators[0].title][0], abs=len(energy))  # type: ignore[arg-type]


def test_every_action_is_there_chosen_or_with_a_reason(planned: Twin, book: dict[str, list[tuple[object, ...]]]) -> None:
    programme = planned.programme()
    assert programme is not None
    actions, _ = planning.gathered(planned)
    assert sorted(map(str, column(book["Actions"], "Action"))) == sorted(actions["id"].to_pylist())
    chosen, why = column(book["Actions"], "Retenue"), column(book["Actions"], "Raison de l'écart")
    assert chosen.count("oui") == programme.chosen.num_rows
    assert all(reason for said, reason in zip(chosen, why, strict=True) if said == "non")


def test_funding_balances_for_each_action(book: dict[str, list[tuple[object, ...]]]) -> None:
    costs = dict(zip(column(book["Programme"], "Action"), column(book["Programme"], "Coût HT (€)"), strict=True))
    for scenario in ("Aides basses (€)", "Aides moyennes (€)", "Aides hautes (€)"):
        for action, cost in costs.items():
            rows = zip(column(book["Financement"], "Action"), column(book["Financement"], scenario), strict=True)
            assert sum(x for a, x in rows if a == action) == pytest.approx(1.2 * cost, abs=0.011)  # type: ignore[operator,misc]


def test_rejects_and_sources_are_told(book: dict[str, list[tuple[object, ...]]]) -> None:
    assert 62 in column(book["Rejets"], "Ligne")
    assert "=1+1 Essai" in column(book["Sources"], "Titre")


def test_same_twin_same_workbook(planned: Twin, tmp_path: Path) -> None:
    first, second = (planned.export(tmp_path / name) for name in ("a", "b"))
    assert first["xlsx"].read_bytes() == second["xlsx"].read_bytes()
    assert first["gpkg"].read_bytes() == second["gpkg"].read_bytes()


def test_geopackage_opens_with_crs_counts_and_styles(planned: Twin, tmp_path: Path) -> None:
    path = planned.export(tmp_path)["gpkg"]
    assert [p.suffix for p in tmp_path.iterdir()].count(".gpkg") == 1
    kinds = dict(pyogrio.list_layers(path))
    assert kinds["communes"] == kinds["programme_communes"] == "MultiPolygon"
    assert kinds["luminaire"] == "Point"
    assert kinds["programme"] is None
    for name, count in (("communes", 341), ("luminaire", planned.view.count("luminaire"))):
        info = pyogrio.read_info(path, layer=name)
        assert info["features"] == count
        assert info["crs"] == "EPSG:2154"
    lights = pyogrio.read_dataframe(path, layer="luminaire")
    read = planned.view.read("luminaire", columns=["lamp_power_w"]).to_pylist()
    assert lights["lamp_power_w"].isna().sum() == sum(row["lamp_power_w"] is None for row in read) > 0
    assert set(lights["lamp_power_w__origin"].dropna()) == {"declared"}
    assert set(lights["lamp_power_w__source"].dropna()) == {"essai"}
    communes = pyogrio.read_dataframe(path, layer="communes").set_index("commune")
    assert communes["lighting_annual_energy_kwh"].notna().sum() == len(PLACES)
    programme = planned.programme()
    assert programme is not None
    assert pyogrio.read_info(path, layer="programme")["features"] == programme.chosen.num_rows
    works = pyogrio.read_dataframe(path, layer="programme_communes")
    assert works["cost_eur"].sum() == pytest.approx(programme.totals["cost_eur"].value, abs=0.01)


def test_styles_are_sound_xml_and_class_every_feature(planned: Twin, tmp_path: Path) -> None:
    path = planned.export(tmp_path)["gpkg"]
    with sqlite3.connect(path) as base:
        styles = dict(base.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault").fetchall())
        assert set(styles) == {"communes", "programme_communes", "luminaire"}
        columns = dict(base.execute("SELECT f_table_name, f_geometry_column FROM layer_styles").fetchall())
        there = dict(base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall())
        assert columns.items() <= there.items(), "QGIS looks for a style by table and geometry column"
        for name, qml in styles.items():
            root = fromstring(qml, forbid_dtd=False)
            tests = [rule.get("filter") for rule in root.iter("rule")]
            symbols = {symbol.get("name") for symbol in root.iter("symbol")}
            assert {rule.get("symbol") for rule in root.iter("rule")} == symbols
            held = [base.execute(f'SELECT count(*) FROM "{name}" WHERE {test}').fetchone()[0] for test in tests]
            assert sum(held) == base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]


def test_qgis_itself_opens_the_layers_with_their_styles(planned: Twin, tmp_path: Path) -> None:
    """The default styles are found by QGIS, and each layer is drawn with them."""
    python, script = "/usr/bin/python3", Path(__file__).parents[2] / "scripts" / "qgis_styles.py"
    if subprocess.run([python, "-c", "import qgis.core"], capture_output=True, check=False).returncode:
        pytest.skip("QGIS is not installed: apt-get install qgis python3-qgis")
    done = subprocess.run(
        [python, str(script), str(planned.export(tmp_path)["gpkg"]), str(tmp_path / "images")],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    seen = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    drawn = {one["layer"]: one for one in seen if "renderer" in one}
    assert {"communes", "programme_communes", "luminaire"} <= set(drawn)
    for one in drawn.values():
        assert one["valid"]
        assert one["styled"]
        assert one["renderer"] == "RuleRenderer"
        assert one["classes"] >= 2
        assert one["colours"] >= 2
