"""The best plan under yearly budgets, part by part, each with its bound."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any, Protocol

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.errors import InfeasibleError, JumeauError, SolverError
from jumeau.invest.check import verify
from jumeau.invest.conflict import conflict, possible, without
from jumeau.invest.decompose import decompose
from jumeau.invest.dual import Priced
from jumeau.invest.formulation import Part, formulate
from jumeau.invest.problem import Problem, read_problem
from jumeau.invest.programme import Component, Programme, build
from jumeau.invest.screen import TOO_EXPENSIVE, components, screen
from jumeau.invest.settings import Settings
from jumeau.invest.shared import Choice
from jumeau.invest.windows import improve
from jumeau.kernels.highs import OPTIMAL, STOPPED, Limits, Solution, feasible, maximise, relative_gap
from jumeau.model.dictionary import indicators
from jumeau.texts import t


class Spread(Protocol):
    """Where independent parts are solved: as `map` of an executor, results in any order."""

    def __call__(
        self, task: Callable[[str, Any], Any], partitions: Iterable[tuple[str, Any]], /
    ) -> Iterable[tuple[str, Any]]:
        """Yield (key, task(key, inputs)) for every partition."""


def here(task: Callable[[str, Any], Any], partitions: Iterable[tuple[str, Any]], /) -> Iterable[tuple[str, Any]]:
    """One part after the other, in this process."""
    return ((key, task(key, inputs)) for key, inputs in partitions)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What of Settings a search needs, by the same names."""

    gap: float
    seconds: float
    seed: int
    nodes: int
    exact: bool
    exact_columns: int
    large_columns: int


WORTH_SPREADING = 2_000
"""Choices beside the largest part, in parts that take more than an instant, from which workers save more than they cost."""
WIDE_GAP = 0.03
"""A plan by windows farther than this from its bound [-] is followed by the whole search: some works pay only together."""


def optimise(actions: pa.Table, effects: pa.Table, budgets: pa.Table, settings: Settings, spread: Spread = here) -> Programme:
    """Choose actions and their year so that the gain of `settings.maximise` is the largest.

    An action is done once at most, in its window; what it requires is done the same year or before; of two that exclude
    each other one at most is done; a capacity is never used beyond what exists and what providers have brought; an owner
    never spends more than its budget of the year (since the first year, with carry-over). Owners with nothing in common
    are solved apart. What cannot be judged (unknown cost or effect, owner without a budget) is never chosen and is listed
    in `left_out`.

    Parameters: tables of ACTION_SCHEMA, EFFECT_SCHEMA, BUDGET_SCHEMA; amounts [€]. spread: where the parts are solved, as
    the `map` of an executor; the plan does not depend on it. Raises InputError (a wrong table, precedence in a circle),
    InfeasibleError (what is required cannot be paid or done: the constraint is named) and SolverError (the solver stopped
    without a plan, or its plan fails the independent check).
    """
    began = perf_counter()
    problem, left, parts = _prepared(actions, effects, budgets, settings)
    try:
        _check_something_reaches(parts, settings)
        solutions = _solved(parts, settings, spread)
    except InfeasibleError as error:
        raise _with_money(problem, left, parts, error, settings) from error
    choice, done = _chosen(problem, parts, solutions)
    limited = ("limited", t("programme.raison_limited"))
    left.update((i, limited) for part in parts for i in part.items if choice.years[i] < 0)
    programme = build(problem, choice, left, done, perf_counter() - began)
    wrong = verify(programme, actions, budgets, settings, effects)
    if wrong:
        raise SolverError("programme.verification", problem=wrong[0], count=len(wrong))
    return programme


def _prepared(
    actions: pa.Table, effects: pa.Table, budgets: pa.Table, settings: Settings
) -> tuple[Problem, dict[int, tuple[str, str]], list[Part]]:
    problem = read_problem(actions, effects, budgets, settings)
    alive, left = screen(problem)
    return problem, left, [formulate(problem, items) for items in components(problem, alive)]


def _chosen(problem: Problem, parts: Sequence[Part], solutions: Sequence[Solution]) -> tuple[Choice, tuple[Component, ...]]:
    """What the solutions of the parts say together."""
    years, modes = np.full(len(problem.items), -1, dtype=np.int64), np.zeros(len(problem.items), dtype=np.int64)
    money: dict[str, dict[tuple[str, int], float]] = {"loan": {}, "transfer": {}}
    done = []
    for number, (part, solution) in enumerate(zip(parts, solutions, strict=True)):
        chosen = np.flatnonzero(solution.x[: part.item.size] > 0.5)
        years[part.item[chosen]] = part.year[chosen]
        modes[part.item[chosen]] = part.mode[chosen]
        for extra, value in zip(part.extra, solution.x[part.item.size :].tolist(), strict=True):
            if extra.kind in money and value > 0.005:
                money[extra.kind][extra.what, extra.year] = value
        done.append(_component(problem, number, part.items, solution))
    return Choice(years, modes, money["loan"], money["transfer"]), tuple(done)


