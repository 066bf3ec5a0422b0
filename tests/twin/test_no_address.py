"""An address given by any file of buildings never comes out: not in tables, routes, tiles, documents, reports of rejects."""

import json
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from fastapi.testclient import TestClient
from pypdf import PdfReader
from pyproj import Transformer

from jumeau.compute.local import LocalExecutor
from jumeau.model.provenance import Source
from jumeau.sharing.actors import ANONYMOUS, LOCAL_ADMIN, Actor
from jumeau.sharing.view import View
from jumeau.store.port import NOW
from jumeau.twin import layer_exports, open_twin, takeaway, workbook
from jumeau.twin.building_documents import write_stock_plan
from jumeau.twin.building_dpe import attach_dpe
from jumeau.twin.building_note import write_pre_audit
from jumeau.twin.buildings import contradictions, meters
from jumeau.twin.core import Twin
from jumeau.twin.load_curves import building_curves
from jumeau.twin.matching import apply_matched, match_file
from jumeau.web.app import create_app

TO_DEGREES = Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)
X, Y, COMMUNE = 771_000.0, 6_279_000.0, "34172"
"""Words that are in no other data of the project, one a path by which an address may come in."""
WORDS = {
    "geojson": "Zorglubique", "dpe": "Quichottine", "dpe_raw": "Farfelue", "operat": "Bricolanges", "schools": "Tourniquets",
    "xml": "Patatras", "links": "Escampette", "reject": "Galimatias", "owner": "Poildecarotte", "tertiary": "Ratatouille",
    "file": "Virevolte",
}  # fmt: skip
OPERAT = "Référence EFA;SIREN;Année;Surface de plancher (m²);Consommation d'énergie finale (kWh);Adresse;Code postal;"
OPERAT += """Latitude;Longitude
EFA-1;213401722;2023;1400;90 000;3 rue {operat};34000;{lat};{lon}
EFA-2;213401722;2023;-4;40 000;4 rue {operat};34000;{lat};{lon}
"""
SCHOOLS = """numero_uai;nom_etablissement;adresse_uai;code_commune;coordx_origine;coordy_origine;nombre_total_d_eleves
0340001A;École du Test;8 rue {schools};34172;{x};{y};120
0340002B;École du Test 2;9 rue {schools};34172;{x};{y};-5
"""


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def outline(dx: float, side: float) -> list[list[list[float]]]:
    corners = shapely.get_coordinates(shapely.box(X + dx, Y, X + dx + side, Y + side))
    return [[list(TO_DEGREES.transform(*c)) for c in corners]]


def buildings(folder: Path) -> Path:
    """A list of buildings with its addresses, and one row that the import refuses."""
    features = [
        {"type": "Feature", "properties": {"id": f"B{k}", "nom": f"Bâtiment {k}", "usage1": use, "code_insee": COMMUNE,
         "hauteur": height, "adresse": f"{k} rue {WORDS['geojson']}", "nom_voie": f"rue {WORDS['geojson']}",
         "patrimoine_public": k == 1, "proprietaire_nom": f"Mme {WORDS['owner']}",
         "adresse_proprietaire": f"{WORDS['owner']} 34000"},
         "geometry": {"type": "Polygon", "coordinates": outline(60.0 * k, 20.0)}}
        for k, (use, height) in enumerate((("Résidentiel", 6.0), ("Enseignement", 7.0), ("Résidentiel", 500.0)))
    ]  # fmt: skip
    broken = {"type": "Feature", "properties": {"id": "B9", "code_insee": COMMUNE, "adresse": f"9 rue {WORDS['reject']}",
              "hauteur": "haut"}, "geometry": None}  # fmt: skip
    return write(folder, "batiments.geojson", json.dumps({"type": "FeatureCollection", "features": [*features, broken]}))


