"""The plan on examples worked by hand, its invariants, and what it says when there is no plan."""

import contextlib
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from jumeau.errors import InfeasibleError, InputError, SolverError
from jumeau.invest import Settings, describe, optimise, verify, with_whole
from jumeau.invest.programme import combine
from jumeau.model.action import actions_table
from jumeau.model.estimate import Estimate
from jumeau.model.money import present_value

OWNER = "commune:34172"
OTHER = "commune:34057"


def solve(make: SimpleNamespace, actions: list[Any], savings: dict[str, Any], money: dict[str, Any], **fields: Any) -> Any:
    fields = {"first_year": 2027, "years": 2, "discount_rate": 0.0} | fields
    return optimise(actions_table(actions), make.effects(savings), make.budgets(money), Settings(**fields))


def years(programme: Any) -> dict[str, int]:
    return dict(zip(programme.chosen["action"].to_pylist(), programme.chosen["year"].to_pylist(), strict=True))


def reasons(programme: Any) -> dict[str, str]:
    return dict(zip(programme.left_out["action"].to_pylist(), programme.left_out["reason"].to_pylist(), strict=True))


def test_hand_computed_knapsack(make: SimpleNamespace) -> None:
    """100 € a year for two years; gains over ten years at 0 %: a 60->200-60=140, b 60->180-60=120, c 40->90-40=50.

    a+c in one year (100 €) and b in the other is the whole wish: 310.
    """
    actions = [make.action("a", 60.0), make.action("b", 60.0), make.action("c", 40.0)]
    programme = solve(make, actions, {"a": 20.0, "b": 18.0, "c": 9.0}, {OWNER: [100.0, 100.0]})
    assert programme.objective == pytest.approx(310)
    assert programme.gap == 0
    assert years(programme)["a"] != years(programme)["b"]
    assert programme.totals["cost_eur"].value == pytest.approx(160)
    assert sum(programme.spending["spent_eur"].to_pylist()) == pytest.approx(160)


def test_present_value_of_one_action(make: SimpleNamespace) -> None:
    """100 € now, 30 € a year for ten years from the next one at 4 %, running cost 5 €: the annuity formula."""
    actions = [make.action("a", 100.0, running_cost_eur_per_year=5.0)]
    programme = solve(make, actions, {"a": 30.0}, {OWNER: [100.0]}, years=1, discount_rate=0.04)
    assert programme.objective == pytest.approx(-100 + present_value([25.0] * 10, 0.04), rel=1e-9)
    assert programme.objective == pytest.approx(-100 + 25 * 8.110896, abs=1e-4)
    row = programme.chosen.to_pylist()[0]
    assert row["npv_eur_low"] < row["npv_eur"] < row["npv_eur_high"]
    down = np.hypot(30.0, 0.2 * 30 * 8.110896)
    assert row["npv_eur"] - row["npv_eur_low"] == pytest.approx(down, abs=1e-3)


def test_effects_stop_at_the_evaluation_horizon_and_at_the_end_of_life(make: SimpleNamespace) -> None:
    long = solve(make, [make.action("a", 10.0)], {"a": 5.0}, {OWNER: [10.0]}, years=1, evaluation_years=4)
    short = solve(make, [make.action("a", 10.0, lifetime_y=3)], {"a": 5.0}, {OWNER: [10.0]}, years=1)
    assert long.objective == pytest.approx(5.0)
    assert short.objective == pytest.approx(5.0)


