"""What every engine keeps. See conftest.py to join."""

import ast
import json
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import jumeau.engines
from jumeau.engines.protocol import simulate, simulate_chosen
from jumeau.model.action import ACTION_SCHEMA, EFFECT_SCHEMA, SHARED_CAPACITIES, actions_list
from jumeau.model.dictionary import builtin_layers, indicators
from jumeau.model.estimate import triple
from jumeau.model.need import needs
from jumeau.model.origin import ORIGINS

FORBIDDEN = {
    "jumeau.store", "jumeau.compute", "jumeau.sharing", "jumeau.sources", "jumeau.live", "jumeau.twin", "jumeau.web",
    "os", "socket", "time", "random", "urllib", "http", "sqlite3", "subprocess", "pathlib", "secrets", "tempfile",
}  # fmt: skip


def ids(table: pa.Table) -> list[str]:
    return table["id"].to_pylist()


def sources_of_main(case) -> list[str]:
    """The main layer, or the layers a derived one gathers."""
    if case.engine.main in case.engine.reads:
        return [case.engine.main]
    gathered = set(ids(case.inventory[case.engine.main]))
    return [x for x in case.engine.reads if gathered & set(ids(case.inventory[x]))]


def as_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


@pytest.fixture(scope="module")
def effects(case) -> pa.Table:
    return simulate(case.engine, case.inventory, case.actions, case.ctx)


def test_the_engine_speaks_of_declared_layers_columns_and_indicators(case) -> None:
    layers, engine = builtin_layers(), case.engine
    assert engine.main in layers
    assert set(engine.reads) <= set(layers)
    assert engine.partition in layers[engine.main].names
    assert engine.independent_by == "asset" or engine.independent_by in layers[engine.main].names
    for name in engine.indicators:
        assert indicators()[name].field == engine.name
        assert indicators()[name].unit


def test_the_inventory_has_the_declared_columns_and_keeps_ids(case) -> None:
    raw = [
        row for part in case.parts.values() for layer in sources_of_main(case) if layer in part for row in ids(part[layer])
    ]
    found = ids(case.inventory[case.engine.main])
    assert sorted(found) == sorted(raw)
    if case.engine.main in case.engine.reads:
        assert found == raw
    for layer in case.engine.reads:
        table = case.inventory[layer]
        for field in builtin_layers()[layer].schema:
            assert table.schema.field(field.name).type == field.type
        for name in builtin_layers()[layer].names:
            given = pc.is_valid(table[f"{name}__origin"])
            assert pc.all(pc.equal(given, pc.is_valid(table[name])), min_count=0).as_py()


def test_the_diagnosis_has_a_triple_and_an_origin_for_each_indicator(case) -> None:
    assets, groups = case.diagnosis.assets, case.diagnosis.groups
    expected = ["id", "commune"]
    for name in case.engine.indicators:
        expected += [*triple(name), f"{name}__origin"]
        value, low, high = (assets[c].drop_null().to_numpy() for c in triple(name))
        assert (low <= high).all()
        assert len(value) == len(low) == len(high)
        assert all(assets.schema.field(c).type == pa.float32() for c in triple(name))
    assert assets.column_names == expected
    assert assets["id"].to_pylist() == case.inventory[case.engine.main]["id"].to_pylist()
    shape = (len(groups.keys), len(case.engine.indicators))
    assert groups.names == case.engine.indicators
    assert groups.draws.shape == (*shape, case.ctx.draws)
    assert groups.shares.shape == (*shape, len(ORIGINS))


def test_unknown_stays_unknown_and_is_counted(case) -> None:
    assets, groups = case.diagnosis.assets, case.diagnosis.groups
    for i, name in enumerate(groups.names):
        null = np.asarray(assets[name].is_null())
        assert np.array_equal(null, np.asarray(pc.equal(assets[f"{name}__origin"], "unknown")))
        assert groups.unknown[:, i].sum() == null.sum()
        assert groups.known[:, i].sum() == (~null).sum()
        known = groups.known[:, i] > 0
        assert np.isfinite(groups.draws[known, i]).all()
        assert np.isnan(groups.draws[~known, i]).all()
        assert groups.shares[known, i, :-1].sum(axis=1) == pytest.approx(1)


