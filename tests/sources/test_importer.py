"""From a file to rows of a layer: mapping, places, communes, ids, rejects."""

import csv
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.errors import InputError, MappingError
from jumeau.model.dictionary import builtin_layers, parse_layer
from jumeau.model.ids import NAMESPACE, asset_id, bulk_ids, content_ids
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.sources.importer import prepare
from jumeau.sources.mapping import Mapping, mapping_of, read_mapping, write_mapping
from jumeau.sources.rejects import write_report

LAYERS = builtin_layers()
LIGHT = LAYERS["luminaire"]
CODES = {"34172": "34172", "34057": "34057", "34093": "34144", "34144": "34144"}


def resolve(codes: list[str | None]) -> list[str | None]:
    return [CODES.get(code or "") for code in codes]


@pytest.fixture
def communes() -> pa.Table:
    """Two square communes side by side, and a schematic one that must not be trusted."""
    boxes = [shapely.box(770_000, 6_280_000, 771_000, 6_281_000), shapely.box(771_000, 6_280_000, 772_000, 6_281_000)]
    boxes.append(shapely.box(0, 0, 2_000_000, 8_000_000))
    return pa.table(
        {
            "commune": ["34172", "34057", "34144"],
            "schematic": [False, False, True],
            "geometry": pa.array(shapely.to_wkb(boxes), pa.binary()),
        }
    )


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_small_dirty_file(tmp_path: Path, communes: pa.Table) -> None:
    path = write(
        tmp_path / "pl.csv",
        "N° PL;Code INSEE;Puissance (kW);Lampe;Hauteur;x;y",
        "A1;34172;0,07;SHP;8,5;770500;6280500",
        "A2;34172;0,1;Ballon fluo;-9999;771500;6280500",
        "A3;99999;0,15;machin;850 cm;770600;6280600",
        "A4;;NC;LED;;771600;6280600",
        "A5;;0,05;LED;6;;",
        "A6;34172;9000;LED;6;;",
    )
    done = prepare(path, LIGHT, communes=communes, resolve=resolve)
    rows = {row["code"]: row for row in done.table.to_pylist()}
    assert set(rows) == {"A1", "A2", "A3", "A4", "A6"}
    assert [rows[k]["commune"] for k in rows] == ["34172", "34172", "34172", "34057", "34172"]
    assert rows["A3"]["commune__origin"] == rows["A4"]["commune__origin"] == Origin.INFERRED
    assert rows["A1"]["commune__origin"] == Origin.DECLARED
    assert [rows[k]["lamp_power_w"] for k in rows] == [pytest.approx(70), pytest.approx(100), pytest.approx(150), None, None]
    assert [rows[k]["lamp_technology"] for k in rows] == ["shp", "vm", None, "led", "led"]
    assert [rows[k]["height_m"] for k in rows] == [8.5, None, 8.5, None, 6.0]
    assert rows["A6"]["geometry"] is None
    counts = done.counts
    assert (counts["read"], counts["kept"], counts["rejected"], counts["outside_commune"]) == (6, 5, 1, 1)
    assert counts["sentinels"] == 2
    said = {(r["row"], r["field"], r["effect"]) for r in done.rejects.to_pylist()}
    assert said == {
        (3, "", "verifier"),
        (4, "commune", "valeur"),
        (4, "lamp_technology", "valeur"),
        (6, "geometry", "ligne"),
        (7, "lamp_power_w", "valeur"),
    }


def test_the_report_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    path = write(
        tmp_path / "pl.csv", "num;puissance;x;y", "=cmd();70;770500;6280500", "b;abc;770501;6280501", "c;@x;770502;6280502"
    )
    done = prepare(path, LIGHT)
    target = write_report(done, tmp_path / "rapports")
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(target.open(encoding="utf-8-sig"), delimiter=";"))
    assert rows[0] == ["ligne", "champ", "valeur", "raison", "que faire", "effet"]
    assert [row[:3] for row in rows[1:]] == [["3", "lamp_power_w", "abc"], ["4", "lamp_power_w", "'@x"]]
    page = (target.parent / "pl-rejets.txt").read_text(encoding="utf-8")
    assert "lignes lues : 3" in page
    assert "puissance -> lamp_power_w" in page


