"""Claim: importing points (CSV, GeoParquet) with every check takes at most twice plain geopandas.

Ours: read, mapping, units, commune join, ids, duplicates, checks, then an acknowledged commit in the embedded store.
Peer: geopandas reading, joining communes, sorting by Hilbert and writing GeoParquet, in its own process, on the same file.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import shapely

sys.path.insert(0, str(Path(__file__).parent))
import peer

PEER = Path(__file__).parent / "peers" / "import_points_geopandas.py"
GOAL = 2.0
RUNS = 3
SEED = 34


def make_files(folder: Path, rows: int) -> tuple[Path, dict[str, Path]]:
    """Commune cells of the Hérault, and street lights drawn around their centres, as two files."""
    import geopandas

    from jumeau.model.territory.cells import schematic_cells
    from jumeau.sources.crs import Frame, to_legal

    codes, cells = schematic_cells("34")
    geopandas.GeoDataFrame({"commune": codes}, geometry=cells, crs=2154).to_parquet(folder / "communes.parquet")
    rng = np.random.default_rng(SEED)
    home = shapely.get_coordinates(shapely.centroid(cells))[rng.integers(0, len(codes), rows)]
    xy = home + rng.normal(0, 1500, (rows, 2))
    lonlat = _to_lonlat(xy)
    assert np.nanmax(np.abs(to_legal(lonlat[:10], Frame("EPSG:4326")) - xy[:10])) < 0.01
    lamps = np.array(["SHP", "LED", "Ballon fluo", "Iodures métalliques", ""])[rng.integers(0, 5, rows)]
    table = pa.table(
        {
            "num_pl": np.char.add("PL", np.arange(rows).astype(str)),
            "type_lampe": lamps,
            "puissance": rng.choice([35, 50, 70, 100, 150, 250, -9999], rows),
            "hauteur": np.round(rng.uniform(3, 12, rows), 1),
            "annee_pose": rng.integers(1970, 2026, rows),
        }
    )
    paths = {"csv": folder / "points.csv", "geoparquet": folder / "points.parquet"}
    _write_csv(table, lonlat, paths["csv"])
    geo = geopandas.GeoDataFrame(table.to_pandas(), geometry=shapely.points(xy), crs=2154)
    geo.to_parquet(paths["geoparquet"])
    return folder / "communes.parquet", paths


def _to_lonlat(xy: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    from pyproj import Transformer

    return np.column_stack(Transformer.from_crs(2154, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1]))


def _write_csv(table: pa.Table, lonlat: np.ndarray[Any, Any], path: Path) -> None:
    french = {
        "hauteur": np.char.replace(np.char.mod("%.1f", table["hauteur"].to_numpy()), ".", ","),
        "longitude": np.char.replace(np.char.mod("%.7f", lonlat[:, 0]), ".", ","),
        "latitude": np.char.replace(np.char.mod("%.7f", lonlat[:, 1]), ".", ","),
    }
    table = table.drop_columns(["hauteur"])
    for name, values in french.items():
        table = table.append_column(name, pa.array(values))
    pacsv.write_csv(table, path, pacsv.WriteOptions(delimiter=";", quoting_style="none"))


def ours(points: Path, communes: Path, folder: Path) -> dict[str, float]:
    """Seconds and peak memory of our import, in this process."""
    import resource

    import geopandas  # noqa: F401 (modules are loaded before the clock starts, as for the peer)

    from jumeau.model.dictionary import builtin_layers
    from jumeau.sources.importer import prepare
    from jumeau.store.embedded import EmbeddedStore
    from jumeau.store.port import ClaimTable

    contours = pq.read_table(communes)
    store = EmbeddedStore(folder / f"twin-{points.suffix[1:]}", create=True)
    start = time.perf_counter()
    prepared = prepare(points, builtin_layers()["luminaire"], communes=contours)
    middle = time.perf_counter()
    change = ClaimTable(layer="luminaire", table=prepared.table, source=prepared.source, origins=prepared.origins)
    store.commit([change], author="bench", message="import", kind="import")
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": end - start, "prepare": middle - start, "rows": prepared.table.num_rows, "peak_mb": peak}


def _ours(points: Path, communes: Path, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--ours", str(points), str(communes), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _peer(points: Path, communes: Path, target: Path) -> dict[str, float]:
    """In the peer's own environment where uv can make it, else in this one, which holds the same geopandas."""
    arguments = [str(points), str(communes), str(target)]
    if (peer.ROOT / ".tools" / "bin" / "uv").exists():
        said = peer.run_peer("geopandas", PEER, *arguments)
    else:
        said = subprocess.run([sys.executable, str(PEER), *arguments], capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


def measure(rows: int) -> list[dict[str, Any]]:
    """One result a format: the best of a few runs, ours and the peer's in turn."""
    out = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        communes, paths = make_files(folder, rows)
        for kind, path in paths.items():
            pairs = []
            for turn in range(RUNS):
                (folder / f"{kind}{turn}").mkdir()
                mine = _ours(path, communes, folder / f"{kind}{turn}")
                pairs.append((mine, _peer(path, communes, folder / f"{kind}-peer.parquet")))
            mine = min((m for m, _ in pairs), key=lambda m: m["seconds"])
            theirs = min((p for _, p in pairs), key=lambda p: p["seconds"])
            conditions = f"{rows} points, meilleur de {RUNS}, but : rapport <= {GOAL:g}, "
            conditions += f"mémoire {mine['peak_mb']:.0f} Mo contre {theirs['peak_mb']:.0f} Mo"
            out.append(
                {
                    "name": f"import_points_{kind}",
                    "value": round(mine["seconds"], 3),
                    "unit": "s",
                    "peer": "geopandas",
                    "peer_value": round(theirs["seconds"], 3),
                    "ratio": round(mine["seconds"] / theirs["seconds"], 2),
                    "floor": None,
                    "floor_share": None,
                    "conditions": conditions,
                    "prepare_s": round(mine["prepare"], 3),
                }
            )
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 000 points")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--ours", nargs=3, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.ours:
        print(json.dumps(ours(*(Path(p) for p in said.ours))))
        return
    results = measure(100_000 if said.quick else 1_000_000)
    if said.json:
        print(json.dumps(results, ensure_ascii=False, indent=1))
        return
    for r in results:
        print(f"{r['name']}: {r['value']} s, geopandas {r['peer_value']} s, ratio {r['ratio']} ({r['conditions']})")


if __name__ == "__main__":
    main()
