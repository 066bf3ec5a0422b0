"""Evaluation of the closed condition tree on Arrow tables. Unknown never compares true."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError
from jumeau.model.query import And, Bbox, Compare, Not, Where
from jumeau.store.hilbert import bounds, flat, point_coordinates

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def attributes(where: Where | None) -> set[str]:
    """Names of the attributes a condition looks at."""
    if where is None:
        return set()
    if isinstance(where, Compare):
        return {where.attribute}
    if isinstance(where, Not):
        return attributes(where.of)
    return {name for part in where.of for name in attributes(part)}


def keep(where: Where, table: pa.Table) -> pa.Array:
    """Boolean mask without null: the rows of `table` the condition keeps.

    Raises InputError for an unknown operator or a value of another type than the attribute.
    """
    if isinstance(where, Compare):
        return _compare(where, table)
    if isinstance(where, Not):
        return pc.invert(keep(where.of, table))
    mask = pa.array(np.full(table.num_rows, isinstance(where, And)))
    for part in where.of:
        mask = (pc.and_ if isinstance(where, And) else pc.or_)(mask, keep(part, table))
    return mask


def _compare(where: Compare, table: pa.Table) -> pa.Array:
    column = flat(table[where.attribute])
    if pa.types.is_dictionary(column.type):
        if where.op in ("known", "unknown"):
            return pc.is_valid(column) if where.op == "known" else pc.is_null(column)
        kept = _compare(where, pa.table({where.attribute: column.dictionary}))
        return pc.fill_null(kept.take(column.indices), False) if len(kept) else pa.array(np.zeros(len(column), bool))
    if where.op == "known":
        return pc.is_valid(column)
    if where.op == "unknown":
        return pc.is_null(column)
    try:
        if where.op == "in":
            values = pa.array([v for v in where.value if v is not None]).cast(column.type) if where.value else None
            return pc.is_in(column, value_set=values) if values is not None else pa.array(np.zeros(len(column), bool))
        if where.op not in _COMPARE:
            raise InputError("store.operateur_inconnu", op=where.op)
        if where.value is None:
            return pa.array(np.zeros(len(column), bool))
        return pc.fill_null(_COMPARE[where.op](column, pa.scalar(where.value)), False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, TypeError) as error:
        raise InputError("store.comparaison_impossible", field=where.attribute, value=where.value) from error


def intersects(wkb: pa.Array, box: Bbox) -> pa.Array:
    """Mask of the geometries that intersect the closed `box` exactly."""
    xmin, ymin, xmax, ymax = box
    b = bounds(wkb)
    with np.errstate(invalid="ignore"):
        near = (b[:, 0] <= xmax) & (b[:, 2] >= xmin) & (b[:, 1] <= ymax) & (b[:, 3] >= ymin)
        if point_coordinates(wkb) is None:
            inside = (b[:, 0] >= xmin) & (b[:, 2] <= xmax) & (b[:, 1] >= ymin) & (b[:, 3] <= ymax)
            doubtful = np.flatnonzero(near & ~inside)
            near[doubtful] = _exactly(wkb.take(pa.array(doubtful)), box)
    return pa.array(near)


def _exactly(wkb: pa.Array, box: Bbox) -> Any:
    import shapely

    xmin, ymin, xmax, ymax = box
    if xmin < xmax and ymin < ymax:
        area = shapely.box(*box)
    else:
        area = shapely.LineString([(xmin, ymin), (xmax, ymax)]) if box[:2] != box[2:] else shapely.Point(xmin, ymin)
    return shapely.intersects(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)), area)
