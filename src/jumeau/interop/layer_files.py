"""One layer as one file of another format: FlatGeobuf, CSV. Whole or not there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from jumeau.interop.geopackage import CRS, GEOMETRY, KINDS, GeoTable, plain, shapes


def whole(out: Path, write: Callable[[Path], Any]) -> Path:
    """Write a file beside its place, then give it its name."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.stem}.part{out.suffix}")
    partial.unlink(missing_ok=True)
    try:
        write(partial)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return out


def write_flatgeobuf(one: GeoTable, out: Path) -> Path:
    """A layer with geometry as FlatGeobuf, with its spatial index."""
    from pyogrio.raw import write_arrow

    table = pa.table({name: plain(one.table[name]) for name in one.table.column_names})
    table = table.set_column(table.schema.get_field_index(GEOMETRY), GEOMETRY, shapes(table[GEOMETRY], one.kind))
    spatial: dict[str, Any] = {"geometry_name": GEOMETRY, "geometry_type": KINDS[one.kind], "crs": CRS}
    return whole(out, lambda path: write_arrow(table, path, layer=one.name, driver="FlatGeobuf", **spatial))


def write_csv(one: GeoTable, out: Path) -> Path:
    """A layer as UTF-8 text a French spreadsheet opens: semicolons; `x` and `y` [m] for points, WKT for the rest."""
    import pyarrow.csv
    import shapely

    table = pa.table({name: plain(one.table[name]) for name in one.table.column_names if name != GEOMETRY})
    if one.kind != "none":
        found = shapely.from_wkb(one.table[GEOMETRY].to_numpy(zero_copy_only=False))
        if one.kind == "point":
            for name, values in (("x", shapely.get_x(found)), ("y", shapely.get_y(found))):
                table = table.append_column(name, pa.array(values, pa.float64(), from_pandas=True))
        else:
            table = table.append_column("wkt", pa.array(shapely.to_wkt(found, rounding_precision=3), pa.string()))

    def write(path: Path) -> None:
        with path.open("wb") as handle:
            handle.write(b"\xef\xbb\xbf")
            pyarrow.csv.write_csv(table, handle, pyarrow.csv.WriteOptions(delimiter=";", quoting_style="needed"))

    return whole(out, write)