def test_a_second_import_gives_the_same_bytes(tmp_path: Path, communes: pa.Table) -> None:
    path = write(tmp_path / "pl.csv", "lampe;x;y", "SHP;770500;6280500", "SHP;770500;6280500", "LED;771500;6280500")
    one, two = prepare(path, LIGHT, communes=communes), prepare(path, LIGHT, communes=communes)
    assert one.table.equals(two.table)
    assert one.mapping_key == two.mapping_key
    assert one.source == two.source
    assert len(set(one.table["id"].to_pylist())) == 3
    assert one.counts["duplicates"] == one.counts["repeated_geometries"] == 1


def test_content_ids_do_not_depend_on_order_nor_on_the_mapping(tmp_path: Path) -> None:
    lines = ["SHP;770500;6280500", "LED;770501;6280501", "SHP;770502;6280502"]
    source = Source(id="ville", title="Ville")
    one = prepare(write(tmp_path / "a.csv", "lampe;x;y", *lines), LIGHT, source=source)
    two = prepare(
        write(tmp_path / "b.csv", "lampe;x;y", *reversed(lines)), LIGHT, source=source, mapping=mapping_of({"lampe": "owner"})
    )
    assert one.table["id"].to_pylist() == two.table["id"].to_pylist()[::-1]


def test_keyed_ids_survive_a_changed_value(tmp_path: Path) -> None:
    source = Source(id="ville", title="Ville")
    one = prepare(write(tmp_path / "a.csv", "num;lampe;x;y", "P1;SHP;770500;6280500"), LIGHT, source=source)
    two = prepare(write(tmp_path / "b.csv", "num;lampe;x;y", "P1;LED;770500;6280500"), LIGHT, source=source)
    assert one.table["id"].to_pylist() == two.table["id"].to_pylist() == [asset_id("luminaire", "ville", "P1")]


def test_bulk_ids_are_the_standard_ones() -> None:
    """Second implementation: uuid.uuid5 of the standard library."""
    from uuid import uuid5

    keys = [f"clé {i}" for i in range(500)]
    wanted = [str(uuid5(NAMESPACE, f"luminaire\x1fville\x1f{key}")) for key in keys]
    assert bulk_ids("luminaire", "ville", [key.encode() for key in keys]).to_pylist() == wanted


def test_content_ids_in_bulk_are_those_of_the_model() -> None:
    from jumeau.sources.identity import content_ids_of

    contents = [b"a", b"b", b"a", b"a", b""]
    assert content_ids_of(LIGHT, "s", pa.array(contents)).to_pylist() == content_ids("luminaire", "s", contents)


@pytest.mark.parametrize("crs", [2154, 4326, 3857, 3943, 3944, 27572, 32631])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_missing_system_is_found(tmp_path: Path, crs: int, swapped: bool) -> None:
    """Second implementation of the way back: geopandas and PROJ."""
    rng = np.random.default_rng(1)
    wanted = np.column_stack([rng.uniform(740_000, 790_000, 60), rng.uniform(6_260_000, 6_300_000, 60)])
    moved = geopandas.GeoSeries(geopandas.points_from_xy(*wanted.T), crs=2154).to_crs(crs)
    xy = np.column_stack([moved.x, moved.y])
    xy = xy[:, ::-1] if swapped else xy
    path = write(tmp_path / "pl.csv", "num;x;y", *(f"{i};{a:.9f};{b:.9f}" for i, (a, b) in enumerate(xy)))
    done = prepare(path, LIGHT)
    found = shapely.get_coordinates(shapely.from_wkb(done.table["geometry"].to_pylist()))
    assert np.abs(found - wanted).max() < 0.01
    assert done.notes


def test_a_declared_system_that_lies_is_said(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"num": ["a", "b"]}, geometry=geopandas.points_from_xy([770_000, 770_100], [6_280_000] * 2)
    )
    frame.set_crs(4326).to_file(tmp_path / "pl.gpkg", engine="pyogrio")
    done = prepare(tmp_path / "pl.gpkg", LIGHT)
    assert shapely.get_x(shapely.from_wkb(done.table["geometry"].to_pylist())).tolist() == [770_000, 770_100]
    assert any("EPSG:2154" in note for note in done.notes)


