"""Small tables for the tests of `invest`."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from jumeau.invest import BUDGET_SCHEMA
from jumeau.model.action import EFFECT_SCHEMA, Action, actions_table

SAVING = "lighting_annual_cost_eur"


def action(name: str, cost: float | None = 100.0, owner: str = "commune:34172", **fields: Any) -> Action:
    base: dict[str, Any] = {
        "id": name,
        "kind": "led",
        "field": "lighting",
        "title": name,
        "owner": owner,
        "need": "lanterne_led",
        "quantity": 1.0,
        "unit": "point",
        "cost_eur": cost,
        "cost_eur_low": None if cost is None else cost * 0.8,
        "cost_eur_high": None if cost is None else cost * 1.3,
        "price_year": 2027,
        "cost_source": "essai",
        "lifetime_y": 10,
    }
    return Action(**(base | fields))


def effects(savings: dict[str, float | None], indicator: str = SAVING, unit: str = "€/an", years: int = 10) -> pa.Table:
    rows = [
        {
            "action": name,
            "indicator": indicator,
            "unit": unit,
            "from_year": 1,
            "to_year": years,
            "value": None if saving is None else -saving,
            "value_low": None if saving is None else -saving * 1.2,
            "value_high": None if saving is None else -saving * 0.8,
        }
        for name, saving in savings.items()
    ]
    return pa.Table.from_pylist(rows, schema=EFFECT_SCHEMA)


def budgets(amounts: dict[str, list[float | None]], first: int = 2027, hypothesis: bool = False) -> pa.Table:
    rows = [
        {"owner": o, "year": first + y, "budget_eur": a, "label": "essai", "hypothesis": hypothesis}
        for o, line in amounts.items()
        for y, a in enumerate(line)
    ]
    return pa.Table.from_pylist(rows, schema=BUDGET_SCHEMA)


def random_case(seed: int) -> tuple[pa.Table, pa.Table, pa.Table, dict[str, Any]]:
    """A small programme with every kind of constraint: actions, effects, budgets, settings."""
    rng = np.random.default_rng(seed)
    count, years, owners = int(rng.integers(6, 14)), int(rng.integers(2, 5)), int(rng.integers(1, 4))
    names = [f"a{i:02d}" for i in range(count)]
    rows = []
    for i, name in enumerate(names):
        before = names[:i]
        pick = [str(x) for x in rng.permutation(before)[:2]] if i >= 2 else []
        first = int(rng.integers(0, years))
        role = rng.random()
        rows.append(
            action(
                name,
                float(rng.integers(0, 60)),
                f"commune:{34000 + int(rng.integers(owners))}",
                requires_all=tuple(pick[:1]) if rng.random() < 0.25 else (),
                requires_any=tuple(pick) if rng.random() < 0.2 else (),
                excludes=(str(rng.choice(names)),) if rng.random() < 0.25 else (),
                provides={"passerelle": float(rng.integers(1, 4))} if role < 0.15 else {},
                consumes={"passerelle": float(rng.integers(1, 3))} if role > 0.75 else {},
                beneficiaries=("commune:34000", "commune:34001") if rng.random() < 0.3 else (),
                earliest_year=2027 + first if rng.random() < 0.3 else None,
                latest_year=2027 + int(rng.integers(first, years)) if rng.random() < 0.3 else None,
                lifetime_y=int(rng.integers(1, 12)),
            )
        )
    saving: dict[str, float | None] = {n: float(rng.integers(-3, 25)) for n in names if rng.random() < 0.9}
    money: dict[str, list[float | None]] = {
        f"commune:{34000 + o}": [float(rng.integers(20, 90)) for _ in range(years)] for o in range(owners)
    }
    settings = {
        "first_year": 2027,
        "years": years,
        "carry_over": bool(rng.random() < 0.4),
        "capacity": {"passerelle": 1.0} if rng.random() < 0.3 else {},
        "gap": 0.0,
    }
    return actions_table(rows), effects(saving), budgets(money), settings


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """The builders above."""
    return SimpleNamespace(
        action=action, actions=actions_table, effects=effects, budgets=budgets, random_case=random_case, saving=SAVING
    )
