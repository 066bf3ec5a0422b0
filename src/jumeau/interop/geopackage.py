"""A GeoPackage for QGIS: layers in one CRS, plain tables, and a style kept with each layer."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

CRS = "EPSG:2154"
GEOMETRY = "geometry"
KINDS = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon", "none": None}
_STYLES = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
 f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
 description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)
"""


class GeoTable(msgspec.Struct, frozen=True, kw_only=True):
    """A layer or a table. table: with a `geometry` column of WKB in EPSG:2154 unless `kind` is `none`.

    kind: `point`, `line`, `polygon` or `none`; style: QML, empty for none.
    """

    name: str
    title: str
    table: pa.Table
    kind: str = "none"
    style: str = ""


def write_geopackage(tables: Iterable[GeoTable], out: Path, on: date) -> Path:
    """Write the tables in `out`, replacing what is there. on: the date written in the file. Whole or not there."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.stem}.part.gpkg")
    partial.unlink(missing_ok=True)
    try:
        written = []
        for one in tables:
            _write(one, partial)
            written.append(bare(one))
        _finish(partial, written, on)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return out


def bare(one: GeoTable) -> GeoTable:
    """What a table is, with its geometries only: all of them at once take little room."""
    kept = [GEOMETRY] if GEOMETRY in one.table.column_names else []
    return msgspec.structs.replace(one, table=one.table.select(kept))


def _write(one: GeoTable, path: Path) -> None:
    from pyogrio.raw import write_arrow

    table = pa.table({name: plain(one.table[name]) for name in one.table.column_names})
    spatial: dict[str, Any] = {}
    options = {"IDENTIFIER": one.title}
    if one.kind != "none":
        table = table.set_column(table.schema.get_field_index(GEOMETRY), GEOMETRY, shapes(table[GEOMETRY], one.kind))
        spatial = {"geometry_name": GEOMETRY, "geometry_type": KINDS[one.kind], "crs": CRS}
        options["GEOMETRY_NAME"] = GEOMETRY
    write_arrow(table, path, layer=one.name, driver="GPKG", layer_options=options, **spatial)


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column a GeoPackage can hold: no dictionary, no list, no small float."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    if pa.types.is_nested(kind):
        return pa.chunked_array([pa.array([None if x is None else str(x) for x in column.to_pylist()], pa.string())])
    return column.cast(pa.float64()) if pa.types.is_floating(kind) else column


def shapes(column: pa.ChunkedArray, kind: str) -> pa.Array:
    """Geometries as the layer wants them: lines and polygons made multiple."""
    if kind == "point":
        return column.combine_chunks()
    import shapely

    found = shapely.from_wkb(column.to_numpy(zero_copy_only=False))
    wanted = "MULTI" + ("LINESTRING" if kind == "line" else "POLYGON")
    maker = shapely.multilinestrings if kind == "line" else shapely.multipolygons
    singles = np.isin(shapely.get_type_id(found), (1, 3))
    for i in np.flatnonzero(singles):
        found[i] = maker([found[i]])
    right = np.array([s is None or s.geom_type.upper() == wanted for s in found], np.bool_)
    found[~right] = None
    return pa.array(shapely.to_wkb(found).tolist(), pa.binary())


def _finish(path: Path, tables: list[GeoTable], on: date) -> None:
    """Styles, and the same dates for the same content."""
    when = f"{on.isoformat()}T00:00:00.000Z"
    with closing(sqlite3.connect(path)) as base:
        base.execute(_STYLES)
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,"
            " styleSLD, useAsDefault, description, owner, ui, update_time)"
            " VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', NULL, ?)",
            [(x.name, GEOMETRY, x.name[:30], x.style, x.title, when) for x in tables if x.style],
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES ('layer_styles', 'attributes',"
            " 'layer_styles', '')"
        )
        base.execute("UPDATE gpkg_contents SET last_change = ?", (when,))
        base.commit()
        base.execute("VACUUM")
