"""Actions read as columns say what they say row by row."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from tests.invest.test_pooling_cpsat import shared_case

from jumeau.invest import Settings
from jumeau.invest.encoded import Encoded, groups, joint
from jumeau.invest.funders import Mode
from jumeau.invest.instances import SEEDS, instance
from jumeau.invest.problem import Problem, read_problem
from jumeau.invest.together import Envelope, Together, Who, held_by


def possible(row: dict[str, Any], cost: int, s: Settings) -> list[Mode]:
    """The ways to pay one action, by exact fractions: without a grant, by each envelope, by all within the ceiling."""
    together, plan = s.together, range(s.years)
    alone = []
    for n, e in enumerate(together.envelopes):
        amount = int(e.rate * cost) if e.ceiling_eur is None else min(int(e.rate * cost), int(e.ceiling_eur * 100))
        if amount > 0 and e.who.holds(row) and (row["id"], e.name) not in together.refused:
            alone.append((n, amount, {y for y in plan if amount <= e.amounts.get(s.first_year + y, -1.0) * 100}))
    most = int(together.ceilings.get(row["kind"], together.ceiling) * cost)
    out = [Mode((), cost, frozenset(plan))]
    for some in [[one] for one in alone] + ([alone] if len(alone) > 1 else []):
        total, years = sum(a for _, a, _ in some), set(plan).intersection(*(y for *_, y in some))
        given = tuple((n, int(a * min(Fraction(1), Fraction(most, total)))) for n, a, _ in some)
        if years:
            out.append(Mode(given, cost - sum(a for _, a in given), frozenset(years)))
    return out


def read(question: Any) -> Problem:
    return read_problem(question.actions, question.effects, question.budgets, question.settings)


@pytest.mark.parametrize("seed", range(30))
def test_ways_to_pay_are_those_of_each_action_alone(seed: int, make: SimpleNamespace) -> None:
    actions, effects, budgets, settings = shared_case(make, seed)
    rng = np.random.default_rng(seed)
    names = [e.name for e in settings.together.envelopes]
    refused = tuple((a, str(rng.choice(names))) for a in actions["id"].to_pylist()[::4]) if names else ()
    together = msgspec.structs.replace(settings.together, refused=refused, ceilings={"led": float(rng.uniform(0.2, 0.7))})
    settings = msgspec.structs.replace(settings, together=together)
    problem = read_problem(actions, effects, budgets, settings)
    for item, row in zip(problem.items, problem.table.to_pylist(), strict=True):
        assert list(item.modes) == possible(row, item.cost_cents or 0, settings)
    assert problem.items.modes.least.tolist() == [min(m.net_cents for m in item.modes) for item in problem.items]


def test_a_large_amount_is_shared_to_the_cent(make: SimpleNamespace) -> None:
    """Products of cents that 64 bits do not hold."""
    cost = 70_000_000_000.0
    envelopes = tuple(Envelope(name=n, rate=r, amounts={2027: 1e11}) for n, r in (("a", 0.7), ("b", 0.33)))
    settings = Settings(first_year=2027, years=1, together=Together(envelopes=envelopes))
    actions, effects = make.actions([make.action("a", cost)]), make.effects({"a": 1.0})
    problem = read_problem(actions, effects, make.budgets({"commune:34172": [1e11]}), settings)
    (item,) = problem.items
    assert list(item.modes) == possible(problem.table.to_pylist()[0], item.cost_cents or 0, settings)


def test_what_is_held_and_who_pays_is_said_the_same_of_a_row_and_of_a_table(make: SimpleNamespace) -> None:
    rows = [make.action(f"a{n}", owner=("commune:1", "syndicat:2")[n % 2], field=("water", "lighting")[n // 2 % 2],
                        kind=f"k{n % 3}", need=f"n{n % 5}") for n in range(30)]  # fmt: skip
    table = make.actions(rows)
    whose = [Who(), Who(kinds=("k1",)), Who(fields=("water",), needs=("n0", "n4")), Who(actions=("a7",)), Who(owners=("x",))]
    plain = [(i, n) for i, row in enumerate(table.to_pylist()) for n, who in enumerate(whose) if who.holds(row)]
    row, number = held_by(Encoded(table), whose)
    assert list(zip(row.tolist(), number.tolist(), strict=True)) == plain
    for purses in ({}, {"water": "eau", "k2": "assainissement", "n3": "eau"}):
        together = Together(purses=purses)
        assert list(together.purses_of(Encoded(table))) == [together.purse(row) for row in table.to_pylist()]


def test_rows_alike_have_one_number() -> None:
    a, b = np.array([2, 1, 2, 2, 1]), np.array([0, 0, 5, 0, 0])
    first, number = joint(a, b)
    assert number[0] == number[3] != number[2]
    assert number[1] == number[4]
    assert [(a[i], b[i]) for i in first[number]] == list(zip(a, b, strict=True))
    assert {k: v.tolist() for k, v in groups(np.arange(5), a).items()} == {1: [1, 4], 2: [0, 2, 3]}
    assert groups(np.zeros(0, np.int64), np.zeros(0, np.int64)) == {}


def test_a_question_without_any_action_is_read(make: SimpleNamespace) -> None:
    question = instance(1, SEEDS[0])
    empty = msgspec.structs.replace(question, actions=question.actions.slice(0, 0), effects=question.effects.slice(0, 0))
    assert len(read(empty).items) == 0


def test_a_null_is_no_word() -> None:
    codes = Encoded(pa.table({"x": pa.array(["b", None, "a", "b"])}))["x"]
    assert list(codes) == ["b", None, "a", "b"]
    assert codes.among(("b",)).tolist() == [True, False, False, True]
    assert codes.map({"a": 2.0}, 7.0).tolist() == [7.0, 7.0, 2.0, 7.0]
