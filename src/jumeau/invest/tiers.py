"""A closer bound: what a lot buys in a year is chosen as a whole, at one level of price, instead of by fractions of levels.

In the bound by prices alone, a lot that buys a third of what opens a level has a third of it open, at its full rebate. Here
a price on each action says that it is bought once, and every lot and year is then chosen alone: at each level, the actions
worth their price, and when these do not open it, the least bad ones until they do. The best level of each lot and year, what
actions pay and what limits are worth are together above every plan, and no higher than the bound by prices they begin with.
"""

from time import thread_time

import numpy as np
from numpy.typing import NDArray

from jumeau.invest.dual import Dual, Pace, Priced, descend
from jumeau.invest.formulation import Part
from jumeau.invest.rows import spread
from jumeau.kernels.highs import dot

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PACE = Pace(step=0.01, memory=0.9, patience=60, rounds=20_000, window=400, least=2e-5)
NEVER = -1e13
"""Worth of an action in a year in which it may not be done."""


class Tiered(Priced):
    """The choices of a part by cell (an action in a year) and the cells by lot and year. Prices: of the rows, then of the
    actions, which are each done once."""

    def __init__(self, part: Part) -> None:
        super().__init__(part)
        lots, count = self.lots, part.item.size
        self.cell = np.flatnonzero((np.diff(part.item, prepend=-1) != 0) | (np.diff(part.year, prepend=-1) != 0))
        self.cell_end = np.append(self.cell[1:], count)
        self.whose = np.searchsorted(self.starts, self.cell, side="right") - 1
        lot = lots.lot[self.cell]
        self.alone = np.flatnonzero(lot < 0)
        inside = np.flatnonzero(lot >= 0)
        inside = inside[np.argsort(lot[inside], kind="stable")]
        sizes = np.bincount(lot[inside], minlength=lots.opens.shape[0])
        self.place = np.full((sizes.size, int(sizes.max(initial=0))), -1)
        self.place[lot[inside], spread(np.zeros_like(sizes), sizes)] = inside
        self.there = self.place >= 0
        self.volume = np.where(self.there, lots.volume[self.cell[self.place]], 0.0)
        self.money = np.where(self.there, lots.money[self.cell[self.place]], 0.0)
        self.opens = np.where(np.isfinite(lots.opens), lots.opens, np.inf)

    def from_prices(self, prices: Floats) -> Floats:
        """The prices to begin with, after those of the bound by prices alone: an action pays what it brings in its best
        year."""
        rows, lots = prices[: self.limit.size], prices[self.limit.size :] / self.unit
        best = np.maximum.reduceat(self.gain - self.choices @ rows + self.lots.reward(lots), self.starts)
        return np.concatenate([rows, np.where(self.forced, best, np.maximum(best, 0.0))])

    def value(self, prices: Floats) -> tuple[float, Floats]:
        """Bound at some prices, and how far each limit is passed at what is then chosen."""
        rows, paid = prices[: self.limit.size], prices[self.limit.size :]
        reduced = self.gain - self.choices @ rows
        best = np.maximum.reduceat(reduced, self.cell)
        worth = best - paid[self.whose]
        taken = np.zeros(worth.size)
        taken[self.alone] = worth[self.alone] > 0
        total = float(paid.sum()) + dot(rows, self.limit) + dot(worth[self.alone], taken[self.alone])
        if self.place.size:
            total += self._lots(worth, taken)
        hit = np.flatnonzero(reduced == np.repeat(best, self.cell_end - self.cell))
        first = np.unique(np.searchsorted(self.cell, hit, side="right"), return_index=True)[1]
        on = np.flatnonzero(taken > 0)
        passed, more = self.passed(hit[first][on], taken[on], rows)
        done = np.bincount(self.whose[on], weights=taken[on], minlength=paid.size) - 1.0
        return total + more, np.concatenate([passed, done])

    def _lots(self, worth: Floats, taken: Floats) -> float:
        """Best value of all lots and years, and what part of each of their cells they take."""
        mine = np.where(self.there, np.maximum(worth[self.place], NEVER), NEVER)
        share = np.where(mine > 0, 1.0, 0.0)
        best = (mine * share).sum(axis=1)
        order = np.zeros(0, np.int64)
        for k in range(self.opens.shape[1]):
            each = mine + self.lots.worth[:, k : k + 1] * self.money
            open_at = self.opens[:, k]
            if k == 0 or not self.lots.in_euros.all():
                ratio = each / np.maximum(self.volume, 1e-9)
                order = np.argsort(-ratio, axis=1)
                bought = np.take_along_axis(self.volume, order, axis=1)
                before = np.cumsum(bought, axis=1) - bought
            ordered = np.take_along_axis(each, order, axis=1)
            missing = np.clip(
                (np.where(np.isfinite(open_at), open_at, 0.0)[:, None] - before) / np.maximum(bought, 1e-9), 0, 1
            )
            part = np.where(ordered > 0, 1.0, np.where(ordered > NEVER / 2, missing, 0.0))
            found = (ordered * part).sum(axis=1)
            there = np.isfinite(open_at) & ((bought * part).sum(axis=1) >= open_at * (1 - 1e-9)) & (found > best)
            best = np.where(there, found, best)
            back = np.zeros_like(part)
            np.put_along_axis(back, order, part, axis=1)
            share = np.where(there[:, None], back, share)
        taken[self.place[self.there]] = share[self.there]
        return float(best.sum())


def closer(part: Part, prices: Dual, seconds: float, target: float, gap: float = 1e-3) -> Dual:
    """A bound never above that of `prices`, looked for during so long [s of processor]; the same when no lot has levels."""
    began = thread_time()
    tiered = Tiered(part)
    if not tiered.place.size:
        return prices
    floor = np.where(np.concatenate([tiered.either, tiered.forced]), -np.inf, 0.0)
    found = descend(
        tiered.value, lambda some: tiered.within(np.maximum(floor, some)), tiered.from_prices(prices.prices), PACE,
        lambda best: thread_time() - began > seconds or best - target <= gap * abs(target),
    )  # fmt: skip
    return found if found.bound < prices.bound else prices