def test_an_inventory_of_bare_ids_is_never_said_to_be_known(case) -> None:
    keep = {"id", "commune", case.engine.partition, case.engine.independent_by}
    bare = {x: t.select([c for c in t.column_names if c in keep]) for x, t in next(iter(case.parts.values())).items()}
    found = case.engine.diagnose(case.engine.inventory(bare, "nu"), case.ctx)
    for name in case.engine.indicators:
        assert set(found.assets[f"{name}__origin"].to_pylist()) <= {"inferred", "default", "unknown"}
        low, high = (found.assets[c].drop_null().to_numpy() for c in triple(name)[1:])
        assert (low < high).all()


def test_totals_are_the_sums_of_assets(case) -> None:
    label = case.inventory[case.engine.main][case.ctx.group]
    for i, name in enumerate(case.diagnosis.groups.names):
        if indicators()[name].total != "sum":
            continue
        for g, key in enumerate(case.diagnosis.groups.keys):
            mine = case.diagnosis.assets[name].filter(pc.equal(label, key))
            room = 0.5 * 10 ** -indicators()[name].decimals * len(mine) + 1e-6 * abs(pc.sum(mine).as_py() or 0)
            assert np.nan_to_num(case.diagnosis.groups.draws[g, i]).mean() == pytest.approx(
                pc.sum(mine).as_py() or 0, abs=room
            )


def test_a_partition_alone_equals_the_same_partition_in_a_whole_run(case) -> None:
    for name, part in case.parts.items():
        alone = case.engine.diagnose(case.engine.inventory(part, name), case.ctx)
        at = [case.diagnosis.groups.keys.index(k) for k in alone.groups.keys]
        assert np.array_equal(alone.groups.draws, case.diagnosis.groups.draws[at], equal_nan=True)
        inside = pc.is_in(case.diagnosis.assets["id"], value_set=alone.assets["id"].combine_chunks())
        assert alone.assets.equals(case.diagnosis.assets.filter(inside))


def test_the_order_of_rows_changes_no_asset(case) -> None:
    main, back = case.engine.main, list(reversed(range(case.inventory[case.engine.main].num_rows)))
    found = case.engine.diagnose(dict(case.inventory) | {main: case.inventory[main].take(back)}, case.ctx)
    assert found.assets.take(back).equals(case.diagnosis.assets)
    assert found.groups.draws == pytest.approx(case.diagnosis.groups.draws, rel=1e-9, nan_ok=True)


def test_apply_of_nothing_is_identity(case) -> None:
    same = case.engine.apply(case.inventory, case.actions.slice(0, 0))
    assert set(same) == set(case.inventory)
    assert all(same[x].equals(case.inventory[x]) for x in same)


def test_apply_keeps_ids_columns_and_what_it_does_not_touch(case) -> None:
    changed = case.engine.apply(case.inventory, case.actions)
    for layer, table in case.inventory.items():
        assert changed[layer].schema.equals(table.schema)
        assert changed[layer]["id"].equals(table["id"])
    for i in range(case.actions.num_rows):
        one = case.actions.slice(i, 1)
        for layer, table in case.engine.apply(case.inventory, one).items():
            mine = pa.array(one["assets"].to_pylist()[0], pa.string())
            other = pc.invert(pc.is_in(table["id"], value_set=mine))
            assert table.filter(other).equals(case.inventory[layer].filter(other))


