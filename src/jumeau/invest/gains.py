"""What doing an action in a year brings: discounted value of its effects, less its costs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import structs
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.invest.encoded import encoded, numbers
from jumeau.invest.settings import EUROS_ONLY, KEPT, NPV, Settings
from jumeau.model.official import carbon_content, carbon_value, official_values

Prices = Mapping[str, NDArray[np.float64]]
"""Indicator -> price of one unit in each year of the evaluation (evaluation_years,) [€/unit]."""


def read_prices(effects: pa.Table, s: Settings) -> dict[str, NDArray[np.float64]]:
    """Prices by year: those given, else 1 € for what is counted in euros and the official value of carbon.

    Carbon is brought from the euros of its source to those of the plan with `cost_change`; it is left out when the
    objective is the owners' money (`euros`) or when `carbon` is off.
    """
    flat = np.ones(s.evaluation_years)
    if s.prices is not None:
        return {name: flat * price for name, price in s.prices.items()}
    alike = effects.select(["indicator", "unit"]).group_by(["indicator", "unit"]).aggregate([])
    pairs = sorted(set(zip(alike["indicator"].to_pylist(), alike["unit"].to_pylist(), strict=True)))
    out = {name: flat for name, unit in pairs if unit.startswith("€")}
    if s.carbon and s.maximise != EUROS_ONLY:
        euros = s.price_year or s.first_year
        worth = carbon_value(s.first_year + np.arange(s.evaluation_years))
        worth = worth * s.carbon_factor * (1 + s.cost_change) ** (euros - official_values()["carbon_value"]["price_year"])
        for name, unit in pairs:
            content = carbon_content(name, unit)
            if content and name not in out:
                out[name] = worth * content
    return out


def discounts(s: Settings) -> NDArray[np.float64]:
    """Value today of 1 € in each year of the plan (Y,) [-]."""
    return (1 + s.discount_rate) ** -np.arange(s.years, dtype=np.float64)


def path_sums(path: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """S (N + 1,): S[n] is the value today of `path` (N,) over years 0 to n - 1 [unit of the path]."""
    return np.concatenate([[0.0], np.cumsum(path * (1 + rate) ** -np.arange(path.size, dtype=np.float64))])


def year_weights(
    first: NDArray[np.int64], last: NDArray[np.int64], s: Settings, sums: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weight (E, Y) of 1 unit a year from `first` to `last` (E,) years after works done in each year of the plan [-].

    sums: `path_sums` of the price, (N + 1,) for all rows or (E, N + 1) row by row.
    """
    works = np.arange(s.years)
    begin = np.minimum(works + first[:, None], s.evaluation_years)
    end = np.maximum(np.minimum(works + last[:, None] + 1, s.evaluation_years), begin)
    if sums.ndim == 1:
        weights: NDArray[np.float64] = sums[end] - sums[begin]
        return weights
    return np.take_along_axis(sums, end, axis=1) - np.take_along_axis(sums, begin, axis=1)


def effect_gains(actions: pa.Table, effects: pa.Table, column: str, prices: Prices, s: Settings) -> Any:
    """Value (E, Y) of each priced effect row when its action is done in each year, and the action's row (E,).

    column: `value`, `value_low` or `value_high`. The gain is minus the price times the change.
    """
    rate = s.discount_rate if s.maximise in (NPV, EUROS_ONLY) else 0.0
    names = encoded(effects["indicator"])
    known = sorted(prices)
    which = names.map({name: n for n, name in enumerate(known)}, -1).astype(np.int64)
    rows = np.where(which >= 0, places(effects["action"], actions["id"]), -1)
    keep = np.flatnonzero(rows >= 0)
    rows, which = rows[keep], which[keep]
    if not keep.size:
        return np.zeros((0, s.years)), rows
    life = actions["lifetime_y"].to_numpy().astype(np.int64)
    first = effects["from_year"].to_numpy().astype(np.int64)[keep]
    last = np.minimum(effects["to_year"].to_numpy().astype(np.int64)[keep], life[rows])
    value = effects[column].to_numpy().astype(np.float64)[keep]
    sums = np.stack([path_sums(prices[name], rate) for name in known])
    return -value[:, None] * year_weights(first, last, s, sums[which]), rows


def gains(
    actions: pa.Table, cost: NDArray[np.float64], effects: pa.Table, prices: Prices, s: Settings
) -> NDArray[np.float64]:
    """Gain (A, Y) [€, or unit of the indicator maximised] of each action by year of works; NaN where unknown.

    cost (A,): [€], NaN where unknown.
    """
    out = np.zeros((actions.num_rows, s.years))
    if s.maximise == KEPT:
        return _kept(actions, cost, effects, s)
    money = s.maximise in (NPV, EUROS_ONLY)
    if not money:
        prices = {s.maximise: np.full(s.evaluation_years, direction(s.maximise))}
    values, rows = effect_gains(actions, effects, "value", prices, s)
    np.add.at(out, rows, values)
    if not money:
        return out
    running = np.nan_to_num(actions["running_cost_eur_per_year"].to_numpy().astype(np.float64))
    life = actions["lifetime_y"].to_numpy().astype(np.int64)
    out -= cost[:, None] * discounts(s)
    sums = path_sums(np.ones(s.evaluation_years), s.discount_rate)
    out -= running[:, None] * year_weights(np.ones_like(life), life, s, sums)
    declared = encoded(actions["kind"]).map(s.kind_value_eur, 0.0)
    if s.action_value_eur:
        declared = declared + np.array([s.action_value_eur.get(a, 0.0) for a in actions["id"].to_pylist()])
    result: NDArray[np.float64] = out + declared[:, None] * discounts(s)
    return result


def _kept(actions: pa.Table, cost: NDArray[np.float64], effects: pa.Table, s: Settings) -> NDArray[np.float64]:
    """1 for an action in the year it is kept in, and a small part of the gain it would bring, to break ties."""
    plain = structs.replace(s, maximise=NPV)
    out = gains(actions, cost, effects, read_prices(effects, plain), plain)
    most = float(np.nansum(np.abs(np.nan_to_num(out)).max(axis=1))) or 1.0
    out = out * (0.4 / most)
    for row, action in enumerate(actions["id"].to_pylist()):
        year = s.keep.get(action, s.first_year - 1) - s.first_year
        if 0 <= year < s.years:
            out[row, year] += 1.0
    return out


def savings(actions: pa.Table, effects: pa.Table, indicator: str) -> NDArray[np.float64]:
    """Change for the better (A,) of an indicator by each action, a year in full service [unit of the indicator]."""
    mine = effects.filter(pc.equal(effects["indicator"], indicator))
    rows = places(mine["action"], actions["id"])
    there = rows >= 0
    value = -direction(indicator) * numbers(mine["value"])[there]
    return np.asarray(np.nan_to_num(np.bincount(rows[there], weights=value, minlength=actions.num_rows)))


def places(some: pa.ChunkedArray, ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """The row (N,) of each id in a column of ids, -1 where it is not there."""
    return np.asarray(pc.fill_null(pc.index_in(some, value_set=ids), -1).to_numpy(), dtype=np.int64)


def direction(indicator: str) -> float:
    """1 for an indicator that is better when lower, -1 when better higher. Raises InputError for an unknown one."""
    from jumeau.model.dictionary import indicators

    known = indicators()
    if indicator not in known:
        raise InputError("programme.objectif_inconnu", name=indicator, known=", ".join(sorted(known)))
    return -1.0 if known[indicator].better == "higher" else 1.0
