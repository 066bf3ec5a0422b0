"""Links of the BDNB and of the RNB: an address, a parcel or an RNB id that leads to one building, and what does not."""

import json
from pathlib import Path

import pytest
import shapely

from jumeau.engines.buildings.matching import SURE
from jumeau.errors import InputError
from jumeau.model.provenance import Source
from jumeau.sharing.actors import ANONYMOUS
from jumeau.sources.bdnb import BAN, BDNB, PARCEL, RNB, Link, named_in, read_links
from jumeau.sources.readers import read
from jumeau.twin import open_twin
from jumeau.twin.core import Twin
from jumeau.twin.matching import apply_matched, match_file

X, Y = 771_000.0, 6_279_000.0
GROUPS = {
    "bdnb-bg-AAAA-AAAA-AAAA": (0, 0, 12, 10),
    "bdnb-bg-BBBB-BBBB-BBBB": (40, 0, 60, 12),
    "bdnb-bg-CCCC-CCCC-CCCC": (80, 0, 90, 9),
}
REL = """batiment_groupe_id;cle_interop_adr;classe;lien_valide
bdnb-bg-AAAA-AAAA-AAAA;34172_0010_00003;1.1;1
bdnb-bg-BBBB-BBBB-BBBB;34172_0010_00005;1.1;t
bdnb-bg-CCCC-CCCC-CCCC;34172_0010_00005;1.1;t
bdnb-bg-CCCC-CCCC-CCCC;34172_0010_00009;9.2;0
bdnb-bg-DDDD-DDDD-DDDD;34172_0010_00011;1.1;1
"""
HEAD = "numero_dpe,etiquette_dpe,code_insee_ban,identifiant_ban,id_rnb,"
HEAD += "coordonnee_cartographique_x_ban,coordonnee_cartographique_y_ban\n"
DPE = """N1,F,34172,34172_0010_00003,,,
N2,E,34172,34172_0010_00005,,{near},{y}
N3,D,34172,34172_0010_00005,,,
N4,C,34172,34172_0010_00009,,,
N5,B,34172,,ZZZZ2222XXXX,,
N6,A,34172,34172_0010_00007,,,
"""


@pytest.fixture
def twin(tmp_path: Path):
    rows = ["batiment_groupe_id;code_commune_insee;usage;WKT"]
    for name, (x0, y0, x1, y1) in GROUPS.items():
        rows.append(f"{name};34172;residentiel;{shapely.box(X + x0, Y + y0, X + x1, Y + y1).wkt}")
    file = tmp_path / "batiment_groupe.csv"
    file.write_text("\n".join(rows), "utf-8")
    with open_twin(tmp_path / "t", create=True) as opened:
        opened.load_communes("34")
        opened.import_file(file, "batiment")
        yield opened


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def ids(twin: Twin) -> dict[str, str]:
    return {r["code"]: r["id"] for r in twin.view.read("batiment").to_pylist()}


def test_an_address_leads_to_the_building_the_bdnb_puts_there(twin: Twin, tmp_path: Path) -> None:
    dpe = write(tmp_path, "dpe.csv", HEAD + DPE.format(near=X + 41, y=Y - 2))
    assert set(match_file(twin, dpe).ways) <= {"aucun", "lieu"}
    links = match_file(twin, write(tmp_path, "rel_batiment_groupe_adresse.csv", REL))
    assert (links.kind, links.rows, links.ways, links.met) == ("liens", 5, {"ban": 3}, 3)
    assert "1 liens" in links.remarks[0]
    assert apply_matched(twin, links, tmp_path / "rel.csv") == (3, 0)
    found = {p[0]: p[1:] for p in match_file(twin, dpe).pairs}
    at = ids(twin)
    assert found["N1"] == (at["bdnb-bg-AAAA-AAAA-AAAA"], 0.9, "adresse")
    assert found["N2"][0] == at["bdnb-bg-BBBB-BBBB-BBBB"]
    assert found["N2"][1] > 0.8
    assert found["N3"][1] < 0.7
    assert "N4" not in found
    assert "N6" not in found


