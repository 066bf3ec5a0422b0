"""Lists and sheets of assets."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Query, Response

from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import GEOMETRY, Claim, Commit
from jumeau.model.dictionary import Field, Layer, indicators
from jumeau.model.estimate import triple
from jumeau.model.labels import label_columns, labels
from jumeau.model.origin import Origin
from jumeau.model.typed import editable
from jumeau.sharing.rights import Act
from jumeau.twin import searching
from jumeau.twin.searching import Filter, folded
from jumeau.web.answers import answer
from jumeau.web.api.geo import parse_bbox, to_crs84
from jumeau.web.ports import Twin

MAX_ROWS = 2_000
Short = Annotated[str | None, Query(max_length=100)]
Conditions = Annotated[tuple[Annotated[str, Query(max_length=200)], ...], Query(max_length=20)]


class Row(msgspec.Struct, frozen=True):
    """An asset in a list."""

    id: str
    label: str
    commune: str | None
    values: dict[str, Any]


class SourceName(msgspec.Struct, frozen=True):
    """Who says a value."""

    id: str
    title: str
    licence: str


class Alternative(msgspec.Struct, frozen=True):
    """A claim on an attribute."""

    value: Any
    origin: str
    source: SourceName
    commit: int
    instant: str | None
    author: str
    winning: bool
    taken_back: bool


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute of an asset."""

    attribute: str
    description: str
    unit: str
    decimals: int | None
    type: str
    choices: tuple[str, ...]
    value: Any
    origin: str
    source: SourceName | None
    editable: bool
    alternatives: list[Alternative]


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, bytes) else value


def utc(instant: datetime) -> str:
    """An instant as ISO 8601 in UTC."""
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api/couches")

    @routes.get("/{layer}/actifs")
    def actifs(
        layer: str,
        commune: Short = None,
        bbox: Short = None,
        q: Short = None,
        sort: Short = None,
        limit: Annotated[int, Query(ge=1, le=MAX_ROWS)] = 50,
        after: Short = None,
        where: Conditions = (),
    ) -> Response:
        known = twin.view.layer(layer)
        wanted = Filter(layer=layer, q=q or "", commune=commune, where=tuple(where))
        found = ordered(known, matching(twin, wanted, bbox, _sorted_by(known, sort)), sort)
        ids = found["id"]
        start = 0
        if after is not None:
            start = int(pc.index(ids, after).as_py()) + 1
            if start == 0:
                raise InputError("web.suite", field="after")
        page = ids.slice(start, limit)
        rows = _in_order(twin.view.read(layer, ids=page.to_pylist()), page) if len(page) else found.slice(0, 0)
        more = start + limit < len(ids)
        body = {"rows": list_rows(known, rows), "total": len(ids), "next": page[-1].as_py() if more else None}
        return answer(body)

    @routes.get("/{layer}/actifs/{asset}")
    def actif(layer: str, asset: str) -> Response:
        return answer(sheet(twin, layer, asset))

    return routes


def _sorted_by(layer: Layer, sort: str | None) -> list[str]:
    """Columns an order looks at. Raises InputError for a field the layer lacks."""
    name = (sort or "").removeprefix("-")
    if not name or name == "label":
        return label_columns(layer) if name else []
    if name not in layer.names or name == GEOMETRY:
        raise InputError("web.tri", field="sort", value=name, layer=layer.title)
    return [name]


def ordered(layer: Layer, table: pa.Table, sort: str | None) -> pa.Table:
    """Rows by a field or by `label`, downwards after a minus sign; unknown values last, ties as they were."""
    if not sort:
        return table
    name = sort.removeprefix("-")
    key = labels(layer, table) if name == "label" else table[name]
    if pa.types.is_string(key.type):
        key = folded(key)
    place = pa.array(np.arange(table.num_rows))
    keys: list[tuple[str, Any]] = [("key", "descending" if sort.startswith("-") else "ascending"), ("place", "ascending")]
    return table.take(pc.sort_indices(pa.table({"key": key, "place": place}), sort_keys=keys))


def _in_order(table: pa.Table, ids: pa.ChunkedArray) -> pa.Table:
    """Rows in the order of `ids`."""
    return table.take(pc.drop_null(pc.index_in(ids, value_set=table["id"].combine_chunks())))


def matching(twin: Twin, wanted: Filter, bbox: str | None, extra: list[str]) -> pa.Table:
    """Assets the filter keeps, in the stored order, with the columns the search and the order look at."""
    if bbox is None:
        return searching.matching(twin.view, wanted, extra=extra)
    degrees, metres = parse_bbox(bbox)
    table = searching.matching(twin.view, wanted, extra=extra, bbox=metres)
    return table.filter(pa.array(_meets(table, degrees)))


def _meets(table: pa.Table, box: tuple[float, float, float, float]) -> Any:
    import shapely

    if GEOMETRY not in table.column_names:
        return np.zeros(table.num_rows, dtype=bool)
    return np.asarray(shapely.intersects(to_crs84(table[GEOMETRY]), shapely.box(*box)), dtype=bool)