def test_gateway_is_paid_once_by_its_owner_and_serves_its_beneficiaries(make: SimpleNamespace) -> None:
    epci = "epci:243400017"
    actions = [
        make.action("gateway", 50.0, epci, provides={"radio": 2.0}, beneficiaries=(OWNER, OTHER), assets=()),
        make.action("m1", 10.0, OWNER, consumes={"radio": 1.0}),
        make.action("m2", 10.0, OTHER, consumes={"radio": 1.0}),
        make.action("m3", 10.0, "commune:34001", consumes={"radio": 1.0}),
    ]
    money = {epci: [50.0, 0.0], OWNER: [10.0, 10.0], OTHER: [0.0, 10.0], "commune:34001": [10.0, 10.0]}
    programme = solve(make, actions, {"m1": 5.0, "m2": 5.0, "m3": 50.0}, money)
    assert years(programme) == {"gateway": 2027, "m1": 2027, "m2": 2028} or years(programme) == {
        "gateway": 2027,
        "m1": 2028,
        "m2": 2028,
    }
    assert reasons(programme) == {"m3": "not_beneficiary"}
    assert [c.owners for c in programme.components] == [(OTHER, OWNER, epci)]
    spent = {(r["owner"], r["year"]): r["spent_eur"] for r in programme.spending.to_pylist()}
    assert spent[epci, 2027] == 50


def test_one_gateway_of_an_epci_serves_lights_and_water_meters_of_several_owners(make: SimpleNamespace) -> None:
    """EPCI pays 100 for 30 places. Lights use 20 of them and gain 90, meters 10 and gain 60, a stranger's lights 5.

    Together 90 + 60 - 100 = 50 > 0; alone neither use pays the gateway. The stranger is no beneficiary and is told so.
    """
    epci, syndicat = "epci:243400017", "syndicat:eau"
    gateway = make.action("passerelle", 100.0, owner=epci, kind="gateway", provides={"passerelle:x": 30.0})
    gateway = msgspec.structs.replace(gateway, beneficiaries=(OWNER, syndicat), need="passerelle_iot", unit="passerelle")
    lights = make.action("lumieres", 10.0, requires_any=("passerelle",), consumes={"passerelle:x": 20.0})
    meters = make.action("compteurs", 40.0, owner=syndicat, field="water", consumes={"passerelle:x": 10.0})
    stranger = make.action("ailleurs", 10.0, owner=OTHER, consumes={"passerelle:x": 5.0})
    money = {owner: [200.0, 200.0] for owner in (epci, OWNER, syndicat, OTHER)}
    savings = {"lumieres": 10.0, "compteurs": 10.0, "ailleurs": 10.0}
    plan = solve(make, [gateway, lights, meters, stranger], savings, money)
    assert set(years(plan)) == {"passerelle", "lumieres", "compteurs"}
    assert reasons(plan) == {"ailleurs": "not_beneficiary"}
    assert plan.objective == pytest.approx(50.0)
    paid = {r["owner"]: r["cost_eur"] for r in plan.owners.to_pylist()}
    assert paid == {epci: 100.0, OWNER: 10.0, syndicat: 40.0, OTHER: 0.0}
    without = solve(make, [gateway, lights], {"lumieres": 10.0}, money)
    assert without.chosen.num_rows == 0


def test_a_gateway_without_enough_users_is_not_built(make: SimpleNamespace) -> None:
    actions = [make.action("gateway", 50.0, provides={"radio": 2.0}), make.action("m", 10.0, consumes={"radio": 1.0})]
    programme = solve(make, actions, {"m": 5.0}, {OWNER: [100.0, 0.0]})
    assert programme.chosen.num_rows == 0
    assert programme.objective == 0


def test_carry_over_lets_two_years_pay_one_action(make: SimpleNamespace) -> None:
    actions = [make.action("a", 150.0)]
    assert solve(make, actions, {"a": 50.0}, {OWNER: [100.0, 100.0]}).chosen.num_rows == 0
    programme = solve(make, actions, {"a": 50.0}, {OWNER: [100.0, 100.0]}, carry_over=True)
    assert years(programme) == {"a": 2028}
    assert programme.spending["available_eur"].to_pylist() == [100.0, 200.0]


