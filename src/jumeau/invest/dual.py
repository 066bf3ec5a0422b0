"""A bound no plan can exceed, for a part too large to be solved whole: every shared limit gets a price (Lagrange).

With prices on the rows, each action chooses its best year alone, and each lot its best volume: the sum, plus what the limits
are worth at these prices, is above every plan. The prices are improved by scaled subgradients with a memory [1, 2].

References
----------
[1] Held, M., Wolfe, P. and Crowder, H. P. (1974). Validation of subgradient optimization. Math. Programming 6, 62-88.
[2] Duchi, J., Hazan, E. and Singer, Y. (2011). Adaptive subgradient methods. J. Machine Learning Research 12, 2121-2159.
"""

from collections.abc import Callable
from time import thread_time

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from jumeau.invest.formulation import Part
from jumeau.invest.limits import at_most, of_kinds
from jumeau.invest.lots import Lots, read_lots
from jumeau.invest.rows import KINDS, spread
from jumeau.kernels.highs import dot

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHRINK = 0.7
"""What remains of the step of a search for prices after a while without progress [-]."""
APART = ("once", "required", "tier", "lot_volume", "lot_cost", "debt")
"""Rows that get no price: they stay in the choice of an action, of a lot or of an owner that borrows."""


class Dual(msgspec.Struct, frozen=True):
    """`bound` [unit of the gain]; prices of the priced rows and of the lots; rounds made."""

    bound: float
    prices: Floats
    rounds: int


