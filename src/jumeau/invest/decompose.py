"""A plan and its bound for a part too large for one search: moves at random towards the plan, prices towards the bound.

No solver holds such a part whole. The plan comes from simulated annealing over all actions at once (lots count at their real
volumes, every limit is kept at each move); the bound from prices on all that is shared. Neither depends on the clock but
through `seconds`; both are deterministic for a given effort.
"""

from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from jumeau.errors import SolverError
from jumeau.invest.dual import bound
from jumeau.invest.formulation import Part
from jumeau.invest.lots import Lots, read_lots
from jumeau.kernels.anneal import State, anneal, recount
from jumeau.kernels.highs import OPTIMAL, STOPPED, Limits, Model, Solution, feasible, relative_gap

ALONE = ("once", "tier", "lot_volume", "lot_cost")
MOVES_PER_ITEM = 12_000
"""Moves tried for each action when time allows."""
HOT, COLD = 0.6, 0.01
"""First and last temperature, in median gains of an action [-]."""
DUAL_SHARE = 0.45
"""Part of the time left to the prices [-]."""


def can_decompose(part: Part) -> bool:
    """True when the part holds nothing that a move cannot count at once: no loan, no shared trench."""
    return all(x.kind in ("tier", "bought", "volume", "total") for x in part.extra)


def decompose(part: Part, limits: Limits) -> Solution:
    """Plan and bound of a part. Raises SolverError when no plan that keeps every limit was found."""
    began = perf_counter()
    lots = read_lots(part)
    state = ready(part, lots)
    x, reached = _plan(part, lots, state, limits, began)
    left = max(limits.seconds - (perf_counter() - began), 0.05 * limits.seconds)
    prices = bound(part, left, reached, gap=limits.gap)
    best = max(prices.bound, reached)
    gap = relative_gap(reached, best)
    return Solution(
        x=x, objective=reached, bound=best, gap=gap, status=OPTIMAL if gap <= limits.gap else STOPPED,
        seconds=perf_counter() - began,
    )  # fmt: skip


def ready(part: Part, lots: Lots) -> State:
    """The empty plan of a part, as the kernel moves it."""
    count = part.item.size
    starts = np.flatnonzero(np.diff(part.item, prepend=-1))
    block = part.owner[starts]
    members = np.argsort(block, kind="stable")
    matrix, upper = _limits(part, count)
    allowed = np.where(part.model.upper[:count] > 0.5, part.model.gain[:count], -1e15)
    rows = csr_matrix(matrix[:, :count].T)
    rows.sort_indices()
    size = max(lots.opens.shape[0], 1)
    levels = max(lots.opens.shape[1], 1)
    whole = lots.opens.shape[0] > 0
    return State(
        start=np.append(starts, count).astype(np.int64),
        block=block.astype(np.int64),
        first=np.searchsorted(block[members], np.arange(block.max(initial=-1) + 2)).astype(np.int64),
        members=members.astype(np.int64),
        slot=(part.owner * (int(part.year.max(initial=0)) + 1) + part.year).astype(np.int64),
        gain=np.ascontiguousarray(allowed),
        row_start=rows.indptr.astype(np.int64),
        row=rows.indices.astype(np.int64),
        value=rows.data.astype(np.float64),
        upper=upper,
        lot=lots.lot.astype(np.int64),
        volume=np.ascontiguousarray(lots.volume),
        money=np.ascontiguousarray(lots.money),
        opens=np.ascontiguousarray(lots.opens) if whole else np.full((size, levels), np.inf),
        worth=np.ascontiguousarray(lots.worth) if whole else np.zeros((size, levels)),
        choice=np.full(starts.size, -1, np.int64),
        activity=np.zeros(upper.size),
        held=np.zeros(size),
        spent=np.zeros(size),
    )


