"""Columns of a bundle as arrays, and back: what every engine does to its tables, vectorised."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.errors import EngineError
from jumeau.model.dictionary import builtin_layers
from jumeau.model.origin import ORIGINS, Origin

Codes = NDArray[np.int8]
Rows = NDArray[np.bool_]


def conform(sources: Mapping[str, pa.Table], layer: str) -> pa.Table:
    """The table of `layer` with all the columns of the dictionary, `X__origin` beside each X, and geometry.

    A column or a whole layer that is absent is unknown; a value without origin is declared. Raises EngineError when a
    column has no `id` or cannot take the type of the dictionary.
    """
    schema = builtin_layers()[layer].schema
    table = sources.get(layer)
    if table is None:
        table = schema.empty_table()
    if "id" not in table.column_names:
        raise EngineError("moteurs.sans_identifiant", layer=layer)
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for field in schema:
        columns[field.name] = _typed(table, field, layer)
        if field.name not in ("id", "geometry"):
            columns[f"{field.name}__origin"] = _origin_column(table, field.name, columns[field.name])
    return pa.table(columns)


def _typed(table: pa.Table, field: pa.Field, layer: str) -> pa.ChunkedArray | pa.Array:
    if field.name not in table.column_names:
        return pa.nulls(table.num_rows, field.type)
    try:
        return table[field.name].cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise EngineError("moteurs.type_de_colonne", layer=layer, field=field.name, reason=error) from error


def _origin_column(table: pa.Table, name: str, values: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    column = f"{name}__origin"
    if values.null_count == len(values):
        return pa.nulls(table.num_rows, pa.string())
    if column not in table.column_names:
        return pc.if_else(pc.is_valid(values), Origin.DECLARED.value, pa.scalar(None, pa.string()))
    given = table[column].cast(pa.string())
    return pc.if_else(pc.is_valid(values), pc.fill_null(given, Origin.DECLARED.value), pa.scalar(None, pa.string()))


def floats(table: pa.Table, name: str) -> NDArray[np.float64]:
    """A numeric or boolean column as float64 (N,), NaN where unknown."""
    column = pc.cast(table[name], pa.float64())
    return np.asarray(column.to_numpy(), dtype=np.float64)


def codes(table: pa.Table, name: str, choices: Sequence[str]) -> Codes:
    """Position of each value in `choices` (N,); `len(choices)` where unknown or another value."""
    found = pc.index_in(table[name], value_set=pa.array(list(choices), pa.string()))
    return np.asarray(pc.fill_null(found, len(choices)).to_numpy(), dtype=np.int8)


def origins(table: pa.Table, name: str) -> Codes:
    """Rank in ORIGINS of each value of a column (N,), the rank of `unknown` where there is no value."""
    return codes(table, f"{name}__origin", [o.value for o in ORIGINS[:-1]])


def texts(table: pa.Table, name: str, unknown: str = "") -> NDArray[np.object_]:
    """A text column as objects (N,), `unknown` where there is no value."""
    return np.asarray(pc.fill_null(table[name], unknown).to_numpy(), dtype=object)


def touched(table: pa.Table, actions: pa.Table) -> NDArray[np.int64]:
    """Row in `actions` of the action that touches each row of `table` (N,), -1 where none does; the last one wins."""
    out = np.full(table.num_rows, -1, np.int64)
    assets = pc.list_flatten(actions["assets"])
    at = pc.index_in(assets, value_set=flat(table["id"]))
    parents = pc.list_parent_indices(actions["assets"])
    inside = pc.is_valid(at)
    out[np.asarray(at.filter(inside))] = np.asarray(parents.filter(inside))
    return out


def assign(table: pa.Table, rows: Rows, values: Mapping[str, Any], origin: Origin = Origin.INFERRED) -> pa.Table:
    """The table with each column of `values` (a scalar, an array (N,) or None for unknown) set on `rows`."""
    mask = pa.array(rows)
    for name, value in values.items():
        kind = table.schema.field(name).type
        new = pa.array(value, kind, from_pandas=True) if isinstance(value, np.ndarray) else pa.scalar(value, kind)
        column = pc.if_else(mask, new, table[name])
        known = pa.scalar(origin.value, pa.string())
        old = table[f"{name}__origin"]
        label = pc.if_else(mask, pc.if_else(pc.is_valid(column), known, pa.scalar(None, pa.string())), old)
        table = table.set_column(table.schema.get_field_index(name), name, column)
        table = table.set_column(table.schema.get_field_index(f"{name}__origin"), f"{name}__origin", label)
    return table


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One contiguous array."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