def test_owners_with_nothing_in_common_are_solved_apart_and_alike(make: SimpleNamespace) -> None:
    first = [make.action("a", 60.0), make.action("b", 60.0)]
    second = [make.action("c", 60.0, OTHER)]
    money = {OWNER: [60.0, 0.0], OTHER: [60.0, 0.0]}
    both = solve(make, first + second, {"a": 20.0, "b": 18.0, "c": 9.0}, money)
    alone = solve(make, first, {"a": 20.0, "b": 18.0}, money)
    assert len(both.components) == 2
    assert both.objective == pytest.approx(alone.objective + 30)
    assert sum(c.bound for c in both.components) == pytest.approx(both.bound)


def test_what_is_unknown_is_listed_and_never_chosen(make: SimpleNamespace) -> None:
    actions = [
        make.action("no_cost", None),
        make.action("no_effect", 10.0),
        make.action("follows", 10.0, requires_all=("no_cost",)),
        make.action("absent", 10.0, requires_all=("ghost",)),
        make.action("poor", 10.0, OTHER),
        make.action("late", 10.0, latest_year=2020),
        make.action("starved", 10.0, consumes={"radio": 1.0}),
        make.action("useless", 10.0),
        make.action("huge", 100.5),
        make.action("after_huge", 1.0, requires_all=("huge",)),
        make.action("good", 10.0),
    ]
    known = {"no_cost", "follows", "absent", "poor", "late", "starved", "good", "huge", "after_huge"}
    savings: dict[str, float | None] = dict.fromkeys(sorted(known), 5.0) | {"no_effect": None, "useless": 0.5}
    programme = solve(make, actions, savings, {OWNER: [100.0, None]})
    assert set(years(programme)) == {"good"}
    assert reasons(programme) == {
        "no_cost": "unknown_cost",
        "no_effect": "unknown_effect",
        "follows": "missing_requirement",
        "absent": "missing_requirement",
        "poor": "no_budget",
        "late": "window",
        "starved": "capacity",
        "useless": "no_gain",
        "huge": "too_expensive",
        "after_huge": "missing_requirement",
    }
    assert any("hypothèses" in line for line in describe(programme)) is False
    assert any("sans budget connu" in line for line in programme.caveats)
    assert "écart 0,00 %" in describe(programme)[1]


def test_hypothetical_budgets_are_said(make: SimpleNamespace) -> None:
    actions = actions_table([make.action("a", 10.0)])
    money = make.budgets({OWNER: [10.0]}, hypothesis=True)
    programme = optimise(actions, make.effects({"a": 5.0}), money, Settings(first_year=2027, years=1))
    assert programme.spending["hypothesis"].to_pylist() == [True]
    assert any("hypothèses à confirmer" in line for line in programme.caveats)


def test_required_study_is_done_though_it_brings_nothing(make: SimpleNamespace) -> None:
    actions = [make.action("study", 30.0, kind="inventory"), make.action("a", 80.0)]
    free = solve(make, actions, {"a": 20.0}, {OWNER: [100.0, 0.0]})
    forced = solve(make, actions, {"a": 20.0}, {OWNER: [100.0, 0.0]}, required=("study",))
    valued = solve(make, actions, {"a": 20.0}, {OWNER: [100.0, 30.0]}, kind_value_eur={"inventory": 31.0})
    assert years(free) == {"a": 2027}
    assert years(forced) == {"study": 2027}
    assert set(years(valued)) == {"study", "a"}


def test_saving_of_an_indicator_can_be_maximised(make: SimpleNamespace) -> None:
    actions = actions_table([make.action("a", 60.0), make.action("b", 60.0)])
    effects = pa.concat_tables(
        [make.effects({"a": 1.0, "b": 9.0}), make.effects({"a": 70.0, "b": 40.0}, "lighting_annual_energy_kwh", "kWh/an")]
    )
    money = make.budgets({OWNER: [60.0]})
    settings = Settings(first_year=2027, years=1, maximise="lighting_annual_energy_kwh")
    programme = optimise(actions, effects, money, settings)
    assert years(programme) == {"a": 2027}
    assert programme.objective == pytest.approx(700)
    assert programme.chosen["npv_eur"].null_count == 1


