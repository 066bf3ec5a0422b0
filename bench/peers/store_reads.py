"""The reads of `store.py`: of a plain GeoParquet, of a plain PostGIS table, and of a twin.

As a script, KIND PLACE LAYER ASK COLUMN... does one of them in a new process, from the opening of the place to the rows, and
prints its seconds and its number of rows; imports are not counted. Kinds: `file`, `table`, `folder`, `server`.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset  # read_table loads it
import pyarrow.parquet as pq
import shapely

BOX = (704_000.0, 6_604_000.0, 706_000.0, 6_606_000.0)
COMMUNE = "34007"
ASKS = ("tout", "une commune", "boîte")


def of_file(path: Path, names: list[str], ask: str) -> pa.Table:
    """A GeoParquet by pyarrow, with its row groups and its covering."""
    if ask == "tout":
        return pq.read_table(path, columns=names)
    if ask == "une commune":
        return pq.read_table(path, columns=names, filters=pc.field("commune") == COMMUNE)
    sides = [pc.field("bbox", side) for side in ("xmin", "ymin", "xmax", "ymax")]
    near = (sides[0] <= BOX[2]) & (sides[2] >= BOX[0]) & (sides[1] <= BOX[3]) & (sides[3] >= BOX[1])
    found = pq.read_table(path, columns=names, filters=near)
    shapes = shapely.from_wkb(found["geometry"].to_numpy())
    return found.filter(pa.array(shapely.intersects(shapes, shapely.box(*BOX))))


def of_table(db: psycopg.Connection[Any], table: str, names: list[str], ask: str) -> list[tuple[Any, ...]]:
    """A PostGIS table by psycopg, binary. Its rows stay Python tuples: putting them in columns would only slow it down."""
    columns = ", ".join("ST_AsBinary(geometry)" if n == "geometry" else n for n in names)
    box = f"ST_MakeEnvelope({', '.join(map(str, BOX))}, 2154)"
    ends = {"tout": "", "une commune": f" WHERE commune = '{COMMUNE}'", "boîte": f" WHERE ST_Intersects(geometry, {box})"}
    return db.execute(f"SELECT {columns} FROM {table}{ends[ask]}", binary=True).fetchall()


def of_twin(store: Any, layer: str, columns: list[str], ask: str, **options: Any) -> pa.Table:
    """A twin."""
    from jumeau.model.query import Compare

    asks = {"tout": {}, "une commune": {"where": Compare("commune", "=", COMMUNE)}, "boîte": {"bbox": BOX}}
    return store.read(layer, columns=columns, **asks[ask], **options)


def opened(kind: str, place: str, layer: str, columns: list[str], ask: str) -> Callable[[], Any]:
    """What a new process does, its modules loaded."""
    names = ["id", *columns, "geometry"]
    if kind == "file":
        return lambda: of_file(Path(place), names, ask)
    if kind == "table":
        return lambda: of_table(psycopg.connect(place, autocommit=True), layer, names, ask)
    if kind == "folder":
        from jumeau.store.embedded import EmbeddedStore

        return lambda: of_twin(EmbeddedStore(Path(place)), layer, columns, ask)
    from jumeau.store.postgis import PostgisStore

    return lambda: of_twin(PostgisStore(place), layer, columns, ask)


def main(kind: str, place: str, layer: str, ask: str, *columns: str) -> None:
    """Print one line of JSON."""
    call = opened(kind, place, layer, list(columns), ask)
    start = time.perf_counter()
    found = call()
    print(json.dumps({"seconds": time.perf_counter() - start, "rows": len(found)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