def test_parcels_and_rnb_ids_lead_to_a_building_too(twin: Twin, tmp_path: Path) -> None:
    """The BAN says on which parcels an address is, the BDNB which building a parcel carries."""
    ban = "id;numero;nom_voie;code_postal;code_insee;nom_commune;x;y;cad_parcelles\n"
    far = f"34172_0010_00007;7;Rue Haute;34000;34172;Montpellier;{X + 5_000};{Y};341720000B0487|341720000B0488\n"
    twin.import_file(write(tmp_path, "adresses-34.csv", ban + far), "adresse")
    parcel = "batiment_groupe_id,parcelle_id\nbdnb-bg-CCCC-CCCC-CCCC,341720000B0488\n"
    rnb = "batiment_groupe_id,rnb_id\nbdnb-bg-BBBB-BBBB-BBBB,ZZZZ2222XXXX\n"
    for name, text in (("rel_batiment_groupe_parcelle.csv", parcel), ("rel_batiment_groupe_rnb.csv", rnb)):
        file = write(tmp_path, name, text)
        apply_matched(twin, match_file(twin, file), file)
    at = ids(twin)
    rows = {r["id"]: r["rnb_id"] for r in twin.view.read("batiment").to_pylist()}
    assert rows[at["bdnb-bg-BBBB-BBBB-BBBB"]] == "ZZZZ2222XXXX"
    found = {p[0]: p[1:] for p in match_file(twin, write(tmp_path, "dpe.csv", HEAD + DPE.format(near="", y=""))).pairs}
    assert found["N5"] == (at["bdnb-bg-BBBB-BBBB-BBBB"], 0.99, "identifiant")
    assert found["N6"] == (at["bdnb-bg-CCCC-CCCC-CCCC"], 0.78, "parcelle")


def test_an_export_of_the_rnb_links_all_at_once(twin: Twin, tmp_path: Path) -> None:
    """RNB files by département: rnb_id, then lists of addresses, parcels and identifiers elsewhere, in JSON."""
    rnb = "batiment_groupe_id,rnb_id\nbdnb-bg-AAAA-AAAA-AAAA,YYYY2222XXXX\n"
    file = write(tmp_path, "rel_batiment_groupe_rnb.csv", rnb)
    apply_matched(twin, match_file(twin, file), file)
    addresses = json.dumps([{"cle_interop_ban": "34172_0010_00003_bis", "street_number": "3"}]).replace('"', '""')
    plots = json.dumps([{"id": "34172000AB0012", "bdg_cover_ratio": 1.0}]).replace('"', '""')
    export = write(
        tmp_path, "RNB_34.csv", f'rnb_id;status;addresses;plots\nYYYY2222XXXX;constructed;"{addresses}";"{plots}"\n'
    )
    found = match_file(twin, export)
    assert found.ways == {"ban": 1, "parcelle": 1}
    assert {n[1:3] for n in found.names} == {("ban", "34172_0010_00003_bis"), ("parcelle", "34172000AB0012")}


def test_links_are_for_who_sees_everything(twin: Twin, tmp_path: Path) -> None:
    file = write(tmp_path, "rel.csv", REL)
    apply_matched(twin, match_file(twin, file), file)
    asset = ids(twin)["bdnb-bg-AAAA-AAAA-AAAA"]
    assert [n[:2] for n in twin.view.identifiers(asset)] == [("ban", "34172_0010_00003")]
    twin.view.declare_source(Source(id="batiment_groupe", title="BDNB", public=True))
    from jumeau.sharing.view import View

    stranger = View(twin.view._store, ANONYMOUS)
    assert stranger.identifiers(asset) == []
    assert stranger.assets_named("34172_0010_00003") == []


def test_a_table_that_links_nothing_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="batiment_groupe_id"):
        read_links(write(tmp_path, "x.csv", "nom;cle_interop_adr\na;34172_0010_00003\n"))


def test_names_in_cells() -> None:
    assert named_in(BAN, "{38517_0345_00007,01300_0013_00145_ter}") == ["38517_0345_00007", "01300_0013_00145_ter"]
    assert named_in(BAN, "3000000C051200101") == []
    assert named_in(PARCEL, "040010000B0487|34172000 B0012") == ["040010000B0487", "341720000B0012"]
    assert named_in(RNB, "['2YGD3H486KTP', 'F486RCFD1X4F']") == ["2YGD3H486KTP", "F486RCFD1X4F"]
    assert named_in(BDNB, "uf012040231485_e535573d3dfc10a") == ["uf012040231485_e535573d3dfc10a"]


