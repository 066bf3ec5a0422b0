"""A commune to take away and edit outside: a workbook, or a GeoPackage ready for QGIS and QField."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from jumeau.documents.workbook import Cell, Sheet, SheetColumn, write_workbook
from jumeau.errors import InputError
from jumeau.interop.geopackage import GeoTable, write_geopackage
from jumeau.interop.qgis_form import alias, form
from jumeau.interop.qml import BLUES, Rule, style
from jumeau.model.claim import GEOMETRY
from jumeau.model.dictionary import Field, Layer
from jumeau.model.labels import labels
from jumeau.model.query import Compare
from jumeau.model.typed import editable
from jumeau.sharing.view import ATTACHMENTS, View
from jumeau.texts import t
from jumeau.twin.searching import SELECTIONS
from jumeau.twin.told_origins import BESIDE, mirror, source_table

ABOUT = "_jumeau"
"""Sheet or table that says what the file was when it left."""
XY = ("x", "y")
SPARE = 100
_LEFT_OUT = ("commune", "adresse", "budget", ATTACHMENTS, SELECTIONS)
_DECIMALS_M = 2
GEOMETRY_TOLD = "position"
"""Column that says where the position comes from: a table without geometry cannot have one of that name."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a file was when it left the twin. head: commit it shows; columns: title -> field, by layer; beside: tables that
    only say where values come from, never read when the file comes back.
    """

    head: int
    branch: str
    commune: str
    layers: dict[str, dict[str, str]]
    beside: tuple[str, ...] = ()


def write(view: View, commune: str, out: Path, layers: Sequence[str] | None = None) -> Path:
    """Write the assets of a commune, by the end of the name: `.xlsx` or `.gpkg`.

    Raises InputError for another kind of file, or when nothing is known of the commune in these layers.
    """
    end = out.suffix.lower()
    if end not in (".xlsx", ".gpkg"):
        raise InputError("echange.sorte", file=out.name)
    parts = {name: rows for name in _wanted(view, layers) if (rows := _rows(view, name, commune)).num_rows}
    if not parts:
        raise InputError("echange.rien", commune=commune)
    known = view.layers()
    titles = {name: {title(f, known[name]): f.name for f in known[name].fields} for name in parts}
    sources = view.sources()
    told = {name: mirror(known[name], rows, sources) for name, rows in parts.items()}
    beside = (*map(_beside, parts), BESIDE)
    about = About(head=view.head(), branch=view.moment.branch, commune=commune, layers=titles, beside=beside)
    on = view.instant().date()
    make = _workbook if end == ".xlsx" else _geopackage
    return make(parts, known, about, out, on, told, source_table(view))


def _beside(layer: str) -> str:
    """The table, or sheet, that says where the values of a layer come from."""
    return f"origines {layer}"[:31]


def _wanted(view: View, layers: Sequence[str] | None) -> list[str]:
    known = view.layers()
    for name in layers or ():
        view.layer(name)
    found = layers or [name for name in known if name not in _LEFT_OUT]
    return [name for name in found if "commune" in known[name].names]


def _rows(view: View, layer: str, commune: str) -> pa.Table:
    return view.read(layer, where=Compare("commune", "=", commune), provenance=True)


def title(field: Field, layer: Layer) -> str:
    """The heading of a field, never that of two fields."""
    said = alias(field)
    alone = sum(alias(other) == said for other in layer.fields) == 1
    return said if alone and said not in (*XY, t("echange.identifiant")) else f"{said} [{field.name}]"


# workbook -------------------------------------------------------------------------------------------------------------
def _workbook(
    parts: dict[str, pa.Table], known: dict[str, Layer], about: About, out: Path, on: date, told: dict[str, pa.Table],
    sources: pa.Table,
) -> Path:  # fmt: skip
    sheets = [_sheet(known[name], table) for name, table in parts.items()]
    sheets += [_told_sheet(known[name], parts[name], table) for name, table in told.items()]
    named = tuple(SheetColumn(t(f"echange.source_{name}"), width=24) for name in sources.column_names)
    sheets.append(
        Sheet(title=BESIDE, columns=named, rows=list(zip(*sources.to_pydict().values(), strict=True)), protected=True)
    )
    said = Sheet(title=ABOUT, columns=(SheetColumn("jumeau"),), rows=[[msgspec.json.encode(about).decode()]], hidden=True)
    return write_workbook([*sheets, said], out, on, t("echange.titre", commune=about.commune))


def _told_sheet(layer: Layer, table: pa.Table, told: pa.Table) -> Sheet:
    """The same lines as the sheet of the layer, with where each value comes from in the place of the value."""
    names = [f for f in layer.fields if f.name in told.column_names and told[f.name].null_count < told.num_rows]
    heads = [t("echange.identifiant"), t("echange.equipement"), *(title(f, layer) for f in names)]
    values = [told["id"], labels(layer, table), *(told[f.name] for f in names)]
    if GEOMETRY in told.column_names:
        heads, values = [*heads, t("echange.position")], [*values, told[GEOMETRY]]
    rows = list(zip(*(column.to_pylist() for column in values), strict=True))
    return Sheet(
        title=_beside(layer.name), columns=tuple(SheetColumn(head, width=28) for head in heads), rows=rows, protected=True
    )


def _sheet(layer: Layer, table: pa.Table) -> Sheet:
    fields = [f for f in layer.fields if f.name in table.column_names]
    points = layer.geometry == "point" and GEOMETRY in table.column_names
    columns = [SheetColumn(t("echange.identifiant"), width=38), *(_column(f, layer) for f in fields)]
    columns += [SheetColumn(n, "number", 14, open=True) for n in XY] if points else []
    values: list[list[Any]] = [table["id"].to_pylist(), *(_cells(f, table[f.name]) for f in fields)]
    values += positions(table[GEOMETRY]) if points else []
    rows: list[list[Cell]] = [list(row) for row in zip(*values, strict=True)]
    return Sheet(title=layer.name[:31], columns=tuple(columns), rows=rows, protected=True, spare=SPARE)


def _column(field: Field, layer: Layer) -> SheetColumn:
    kinds: dict[str, Any] = {"number": "number", "integer": "integer", "date": "date"}
    choices = field.constraint.choices
    if field.type == "boolean":
        choices = (t("sorties.oui"), t("sorties.non"))
    width = max(14, min(34, len(title(field, layer)) // 2))
    return SheetColumn(title(field, layer), kinds.get(field.type, "text"), width, choices, open=editable(field))


def _cells(field: Field, column: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if field.type == "number" and field.decimals is not None:
        return [None if v is None else round(v, field.decimals) for v in values]
    return values


def positions(column: pa.ChunkedArray) -> list[list[float | None]]:
    """x and y of points [m], to the centimetre."""
    import numpy as np
    import shapely

    shapes = shapely.from_wkb(column.to_numpy())
    out = []
    for values in (shapely.get_x(shapes), shapely.get_y(shapes)):
        known = np.isfinite(values)
        out.append([round(float(v), _DECIMALS_M) if k else None for v, k in zip(values, known, strict=True)])
    return out


# GeoPackage -----------------------------------------------------------------------------------------------------------
def _geopackage(
    parts: dict[str, pa.Table], known: dict[str, Layer], about: About, out: Path, on: date, told: dict[str, pa.Table],
    sources: pa.Table,
) -> Path:  # fmt: skip
    tables = [_table(known[name], table) for name, table in parts.items()]
    for name, table in told.items():
        said = t("echange.titre_origines", layer=known[name].title)
        columns = {GEOMETRY_TOLD if n == GEOMETRY else n: table[n] for n in table.column_names}
        tables.append(GeoTable(name=_beside(name), title=said, table=pa.table(columns)))
    tables.append(GeoTable(name=BESIDE, title=t("classeur.table_sources"), table=sources))
    said_of = pa.table({"about": [msgspec.json.encode(about).decode()]})
    return write_geopackage([*tables, GeoTable(name=ABOUT, title="jumeau", table=said_of)], out, on)


def _table(layer: Layer, table: pa.Table) -> GeoTable:
    names = ["id", *(n for n in layer.names if n in table.column_names)]
    if layer.geometry == "none" or GEOMETRY not in table.column_names:
        return GeoTable(name=layer.name, title=layer.title, table=table.select(names))
    look = style(layer.geometry, [Rule(layer.title, "TRUE", BLUES[3])], partial(form, layer=layer, names=["fid", *names]))
    return GeoTable(
        name=layer.name, title=layer.title, table=table.select([*names, GEOMETRY]), kind=layer.geometry, style=look
    )
