"""The water engine on services whose answer is known."""

import runpy
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from jumeau.engines.protocol import Context, simulate, simulate_chosen
from jumeau.engines.water import LOSSES, PLANS, RATE, engine
from jumeau.model.action import actions_list

SAMPLE = runpy.run_path(str(Path(__file__).parents[2] / "contracts" / "sample_water.py"))
CTX = Context(date=date(2026, 11, 23), seed=3)


def diagnosed(rows: list[dict[str, object]]):
    made = engine()
    inventory = made.inventory({"service_eau": SAMPLE["services"]("34172", rows)}, "34172")
    return made, inventory, made.diagnose(inventory, CTX)


def test_declared_volumes_give_their_balance_with_the_error_of_the_meters() -> None:
    _, _, found = diagnosed([SAMPLE["FULL"]])
    row = found.assets.to_pylist()[0]
    assert row[LOSSES] == pytest.approx(292_000, rel=0.05)
    assert row[f"{LOSSES}_low"] < 292_000 < row[f"{LOSSES}_high"]
    assert row[f"{LOSSES}__origin"] == "declared"
    assert row[RATE] == pytest.approx(0.005)


def test_length_and_subscribers_alone_give_a_wide_inferred_loss_and_no_judgement() -> None:
    _, _, found = diagnosed([{"network_km": 40.0, "subscribers": 900.0}])
    row = found.assets.to_pylist()[0]
    assert row[f"{LOSSES}__origin"] == "inferred"
    assert row[f"{LOSSES}_high"] > 3 * row[f"{LOSSES}_low"]
    assert row[PLANS] is None


def test_nothing_declared_stays_unknown() -> None:
    made, inventory, found = diagnosed([{}])
    assert all(found.assets[name][0].as_py() is None for name in made.indicators)
    assert made.propose(inventory, found, CTX).num_rows == 0


def test_effects_come_from_the_diagnosis_and_actions_together_do_less_than_their_sum() -> None:
    made, inventory, found = diagnosed([SAMPLE["FULL"]])
    actions = made.propose(inventory, found, CTX)
    assert [row["kind"] for row in actions.to_pylist()] == [
        "sectorisation", "sectorisation_radio", "leak_search", "pipe_renewal",
    ]  # fmt: skip
    effects = {(r["action"].split("/")[0], r["indicator"]): r for r in simulate(made, inventory, actions, CTX).to_pylist()}
    search = effects["leak_search", LOSSES]
    assert search["value"] == pytest.approx(-0.15 * found.assets[LOSSES][0].as_py(), rel=0.1)
    assert search["value_low"] < search["value"] < search["value_high"] < 0
    assert effects["pipe_renewal", RATE]["value"] > 0
    chosen = simulate_chosen(made, inventory, actions, CTX)
    at = chosen.names.index(LOSSES)
    assert chosen.whole[at].mean() > chosen.singles[at].mean()
    assert np.all(chosen.whole[at] < 0)


def test_meters_read_by_radio_take_a_place_on_the_gateways_of_the_communes_they_stand_in() -> None:
    """Two ways of reading the same meters: one subscription each, or a place on a gateway, with the same effect."""
    made, inventory, found = diagnosed([SAMPLE["FULL"]])
    actions = {a.kind: a for a in actions_list(made.propose(inventory, found, CTX))}
    radio, cellular = actions["sectorisation_radio"], actions["sectorisation"]
    assert set(radio.consumes) <= {"passerelle:34172", "passerelle:34057"}
    assert sum(radio.consumes.values()) == radio.quantity == cellular.quantity
    assert radio.consumes["passerelle:34172"] > radio.consumes.get("passerelle:34057", 0)
    assert radio.excludes == (cellular.id,)
    assert cellular.excludes == (radio.id,)
    assert radio.running_cost_eur_per_year < cellular.running_cost_eur_per_year
    assert set(actions["leak_search"].requires_any) == {radio.id, cellular.id}
    effects = simulate(made, inventory, made.propose(inventory, found, CTX), CTX).to_pylist()
    values = {r["action"]: r["value"] for r in effects if r["indicator"] == LOSSES}
    assert values[radio.id] == values[cellular.id] < 0


def test_meters_of_communes_nobody_counted_do_not_ask_for_a_gateway() -> None:
    made, inventory, found = diagnosed([SAMPLE["FULL"] | {"communes": "34172|99999"}])
    assert "sectorisation_radio" not in {a.kind for a in actions_list(made.propose(inventory, found, CTX))}
