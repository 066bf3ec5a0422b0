"""The verbs of the buildings field on a real twin: hour by hour, diagnoses met and written."""

import tarfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from jumeau.errors import InputError, NotFoundError
from jumeau.model.query import Compare
from jumeau.twin import open_twin
from jumeau.twin.building_documents import write_stock_plan
from jumeau.twin.building_hours import hours
from jumeau.twin.building_labels import labels_of_dpe
from jumeau.twin.building_law import _sure, deadlines
from jumeau.twin.building_note import write_pre_audit
from jumeau.twin.building_sheet import buildings_of, sheet
from jumeau.twin.building_stock import stock_sheet
from jumeau.twin.buildings import hourly, steps
from jumeau.twin.core import Twin
from jumeau.twin.matching import apply_matched, match_file
from jumeau.twin.tertiary import declared, follow

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
    for said in ("Isoler la toiture", "À relever sur place", "semaine la plus froide", "Puissance de chauffage de pointe",
                 "Toutes les étapes", "Obligations et échéances", "état n°"):  # fmt: skip
        assert said in words.replace("\xa0", " "), said
    assert "2030" in "".join(page.extract_text() for page in plan.pages)
    with pytest.raises(NotFoundError, match="99999"):
        write_stock_plan(twin, "99999", tmp_path / "n.pdf")
    assert not (tmp_path / "n.pdf").exists()


def test_duties_have_their_rule_and_their_date(twin: Twin) -> None:
    found = deadlines(twin, COMMUNE)
    dated = [d for d in found if d.deadline and d.due + d.late]
    assert [d.deadline for d in dated] == sorted(d.deadline for d in dated)
    assert all(d.reference and d.title and d.confidence for d in found)
    sobriety = next(d for d in found if d.rule == "eed_sobriete_publique")
    assert sobriety.deadline == date(2030, 1, 1)
    assert sobriety.due == sum(bool(x) for x in buildings(twin)["public_owner"].to_pylist())
    assert deadlines(twin, "99999") == []


def test_an_estimate_on_both_sides_of_a_threshold_leaves_the_duty_to_check() -> None:
    assert _sure(np.array([1200.0, 1100.0, 1500.0]), (250.0, 1000.0)) == 1200
    assert _sure(np.array([1200.0, 900.0, 1500.0]), (250.0, 1000.0)) is None
    assert _sure(np.array([np.nan, np.nan, np.nan]), (1000.0,)) is None


def test_the_sheet_tells_envelope_bill_model_and_hours(twin: Twin) -> None:
    known = next(r for r in buildings_of(twin, COMMUNE) if r.energy is not None)
    found = sheet(twin, known.id)
    assert [e["element"] for e in found["envelope"]] == ["wall", "roof", "floor", "window"]
    assert all(e["u"]["low"] <= e["u"]["value"] <= e["u"]["high"] for e in found["envelope"])
    assert found["model"]["low"] < found["model"]["value"] < found["model"]["high"]
    told = hours(twin, known.id)
    assert len(told["days"]["heat_kw"]) == 365
    assert len(told["cold"]["heat_kw"]) == len(told["hot"]["free_c"]) == 168
    assert min(told["hot"]["outdoor_c"]) > max(told["cold"]["outdoor_c"]) - 15
    with pytest.raises(NotFoundError, match="absent"):
        hours(twin, "absent")
    with pytest.raises(InputError):
        hours(twin, known.id, "tracc_2500")


def test_both_ways_to_compute_the_hours_are_told_with_how_far_apart_they_are(twin: Twin) -> None:
    known = next(r for r in buildings_of(twin, COMMUNE) if r.energy is not None)
    found = hours(twin, known.id, method="deux")
    alone = [hours(twin, known.id, method=m) for m in ("simple", "parois")]
    assert found["heat_kwh"] == alone[0]["heat_kwh"]
    assert found["walls"]["heat_kwh"] == alone[1]["heat_kwh"]
    ratio = alone[1]["heat_kwh"]["value"] / alone[0]["heat_kwh"]["value"] - 1
    assert found["apart"]["heat"]["value"] == pytest.approx(ratio)
    assert found["apart"]["heat"]["low"] <= ratio <= found["apart"]["heat"]["high"]
    assert found["behind"] == {"attic": None, "basement": None}
    with pytest.raises(InputError, match="simple, parois"):
        hours(twin, known.id, method="modal")
    whole = hourly(twin, commune=COMMUNE, method="parois").table
    assert whole.column_names == hourly(twin, commune=COMMUNE).table.column_names
    with pytest.raises(InputError, match="simple, parois"):
        hourly(twin, commune=COMMUNE, method="modal")


OPERAT = """Référence EFA;Dénomination;Propriétaire;Année;Consommation (kWh);Surface (m²);CABS 2030;Modulation;insee
EFA-1;École;commune:34001;2012;900000;6000;;;34001
EFA-1;École;commune:34001;2024;610000;6000;;;34001
EFA-2;Gymnase;commune:34001;2012;300000;1800;210000;10000;34001
EFA-2;Gymnase;commune:34001;2024;200000;1800;210000;10000;34001
EFA-3;Salle;commune:34001;2024;90000;1200;;;34001
"""


def test_declared_consumptions_make_a_trajectory(twin: Twin, tmp_path: Path) -> None:
    file = tmp_path / "operat.csv"
    file.write_text(OPERAT, encoding="utf-8")
    assert not declared(twin, 2026, COMMUNE).entity
    twin.import_file(file, "consommation_tertiaire")
    found = stock_sheet(twin, COMMUNE)["tertiary"]
    first, second, third = found["entities"]
    assert found["step"] == 2030
    assert (first["reference_year"], first["steps"]["2030"]["relative"], first["gap_kwh"]) == (2012, 540000, 70000)
    # the absolute value is the higher of the two, and the modulation comes on top
    assert second["steps"]["2030"] == {"relative": 180000, "absolute": 210000, "allowed": 220000}
    assert second["steps"]["2040"]["absolute"] is None
    assert (third["reference_kwh"], third["gap_kwh"]) == (None, None)
    (pool,) = found["pools"]
    assert (pool["now_kwh"], pool["allowed_kwh"], pool["lent_kwh"], pool["unknown"]) == (810000, 760000, 20000, 1)
    assert [(y["year"], y["sites"], y["unknown"]) for y in pool["years"]] == [(2012, 2, 1), (2024, 2, 1)]
    assert pool["years"][0]["gap_kwh"] == 0
    by_file = follow(file, 2026)
    assert by_file.gap_kwh[0] == pytest.approx(70000)


@pytest.mark.data
def test_the_label_after_each_step_by_the_official_method(twin: Twin, data_dir: Path, tmp_path: Path) -> None:
    """On a real DPE, each step leaves a label that is no worse, and the last is that of the same works asked at once."""
    with tarfile.open(data_dir / "batiments" / "dpe-xml-open3cl" / "dpe-xml.tar.gz") as archive:
        archive.extract("dpe/2378E2995004O.xml", tmp_path, filter="data")
    xml = tmp_path / "dpe" / "2378E2995004O.xml"
    known = next(r for r in buildings_of(twin, COMMUNE) if r.energy is not None)
    package = steps(twin, known.id)
    found = labels_of_dpe(package, xml)
    assert found[0].label == "E"
    assert [x.kind for x in found[1:]] == [s.kind for s in package.steps]
    labels = [x.label for x in found]
    assert labels == sorted(labels, reverse=True)
    assert labels[-1] < "E"
    assert all(x.best <= x.label <= x.worst for x in found)