def dpe_rows(folder: Path) -> Path:
    head = "numero_dpe,etiquette_dpe,code_insee_ban,adresse_ban,adresse_brut,nom_rue_ban,surface_habitable_logement,"
    head += "coordonnee_cartographique_x_ban,coordonnee_cartographique_y_ban"
    good = f"N1,F,{COMMUNE},1 rue {WORDS['dpe']},1 r. {WORDS['dpe_raw']},rue {WORDS['dpe']},80,{X + 10},{Y + 10}"
    bad = f"N2,Z,{COMMUNE},2 rue {WORDS['dpe']},2 r. {WORDS['dpe_raw']},rue {WORDS['dpe']},80,{X + 10},{Y + 10}"
    return write(folder, "dpe.csv", "\n".join([head, good, bad]))


@pytest.fixture
def twin(tmp_path: Path, data_dir: Path) -> Iterator[Twin]:
    """A twin fed by every path, all its sources public."""
    lon, lat = TO_DEGREES.transform(X + 70, Y + 10)
    with open_twin(tmp_path / "t", create=True) as opened:
        opened.load_communes("34")
        opened.import_file(buildings(tmp_path), "batiment")
        operat = write(tmp_path, "operat.csv", OPERAT.format(operat=WORDS["operat"], lat=lat, lon=lon))
        schools = write(tmp_path, "ecoles.csv", SCHOOLS.format(schools=WORDS["schools"], x=X + 70, y=Y + 10))
        links = f"batiment_groupe_id;cle_interop_adr;libelle_adr\nB0;34172_0010_00003;3 rue {WORDS['links']}\n"
        for file in (dpe_rows(tmp_path), operat, schools, write(tmp_path, "rel.csv", links)):
            apply_matched(opened, match_file(opened, file), file)
        opened.import_file(operat, "consommation_tertiaire")
        attach_dpe(opened, asset(opened, "B0"), official(data_dir), f"dpe {WORDS['file']}.xml", accept=True)
        for source in opened.view.sources().values():
            opened.view.declare_source(Source(id=source.id, title=source.title, licence="Licence Ouverte 2.0", public=True))
        yield opened


def official(data_dir: Path) -> bytes:
    """A real DPE of a house, its address put back."""
    with tarfile.open(data_dir / "batiments" / "dpe-xml-open3cl" / "dpe-xml.tar.gz") as archive:
        member = archive.extractfile("dpe/2125E0981916Z.xml")
        assert member is not None
        text = member.read().decode("utf-8")
    street = f"<geolocalisation><adresses><adresse_bien><adresse_brut>5 rue {WORDS['xml']}</adresse_brut></adresse_bien>"
    return text.replace("<administratif>", f"<administratif>{street}</adresses></geolocalisation>", 1).encode()


def asset(twin: Twin, code: str) -> str:
    return next(r["id"] for r in twin.view.read("batiment").to_pylist() if r["code"] == code)


def leaks(content: bytes | str) -> list[str]:
    """Words found in a content, as text, or inside the members of an archive."""
    raw = content.encode() if isinstance(content, str) else content
    folded = raw.lower() + raw.replace(b"\x00", b"").lower()
    return [w for w in WORDS.values() if w.lower().encode() in folded]


def leaks_of(path: Path) -> list[str]:
    found = leaks(path.read_bytes())
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            found += [w for name in archive.namelist() for w in leaks(archive.read(name))]
    if path.suffix == ".pdf":
        found += leaks(" ".join(page.extract_text() for page in PdfReader(path).pages))
    return found


def addresses_of(client: TestClient, building: str) -> list[str]:
    """Every GET route of the interface that can be asked with what this twin holds."""
    schema = client.get("/api/openapi.json").json()
    values = {"building": building, "asset": building, "layer": "batiment", "commune": COMMUNE, "couche": "batiment",
              "kind": "xlsx", "name": "batiment", "z": "14", "x": "8370", "y": "5969",
              "field": "buildings", "id": building}  # fmt: skip
    out = []
    for path, verbs in schema["paths"].items():
        if "get" in verbs and "events" not in path:
            filled = re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: values.get(m[1], building), path)
            required = [p["name"] for p in verbs["get"].get("parameters", ()) if p["in"] == "query" and p.get("required")]
            query = "&".join(f"{n}={values.get(n, 'rue')}" for n in required)
            out.append(f"{filled}?{query}" if query else filled)
    return [*out, f"/api/couches/batiment?commune={COMMUNE}", f"/api/batiments?commune={COMMUNE}",
            f"/api/recherche?q={WORDS['dpe']}", f"/api/echanges/{COMMUNE}.xlsx", f"/api/echanges/{COMMUNE}.gpkg"]  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize("actor", [LOCAL_ADMIN, ANONYMOUS], ids=lambda a: a.id)
