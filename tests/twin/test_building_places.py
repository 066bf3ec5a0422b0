"""Buildings looked at by commune, EPCI and département: the whole is the sum of its communes."""

import pyarrow as pa
import pytest

from jumeau.errors import InputError, NotFoundError
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.port import ClaimTable
from jumeau.twin import open_twin
from jumeau.twin.building_law import deadlines
from jumeau.twin.building_places import communes_of, place_name, places
from jumeau.twin.building_stock import stock_sheet
from jumeau.twin.core import Twin


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory):
    with open_twin(tmp_path_factory.mktemp("lieux") / "t", create=True) as opened:
        opened.load_communes("34")
        opened.load_synthetic("34", seed=1)
        yield opened


def test_a_code_is_of_a_commune_an_epci_or_a_departement() -> None:
    assert communes_of("34172") == ("34172",)
    members = communes_of("243400017")
    assert "34172" in members
    assert set(members) < set(communes_of("34"))
    assert "Montpellier" in place_name("243400017")
    assert place_name("34") == "Département de l'Hérault"
    with pytest.raises(InputError, match="34172X"):
        communes_of("34172X")
    with pytest.raises(NotFoundError):
        communes_of("999999999")


def test_places_are_those_with_buildings_and_count_them(twin: Twin) -> None:
    found = {p.code: p for p in places(twin)}
    town, epci, whole = found["34172"], found["243400017"], found["34"]
    assert (town.kind, epci.kind, whole.kind) == ("commune", "epci", "departement")
    members = [p for p in found.values() if p.kind == "commune" and p.code in communes_of("243400017")]
    assert epci.buildings == sum(p.buildings for p in members)
    assert epci.communes == len(members)
    assert whole.buildings == twin.view.read("batiment").num_rows


def test_the_sheet_of_an_epci_adds_up_its_communes(twin: Twin) -> None:
    """Loose on the duties only where a threshold is drawn; counts and labels are those of the communes."""
    code = "243400017"
    whole = stock_sheet(twin, code)
    parts = [stock_sheet(twin, c) for c in communes_of(code) if c in {p.code for p in places(twin)}]
    assert whole["name"] == "Montpellier Méditerranée Métropole"
    assert whole["totals"]["buildings"] == sum(p["totals"]["buildings"] for p in parts)
    assert whole["totals"]["labels"] == {k: sum(p["totals"]["labels"][k] for p in parts) for k in whole["totals"]["labels"]}
    energy, added = whole["totals"]["energy"], [p["totals"]["energy"] for p in parts]
    assert energy["value"] == pytest.approx(sum(one["value"] for one in added), rel=1e-3)
    # draws add up, bounds do not
    assert energy["high"] - energy["low"] < sum(one["high"] - one["low"] for one in added)
    assert {d.rule for d in deadlines(twin, code)} == {d["rule"] for d in whole["duties"]}


def test_a_place_without_buildings_says_how_to_import_some(twin: Twin) -> None:
    with pytest.raises(NotFoundError, match=r"jumeau import batiments\.geojson --as batiment"):
        stock_sheet(twin, "31555")


def test_a_rental_duty_of_a_dwelling_not_said_to_be_let_is_told_as_such(twin: Twin) -> None:
    homes = pa.table({
        "id": ["a", "b", "c", "d"], "commune": ["34057"] * 4, "usage": ["residentiel"] * 4,
        "dpe_class": ["F", "F", "F", None], "dpe_final_kwh_m2": [300.0] * 4,
        "occupancy_status": [None, "loue", "occupe_proprietaire", None],
    })  # fmt: skip
    source = Source(id="logements", title="Logements", licence="Licence Ouverte 2.0")
    origins = dict.fromkeys(("commune", "usage", "dpe_class", "dpe_final_kwh_m2", "occupancy_status"), Origin.DECLARED)
    twin.view.commit([ClaimTable(layer="batiment", table=homes, source=source, origins=origins)], message="logements")
    found = [d for d in deadlines(twin, "34057") if d.rule == "decence_energetique"]
    assert [(str(d.deadline), d.due, d.unknown, d.if_let) for d in found] == [("2028-01-01", 1, 1, 1), ("None", 0, 1, 0)]
    assert "étiquette du DPE" in found[1].missing


def test_a_place_of_worship_is_out_of_the_tertiary_decree(twin: Twin) -> None:
    """CCH, art. R174-22, II, 2°: buildings for worship are not concerned, however large."""
    some = pa.table({
        "id": ["eglise", "halle"], "commune": ["34058"] * 2, "usage": ["religieux", "equipement"],
        "floor_area_m2": [2_000.0] * 2,
        "public_owner": [True] * 2,
    })  # fmt: skip
    source = Source(id="patrimoine", title="Patrimoine", licence="Licence Ouverte 2.0")
    origins = dict.fromkeys(("commune", "usage", "floor_area_m2", "public_owner"), Origin.DECLARED)
    before = {d.rule: d.due + d.unknown for d in deadlines(twin, "34058") if d.deadline}
    twin.view.commit([ClaimTable(layer="batiment", table=some, source=source, origins=origins)], message="patrimoine")
    after = {d.rule: d.due + d.unknown for d in deadlines(twin, "34058") if d.deadline}
    for rule in ("eco_energie_tertiaire", "operat_declaration"):
        assert after[rule] - before.get(rule, 0) == 1
    assert not any("eglise" in d.buildings for d in deadlines(twin, "34058") if d.rule == "eco_energie_tertiaire")
