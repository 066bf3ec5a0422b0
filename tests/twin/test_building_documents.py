"""The draft plan (SDIE) and the note before an audit: figures that add up, where they come from, PDF and Word alike."""

from pathlib import Path

import docx
import pytest
from pypdf import PdfReader

from jumeau.twin import open_twin
from jumeau.twin.building_documents import plan_of, write_stock_plan
from jumeau.twin.building_note import write_pre_audit
from jumeau.twin.building_sheet import buildings_of, sheet
from jumeau.twin.core import Twin

EPCI = "243400819"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory):
    with open_twin(tmp_path_factory.mktemp("docs") / "t", create=True) as opened:
        opened.load_communes("34")
        opened.load_synthetic("34", seed=1)
        yield opened


def words(path: Path) -> str:
    """All the words of a PDF or of a Word file, spaces made plain."""
    if path.suffix == ".pdf":
        text = " ".join(page.extract_text() for page in PdfReader(path).pages)
    else:
        page = docx.Document(str(path))
        cells = [cell.text for table in page.tables for row in table.rows for cell in row.cells]
        text = " ".join([*(p.text for p in page.paragraphs), *cells])
    return " ".join(text.split())


def test_a_plan_adds_up_and_says_where_its_figures_come_from(twin: Twin, tmp_path: Path) -> None:
    plan = plan_of(twin, EPCI)
    assert plan.area
    assert sum(int(row[1]) for row in plan.uses[:-1]) == int(plan.uses[-1][1]) == plan.count
    assert sum(int(row[1]) for row in plan.labels) == plan.count + plan.unknown
    assert plan.energy.value == pytest.approx(sum(line.energy.value for line in plan.lines), rel=1e-6)
    # in a place of many communes, each building says its own
    assert all(", " in line.name for line in plan.lines)
    assert plan.unsure
    assert all("il manque : " in line for line in plan.unsure)
    pdf, word = (words(write_stock_plan(twin, EPCI, tmp_path / f"sdie.{kind}")) for kind in ("pdf", "docx"))
    for said in (
        "Communauté d’agglomération Hérault-Méditerranée", "L’énergie dite ici repose", "Le patrimoine par étiquette",
        "de toutes les collectivités situés sur ce territoire", "À vérifier, faute d’une information",
    ):  # fmt: skip
        assert said in pdf, said
        assert said in word, said


def test_a_note_gives_every_estimate_its_interval(twin: Twin, tmp_path: Path) -> None:
    known = next(r for r in buildings_of(twin, "34003") if r.energy is not None and r.usage != "residentiel")
    found = sheet(twin, known.id)
    assert found["per_m2"]["low"] < found["per_m2"]["value"] < found["per_m2"]["high"]
    assert found["label_best"] <= found["label"] <= found["label_worst"]
    assert found["total"]["low"] < found["total"]["value"] < found["total"]["high"]
    pdf, word = (words(write_pre_audit(twin, known.id, tmp_path / f"note.{kind}")) for kind in ("pdf", "docx"))
    for said in (
        "Énergie finale par m² chauffé",
        f"de {found['label_best']} à {found['label_worst']} ; calculée",
        "kWc de panneaux",
    ):
        assert said in pdf, said
        assert said in word, said
