"""`simulate` and its passes, over a toy engine whose arithmetic can be done by hand."""

from datetime import date
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from jumeau.engines import protocol
from jumeau.engines.protocol import Bundle, Chosen, Context, Diagnosis, chosen_table, passes, simulate, simulate_chosen
from jumeau.engines.tables import assign, conform, floats, touched
from jumeau.engines.tally import Tally
from jumeau.errors import EngineError
from jumeau.model.action import Action, actions_table

CTX = Context(date=date(2026, 1, 1), draws=32)
ENERGY = "lighting_annual_energy_kwh"


class Toy:
    """Energy of a light = power times the number of lights of its cabinet: what one does changes its neighbours."""

    name, main, reads, partition = "toy", "luminaire", ("luminaire",), "commune"
    indicators = (ENERGY,)

    def __init__(self, independent_by: str) -> None:
        self.independent_by = independent_by

    def inventory(self, sources: Bundle, area: str) -> Bundle:
        return {"luminaire": conform(sources, "luminaire")}

    def diagnose(self, inventory: Bundle, ctx: Context) -> Diagnosis:
        table = inventory["luminaire"]
        power, tally = floats(table, "lamp_power_w"), Tally(table, self.indicators, ctx)
        cabinet = np.array(pc.fill_null(table["armoire"], "").to_pylist(), object)
        lit = np.array([np.nansum(power[cabinet == c]) if c else p for c, p in zip(cabinet, power, strict=True)])
        noise = np.linspace(0.9, 1.1, ctx.draws)
        for rows in tally.chunks():
            value = np.where(np.isnan(power[rows]), np.nan, lit[rows])
            tally.add(rows, ENERGY, value[:, None] * noise, np.where(np.isnan(value), 4, 1).astype(np.int8))
        return tally.diagnosis()

    def propose(self, inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
        return actions_table([])

    def apply(self, inventory: Bundle, actions: pa.Table) -> Bundle:
        table = inventory["luminaire"]
        return {"luminaire": assign(table, touched(table, actions) >= 0, {"lamp_power_w": 10.0})}


def action(name: str, *assets: str) -> Action:
    return Action(
        id=name, kind="k", field="lighting", title=name, owner="commune:1", need="n", quantity=1, unit="u", cost_eur=1,
        cost_eur_low=1, cost_eur_high=1, price_year=2025, cost_source="s", lifetime_y=9, assets=assets,
    )  # fmt: skip


def bundle(cabinets: list[str | None], powers: list[float | None]) -> Bundle:
    ids = [f"l{i}" for i in range(len(powers))]
    table = pa.table({"id": ids, "commune": ["1"] * len(ids), "armoire": pa.array(cabinets, pa.string()),
                      "lamp_power_w": pa.array(powers, pa.float64())})  # fmt: skip
    return Toy("asset").inventory({"luminaire": table}, "1")


def values(effects: pa.Table) -> dict[str, float | None]:
    return dict(zip(effects["action"].to_pylist(), effects["value"].to_pylist(), strict=True))


def test_actions_on_apart_cabinets_share_a_pass_and_neighbours_do_not() -> None:
    main = bundle(["A", "A", "B", None, None], [100.0] * 5)["luminaire"]
    tried = [("a", "l0"), ("none",), ("b", "l1"), ("c", "l2"), ("d", "l3", "gone"), ("e", "l4"), ("f", "gone")]
    actions = actions_table([action(*names) for names in tried])
    assert passes(actions, main, "armoire") == [[0, 3, 4, 5], [2, 6]]
    assert passes(actions, main, "asset") == [[0, 2, 3, 4, 5], [6]]
    assert passes(actions.slice(1, 1), main, "asset") == []


def test_passes_never_hold_two_actions_on_one_unit() -> None:
    rng = np.random.default_rng(5)
    main = bundle([f"c{i % 17}" for i in range(300)], [1.0] * 300)["luminaire"]
    actions = actions_table([action(str(k), *{f"l{i}" for i in rng.integers(0, 300, 3)}) for k in range(80)])
    found = passes(actions, main, "armoire")
    assert sorted(k for level in found for k in level) == list(range(80))
    for level in found:
        units = [{int(a[1:]) % 17 for a in assets} for assets in actions["assets"].take(level).to_pylist()]
        assert sum(map(len, units)) == len(set().union(*units))


def test_an_effect_reaches_the_neighbours_of_the_unit_and_no_further() -> None:
    inventory = bundle(["A", "A", "B", None, None], [100.0, 50.0, 70.0, 30.0, None])
    effects = simulate(
        Toy("armoire"), inventory, actions_table([action("z", "l0"), action("y", "l1"), action("x", "l3")]), CTX
    )
    # A: 2 x 150 = 300 before; l0 to 10 W: 2 x 60 = 120; l1 to 10 W: 2 x 110 = 220.
    assert values(effects) == {"z": -180.0, "y": -80.0, "x": -20.0}
    assert effects["action"].to_pylist() == ["z", "y", "x"]
    assert effects["to_year"].to_pylist() == [9, 9, 9]
    assert effects["value_low"].to_pylist()[0] < -180 < effects["value_high"].to_pylist()[0]


def test_an_effect_on_something_unknown_before_is_unknown() -> None:
    inventory = bundle(["A", None], [100.0, None])
    assert values(simulate(Toy("armoire"), inventory, actions_table([action("x", "l1")]), CTX)) == {"x": None}


def test_batches_change_nothing(monkeypatch) -> None:
    inventory = bundle([None] * 40, [float(i) + 20 for i in range(40)])
    actions = actions_table([action(f"a{i:02d}", f"l{i}") for i in reversed(range(40))])
    whole = simulate(Toy("asset"), inventory, actions, CTX)
    monkeypatch.setattr(protocol, "BATCH", 7)
    assert simulate(Toy("asset"), inventory, actions, CTX).equals(whole)
    assert values(whole)["a03"] == -13


def test_the_chosen_programme_tells_what_does_not_add_up() -> None:
    inventory = bundle(["A", "A", None], [100.0, 50.0, None])
    chosen = actions_table([action("a", "l0"), action("b", "l1"), action("c", "l2"), action("gateway")])
    found = simulate_chosen(Toy("armoire"), inventory, chosen, CTX)
    row = chosen_table([found, found]).to_pylist()[0]
    # A: 2 x 20 - 300 = -260 and -180 - 80 = -260, the toy being linear; both parts are the same.
    assert (row["whole"], row["singles"], row["interaction"]) == (-520.0, -520.0, 0.0)
    assert row["left_out"] == 2
    assert found.before.keys == found.after.keys == ("1",)


def test_two_ways_of_doing_the_same_thing_save_once() -> None:
    inventory = bundle([None], [100.0])
    found = simulate_chosen(Toy("asset"), inventory, actions_table([action("a", "l0"), action("b", "l0")]), CTX)
    row = chosen_table([found]).to_pylist()[0]
    assert (row["whole"], row["singles"], row["interaction"]) == (-90.0, -180.0, 90.0)
    assert row["interaction_low"] < 90 < row["interaction_high"]


def test_no_part_is_an_error() -> None:
    with pytest.raises(EngineError):
        chosen_table([])


def test_an_engine_that_loses_assets_is_named() -> None:
    class Losing(Toy):
        def apply(self, inventory: Bundle, actions: pa.Table) -> Bundle:
            return {"luminaire": inventory["luminaire"].slice(0, 0)}

    with pytest.raises(EngineError, match="toy"):
        simulate(Losing("asset"), bundle([None], [9.0]), actions_table([action("a", "l0")]), CTX)


def test_large_and_small_groups_are_never_cut_by_their_neighbours(monkeypatch) -> None:
    monkeypatch.setattr("jumeau.engines.tally.CHUNK", 8)
    cabinets = ["A"] * 3 + ["B"] * 21 + ["C"] * 6 + ["D"] * 2 + [None]
    table = bundle(cabinets, [1.0] * 33)["luminaire"].take(np.random.default_rng(2).permutation(33))
    tally = Tally(table, (ENERGY,), msgspec.structs.replace(CTX, group="armoire"))
    assert tally.keys == ("", "A", "B", "C", "D")
    cut = [pc.fill_null(table["armoire"], "").take(rows).to_pylist() for rows in tally.chunks()]
    assert cut == [["", *"AAA"], ["B"] * 8, ["B"] * 8, ["B"] * 5, [*"CCCCCC", *"DD"]]


def test_an_effect_on_nothing_known_is_unknown_and_not_none() -> None:
    names = ("lighting_annual_energy_kwh", "lighting_failures_per_year")
    groups: Any = None
    draws, nothing = np.array([[-10.0, -12.0], [0.0, 0.0]]), np.zeros((2, 2))
    counts = np.array([3, 0], np.int64)
    part = Chosen(groups, groups, names, draws, nothing, np.zeros(2, np.int64), counts, 3)
    table = chosen_table([part, part]).to_pylist()
    assert table[0]["whole"] == -22.0
    assert [table[1][c] for c in ("whole", "whole_low", "whole_high", "interaction")] == [None] * 4
