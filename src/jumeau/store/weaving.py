"""Changed rows put in their place among those of a base, column by column: what did not change is not copied."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.store.hilbert import flat
from jumeau.store.plans import Plan


def woven(plan: Plan, first: int, end: int, columns: Mapping[str, pa.Array], schema: pa.Schema) -> pa.Table:
    """Rows of the groups [first, end[ of the base of a plan, with the changes of its patch, in the types of `schema`."""
    arrays = [_typed(columns[field.name], field.type) for field in schema]
    if not len(plan.gone) and not plan.patch.num_rows:
        return pa.table(arrays, schema=schema)
    low, high = int(plan.base.edges[first]), int(plan.base.edges[end])
    some = slice(*np.searchsorted(plan.swaps[0], [low, high]))
    swapped, source = plan.swaps[0][some] - low, plan.swaps[1][some]
    cuts = plan.cuts[slice(*np.searchsorted(plan.cuts, [low, high]))] - low
    adds = plan.adds[(plan.homes[plan.adds] >= first) & (plan.homes[plan.adds] < end)]
    order = None
    if len(cuts) or len(adds):
        keepers = np.delete(np.arange(high - low), cuts)
        at = np.searchsorted(keepers, plan.places[adds] - low, side="left")
        order = pa.array(np.insert(keepers, at, high - low + np.arange(len(adds))))
    for i, field in enumerate(schema):
        patch = _typed(flat(plan.patch[field.name]), field.type)
        arrays[i] = replaced(arrays[i], swapped, patch.take(pa.array(source)))
        if order is not None:
            arrays[i] = pa.concat_arrays([arrays[i], patch.take(pa.array(adds))]).take(order)
    return pa.table(arrays, schema=schema)


def replaced(column: pa.Array, rows: NDArray[np.int64], values: pa.Array) -> pa.Array:
    """The column with other values at some rows; itself when they are the same."""
    if column.take(pa.array(rows)).equals(values):
        return column
    if not pa.types.is_primitive(column.type):
        order = np.arange(len(column))
        order[rows] = len(column) + np.arange(len(rows))
        return pa.concat_arrays([column, values]).take(pa.array(order))
    chosen = np.zeros(len(column), bool)
    chosen[rows] = True
    return pc.replace_with_mask(column, pa.array(chosen), values)


def _typed(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return column if column.type == kind else column.cast(kind)
