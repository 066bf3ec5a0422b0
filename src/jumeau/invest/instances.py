"""Seeded programmes of any size, to measure the optimiser and compare it: nothing in them is a real territory.

owners x 60 actions x 10 years; 20 purchase families, each a lot with five all-unit rebates of 2 to 14 %; four grant
envelopes a year under the 80 % ceiling; 30 % of the actions need another one of their owner first; a yearly budget of 5 %
of all that an owner could do; each EPCI has at least 60 % of its proportional part. Published seeds: 1, 2, 3.

Linked programmes have loans and joint trenches as well: one owner in three may borrow 10 % of all that it could do, and one
action in three shares in a place, with two others or so, the 30 % of its cost that is a trench.
"""

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.invest.question import Question
from jumeau.invest.settings import BUDGET_SCHEMA, Settings
from jumeau.invest.together import Debt, Envelope, Lot, Minimum, Tier, Together, Who
from jumeau.model.action import ACTION_SCHEMA, EFFECT_SCHEMA

ACTIONS, FAMILIES, YEARS, FIRST = 60, 20, 10, 2027
REBATES = (0.02, 0.05, 0.08, 0.11, 0.14)
LEVELS = (0.01, 0.03, 0.06, 0.10, 0.15)
"""Level of each rebate, as a part of all that a family could buy [-]."""
RATES = (0.2, 0.3, 0.4, 0.5)
SEEDS = (1, 2, 3)
TRENCH_SHARE = 0.3


def instance(owners: int, seed: int = 1, *, linked: bool = False) -> Question:
    """A programme of `owners` owners; the same seed always gives the same one. linked: with loans and joint trenches."""
    rng = np.random.default_rng([seed, owners])
    count = owners * ACTIONS
    owner = np.repeat(np.arange(owners), ACTIONS)
    size = rng.lognormal(0.0, 0.7, owners)
    cost = np.round(20_000 * size[owner] * rng.lognormal(0.0, 0.8, count), 2)
    saving = np.round(cost * 0.055 * rng.lognormal(0.35, 0.45, count), 2)
    family = rng.integers(0, FAMILIES, count)
    needs = np.full(count, -1)
    after = np.flatnonzero(rng.random(count) < 0.3)
    needs[after] = owner[after] * ACTIONS + rng.integers(0, ACTIONS, after.size)
    needs[needs >= np.arange(count)] = -1
    access = (rng.random((count, len(RATES))) < 0.25) @ (1 << np.arange(len(RATES)))
    ids = [f"o{o:04d}-{k:02d}" for o, k in zip(owner, np.tile(np.arange(ACTIONS), owners), strict=True)]
    question = Question(
        actions=_actions(ids, owner, cost, family, needs, access),
        effects=_effects(ids, saving),
        budgets=_budgets(owner, cost, owners),
        settings=Settings(first_year=FIRST, years=YEARS, carbon=False, together=_together(owner, cost, family), gap=1e-3),
    )
    return _linked(question, owner, cost, rng) if linked else question