def test_actions_are_valid(case) -> None:
    assert case.actions.schema.equals(ACTION_SCHEMA)
    actions = actions_list(case.actions)
    known = {a.id for a in actions}
    assets = set().union(*(t["id"].to_pylist() for t in case.inventory.values()))
    capacities = {name for a in actions for name in a.provides}
    assert len(known) == len(actions) > 0
    for a in actions:
        need = needs()[a.need]
        assert (need.unit, need.field, a.field) == (a.unit, a.field, case.engine.name), a.id
        assert a.quantity > 0
        assert a.cost_eur_low <= a.cost_eur <= a.cost_eur_high
        assert a.cost_source
        assert a.title
        assert 2015 <= a.price_year <= case.ctx.date.year
        assert a.lifetime_y > 0
        assert a.owner.partition(":")[0] in ("commune", "epci", "departement", "syndicat", "region", "prive")
        assert set(a.assets) <= assets
        assert len(set(a.assets)) == len(a.assets)
        assert {*a.requires_all, *a.requires_any, *a.excludes} <= known - {a.id}
        assert {name for name in a.consumes if name.partition(":")[0] not in SHARED_CAPACITIES} <= capacities
        assert isinstance(json.loads(a.parameters or "{}"), dict)
        if need.digital:
            assert a.digital_energy_kwh_per_year is not None
            assert a.digital_embodied_kgco2e is not None


def test_effects_have_units_and_intervals(case, effects) -> None:
    assert effects.schema.equals(EFFECT_SCHEMA)
    rows = effects.to_pylist()
    touching = [a.id for a in actions_list(case.actions) if a.assets]
    assert [(r["action"], r["indicator"]) for r in rows] == [(a, i) for a in touching for i in case.engine.indicators]
    assert all(r["unit"] == indicators()[r["indicator"]].unit for r in rows)
    known = [r for r in rows if r["value"] is not None]
    assert all(r["value_low"] <= r["value_high"] for r in known)
    assert any(r["value_low"] < r["value"] < r["value_high"] for r in known)
    assert all(r["value_low"] is None and r["value_high"] is None for r in rows if r["value"] is None)


def test_an_effect_does_not_depend_on_the_other_actions_tried(case, effects) -> None:
    for i in range(case.actions.num_rows):
        one = case.actions.slice(i, 1)
        expected = effects.filter(pc.equal(effects["action"], one["id"][0]))
        assert simulate(case.engine, case.inventory, one, case.ctx).equals(expected.combine_chunks())


def test_one_action_chosen_is_its_own_whole(case) -> None:
    touching = case.actions.filter(pc.greater(pc.list_value_length(case.actions["assets"]), 0)).slice(0, 1)
    found = simulate_chosen(case.engine, case.inventory, touching, case.ctx)
    assert np.abs(found.whole).max() > 0
    assert found.whole == pytest.approx(found.singles, rel=1e-6, abs=1e-3)


def test_same_inputs_same_bytes_and_another_seed_another_draw(case, effects) -> None:
    again = case.engine.diagnose(case.inventory, case.ctx)
    assert as_bytes(again.assets) == as_bytes(case.diagnosis.assets)
    assert again.groups.draws.tobytes() == case.diagnosis.groups.draws.tobytes()
    actions = case.engine.propose(case.inventory, again, case.ctx)
    assert as_bytes(actions) == as_bytes(case.actions)
    assert as_bytes(simulate(case.engine, case.inventory, actions, case.ctx)) == as_bytes(effects)
    other = case.engine.diagnose(case.inventory, msgspec.structs.replace(case.ctx, seed=8))
    assert not np.array_equal(other.groups.draws, again.groups.draws, equal_nan=True)


def test_nothing_forbidden_is_imported(case) -> None:
    folder = Path(jumeau.engines.__file__).parent / case.engine.name
    seen = set()
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            seen |= set(names)
            assert not any(n == f or n.startswith(f + ".") for n in names for f in FORBIDDEN), f"{file.name}: {names}"
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("now", "today", "utcnow", "default_rng"), file.name
            assert not (isinstance(node, ast.Name) and node.id in ("open", "print")), file.name
    assert "jumeau.engines.protocol" in seen


def test_the_same_files_four_times(case) -> None:
    folder = Path(jumeau.engines.__file__).parent / case.engine.name
    assert {"README.md", "__init__.py", "inventory.py", "diagnose.py", "propose.py", "apply.py"} <= {
        f.name for f in folder.iterdir()
    }