def test_no_route_tells_an_address(twin: Twin, actor: Actor) -> None:
    seen = Twin(View(twin.view._store, actor, NOW), LocalExecutor(0))
    client = TestClient(create_app(seen), base_url="http://127.0.0.1:8034", raise_server_exceptions=False)
    answered, known = 0, 0
    for path in addresses_of(client, asset(twin, "B0")):
        reply = client.get(path)
        answered += reply.status_code == 200
        known += "Bâtiment 0".encode() in reply.content
        assert reply.status_code < 500, (path, reply.text[:300])
        asked = re.sub(r"[?&]q=\w+", "", path)
        told = [w for w in leaks(reply.content) if not (w == WORDS["dpe"] and f"q={w}" in path and reply.status_code >= 400)]
        assert not told, (asked, told)
    assert answered >= 15
    assert known >= (2 if actor is ANONYMOUS else 4), "nothing of the buildings was shown: the search proves nothing"


@pytest.mark.data
def test_no_file_tells_an_address(twin: Twin, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sortie"
    out.mkdir()
    paths = [takeaway.write(twin.view, COMMUNE, out / f"commune.{kind}") for kind in ("xlsx", "gpkg")]
    for kind in ("gpkg", "geoparquet", "csv"):
        paths += layer_exports.export_layers(twin, [], kind, out / kind)
    building = asset(twin, "B0")
    paths += [write_pre_audit(twin, building, out / "audit.pdf"), write_stock_plan(twin, COMMUNE, out / "sdie.pdf")]
    assert len(paths) > 6
    ragged = write(tmp_path, "liste.csv", f"code;nom;insee\nL1;Halle;34172\nL2;Hangar;34172;;{WORDS['reject']}\n")
    twin.import_file(ragged, "batiment")
    paths.append(workbook.write(twin, out / "jumeau.xlsx"))
    for path in paths:
        assert not leaks_of(path), path.name
    said = json.dumps([[d.label, d.kind] for d in contradictions(twin)])
    assert not leaks(said)
    printed = capsys.readouterr()
    assert not leaks(printed.out + printed.err)
    for commit in twin.view.commits():
        assert not leaks(commit.message)


@pytest.mark.data
def test_remarks_and_refusals_tell_no_address(twin: Twin, tmp_path: Path) -> None:
    """What is said of a row names its number, its line or the end of a meter, never where it is."""
    bills = f"pdl;debut;fin;kwh;adresse\n30001;2023-01-01;2023-02-01;-5;7 rue {WORDS['operat']}\n"
    days = "date;temperature\n" + "\n".join(f"2023-01-{d:02d};3" for d in range(1, 32))
    curve = f"prm;horodate;unite;valeur;adresse\n30001;2023-01-01T00:00:00;kW;1;7 rue {WORDS['operat']}\n"
    curve += f"30001;hier;kW;1;7 rue {WORDS['operat']}\n"
    files = [write(tmp_path, n, text) for n, text in (("f.csv", bills), ("j.csv", days), ("c.csv", curve))]
    said = [str(meters(files[0], files[1])), str(building_curves(twin, asset(twin, "B0"), files[2], use="bureau"))]
    for name in ("dpe.csv", "operat.csv", "ecoles.csv", "rel.csv"):
        said.append(str(match_file(twin, tmp_path / name)))
    for text in said:
        assert not leaks(text)
