"""Sheets, workbook and GeoPackage of a small twin."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from tests.twin.conftest import PLACES, write_lights

from jumeau.errors import NotFoundError
from jumeau.model.provenance import Source
from jumeau.twin import Twin, open_twin, places


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
    assert len(PdfReader(paths["pdf"]).pages) == planned.view.count("commune") == 341
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