def test_no_system_at_all_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    path = write(tmp_path / "pl.csv", "num;x;y", "1;12;900000000", "2;13;900000001")
    with pytest.raises(InputError, match="crs: EPSG:2154"):
        prepare(path, LIGHT)
    with pytest.raises(InputError, match="EPSG:99999"):
        prepare(path, LIGHT, mapping=Mapping(crs="EPSG:99999"))


def test_wkt_and_pairs_are_positions(tmp_path: Path) -> None:
    one = prepare(write(tmp_path / "a.csv", "num;geom", "1;POINT (770500 6280500)", "2;"), LIGHT)
    assert one.counts["kept"] == 1
    two = prepare(write(tmp_path / "b.csv", "num;geo_point_2d", '1;"43.61, 3.87"', "2;43.62,3.88"), LIGHT)
    xy = shapely.get_coordinates(shapely.from_wkb(two.table["geometry"].to_pylist()))
    assert ((xy[:, 0] > 769_000) & (xy[:, 0] < 772_000)).all()


def test_broken_polygons_are_mended_and_counted(tmp_path: Path) -> None:
    bow = shapely.Polygon([(770_000, 6_280_000), (770_010, 6_280_010), (770_010, 6_280_000), (770_000, 6_280_010)])
    good = shapely.box(770_100, 6_280_000, 770_110, 6_280_010)
    flat = shapely.Polygon([(770_000, 6_280_000), (770_010, 6_280_000), (770_005, 6_280_000)])
    frame = geopandas.GeoDataFrame({"ID": ["a", "b", "c"]}, geometry=[bow, good, flat], crs=2154)
    frame.to_parquet(tmp_path / "bati.parquet")
    done = prepare(tmp_path / "bati.parquet", LAYERS["batiment"])
    shapes = shapely.from_wkb(done.table["geometry"].to_pylist())
    assert done.counts["repaired"] == 1
    assert done.counts["rejected"] == 1
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes).tolist() == [pytest.approx(50), pytest.approx(100)]


def test_a_mapping_file_is_read_written_and_checked(tmp_path: Path) -> None:
    data = write(tmp_path / "pl.csv", "a;b;est;nord", "P1;70;770500;6280500")
    path = tmp_path / "m.yaml"
    path.write_text(
        "columns:\n  a: code\n  b: {field: lamp_power_w, unit: kW}\n"
        "constants: {commune: 34172}\nx: est\ny: nord\ncrs: EPSG:2154\n"
    )
    done = prepare(data, LIGHT, mapping=read_mapping(path))
    row: dict[str, Any] = done.table.to_pylist()[0]
    assert (row["code"], row["commune"]) == ("P1", "34172")
    assert row["lamp_power_w"] == 70.0
    assert done.origins["lamp_power_w"] == Origin.INFERRED
    assert any("1000" in note for note in done.notes)
    write_mapping(done.mapping, tmp_path / "n.yaml")
    again = read_mapping(tmp_path / "n.yaml")
    assert again.key == done.mapping.key
    assert prepare(data, LIGHT, mapping=again).table.equals(done.table)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: {zzz: code}", "zzz"),
        ("columns: {a: zzz}", "zzz"),
        ("columns: {a: code, b: code}", "code"),
        ("colonnes: {a: code}", "colonnes"),
        ("columns: [", "m.yaml"),
        ("values: {lamp_technology: {truc: bidule}}", "bidule"),
        ("!!python/object/apply:os.system ['true']", "m.yaml"),
    ],
)
def test_a_wrong_mapping_names_its_fault(tmp_path: Path, text: str, said: str) -> None:
    data = write(tmp_path / "pl.csv", "a;b;x;y", "P1;70;770500;6280500")
    path = write(tmp_path / "m.yaml", text)
    with pytest.raises(MappingError, match=said):
        prepare(data, LIGHT, mapping=read_mapping(path))


