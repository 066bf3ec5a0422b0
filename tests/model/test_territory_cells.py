"""Schematic cells: every commune once, no hole, no overlap, and said to be schematic."""

import json
from pathlib import Path

import pytest
import shapely
from pyproj import Transformer

from jumeau.errors import NotFoundError
from jumeau.model.dictionary import builtin_layers
from jumeau.model.territory import centres, referential, schematic_cells, schematic_layer


@pytest.mark.parametrize(("departement", "count"), [("34", 341), ("31", 586)])
def test_cells_partition_their_outline(departement: str, count: int) -> None:
    codes, cells = schematic_cells(departement)
    assert len(codes) == count
    assert set(codes) == {c.code for c in referential().communes(departement)}
    assert shapely.is_valid(cells).all()
    assert shapely.get_type_id(cells).tolist() == [3] * count
    union = shapely.union_all(cells)
    assert union.area == pytest.approx(shapely.area(cells).sum(), rel=1e-6)
    assert len(shapely.get_parts(union)) == 1
    assert shapely.contains(cells, shapely.points(centres(departement)[1])).all()


def test_layer_is_labelled_and_complete() -> None:
    table = schematic_layer("34")
    assert table.schema.equals(builtin_layers()["commune"].schema)
    assert set(table["schematic"].to_pylist()) == {True}
    assert sum(table["population"].to_pylist()) == sum(c.population or 0 for c in referential().communes("34"))
    assert all(column.null_count == 0 for column in table.columns)
    assert table.equals(schematic_layer("34"))


def test_departement_without_centres_teaches() -> None:
    with pytest.raises(NotFoundError, match=r"31, 34"):
        schematic_cells("48")
    with pytest.raises(NotFoundError, match="96"):
        schematic_cells("96")


@pytest.mark.data
def test_centres_fall_in_the_contours_of_2018(data_dir: Path) -> None:
    folder = data_dir / "referentiel" / "france-geojson-2018" / "departements" / "34-herault"
    features = json.loads((folder / "communes-34-herault.geojson").read_text(encoding="utf-8"))["features"]
    to_l93 = Transformer.from_crs("OGC:CRS84", "EPSG:2154", always_xy=True)
    shapes = {f["properties"]["code"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in features}
    codes, points = centres("34")
    assert set(codes) <= set(shapes)
    for code, (x, y) in zip(codes, points, strict=True):
        assert shapes[code].buffer(2e-4).contains(shapely.Point(to_l93.transform(x, y, direction="INVERSE")))