class Priced:
    """The rows of a part as `A x <= b`, scaled so that the largest coefficient is 1, and its columns as choices."""

    def __init__(self, part: Part) -> None:
        model, count = part.model, part.item.size
        self.lots: Lots = read_lots(part)
        self.unit = self.lots.largest()
        self.starts = np.flatnonzero(np.diff(part.item, prepend=-1))
        self.ends = np.append(self.starts[1:], count)
        self.gain = np.where(model.upper[:count] > 0.5, model.gain[:count], -np.inf)
        self.forced = part.names.kinds[of_kinds(part, "once", "required")] == KINDS.index("required")
        self.free = np.array(
            [k for k, x in enumerate(part.extra) if x.kind not in ("tier", "bought", "volume")], dtype=np.int64
        )
        self._rows(part, count)

    def _rows(self, part: Part, count: int) -> None:
        model = part.model
        kept, lower, upper = ~of_kinds(part, *APART), model.rows.lower, model.rows.upper
        up = kept & np.isfinite(upper)
        down = kept & np.isfinite(lower) & (lower != upper) & ~((lower == 0) & (upper == 1))
        rows = at_most(part, np.flatnonzero(up), np.flatnonzero(down))
        self.limit, self.choices = rows.limit, rows.choices
        self.either = np.concatenate([(lower == upper)[up], np.zeros(int(down.sum()), np.bool_)])
        place = count + self.free
        self.others = csc_matrix(rows.others[:, self.free]) if place.size else None
        self.room = model.upper[place]
        self.other_gain = model.gain[place]
        kinds = np.array([part.extra[k].kind for k in self.free.tolist()], dtype=np.str_)
        self.loans = np.flatnonzero(kinds == "loan")
        whose = np.array([part.extra[k].what for k in self.free[self.loans].tolist()], dtype=np.str_)
        self.lender = np.flatnonzero(np.append(True, whose[1:] != whose[:-1])) if whose.size else np.zeros(0, np.int64)
        self.trench = of_kinds(part, "trench")[rows.rows]
        self.dug = np.full(self.limit.size, -1)
        digs = np.flatnonzero(kinds == "trench")
        if digs.size and self.others is not None:
            found = self.others[:, digs].tocoo()
            self.dug[found.row] = digs[found.col]

    def within(self, prices: Floats) -> Floats:
        """The nearest prices at which the sharers of a trench pay together what it costs to dig, and no more."""
        if not self.trench.any() or self.others is None:
            return prices
        out = prices.copy()
        paid = self.others.T @ np.where(self.trench, prices[: self.limit.size], 0.0)
        cost = np.maximum(self.other_gain, paid)
        share = np.divide(cost, paid, out=np.ones_like(paid), where=paid < 0)
        out[: self.limit.size][self.trench] *= np.minimum(share, 1.0)[self.dug[self.trench]]
        return out

    def begin(self) -> Floats:
        """Prices to begin with: no limit is worth anything, a trench is paid in equal shares."""
        rows = np.zeros(self.limit.size)
        if self.trench.any() and self.others is not None:
            rows[self.trench] = 1.0
            alone = self.others.T @ rows
            rows[self.trench] = (self.other_gain / np.minimum(alone, -1e-12))[self.dug[self.trench]]
        return np.concatenate([rows, self.lots.start() * self.unit])

    def _wanted(self, worth: Floats) -> Floats:
        """How much of each column that is no choice is wanted at what it is worth: all of it, or none; an owner that borrows
        does it in its best year."""
        out = np.where(worth > 0, self.room, 0.0)
        if self.loans.size:
            mine = worth[self.loans]
            best = np.repeat(np.maximum.reduceat(mine, self.lender), np.diff(np.append(self.lender, mine.size)))
            hit = np.flatnonzero(mine == best)
            first = hit[np.unique(np.searchsorted(self.lender, hit, side="right"), return_index=True)[1]]
            once = np.zeros(mine.size, dtype=np.bool_)
            once[first] = True
            out[self.loans] = np.where(once, out[self.loans], 0.0)
        return out

    def size(self) -> int:
        """How many prices there are."""
        return int(self.limit.size + self.lots.size)

    def choose(self, prices: Floats) -> tuple[float, Floats]:
        """Bound at some prices, and how far each limit is passed by the choices they make."""
        rows, lots = prices[: self.limit.size], prices[self.limit.size :] / self.unit
        reduced = self.gain - self.choices @ rows + self.lots.reward(lots)
        best = np.maximum.reduceat(reduced, self.starts)
        take = (best > 0) | self.forced
        total = float(best[take].sum()) + dot(rows, self.limit)
        hit = np.flatnonzero(reduced == np.repeat(best, self.ends - self.starts))
        item = np.searchsorted(self.starts, hit, side="right") - 1
        first = hit[np.unique(item, return_index=True)[1]]
        chosen = first[take]
        flat = np.zeros(self.gain.size)
        flat[chosen] = 1.0
        passed, more = self.passed(chosen, np.ones(chosen.size), rows)
        value, wanted = self.lots.best(lots)
        return total + more + value, np.concatenate([passed, (wanted - self.lots.brought(flat)) / self.unit])

    def passed(self, chosen: Ints, part: Floats, rows: Floats) -> tuple[Floats, float]:
        """How far each limit is passed when these columns are chosen in part, and what the columns that are no choice bring
        at these prices of the rows."""
        first = self.choices.indptr[chosen].astype(np.int64)
        length = self.choices.indptr[chosen + 1].astype(np.int64) - first
        at = spread(first, length)
        weights = self.choices.data[at] * np.repeat(part, length)
        passed = np.bincount(self.choices.indices[at], weights=weights, minlength=self.limit.size) - self.limit
        if self.others is None:
            return passed, 0.0
        worth = self.other_gain - self.others.T @ rows
        amount = self._wanted(worth)
        return passed + self.others @ amount, dot(worth, amount)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Of a search for prices: first step [share of the bound], memory [-], rounds without progress after which the step
    shrinks, most rounds, and the least progress over a window of rounds that is worth going on for [share of the bound]."""

    step: float = 0.02
    memory: float = 0.8
    patience: int = 15
    rounds: int = 2000
    window: int = 100
    least: float = 1e-4


def descend(
    ask: Callable[[Floats], tuple[float, Floats]], within: Callable[[Floats], Floats], prices: Floats, pace: Pace,
    over: Callable[[float], bool],
) -> Dual:  # fmt: skip
    """Improve prices until `over` of the best bound, or as the pace says.

    Each price moves along a short memory of how far its limit is passed, divided by how much that usually varies; after a
    while without progress the step shrinks and the search goes back to the best prices. ask: the bound at some prices and how
    far limits are passed; within: the nearest prices that may be.
    """
    best, passed = ask(prices)
    kept, way, usual = prices, passed.copy(), passed**2
    step, stale, done, mark = pace.step, 0, 0, np.inf
    while done < pace.rounds and not over(best):
        if done % pace.window == 0:
            if mark - best < pace.least * abs(best):
                break
            mark = best
        done += 1
        move = way / np.maximum(np.sqrt(usual), 1e-3)
        along, size = dot(move, passed), dot(move, move)
        if size < 1e-18:
            break
        length = step * abs(best) / (along if along > 0 else size)
        length = min(length, 5 * step * abs(best) / max(dot(move, way), 1e-18))
        prices = within(prices + length * move)
        value, passed = ask(prices)
        way = pace.memory * way + (1 - pace.memory) * passed
        usual = 0.99 * usual + 0.01 * passed**2
        if value < best:
            best, kept, stale = value, prices, 0
        else:
            stale += 1
        if stale >= pace.patience:
            step, stale, prices = step * SHRINK, 0, kept
    return Dual(bound=best, prices=kept, rounds=done)


def bound(part: Part, seconds: float, target: float, pace: Pace = Pace(), gap: float = 1e-3) -> Dual:
    """The bound by prices, until it is within `gap` of `target` (a plan's gain), or for so long [s of processor]."""
    began = thread_time()
    priced = Priced(part)
    floor = np.where(np.concatenate([priced.either, np.zeros(priced.lots.size, np.bool_)]), -np.inf, 0.0)
    return descend(
        priced.choose, lambda prices: priced.within(np.maximum(floor, prices)), priced.begin(), pace,
        lambda best: thread_time() - began > seconds or best - target <= gap * abs(target),
    )  # fmt: skip