def _linked(
    question: Question,
    owner: np.ndarray[tuple[int], np.dtype[np.int64]],
    cost: np.ndarray[tuple[int], np.dtype[np.float64]],
    rng: np.random.Generator,
) -> Question:
    """The same programme with loans and joint trenches."""
    count, wish = owner.size, np.bincount(owner, weights=cost)
    place = rng.integers(0, max(count // 9, 1), count)
    shared = rng.random(count) < 1 / 3
    places = pa.array([f"rue {p}" if s else None for p, s in zip(place, shared, strict=True)], pa.string())
    at = question.actions.schema.get_field_index("synergy_place")
    debts = {f"commune:{o:05d}": Debt(capacity_eur=round(0.1 * float(wish[o]), 2)) for o in range(0, wish.size, 3)}
    kinds = sorted(set(question.actions["kind"].to_pylist()))
    together = msgspec.structs.replace(
        question.settings.together, debts=debts, trench_share=dict.fromkeys(kinds, TRENCH_SHARE)
    )
    return msgspec.structs.replace(
        question,
        actions=question.actions.set_column(at, question.actions.schema.field(at), places),
        settings=msgspec.structs.replace(question.settings, together=together),
    )


def _actions(
    ids: list[str],
    owner: np.ndarray[tuple[int], np.dtype[np.int64]],
    cost: np.ndarray[tuple[int], np.dtype[np.float64]],
    family: np.ndarray[tuple[int], np.dtype[np.int64]],
    needs: np.ndarray[tuple[int], np.dtype[np.int64]],
    access: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> pa.Table:
    count = len(ids)
    names = [f"commune:{o:05d}" for o in owner]
    columns: dict[str, object] = {
        "id": ids, "kind": [f"famille{f:02d}" for f in family], "field": ["lighting"] * count, "title": ids, "owner": names,
        "commune": [n.split(":")[1] for n in names], "need": [f"acces{e:02d}" for e in access], "quantity": np.ones(count),
        "unit": ["point"] * count, "cost_eur": cost, "cost_eur_low": cost * 0.8, "cost_eur_high": cost * 1.3,
        "price_year": [FIRST] * count, "cost_source": ["tirage"] * count, "lifetime_y": [20] * count, "assets": [[]] * count,
        "requires_all": [[ids[n]] if n >= 0 else [] for n in needs],
    }  # fmt: skip
    arrays = [pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(count, f.type) for f in ACTION_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=ACTION_SCHEMA)


def _effects(ids: list[str], saving: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pa.Table:
    count = len(ids)
    columns = {
        "action": ids, "indicator": ["lighting_annual_cost_eur"] * count, "unit": ["€/an"] * count, "from_year": [1] * count,
        "to_year": [20] * count, "value": -saving, "value_low": -saving * 1.3, "value_high": -saving * 0.7,
    }  # fmt: skip
    return pa.Table.from_arrays([pa.array(columns[f.name], f.type) for f in EFFECT_SCHEMA], schema=EFFECT_SCHEMA)


def _budgets(
    owner: np.ndarray[tuple[int], np.dtype[np.int64]], cost: np.ndarray[tuple[int], np.dtype[np.float64]], owners: int
) -> pa.Table:
    wish = np.bincount(owner, weights=cost, minlength=owners)
    rows = [
        {"owner": f"commune:{o:05d}", "year": FIRST + y, "budget_eur": round(0.05 * float(wish[o]), 2), "label": "tirage",
         "hypothesis": False}
        for o in range(owners) for y in range(YEARS)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=BUDGET_SCHEMA)


def _together(
    owner: np.ndarray[tuple[int], np.dtype[np.int64]],
    cost: np.ndarray[tuple[int], np.dtype[np.float64]],
    family: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> Together:
    total = np.bincount(family, weights=cost, minlength=FAMILIES)
    lots = tuple(
        Lot(
            name=f"famille{f:02d}",
            who=Who(kinds=(f"famille{f:02d}",)),
            tiers=tuple(Tier(volume=round(float(total[f]) * v, 2), rebate=r) for v, r in zip(LEVELS, REBATES, strict=True)),
        )
        for f in np.flatnonzero(total).tolist()
    )
    amount = 0.004 * float(cost.sum())
    envelopes = tuple(
        Envelope(
            name=f"enveloppe{e}",
            rate=rate,
            amounts={FIRST + y: round(amount, 2) for y in range(YEARS)},
            who=Who(needs=tuple(f"acces{a:02d}" for a in range(2 ** len(RATES)) if a >> e & 1)),
        )
        for e, rate in enumerate(RATES)
    )
    groups = {f"commune:{o:05d}": f"epci:{o // 12:03d}" for o in range(int(owner.max()) + 1)}
    return Together(lots=lots, envelopes=envelopes, groups=groups, minimums=(Minimum(by="group", fair=0.6),))
