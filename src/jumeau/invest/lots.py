"""The lots of a part as arrays: what each choice brings to its lot and year, and what levels of price are worth."""

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.invest.formulation import Part
from jumeau.invest.limits import of_kinds
from jumeau.invest.rows import Extra

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Lots(msgspec.Struct, frozen=True, kw_only=True):
    """Lots by year (L). lot (K,): of each choice, -1 without; volume, money (K,). in_euros (L,): the volume is the money.

    opens, top, most, worth (L, T): a level's volume, the largest it holds, the most money, what a euro brings [€/€];
    levels that are not there open at infinity.
    """

    lot: Ints
    volume: Floats
    money: Floats
    in_euros: NDArray[np.bool_]
    opens: Floats
    top: Floats
    most: Floats
    worth: Floats

    @property
    def size(self) -> int:
        """Two prices a lot and year: of its money, then of its volume."""
        return 2 * int(self.opens.shape[0])

    def largest(self) -> Floats:
        """Largest money and volume one choice brings to each lot (2 L,): the scale of the prices."""
        count = self.opens.shape[0]
        out = np.full(2 * count, 1e-9)
        inside = self.lot >= 0
        np.maximum.at(out, self.lot[inside], self.money[inside])
        np.maximum.at(out, count + self.lot[inside], self.volume[inside])
        return out

    def start(self) -> Floats:
        """Prices to begin with: those at which no level leaves a lot a margin."""
        top = self.worth.max(axis=1, initial=0.0)
        return np.concatenate([top, np.zeros(top.size)])

    def reward(self, prices: Floats) -> Floats:
        """What the prices give to each choice (K,)."""
        count = self.opens.shape[0]
        inside = self.lot >= 0
        out = np.zeros(self.lot.size)
        mine = self.lot[inside]
        volume = prices[count:]
        out[inside] = prices[:count][mine] * self.money[inside] + volume[mine] * self.volume[inside]
        return out

    def best(self, prices: Floats) -> tuple[float, Floats]:
        """Best value of all lots at some prices, and the money and volume they then want (2 L,)."""
        count = self.opens.shape[0]
        if not count:
            return 0.0, np.zeros(0)
        money, volume = prices[:count, None], prices[count:, None]
        margin = self.worth - money
        with np.errstate(invalid="ignore"):
            bought = np.where(
                self.in_euros[:, None],
                np.where(margin - volume > 0, self.top, self.opens),
                np.where(margin > 0, self.most, 0.0),
            )
            held = np.where(self.in_euros[:, None], bought, self.opens)
            value = np.where(np.isfinite(self.opens), margin * bought - volume * held, -np.inf)
        at = value.argmax(axis=1)
        rows = np.arange(count)
        best = value[rows, at]
        on = best > 0
        wanted = np.concatenate([np.where(on, bought[rows, at], 0.0), np.where(on, held[rows, at], 0.0)])
        return float(best[on].sum()), wanted

    def brought(self, flat: Floats) -> Floats:
        """Money and volume that choices (K,) bring to each lot (2 L,)."""
        count = self.opens.shape[0]
        inside = self.lot >= 0
        at = self.lot[inside]
        money = np.bincount(at, weights=(self.money * flat)[inside], minlength=count)
        volume = np.bincount(at, weights=(self.volume * flat)[inside], minlength=count)
        return np.concatenate([money, volume])


def read_lots(part: Part) -> Lots:
    """The lots of a part, out of its columns and rows."""
    count = part.item.size
    names = sorted({(x.what, x.year) for x in part.extra if x.kind == "tier"})
    at = {name: n for n, name in enumerate(names)}
    levels = max((x.level for x in part.extra if x.kind == "tier"), default=-1) + 1
    shape = (len(names), levels)
    opens, top, most, worth = np.full(shape, np.inf), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    in_euros = np.ones(len(names), dtype=np.bool_)
    lot, volume, money = np.full(count, -1, np.int64), np.zeros(count), np.zeros(count)
    model, order = part.model, {}
    for n, extra in enumerate(part.extra):
        order[count + n] = extra
        if extra.kind == "bought":
            worth[at[extra.what, extra.year], extra.level] = model.gain[count + n]
        if extra.kind == "volume":
            in_euros[at[extra.what, extra.year]] = False
    for r in np.flatnonzero(of_kinds(part, "tier", "lot_volume", "lot_cost")).tolist():
        name = part.names[r]
        span = slice(int(model.rows.start[r]), int(model.rows.start[r + 1]))
        index, value = model.rows.index[span], model.rows.value[span]
        if name.kind == "tier":
            _level(order, index, value, float(model.rows.lower[r]), at, (opens, top, most), in_euros)
            continue
        inside = index < count
        first = order[int(index[~inside][0])]
        where = at[first.what, first.year]
        lot[index[inside]] = where
        (money if name.kind == "lot_cost" else volume)[index[inside]] = -value[inside]
    euros = (lot >= 0) & in_euros[np.maximum(lot, 0)] if len(names) else np.zeros(count, np.bool_)
    volume[euros] = money[euros]
    return Lots(
        lot=lot, volume=volume, money=money, in_euros=in_euros, opens=opens, top=top, most=most, worth=worth
    )  # fmt: skip


def _level(
    order: Mapping[int, Extra], index: NDArray[np.int32], value: Floats, lower: float, at: dict[tuple[str, int], int],
    tables: tuple[Floats, Floats, Floats], in_euros: NDArray[np.bool_],
) -> None:  # fmt: skip
    """One row of a level: what it opens at (a row from below), or the most it holds."""
    found = [(order[int(c)], v) for c, v in zip(index, value, strict=True)]
    kinds = {x.kind: (x, v) for x, v in found}
    if len(found) != 2 or "tier" not in kinds or len(kinds) != 2:
        return
    tier, amount = kinds["tier"]
    held = next(kind for kind in kinds if kind != "tier")
    where = at[tier.what, tier.year]
    opens, top, most = tables
    if lower == 0.0:
        opens[where, tier.level] = -amount
    elif held == "bought":
        most[where, tier.level] = -amount
        if in_euros[where]:
            top[where, tier.level] = -amount
    else:
        top[where, tier.level] = -amount
