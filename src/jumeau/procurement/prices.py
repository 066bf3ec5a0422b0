"""A user's own unit prices (the bordereau of a framework agreement) in place of those of the catalogue."""

from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError
from jumeau.model.price import UnitPrice
from jumeau.texts import t


def priced(actions: pa.Table, prices: Iterable[UnitPrice], on: date) -> pa.Table:
    """Actions at the prices of the contracts in force on a day: quantity times unit price, known to the euro.

    An action whose need has no price, or whose owner may not order, keeps the cost of the catalogue. Raises InputError on a
    price that is not positive, or in another unit than the action's.
    """
    found = [p for p in prices if _in_force(p, on)]
    for price in found:
        if not 0 < price.price_eur < 1e9:
            raise InputError("achats.prix_refuse", need=price.need, value=price.price_eur, contract=price.contract)
    quantity = actions["quantity"].to_numpy(zero_copy_only=False)
    cost = {n: _floats(actions, n) for n in ("cost_eur", "cost_eur_low", "cost_eur_high")}
    years = actions["price_year"].to_numpy(zero_copy_only=False).astype(np.int64).copy()
    sources = actions["cost_source"].to_numpy(zero_copy_only=False).copy()
    for price in found:
        at = _concerned(actions, price)
        for values in cost.values():
            values[at] = quantity[at] * price.price_eur
        years[at] = price.price_year
        sources[at] = t("achats.prix_source", contract=price.contract)
    changed = {n: pa.array(v, pa.float32(), from_pandas=True) for n, v in cost.items()}
    changed |= {"price_year": pa.array(years, pa.int16()), "cost_source": pa.array(sources, pa.string())}
    for name, values in changed.items():
        actions = actions.set_column(actions.column_names.index(name), actions.schema.field(name), values)
    return actions


def _concerned(actions: pa.Table, price: UnitPrice) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows of the actions a price is for. Raises InputError when one counts its quantity in another unit."""
    wanted = pc.equal(actions["need"], price.need)
    if price.owners:
        wanted = pc.and_(wanted, pc.is_in(actions["owner"], value_set=pa.array(price.owners)))
    at: np.ndarray[tuple[int], np.dtype[np.int64]] = np.flatnonzero(wanted.to_numpy(zero_copy_only=False).astype(bool))
    units = pc.unique(actions["unit"].take(pa.array(at))).to_pylist()
    other = [unit for unit in units if unit != price.unit]
    if other:
        raise InputError("achats.prix_unite", need=price.need, unit=other[0], given=price.unit)
    return at


def _in_force(price: UnitPrice, on: date) -> bool:
    return (price.valid_from is None or price.valid_from <= on) and (price.valid_to is None or on <= price.valid_to)


def _floats(table: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values: np.ndarray[tuple[int], np.dtype[np.float64]] = table[name].to_numpy(zero_copy_only=False).astype(np.float64)
    return values.copy()
