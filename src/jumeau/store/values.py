"""What the dictionary accepts: claims and claim tables brought to the types, decimals and byte order that are stored."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError
from jumeau.model.claim import EXISTS, GEOMETRY, Claim
from jumeau.model.dictionary import Field, Layer
from jumeau.model.origin import ORIGINS, Origin
from jumeau.store.hilbert import flat, point_coordinates
from jumeau.store.port import ClaimTable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ORIGIN_NAMES = [o.value for o in ORIGINS if o is not Origin.UNKNOWN]
ORIGIN_SUFFIX, SOURCE_SUFFIX = "__origin", "__source"
_KINDS = {"point": {0, 4}, "line": {1, 5}, "polygon": {3, 6}}
_PYTHON: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "date": (date,),
}


def to_micros(instant: datetime | None) -> int | None:
    """Microseconds since 1970 of an instant with a time zone. Raises InputError without one."""
    if instant is None:
        return None
    if instant.tzinfo is None:
        raise InputError("store.instant_sans_fuseau", instant=instant)
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int | None) -> datetime | None:
    """The UTC instant of microseconds since 1970."""
    return None if micros is None else EPOCH + timedelta(microseconds=micros)


def check_validity(layer: str, start: datetime | None, end: datetime | None) -> None:
    """Raises InputError when a validity ends before it starts."""
    first, last = to_micros(start), to_micros(end)
    if first is not None and last is not None and last <= first:
        raise InputError("store.validite_inversee", layer=layer, start=start, end=end)


def rounded(values: Any, decimals: int | None) -> Any:
    """Floats at the decimals of the dictionary, half to even, without negative zero."""
    return values if decimals is None else np.round(values, decimals) + 0.0


def normal_claim(layer: Layer, claim: Claim) -> Claim:
    """The claim as it is stored. Raises InputError naming layer, field, asset and value."""
    check_validity(layer.name, claim.valid_from, claim.valid_to)
    if not claim.asset:
        raise InputError("store.identifiant_vide", layer=layer.name, row=0)
    if claim.origin not in ORIGIN_NAMES:
        raise InputError("store.origine_refusee", layer=layer.name, field=claim.attribute, origin=claim.origin)
    value = claim.value
    if claim.counter:
        field_of(layer, claim.attribute)
        value = None if value is None else int(value)
    elif value is not None:
        value = _normal_value(layer, claim)
    return msgspec.structs.replace(claim, value=value, origin=Origin(claim.origin))


def field_of(layer: Layer, attribute: str) -> Field | None:
    """The field of an attribute; None for the existence and the geometry. Raises InputError for an unknown attribute."""
    if attribute == EXISTS or (attribute == GEOMETRY and layer.geometry != "none"):
        return None
    for field in layer.fields:
        if field.name == attribute:
            return field
    raise InputError("store.champ_refuse", layer=layer.name, field=attribute)


def _normal_value(layer: Layer, claim: Claim) -> Any:
    field, value = field_of(layer, claim.attribute), claim.value
    if claim.attribute == GEOMETRY:
        if not isinstance(value, bytes | bytearray):
            raise InputError(
                "store.valeur_refusee",
                layer=layer.name, field=GEOMETRY, asset=claim.asset, value=value, type="WKB",
            )  # fmt: skip
        return normal_geometry(layer, pa.array([bytes(value)], pa.binary()), pa.array([claim.asset]))[0].as_py()
    kind = field.type if field else "boolean"
    allowed = _PYTHON.get(kind, (str,))
    if hasattr(value, "item"):
        value = value.item()
    wrong = not isinstance(value, allowed) or (isinstance(value, bool) and kind != "boolean")
    wrong = wrong or (kind == "integer" and not -(2**31) <= value < 2**31)
    wrong = wrong or (kind == "number" and not math.isfinite(value)) or (kind == "date" and isinstance(value, datetime))
    if wrong:
        raise InputError(
            "store.valeur_refusee",
            layer=layer.name, field=claim.attribute, asset=claim.asset, value=claim.value, type=kind,
        )  # fmt: skip
    return float(rounded(float(value), field.decimals if field else None)) if kind == "number" else value


def normal_geometry(layer: Layer, wkb: pa.Array, ids: pa.Array) -> pa.Array:
    """Little-endian WKB of the kind of the layer; empty geometries become unknown. Raises InputError naming the asset."""
    points = point_coordinates(wkb)
    if points is not None and layer.geometry == "point":
        bad = np.flatnonzero(~np.isfinite(points).all(axis=1) & ~np.isnan(points).all(axis=1))
        if len(bad):
            raise _bad_geometry(layer, ids[int(bad[0])], "store.geometrie_infinie")
        empty = np.isnan(points).all(axis=1)
        return pc.if_else(pa.array(empty), pa.scalar(None, pa.binary()), wkb) if empty.any() else wkb
    import shapely

    raw = wkb.to_numpy(zero_copy_only=False)
    shapes = shapely.from_wkb(raw, on_invalid="ignore")
    given = wkb.is_valid().to_numpy(zero_copy_only=False)
    unread = np.flatnonzero(given & shapely.is_missing(shapes))
    if len(unread):
        raise _bad_geometry(layer, ids[int(unread[0])], "store.geometrie_illisible")
    shapes = np.where(shapely.is_empty(shapes), None, shapes)
    kinds = shapely.get_type_id(shapes)
    for row in np.flatnonzero(~np.isin(kinds, [-1, *_KINDS[layer.geometry]]))[:1]:
        raise _bad_geometry(layer, ids[int(row)], "store.geometrie_type", type=shapes[row].geom_type)
    box = shapely.bounds(shapes)
    for row in np.flatnonzero((kinds >= 0) & ~np.isfinite(box).all(axis=1))[:1]:
        raise _bad_geometry(layer, ids[int(row)], "store.geometrie_infinie")
    return pa.array(shapely.to_wkb(shapes, byte_order=1, flavor="iso"), pa.binary())


def _bad_geometry(layer: Layer, asset: Any, reason: str, **values: object) -> InputError:
    from jumeau.texts import t

    return InputError(
        "store.geometrie_refusee",
        layer=layer.name, asset=asset.as_py(), reason=t(reason, **values), expected=layer.geometry,
    )  # fmt: skip


def normal_table(layer: Layer, change: ClaimTable) -> pa.Table:
    """The table of a bulk change as it is stored: id, known columns, origins by cell, geometry.

    Raises InputError for an unknown column, a repeated or missing id, a value of another type, an origin that is not said.
    """
    check_validity(layer.name, change.valid_from, change.valid_to)
    table = change.table
    if "id" not in table.column_names:
        raise InputError("store.colonne_absente", layer=layer.name, field="id")
    ids = flat(table["id"]).cast(pa.string())
    _check_ids(layer, ids)
    columns: dict[str, pa.Array] = {"id": ids}
    for name in table.column_names:
        if name == "id":
            continue
        base = name.removesuffix(ORIGIN_SUFFIX)
        field = field_of(layer, base)
        column = flat(table[name])
        if name != base:
            columns[name] = _normal_origins(layer, base, column)
        elif name == GEOMETRY:
            columns[name] = normal_geometry(layer, column.cast(pa.binary()), ids)
        else:
            columns[name] = _normal_column(layer, name, field, column, ids)
        if name == base and name != EXISTS and name not in change.origins and name + ORIGIN_SUFFIX not in table.column_names:
            raise InputError("store.origine_absente", layer=layer.name, field=name)
    _check_origins(layer, change.origins)
    return pa.table(columns)


def _check_ids(layer: Layer, ids: pa.Array) -> None:
    empty = pc.fill_null(pc.equal(ids, ""), True)
    if pc.any(empty).as_py():
        raise InputError("store.identifiant_vide", layer=layer.name, row=pc.index(empty, True).as_py() + 1)
    if len(pc.unique(ids)) != len(ids):
        counts = pc.value_counts(ids)
        twice = counts.filter(pc.greater(counts.field("counts"), 1))
        raise InputError("store.identifiant_double", layer=layer.name, asset=twice[0]["values"].as_py())


def _check_origins(layer: Layer, origins: Mapping[str, Origin]) -> None:
    for name, origin in origins.items():
        field_of(layer, name)
        if origin not in ORIGIN_NAMES:
            raise InputError("store.origine_refusee", layer=layer.name, field=name, origin=origin)


def _normal_origins(layer: Layer, name: str, column: pa.Array) -> pa.Array:
    column = column.cast(pa.string())
    column = pc.if_else(pc.equal(column, Origin.UNKNOWN.value), None, column)
    known = pc.is_in(column, value_set=pa.array([*ORIGIN_NAMES, None]))
    if not pc.all(known).as_py():
        wrong = column.filter(pc.invert(known))[0].as_py()
        raise InputError("store.origine_refusee", layer=layer.name, field=name, origin=wrong)
    return column


def _normal_column(layer: Layer, name: str, field: Field | None, column: pa.Array, ids: pa.Array) -> pa.Array:
    kind = field.arrow if field else pa.bool_()
    try:
        if pa.types.is_boolean(column.type) and not pa.types.is_boolean(kind):
            raise pa.ArrowInvalid("boolean")
        if pa.types.is_string(kind) and not _textual(column.type):
            raise pa.ArrowInvalid("not text")
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
        out = column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        row, value = _culprit(column, kind)
        raise InputError(
            "store.valeur_refusee",
            layer=layer.name, field=name, asset=ids[row].as_py(), value=value, type=field.type if field else "boolean",
        ) from error  # fmt: skip
    if pa.types.is_floating(kind):
        if pc.any(pc.is_inf(out)).as_py():
            row = pc.index(pc.fill_null(pc.is_inf(out), False), True).as_py()
            raise InputError(
                "store.valeur_refusee", layer=layer.name, field=name, asset=ids[row].as_py(), value="inf", type="number"
            )
        if field is not None and field.decimals is not None:
            numbers = rounded(out.to_numpy(zero_copy_only=False), field.decimals)
            out = pa.array(numbers, kind, mask=out.is_null().to_numpy(zero_copy_only=False))
    return out


def _textual(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _culprit(column: pa.Array, kind: pa.DataType) -> tuple[int, object]:
    """First row whose value cannot be cast: only walked once an error is certain."""
    for row, value in enumerate(column):
        try:
            if value.is_valid and not (pa.types.is_string(kind) or pa.types.is_boolean(column.type)):
                value.cast(kind)
            elif value.is_valid:
                return row, value.as_py()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return row, value.as_py()
    return 0, str(column.type)
