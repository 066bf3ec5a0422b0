"""Conditions evaluated on what an actor sees, so that a filter says nothing of a hidden value."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError
from jumeau.model.query import And, Compare, Not, Where

_OPERATORS = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def attributes(where: Where | None) -> Iterator[str]:
    """Attributes a condition looks at."""
    if isinstance(where, Compare):
        yield where.attribute
    elif isinstance(where, Not):
        yield from attributes(where.of)
    elif where is not None:
        for part in where.of:
            yield from attributes(part)


def holds(table: pa.Table, where: Where) -> pa.Array:
    """Boolean array of the rows a condition keeps; unknown never compares true. Raises InputError for a wrong type."""
    if isinstance(where, Compare):
        return _flat(_compare(table, where))
    if isinstance(where, Not):
        return pc.invert(holds(table, where.of))
    out = pa.array(np.full(table.num_rows, isinstance(where, And)))
    for part in where.of:
        out = (pc.and_ if isinstance(where, And) else pc.or_)(out, holds(table, part))
    return out


def within(geometry: pa.ChunkedArray, bbox: tuple[float, float, float, float]) -> pa.Array:
    """Boolean array of the known geometries that meet the closed box, EPSG:2154 [m]."""
    import shapely

    shapes = shapely.from_wkb(geometry.to_numpy(zero_copy_only=False))
    return pa.array(np.asarray(shapely.intersects(shapes, shapely.box(*bbox)), dtype=bool))


def _compare(table: pa.Table, where: Compare) -> pa.ChunkedArray:
    column = table[where.attribute]
    if where.op == "known":
        return pc.is_valid(column)
    if where.op == "unknown":
        return pc.is_null(column)
    if where.op == "in" and (isinstance(where.value, str) or not hasattr(where.value, "__iter__")):
        raise InputError("partage.liste_attendue", field=where.attribute)
    try:
        if where.op == "in":
            wanted = pa.array([v for v in where.value if v is not None])
            if len(wanted) == 0:
                return pc.and_(pc.is_valid(column), False)
            return pc.is_in(column, value_set=wanted.cast(column.type))
        return pc.fill_null(_OPERATORS[where.op](column, pa.scalar(where.value)), False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, TypeError) as error:
        raise InputError("partage.comparaison", field=where.attribute, value=where.value, type=str(column.type)) from error


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
