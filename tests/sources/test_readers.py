"""The same table through every format and every dialect."""

import json
import zipfile
from pathlib import Path

import geopandas
import openpyxl
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from jumeau.errors import InputError
from jumeau.sources.raw import Reading
from jumeau.sources.readers import read

NAMES = ["Numéro", "hauteur", "Quartier"]
ROWS = [["1", "8,5", "Hôpitaux-Facultés"], ["2", "1 234,5", "Près d'Arènes"], ["3", "", "Croix d'Argent"]]


def text(separator: str = ";", preamble: str = "") -> str:
    return preamble + "\n".join(separator.join(row) for row in [NAMES, *ROWS]) + "\n"


def check(path: Path, reading: Reading | None = None) -> None:
    raw = read(path, reading)
    assert raw.columns.column_names == NAMES
    assert raw.columns["Quartier"].to_pylist() == [row[2] for row in ROWS]
    assert raw.columns["hauteur"].to_pylist() == ["8,5", "1 234,5", None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "cp850", "mac_roman", "utf-16"])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_csv_dialects(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text(separator).encode(encoding))
    check(path)


def test_csv_with_commas_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    lines = [",".join(f'"{cell}"' for cell in row) for row in [NAMES, *ROWS]]
    path.write_text("\r\n".join(lines), encoding="utf-8")
    raw = read(path)
    assert raw.columns["hauteur"].to_pylist()[:2] == ["8,5", "1 234,5"]


def test_csv_with_titles_above(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text(preamble="Éclairage public de la commune;;\n;;\nMise à jour 2024;;\n"), encoding="utf-8")
    check(path)
    assert read(path).first_row == 5


