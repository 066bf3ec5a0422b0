"""Claim files are GeoParquet 1.1 that other readers open."""

import hashlib
import json
from pathlib import Path

import geopandas
import pyarrow.parquet as pq
from pyproj import CRS
from writer import edit, table

from jumeau.store.embedded import EmbeddedStore


def test_a_claim_file_is_read_by_geopandas_with_its_crs_bbox_and_provenance(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "twin", create=True)
    store.commit([table(7)], author="a", message="x")
    store.commit([edit(1, "code")], author="a", message="x")
    store.read("luminaire")
    (claims,) = (tmp_path / "twin" / "claims").glob("*.parquet")
    (cache,) = (tmp_path / "twin" / "cache").glob("*.parquet")
    assert hashlib.sha256(claims.read_bytes()).hexdigest() == claims.stem
    for path, rows in ((claims, 50), (cache, 51)):
        frame = geopandas.read_parquet(path)
        assert (len(frame), frame.crs.to_epsg()) == (rows, 2154)
        assert len(geopandas.read_parquet(path, bbox=(700_007, 6_600_000, 700_007, 6_600_009))) == 10
    about = json.loads(pq.read_metadata(claims).metadata[b"jumeau"])
    assert about["source"]["id"] == "flux"
    assert about["origins"]["lamp_power_w"] == "declared"
    geo = json.loads(pq.read_metadata(claims).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert CRS.from_json_dict(geo["columns"]["geometry"]["crs"]).to_epsg() == 2154
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert geo["columns"]["geometry"]["bbox"] == [700_007, 6_600_000, 700_007, 6_600_049]
