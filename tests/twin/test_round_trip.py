"""A commune taken away, edited outside, and reviewed when it comes back, on both adapters."""

import sqlite3
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas
import pyogrio
import pytest
import shapely
from openpyxl import load_workbook
from tests.twin.conftest import ids_of
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import InputError, JumeauError
from jumeau.model.origin import Origin
from jumeau.sharing.actors import ANONYMOUS
from jumeau.twin import Twin, accepting, editing, open_twin, returning
from jumeau.twin.comparing import same_shapes
from jumeau.twin.editing import Edit
from jumeau.twin.localising import commune_at, communes_at
from jumeau.twin.takeaway import write

COMMUNE = "34057"
POWER = "Puissance nominale de la lampe (W)"


def workbook(path: Path) -> tuple[Any, Any, dict[str, int]]:
    book = load_workbook(path)
    sheet = book["luminaire"]
    return book, sheet, {str(cell.value): cell.column for cell in sheet[1]}


def rows_by_code(sheet: Any, heads: dict[str, int]) -> dict[str, int]:
    column = heads["Numéro du point lumineux chez son gestionnaire"]
    return {str(sheet.cell(r, column).value): r for r in range(2, sheet.max_row + 1) if sheet.cell(r, column).value}


@pytest.mark.parametrize("end", ["xlsx", "gpkg"])
def test_a_file_that_was_not_touched_changes_nothing(lit: Twin, tmp_path: Path, end: str) -> None:
    path = write(lit.view, COMMUNE, tmp_path / f"commune.{end}")
    found = returning.review(lit.view, path)
    assert found.lines == ()
    assert found.problems == ()
    assert found.assets == 4
    assert found.same > 20
    head = lit.view.head()
    with pytest.raises(InputError):
        accepting.accept(lit.view, found, accepting.accepted(found))
    assert lit.view.head() == head


def test_what_leaves_says_where_each_value_comes_from(lit: Twin, tmp_path: Path) -> None:
    ids = ids_of(lit)
    editing.correct(lit.view, "luminaire", ids["PL0001"], {"lamp_power_w": 61}, Edit(origin=Origin.MEASURED))
    path = write(lit.view, COMMUNE, tmp_path / "commune.xlsx")
    book = load_workbook(path)
    assert book.sheetnames == ["luminaire", "origines luminaire", "sources des valeurs", "_jumeau"]
    values, told = book["luminaire"], book["origines luminaire"]
    assert [row[0].value for row in told.iter_rows(min_row=2)] == [
        values.cell(r, 1).value for r in range(2, told.max_row + 1)
    ]
    heads = {str(cell.value): cell.column for cell in told[1]}
    by_name = {str(told.cell(r, heads["équipement"]).value): r for r in range(2, told.max_row + 1)}
    assert str(told.cell(by_name["PL0001"], heads[POWER]).value).startswith("mesuré : ")
    assert told.cell(by_name["PL0004"], heads[POWER]).value == "déclaré : Fichier du gestionnaire"
    assert not any(str(head).startswith("Puissance absorbée") for head in heads), "nothing is known of it"
    assert "Fichier du gestionnaire" in [cell.value for cell in book["sources des valeurs"]["B"]]
    told.cell(2, heads[POWER]).value = "mesuré : moi"
    book.save(path)
    assert returning.review(lit.view, path).lines == ()
    carried = write(lit.view, COMMUNE, tmp_path / "commune.gpkg")
    frame = pyogrio.read_dataframe(carried, layer="origines luminaire").set_index("id")
    assert frame.loc[ids["PL0004"], "lamp_power_w"] == "déclaré : Fichier du gestionnaire"
    assert frame.loc[ids["PL0004"], "position"] == "déclaré : Fichier du gestionnaire"


