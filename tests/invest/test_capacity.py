"""Shared equipment: who may use it, who does, and what it costs, over two fields and two owners."""

from types import SimpleNamespace

import msgspec
import pyarrow as pa

from jumeau.invest import BUDGET_SCHEMA, Settings, optimise
from jumeau.invest.capacity import open_to_users, shared, uses
from jumeau.model.action import EFFECT_SCHEMA, actions_list, actions_table

TOWN, SYNDICAT = "commune:34001", "syndicat:eau"


def proposed(make: SimpleNamespace) -> pa.Table:
    """A gateway its town made for its own cabinets, and the meters of a syndicat that ask for a place."""
    gateway = make.action("passerelle", 100.0, owner=TOWN, provides={"passerelle:34001": 30.0})
    gateway = msgspec.structs.replace(gateway, beneficiaries=(TOWN,))
    lights = make.action("armoires", 10.0, owner=TOWN, consumes={"passerelle:34001": 20.0})
    meters = make.action("compteurs", 10.0, owner=SYNDICAT, field="water", consumes={"passerelle:34001": 10.0})
    return actions_table([gateway, lights, meters])


def budgets(**amounts: float) -> pa.Table:
    owners = {"town": TOWN, "syndicat": SYNDICAT}
    rows = [
        {"owner": owners[name], "year": 2027, "budget_eur": amount, "label": "", "hypothesis": False}
        for name, amount in amounts.items()
    ]
    return pa.Table.from_pylist(rows, schema=BUDGET_SCHEMA)


def test_who_asks_for_a_place_becomes_a_beneficiary(make: SimpleNamespace) -> None:
    before = {a.id: a for a in actions_list(proposed(make))}
    after = {a.id: a for a in actions_list(open_to_users(proposed(make)))}
    assert before["passerelle"].beneficiaries == (TOWN,)
    assert after["passerelle"].beneficiaries == (TOWN, SYNDICAT)
    assert after["compteurs"] == before["compteurs"]


def test_one_gateway_is_paid_once_and_its_users_are_told(make: SimpleNamespace) -> None:
    actions = open_to_users(proposed(make))
    worth = {"armoires": 80.0, "compteurs": 60.0}
    settings = Settings(first_year=2027, years=1, action_value_eur=worth, evaluation_years=30)
    plan = optimise(actions, EFFECT_SCHEMA.empty_table(), budgets(town=500.0, syndicat=50.0), settings)
    assert set(plan.chosen["action"].to_pylist()) == {"passerelle", "armoires", "compteurs"}
    assert sum(r["cost_eur"] for r in plan.owners.to_pylist()) == plan.totals["cost_eur"].value
    rows = shared(uses(actions, plan.chosen)).to_pylist()
    assert [(r["user"], r["user_owner"], r["used"]) for r in rows] == [
        ("armoires", TOWN, 20.0), ("compteurs", SYNDICAT, 10.0),
    ]  # fmt: skip
    assert {(r["provider"], r["owner"], r["places"]) for r in rows} == {("passerelle", TOWN, 30.0)}


def test_an_equipment_that_serves_one_field_of_one_owner_is_not_shared(make: SimpleNamespace) -> None:
    actions = proposed(make).slice(0, 2)
    chosen = pa.table(
        {"action": ["passerelle", "armoires"], "year": pa.array([2027, 2028], pa.int16()), "cost_eur": [1.0, 2.0]}
    )
    assert uses(actions, chosen).num_rows == 1
    assert shared(uses(actions, chosen)).num_rows == 0
