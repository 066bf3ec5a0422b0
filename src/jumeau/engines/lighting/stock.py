"""Energy and cost of a whole stock under another calendar, without drawing its powers again.

A calendar changes hours, never powers: the power of the luminaires that share a setting, and are changed alike, is drawn once
and added up; each calendar is then a few products of sums. The same draws as `diagnose`, so the same totals.
"""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.lighting.diagnose import COST, ENERGY
from jumeau.engines.lighting.facts import read_facts
from jumeau.engines.lighting.physics import shared, system_power
from jumeau.engines.protocol import Context
from jumeau.engines.tally import CHUNK, Draws
from jumeau.kernels.draws import hash_ids

Floats = NDArray[np.float64]


class Stock(msgspec.Struct, frozen=True):
    """The G groups of luminaires of one setting, changed alike. first: a luminaire of each (G,); count: (G,); power_w:
    their power together, on draws (G, D) [W]."""

    first: NDArray[np.int64]
    count: NDArray[np.int64]
    power_w: Floats


def stock_of(lights: pa.Table, changed: NDArray[np.bool_], ctx: Context) -> Stock:
    """The stock of a conformed table of which a calendar would change some luminaires (N,)."""
    facts, draw = read_facts(lights), Draws(ctx, "lighting")
    common, ids = shared(facts.settings, draw), hash_ids(lights["id"])
    _, first, group, count = np.unique(
        facts.setting * 2 + changed, return_index=True, return_inverse=True, return_counts=True
    )  # fmt: skip
    power = np.zeros((len(first), ctx.draws))
    order = np.argsort(group, kind="stable")
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        drawn = system_power(facts, rows, ids, common, draw)
        heads = np.flatnonzero(np.r_[True, np.diff(group[rows]) > 0])
        power[group[rows[heads]]] += np.add.reduceat(drawn, heads, axis=0)
    return Stock(first.astype(np.int64), count.astype(np.int64), power)


def totals(lights: pa.Table, stock: Stock, ctx: Context) -> dict[str, Floats]:
    """Yearly energy [kWh] and cost [€] of the stock (D,) under the calendars of a table with its rows."""
    facts, draw = read_facts(lights), Draws(ctx, "lighting")
    common, setting = shared(facts.settings, draw), facts.setting[stock.first]
    energy = (stock.power_w * common.hours[setting]).sum(axis=0) / 1000
    upkeep = (stock.count[:, None] * common.maintenance[setting]).sum(axis=0)
    return {ENERGY: energy, COST: energy * common.price.ravel() + upkeep}
