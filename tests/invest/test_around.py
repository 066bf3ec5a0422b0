"""Around a plan: explained, taken up again, traded against an indicator, weighed in other futures, asked for in a file."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from jumeau.errors import InfeasibleError, InputError
from jumeau.invest import (
    Deadline,
    Debt,
    Envelope,
    Lot,
    Minimum,
    Settings,
    Target,
    Tier,
    Together,
    Who,
    optimise,
    verify,
)
from jumeau.invest.binding import binding, leaving
from jumeau.invest.explain import Desk
from jumeau.invest.options import read_options, settings_of
from jumeau.invest.pareto import front
from jumeau.invest.question import Question, answer
from jumeau.invest.replan import Event, replan
from jumeau.invest.robust import Scenario, robust
from jumeau.model.action import actions_table
from jumeau.model.dictionary import indicators
from jumeau.model.money import annuity
from jumeau.model.official import carbon_value

OWNER, OTHER = "commune:34172", "commune:34057"
KWH = "lighting_annual_energy_kwh"


def ask(make: SimpleNamespace, actions: list[Any], savings: dict[str, Any], money: dict[str, Any], **fields: Any) -> Question:
    together = {n: fields.pop(n) for n in list(fields) if n in {f.name for f in msgspec.structs.fields(Together)}}
    settings = Settings(**({"first_year": 2027, "years": 2, "discount_rate": 0.0} | fields), together=Together(**together))
    return Question(actions_table(actions), make.effects(savings), make.budgets(money), settings)


def years(programme: Any) -> dict[str, int]:
    return dict(zip(programme.chosen["action"].to_pylist(), programme.chosen["year"].to_pylist(), strict=True))


def test_a_grant_lets_a_work_in_and_its_deadline_says_when(make: SimpleNamespace) -> None:
    envelope = Envelope(name="detr", rate=0.5, amounts={2028: 60.0})
    question = ask(make, [make.action("a", 120.0)], {"a": 50.0}, {OWNER: [60.0, 60.0]}, envelopes=(envelope,))
    plan = answer(question)
    assert years(plan) == {"a": 2028}
    assert plan.grants.to_pylist() == [{"action": "a", "owner": OWNER, "envelope": "detr", "year": 2028, "amount_eur": 60.0}]
    assert plan.objective == pytest.approx(380.0)
    money = answer(msgspec.structs.replace(question, settings=msgspec.structs.replace(question.settings, maximise="euros")))
    assert money.objective == pytest.approx(440.0)


def test_grants_stop_at_the_ceiling(make: SimpleNamespace) -> None:
    both = tuple(Envelope(name=n, rate=0.6, amounts={2027: 1000.0, 2028: 0.0}) for n in ("detr", "dsil"))
    question = ask(make, [make.action("a", 100.0)], {"a": 50.0}, {OWNER: [20.0, 20.0]}, envelopes=both)
    plan = answer(question)
    assert sum(plan.grants["amount_eur"].to_pylist()) == pytest.approx(80.0)
    assert plan.spending["spent_eur"].to_pylist() == [20.0, 0.0]
    strict = msgspec.structs.replace(question.settings.together, ceilings={"led": 0.7})
    poorer = msgspec.structs.replace(question.settings, together=strict)
    assert answer(msgspec.structs.replace(question, settings=poorer)).chosen.num_rows == 0


def test_a_loan_pays_now_and_is_repaid_from_the_budgets(make: SimpleNamespace) -> None:
    debts = {OWNER: Debt(capacity_eur=100.0, rate=0.05, years=10)}
    question = ask(make, [make.action("a", 150.0)], {"a": 50.0}, {OWNER: [60.0, 60.0]}, debts=debts)
    plan = answer(question)
    assert years(plan)["a"] in (2027, 2028)
    lent = sum(plan.loans["amount_eur"].to_pylist())
    assert lent == pytest.approx(90.0, abs=20)
    early = msgspec.structs.replace(question.settings, fixed={"a": 2027})
    plan = answer(msgspec.structs.replace(question, settings=early))
    assert plan.loans["amount_eur"].to_pylist()[0] == pytest.approx(90.0)
    assert plan.spending["available_eur"].to_pylist() == pytest.approx([150.0, 60.0 - 90.0 * annuity(0.05, 10)], abs=0.01)
    small = {OWNER: Debt(capacity_eur=80.0)}
    poor = msgspec.structs.replace(early, together=Together(debts=small))
    with pytest.raises(InfeasibleError, match=r"budgets ne permettent pas.*10 €.*Ou bien : La capacité d'emprunt.*10 €"):
        answer(msgspec.structs.replace(question, settings=poor))


def test_a_statutory_deadline_is_kept(make: SimpleNamespace) -> None:
    actions = [make.action("a", 60.0), make.action("b", 60.0, kind="compteur")]
    deadline = Deadline(year=2027, who=Who(kinds=("compteur",)), title="comptage")
    plan = answer(ask(make, actions, {"a": 50.0, "b": 1.0}, {OWNER: [60.0, 60.0]}, deadlines=(deadline,)))
    assert years(plan) == {"b": 2027, "a": 2028}


def test_money_for_works_that_no_budget_could_pay_is_a_way_out_too(make: SimpleNamespace) -> None:
    """Nobody is owed a work for it: the other commune can do nothing, and lacks nothing."""
    target = Target(indicator=make.saving, amount=40.0)
    actions = [make.action("a", 100.0), make.action("b", 10.0), make.action("c", 500.0, "commune:34001")]
    money: dict[str, list[float | None]] = {OWNER: [60.0, 0.0], "commune:34001": [20.0, 0.0]}
    saving = {"a": 50.0, "b": 1.0, "c": 1.0}
    least = Minimum(by="owner", actions=1)
    with pytest.raises(InfeasibleError) as caught:
        answer(ask(make, actions, saving, money, targets=(target,), minimums=(least,)))
    said = str(caught.value)
    assert f"{OWNER} en 2027 : 40 €" in said
    assert "commune:34001" not in said
    assert "39 €/an" in said
    assert indicators()[make.saving].title in said


def test_the_ways_out_of_an_impossible_question_are_named(make: SimpleNamespace) -> None:
    target = Target(indicator=make.saving, amount=90.0)
    question = ask(
        make,
        [make.action("a", 60.0), make.action("b", 60.0)],
        {"a": 50.0, "b": 50.0},
        {OWNER: [60.0, 0.0]},
        targets=(target,),
    )
    with pytest.raises(InfeasibleError) as caught:
        answer(question)
    said = str(caught.value)
    assert "Il manque au moins" in said
    assert "60 €" in said
    assert "abaisser d'au moins" in said
    assert "40" in said


def test_a_minimum_that_cannot_be_is_named(make: SimpleNamespace) -> None:
    actions = [make.action("a", 60.0, commune="34172"), make.action("b", 60.0, commune="34057")]
    question = ask(make, actions, {"a": 50.0, "b": 40.0}, {OWNER: [60.0, 0.0]}, minimums=(Minimum(actions=1),))
    with pytest.raises(InfeasibleError, match=r"service minimum.*34057"):
        answer(question)


def test_fair_shares_between_groups(make: SimpleNamespace) -> None:
    actions = [make.action(f"a{i}", 50.0, OWNER) for i in range(4)]
    actions += [make.action(f"b{i}", 50.0, OTHER) for i in range(4)]
    savings = {f"a{i}": 50.0 for i in range(4)} | {f"b{i}": 1.0 for i in range(4)}
    money = {OWNER: [100.0, 100.0], OTHER: [100.0, 100.0]}
    fields = {"groups": {OWNER: "epci:1", OTHER: "epci:2"}}
    free = answer(ask(make, actions, savings, money, **fields))
    assert {r["owner"] for r in free.chosen.to_pylist()} == {OWNER}
    fair = answer(ask(make, actions, savings, money, minimums=(Minimum(by="group", fair=0.6),), **fields))
    spent = {r["owner"]: r["cost_eur"] for r in fair.owners.to_pylist()}
    assert spent == {OWNER: 200.0, OTHER: 100.0}


def test_carbon_has_its_official_value(make: SimpleNamespace) -> None:
    """1 000 kWh of lighting at 69 g/kWh is 69 kg a year: 250 €2018/t in 2030, France Stratégie (2019)."""
    assert carbon_value(__import__("numpy").array([2018, 2024, 2030, 2045, 2060])).tolist() == pytest.approx(
        [0.054, 0.152, 0.25, 0.6375, 0.775]
    )
    actions = actions_table([make.action("a", 0.0, lifetime_y=1)])
    effects = make.effects({"a": 1000.0}, KWH, "kWh/an")
    settings = Settings(first_year=2029, years=1, discount_rate=0.0, cost_change=0.0)
    plan = optimise(actions, effects, make.budgets({OWNER: [1.0]}, first=2029), settings)
    assert plan.objective == pytest.approx(0.25 * 0.069 * 1000, rel=1e-6)
    without = optimise(
        actions, effects, make.budgets({OWNER: [1.0]}, first=2029), msgspec.structs.replace(settings, carbon=False)
    )
    assert without.objective == 0


# explain -----------------------------------------------------------------------------------------------------------------
def test_why_this_year_and_why_not_sooner(make: SimpleNamespace) -> None:
    actions = [make.action("a", 60.0), make.action("b", 60.0), make.action("c", 60.0, requires_all=("b",))]
    question = ask(make, actions, {"a": 50.0, "b": 20.0, "c": 30.0}, {OWNER: [60.0, 60.0, 60.0]}, years=3, discount_rate=0.04)
    plan = answer(question)
    assert years(plan) == {"a": 2027, "b": 2028, "c": 2029}
    found = Desk(question, plan).explain("c")
    assert found.year == 2029
    assert [view.missing_eur for view in found.years] == [60.0, 60.0, 0.0]
    assert any("« b » n'est pas faite avant" in reason for reason in found.years[0].blocked)
    assert "il manque 60 € au budget" in " ".join(found.text)
    forced = Desk(question, plan).explain("b", force=2027)
    assert forced.forced_loss is not None
    assert forced.forced_loss > 0
    assert Desk(question, plan).explain("c", force=2027).forced_loss is None


def test_what_would_have_to_change(make: SimpleNamespace) -> None:
    question = ask(make, [make.action("a", 60.0), make.action("b", 60.0)], {"a": 50.0, "b": 20.0}, {OWNER: [100.0, 0.0]})
    plan = answer(question)
    found = Desk(question, plan).explain("b")
    assert found.year is None
    assert "Avec 20 € de plus au budget de 2027, elle entrerait et gagnerait 140 €." in found.text
    with pytest.raises(InputError, match="« z »"):
        Desk(question, plan).explain("z")


def test_shadow_price_of_a_budget(make: SimpleNamespace) -> None:
    """With divisible works a euro more buys 500/60 of gain per euro less its cost: here (500 - 60) / 60."""
    question = ask(make, [make.action("a", 60.0), make.action("b", 60.0)], {"a": 50.0, "b": 50.0}, {OWNER: [60.0]}, years=1)
    rows = binding(question).to_pylist()
    assert [(r["kind"], r["what"], r["year"]) for r in rows] == [("budget", OWNER, 2027)]
    assert rows[0]["price"] == pytest.approx(440 / 60)


def test_what_a_commune_gains_by_staying(make: SimpleNamespace) -> None:
    lot = Lot(name="led", unit="point", tiers=(Tier(volume=20, rebate=0.2),))
    actions = [make.action("a", 1000.0, OWNER, quantity=10.0), make.action("b", 1000.0, OTHER, quantity=10.0)]
    question = ask(make, actions, {"a": 110.0, "b": 110.0}, {OWNER: [1000.0, 0.0], OTHER: [1000.0, 0.0]}, lots=(lot,))
    plan = answer(question)
    found = leaving(question, plan, OWNER)
    assert (found.together, found.without, found.alone) == (pytest.approx(600), pytest.approx(100), pytest.approx(100))
    assert (found.lost, found.staying, found.others) == (pytest.approx(400), pytest.approx(200), pytest.approx(200))


# plan again --------------------------------------------------------------------------------------------------------------
def test_a_refused_grant_moves_as_little_as_possible(make: SimpleNamespace) -> None:
    actions = [make.action(n, c) for n, c in (("a", 100.0), ("b", 50.0), ("c", 50.0), ("d", 90.0))]
    envelope = Envelope(name="detr", rate=0.5, amounts={2027: 50.0}, who=Who(actions=("a",)))
    savings = {"a": 50.0, "b": 30.0, "c": 29.0, "d": 40.0}
    question = ask(make, actions, savings, {OWNER: [100.0, 50.0]}, envelopes=(envelope,), discount_rate=0.03)
    before = answer(question)
    assert years(before) == {"a": 2027, "b": 2027, "c": 2028}
    found = replan(question, before, Event(refused=(("a", "detr"),)))
    assert years(found.programme) == {"a": 2027, "c": 2028}
    assert [(r["action"], r["change"]) for r in found.changes.to_pylist()] == [("b", "dropped")]
    assert found.free.objective > found.programme.objective
    assert years(found.free) == {"a": 2027, "b": 2028}
    assert found.free_changes == 2
    kept = found.question
    assert verify(found.programme, kept.actions, kept.budgets, kept.settings, kept.effects) == []


def test_a_commune_that_withdraws_leaves_the_others_in_place(make: SimpleNamespace) -> None:
    actions = [make.action("a", 60.0, OWNER), make.action("b", 60.0, OTHER), make.action("c", 60.0, OTHER)]
    question = ask(make, actions, {"a": 50.0, "b": 40.0, "c": 30.0}, {OWNER: [60.0, 60.0], OTHER: [60.0, 60.0]})
    before = answer(question)
    found = replan(question, before, Event(withdrawn=(OWNER,)))
    assert [(r["action"], r["change"]) for r in found.changes.to_pylist()] == [("a", "withdrawn")]
    assert {k: v for k, v in years(before).items() if k != "a"} == years(found.programme)
    for event, word in ((Event(withdrawn=("x",)), "« x »"), (Event(closed=("y",)), "« y »"), (Event(done=("z",)), "« z »")):
        with pytest.raises(InputError, match=word):
            replan(question, before, event)


# trade-offs --------------------------------------------------------------------------------------------------------------
def test_the_front_goes_from_the_best_gain_to_the_most_saved(make: SimpleNamespace) -> None:
    actions = [make.action("a", 60.0), make.action("b", 60.0), make.action("c", 60.0)]
    effects = pa.concat_tables(
        [make.effects({"a": 30.0, "b": 20.0, "c": 1.0}), make.effects({"a": 1.0, "b": 50.0, "c": 100.0}, KWH, "kWh/an")]
    )
    settings = Settings(first_year=2027, years=2, discount_rate=0.0, carbon=False)
    question = Question(actions_table(actions), effects, make.budgets({OWNER: [60.0, 60.0]}), settings)
    found = front(question, KWH, points=5)
    rows = found.table.to_pylist()
    assert [r["saving"] for r in rows] == pytest.approx([51.0, 101.0, 150.0])
    assert [r["gain_eur"] for r in rows] == pytest.approx([380.0, 190.0, 90.0])
    assert rows[1]["price_eur"] == pytest.approx(190 / 50)
    assert all(a["gain_eur"] >= b["gain_eur"] and a["saving"] < b["saving"] for a, b in pairwise(rows))


def test_the_robust_plan_has_the_smallest_worst_regret(make: SimpleNamespace) -> None:
    """`a` gains most today and nothing when energy is cheap, `b` holds in both."""
    actions = [make.action("a", 60.0), make.action("b", 60.0, field="water")]
    question = ask(make, actions, {"a": 20.0, "b": 16.0}, {OWNER: [60.0]}, years=1)
    cheap = Scenario(name="prix bas", effects={"lighting": 0.3})
    found = robust(question, (cheap,))
    assert years(found.optimal) == {"a": 2027}
    assert years(found.plan) == {"b": 2027}
    rows = {(r["plan"], r["scenario"]): r for r in found.table.to_pylist()}
    assert rows["hypothèses du jour", "prix bas"]["gain"] == pytest.approx(0.0)
    assert rows["hypothèses du jour", "prix bas"]["regret"] == pytest.approx(100.0)
    assert found.worst[found.plan_name] == pytest.approx(40.0)


def test_a_dearer_plan_loses_what_its_budget_no_longer_pays(make: SimpleNamespace) -> None:
    actions = [make.action("a", 60.0), make.action("b", 40.0, requires_all=("a",))]
    question = ask(make, actions, {"a": 20.0, "b": 16.0}, {OWNER: [100.0]}, years=1)
    found = robust(question, (Scenario(name="cher", cost=1.5),))
    rows = {(r["plan"], r["scenario"]): r for r in found.table.to_pylist()}
    assert rows["hypothèses du jour", "cher"]["not_done"] == 1
    assert rows["hypothèses du jour", "cher"]["gain"] == pytest.approx(200 - 90)


# the file ----------------------------------------------------------------------------------------------------------------
def test_options_are_read_and_refused_by_name() -> None:
    plain = {
        "lots": [
            {"name": "led", "who": {"needs": ["lanterne_led"]}, "unit": "point", "tiers": [{"volume": 10, "rebate": 0.1}]}
        ],
        "envelopes": [{"name": "detr", "rate": 0.3, "amounts": {2027: 100}}],
        "maximise": "euros",
    }
    settings = settings_of(read_options(plain, "x.yaml"), 2027, 5, {}, {})
    assert settings.together.lots[0].tiers[0].rebate == 0.1
    assert settings.together.envelopes[0].amounts == {2027: 100.0}
    assert settings.maximise == "euros"
    with pytest.raises(InputError, match=r"x\.yaml.*lotz"):
        read_options({"lotz": []}, "x.yaml")
    with pytest.raises(InputError, match=r"lots\[0\].*« volume »"):
        read_options({"lots": [{"name": "a", "tiers": [{"rebate": 0.1}]}]}, "x.yaml")
    with pytest.raises(InputError, match=r"lots\[0\].*« nom »"):
        read_options({"lots": [{"nom": "a"}]}, "x.yaml")
    with pytest.raises(InputError, match=r"x\.yaml.*rebate"):
        read_options({"lots": [{"name": "a", "tiers": [{"volume": 1, "rebate": "dix"}]}]}, "x.yaml")


@pytest.mark.parametrize(
    ("together", "word"),
    [
        (Together(lots=(Lot(name="x"), Lot(name="x"))), "« x »"),
        (Together(lots=(Lot(name="x", tiers=(Tier(volume=5, rebate=0.2), Tier(volume=3, rebate=0.3))),)), "« x »"),
        (Together(envelopes=(Envelope(name="e", rate=1.5, amounts={}),)), "« e »"),
        (Together(targets=(Target(indicator=KWH, amount=1.0, year=2050),)), "2050"),
        (Together(debts={OWNER: Debt(capacity_eur=-1.0)}), OWNER),
        (Together(minimums=(Minimum(by="pays"),)), "« pays »"),
        (Together(lots=(Lot(name="m", unit="m"),)), "point.*« m »"),
        (Together(lots=(Lot(name="m"), Lot(name="n"))), "m, n"),
    ],
)
def test_what_cannot_be_shared_is_refused_by_name(make: SimpleNamespace, together: Together, word: str) -> None:
    settings = Settings(first_year=2027, years=2, together=together)
    with pytest.raises(InputError, match=word):
        optimise(actions_table([make.action("a")]), make.effects({"a": 5.0}), make.budgets({OWNER: [100.0]}), settings)


@pytest.mark.parametrize(("money", "words"), [({OWNER: [10.0, 10.0]}, "110"), ({}, "Aucune action ne peut être choisie")])
def test_a_target_that_nothing_affordable_can_reach(make: SimpleNamespace, money: dict[str, Any], words: str) -> None:
    target = Target(indicator=make.saving, amount=10.0, year=2028)
    question = ask(make, [make.action("a", 120.0)], {"a": 50.0}, money, targets=(target,))
    with pytest.raises(InfeasibleError, match=words):
        answer(question)
