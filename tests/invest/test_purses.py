"""Purses: water money pays for water alone; the main budget balances it only where that is said, and never the reverse."""

from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from jumeau.errors import InputError
from jumeau.invest import Debt, Programme, Settings, Together, optimise, verify

OWNER, WATER = "commune:34172", "commune:34172/eau"
PURSES = {"water": "eau"}


def plan(make: SimpleNamespace, money: dict[str, list[float | None]], **together: Any) -> tuple[Programme, list[str]]:
    """A luminaire and a pipe of 100 € each."""
    both = [make.action("led", 100.0), make.action("pipe", 100.0, field="water", kind="pipe")]
    actions, effects, budgets = make.actions(both), make.effects({"led": 30.0, "pipe": 40.0}), make.budgets(money)
    settings = Settings(first_year=2027, years=2, together=Together(purses=PURSES, **together))
    found = optimise(actions, effects, budgets, settings)
    return found, verify(found, actions, budgets, settings, effects)


def years(found: Programme) -> dict[str, int]:
    return dict(zip(found.chosen["action"].to_pylist(), found.chosen["year"].to_pylist(), strict=True))


def test_no_money_goes_from_one_budget_to_another(make: SimpleNamespace) -> None:
    for money, done in (
        ({OWNER: [200.0, 0.0]}, {"led": 2027}),
        ({WATER: [200.0, 0.0]}, {"pipe": 2027}),
        ({OWNER: [100.0, 0.0], WATER: [0.0, 100.0]}, {"led": 2027, "pipe": 2028}),
        ({OWNER: [200.0, 200.0], WATER: [99.0, 99.0]}, {"led": 2027}),
    ):
        found, wrong = plan(make, money)
        assert years(found) == done
        assert wrong == []


def test_what_has_no_budget_says_which_one_to_give(make: SimpleNamespace) -> None:
    found, _ = plan(make, {OWNER: [200.0, 0.0]})
    assert WATER in found.left_out["explanation"][0].as_py()


def test_a_main_budget_balances_water_where_that_is_said_and_water_never_pays_it_back(make: SimpleNamespace) -> None:
    found, wrong = plan(make, {OWNER: [150.0, 0.0], WATER: [60.0, 0.0]}, balanced={OWNER: "travaux trop lourds"})
    assert years(found) == {"led": 2027, "pipe": 2027}
    assert wrong == []
    assert found.transfers is not None
    assert found.transfers.to_pylist() == [{"owner": WATER, "year": 2027, "amount_eur": pytest.approx(40.0)}]
    found, wrong = plan(make, {OWNER: [0.0, 0.0], WATER: [260.0, 0.0]}, balanced={OWNER: "travaux trop lourds"})
    assert years(found) == {"pipe": 2027}


def test_a_gift_no_rule_allows_is_refused_by_the_check(make: SimpleNamespace) -> None:
    money: dict[str, list[float | None]] = {OWNER: [200.0, 0.0], WATER: [0.0, 0.0]}
    found, wrong = plan(make, money, balanced={OWNER: "essai"})
    assert wrong == []
    assert found.transfers is not None
    assert found.transfers.num_rows == 1
    both = make.actions([make.action("led", 100.0), make.action("pipe", 100.0, field="water", kind="pipe")])
    strict = Settings(first_year=2027, years=2, together=Together(purses=PURSES))
    wrong = verify(found, both, make.budgets(money), strict)
    assert any("aucune règle" in line for line in wrong)
    assert any("dépasse son budget" in line for line in wrong)


def test_a_purse_that_is_not_one_is_refused(make: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="caisse"):
        optimise(
            make.actions([make.action("led", 1.0)]), make.effects({"led": 1.0}), make.budgets({OWNER: [1.0]}),
            Settings(first_year=2027, years=1, together=Together(purses={"water": "caisse"})),
        )  # fmt: skip


def mixed(make: SimpleNamespace, seed: int) -> tuple[pa.Table, pa.Table, pa.Table, dict[str, Any]]:
    """A random programme in which half of the works are paid by water budgets."""
    actions, effects, budgets, fields = make.random_case(seed)
    rng = np.random.default_rng(seed + 5)
    rows = [row | {"field": str(rng.choice(["lighting", "water"])), "beneficiaries": []} for row in actions.to_pylist()]
    money = budgets.to_pylist()
    money += [row | {"owner": row["owner"] + "/eau", "budget_eur": float(rng.integers(0, 70))} for row in money]
    return pa.Table.from_pylist(rows, actions.schema), effects, pa.Table.from_pylist(money, budgets.schema), fields


@pytest.mark.parametrize("seed", range(30))
def test_purses_are_as_good_as_owners_of_their_own(seed: int, make: SimpleNamespace) -> None:
    """The same programme where each purse is an owner apart, which the tests against CP-SAT cover, has the same optimum."""
    actions, effects, budgets, fields = mixed(make, seed)
    settings = Settings(**fields, together=Together(purses=PURSES))
    apart = [row | {"owner": row["owner"] + "/eau" * (row["field"] == "water")} for row in actions.to_pylist()]
    other = optimise(pa.Table.from_pylist(apart, actions.schema), effects, budgets, Settings(**fields))
    found = optimise(actions, effects, budgets, settings)
    assert found.objective == pytest.approx(other.objective, abs=0.01)
    assert verify(found, actions, budgets, settings, effects) == []


@pytest.mark.parametrize("seed", range(30))
def test_balanced_purses_stand_between_separate_ones_and_one_purse(seed: int, make: SimpleNamespace) -> None:
    actions, effects, budgets, fields = mixed(make, seed)
    owners = sorted(set(actions["owner"].to_pylist()))
    debts = {owners[0]: Debt(capacity_eur=30.0)} if seed % 2 else {}
    strict = Settings(**fields, together=Together(purses=PURSES, debts=debts))
    loose = Settings(**fields, together=Together(purses=PURSES, debts=debts, balanced=dict.fromkeys(owners, "essai")))
    one = Settings(**fields, together=Together(debts=debts))
    pooled = [row | {"owner": row["owner"].removesuffix("/eau")} for row in budgets.to_pylist()]
    low, mid = (optimise(actions, effects, budgets, s) for s in (strict, loose))
    high = optimise(actions, effects, pa.Table.from_pylist(pooled, budgets.schema), one)
    moved = optimise(actions, effects, budgets, msgspec.structs.replace(loose, large_columns=0, seconds=0.5))
    assert low.objective <= mid.objective + 0.01 <= high.objective + 0.02
    assert verify(mid, actions, budgets, loose, effects) == []
    assert verify(moved, actions, budgets, loose, effects) == []
    assert 0.9 * mid.objective - 0.05 <= moved.objective <= mid.objective + 0.05
    assert moved.bound >= mid.objective - 0.05
