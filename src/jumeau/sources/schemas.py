"""Published table models whose columns are known: recognised by their header, read with their own units and codes."""

import csv
from functools import cache
from importlib.resources import files

import msgspec

from jumeau.model.dictionary import Layer
from jumeau.sources.mapping import ColumnMap, Mapping
from jumeau.sources.names import slug
from jumeau.sources.raw import RawTable
from jumeau.texts import t

_ENOUGH = 0.7


class Schema(msgspec.Struct, frozen=True):
    """A published model for one layer. columns: (column, field, unit); marks: columns that only this model has; words:
    field -> code of the model -> choice, "" for a code that says the value is not known."""

    name: str
    layer: str
    columns: tuple[tuple[str, str, str], ...]
    marks: frozenset[str]
    words: dict[str, dict[str, str]]


@cache
def schemas() -> tuple[Schema, ...]:
    """Models of `model/schemas.csv`. A column without field is known and not kept."""
    text = files("jumeau.model").joinpath("schemas.csv").read_text(encoding="utf-8")
    rows: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        rows.setdefault((row["schema"], row["layer"]), []).append(row)
    return tuple(
        Schema(
            name,
            layer,
            tuple((r["column"], r["field"], r["unit"]) for r in found),
            frozenset(r["column"] for r in found if r["mark"]),
            {r["field"]: dict(_pair(one) for one in r["words"].split("|")) for r in found if r["words"]},
        )
        for (name, layer), found in rows.items()
    )


def _pair(text: str) -> tuple[str, str]:
    code, _, choice = text.partition("=")
    return code, choice


def schema_of(raw: RawTable, layer: Layer) -> Schema | None:
    """The published model a file follows: one of its own columns is there, and most of the header is its columns."""
    header = {slug(name) for name in raw.columns.column_names}
    for schema in schemas():
        known = {column for column, _, _ in schema.columns}
        if schema.layer == layer.name and header & schema.marks and len(header & known) >= _ENOUGH * len(header):
            return schema
    return None


def with_schema(given: Mapping | None, raw: RawTable, layer: Layer) -> tuple[Mapping | None, str]:
    """The mapping completed by the model the file follows, and the name of the model; columns the user gives win."""
    if given is not None and given.columns:
        return given, ""
    schema = schema_of(raw, layer)
    if schema is None:
        return given, ""
    place = {slug(name): name for name in raw.columns.column_names}
    reason = t("imports.raison_schema", schema=schema.name)
    columns = tuple(
        ColumnMap(column=place[column], field=field, unit=unit, reason=reason)
        for column, field, unit in schema.columns
        if column in place and field and field not in (given.constants if given else {})
    )
    base = given or Mapping()
    return msgspec.structs.replace(base, columns=columns, values=schema.words | base.values), schema.name
