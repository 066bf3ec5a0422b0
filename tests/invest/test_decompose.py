"""Large parts: the plan keeps every limit, the bound is never crossed and comes near the linear relaxation's."""

from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from tests.invest.test_pooling_cpsat import Second, possible_in, shared_case

from jumeau.errors import InfeasibleError, SolverError
from jumeau.invest import optimise, verify
from jumeau.invest.dual import bound
from jumeau.invest.formulation import formulate
from jumeau.invest.instances import ACTIONS, SEEDS, YEARS, instance
from jumeau.invest.problem import read_problem
from jumeau.invest.question import answer
from jumeau.invest.screen import components, screen
from jumeau.kernels.highs import Limits, maximise


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_between_the_plan_and_the_bound_stands_the_optimum(seed: int, make: SimpleNamespace) -> None:
    actions, effects, budgets, settings = shared_case(make, seed)
    together = msgspec.structs.replace(settings.together, trench_share={}, targets=(), minimums=())
    settings = msgspec.structs.replace(settings, together=together, large_columns=0, seconds=2.0)
    best = Second(actions, effects, budgets, settings, possible_in(actions, effects, budgets, settings)).best()
    assert best is not None
    plan = optimise(actions, effects, budgets, settings)
    assert verify(plan, actions, budgets, settings, effects) == []
    assert plan.objective <= best + 0.05
    assert plan.bound >= best - 0.05
    assert plan.objective >= 0.9 * best - 0.05


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
    problem = read_problem(question.actions, question.effects, question.budgets, question.settings)
    part = formulate(problem, components(problem, screen(problem)[0])[0])
    relaxed = maximise(msgspec.structs.replace(part.model, integer=np.zeros_like(part.model.integer)), Limits())
    prices = bound(part, 20.0, plan.objective, rounds=800)
    assert relaxed.bound - 1e-3 <= prices.bound <= 1.03 * relaxed.bound
    assert plan.bound >= plan.objective


def test_no_plan_is_said(make: SimpleNamespace) -> None:
    question = instance(2, SEEDS[0])
    poor = question.budgets.set_column(2, "budget_eur", [[1.0] * question.budgets.num_rows])
    ids = tuple(question.actions["id"].to_pylist()[:1])
    settings = msgspec.structs.replace(question.settings, large_columns=0, required=ids, seconds=1.0)
    with pytest.raises((SolverError, InfeasibleError)):
        answer(msgspec.structs.replace(question, budgets=poor, settings=settings))
