"""Cadastre, OpenStreetMap, school rolls, OPERAT and addresses: read into the inventory, met with its buildings, written."""

import json
from pathlib import Path

import pytest
import shapely
from pyproj import Transformer

from jumeau.errors import InputError
from jumeau.model.provenance import Source
from jumeau.sharing.actors import ANONYMOUS, Actor, Kind
from jumeau.sources.building_records import read_records
from jumeau.twin import open_twin
from jumeau.twin.core import Twin
from jumeau.twin.matching import apply_matched, match_file

TO_DEGREES = Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)
X, Y = 771_000.0, 6_279_000.0
BOXES = {"school": (0, 0, 40, 20), "town hall": (100, 0, 120, 15), "church": (200, 0, 240, 15), "shed": (300, 0, 306, 5)}
OSM = {
    "school": {
        "building": "school",
        "building:levels": "2",
        "height": "7.5 m",
        "start_date": "1972",
        "name": "École Jules-Ferry",
    },
    "town hall": {"building": "yes", "start_date": "C19", "name": "Mairie annexe"},
    "church": {"building": "church", "height": "18"},
    "shed": {"building": "shed"},
}
BAN = """id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat
34172_0010_00003;3;;Rue Haute;34000;34172;Montpellier;{x0};{y0};;
34172_0020_00001;1;bis;Place du Marché;34000;34172;Montpellier;{x1};{y1};;
"""
OPERAT = """Référence EFA;SIREN;Année;Surface de plancher (m²);Consommation d'énergie finale (kWh);Adresse;Code postal
EFA-1;213401722;2019;1400;150 000;3 rue haute;34000
EFA-1;213401722;2023;1400;90 000;3 rue haute;34000
EFA-1;213401722;2023;1400;30 000;3 rue haute;34000
EFA-2;213401722;2023;500;40 000;1 bis pl. du Marché;34000
EFA-3;213401722;2023;5;40 000;99 chemin inconnu de personne;34000
"""


def outline(name: str) -> list[list[list[float]]]:
    x0, y0, x1, y1 = BOXES[name]
    corners = shapely.get_coordinates(shapely.box(X + x0, Y + y0, X + x1, Y + y1))
    return [[list(TO_DEGREES.transform(*c)) for c in corners]]


def feature(name: str, properties: dict[str, object]) -> dict[str, object]:
    return {"type": "Feature", "id": f"way/{name}", "properties": properties,
            "geometry": {"type": "Polygon", "coordinates": outline(name)}}  # fmt: skip


@pytest.fixture
def twin(tmp_path: Path):
    """OSM buildings as Overpass gives them, and addresses as the BAN publishes them (adresse.data.gouv.fr, CSV)."""
    osm, ban = tmp_path / "osm.geojson", tmp_path / "adresses-34.csv"
    osm.write_text(json.dumps({"type": "FeatureCollection", "features": [feature(n, p) for n, p in OSM.items()]}), "utf-8")
    ban.write_text(BAN.format(x0=X + 20, y0=Y - 2, x1=X + 110, y1=Y - 3), "utf-8")
    with open_twin(tmp_path / "t", create=True) as opened:
        opened.load_communes("34")
        opened.import_file(osm, "batiment")
        opened.import_file(ban, "adresse")
        yield opened


def by_name(twin: Twin) -> dict[str, dict[str, object]]:
    return {r["nom"] or r["usage"]: r for r in twin.view.read("batiment", provenance=True).to_pylist()}


def test_openstreetmap_gives_use_storeys_height_and_year(twin: Twin) -> None:
    rows = by_name(twin)
    school = rows["École Jules-Ferry"]
    assert (school["usage"], school["storeys"], school["height_m"], school["construction_year"]) == (
        "enseignement",
        2,
        7.5,
        1972,
    )
    assert rows["Mairie annexe"]["usage"] == "indifferencie"
    assert rows["Mairie annexe"]["construction_year"] is None
    assert rows["religieux"]["height_m"] == 18
    assert "annexe" in rows


def test_the_cadastre_says_what_is_light(tmp_path: Path) -> None:
    """Columns of the bulk files of cadastre.data.gouv.fr (Etalab): type 01 hard, 02 light."""
    file = tmp_path / "cadastre-34172-batiments.json"
    rows = [feature(n, {"type": kind, "nom": None, "commune": "34172", "created": "2011-03-12", "updated": "2019-06-04"})
            for n, kind in (("school", "01"), ("shed", "02"))]  # fmt: skip
    file.write_text(json.dumps({"type": "FeatureCollection", "features": rows}), "utf-8")
    with open_twin(tmp_path / "c", create=True) as opened:
        opened.load_communes("34")
        opened.import_file(file, "batiment")
        found = opened.view.read("batiment").to_pylist()
    assert sorted(str(r["usage"]) for r in found) == ["None", "annexe"]
    assert {r["commune"] for r in found} == {"34172"}