def test_a_constant_that_does_not_fit(tmp_path: Path) -> None:
    data = write(tmp_path / "pl.csv", "a;x;y", "P1;770500;6280500")
    with pytest.raises(InputError, match="lamp_power_w"):
        prepare(data, LIGHT, mapping=Mapping(constants={"lamp_power_w": "beaucoup"}))


def test_registers_give_one_row_a_key(tmp_path: Path) -> None:
    """Merged communes add up; a key written twice is refused."""
    path = write(
        tmp_path / "c.csv", "Code commune;Logements;Établissements", "34093;10;1", "34144;20;-", "34172;5;2", "34172;6;3"
    )
    done = prepare(path, LAYERS["couverture_fibre"], resolve=resolve)
    rows = {row["commune"]: row for row in done.table.to_pylist()}
    assert rows["34144"]["premises"] == 30
    assert rows["34144"]["businesses"] is None
    assert rows["34172"]["premises"] == 5
    assert rows["34172"]["id"] == asset_id("couverture_fibre", "cog-fibre", "34172")
    assert (done.counts["read"], done.counts["kept"], done.counts["merged"], done.counts["rejected"]) == (4, 2, 1, 1)


def test_a_required_field_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", "truc;bidule", "a;b", "c;d")
    with pytest.raises(InputError, match="commune"):
        prepare(path, LAYERS["couverture_fibre"], resolve=resolve)


def test_a_layer_of_the_users_own(tmp_path: Path) -> None:
    lines = [
        "name,type,unit,decimals,default,description,source_name,constraint,standard,scope,synonyms",
        "geometry,point,,,,Points d'eau incendie,,,,,",
        "code,text,,,,Numéro,,,,,num",
        "flow_m3_h,number,m³/h,1,,Débit,,min=0;max=600,,asset,debit",
    ]
    path = write(tmp_path / "pei.csv", "num;debit;lon;lat", "1;60 m3/h;3,87;43,6", "2;20 [l/s];3,88;43,61")
    done = prepare(path, parse_layer("point_eau_incendie", lines))
    assert done.table["flow_m3_h"].to_pylist() == [pytest.approx(60), pytest.approx(72)]
    assert done.source.id.startswith("pei-")


def test_describe_mapping_says_why(tmp_path: Path) -> None:
    path = write(tmp_path / "pl.csv", "type_lante;machin;x;y", "LANTERNE;1;770500;6280500")
    text = prepare(path, LIGHT).describe_mapping()
    assert "type_lante -> luminaire_type" in text
    assert "machin" in text.splitlines()[-1]


def test_a_doubtful_column_is_suggested_and_not_read(tmp_path: Path) -> None:
    """`SURFACE_HA` is the area of the commune, `Conso_ECS` is not the whole consumption."""
    rows = [f"{i};{9000 + i};{i}.5;770500;628050{i}" for i in range(5)]
    path = write(tmp_path / "b.csv", "id;SURFACE_HA;Conso_ECS_primaire;x;y", *rows)
    done = prepare(path, LAYERS["batiment"])
    assert "floor_area_m2" not in done.table.column_names
    assert "annual_energy_kwh" not in done.table.column_names
    assert [c.column for c in done.mapping.suggested] == ["SURFACE_HA", "Conso_ECS_primaire"]
    assert "à confirmer" in done.describe_mapping()


def test_only_the_rows_asked_for(tmp_path: Path) -> None:
    lines = ["34172;Catégorie;zz", "34172;Locaux raccordables;12", "34057;Locaux raccordables;7"]
    path = write(tmp_path / "f.csv", "Code commune;Champ;T1 2018", *lines)
    mapping = Mapping(where={"Champ": "locaux raccordables"})
    done = prepare(path, LAYERS["couverture_fibre"], mapping=mapping, resolve=resolve)
    assert dict(zip(done.table["commune"].to_pylist(), done.table["connectable"].to_pylist(), strict=True)) == {
        "34172": 12,
        "34057": 7,
    }
    assert done.counts["read"] == 2
    with pytest.raises(MappingError, match="rien de tel"):
        prepare(path, LAYERS["couverture_fibre"], mapping=Mapping(where={"Champ": "rien de tel"}), resolve=resolve)
