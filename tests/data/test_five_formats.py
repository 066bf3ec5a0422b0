"""The Batiments of Montpellier in five formats: the same rows and attributes, the same places to the millimetre."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from jumeau.model.dictionary import builtin_layers
from jumeau.model.territory import referential
from jumeau.sources.importer import prepare
from jumeau.sources.mapping import mapping_of
from jumeau.sources.prepared import Prepared

pytestmark = pytest.mark.data
NAME = "batiments/montpellier-34/Batiments/VilleMTP_MTP_Batiments"


@pytest.fixture(scope="module")
def found(data_dir: Path) -> dict[str, Prepared]:
    mapping = mapping_of({"OBJECTID": "code", "PATRLIB": "nom"}, {"commune": "34172"})
    resolve = referential().resolve_array
    layer = builtin_layers()["batiment"]
    suffixes = ("geojson", "zip", "csv", "ods", "xls")
    return {s: prepare(data_dir / f"{NAME}.{s}", layer, mapping=mapping, resolve=resolve) for s in suffixes}


def test_same_rows_and_attributes_in_five_formats(found: dict[str, Prepared]) -> None:
    facts = {}
    for suffix, one in found.items():
        assert one.counts["read"] == one.counts["kept"] == 3_356, suffix
        facts[suffix] = sorted(zip(one.table["code"].to_pylist(), one.table["nom"].fill_null("").to_pylist(), strict=True))
    for suffix, rows in facts.items():
        assert rows == facts["geojson"], suffix


def test_same_places_to_a_millimetre_in_geojson_and_shapefile(found: dict[str, Prepared]) -> None:
    shapes = []
    for suffix in ("geojson", "zip"):
        table = found[suffix].table.sort_by("code")
        shapes.append(shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False)))
    assert np.nanmax(shapely.hausdorff_distance(*shapes)) < 1e-3
