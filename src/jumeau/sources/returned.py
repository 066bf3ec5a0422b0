"""Files that left the twin and come back: read, matched to their layers, cell by cell, without guessing."""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from jumeau.errors import InputError
from jumeau.model.dictionary import Field
from jumeau.model.typed import NO, YES, from_text
from jumeau.sources.choices import choice_of
from jumeau.sources.geometry import places_of_wkb
from jumeau.sources.guard import Limits, check_file
from jumeau.sources.names import fold
from jumeau.sources.raw import RawTable, Reading
from jumeau.sources.readers import read, recognise

LIMITS = Limits(file_bytes=400_000_000, unpacked_bytes=2_000_000_000, rows=2_000_000)
_DAY = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$")
_FORMULA_GUARD = "'"


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of a file that came back. columns: by heading; geometry: WKB, EPSG:2154, None when the file has none;
    bad: rows whose geometry cannot be used; rows: number of each row in the file.
    """

    layer: str
    columns: pa.Table
    rows: list[int]
    geometry: pa.Array | None = None
    bad: tuple[int, ...] = ()


def open_file(path: Path, about: str) -> tuple[str | None, list[str]]:
    """What the file says of itself (JSON, None when it says nothing) and the names of its other tables or sheets.

    Raises InputError or HostileFileError for a file that cannot be such.
    """
    check_file(path, LIMITS)
    kind = recognise(path)
    if kind == "geopackage":
        import pyogrio

        try:
            names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        except Exception as error:
            raise InputError("imports.archive_abimee", file=path.name) from error
    elif kind == "xlsx":
        from jumeau.sources.readers.sheets import sheet_names

        names = sheet_names(path, LIMITS)
    elif kind == "csv":
        return None, [""]
    else:
        raise InputError("echange.pas_un_retour", file=path.name)
    said = None
    if about in names:
        table = read(path, Reading(table=about), LIMITS).columns
        said = str(table[table.column_names[-1]][0].as_py()) if table.num_rows else None
    return said, [name for name in names if name not in (about, "layer_styles", "qgis_projects")]


def read_layer(path: Path, table: str, layer: str, geometry: str) -> Returned:
    """One table or sheet. geometry: kind of geometry of the layer."""
    raw: RawTable = read(path, Reading(table=table), LIMITS)
    numbers = raw.rows.to_pylist() if raw.rows is not None else list(range(raw.first_row, raw.first_row + raw.num_rows))
    if raw.geometry is None or geometry == "none":
        return Returned(layer=layer, columns=raw.columns, rows=numbers)
    shapes = raw.geometry.combine_chunks() if isinstance(raw.geometry, pa.ChunkedArray) else raw.geometry
    places = places_of_wkb(shapes, raw.crs, "", path.name, geometry)
    bad = tuple(int(i) for i in places.bad.nonzero()[0])
    return Returned(layer=layer, columns=raw.columns, rows=numbers, geometry=places.wkb, bad=bad)


def cell(field: Field, value: Any) -> Any:
    """A cell as the twin keeps it, None when it is empty. Raises InputError naming the field."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime):
        value = value.date()
    text = value.strip().removeprefix(_FORMULA_GUARD) if isinstance(value, str) else value
    if text == "":
        return None
    if field.type == "boolean":
        return _boolean(field, text)
    if field.type == "date":
        return _date(field, text)
    if field.type in ("number", "integer"):
        number = float(text) if isinstance(text, int | float) else from_text(field, text)
        return round(number) if field.type == "integer" and float(number).is_integer() else number
    said = str(int(text)) if isinstance(text, float) and text.is_integer() else str(text)
    if field.constraint.choices:
        return choice_of(field, said) or said
    return said


def _boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    word = fold(str(value))
    if word in (*YES, *NO):
        return word in YES
    raise InputError("modele.type", field=field.name, value=str(value)[:60], type=field.type)


def _date(field: Field, value: Any) -> date:
    if isinstance(value, date):
        return value
    text = str(value)
    try:
        if french := _DAY.match(text):
            return date(int(french[3]), int(french[2]), int(french[1]))
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise InputError("modele.type", field=field.name, value=text[:60], type=field.type) from error