def _limits(part: Part, count: int) -> tuple[csr_matrix, NDArray[np.float64]]:
    """Rows as `A x <= b`, scaled; those that hold another column than choices (fair parts) are checked at the end."""
    model = part.model
    sizes = np.diff(model.rows.start)
    whole = csr_matrix((model.rows.value, model.rows.index, model.rows.start), shape=(sizes.size, model.gain.size))
    extra = np.asarray(np.abs(whole[:, count:]).sum(axis=1) > 0).ravel()
    mine = np.array([name.kind not in ALONE for name in part.names], dtype=np.bool_) & ~extra
    rows = whole[np.flatnonzero(mine)]
    lower, upper = model.rows.lower[mine], model.rows.upper[mine]
    up, down = np.flatnonzero(np.isfinite(upper)), np.flatnonzero(np.isfinite(lower) & (lower > 0))
    from scipy.sparse import vstack

    both = csr_matrix(vstack([rows[up], -rows[down]]))
    limit = np.concatenate([upper[up], -lower[down]])
    most = np.maximum(np.abs(both).max(axis=1).toarray().ravel(), 1e-12) if limit.size else np.zeros(0)
    return csr_matrix(both.multiply((1 / most)[:, None])), np.ascontiguousarray(limit / np.maximum(most, 1e-12))


def _plan(part: Part, lots: Lots, state: State, limits: Limits, began: float) -> tuple[NDArray[np.float64], float]:
    """Cool in a few slices, so that the clock is kept and sums are made anew; the last plan that keeps every limit."""
    state.seed = 88172645463325252 + 2 * limits.seed
    typical = float(np.median(np.abs(state.gain[state.gain > 0]))) if (state.gain > 0).any() else 1.0
    total = MOVES_PER_ITEM * state.choice.size
    hot, cold, slices = typical * HOT, typical * COLD, 40
    budget = limits.seconds * (1 - DUAL_SHARE)
    probe = min(200_000, total)
    tick = perf_counter()
    anneal(state, probe, hot, hot)
    rate = probe / max(perf_counter() - tick, 1e-6)
    room = max(budget - (perf_counter() - began), 0.2)
    moves = int(min(total, rate * room)) // slices + 1
    heats = hot * (cold / hot) ** np.linspace(0, 1, slices + 1)
    best: NDArray[np.float64] | None = None
    reached = -np.inf
    for n in range(slices):
        anneal(state, moves, float(heats[n]), float(heats[n + 1]))
        recount(state)
        if n >= slices - 4:
            x = spread(part, lots, state.choice)
            value = float(part.model.gain @ x)
            if value > reached and feasible(part.model, x):
                best, reached = x, value
        if perf_counter() - began > budget:
            moves = min(moves, state.choice.size * 20)
    if best is None:
        raise SolverError("programme.arret_sans_plan", status="moves", seconds=round(perf_counter() - began, 1))
    return best, reached


def spread(part: Part, lots: Lots, choice: NDArray[np.int64]) -> NDArray[np.float64]:
    """The whole vector of a plan: choices, and the levels, purchases and totals they open."""
    count = part.item.size
    x = np.zeros(part.model.gain.size)
    x[choice[choice >= 0]] = 1.0
    sums = lots.brought(x[:count])
    half = lots.opens.shape[0]
    names = sorted({(e.what, e.year) for e in part.extra if e.kind == "tier"})
    at = {name: n for n, name in enumerate(names)}
    level = [int((sums[half + n] >= lots.opens[n] * (1 - 1e-12)).sum()) - 1 for n in range(half)]
    for n, extra in enumerate(part.extra):
        if extra.kind == "total":
            x[count + n] = _total(part.model, count + n, x)
            continue
        where = at[extra.what, extra.year]
        if level[where] == extra.level:
            value = {"tier": 1.0, "bought": sums[where], "volume": sums[half + where]}[extra.kind]
            limit = {"bought": lots.most, "volume": lots.top}.get(extra.kind)
            x[count + n] = value if limit is None else min(value, float(limit[where, extra.level]))
    return x


def _total(model: Model, column: int, x: NDArray[np.float64]) -> float:
    """A sum column, from the equality that defines it."""
    sizes = np.diff(model.rows.start)
    row = np.repeat(np.arange(sizes.size), sizes)
    for r in row[model.rows.index == column]:
        if model.rows.lower[r] == model.rows.upper[r]:
            span = slice(int(model.rows.start[r]), int(model.rows.start[r + 1]))
            index, value = model.rows.index[span], model.rows.value[span]
            other = index != column
            return float(value[other] @ x[index[other]] / -value[~other][0])
    return 0.0
