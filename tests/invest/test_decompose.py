"""Large parts: the plan keeps every limit, the bound is never crossed and comes near the linear relaxation's."""

import math
import time
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from tests.invest.test_pooling_cpsat import Second, possible_in, shared_case

from jumeau.errors import InfeasibleError, SolverError
from jumeau.invest import optimise, verify
from jumeau.invest.dual import Pace, bound
from jumeau.invest.formulation import Part, formulate
from jumeau.invest.instances import ACTIONS, SEEDS, YEARS, instance
from jumeau.invest.lots import read_lots
from jumeau.invest.moves import search
from jumeau.invest.problem import read_problem
from jumeau.invest.question import Question, answer
from jumeau.invest.screen import components, screen
from jumeau.invest.tiers import closer
from jumeau.invest.together import Debt, Minimum, Together
from jumeau.kernels.highs import Limits, dot, feasible, maximise


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_between_the_plan_and_the_bound_stands_the_optimum(seed: int, make: SimpleNamespace) -> None:
    actions, effects, budgets, settings = shared_case(make, seed)
    together = msgspec.structs.replace(settings.together, targets=(), minimums=())
    settings = msgspec.structs.replace(settings, together=together, large_columns=0, seconds=2.0)
    best = Second(actions, effects, budgets, settings, possible_in(actions, effects, budgets, settings)).best()
    assert best is not None
    plan = optimise(actions, effects, budgets, settings)
    assert verify(plan, actions, budgets, settings, effects) == []
    assert plan.objective <= best + 0.05
    assert plan.bound >= best - 0.05
    assert plan.objective >= 0.9 * best - 0.05


@pytest.mark.parametrize("seed", range(0, 60, 4))
def test_loans_and_trenches_are_planned_by_moves_within_what_highs_proves(seed: int, make: SimpleNamespace) -> None:
    actions, effects, budgets, settings = shared_case(make, seed)
    owners = enumerate(sorted(set(actions["owner"].to_pylist())))
    debts = {o: Debt(capacity_eur=20.0 + 10 * ((seed + n) % 5), rate=0.03, years=2 + seed % 4) for n, o in owners}
    together = msgspec.structs.replace(settings.together, debts=debts, targets=(), minimums=())
    settings = msgspec.structs.replace(settings, together=together)
    best = optimise(actions, effects, budgets, settings)
    plan = optimise(actions, effects, budgets, msgspec.structs.replace(settings, large_columns=0, seconds=1.0))
    assert verify(plan, actions, budgets, settings, effects) == []
    assert plan.bound >= best.objective - 0.05
    assert 0.9 * best.objective - 0.05 <= plan.objective <= best.objective + 0.05


def test_money_and_trenches_of_many_owners_bring_more_than_none(make: SimpleNamespace) -> None:
    """The whole model is the judge of what moves counted; the linear relaxation of what prices did."""
    question = instance(12, SEEDS[0], linked=True)
    part, bare = whole_part(question), instance(12, SEEDS[0])
    found, without = search(part, 4.0, seed=0), search(whole_part(bare), 4.0, seed=0)
    assert found is not None
    assert without is not None
    x, reached = found
    assert feasible(part.model, x)
    kinds = {kind: sum(float(v) for e, v in zip(part.extra, x[part.item.size :], strict=True) if e.kind == kind)
             for kind in ("loan", "trench")}  # fmt: skip
    assert min(kinds.values()) > 0
    assert reached > 1.02 * without[1]
    relaxed = maximise(msgspec.structs.replace(part.model, integer=np.zeros_like(part.model.integer)), Limits())
    prices = bound(part, 20.0, reached, pace=Pace(rounds=800))
    assert relaxed.bound - 1e-3 <= prices.bound <= 1.03 * relaxed.bound


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_lots_chosen_as_a_whole_bring_the_bound_nearer_and_never_across(seed: int, make: SimpleNamespace) -> None:
    actions, effects, budgets, settings = shared_case(make, seed)
    together = msgspec.structs.replace(settings.together, targets=(), minimums=())
    settings = msgspec.structs.replace(settings, together=together)
    problem = read_problem(actions, effects, budgets, settings)
    for items in components(problem, screen(problem)[0]):
        part = formulate(problem, items)
        best = maximise(part.model, Limits(gap=0.0)).objective
        prices = bound(part, 5.0, best, gap=0.0)
        nearer = closer(part, prices, 1.0, best, gap=0.0)
        assert best - 0.01 <= nearer.bound <= prices.bound + 1e-6


def test_lots_chosen_as_a_whole_bring_the_bound_of_many_owners_nearer() -> None:
    """What fractions of levels promise is more than lots can give."""
    part = whole_part(instance(12, SEEDS[0]))
    prices = bound(part, 4.0, 0.0)
    assert closer(part, prices, 3.0, 0.0).bound < 0.998 * prices.bound


def test_the_bound_uses_one_processor_and_rounds_the_same_whatever_their_number() -> None:
    """Threads of BLAS that wait by turning would take twice the processor of this one."""
    part = whole_part(instance(150, SEEDS[0]))
    everywhere, here = time.process_time(), time.thread_time()
    prices = bound(part, 60.0, 0.0, pace=Pace(rounds=30))
    everywhere, here = time.process_time() - everywhere, time.thread_time() - here
    assert prices.prices.size > 10_000
    assert everywhere < 1.3 * here + 0.2
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 100_000))
    assert dot(a, b) == pytest.approx(math.fsum(a * b), rel=1e-9)