def list_rows(layer: Layer, table: pa.Table) -> list[Row]:
    """A page of a list."""
    names = labels(layer, table).to_pylist()
    shown = [n for n in layer.names if n in table.column_names]
    rows = table.select(["id", *shown]).to_pylist()
    return [
        Row(row["id"], name, row.get("commune"), {n: plain(row[n]) for n in shown})
        for row, name in zip(rows, names, strict=True)
    ]


def sheet(twin: Twin, name: str, asset: str) -> dict[str, Any]:
    """One asset with every value, where it comes from, and what it gives. Raises NotFoundError."""
    view = twin.view
    layer = view.layer(name)
    table = view.read(name, ids=[asset], provenance=True)
    if table.num_rows == 0:
        raise NotFoundError("web.actif_inconnu", layer=layer.title, asset=asset[:60])
    row = table.to_pylist()[0]
    return {
        "id": asset,
        "layer": name,
        "label": labels(layer, table)[0].as_py(),
        "geometry": _geometry(table),
        "head": view.head(),
        "values": values(twin, layer, row, asset),
        "indicators": _indicators(twin, layer, asset),
    }


def _geometry(table: pa.Table) -> Any:
    import shapely

    if GEOMETRY not in table.column_names or table[GEOMETRY][0].as_py() is None:
        return None
    return msgspec.Raw(shapely.to_geojson(to_crs84(table[GEOMETRY])[0]).encode())


def values(twin: Twin, layer: Layer, row: dict[str, Any], asset: str) -> list[Value]:
    """Attributes in the order of the dictionary, unknown ones included."""
    sources = {n: SourceName(s.id, s.title, s.licence) for n, s in twin.view.sources().items()}
    said_of = twin.view.claims(layer.name, asset)
    claims: dict[str, list[Claim]] = {}
    for claim in said_of:
        if not claim.counter and claim.value is not None:
            claims.setdefault(claim.attribute, []).append(claim)
    first = min((c.commit for c in said_of), default=1)
    written = twin.view.commits(after=first - 1) if said_of else []
    commits = {c.id: (utc(c.instant), c.author) for c in written}
    gone = taken_back(written)
    counters = [c for c in said_of if c.counter and c.commit not in gone]
    may = Act.EDIT in twin.view.rights

    def named(source: str) -> SourceName:
        return sources.get(source) or SourceName(source, source, "")

    def one(field: Field) -> Value:
        value, said = row.get(field.name), row.get(f"{field.name}__source")
        others: list[Alternative] = []
        for claim in claims.get(field.name, []):
            back = claim.commit in gone or any(_counters(one, claim) for one in counters)
            won = not back and claim.value == value and claim.source == said and not any(o.winning for o in others)
            instant, author = commits.get(claim.commit, (None, ""))
            source = named(claim.source)
            others.append(
                Alternative(plain(claim.value), str(claim.origin), source, claim.commit, instant, author, won, back)
            )
        return Value(
            attribute=field.name,
            description=field.description,
            unit=field.unit,
            decimals=field.decimals,
            type=field.type,
            choices=field.constraint.choices,
            value=plain(value),
            origin=row.get(f"{field.name}__origin") or Origin.UNKNOWN,
            source=named(said) if said else None,
            editable=may and editable(field),
            alternatives=others,
        )

    return [one(field) for field in layer.fields]


def taken_back(commits: Iterable[Commit]) -> set[int]:
    """Ids of the commits that a later one, itself standing, takes back."""
    gone: set[int] = set()
    for commit in sorted(commits, key=lambda c: c.id, reverse=True):
        if commit.id not in gone:
            gone.update(commit.undoes)
    return gone


def _counters(counter: Claim, claim: Claim) -> bool:
    """Whether a counter-claim takes a claim back."""
    same = counter.attribute == claim.attribute and counter.source == claim.source
    return same and (counter.value == claim.commit or (counter.value is None and counter.commit > claim.commit))


def _indicators(twin: Twin, layer: Layer, asset: str) -> list[dict[str, Any]]:
    diagnosis = twin.diagnosis(layer.field) if twin.view.sees_all and layer.field in twin.fields else None
    if diagnosis is None or "id" not in diagnosis.assets.column_names:
        return []
    found = diagnosis.assets.filter(pc.equal(diagnosis.assets["id"], asset))
    if found.num_rows == 0:
        return []
    row = found.to_pylist()[0]
    out = []
    for name, about in indicators().items():
        if name in row:
            estimate = {
                k: rounded(row.get(c), about.decimals) for k, c in zip(("value", "low", "high"), triple(name), strict=True)
            }
            origin = row.get(f"{name}__origin") or Origin.UNKNOWN
            out.append(
                {"name": name, "title": about.title, "unit": about.unit, "decimals": about.decimals, "origin": origin}
                | estimate
            )
    return out


def rounded(value: float | None, decimals: int | None) -> float | None:
    """A value at the decimals of the dictionary; None when it is not a number."""
    if value is None or not np.isfinite(value):
        return None
    return round(float(value), decimals) if decimals is not None else float(value)
