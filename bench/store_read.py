"""Reads of the embedded store against plain GeoParquet with the same rows in the same order (goal: within 1.3x)."""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from jumeau.model.claim import Claim
from jumeau.model.ids import asset_id
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.model.query import Compare
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.port import ClaimTable, Moment

BOX = (704_000.0, 6_604_000.0, 706_000.0, 6_606_000.0)


def lights(rows: int) -> pa.Table:
    """Synthetic street lights in 320 clusters."""
    rng = np.random.default_rng(1)
    commune = rng.integers(0, 320, rows)
    centre = rng.uniform([700_000, 6_600_000], [760_000, 6_660_000], (320, 2))
    xy = centre[commune] + rng.normal(0, 600, (rows, 2))
    return pa.table(
        {
            "id": [asset_id("luminaire", "bench", i) for i in range(rows)],
            "commune": pa.array([f"34{c:03}" for c in range(320)]).take(pa.array(commune)),
            "lamp_technology": pa.array(["shp", "led", "im"]).take(pa.array(rng.integers(0, 3, rows))),
            "lamp_power_w": rng.choice([35.0, 70.0, 100.0, 150.0], rows),
            "install_year": pa.array(rng.integers(1975, 2024, rows), pa.int32()),
            "geometry": pa.array(shapely.to_wkb(shapely.points(xy), byte_order=1), pa.binary()),
        }
    )


def best(call: Callable[[], Any], times: int = 5) -> float:
    """Median time of a warm call [s]."""
    call()
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def main() -> None:
    """Print one line or one JSON object a claim."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = 200_000 if asked.quick else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), rows)
    if asked.json:
        print(json.dumps(found))
        return
    for line in found:
        value, peer = f"{line['value']:.4f} {line['unit']}", line["peer"]
        print(f"{line['name']:30} {value:>18}  x{line['ratio']:.2f} of {peer}")


def measure(folder: Path, rows: int) -> list[dict[str, Any]]:
    """All measures [s], each with its peer's."""
    table = lights(rows)
    columns = table.column_names[1:-1]
    store = EmbeddedStore(folder / "twin", create=True)
    origins = dict.fromkeys(table.column_names[1:], Origin.DECLARED)
    change = ClaimTable(layer="luminaire", table=table, source=Source(id="b", title="B"), origins=origins)
    start = time.perf_counter()
    first = store.commit([change], author="b", message="import")
    imported = time.perf_counter() - start
    start = time.perf_counter()
    same = store.read("luminaire", columns=columns)
    resolved = time.perf_counter() - start
    plain = folder / "plain.parquet"
    start = time.perf_counter()
    rows_only = same.drop(["geometry"]).to_pandas()
    frame = geopandas.GeoDataFrame(rows_only, geometry=shapely.from_wkb(same["geometry"].to_numpy()), crs=2154)
    start = time.perf_counter()
    frame.to_parquet(plain, compression="zstd", write_covering_bbox=True)
    written = time.perf_counter() - start
    conditions = f"{rows} points, {len(columns)} attributes, 1 process, warm, median of 5"
    out: list[dict[str, Any]] = []

    def add(name: str, value: float, peer: str, peer_value: float, unit: str = "s") -> None:
        out.append(
            {
                "name": name, "value": value, "unit": unit, "peer": peer, "peer_value": peer_value,
                "ratio": value / peer_value, "floor": peer_value, "floor_share": peer_value / value, "conditions": conditions,
            }
        )  # fmt: skip

    names = ["id", *columns, "geometry"]
    add("import (commit)", imported, "plain write", written)
    add("first read (resolve)", resolved, "plain write", written)

    peers = {
        "all": best(lambda: pq.read_table(plain, columns=names)),
        "commune": best(lambda: pq.read_table(plain, columns=names, filters=pc.field("commune") == "34007")),
        "bbox": best(lambda: geopandas.read_parquet(plain, columns=names, bbox=BOX)),
    }

    def reads(label: str, moment: Moment) -> None:
        one = Compare("commune", "=", "34007")
        asks: dict[str, dict[str, Any]] = {"all": {}, "commune": {"where": one}, "bbox": {"bbox": BOX}}
        for kind, ask in asks.items():
            mine = best(lambda ask=ask: store.read("luminaire", columns=columns, moment=moment, **ask))
            add(f"{label} {kind}", mine, "plain GeoParquet", peers[kind])

    reads("current", Moment())
    ids = same["id"].take(pa.array(np.linspace(0, rows - 1, 1000).astype(int))).to_pylist()
    start = time.perf_counter()
    for asset in ids:
        claim = Claim(
            layer="luminaire", asset=asset, attribute="lamp_power_w", value=42.0, source="saisie:b", origin=Origin.MEASURED
        )
        store.commit([claim], author="b", message="edit")
    add("1000 single edits", time.perf_counter() - start, "plain write", written)
    start = time.perf_counter()
    store.count("luminaire")
    add("first read after 1000 edits", time.perf_counter() - start, "plain GeoParquet", peers["all"])
    reads("1000 edits", Moment())
    reads("as_of import", Moment(as_of=first.instant))
    store.create_branch("led", author="b")
    store.commit([claim], author="b", message="edit", branch="led")
    reads("branch", Moment("led"))
    before = Moment(as_of=first.instant)
    add("diff of 1000 edits", best(lambda: store.diff(before, Moment())), "plain GeoParquet", peers["all"])
    store.compact()
    size = sum(p.stat().st_size for p in (folder / "twin").rglob("*") if p.is_file())
    add("size after 1000 edits", float(size), "plain copy", float(plain.stat().st_size), "byte")
    store.close()
    return out


if __name__ == "__main__":
    main()
