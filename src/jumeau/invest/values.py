"""Values of a cost game: proportional, Shapley (exact or sampled with its error), nucleolus, and the core check.

References
----------
[1] Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, 307-317.
[2] Littlechild, S. C. and Owen, G. (1973). A simple expression for the Shapley value in a special case. Management
    Science 20, 370-372: the airport game.
[3] Schmeidler, D. (1969). The nucleolus of a characteristic function game. SIAM J. Appl. Math. 17, 1163-1170.
"""

from math import factorial

import numpy as np
from numpy.typing import NDArray

from jumeau.invest.game import SHARED, TRENCH, Floats, Game, Pool

EXACT_MEMBERS = 12
"""Most members of a pool whose coalitions are all counted; beyond, orders of arrival are drawn."""
NUCLEOLUS_OWNERS = 12
CHUNK = 512


def coalitions(count: int) -> NDArray[np.bool_]:
    """All 2^count coalitions (2^count, count), the empty one first."""
    numbers = np.arange(2**count)[:, None]
    return np.asarray((numbers >> np.arange(count)) % 2 == 1)


def proportional(game: Game) -> Floats:
    """Each pays in proportion: the same rebate for all, a trench by what each would dig, what is used by use (N,) [€]."""
    out = game.base.copy()
    at = {owner: k for k, owner in enumerate(game.owners)}
    for pool in game.pools:
        saved = float(pool.saved(np.ones((1, len(pool.members)), dtype=np.bool_))[0])
        weights = pool.volume if pool.kind == SHARED else pool.money
        total = weights.sum()
        parts = weights / total if total > 0 else np.full(weights.size, 1 / weights.size)
        np.subtract.at(out, [at[m] for m in pool.members], saved * parts)
    return out


def shapley(game: Game, samples: int = 2000, seed: int = 0) -> tuple[Floats, Floats]:
    """Shapley cost (N,) [€] and the half-width (N,) of its 95 % interval [€]: 0 where it is exact [1].

    samples: orders of arrival drawn for each pool too large to enumerate, half of them the reverse of the others.
    """
    out, variance = game.base.copy(), np.zeros(game.base.size)
    at = {owner: k for k, owner in enumerate(game.owners)}
    for number, pool in enumerate(game.pools):
        mine = [at[m] for m in pool.members]
        if pool.kind == TRENCH:
            value, error = _airport(pool), np.zeros(len(mine))
        elif len(mine) <= EXACT_MEMBERS:
            value, error = shapley_of(pool.saved(coalitions(len(mine))), len(mine)), np.zeros(len(mine))
        else:
            value, error = _sampled(pool, samples, seed + 7919 * number)
        np.subtract.at(out, mine, value)
        np.add.at(variance, mine, error**2)
    return out, 1.96 * np.sqrt(variance)


def _airport(pool: Pool) -> Floats:
    """Saving of each in a trench: it pays its part of each metre it needs, shared with those who need it too [2]."""
    if pool.values.size:
        return pool.money.copy()
    order = np.argsort(pool.money, kind="stable")
    steps = np.diff(pool.money[order], prepend=0.0)
    paid = np.empty(order.size)
    paid[order] = np.cumsum(steps / np.arange(order.size, 0, -1))
    return np.asarray(pool.money - paid)


def shapley_of(worth: Floats, count: int) -> Floats:
    """Shapley value (count,) of a game given by the worth of all its coalitions, in the order of `coalitions`."""
    numbers = np.arange(2**count)
    size = coalitions(count).sum(axis=1)
    weight = np.array([factorial(k) * factorial(count - k - 1) / factorial(count) for k in range(count)])
    out = np.empty(count)
    for player in range(count):
        without = numbers[(numbers >> player) % 2 == 0]
        out[player] = weight[size[without]] @ (worth[without | (1 << player)] - worth[without])
    return out


def _sampled(pool: Pool, samples: int, seed: int) -> tuple[Floats, Floats]:
    """Mean saving brought by each member over drawn orders and their reverses, and its standard error [€]."""
    rng = np.random.default_rng(seed)
    count, pairs = len(pool.members), max(samples // 2, 2)
    total, squares = np.zeros(count), np.zeros(count)
    for first in range(0, pairs, CHUNK):
        rows = min(CHUNK, pairs - first)
        order = np.argsort(rng.random((rows, count)), axis=1)
        mean = (_marginals(pool, order) + _marginals(pool, order[:, ::-1])) / 2
        total += mean.sum(axis=0)
        squares += (mean**2).sum(axis=0)
    value = total / pairs
    error = np.sqrt(np.maximum(squares / pairs - value**2, 0.0) / (pairs - 1))
    return value, error


def _marginals(pool: Pool, order: NDArray[np.int64]) -> Floats:
    """What each member adds (R, M) to the saving when members arrive in each `order` (R, M)."""
    money, volume = np.cumsum(pool.money[order], axis=1), np.cumsum(pool.volume[order], axis=1)
    added = np.diff(pool.stepped(money, volume), axis=1, prepend=0.0)
    out = np.empty_like(added)
    np.put_along_axis(out, order, added, axis=1)
    return out


def nucleolus(game: Game) -> Floats | None:
    """Cost (N,) [€] that makes the least content coalition as content as can be, and so on [3]; None above
    NUCLEOLUS_OWNERS owners. Computed by coopgame; tests check it on published games and against HiGHS."""
    count = len(game.owners)
    if not 1 <= count <= NUCLEOLUS_OWNERS:
        return None
    return nucleolus_of(game.costs(coalitions(count)), count)


def nucleolus_of(costs: Floats, count: int) -> Floats:
    """The same from the cost of all coalitions, in the order of `coalitions`."""
    alone = np.asarray(costs[1 << np.arange(count)])
    if count == 1:
        return alone
    import coopgame

    worth = coalitions(count) @ alone - costs
    worth[np.abs(worth) < 1e-9] = 0.0
    found = coopgame.nucleolus(coopgame.Game(worth[1:].tolist()))["allocation"]
    return np.asarray(alone - np.array(found, dtype=np.float64))


def worst_excess(game: Game, cost: Floats, samples: int = 4000, seed: int = 0) -> tuple[float, tuple[str, ...]]:
    """How much the most aggrieved coalition pays above what it would pay apart [€], and that coalition.

    All coalitions up to 16 owners; beyond: singles, all but one, and coalitions drawn, so that it is then a lower bound.
    """
    count = len(game.owners)
    if count == 0:
        return 0.0, ()
    if count <= 16:
        inside = coalitions(count)[1:]
    else:
        rng = np.random.default_rng(seed)
        drawn = rng.random((samples, count)) < rng.random((samples, 1))
        inside = np.concatenate([np.eye(count, dtype=np.bool_), ~np.eye(count, dtype=np.bool_), drawn])
    excess = inside @ cost - game.costs(inside)
    worst = int(np.argmax(excess))
    return float(excess[worst]), tuple(o for o, here in zip(game.owners, inside[worst], strict=True) if here)
