"""A plan and its bound for a part too large for one search: moves at random towards the plan, prices towards the bound.

No solver holds such a part whole. The plan comes from `moves` (lots count at their real volumes, every limit is kept at each
move); the bound from prices on all that is shared (`dual`). The effort of the plan is counted in moves, so that the same
question and seed give the same plan on every machine; time is that of the processor, so that a busy one changes nothing.
"""

from time import perf_counter, thread_time

from jumeau.errors import SolverError
from jumeau.invest.dual import bound
from jumeau.invest.formulation import Part
from jumeau.invest.moves import search
from jumeau.invest.tiers import closer
from jumeau.kernels.highs import OPTIMAL, STOPPED, Limits, Solution, relative_gap

CLOSER_SHARE = 0.1
"""Part of the time that must be left to look for a closer bound [-]."""
PLAN_SHARE = 0.6
"""Part of the time asked for that the moves of the plan are counted for [-]; what they leave goes to the bound."""


def decompose(part: Part, limits: Limits) -> Solution:
    """Plan and bound of a part. Raises SolverError when no plan that keeps every limit was found."""
    began = perf_counter()
    used = thread_time()
    found = search(part, PLAN_SHARE * limits.seconds, limits.seed)
    if found is None:
        raise SolverError("programme.arret_sans_plan", status="moves", seconds=round(perf_counter() - began, 1))
    x, reached = found
    left = max(limits.seconds - (thread_time() - used), 0.05 * limits.seconds)
    prices = bound(part, left, reached, gap=limits.gap)
    left = limits.seconds - (thread_time() - used)
    if left > CLOSER_SHARE * limits.seconds:
        prices = closer(part, prices, left, reached, gap=limits.gap)
    best = max(prices.bound, reached)
    gap = relative_gap(reached, best)
    return Solution(
        x=x, objective=reached, bound=best, gap=gap, status=OPTIMAL if gap <= limits.gap else STOPPED,
        seconds=perf_counter() - began,
    )  # fmt: skip
