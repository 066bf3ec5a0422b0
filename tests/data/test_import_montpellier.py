"""Facts of the Montpellier street lights, pinned, and the same rows read by plain geopandas."""

from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.model.dictionary import builtin_layers
from jumeau.model.territory import referential
from jumeau.sources.importer import prepare
from jumeau.sources.prepared import Prepared

pytestmark = pytest.mark.data
LAYERS = builtin_layers()
NAME = "eclairage/montpellier-34/VilleMTP_MTP_EclairagePublic"


@pytest.fixture(scope="module")
def communes(data_dir: Path) -> pa.Table:
    path = data_dir / "referentiel/france-geojson-2018/departements/34-herault/communes-34-herault.geojson"
    return prepare(path, LAYERS["commune"], resolve=referential().resolve_array).table


@pytest.fixture(scope="module", params=[".zip", "_kml.zip"])
def lights(request: pytest.FixtureRequest, data_dir: Path, communes: pa.Table) -> Prepared:
    return prepare(
        data_dir / f"{NAME}{request.param}", LAYERS["luminaire"], communes=communes, resolve=referential().resolve_array
    )


def test_counts_of_the_brief_in_shp_and_kml(lights: Prepared) -> None:
    """204 rows share 80 places: 124 of them repeat an earlier one. 221 are out of the 2018 contour of 34172."""
    counts = lights.counts
    assert counts["read"] == counts["kept"] == 29_969
    assert lights.table["luminaire_type"].null_count == 27 == counts["unknown"]
    assert lights.table["geometry"].null_count == 0
    assert counts["repeated_geometries"] == 124
    assert counts["outside_commune"] == 221
    assert counts["rejected"] == counts["repaired"] == 0


def test_same_rows_as_geopandas(lights: Prepared, data_dir: Path) -> None:
    """Second implementation: GDAL through geopandas, projected by PROJ."""
    peer = geopandas.read_file(data_dir / f"{NAME}.zip").to_crs(2154)
    ours = shapely.from_wkb(lights.table["geometry"].to_pylist())
    gap = np.hypot(shapely.get_x(ours) - peer.geometry.x, shapely.get_y(ours) - peer.geometry.y)
    assert gap.max() < 0.001
    spelled = peer["type_lante"].value_counts()
    kept = dict(zip(*[lights.table["luminaire_type"].value_counts().flatten()[i].to_pylist() for i in (0, 1)], strict=True))
    assert kept["lanterne"] == spelled["LANTERNE"] + spelled["Lanterne"] == 22_595
    assert kept["borne"] == spelled["BORNE COLONNE"]
    assert kept["applique"] == spelled["Luminaire en applique"] == 3


def test_outside_by_geopandas(lights: Prepared, data_dir: Path, communes: pa.Table) -> None:
    path = data_dir / "referentiel/france-geojson-2018/departements/34-herault/communes-34-herault.geojson"
    contour = geopandas.read_file(path).to_crs(2154).set_index("code").geometry["34172"]
    points = shapely.from_wkb(lights.table["geometry"].to_pylist())
    assert int((~shapely.intersects(contour, points)).sum()) == lights.counts["outside_commune"]


def test_declared_commune_gives_the_same_count(data_dir: Path, communes: pa.Table) -> None:
    from jumeau.sources.mapping import Mapping

    path = data_dir / f"{NAME}.zip"
    said = prepare(path, LAYERS["luminaire"], mapping=Mapping(constants={"commune": "34172"}), communes=communes)
    assert said.counts["outside_commune"] == 221
    assert said.table["commune"].unique().to_pylist() == ["34172"]


def test_ids_are_unique_and_stable(lights: Prepared, data_dir: Path, communes: pa.Table) -> None:
    path = (
        data_dir / lights.file if (data_dir / lights.file).exists() else data_dir / "eclairage/montpellier-34" / lights.file
    )
    again = prepare(path, LAYERS["luminaire"], communes=communes)
    assert again.table["id"].to_pylist() == lights.table["id"].to_pylist()
    assert len(set(again.table["id"].to_pylist())) == 29_969
    assert lights.source.licence == "Licence Ouverte 1.0"


def test_contours_of_2018_become_the_341_communes_of_today(communes: pa.Table, data_dir: Path) -> None:
    assert communes.num_rows == 341
    peer = geopandas.read_file(
        data_dir / "referentiel/france-geojson-2018/departements/34-herault/communes-34-herault.geojson"
    ).to_crs(2154)
    area = shapely.area(shapely.from_wkb(communes["geometry"].to_pylist())).sum()
    assert area == pytest.approx(peer.area.sum(), rel=1e-9)