def test_dbase_header(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("ID,C,8;NOM,C,26;COUT,N,19,8\n1;Baumel;270\n", encoding="latin-1")
    assert read(path).columns.to_pylist() == [{"ID": "1", "NOM": "Baumel", "COUT": "270"}]


def test_ragged_lines_are_reported_with_their_number(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1;2\n3;4;5\n6\n\n7;8\n", encoding="utf-8")
    raw = read(path)
    assert raw.columns["a"].to_pylist() == ["1", "6", "7"]
    assert raw.columns["b"].to_pylist() == ["2", None, "8"]
    assert [row for row, _ in raw.rejected] == [3]
    assert raw.rows is not None
    assert raw.rows.to_pylist() == [2, 4, 6]


def test_repeated_and_blank_names(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;;a\n1;2;3\n", encoding="utf-8")
    assert read(path).columns.column_names == ["a", "colonne_2", "a_2"]


def test_xlsx_with_title_and_second_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Éclairage public"])
    sheet.merge_cells("A1:C1")
    sheet.append([])
    sheet.append(NAMES)
    for row in ROWS:
        sheet.append([int(row[0]), row[1] or None, row[2]])
    book.create_sheet("Notes").append(["rien"])
    book.save(tmp_path / "t.xlsx")
    raw = read(tmp_path / "t.xlsx")
    assert raw.columns.column_names == NAMES
    assert raw.columns["Numéro"].to_pylist() == [1, 2, 3]
    assert raw.first_row == 4
    assert read(tmp_path / "t.xlsx", Reading(table="Notes")).columns.column_names == ["rien"]
    with pytest.raises(InputError, match="Feuille9"):
        read(tmp_path / "t.xlsx", Reading(table="Feuille9"))


def lights(crs: int = 2154) -> geopandas.GeoDataFrame:
    table = pandas.DataFrame({"num": ["a", "b", "c"], "lampe": ["SHP", "LED", None]})
    points = geopandas.points_from_xy([770_000, 770_100, 770_200], [6_280_000, 6_280_100, 6_280_200])
    return geopandas.GeoDataFrame(table, geometry=points, crs=2154).to_crs(crs)


@pytest.mark.parametrize("name", ["t.geojson", "t.gpkg", "t.shp", "t.parquet"])
@pytest.mark.parametrize("crs", [2154, 4326, 3943])
def test_vector_formats(tmp_path: Path, name: str, crs: int) -> None:
    """Second implementation: what geopandas wrote, and what it reads back."""
    frame = lights(crs)
    path = tmp_path / name
    if name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        frame.to_file(path, engine="pyogrio")
    raw = read(path)
    assert raw.columns["num"].to_pylist() == ["a", "b", "c"]
    assert raw.columns["lampe"].to_pylist() == ["SHP", "LED", None]
    assert raw.geometry is not None
    peer = geopandas.read_parquet(path) if name.endswith(".parquet") else geopandas.read_file(path)
    assert shapely.from_wkb(raw.geometry.to_pylist()).tolist() == peer.geometry.tolist()
    assert raw.crs


def zipped_shapefile(folder: Path, *, without: str = "") -> Path:
    lights().to_file(folder / "pl.shp", engine="pyogrio")
    target = folder / "pl.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for part in folder.glob("pl.*"):
            if part.suffix not in {without, ".zip"}:
                archive.write(part, f"dossier/{part.name}")
    return target


@pytest.mark.parametrize(
    ("without", "rows", "said"), [("", 3, ""), (".prj", 3, ".prj"), (".dbf", 3, ".dbf"), (".shx", 3, "")]
)
def test_zipped_shapefile_with_a_missing_part(tmp_path: Path, without: str, rows: int, said: str) -> None:
    raw = read(zipped_shapefile(tmp_path, without=without))
    assert raw.num_rows == rows
    assert raw.geometry is not None
    assert said in " ".join(raw.notes)


def test_shapefile_without_shp_keeps_the_attributes(tmp_path: Path) -> None:
    raw = read(zipped_shapefile(tmp_path, without=".shp"))
    assert raw.columns["num"].to_pylist() == ["a", "b", "c"]
    assert raw.geometry is None or raw.geometry.null_count == 3
    assert ".shp" in " ".join(raw.notes)


def test_archive_with_two_layers_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "deux.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "x;y\n1;2\n")
        archive.writestr("b.csv", "x;y\n3;4\n")
    with pytest.raises(InputError, match=r"a\.csv, b\.csv"):
        read(path)
    assert read(path, Reading(table="b.csv")).columns["x"].to_pylist() == ["3"]


def test_kml_shapes_and_data(tmp_path: Path) -> None:
    ring = "0,0 0,1 1,1 0,0"
    path = tmp_path / "t.kml"
    path.write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        '<Placemark><name>un</name><ExtendedData><Data name="h"><value>8</value></Data></ExtendedData>'
        "<Point><coordinates>3.87,43.6,0</coordinates></Point></Placemark>"
        f"<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
        "</Polygon></Placemark>"
        "<Placemark><LineString><coordinates>3,43 abc</coordinates></LineString></Placemark></Document></kml>"
    )
    raw = read(path)
    assert raw.columns.to_pylist()[0] == {"name": "un", "h": "8"}
    assert raw.geometry is not None
    shapes = shapely.from_wkb(raw.geometry.to_pylist())
    assert shapes[0].equals(shapely.Point(3.87, 43.6))
    assert shapes[1].area == pytest.approx(0.5)
    assert shapes[2] is None


def test_parquet_without_geography(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1.0], "liste": [[1, 2]]}), tmp_path / "t.parquet")
    raw = read(tmp_path / "t.parquet")
    assert raw.geometry is None
    assert raw.columns.column_names == ["x"]


def test_geojson_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    assert read(path).num_rows == 0


@pytest.mark.data
def test_batiments_of_montpellier_in_five_formats(data_dir: Path) -> None:
    """Same 3 356 rows and attributes everywhere, same geometry to 1 mm in GeoJSON and SHP."""
    from jumeau.sources.crs import Frame, to_legal

    stem = data_dir / "batiments/montpellier-34/Batiments/VilleMTP_MTP_Batiments"
    raws = {suffix: read(stem.with_suffix(suffix)) for suffix in (".csv", ".xls", ".ods", ".geojson", ".zip")}
    assert {raw.num_rows for raw in raws.values()} == {3_356}
    assert len({tuple(raw.columns.column_names) for raw in raws.values()}) == 1
    from jumeau.sources.values import as_text

    for name in ("OBJECTID", "CODCOMM", "LIBQUART", "PATRLIB", "CLEFPATR"):
        seen = {
            tuple((v or "").strip() for v in as_text(raw.columns[name].combine_chunks()).to_pylist()) for raw in raws.values()
        }
        assert len(seen) == 1, name
    one, other = raws[".geojson"], raws[".zip"]
    assert one.geometry is not None
    assert other.geometry is not None
    there = shapely.transform(shapely.from_wkb(one.geometry.to_pylist()), lambda xy: to_legal(xy, Frame("EPSG:4326")))
    gap = shapely.hausdorff_distance(there, shapely.from_wkb(other.geometry.to_pylist()))
    assert gap.max() < 0.001
