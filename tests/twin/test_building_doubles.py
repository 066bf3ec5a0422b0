"""A building drawn twice in a twin: named, left out of the totals, reached by the names of both drawings."""

import json
from pathlib import Path

import pytest

from jumeau.twin import open_twin
from jumeau.twin.building_links import link_doubles, named_buildings
from jumeau.twin.building_sheet import sheet
from jumeau.twin.buildings import contradictions, curve, steps
from jumeau.twin.core import Twin
from jumeau.twin.editing import Edit, remove

COMMUNE = "34001"


def _feature(code: str, west: float, **more: object) -> dict[str, object]:
    east, south, north = west + 0.0004, 43.57, 43.5702
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    said = {"code": code, "commune": COMMUNE} | more
    return {"type": "Feature", "properties": said, "geometry": {"type": "Polygon", "coordinates": [ring]}}


@pytest.fixture
def twin(tmp_path: Path):
    features = [_feature("ville-1", 3.2, nom="Mairie", usage="bureau"), _feature("ign-9", 3.200001, height_m=7.5),
                _feature("seul", 3.3, usage="sport", height_m=8.0)]  # fmt: skip
    file = tmp_path / "batiments.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    with open_twin(tmp_path / "t", create=True) as opened:
        opened.load_communes("34")
        opened.import_file(file, "batiment")
        yield opened


def test_a_double_is_named_with_the_one_that_counts_and_leads_to_it(twin: Twin) -> None:
    table = twin.view.read("batiment", columns=["code"])
    by_code = dict(zip(table["code"].to_pylist(), table["id"].to_pylist(), strict=True))
    double = next(d for d in contradictions(twin) if d.kind == "doublon")
    assert (double.label, double.building, double.counted) == ("ign-9", by_code["ign-9"], by_code["ville-1"])
    assert link_doubles(twin, contradictions(twin)) == 2
    assert named_buildings(twin.view, {"ign-9"}) == {"ign-9": [by_code["ign-9"]]}  # its own drawing is still there
    assert [asset for _, _, asset in twin.view.assets_named("ign-9")] == [by_code["ville-1"]]
    outcome = twin.diagnose("buildings")
    assert set(outcome.diagnosis.assets["id"].to_pylist()) == {by_code["ville-1"], by_code["seul"]}


def test_the_sheet_of_a_drawing_left_out_is_that_of_the_one_that_counts(twin: Twin) -> None:
    table = twin.view.read("batiment", columns=["code"])
    by_code = dict(zip(table["code"].to_pylist(), table["id"].to_pylist(), strict=True))
    ours, kept = sheet(twin, by_code["ign-9"]), sheet(twin, by_code["ville-1"])
    assert ours["counted_as"] == by_code["ville-1"]
    assert kept["counted_as"] is None
    assert (ours["energy"], ours["steps"]) == (kept["energy"], kept["steps"])
    assert steps(twin, by_code["ign-9"]) == steps(twin, by_code["ville-1"])
    assert curve(twin, by_code["ign-9"]) is not None


def test_removing_a_drawing_counts_the_other_again_and_taking_it_back_too(twin: Twin) -> None:
    def counted() -> set[str]:
        return set(twin.diagnose("buildings").diagnosis.assets["id"].to_pylist())

    table = twin.view.read("batiment", columns=["code"])
    by_code = dict(zip(table["code"].to_pylist(), table["id"].to_pylist(), strict=True))
    commit = remove(twin.view, "batiment", [by_code["ville-1"]], Edit())
    assert not [d for d in contradictions(twin) if d.kind == "doublon"]
    assert counted() == {by_code["ign-9"], by_code["seul"]}
    twin.view.revert(commit.id)
    assert counted() == {by_code["ville-1"], by_code["seul"]}
