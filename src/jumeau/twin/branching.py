"""Branches as people read them: who works where, and what changed on each asset between two moments."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.errors import NotFoundError
from jumeau.model.claim import EXISTS, GEOMETRY, MAIN
from jumeau.model.dictionary import Layer
from jumeau.model.labels import label_columns, labels
from jumeau.sharing.moments import instant
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Difference, Moment

KINDS = ("added", "removed", "moved", "changed")


class Named(msgspec.Struct, frozen=True):
    """What a person calls an asset. label: name or number; commune: official code; shape: where it is, WKB, EPSG:2154."""

    label: str
    commune: str | None
    shape: bytes | None = None


class ValueChange(msgspec.Struct, frozen=True):
    """One attribute whose value differs; None stands for unknown."""

    attribute: str
    before: Any
    after: Any


class AssetChange(msgspec.Struct, frozen=True, kw_only=True):
    """What differs on one asset. kind: one of KINDS; moved_m: distance between the centres [m]; sizes: length of a line
    [m] or area of a surface [m²] that was redrawn; shapes: WKB, EPSG:2154.
    """

    layer: str
    asset: str
    label: str
    commune: str | None
    kind: str
    values: tuple[ValueChange, ...]
    moved_m: float | None = None
    size_before: float | None = None
    size_after: float | None = None
    shape_before: bytes | None = None
    shape_after: bytes | None = None
    shape: bytes | None = None


class BranchRow(msgspec.Struct, frozen=True):
    """A branch in a list. ahead: commits the main branch does not have; last, author: of its last commit."""

    name: str
    head: int
    ahead: int
    last: datetime | None
    author: str


def listed(view: View) -> list[BranchRow]:
    """Every branch the actor sees, the main one first."""
    main = {c.id for c in view.commits(branch=MAIN)}
    out = []
    for branch in view.branches():
        seen = view.commits(branch=branch.name)
        last = seen[-1] if seen else None
        ahead = sum(c.id not in main for c in seen)
        out.append(BranchRow(branch.name, branch.head, ahead, last.instant if last else None, last.author if last else ""))
    return out


def plain(change: AssetChange) -> dict[str, Any]:
    """A change as JSON keeps it: geometries as text, EPSG:2154."""
    values = [{"attribute": v.attribute, "before": shown(v.before), "after": shown(v.after)} for v in change.values]
    shapes = {"shape_before": shown(change.shape_before), "shape_after": shown(change.shape_after)}
    bare = msgspec.structs.replace(change, values=(), shape_before=None, shape_after=None, shape=None)
    body: dict[str, Any] = msgspec.to_builtins(bare)
    return body | shapes | {"values": values}


# moments --------------------------------------------------------------------------------------------------------------
def moment_of(view: View, text: str) -> Moment:
    """The moment a person names: `BRANCH`, `BRANCH@2026-03-01` (as it was known that day) or `BRANCH#12` (after commit 12).

    Raises InputError for an instant or a commit that cannot be read, NotFoundError for an unknown branch.
    """
    name, sign, when = re.match(r"^([^@#]*)([@#]?)(.*)$", text.strip(), re.DOTALL).groups()  # type: ignore[union-attr]
    branch = name or MAIN
    if branch not in {b.name for b in view.branches()}:
        raise NotFoundError("partage.branche_inconnue", branch=branch)
    if not sign:
        return Moment(branch)
    if sign == "#":
        found = next((c for c in view.commits(branch=branch) if str(c.id) == when), None)
        if found is None:
            raise NotFoundError("partage.commit_inconnu", commit=when)
        return Moment(branch, found.instant, found.instant)
    known = instant(when, "moment")
    return Moment(branch, known, known)


# differences ----------------------------------------------------------------------------------------------------------
def compare(
    view: View, before: Moment, after: Moment, layer: str | None = None, communes: Collection[str] | None = None
) -> list[AssetChange]:
    """What differs between two moments, one entry an asset, by layer then asset. communes: only assets that lie there."""
    view = view.seen(NOW)
    if layer is not None:
        view.layer(layer)
    found: dict[tuple[str, str], list[Difference]] = {}
    for one in view.diff(before, after, layer):
        found.setdefault((one.layer, one.asset), []).append(one)
    names: dict[tuple[str, str], Named] = {}
    for name in dict.fromkeys(key[0] for key in found):
        known = named(view, name, [asset for where, asset in found if where == name], (before, after))
        names |= {(name, asset): one for asset, one in known.items()}
    out = [_change(key, lines, names[key]) for key, lines in found.items()]
    return [one for one in out if communes is None or one.commune in communes]


def _change(key: tuple[str, str], lines: Sequence[Difference], known: Named) -> AssetChange:
    by_name = {line.attribute: line for line in lines}
    there, shape = by_name.get(EXISTS), by_name.get(GEOMETRY)
    kind = "changed" if shape is None else "moved"
    if there is not None:
        kind = "added" if there.after else "removed"
    values = tuple(ValueChange(n, d.before, d.after) for n, d in by_name.items() if n not in (EXISTS, GEOMETRY))
    shapes = (shape.before, shape.after) if shape is not None else (None, None)
    return AssetChange(
        layer=key[0], asset=key[1], label=known.label, commune=known.commune, kind=kind, values=values,
        moved_m=_distance(*shapes), size_before=_size(shapes[0]), size_after=_size(shapes[1]),
        shape_before=shapes[0], shape_after=shapes[1], shape=known.shape,  # type: ignore[arg-type]
    )  # fmt: skip


def _distance(before: object, after: object) -> float | None:
    """Distance between the centres of two geometries [m]; None unless both are there."""
    import shapely

    if before is None or after is None:
        return None
    return round(float(shapely.distance(*(shapely.centroid(shapely.from_wkb(x)) for x in (before, after)))), 2)


def _size(geometry: object) -> float | None:
    """Length [m] of a line, area [m²] of a surface; None for a point and for what is not there."""
    import shapely

    if geometry is None:
        return None
    shape = shapely.from_wkb(geometry)
    found = {1: shape.length, 2: shape.area}.get(shapely.get_dimensions(shape))
    return None if found is None else round(float(found), 2)


def named(view: View, layer: str, assets: Sequence[str], moments: Iterable[Moment]) -> dict[str, Named]:
    """What people call some assets, the last moment that knows each of them first."""
    out: dict[str, Named] = {asset: Named(asset[:8], None) for asset in assets}
    declared = view.layers().get(layer)
    if declared is None:
        return out
    for moment in moments:
        table = view.read(layer, columns=_naming(declared), ids=sorted(set(assets)), moment=moment)
        communes = table["commune"].to_pylist() if "commune" in table.column_names else [None] * table.num_rows
        shapes = table[GEOMETRY].to_pylist() if GEOMETRY in table.column_names else [None] * table.num_rows
        rows = zip(table["id"].to_pylist(), labels(declared, table).to_pylist(), communes, shapes, strict=True)
        out |= {asset: Named(label, commune, shape) for asset, label, commune, shape in rows}
    return out


def _naming(layer: Layer) -> list[str]:
    return [*label_columns(layer), *(["commune"] if "commune" in layer.names else [])]


def totals(changes: Iterable[AssetChange]) -> dict[str, int]:
    """How many assets were added, removed, moved and changed."""
    count = dict.fromkeys(KINDS, 0)
    for one in changes:
        count[one.kind] += 1
    return count


def shown(value: Any) -> Any:
    """A value as a file or a screen keeps it: a geometry becomes its text in metres, EPSG:2154."""
    if isinstance(value, bytes):
        import shapely

        return shapely.to_wkt(shapely.from_wkb(value), rounding_precision=2)
    return value.isoformat() if isinstance(value, date | datetime) else value


def lines_table(changes: Iterable[AssetChange], layers: Mapping[str, Layer]) -> pa.Table:
    """Changes as a flat table, one row a value: what a spreadsheet opens."""
    rows: list[dict[str, Any]] = []
    for one in changes:
        head = {"layer": one.layer, "id": one.asset, "label": one.label, "commune": one.commune, "kind": one.kind}
        shape = [ValueChange(GEOMETRY, one.shape_before, one.shape_after)] if one.shape_before or one.shape_after else []
        for value in (*one.values, *shape) or (ValueChange("", None, None),):
            field = next((f for f in layers[one.layer].fields if f.name == value.attribute), None)
            about = {"description": field.description, "unit": field.unit} if field else {"description": "", "unit": ""}
            said = {"attribute": value.attribute, "before": _text(value.before), "after": _text(value.after)}
            rows.append({**head, **about, **said, "moved_m": one.moved_m})
    names = ("layer", "id", "label", "commune", "kind", "attribute", "description", "unit", "before", "after")
    schema = pa.schema([(n, pa.string()) for n in names] + [("moved_m", pa.float64())])
    return pa.Table.from_pylist(rows, schema=schema)


def _text(value: Any) -> str | None:
    found = shown(value)
    if isinstance(found, float) and np.isfinite(found) and found.is_integer() and abs(found) < 1e15:
        return str(int(found))
    return None if found is None else str(found)
