"""An official DPE attached to a building: checked, kept without addresses, used by the sheet, the steps and the note."""

import tarfile
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import shapely
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import InputError, NotFoundError, RightsError
from jumeau.sharing.actors import ANONYMOUS, Actor, Kind
from jumeau.twin import open_twin
from jumeau.twin.attachments import attached
from jumeau.twin.building_dpe import attach_dpe, attached_dpe
from jumeau.twin.building_note import write_pre_audit
from jumeau.twin.building_sheet import sheet
from jumeau.twin.core import Twin
from jumeau.twin.dpe import dpe_from_xml, study
from jumeau.twin.editing import Edit, add

HOUSE, BLOCK = "2213E0033125P", "2206E1133029I"
ADDRESS = "<geolocalisation><adresse_brut>12 rue Haute</adresse_brut></geolocalisation>"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dpe") / "t"


@pytest.fixture(scope="module")
def twin(place: Path):
    with open_twin(place, create=True) as opened:
        opened.load_communes("34")
        yield opened


@pytest.fixture(scope="module")
def files(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("xml")
    with tarfile.open(data_dir / "batiments" / "dpe-xml-open3cl" / "dpe-xml.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    out = {}
    for number in (HOUSE, BLOCK):
        text = (folder / "dpe" / f"{number}.xml").read_text(encoding="utf-8")
        out[number] = text.replace("<administratif>", f"<administratif>{ADDRESS}", 1).encode()
    return out


PLACES = count()
"""Each building stands elsewhere: two on the same land are one."""


def house(twin: Twin, **more: Any) -> str:
    """A house of two storeys on 80 m², as a person would add it."""
    values: dict[str, Any] = {"usage": "residentiel", "storeys": 2, "dwellings": 1, "construction_year": 1947} | more
    west = 770_000 + 100 * next(PLACES)
    box = shapely.to_wkb(shapely.box(west, 6_279_000, west + 10, 6_279_008))
    return add(twin.view, "batiment", values, Edit(), geometry=box, commune="34172")[0]


@pytest.mark.data
def test_a_dpe_is_kept_without_address_and_its_facts_are_written(twin: Twin, files: dict[str, bytes]) -> None:
    building = house(twin)
    found = attach_dpe(twin, building, files[HOUSE], "12 rue Haute.xml")
    row = twin.view.read("batiment", ids=[building], provenance=True).to_pylist()[0]
    assert (found.number, found.kind, row["dpe_class"], row["dpe_class__origin"]) == (HOUSE, "maison", "D", "declared")
    assert row["floor_area_m2"] == pytest.approx(130)
    assert row["dpe_primary_kwh_m2"] == pytest.approx(224)
    assert 0.2 < row["wall_u_w_m2k"] < 3
    told = {one.column: one for one in found.compared}
    assert (told["construction_year"].known, told["construction_year"].differs) == (1947, False)
    walls = told["wall_u_w_m2k"]
    assert (walls.known, walls.dpe) == (None, row["wall_u_w_m2k"])
    assert walls.low < walls.inferred < walls.high
    piece = attached(twin.view, "batiment", building)[0]
    kept = attached_dpe(twin.view, building)
    assert kept is not None
    said = kept.read_text(encoding="utf-8") + repr(piece)
    assert "Haute" not in said
    assert HOUSE in said
    again = attach_dpe(twin, building, files[HOUSE], "b.xml")
    assert (again.commit, again.piece) == (None, piece.id)


@pytest.mark.data
def test_the_sheet_the_steps_and_the_note_use_it_by_themselves(
    twin: Twin, place: Path, files: dict[str, bytes], tmp_path: Path
) -> None:
    building = house(twin)
    before = sheet(twin, building)
    assert before["dpe"] is None
    assert before["steps"][0]["official"] is None
    attach_dpe(twin, building, files[HOUSE], "dpe.xml")
    found = sheet(twin, building)
    kept = attached_dpe(twin.view, building)
    assert kept is not None
    assert found["dpe"] == {
        "number": HOUSE, "day": found["dpe"]["day"], "flat": False, "recorded": "D",
        "label": str(study(dpe_from_xml([kept])).today.label[0]),
    }  # fmt: skip
    last = found["steps"][-1]["official"]
    assert last["best"] <= last["label"] <= last["worst"]
    assert last["label"] < found["dpe"]["label"]
    width = [f["energy"]["high"] - f["energy"]["low"] for f in (before, found)]
    assert width[1] < width[0]
    shown = CliRunner().invoke(app, ["buildings", "steps", building, "--twin", str(place)])
    assert HOUSE in shown.output
    from pypdf import PdfReader

    words = "".join(p.extract_text() for p in PdfReader(write_pre_audit(twin, building, tmp_path / "n.pdf")).pages)
    assert HOUSE in words
    assert "DPE" in words


@pytest.mark.data
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"construction_year": 1995}, "1995"),
        ({"dwellings": 12}, "12 logements"),
        ({"floor_area_m2": 300.0}, "130 m²"),
        ({"usage": "bureau"}, "autre usage"),
        ({"storeys": 6}, "130 m²"),
    ],
)
def test_a_dpe_of_another_building_is_refused_by_name_and_nothing_is_written(
    twin: Twin, files: dict[str, bytes], more: dict[str, Any], words: str
) -> None:
    building = house(twin, **more)
    with pytest.raises(InputError, match=words):
        attach_dpe(twin, building, files[HOUSE], "dpe.xml")
    assert attached(twin.view, "batiment", building) == []
    assert twin.view.read("batiment", ids=[building])["dpe_class"].to_pylist() == [None]
    found = attach_dpe(twin, building, files[HOUSE], "dpe.xml", accept=True)
    assert any(words in line for line in found.contradictions)