def test_the_generator_is_what_it_says() -> None:
    question = instance(24, SEEDS[0])
    again = instance(24, SEEDS[0])
    assert question.actions.equals(again.actions)
    assert not question.actions.equals(instance(24, SEEDS[1]).actions)
    assert question.actions.num_rows == 24 * ACTIONS
    cost = question.actions["cost_eur"].to_numpy()
    money = question.budgets["budget_eur"].to_numpy()
    assert money.sum() == pytest.approx(0.05 * YEARS * cost.sum(), rel=1e-3)
    share = np.mean([bool(r) for r in question.actions["requires_all"].to_pylist()])
    assert 0.1 < share < 0.3
    lots = question.settings.together.lots
    assert len(lots) == 20
    assert [tier.rebate for tier in lots[0].tiers] == [0.02, 0.05, 0.08, 0.11, 0.14]


def test_a_group_of_owners_is_planned_with_its_bound() -> None:
    question = instance(12, SEEDS[0])
    quick = msgspec.structs.replace(
        question, settings=msgspec.structs.replace(question.settings, large_columns=1, seconds=6.0)
    )
    plan = answer(quick)
    assert verify(plan, quick.actions, quick.budgets, quick.settings, quick.effects) == []
    assert 0 < plan.gap < 0.35
    part = whole_part(question)
    relaxed = maximise(msgspec.structs.replace(part.model, integer=np.zeros_like(part.model.integer)), Limits())
    prices = bound(part, 20.0, plan.objective, pace=Pace(rounds=800))
    assert relaxed.bound - 1e-3 <= prices.bound <= 1.03 * relaxed.bound
    assert plan.bound >= plan.objective


def test_moves_find_nearly_the_best_plan_of_one_owner() -> None:
    """Of a knapsack of ten years with precedence, HiGHS proves the best value; moves come within 3 % of it."""
    question = instance(1, SEEDS[0])
    alone = msgspec.structs.replace(question.settings, together=Together())
    part = whole_part(msgspec.structs.replace(question, settings=alone))
    best = maximise(part.model, Limits(gap=3e-2, nodes=1, seconds=30.0))
    found = search(part, 2.0, seed=0)
    assert found is not None
    assert feasible(part.model, found[0])
    assert 0.97 * best.objective <= found[1] <= best.bound + 1e-6


def test_the_same_seed_gives_the_same_plan_and_another_time_a_good_one() -> None:
    part = whole_part(instance(30, SEEDS[1]))
    first, again, quick = search(part, 2.0, seed=3), search(part, 2.0, seed=3), search(part, 0.05, seed=3)
    assert first is not None
    assert again is not None
    assert quick is not None
    assert (first[0] == again[0]).all()
    assert feasible(part.model, quick[0])
    assert 0.5 * first[1] < quick[1] < first[1]


def test_owners_agree_on_the_years_of_a_purchase() -> None:
    """More than three quarters of the best rebate is won, where purchases spread evenly over the years win half of it."""
    part = whole_part(instance(60, SEEDS[0]))
    lots = read_lots(part)
    found = search(part, 4.0, seed=0)
    assert found is not None
    sums = lots.brought(found[0][: part.item.size])[: lots.size // 2]
    level = (sums[:, None] >= lots.opens).sum(axis=1)
    rebate = np.where(level > 0, lots.worth[np.arange(level.size), np.maximum(level - 1, 0)], 0.0) / lots.worth.max(axis=1)
    assert (rebate * sums).sum() / sums.sum() > 0.75


def whole_part(question: Question) -> Part:
    problem = read_problem(question.actions, question.effects, question.budgets, question.settings)
    return formulate(problem, components(problem, screen(problem)[0])[0])


def test_no_plan_is_said(make: SimpleNamespace) -> None:
    question = instance(2, SEEDS[0])
    poor = question.budgets.set_column(2, "budget_eur", [[1.0] * question.budgets.num_rows])
    ids = tuple(question.actions["id"].to_pylist()[:1])
    settings = msgspec.structs.replace(question.settings, large_columns=0, required=ids, seconds=1.0)
    with pytest.raises((SolverError, InfeasibleError)):
        answer(msgspec.structs.replace(question, budgets=poor, settings=settings))


def test_a_plan_that_gives_a_group_less_than_its_part_is_refused() -> None:
    question = instance(36, SEEDS[0])
    quick = msgspec.structs.replace(question.settings, large_columns=1, seconds=1.0)
    plan = answer(msgspec.structs.replace(question, settings=quick))
    most = msgspec.structs.replace(quick.together, minimums=(Minimum(by="group", fair=1.0),))
    assert verify(plan, question.actions, question.budgets, quick, question.effects) == []
    assert verify(plan, question.actions, question.budgets, msgspec.structs.replace(quick, together=most), question.effects)


def test_a_saving_of_trenches_that_is_not_there_is_refused(make: SimpleNamespace) -> None:
    actions, effects, budgets, settings = shared_case(make, 7)
    plan = optimise(actions, effects, budgets, settings)
    assert plan.trenches is not None
    wrong = plan.trenches.set_column(3, "saved_eur", [[a + 5.0 for a in plan.trenches["saved_eur"].to_pylist()]])
    assert plan.trenches.num_rows
    assert verify(msgspec.structs.replace(plan, trenches=wrong), actions, budgets, settings, effects)
