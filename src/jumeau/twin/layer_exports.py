"""A layer, as it is looked at, as one file: GeoPackage with its style, GeoParquet, FlatGeobuf, CSV."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jumeau.errors import InputError
from jumeau.interop.geopackage import GeoTable, write_geopackage
from jumeau.interop.layer_files import whole, write_csv, write_flatgeobuf
from jumeau.model.dictionary import Layer
from jumeau.sharing.view import View
from jumeau.store.geoparquet import sealed_layer
from jumeau.store.hilbert import flat
from jumeau.texts import t
from jumeau.twin import geopackage
from jumeau.twin.told_origins import SOURCES, source_table

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

FORMATS = {"gpkg": ".gpkg", "geoparquet": ".parquet", "flatgeobuf": ".fgb", "csv": ".csv"}


def export_layers(
    twin: "Twin", layers: Sequence[str], kind: str, out: Path, *, commune: str | None = None, values_only: bool = False
) -> list[Path]:
    """Write layers in the folder `out`, one file each, and the list of their sources beside them (inside a GeoPackage); gives
    their paths. No name means every layer that holds something.

    commune: only the assets that lie there; values_only: without the columns that say where each value comes from. Raises
    InputError for a format or a layer that cannot be written so, NotFoundError for an unknown layer.
    """
    if kind not in FORMATS:
        raise InputError("jumeau.format_inconnu", kind=kind, known=", ".join(FORMATS))
    view = twin.view
    found = [view.layer(name) for name in layers] or [one for one in view.layers().values() if view.count(one.name)]
    if kind == "flatgeobuf":
        if layers and any(one.geometry == "none" for one in found):
            raise InputError("jumeau.format_sans_geometrie", kind=kind, layer=found[0].name)
        found = [one for one in found if one.geometry != "none"]
    paths = [_write(twin, one, kind, out / (one.name + FORMATS[kind]), commune, values_only) for one in found]
    if paths and not values_only and kind != "gpkg":
        paths.append(write_csv(_sources(twin), out / f"{SOURCES}.csv"))
    return paths


def _sources(twin: "Twin") -> GeoTable:
    return GeoTable(name=SOURCES, title=t("classeur.table_sources"), table=source_table(twin.view))


def _write(twin: "Twin", layer: Layer, kind: str, out: Path, commune: str | None, values_only: bool) -> Path:
    table = geopackage.assets(twin, layer)
    rows = table.table
    if commune is not None:
        if "commune" not in layer.names:
            raise InputError("jumeau.export_sans_commune", layer=layer.name)
        rows = rows.filter(pc.equal(rows["commune"], commune))
    if values_only:
        rows = rows.select([n for n in rows.column_names if "__" not in n])
    one = GeoTable(name=table.name, title=table.title, table=rows, kind=table.kind, style=table.style)
    if kind == "gpkg":
        return write_geopackage([one] if values_only else [one, _sources(twin)], out, twin.instant().date())
    if kind == "flatgeobuf":
        return write_flatgeobuf(one, out)
    return write_csv(one, out) if kind == "csv" else _geoparquet(twin.view, layer, rows, out)


def _geoparquet(view: View, layer: Layer, rows: pa.Table, out: Path) -> Path:
    """GeoParquet 1.1 in the stored order, with what it shows in its metadata; without geometry, plain Parquet."""
    moment = view.moment
    shown = {"branch": moment.branch, "at": _said(moment.at), "as_of": _said(moment.as_of)}
    about = {"layer": layer.name, "commit": view.head()} | shown
    plain = pa.table({n: flat(rows[n]) for n in rows.column_names})
    table, options = sealed_layer(plain, layer, about)
    return whole(out, lambda path: pq.write_table(table, path, **options))


def _said(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat()