def _solved(parts: Sequence[Part], settings: Settings, spread: Spread) -> list[Solution]:
    """The solution of each part; the largest are begun first, and the first part that has none gives its error."""
    sizes = [part.model.gain.size for part in parts]
    order = sorted(range(len(parts)), key=lambda n: (-sizes[n], n))
    asked = Asked(gap=settings.gap, seconds=settings.seconds, seed=settings.seed, nodes=settings.nodes, exact=settings.exact,
                  exact_columns=settings.exact_columns, large_columns=settings.large_columns)  # fmt: skip
    beside = sum(size for size in sorted(sizes)[:-1] if size > settings.exact_columns)
    way = spread if beside >= WORTH_SPREADING else here
    found = dict(way(solve_task, ((str(n), (parts[n], asked)) for n in order)))
    for n in range(len(parts)):
        answer = found[str(n)]
        if isinstance(answer, JumeauError):
            raise answer
    return [found[str(n)] for n in range(len(parts))]


def _check_something_reaches(parts: Sequence[Part], settings: Settings) -> None:
    """Raises InfeasibleError when there is a target and nothing at all may be chosen: no part then holds the target."""
    asked = [target.indicator for target in settings.together.targets if target.amount > 0]
    if asked and not parts:
        raise InfeasibleError("programme.objectif_sans_action", what=" ; ".join(indicators()[name].title for name in asked))


def _with_money(
    problem: Problem, left: Mapping[int, tuple[str, str]], parts: Sequence[Part], error: InfeasibleError, settings: Settings
) -> InfeasibleError:
    """The same, with what more money would do for works that no budget could pay and that were left out for it: nobody is
    owed more for that, so that what is shared in proportion to these works cannot be told."""
    poor = [i for i, (reason, _) in left.items() if reason == TOO_EXPENSIVE]
    if not poor or any(m.share > 0 or m.fair > 0 for m in settings.together.minimums):
        return error
    owed = {name for part in parts for _, name in part.names.rows_of("minimum")}
    limits = Limits(gap=settings.gap, seconds=settings.seconds, seed=settings.seed, nodes=settings.nodes)
    for items in components(problem, screen(problem, rich=True)[0]):
        part = without(formulate(problem, items), "minimum", owed)
        if not set(poor).isdisjoint(items) and not possible(part.model, limits):
            return conflict(part, limits)
    return error


def solve_task(_key: str, inputs: tuple[Part, Asked]) -> Solution | JumeauError:
    """The task of one part: its solution, or why there is none."""
    try:
        return solve_part(*inputs)
    except JumeauError as error:
        return error


def solve_part(part: Part, asked: Asked) -> Solution:
    """Solve one part, with a bound even when the search stopped before it had any; when nothing satisfies it, say what it
    would take."""
    found = _searched(part, asked)
    if np.isfinite(found.bound):
        return found
    prices = Priced(part)
    bound = max(prices.choose(prices.begin())[0], found.objective)
    return msgspec.structs.replace(found, bound=bound, gap=relative_gap(found.objective, bound))


def _searched(part: Part, asked: Asked) -> Solution:
    limits = Limits(gap=asked.gap, seconds=asked.seconds, seed=asked.seed, nodes=asked.nodes)
    model = part.model
    nothing = np.zeros(model.gain.size)
    try:
        if model.gain.size > asked.large_columns and not asked.exact:
            return decompose(part, limits)
        if model.gain.size <= asked.exact_columns or not feasible(model, nothing):
            return maximise(model, limits)
        plan = _improved(part, limits)
        if plan.status == OPTIMAL or (plan.gap <= WIDE_GAP and not asked.exact):
            return plan
        whole = maximise(model, limits, plan.x)
        return whole if whole.objective >= plan.objective else plan
    except InfeasibleError as error:
        raise conflict(part, limits) from error


def _improved(part: Part, limits: Limits) -> Solution:
    """The plan by windows; by moves when there is no time for the relaxation that windows begin with."""
    try:
        return improve(part, limits)
    except SolverError:
        return decompose(part, limits)


def _component(problem: Problem, number: int, items: tuple[int, ...], solution: Solution) -> Component:
    owners = problem.items.owner
    return Component(
        number=number,
        owners=tuple(owners.words[n] for n in np.unique(owners.code[list(items)]).tolist()),
        actions=len(items),
        objective=solution.objective,
        bound=solution.bound,
        gap=solution.gap,
        status=OPTIMAL if solution.status == OPTIMAL else STOPPED,
        seconds=solution.seconds,
    )