def test_whole_effect_stands_beside_the_sum_of_single_effects(make: SimpleNamespace) -> None:
    programme = solve(make, [make.action("a", 10.0), make.action("b", 10.0)], {"a": 20.0, "b": 18.0}, {OWNER: [20.0, 0.0]})
    whole = with_whole(
        programme, {make.saving: Estimate(-30.0, -35.0, -25.0, "€/an"), "other": Estimate(None, None, None, "x")}
    )
    assert whole.whole is not None
    first, second = whole.whole.to_pylist()
    assert (first["sum_of_effects"], first["whole"], first["difference"]) == (pytest.approx(-38.0), -30.0, pytest.approx(8.0))
    assert second["difference"] is None


def test_prices_of_other_years_are_converted_and_said(make: SimpleNamespace) -> None:
    actions = [make.action("a", 100.0, price_year=2025)]
    programme = solve(make, actions, {"a": 50.0}, {OWNER: [200.0]}, years=1)
    assert programme.chosen["cost_eur"].to_pylist() == [pytest.approx(104.04)]
    assert any("2 % par an" in line for line in programme.caveats)


def test_missing_money_is_named(make: SimpleNamespace) -> None:
    with pytest.raises(InfeasibleError, match=r"commune:34172 en 202\d : 20 €"):
        solve(make, [make.action("a", 120.0)], {"a": 50.0}, {OWNER: [100.0, 100.0]}, required=("a",))


def test_clashing_obligations_are_named(make: SimpleNamespace) -> None:
    actions = [make.action("a", 10.0, excludes=("b",)), make.action("b", 10.0)]
    with pytest.raises(InfeasibleError, match=r"ensemble \(exclusion, ordre, capacité\) : [ab]\."):
        solve(make, actions, {"a": 5.0, "b": 5.0}, {OWNER: [100.0, 100.0]}, required=("a", "b"))


def test_a_required_action_that_cannot_enter_is_named(make: SimpleNamespace) -> None:
    with pytest.raises(InfeasibleError, match=r"« a » .* Coût inconnu"):
        solve(make, [make.action("a", None)], {"a": 5.0}, {OWNER: [100.0, 100.0]}, required=("a",))