def test_a_workbook_is_reviewed_line_by_line(lit: Twin, tmp_path: Path) -> None:
    path, ids = write(lit.view, COMMUNE, tmp_path / "commune.xlsx"), ids_of(lit)
    book, sheet, heads = workbook(path)
    assert sheet.protection.sheet
    assert sheet.cell(2, 1).protection.locked
    assert not sheet.cell(2, heads[POWER]).protection.locked
    assert any("shp" in rule.formula1 for rule in sheet.data_validations.dataValidation)
    at = rows_by_code(sheet, heads)
    sheet.cell(at["PL0001"], heads[POWER]).value = 42.04
    sheet.cell(at["PL0004"], heads[POWER]).value = "43,5 "
    sheet.cell(at["PL0007"], heads[POWER]).value = "beaucoup"
    sheet.cell(at["PL0007"], heads["Technologie de la lampe"]).value = "Sodium haute pression"
    sheet.cell(at["PL0001"], heads["x"]).value += 0.004
    sheet.cell(at["PL0007"], heads["y"]).value += 3
    sheet.delete_rows(at["PL0010"])
    new = sheet.max_row + 1
    for name, value in ((POWER, 30), ("x", sheet.cell(2, heads["x"]).value), ("y", sheet.cell(2, heads["y"]).value)):
        sheet.cell(new, heads[name]).value = value
    book.save(path)
    editing.correct(lit.view, "luminaire", ids["PL0004"], {"lamp_power_w": 99}, Edit(message="entre-temps"))
    found = returning.review(lit.view, path)
    told = {(one.kind, one.label, one.attribute): one for one in found.lines}
    assert set(told) == {
        ("changed", "PL0001", "lamp_power_w"),
        ("changed", "PL0004", "lamp_power_w"),
        ("changed", "PL0007", "geometry"),
        ("added", f"nouveau (ligne {new})", ""),
        ("removed", "PL0010", ""),
    }
    assert told["changed", "PL0001", "lamp_power_w"].after == 42.04
    clash = told["changed", "PL0004", "lamp_power_w"]
    assert (clash.conflict, clash.now, clash.after) == (True, 99.0, 43.5)
    assert [(p.field, p.value, p.row) for p in found.problems] == [("lamp_power_w", "beaucoup", at["PL0007"])]
    commit = accepting.accept(lit.view, found, accepting.accepted(found), message="relevé")
    assert lit.view.count("luminaire") == 13
    now = lit.view.read("luminaire", columns=["code", "lamp_power_w"])
    powers = dict(zip(now["code"].to_pylist(), now["lamp_power_w"].to_pylist(), strict=True))
    assert (powers["PL0001"], powers["PL0004"]) == (42.0, 99.0)
    again = returning.review(lit.view, path)
    assert {one.kind for one in again.lines if not one.conflict} == {"added", "removed"}
    lit.view.revert(commit.id)
    assert lit.view.count("luminaire") == 12
    accepting.accept(lit.view, found, [clash.key, told["removed", "PL0010", ""].key])
    assert lit.view.count("luminaire") == 11


def test_a_geopackage_comes_back_from_qfield(lit: Twin, tmp_path: Path) -> None:
    path, ids = write(lit.view, COMMUNE, tmp_path / "commune.gpkg"), ids_of(lit)
    with sqlite3.connect(path) as base:
        style = base.execute("SELECT styleQML FROM layer_styles WHERE f_table_name = 'luminaire'").fetchone()[0]
    assert 'name="Puissance nominale de la lampe (W)"' in style
    assert '<field name="id" editable="0"' in style
    assert "ValueMap" in style
    frame = pyogrio.read_dataframe(path, layer="luminaire")
    row = frame.index[frame["id"] == ids["PL0001"]][0]
    frame.loc[row, "lamp_power_w"] = 44.0
    frame.loc[row, "geometry"] = shapely.Point(frame.geometry[row].x + 2, frame.geometry[row].y)
    copy = frame.loc[[row]].copy()
    copy["code"] = "COPIE"
    frame = geopandas.GeoDataFrame(pandas.concat([frame, copy], ignore_index=True), crs=frame.crs)
    pyogrio.write_dataframe(frame.to_crs(4326), path, layer="luminaire", driver="GPKG")
    found = returning.review(lit.view, path)
    assert {(one.kind, one.attribute) for one in found.lines} == {
        ("changed", "lamp_power_w"), ("changed", "geometry"), ("added", ""),
    }  # fmt: skip
    accepting.accept(lit.view, found, accepting.accepted(found))
    assert lit.view.count("luminaire") == 13


