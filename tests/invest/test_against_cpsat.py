"""HiGHS against CP-SAT: the same small random programmes written a second time from the tables, by another solver."""

from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from ortools.sat.python import cp_model

from jumeau.invest import Settings, optimise, verify

SCALE = 10_000


def gain(row: dict[str, Any], effects: list[dict[str, Any]], s: Settings, year: int) -> float:
    """Net present value of an action done in `year`, by plain sums."""
    here = year - s.first_year
    total = -row["cost_eur"] / (1 + s.discount_rate) ** here
    for effect in effects:
        for later in range(effect["from_year"], min(effect["to_year"], row["lifetime_y"]) + 1):
            if here + later < s.evaluation_years:
                total -= effect["value"] / (1 + s.discount_rate) ** (here + later)
    return total


def second_optimum(actions: pa.Table, effects: pa.Table, budgets: pa.Table, s: Settings) -> float:
    rows = {r["id"]: r for r in actions.to_pylist()}
    by_action: dict[str, list[dict[str, Any]]] = {a: [] for a in rows}
    for effect in effects.to_pylist():
        by_action[effect["action"]].append(effect)
    years = range(s.first_year, s.first_year + s.years)
    model = cp_model.CpModel()
    done = {(a, y): model.new_bool_var(f"{a} {y}") for a in rows for y in years}
    by = {(a, y): sum(done[a, z] for z in years if z <= y) for a in rows for y in years}
    served: dict[str, set[str] | None] = dict.fromkeys(s.capacity)
    for row in rows.values():
        for name, _ in row["provides"] or ():
            known = served.get(name, set())
            served[name] = (
                None if known is None or not row["beneficiaries"] else {*known, row["owner"], *row["beneficiaries"]}
            )
    for a, row in rows.items():
        model.add(sum(done[a, y] for y in years) <= 1)
        for y in years:
            if y < (row["earliest_year"] or y) or y > (row["latest_year"] or y):
                model.add(done[a, y] == 0)
            for other in row["requires_all"] or ():
                model.add(by[a, y] <= by[other, y])
            if row["requires_any"]:
                model.add(by[a, y] <= sum(by[other, y] for other in row["requires_any"]))
            for name, _ in row["consumes"] or ():
                who = served.get(name, set())
                if who is not None and row["owner"] not in who:
                    model.add(done[a, y] == 0)
        for other in row["excludes"] or ():
            if other != a:
                model.add(by[a, years[-1]] + by[other, years[-1]] <= 1)
    for y in years:
        for name in {n for r in rows.values() for side in ("provides", "consumes") for n, _ in r[side] or ()}:
            balance = sum(int(dict(r["provides"] or ()).get(name, 0)) * by[a, y] for a, r in rows.items())
            balance -= sum(int(dict(r["consumes"] or ()).get(name, 0)) * by[a, y] for a, r in rows.items())
            model.add(balance + int(s.capacity.get(name, 0)) >= 0)
    money = {(r["owner"], r["year"]): int(r["budget_eur"]) for r in budgets.to_pylist()}
    for owner in {r["owner"] for r in rows.values()}:
        mine = [a for a, r in rows.items() if r["owner"] == owner]
        for y in years:
            past = [z for z in years if (z <= y if s.carry_over else z == y)]
            spent = sum(int(rows[a]["cost_eur"]) * done[a, z] for a in mine for z in past)
            model.add(spent <= sum(money.get((owner, z), 0) for z in past))
    value = {(a, y): round(SCALE * gain(rows[a], by_action[a], s, y)) for a, y in done}
    model.maximize(sum(value[k] * done[k] for k in done))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return float(solver.objective_value) / SCALE


@pytest.mark.parametrize("seed", range(120))
def test_same_optimum(seed: int, make: SimpleNamespace) -> None:
    actions, effects, budgets, fields = make.random_case(seed)
    settings = Settings(**fields)
    programme = optimise(actions, effects, budgets, settings)
    assert programme.objective == pytest.approx(second_optimum(actions, effects, budgets, settings), abs=0.01)
    assert programme.bound >= programme.objective
    assert programme.status == "optimal"
    assert verify(programme, actions, budgets, settings) == []


@pytest.mark.parametrize("seed", range(0, 120, 3))
def test_the_plan_by_windows_never_passes_its_bound_and_the_search_after_it_ends_it(seed: int, make: SimpleNamespace) -> None:
    actions, effects, budgets, fields = make.random_case(seed)
    best = second_optimum(actions, effects, budgets, Settings(**fields))
    quick = optimise(actions, effects, budgets, Settings(**fields, exact_columns=0))
    whole = optimise(actions, effects, budgets, Settings(**fields, exact_columns=0, exact=True))
    assert quick.objective <= best + 0.01
    assert quick.bound >= best - 0.01
    assert quick.objective >= 0.97 * best - 0.01
    assert whole.objective == pytest.approx(best, abs=0.01)
    assert verify(quick, actions, budgets, Settings(**fields)) == []


def test_the_random_programmes_use_every_constraint(make: SimpleNamespace) -> None:
    used = set()
    for seed in range(120):
        actions, _, _, fields = make.random_case(seed)
        for row in actions.to_pylist():
            used |= {n for n in ("requires_all", "requires_any", "excludes", "provides", "consumes") if row[n]}
        used |= {"carry_over"} if fields["carry_over"] else set()
    assert used == {"requires_all", "requires_any", "excludes", "provides", "consumes", "carry_over"}