@pytest.mark.parametrize(
    ("fields", "settings", "message"),
    [
        ({"cost_eur": -1.0}, {}, "cost_eur"),
        ({"running_cost_eur_per_year": float("nan")}, {}, "running_cost"),
        ({"lifetime_y": 0}, {}, "durée de vie"),
        ({"provides": {"radio": -2.0}}, {}, "radio"),
        ({}, {"required": ("z",)}, "« z »"),
        ({}, {"fixed": {"a": 2050}}, "2050"),
        ({}, {"years": 0}, "years"),
        ({}, {"maximise": "beauté"}, "beauté"),
    ],
)
def test_bad_input_is_refused(make: SimpleNamespace, fields: Any, settings: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        solve(make, [make.action("a", **fields)], {"a": 5.0}, {OWNER: [100.0, 100.0]}, **settings)


def test_precedence_in_a_circle_shows_the_circle(make: SimpleNamespace) -> None:
    actions = [
        make.action("a", requires_all=("b",)),
        make.action("b", requires_any=("c",)),
        make.action("c", requires_all=("a",)),
    ]
    with pytest.raises(InputError, match="a -> b -> c -> a"):
        solve(make, actions, {}, {OWNER: [100.0, 100.0]})


def test_duplicate_and_negative_budget(make: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="figure deux fois"):
        solve(make, [make.action("a"), make.action("a")], {}, {OWNER: [100.0]})
    with pytest.raises(InputError, match="commune:34172"):
        solve(make, [make.action("a")], {}, {OWNER: [-1.0]})


def test_a_plan_cut_short_is_never_called_proved(make: SimpleNamespace) -> None:
    """No time at all: either an error, or a plan that says it was stopped and still carries a true bound."""
    rng = np.random.default_rng(3)
    names = [f"a{i:03d}" for i in range(300)]
    actions = actions_table([make.action(n, float(rng.integers(50, 150))) for n in names])
    effects = make.effects({n: float(rng.integers(10, 40)) for n in names})
    money = make.budgets({OWNER: [997.0] * 10})
    fields = {"first_year": 2027, "gap": 0.0}
    full = optimise(actions, effects, money, Settings(**fields, seconds=5.0))
    cut = attempt(actions, effects, money, Settings(**fields, seconds=1e-6))
    assert cut is None or (cut.status == "stopped" and cut.bound >= full.objective - 1e-6)
    assert cut is None or "arrêté avant la preuve" in describe(cut)[1]
    assert full.gap < 0.02
    assert full.objective > 0


def attempt(*tables: Any) -> Any:
    """The programme, or None when the solver says it has none."""
    with contextlib.suppress(SolverError):
        return optimise(*tables)
    return None


def test_the_check_sees_each_broken_rule(make: SimpleNamespace) -> None:
    settings = Settings(first_year=2027, years=2)
    actions = actions_table(
        [
            make.action("a", 60.0, excludes=("b",)),
            make.action("b", 60.0, requires_all=("c",)),
            make.action("c", 10.0, consumes={"radio": 1.0}),
            make.action("d", 10.0, latest_year=2027),
        ]
    )
    money = make.budgets({OWNER: [100.0, 10.0]})
    good = optimise(actions, make.effects({"d": 5.0}), money, settings)
    rows = [
        good.chosen.to_pylist()[0] | {"action": n, "year": y} for n, y in (("a", 2027), ("b", 2027), ("c", 2028), ("d", 2028))
    ]
    import msgspec

    bad = msgspec.structs.replace(good, chosen=pa.Table.from_pylist(rows, schema=good.chosen.schema))
    said = " ".join(verify(bad, actions, money, settings))
    for word in (
        "s'excluent",
        "avant c",
        "dépasse son budget de 20.00",
        "capacité « radio » est dépassée",
        "action d est placée",
    ):
        assert word in said


def test_totals_add_errors_within_a_need_and_combine_them_between_needs() -> None:
    value, low, high = np.array([10.0, 10.0, 10.0]), np.array([7.0, 7.0, 2.0]), np.array([13.0, 13.0, 18.0])
    total = combine(value, low, high, np.array(["x", "x", "y"], dtype=object), "€")
    assert (total.low, total.value, total.high) == (pytest.approx(20.0), 30.0, pytest.approx(40.0))


@effort(max_examples=40, deadline=None)
@given(seed=st.integers(1000, 10_000))
def test_invariants(make: SimpleNamespace, seed: int) -> None:
    """Row order changes nothing; more money never hurts; the objective is the sum of its rows; nothing is lost."""
    actions, effects, budgets, fields = make.random_case(seed)
    settings = Settings(**fields)
    programme = optimise(actions, effects, budgets, settings)
    shuffled = np.random.default_rng(seed).permutation(actions.num_rows)
    again = optimise(actions.take(shuffled), effects, budgets, settings)
    assert again.chosen.equals(programme.chosen)
    richer = budgets.set_column(2, "budget_eur", pa.array([b * 2 for b in budgets["budget_eur"].to_pylist()]))
    assert optimise(actions, effects, richer, settings).objective >= programme.objective - 1e-6
    assert sum(programme.chosen["npv_eur"].to_pylist()) == pytest.approx(programme.objective, abs=1e-6)
    assert programme.chosen.num_rows + programme.left_out.num_rows == actions.num_rows


@pytest.mark.parametrize("seed", range(6))
def test_a_search_stopped_at_once_still_has_a_bound(seed: int, make: SimpleNamespace) -> None:
    actions, effects, budgets, fields = make.random_case(seed)
    best = optimise(actions, effects, budgets, Settings(**fields))
    quick = optimise(actions, effects, budgets, Settings(**fields, seconds=1e-9, exact=True))
    assert best.objective - 0.01 <= quick.bound < float("inf")
    assert all(c.bound < float("inf") for c in quick.components)