def test_what_is_not_a_return_is_named(lit: Twin, tmp_path: Path) -> None:
    path = tmp_path / "autre.csv"
    path.write_text("id;lamp_power_w\nx;3\n", encoding="utf-8")
    with pytest.raises(InputError, match="--layer"):
        returning.review(lit.view, path)
    assert returning.review(lit.view, path, "luminaire").lines == ()
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(InputError, match=r"a\.pdf"):
        returning.review(lit.view, tmp_path / "a.pdf")
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04rien")
    with pytest.raises(InputError, match=r"b\.xlsx"):
        returning.review(lit.view, tmp_path / "b.xlsx")
    with pytest.raises(InputError, match="99999"):
        write(lit.view, "99999", tmp_path / "c.xlsx")
    with pytest.raises(InputError, match="xlsx"):
        write(lit.view, COMMUNE, tmp_path / "c.doc")
    taken = write(lit.view, COMMUNE, tmp_path / "commune.xlsx")
    book, sheet, _ = workbook(taken)
    sheet.delete_cols(1)
    book.save(taken)
    with pytest.raises(InputError, match="identifiant"):
        returning.review(lit.view, taken)


def test_the_commands_and_the_rights(lit: Twin, place: str, tmp_path: Path) -> None:
    path = tmp_path / "commune.xlsx"

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--twin", place])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    run("takeaway", COMMUNE, str(path), "--layer", "luminaire")
    book, sheet, heads = workbook(path)
    sheet.cell(2, heads[POWER]).value = 41
    book.save(path)
    assert "Rien n'est écrit" in run("return", str(path))
    assert "1 changement(s) écrits" in run("return", str(path), "--apply", "-m", "retour")
    assert "Rien à accepter" in run("return", str(path), "--apply")
    with open_twin(place, actor=ANONYMOUS) as nobody, pytest.raises(JumeauError):
        accepting.accept(nobody.view, returning.review(nobody.view, path), ["x"])


def test_lines_and_polygons_are_compared_to_the_centimetre_whole_columns_at_a_time() -> None:
    line = shapely.LineString([(0, 0), (10, 0), (10, 5)])
    pairs = [
        (line, line),
        (line, shapely.MultiLineString([line])),
        (line, shapely.LineString([(0, 0), (10, 0.004), (10, 5)])),
        (line, shapely.LineString([(0, 0), (10, 0.4), (10, 5)])),
        (line, shapely.LineString([(0, 0), (10, 5)])),
        (shapely.box(0, 0, 4, 4), shapely.Polygon([(4, 4), (4, 0), (0, 0), (0, 4)])),
        (shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)]), shapely.box(0, 0, 1, 1)),
        (None, line),
        (None, None),
    ]
    both = [np.array([None if p[k] is None else p[k].wkb for p in pairs], object) for k in (0, 1)]
    assert same_shapes(*both).tolist() == [True, True, True, False, False, True, False, False, True]


def test_communes_of_many_points_are_those_of_each(lit: Twin) -> None:
    table = lit.view.read("luminaire", columns=["geometry"])
    shapes = [*table["geometry"].to_pylist(), None, shapely.Point(-400_000, 6_000_000).wkb]
    assert communes_at(lit.view, shapes) == [*(commune_at(lit.view, s) for s in shapes[:-2]), None, None]
