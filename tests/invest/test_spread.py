"""Parts solved elsewhere: the plan and its errors are those of one process, whatever the number of workers."""

import importlib
from types import SimpleNamespace

import numpy as np
import pytest

from jumeau.compute.local import LocalExecutor
from jumeau.errors import InfeasibleError
from jumeau.invest import Settings
from jumeau.invest.programme import Programme
from jumeau.invest.question import Question, answer
from jumeau.model.action import actions_table

YEARS = 4


def apart(make: SimpleNamespace, owners: int = 5, works: int = 20, **settings: object) -> Question:
    """Owners with nothing in common, enough to be worth several processes."""
    rng = np.random.default_rng(7)
    names = [f"commune:{o:05d}" for o in range(owners)]
    actions = [make.action(f"{n[-5:]}-{k:02d}", float(rng.integers(50, 900)), n) for n in names for k in range(works)]
    effects = make.effects({a.id: float(rng.integers(10, 200)) for a in actions})
    budgets = make.budgets({n: [float(rng.integers(500, 900))] * YEARS for n in names})
    asked = Settings(first_year=2027, years=YEARS, carbon=False, nodes=5, **settings)  # type: ignore[arg-type]
    return Question(actions_table(actions), effects, budgets, asked)


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts this small would be solved here."""
    monkeypatch.setattr(importlib.import_module("jumeau.invest.optimise"), "WORTH_SPREADING", -1)


def said(plan: Programme) -> tuple[object, ...]:
    parts = [(c.number, c.owners, c.objective, c.bound, c.status) for c in plan.components]
    return plan.chosen, plan.left_out, plan.spending, plan.objective, plan.bound, parts


@pytest.mark.parametrize("workers", [1, 2])
def test_the_plan_does_not_depend_on_the_workers(make: SimpleNamespace, workers: int) -> None:
    question = apart(make)
    alone = answer(question)
    assert len(alone.components) == 5
    executor = LocalExecutor(workers)
    try:
        spread = answer(question, executor.map)
        assert executor.pids
    finally:
        executor.close()
    assert said(spread) == said(alone)


def test_what_cannot_be_is_said_from_a_worker_as_from_here(make: SimpleNamespace) -> None:
    question = apart(make, required=("00003-07", "00001-02"))
    poor = question.budgets.set_column(
        2, "budget_eur", [[1.0 if o == "commune:00003" else 700.0 for o in question.budgets["owner"].to_pylist()]]
    )
    refused = Question(question.actions, question.effects, poor, question.settings)
    with pytest.raises(InfeasibleError) as here:
        answer(refused)
    executor = LocalExecutor(2)
    try:
        with pytest.raises(InfeasibleError) as there:
            answer(refused, executor.map)
    finally:
        executor.close()
    assert str(there.value) == str(here.value)
    assert "commune:00003" in str(there.value)
