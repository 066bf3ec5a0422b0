"""A plan for a large part by moves at random, in four phases that make owners buy the same things in the same years.

One owner's purchase hardly moves the volume of a lot, so that no owner alone gains by waiting for the others. The plan is
therefore cooled first under the rebate each lot could bring, then under a calendar that opens each lot in as few years as its
volume fills at its best level, then under rebates that grow with the volume without steps, at last under the true ones.
"""

from collections.abc import Sequence
from time import thread_time
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.invest.formulation import Part
from jumeau.invest.lots import Lots
from jumeau.invest.sides import settle_money
from jumeau.invest.state import Limited, counted, ready, whole
from jumeau.kernels.anneal import State, anneal, recount
from jumeau.kernels.highs import Limits, dot, feasible

Floats = NDArray[np.float64]
RATE = 700_000
"""Moves counted for a second of time asked [1/s]: what one slow core makes."""
SETTING_UP = 5.0
"""Seconds of processor left beside the moves [s]."""
LEAST_PER_ITEM, MOVES_PER_ITEM = 15, 6_000
"""Least and most moves for each action."""
SLICES, WORTH_A_SLICE = 6, 100_000
"""Most slices of a phase, after each of which sums are made anew; moves that are worth one."""
SMALL = 1_000
"""Actions up to which the plan is also looked for under the true rebates alone, which a few owners can reach."""
FIRST_SEED = 88172645463325252
HOPED, FILLED = 0.6, 0.85
"""Part of the best rebate hoped for in the first phase [-]; part of a lot's purchases that its calendar counts on [-]."""
SMOOTH = 30
"""Levels of a rebate without steps."""
DRIFT = 1.01
"""How much more than is spent now fair parts are counted on, so that they hold when a little more is spent [-]."""


class Phase(msgspec.Struct, frozen=True):
    """Rebates counted on, temperatures at its start and end [median gain of an action], part of the moves [-]."""

    prices: Literal["hoped", "calendar", "smooth", "true"]
    hot: float
    cold: float
    share: float


PHASED = (
    Phase("hoped", 1.0, 1.0, 0.1),
    Phase("calendar", 1.0, 0.1, 0.35),
    Phase("smooth", 0.1, 0.05, 0.2),
    Phase("true", 0.05, 0.01, 0.35),
)
PLAIN = (Phase("true", 1.0, 0.01, 1.0),)


def search(part: Part, seconds: float, seed: int) -> tuple[Floats, float] | None:
    """The whole vector of a plan that keeps every limit, and its gain; None when none was found.

    seconds: effort [s of one slow core]; the result depends on the time taken only when it takes twice as much processor.
    """
    began = thread_time()
    rows = counted(part)
    plans = []
    ways = (PHASED, PLAIN) if np.unique(part.item).size <= SMALL else (PHASED,)
    for way in ways if rows.lots.size else (PLAIN,):
        state = ready(part, rows)
        state.seed = FIRST_SEED + 2 * seed
        _cool(part, rows, state, way, seconds / len(ways), began + 2 * seconds + SETTING_UP)
        plans.append(settle_money(part, whole(part, rows, state.choice), Limits(seconds=seconds)))
    kept = [x for x in plans if feasible(part.model, x)]
    kept = kept or [x for x in (whole(part, rows, np.full(0, -1)),) if feasible(part.model, x)]
    return max(((x, dot(part.model.gain, x)) for x in kept), key=lambda p: p[1], default=None)


def _cool(part: Part, rows: Limited, state: State, way: Sequence[Phase], seconds: float, until: float) -> None:
    """Change a state through the phases of a way; until: time of the processor after which it goes to its last phase [s]."""
    lots = rows.lots
    top = lots.worth.max(axis=1, initial=0.0)
    flat, true = np.zeros((top.size, 1)), (state.opens, state.worth)
    moves = min(MOVES_PER_ITEM * state.choice.size, max(LEAST_PER_ITEM * state.choice.size, RATE * seconds))
    typical = float(np.median(state.gain[state.gain > 0])) if (state.gain > 0).any() else 1.0
    for phase in way:
        if phase.prices == "hoped":
            prices = flat, HOPED * top[:, None]
        elif phase.prices == "calendar":
            prices = flat, calendar(part, lots, state)[:, None]
        else:
            prices = smooth(lots) if phase.prices == "smooth" else true
        state.opens, state.worth = (np.ascontiguousarray(x) for x in prices)
        slices = min(SLICES, 1 + int(moves * phase.share / WORTH_A_SLICE))
        heats = typical * phase.hot * (phase.cold / phase.hot) ** np.linspace(0, 1, slices + 1)
        for n in range(slices):
            _fair(rows, state)
            late = thread_time() > until and phase is not way[-1]
            here = 1 if late else int(moves * phase.share / slices) + 1
            anneal(state, here, float(heats[n]), float(heats[n + 1]))
    recount(state)


def _fair(rows: Limited, state: State) -> None:
    """Bring the limits that follow what is spent in all to what is spent now, and make the sums anew."""
    if rows.sums.nnz:
        on = state.choice[: state.firm]
        others = np.asarray(rows.sums[:, on[on >= 0]].sum(axis=1)).ravel()
        state.upper[:] = rows.kept.limit - rows.kept.others @ (DRIFT * others)
    recount(state)


def smooth(lots: Lots) -> tuple[Floats, Floats]:
    """Levels and worth (L, SMOOTH) of rebates that grow with the volume without steps."""
    opens, worth = (np.zeros((lots.opens.shape[0], SMOOTH)) for _ in range(2))
    for n, (line, value) in enumerate(zip(lots.opens, lots.worth, strict=True)):
        there = np.isfinite(line)
        ends, brings = np.append(0.0, line[there]), np.append(0.0, value[there])
        opens[n] = np.linspace(0.0, ends[-1], SMOOTH + 1)[1:]
        worth[n] = np.interp(opens[n], ends, brings)
    return opens, worth


def calendar(part: Part, lots: Lots, state: State) -> Floats:
    """What a euro brings in each lot and year (L,) under a calendar: a lot is open in as many years as its purchases of now
    fill at the best level they can reach, spread over the plan so that each year has its part."""
    names = sorted({(x.what, x.year) for x in part.extra if x.kind == "tier"})
    by_lot: dict[str, list[int]] = {}
    for n, (what, _) in enumerate(names):
        by_lot.setdefault(what, []).append(n)
    load = np.zeros(max((y for _, y in names), default=0) + 1)
    out = np.zeros(len(names))
    for what in sorted(by_lot, key=lambda w: (-float(state.spent[by_lot[w]].sum()), w)):
        mine = by_lot[what]
        held = float(state.held[mine].sum())
        levels = [k for k in range(lots.opens.shape[1]) if (lots.opens[mine, k] <= FILLED * held).all()]
        if not levels:
            continue
        level = max(levels)
        years = min(len(mine), max(1, round(FILLED * held / float(lots.opens[mine, level].mean()))))
        open_in = _spaced(mine, [y for _, y in (names[n] for n in mine)], years, load)
        out[open_in] = lots.worth[open_in, level]
        np.add.at(load, [names[n][1] for n in open_in], float(state.spent[mine].sum()) / years)
    return out


def _spaced(mine: Sequence[int], years: Sequence[int], count: int, load: Floats) -> list[int]:
    """`count` of some lots by year, evenly spaced, where the years are least loaded."""
    ways = [[(first + int(k * len(mine) / count)) % len(mine) for k in range(count)] for first in range(len(mine))]
    best = min(ways, key=lambda way: sum(load[years[k]] for k in way))
    return [mine[k] for k in sorted(set(best))]
