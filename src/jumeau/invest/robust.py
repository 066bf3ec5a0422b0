"""The plan under other futures: what each plan loses in each, and the plan whose worst loss is the smallest."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.errors import InputError
from jumeau.invest.carriers import CARRIERS, at_prices
from jumeau.invest.check_together import granted
from jumeau.invest.evaluate import kept_within, worth, years_of
from jumeau.invest.gains import read_prices
from jumeau.invest.problem import read_problem
from jumeau.invest.programme import Programme
from jumeau.invest.question import Question, answer
from jumeau.texts import t

REGRET_SCHEMA = pa.schema(
    [
        pa.field("plan", pa.string(), nullable=False),
        pa.field("scenario", pa.string(), nullable=False),
        pa.field("gain", pa.float64(), nullable=False),
        pa.field("best", pa.float64(), nullable=False),
        pa.field("regret", pa.float64(), nullable=False),
        pa.field("not_done", pa.int32(), nullable=False),
    ]
)
"""gain of a plan in a scenario, that of the best plan found for it, what is lost, works the budgets no longer pay."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A future. cost, effect: factor on all costs and effects, or by field of action; prices: factor by indicator;
    carriers: factor on the price of `electricity`, `gas`, `water`; carbon: on its value; grants: factor on the amounts of all
    envelopes, envelopes: of one by its name; budgets: factor on all budgets, owners: on those of one."""

    name: str
    cost: float = 1.0
    costs: Mapping[str, float] = {}
    effect: float = 1.0
    effects: Mapping[str, float] = {}
    prices: Mapping[str, float] = {}
    price: float = 1.0
    carriers: Mapping[str, float] = {}
    carbon: float = 1.0
    grants: float = 1.0
    envelopes: Mapping[str, float] = {}
    budgets: float = 1.0
    owners: Mapping[str, float] = {}


class Robust(msgspec.Struct, frozen=True, kw_only=True):
    """`plan`: the one whose worst regret is the smallest among those tried; `optimal`: the best of today's hypotheses."""

    plan: Programme
    optimal: Programme
    plan_name: str
    worst: Mapping[str, float]
    table: pa.Table


def usual() -> tuple[Scenario, ...]:
    """Futures tried when none is given: hypotheses, each said."""
    return (
        Scenario(name=t("programme.avenir_couts"), cost=1.25),
        Scenario(name=t("programme.avenir_prix_haut"), price=1.5),
        Scenario(name=t("programme.avenir_prix_bas"), price=0.7),
        Scenario(name=t("programme.avenir_climat"), effects={"risks": 1.5, "water": 1.3, "buildings": 0.85}),
        Scenario(name=t("programme.avenir_aides"), grants=0.5, budgets=0.9),
    )


def under(question: Question, scenario: Scenario) -> Question:
    """The question in a future. What a study is declared to be worth follows its cost, on which it was set.

    Raises InputError naming an owner, an envelope or a carrier that the question does not know.
    """
    s = question.settings
    _check(question, scenario)
    cost = np.array([scenario.cost * scenario.costs.get(f, 1.0) for f in question.actions["field"].to_pylist()])
    actions = _scaled(question.actions, ("cost_eur", "cost_eur_low", "cost_eur_high"), cost)
    field = dict(zip(question.actions["id"].to_pylist(), question.actions["field"].to_pylist(), strict=True))
    effects = at_prices(question.effects, scenario.carriers)
    more = [scenario.effect * scenario.effects.get(field.get(a, ""), 1.0) for a in effects["action"].to_pylist()]
    effects = _scaled(effects, ("value", "value_low", "value_high"), np.array(more))
    factors = [scenario.price * scenario.prices.get(n, 1.0) for n in effects["indicator"].to_pylist()]
    priced = read_prices(question.effects, s)
    if any(f != 1.0 for f in factors):
        known = np.array([n in priced for n in effects["indicator"].to_pylist()])
        effects = _scaled(effects, ("value", "value_low", "value_high"), np.where(known, factors, 1.0))
    money = np.array([scenario.budgets * scenario.owners.get(o, 1.0) for o in question.budgets["owner"].to_pylist()])
    budgets = _scaled(question.budgets, ("budget_eur",), money)
    envelopes = tuple(
        msgspec.structs.replace(
            e, amounts={y: a * scenario.grants * scenario.envelopes.get(e.name, 1.0) for y, a in e.amounts.items()}
        )
        for e in s.together.envelopes
    )
    together = msgspec.structs.replace(s.together, envelopes=envelopes)
    declared = {a: v * scenario.cost for a, v in s.action_value_eur.items()}
    changed = {"together": together, "action_value_eur": declared, "carbon_factor": s.carbon_factor * scenario.carbon}
    return Question(actions, effects, budgets, msgspec.structs.replace(s, **changed))


def _check(question: Question, scenario: Scenario) -> None:
    known = {
        "owners": set(question.budgets["owner"].to_pylist()),
        "envelopes": {e.name for e in question.settings.together.envelopes},
        "carriers": set(CARRIERS),
    }
    for what, names in known.items():
        asked: Mapping[str, float] = getattr(scenario, what)
        for name, factor in asked.items():
            if name not in names:
                raise InputError(f"programme.avenir_inconnu_{what}", name=name, known=", ".join(sorted(names)[:8]))
            if not 0 <= factor <= 100:
                raise InputError("programme.avenir_facteur", name=name, value=factor)


def _scaled(table: pa.Table, names: tuple[str, ...], factor: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pa.Table:
    for name in names:
        column = table[name]
        value = column.to_numpy().astype(np.float64) * factor
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), pa.array(value, column.type, mask=~np.isfinite(value)))
    return table


def robust(question: Question, scenarios: tuple[Scenario, ...] = ()) -> Robust:
    """Compare the best plan of each future, and of today, in every future.

    A plan met by a future keeps its years; what its budgets no longer pay is not done. Plans made for dearer works and for
    the mean of all futures are tried too. Raises as `optimise` does.
    """
    futures = {t("programme.avenir_central"): question} | {x.name: under(question, x) for x in scenarios or usual()}
    plans = {name: answer(one) for name, one in futures.items()}
    cautious = Scenario(
        name="", cost=max(x.cost for x in scenarios or usual()), grants=min(x.grants for x in scenarios or usual())
    )
    plans[t("programme.plan_prudent")] = answer(under(question, cautious))
    problems = {name: read_problem(q.actions, q.effects, q.budgets, q.settings) for name, q in futures.items()}
    gains: dict[tuple[str, str], tuple[float, int]] = {}
    for plan_name, plan in plans.items():
        grants = granted(plan)
        for name, problem in problems.items():
            years = years_of(problem, plan)
            kept = kept_within(problem, years, grants)
            gains[plan_name, name] = (worth(problem, kept), int((years >= 0).sum() - (kept >= 0).sum()))
    best = {name: max(gains[p, name][0] for p in plans) for name in futures}
    rows = [
        {"plan": p, "scenario": n, "gain": g, "best": best[n], "regret": best[n] - g, "not_done": missing}
        for (p, n), (g, missing) in gains.items()
    ]
    worst = {p: max(best[n] - gains[p, n][0] for n in futures) for p in plans}
    chosen = min(worst, key=lambda p: round(worst[p]))  # at equal regret, the plan of today comes first
    return Robust(
        plan=plans[chosen], optimal=plans[t("programme.avenir_central")], plan_name=chosen, worst=worst,
        table=pa.Table.from_pylist(rows, schema=REGRET_SCHEMA),
    )  # fmt: skip