def test_operat_meets_buildings_by_address_and_is_measured(twin: Twin, tmp_path: Path) -> None:
    file = tmp_path / "operat.csv"
    file.write_text(OPERAT, encoding="utf-8")
    found = match_file(twin, file)
    assert (found.kind, found.rows) == ("operat", 3)
    assert found.ways == {"adresse": 2, "aucun": 1}
    assert "haute" not in repr(found).lower()
    written, _ = apply_matched(twin, found, file)
    assert written == 4
    rows = by_name(twin)
    school, hall = rows["École Jules-Ferry"], rows["Mairie annexe"]
    assert (school["annual_energy_kwh"], school["annual_energy_kwh__origin"]) == (120_000, "measured")
    assert (hall["floor_area_m2"], hall["floor_area_m2__origin"]) == (500, "declared")


def test_a_school_roll_gives_pupils_and_a_use_only_where_there_was_none(twin: Twin, tmp_path: Path) -> None:
    file = tmp_path / "ecoles.csv"
    head = "RNE;NOM;NORUE;LIBRUE;CDPOST;NBENFMAX\n"
    rows = "0340001A;ECOLE JULES FERRY;;;34000;189\n0340002B;Ecole du Marché;;1 BIS PL DU MARCHE;34000;99999\n"
    file.write_text(head + rows, encoding="utf-8")
    found = match_file(twin, file)
    assert found.kind == "ecoles"
    assert found.ways == {"nom": 1, "adresse": 1}
    assert [r for r in found.remarks if "effectif" in r]
    apply_matched(twin, found, file)
    rows = by_name(twin)
    assert rows["École Jules-Ferry"]["occupants"] == 189
    assert rows["Mairie annexe"]["usage"] == "enseignement"
    assert rows["Mairie annexe"]["occupants"] is None


def test_a_list_that_says_neither_who_nor_where_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_text("couleur;age\nrouge;3\n", encoding="utf-8")
    with pytest.raises(InputError, match="adresse"):
        read_records(file)


@pytest.mark.data
def test_real_school_rolls_in_three_encodings(data_dir: Path, tmp_path: Path) -> None:
    folder = data_dir / "batiments" / "montpellier-34"
    with open_twin(tmp_path / "m", create=True) as opened:
        opened.load_communes("34")
        opened.import_file(folder / "Batiments" / "VilleMTP_MTP_Batiments.geojson", "batiment")
        for year, rows in ((2012, 119), (2013, 117), (2014, 112)):
            found = match_file(opened, folder / "EffectifSco" / f"VilleMTP_MTP_EffectifSco_{year}.csv")
            assert (found.kind, found.rows) == ("ecoles", rows)
            assert found.ways["nom"] >= 25
            assert all("occupants" in v for v in found.values.values())


def test_no_address_reaches_what_is_shared(tmp_path: Path) -> None:
    """Rows met by address, then every layer of buildings and every public page as an anonymous actor and one of another
    commune see them: the street of the lists is nowhere."""
    place = tmp_path / "t"
    osm, ban, operat, dpe = (tmp_path / n for n in ("osm.geojson", "adresses-34.csv", "operat.csv", "dpe.csv"))
    said = {n: {**p, "addr:street": "Rue Haute", "addr:housenumber": "3"} for n, p in OSM.items()}
    osm.write_text(json.dumps({"type": "FeatureCollection", "features": [feature(n, p) for n, p in said.items()]}), "utf-8")
    ban.write_text(BAN.format(x0=X + 20, y0=Y - 2, x1=X + 110, y1=Y - 3), "utf-8")
    operat.write_text(OPERAT, encoding="utf-8")
    dpe.write_text(
        "numero_dpe,etiquette_dpe,adresse_ban,coordonnee_cartographique_x_ban,coordonnee_cartographique_y_ban\n"
        f"N1,F,3 Rue Haute,{X + 20},{Y + 10}\n",
        encoding="utf-8",
    )
    with open_twin(place, create=True) as mine:
        mine.load_communes("34")
        mine.import_file(osm, "batiment", source=Source(id="osm", title="OSM", licence="ODbL", public=True))
        mine.import_file(ban, "adresse")
        for file in (operat, dpe):
            apply_matched(mine, match_file(mine, file), file)
        mine.diagnose("buildings")
    for actor in (ANONYMOUS, Actor("bob", "Bob", Kind.AGENT, communes=("34001",))):
        with open_twin(place, actor=actor) as other:
            assert other.view.count("batiment") or actor is not ANONYMOUS
            shown = {
                n: other.view.read(n).drop_columns(["geometry"]).to_pylist()
                for n in ("batiment",)
                if n in other.view.layers()
            }
            told = repr(shown) + repr([c.message for c in other.view.commits()])
            assert "haute" not in told.lower()
            assert "marché" not in told.lower()
            if actor is ANONYMOUS:
                assert "adresse" not in other.view.layers() or not other.view.count("adresse")
