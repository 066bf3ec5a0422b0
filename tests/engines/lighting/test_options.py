"""Calendar steps, drivers, clocks, cabinets, removals: where each is proposed and what it changes."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.engines.lighting import engine
from jumeau.engines.lighting.apply import (
    CABINET,
    CLOCK,
    DETECTION,
    DIMMING,
    PART_NIGHT_STREETS,
    POINT_REMOTE,
    POWER_STEP,
    REMOVAL,
)
from jumeau.engines.protocol import Bundle, Context, simulate
from jumeau.model.action import Action, actions_list
from jumeau.model.ids import keyed_ids

CTX = Context(date=date(2026, 1, 1))
ENERGY, COST, FAILURES = "lighting_annual_energy_kwh", "lighting_annual_cost_eur", "lighting_failures_per_year"


def park(n: int = 12, step_m: float = 30.0, cabinets: dict | None = None, **columns: object) -> Bundle:
    base: dict[str, object] = {
        "lamp_technology": "led", "system_power_w": 50.0, "regime": "permanent", "road_class": "P4", "install_year": 2017,
        "spacing_m": step_m, "height_m": 8.0, "armoire": "A1",
    }  # fmt: skip
    base |= columns
    table: dict[str, object] = {"id": keyed_ids("luminaire", "essai", range(n)), "commune": ["34172"] * n}
    table |= {k: v if isinstance(v, list) else [v] * n for k, v in base.items()}
    table["geometry"] = shapely.to_wkb(shapely.points([(770_000 + step_m * i, 6_280_000) for i in range(n)]))
    feeders = {"id": keyed_ids("armoire", "essai", range(1)), "commune": ["34172"], "code": ["A1"]} | (cabinets or {})
    return engine().inventory({"luminaire": pa.table(table), "armoire": pa.table(feeders)}, "34172")


def proposed(inventory: Bundle) -> dict[str, Action]:
    return {a.kind: a for a in actions_list(engine().propose(inventory, engine().diagnose(inventory, CTX), CTX))}


def share_kept(inventory: Bundle, kind: str, indicator: str = ENERGY) -> float:
    actions = engine().propose(inventory, engine().diagnose(inventory, CTX), CTX)
    one = actions.filter(pa.compute.equal(actions["kind"], kind))
    found = {r["indicator"]: r["value"] for r in simulate(engine(), inventory, one, CTX).to_pylist()}
    before = engine().diagnose(inventory, CTX).groups
    return 1 + found[indicator] / before.draws[0, before.names.index(indicator)].mean()


def test_each_step_keeps_the_share_it_says() -> None:
    whole = park()
    assert share_kept(whole, POWER_STEP) == pytest.approx(0.8, abs=0.002)
    assert share_kept(whole, DIMMING) == pytest.approx(1 - 0.5 * 2190 / 4100, abs=0.01)
    assert 0.3 < share_kept(whole, DETECTION) < 0.55
    assert share_kept(whole, POINT_REMOTE) < share_kept(whole, DIMMING)


def test_actions_are_proposed_only_where_what_they_rest_on_is_known() -> None:
    assert {DIMMING, POWER_STEP, POINT_REMOTE, DETECTION} <= set(proposed(park()))
    assert not {DIMMING, POWER_STEP, POINT_REMOTE, DETECTION} & set(proposed(park(lamp_technology="shp")))
    assert POWER_STEP not in proposed(park(install_year=2023))
    assert DETECTION not in proposed(park(road_class="M3"))
    assert not {DIMMING, POWER_STEP} & set(proposed(park(dimming_steps="A/X///23:00HL/05:00HL")))
    assert DIMMING not in proposed(park(regime="abaissement"))


def test_local_streets_can_be_switched_off_while_main_roads_stay_lit() -> None:
    mixed = park(road_class=["M3"] * 4 + ["P4"] * 8)
    action = proposed(mixed)[PART_NIGHT_STREETS]
    assert len([a for a in action.assets if a in set(mixed["luminaire"]["id"].to_pylist()[4:])]) == 8
    assert PART_NIGHT_STREETS not in proposed(park(road_class="P4"))
    assert PART_NIGHT_STREETS not in proposed(park(road_class=None))


def test_a_cell_or_an_old_cabinet_gives_way_to_a_clock() -> None:
    old = park(cabinets={"clock_type": ["cellule"], "install_year": pa.array([1985], pa.int32())})
    assert {CLOCK, CABINET} <= set(proposed(old))
    assert 0.95 < share_kept(old, CLOCK) < 1.0
    after = engine().apply(old, engine().propose(old, engine().diagnose(old, CTX), CTX))
    assert after["armoire"]["clock_type"].to_pylist() == ["horloge_astronomique"]
    assert after["armoire"]["install_year"].to_pylist() == [2027]
    assert not {CLOCK, CABINET} & set(proposed(park(cabinets={"clock_type": ["horloge_astronomique"]})))
    assert not {CLOCK, CABINET} & set(proposed(park()))


def test_lanterns_too_close_lose_every_other_one_and_nothing_more() -> None:
    tight = park(20, step_m=12.0)
    action = proposed(tight)[REMOVAL]
    assert len(action.assets) == 10
    assert share_kept(tight, REMOVAL) == pytest.approx(0.5, abs=0.01)
    assert share_kept(tight, REMOVAL, COST) == pytest.approx(0.5, abs=0.02)
    assert REMOVAL not in proposed(park(20, step_m=30.0))
    assert REMOVAL not in proposed(park(20, step_m=12.0, height_m=None))
    gone = set(action.assets)
    rows = [i for i, x in enumerate(tight["luminaire"]["id"].to_pylist()) if x in gone]
    assert (np.diff(rows) >= 2).all()


def test_what_is_out_of_service_draws_nothing_and_asks_for_nothing() -> None:
    dark = park(in_service=False)
    found = engine().diagnose(dark, CTX).groups
    assert np.nanmax(found.draws[0]) == 0
    assert not {DIMMING, POWER_STEP, DETECTION, REMOVAL, "relamp_led", "part_night"} & set(proposed(dark))


def test_calendars_of_the_same_lamps_exclude_each_other() -> None:
    family = proposed(park())
    for kind in (DIMMING, DETECTION, POWER_STEP, POINT_REMOTE, "part_night"):
        others = {family[k].id for k in (DIMMING, DETECTION, POWER_STEP, POINT_REMOTE, "part_night") if k != kind}
        assert others <= set(family[kind].excludes)
