"""GeoParquet and plain Parquet, straight from Arrow."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jumeau.errors import InputError
from jumeau.sources.guard import DEFAULT, Limits, check_shape
from jumeau.sources.raw import RawTable
from jumeau.sources.sniff import column_names
from jumeau.texts import t

_SIMPLE = (pa.types.is_struct, pa.types.is_list, pa.types.is_large_list, pa.types.is_map, pa.types.is_fixed_size_list)


def read_parquet(path: Path, limits: Limits = DEFAULT) -> RawTable:
    """Read a Parquet file; nested columns (bounding boxes, lists) are left out."""
    try:
        file = pq.ParquetFile(path)
        rows = file.metadata.num_rows
        check_shape(rows, file.metadata.num_columns, path.name, limits)
        geo = _geo(file.schema_arrow.metadata or {}, path)
        schema = file.schema_arrow
        kept = [f.name for f in schema if not any(test(f.type) for test in _SIMPLE) or f.name == geo.get("primary_column")]
        table = file.read(columns=kept)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            "imports.illisible", file=path.name, format="GeoParquet", reason=str(error).split("\n")[0][:200]
        ) from error
    geometry, crs = None, None
    name = geo.get("primary_column", "")
    if name in table.column_names:
        geometry, crs = _geometry(table[name], geo.get("columns", {}).get(name, {}), path)
        table = table.drop_columns([name])
    table = table.rename_columns(list(column_names(table.column_names)))
    return RawTable(format="geoparquet", columns=table, geometry=geometry, crs=crs)


def _geo(metadata: dict[bytes, bytes], path: Path) -> dict[str, Any]:
    raw = metadata.get(b"geo")
    if raw is None:
        return {}
    try:
        geo = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(
            "imports.illisible", file=path.name, format="GeoParquet", reason=t("imports.geo_illisible")
        ) from error
    return geo if isinstance(geo, dict) else {}


def _geometry(column: pa.ChunkedArray, said: dict[str, Any], path: Path) -> tuple[pa.ChunkedArray, str | None]:
    storage = column.type.storage_type if isinstance(column.type, pa.ExtensionType) else column.type
    if storage not in {pa.binary(), pa.large_binary()}:
        raise InputError("imports.geometrie_codee", file=path.name, encoding=str(said.get("encoding", storage)))
    crs = said.get("crs", "OGC:CRS84") if "crs" in said or said else None
    if isinstance(crs, dict):
        crs = json.dumps(crs)
    return column.cast(storage).cast(pa.binary()), crs if isinstance(crs, str) else None
