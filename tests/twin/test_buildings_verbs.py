"""The verbs of the buildings field on a real twin: hour by hour, diagnoses met and written."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from jumeau.errors import NotFoundError
from jumeau.model.query import Compare
from jumeau.twin import open_twin
from jumeau.twin.building_documents import write_pre_audit, write_stock_plan
from jumeau.twin.building_sheet import buildings_of, sheet
from jumeau.twin.buildings import hourly
from jumeau.twin.core import Twin
from jumeau.twin.matching import apply_matched, match_file

COMMUNE = "34001"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory):
    with open_twin(tmp_path_factory.mktemp("twin") / "t", create=True) as opened:
        opened.load_communes("34")
        opened.load_synthetic("34", seed=1)
        yield opened


def buildings(twin: Twin):
    return twin.view.read("batiment", where=Compare("commune", "in", (COMMUNE,)))


@pytest.mark.data
def test_one_commune_hour_by_hour(twin: Twin, data_dir: Path) -> None:
    lyon = data_dir / "climat" / "lyon-69-epw" / "FRA_Lyon.074810_IWEC.epw.gz"
    today, later = (hourly(twin, lyon, c, commune=COMMUNE) for c in ("actuel", "tracc_2050"))
    assert today.table.num_rows == buildings(twin).num_rows
    assert "TRACC 2050" in later.weather
    heat = [np.nansum(x.table["heat_need_kwh"].to_numpy()) for x in (today, later)]
    assert 0 < heat[1] < heat[0]


def test_diagnoses_change_what_is_sure_and_leave_addresses_out(twin: Twin, tmp_path: Path) -> None:
    table = buildings(twin)
    home, other = table.slice(0, 1).to_pylist()[0], table.slice(1, 1).to_pylist()[0]
    x, y = shapely.get_coordinates(shapely.point_on_surface(shapely.from_wkb(home["geometry"])))[0]
    far = shapely.get_coordinates(shapely.centroid(shapely.from_wkb(other["geometry"])))[0] + 500_000
    head = "numero_dpe,etiquette_dpe,code_insee_ban,adresse_ban,coordonnee_cartographique_x_ban,"
    head += "coordonnee_cartographique_y_ban\n"
    file = tmp_path / "dpe.csv"
    file.write_text(
        head + f"N1,F,{COMMUNE},1 rue Haute,{x},{y}\nN2,B,{COMMUNE},2 rue Haute,{far[0]},{far[1]}\n", encoding="utf-8"
    )
    found = match_file(twin, file)
    assert found.ways == {"lieu": 1, "aucun": 1}
    assert [p[:2] for p in found.pairs] == [("N1", home["id"])]
    assert "Haute" not in repr(found)
    written, _ = apply_matched(twin, found, file)
    assert written == len(found.values.get(home["id"], {}))
    if written:
        after = {r["id"]: r for r in buildings(twin).to_pylist()}
        assert after[home["id"]]["dpe_class"] == "F"


def test_buildings_of_a_commune_and_the_sheet_of_one(twin: Twin) -> None:
    rows = buildings_of(twin, COMMUNE)
    table = buildings(twin)
    assert [r.id for r in rows] == table["id"].to_pylist()
    known = [r for r in rows if r.energy is not None]
    assert known
    for row in known:
        assert row.low <= row.energy <= row.high
        assert row.potential is None or row.potential < 1
        assert row.dpe in "ABCDEFG"
    found = sheet(twin, known[0].id)
    assert found["energy"]["value"] == pytest.approx(known[0].energy, rel=0.15)
    assert {s["kind"] for s in found["steps"]} >= {"isolation_toiture", "menuiseries"}
    assert any(d["rule"] == "eed_sobriete_publique" for d in found["duties"])
    with pytest.raises(NotFoundError, match="absent"):
        sheet(twin, "absent")
    with pytest.raises(NotFoundError, match="99999"):
        buildings_of(twin, "99999")


def test_notes_are_tagged_and_say_what_is_unknown(twin: Twin, tmp_path: Path) -> None:
    from pypdf import PdfReader

    known = next(r for r in buildings_of(twin, COMMUNE) if r.energy is not None and r.usage != "residentiel")
    audit = PdfReader(write_pre_audit(twin, known.id, tmp_path / "a.pdf"))
    plan = PdfReader(write_stock_plan(twin, COMMUNE, tmp_path / "s.pdf"))
    for pdf in (audit, plan):
        assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert pdf.trailer["/Root"]["/Lang"] == "fr-FR"
    words = "".join(page.extract_text() for page in audit.pages)
    assert "inconnu" in words
    assert "Isoler la toiture" in words
    assert "2030" in "".join(page.extract_text() for page in plan.pages)
    with pytest.raises(NotFoundError, match="99999"):
        write_stock_plan(twin, "99999", tmp_path / "n.pdf")
    assert not (tmp_path / "n.pdf").exists()