@pytest.mark.data
def test_real_extracts_of_the_bdnb(data_dir: Path) -> None:
    """Extracts kept by the RNB (fab-geocommuns): BDNB 7 relation table, one valid link in three, and a table of constructions
    with their group; BDNB 2023, three constructions with their address in a PostgreSQL list."""
    folder = data_dir / "batiments" / "rnb-echantillons" / "batid" / "fixtures"
    rel = read_links(folder / "rel_batiment_groupe_adresse_7.csv")
    assert rel.links == (Link("uf012040231485_e535573d3dfc10a", BAN, "01300_0013_00145"),)
    groups = read_links(folder / "batiment_construction_bdnb_7.csv")
    assert [(k.register, k.building) for k in groups.links][:2] == [
        (BDNB, "BATIMENT0000000008834985-1"), (BDNB, "BATIMENT0000000008834991-1"),
    ]  # fmt: skip
    addresses = read_links(folder / "bdnb_2023_01_bdgs.csv")
    assert {k.name for k in addresses.links} >= {"38517_0345_00007", "38117_0153_02822"}


@pytest.mark.data
def test_link_and_place_agree_on_real_buildings(data_dir: Path, tmp_path: Path) -> None:
    """BDNB 2023 in Isère: buildings, their addresses as points, and the link between both. Where both exist, the place alone
    finds the building that the link says."""
    folder = data_dir / "batiments" / "rnb-echantillons" / "batid" / "fixtures"
    with open_twin(tmp_path / "t", create=True) as twin:
        twin.load_communes("38")
        twin.import_file(folder / "bdnb_2023_01_bdgs.csv", "batiment")
        twin.import_file(folder / "bdnb_2023_01_addresses.csv", "adresse")
        assert twin.view.count("batiment") == 3
        links = match_file(twin, folder / "bdnb_2023_01_bdgs.csv")
        head = "numero_dpe,identifiant_ban"
        rows = [f"N{i},{n[2]}" for i, n in enumerate(links.names)]
        dpe = write(tmp_path, "dpe.csv", "\n".join([head, *rows]))
        placed = {p[0]: p[1] for p in match_file(twin, dpe).pairs}
        apply_matched(twin, links, dpe)
        linked = {p[0]: p[1:] for p in match_file(twin, dpe).pairs}
        both = placed.keys() & linked.keys()
        assert (len(placed), len(linked), len(both)) == (2, 3, 2)
        assert all(placed[k] == linked[k][0] for k in both)


@pytest.mark.data
def test_precision_where_an_identifier_tells_the_truth(data_dir: Path, tmp_path: Path) -> None:
    """Montpellier (open data, 2014): 1 024 public establishments as points, of which 328 carry the key of the city's estate
    (HISCLEPATR) that its buildings carry too (CLEFPATR). Met by place and name alone, 245 of them are sure, and 216 of those
    (88 %) are on a building of that key; of all, 278 of 321 (87 %)."""
    folder = data_dir / "batiments" / "montpellier-34"
    stock, places = (
        folder / "Batiments" / "VilleMTP_MTP_Batiments.geojson",
        folder / "EtabliPublic" / "VilleMTP_MTP_EtabliPublic.geojson",
    )
    drawn, listed = read(stock).columns, read(places)
    key = dict(zip(map(str, drawn["OBJECTID"].to_pylist()), drawn["CLEFPATR"].to_pylist(), strict=True))
    truth = {str(listed.first_row + i): k for i, k in enumerate(listed.columns["HISCLEPATR"].to_pylist())}
    keys = {k for k in key.values() if k}
    with open_twin(tmp_path / "t", create=True) as twin:
        twin.load_communes("34")
        twin.import_file(stock, "batiment")
        code = {r["id"]: r["code"] for r in twin.view.read("batiment", columns=["code"]).to_pylist()}
        pairs = match_file(twin, places).pairs
    known = [(truth[n], key[code[asset]], worth) for n, asset, worth, _ in pairs if truth[n] in keys]
    sure = [wanted == met for wanted, met, worth in known if worth >= SURE]
    assert len(sure) > 200
    assert sum(sure) / len(sure) >= 0.85
    assert sum(wanted == met for wanted, met, _ in known) / len(known) >= 0.84
