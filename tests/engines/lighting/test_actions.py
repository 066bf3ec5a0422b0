"""Lighting actions: what they touch, cost, need and exclude."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from jumeau.engines.groups import summary
from jumeau.engines.lighting import engine
from jumeau.engines.protocol import Bundle, Context, chosen_table, simulate, simulate_chosen
from jumeau.model.action import Action, actions_list
from jumeau.model.ids import keyed_ids

CTX = Context(date=date(2026, 11, 23))


def bundle(n: int = 100, cabinets: pa.Table | None = None, **columns: object) -> Bundle:
    table = {"id": keyed_ids("luminaire", "essai", range(n)), "commune": ["34172"] * n, "luminaire_type": ["lanterne"] * n}
    table |= {k: v if isinstance(v, list) else [v] * n for k, v in columns.items()}
    sources = {"luminaire": pa.table(table)} | ({"armoire": cabinets} if cabinets is not None else {})
    return engine().inventory(sources, "34172")


def cabinet_table(**columns: list[object]) -> pa.Table:
    return pa.table(
        {"id": keyed_ids("armoire", "essai", range(3)), "commune": ["34172"] * 3, "code": ["A", "B", "C"]} | columns
    )


def proposed(inventory: Bundle) -> tuple[pa.Table, dict[str, Action]]:
    table = engine().propose(inventory, engine().diagnose(inventory, CTX), CTX)
    return table, {a.id: a for a in actions_list(table)}


def effect(effects: pa.Table, action: str, indicator: str) -> tuple[float, float, float]:
    row = effects.filter(pc.and_(pc.equal(effects["action"], action), pc.equal(effects["indicator"], indicator))).to_pylist()[
        0
    ]
    return row["value"], row["value_low"], row["value_high"]


def test_a_gateway_touches_no_asset_changes_nothing_and_provides_what_the_cabinets_consume() -> None:
    inventory = bundle(30_000 // 10)
    table, actions = proposed(inventory)
    gateway, remote = actions["gateway/34172"], actions["remote_cabinet/34172"]
    assert gateway.assets == ()
    assert gateway.cost_eur > 0
    assert gateway.digital_embodied_kgco2e == 100 * gateway.quantity
    assert remote.requires_any == (gateway.id,)
    assert remote.consumes["passerelle:34172"] == remote.quantity <= gateway.provides["passerelle:34172"]
    only = table.filter(pc.equal(table["id"], gateway.id))
    assert simulate(engine(), inventory, only, CTX).num_rows == 0
    assert all(t.equals(inventory[x]) for x, t in engine().apply(inventory, only).items())
    row = chosen_table([simulate_chosen(engine(), inventory, only, CTX)]).to_pylist()[0]
    assert (row["whole"], row["singles"], row["left_out"]) == (0, 0, 0)


def test_known_powers_keep_their_ratio_and_cost_its_range() -> None:
    inventory = bundle(10, system_power_w=100.0, lamp_technology="shp", regime="permanent")
    _, actions = proposed(inventory)
    relamp = actions["relamp_led/34172/lanterne"]
    table, _ = proposed(inventory)
    effects = simulate(engine(), inventory, table, CTX)
    value, low, high = effect(effects, relamp.id, "lighting_annual_energy_kwh")
    assert value == pytest.approx(-0.6 * 10 * 100 * 4.033, rel=0.05)
    assert low < value < high < 0
    assert 5000 < relamp.cost_eur_low < relamp.cost_eur < relamp.cost_eur_high < 9000
    assert relamp.cost_eur == pytest.approx(7000, rel=0.02)
    assert "inventory/34172" not in actions


def test_known_cabinets_are_touched_and_unknown_ones_are_estimated() -> None:
    _, few = proposed(bundle(100, cabinet_table(clock_type=["horloge_astronomique", "cellule", None])))
    assert few["part_night/34172"].quantity == 2
    assert few["remote_cabinet/34172"].quantity == 3
    assert set(keyed_ids("armoire", "essai", range(3))) <= set(few["remote_cabinet/34172"].assets)
    assert "3 armoires" in few["remote_cabinet/34172"].title
    _, none = proposed(bundle(100))
    assert 3 <= none["part_night/34172"].quantity <= 6
    assert "estimé" in none["part_night/34172"].title


def test_what_is_done_is_not_proposed_again() -> None:
    done = bundle(10, lamp_technology="led", system_power_w=30.0, regime="coupure", remote_managed=True)
    assert proposed(done)[1] == {}
    cabinets = cabinet_table(remote_managed=[True, None, None])
    _, half = proposed(bundle(10, cabinets, armoire=["A"] * 5 + ["B"] * 5))
    assert len([a for a in half["remote_cabinet/34172"].assets if a in keyed_ids("luminaire", "essai", range(5))]) == 0
    assert half["remote_cabinet/34172"].quantity == 2


def test_the_two_switch_offs_exclude_each_other_and_one_needs_remote_management() -> None:
    _, actions = proposed(bundle())
    clock, remote = actions["part_night/34172"], actions["part_night_remote/34172"]
    assert clock.excludes == (remote.id,)
    assert remote.excludes == (clock.id,)
    assert remote.requires_all == ("remote_cabinet/34172",)


def test_owners_have_their_own_actions() -> None:
    _, actions = proposed(bundle(20, owner=["epci:243400017"] * 8 + [None] * 12))
    theirs = actions["relamp_led/34172/lanterne/epci:243400017"]
    assert (theirs.owner, theirs.quantity, len(theirs.assets)) == ("epci:243400017", 8, 8)
    assert actions["relamp_led/34172/lanterne"].quantity == 12


def test_a_type_that_is_not_known_has_an_unknown_effect_on_the_sky() -> None:
    inventory = bundle(10, luminaire_type=["lanterne"] * 6 + [None] * 4)
    table, _ = proposed(inventory)
    effects = simulate(engine(), inventory, table, CTX)
    assert effect(effects, "relamp_led/34172/inconnu", "lighting_upward_flux_lm") == (None, None, None)
    assert effect(effects, "relamp_led/34172/lanterne", "lighting_upward_flux_lm")[0] < 0
    assert effect(effects, "part_night/34172", "lighting_upward_flux_lm") == (0, 0, 0)
    relamps = table.filter(pc.equal(table["kind"], "relamp_led"))
    whole = {r["indicator"]: r for r in chosen_table([simulate_chosen(engine(), inventory, relamps, CTX)]).to_pylist()}
    assert whole["lighting_upward_flux_lm"]["left_out"] == 4
    assert whole["lighting_upward_flux_lm"]["interaction"] == 0


def test_led_and_switch_off_together_save_less_than_apart() -> None:
    inventory = bundle(50, regime="permanent", system_power_w=100.0, lamp_technology="shp")
    table, _ = proposed(inventory)
    both = table.filter(pc.is_in(table["kind"], value_set=pa.array(["relamp_led", "part_night"])))
    row = chosen_table([simulate_chosen(engine(), inventory, both, CTX)]).to_pylist()[0]
    singles = simulate(engine(), inventory, both, CTX)
    led = effect(singles, "relamp_led/34172/lanterne", row["indicator"])[0]
    cut = effect(singles, "part_night/34172", row["indicator"])[0]
    base = summary(engine().diagnose(inventory, CTX).groups.draws[0, 0])[0]
    assert row["singles"] == pytest.approx(led + cut, abs=2)
    # Independent factors: what is left is the product of what each leaves.
    assert row["whole"] == pytest.approx(base * ((1 + led / base) * (1 + cut / base) - 1), rel=0.01)
    assert row["interaction"] > 0


def test_paired_draws_narrow_the_effect() -> None:
    inventory = bundle(200)
    table, _ = proposed(inventory)
    found = simulate_chosen(engine(), inventory, table.filter(pc.equal(table["kind"], "relamp_led")), CTX)
    before, after = found.before.draws[0, 0], found.after.draws[0, 0]
    unpaired = np.hypot(before.std(), after.std())
    assert found.whole[0] == pytest.approx(after - before)
    assert found.whole[0].std() < 0.7 * unpaired