@pytest.mark.data
def test_bad_files_unknown_buildings_and_other_zones(twin: Twin, files: dict[str, bytes]) -> None:
    building = house(twin)
    for content in (b"bonjour", b"<dpe/>", b'<!DOCTYPE a [<!ENTITY b "c">]><dpe>&b;</dpe>'):
        with pytest.raises(Exception, match=r"a\.xml"):
            attach_dpe(twin, building, content, "a.xml")
    with pytest.raises(NotFoundError):
        attach_dpe(twin, "absent", files[HOUSE], "a.xml")
    elsewhere = files[HOUSE].replace(b"<enum_zone_climatique_id>8<", b"<enum_zone_climatique_id>1<")
    with pytest.raises(InputError, match="H1a"):
        attach_dpe(twin, building, elsewhere, "a.xml")
    with pytest.raises(InputError, match="logements"):
        attach_dpe(twin, building, files[BLOCK], "a.xml")


@pytest.mark.data
def test_only_who_may_edit_attaches_and_strangers_see_no_dpe(twin: Twin, place: Path, files: dict[str, bytes]) -> None:
    building = house(twin)
    attach_dpe(twin, building, files[HOUSE], "a.xml")
    for actor in (Actor("l", "Lecteur", Kind.READER), ANONYMOUS):
        with open_twin(place, actor=actor) as other, pytest.raises((RightsError, NotFoundError)):
            attach_dpe(other, building, files[HOUSE], "a.xml")
    elsewhere = Actor("m", "Agent", Kind.AGENT, communes=("34057",))
    with open_twin(place, actor=elsewhere) as other:
        assert attached_dpe(other.view, building) is None


def test_the_stock_plan_says_which_public_dwellings_can_no_longer_be_let(twin: Twin, tmp_path: Path) -> None:
    """Loi 2021-1104, art. 160: G since 2025 where it is let; F from 2028, to be checked where nobody knows."""
    from pypdf import PdfReader

    from jumeau.twin.building_documents import write_stock_plan

    house(twin, public_owner=True, usage="bureau", dwellings=None)
    house(twin, public_owner=True, dpe_class="G", occupancy_status="loue")
    house(twin, public_owner=True, dpe_class="F")
    house(twin, public_owner=True, dpe_class="E", occupancy_status="occupe_proprietaire")
    words = "".join(p.extract_text() for p in PdfReader(write_stock_plan(twin, "34172", tmp_path / "s.pdf")).pages)
    words = " ".join(words.split())
    homes = words[words.index("Logements de la collectivité") :]
    assert "1er janvier 2025" in homes
    assert "1er janvier 2028" in homes
    assert "1 si loué" in homes
    assert "1er janvier 2034" not in homes
