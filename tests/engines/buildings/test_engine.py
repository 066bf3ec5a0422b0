"""The buildings engine on a small commune: what is known is kept, what is unknown stays so, effects come from the physics."""

import json
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely
from tests.engines.buildings.conftest import ROWS, table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.choices import DEPARTEMENTS
from jumeau.engines.buildings.diagnose import labels
from jumeau.engines.buildings.geometry import party_walls
from jumeau.engines.protocol import Bundle, Context, simulate
from jumeau.model.action import ACTION_SCHEMA
from jumeau.model.draws import parameters

ENERGY, AREA, FOSSIL, _, PEAK, COOL, HOT = engine().indicators


def _assets(bundle: Bundle, ctx: Context) -> dict[str, dict[str, Any]]:
    names = bundle["batiment"]["nom"].to_pylist()
    found = engine().diagnose(bundle, ctx).assets.to_pylist()
    labelled = labels(bundle, ctx).to_pylist()
    return {n: a | b for n, a, b in zip(names, found, labelled, strict=True)}


def _effects(bundle: Bundle, ctx: Context) -> dict[tuple[str, str, str], dict[str, Any]]:
    actions = engine().propose(bundle, engine().diagnose(bundle, ctx), ctx)
    names = dict(zip(bundle["batiment"]["id"].to_pylist(), bundle["batiment"]["nom"].to_pylist(), strict=True))
    out = {}
    for row in simulate(engine(), bundle, actions, ctx).to_pylist():
        kind, asset, *step = row["action"].split("/")
        if step and step != ["1"]:
            continue
        out[names[asset], kind, row["indicator"]] = row
    return out


def test_a_bill_is_the_energy_and_keeps_its_origin(small: Bundle, ctx: Context) -> None:
    school = _assets(small, ctx)["école"]
    assert school[ENERGY] == school[f"{ENERGY}_low"] == school[f"{ENERGY}_high"] == 120000
    assert school[f"{ENERGY}__origin"] == "measured"
    assert 0 < school[FOSSIL] < 120000
    assert school[f"{FOSSIL}__origin"] == "declared"


def test_a_declared_label_is_kept(small: Bundle, ctx: Context) -> None:
    hall = _assets(small, ctx)["mairie"]
    assert hall["buildings_label"] == "F"
    assert hall[f"{AREA}__origin"] == "declared"
    assert hall[f"{AREA}_low"] > 200
    assert hall[ENERGY] / hall[AREA] > 200


def test_what_is_not_known_to_be_heated_is_unknown(small: Bundle, ctx: Context) -> None:
    assets = _assets(small, ctx)
    for name in ("église", "remise"):
        assert assets[name][ENERGY] is None
        assert assets[name][f"{ENERGY}__origin"] == "unknown"
        assert assets[name]["buildings_label"] is None
    groups = engine().diagnose(small, ctx).groups
    assert groups.known[0].tolist() == [5] * 7
    assert groups.unknown[0].tolist() == [2] * 7
    assert groups.shares[0, 0, :4].sum() == pytest.approx(1)


def test_a_vague_use_is_inferred_only_where_it_can_be_said(small: Bundle) -> None:
    rows = {r["nom"]: r for r in small["batiment"].to_pylist()}
    assert rows["maison commune"]["usage"] == "equipement"
    assert rows["maison commune"]["usage__origin"] == "inferred"
    assert rows["remise"]["usage"] == "indifferencie"


def test_less_known_is_wider(ctx: Context) -> None:
    known = {
        "nom": "a",
        "usage": "bureau",
        "storeys": 2,
        "construction_year": 1990,
        "heating_energy": "gaz",
        "side": (20, 10),
    }
    vague = {"nom": "b", "usage": "bureau", "side": (20, 10)}
    assets = _assets(engine().inventory({"batiment": table([known, vague])}, "34999"), ctx)
    width = {n: (a[f"{ENERGY}_high"] - a[f"{ENERGY}_low"]) / a[ENERGY] for n, a in assets.items()}
    assert width["b"] > 1.3 * width["a"]
    assert assets["a"][f"{ENERGY}__origin"] == "inferred"
    assert assets["b"][f"{ENERGY}__origin"] == "default"


def test_actions_are_for_public_heated_buildings_that_are_not_housing(small: Bundle, ctx: Context) -> None:
    actions = engine().propose(small, engine().diagnose(small, ctx), ctx)
    assert actions.schema.equals(ACTION_SCHEMA)
    names = dict(zip(small["batiment"]["id"].to_pylist(), small["batiment"]["nom"].to_pylist(), strict=True))
    found = [(names[row["assets"][0]], row["kind"]) for row in actions.to_pylist()]
    assert {name for name, _ in found} == {"école", "mairie", "gymnase", "maison commune"}
    assert [name for name, _ in found] == sorted((name for name, _ in found), key=list(names.values()).index)
    assert {kind for name, kind in found if name == "maison commune"} <= {
        "isolation_toiture",
        "isolation_plancher",
        "isolation_murs",
    }
    assert {"etape", "pompe_chaleur", "gestion_technique", "solaire_toiture"} <= {k for n, k in found if n == "école"}
    assert "pompe_chaleur" not in {kind for name, kind in found if name == "gymnase"}
    most = max(sum(name == other for other, _ in found) for name in names.values())
    assert most <= 13
    for row in actions.to_pylist():
        assert 0 < row["cost_eur_low"] < row["cost_eur"] < row["cost_eur_high"]
        assert row["owner"] == "commune:34999"
        assert "€" in row["cost_source"]
        digital = "gestion_technique" in (row["kind"], *json.loads(row["parameters"]).get("kinds", ()))
        assert (row["digital_energy_kwh_per_year"] is not None) is digital
        assert (row["digital_embodied_kgco2e"] is not None) is digital


def test_effects_are_savings_within_the_bill(small: Bundle, ctx: Context) -> None:
    effects = _effects(small, ctx)
    for kind in ("isolation_toiture", "pompe_chaleur", "gestion_technique"):
        saved = effects["école", kind, ENERGY]
        assert -120000 < saved["value"] < -3000
        assert saved["value_high"] <= 0
    fossil = _assets(small, ctx)["école"][FOSSIL]
    assert effects["école", "pompe_chaleur", FOSSIL]["value"] == pytest.approx(-fossil, rel=1e-3)
    assert min(e["value"] for (name, _, i), e in effects.items() if (name, i) == ("mairie", AREA)) < 0


def test_effects_do_not_add_up(small: Bundle, ctx: Context) -> None:
    actions = engine().propose(small, engine().diagnose(small, ctx), ctx)
    school = actions.filter(pc.equal(pc.list_element(actions["assets"], 0), small["batiment"]["id"][0]))
    before = _assets(small, ctx)["école"][ENERGY]
    after = _assets(engine().apply(small, school), ctx)["école"][ENERGY]
    alone = sum(_effects(small, ctx)["école", k, ENERGY]["value"] for k in school["kind"].to_pylist())
    assert after < before
    assert after - before > alone


def test_apply_keeps_ids_and_no_action_is_identity(small: Bundle, ctx: Context) -> None:
    actions = engine().propose(small, engine().diagnose(small, ctx), ctx)
    assert engine().apply(small, actions.slice(0, 0))["batiment"].equals(small["batiment"])
    done = engine().apply(small, actions)
    assert done["batiment"]["id"].equals(small["batiment"]["id"])
    again = engine().propose(done, engine().diagnose(done, ctx), ctx)
    assert {a["kind"] for a in again.to_pylist()} <= {"isolation_murs", "isolation_plancher", "menuiseries"}
    for _ in range(3):
        done = engine().apply(done, again)
        again = engine().propose(done, engine().diagnose(done, ctx), ctx)
    assert again.num_rows == 0


def test_draws_do_not_depend_on_order_or_neighbours(ctx: Context) -> None:
    whole, turned = table(ROWS), table(ROWS).take(pa.array([6, 3, 2, 5, 0, 4, 1]))
    one = engine().diagnose(engine().inventory({"batiment": whole}, ""), ctx)
    other = engine().diagnose(engine().inventory({"batiment": turned}, ""), ctx)
    np.testing.assert_allclose(one.groups.draws, other.groups.draws, rtol=1e-12)
    lone = engine().diagnose(engine().inventory({"batiment": whole.slice(2, 1)}, ""), ctx)
    np.testing.assert_array_equal(lone.assets[ENERGY].to_numpy()[0], one.assets[ENERGY].to_numpy()[2])


def test_a_colder_zone_uses_more(ctx: Context) -> None:
    rows = [{"nom": "mairie", "usage": "bureau", "storeys": 2, "construction_year": 1965, "side": (20, 12)}]
    found = {}
    for commune in ("34999", "12174", "67482", "97101"):
        bundle = engine().inventory({"batiment": table(rows, commune)}, commune)
        found[commune] = _assets(bundle, ctx)["mairie"][ENERGY]
    assert found["34999"] < found["12174"] < found["67482"]
    assert found["97101"] is None


def test_a_price_of_the_context_changes_the_cost(small: Bundle, ctx: Context) -> None:
    dear = msgspec.structs.replace(ctx, prices={"price_heat_pump_kw": (2000, 2100, 2200)})
    usual, high = (engine().propose(small, engine().diagnose(small, c), c) for c in (ctx, dear))
    for before, after in zip(usual.to_pylist(), high.to_pylist(), strict=True):
        pump = "pompe_chaleur" in (before["kind"], *json.loads(before["parameters"]).get("kinds", ()))
        assert (after["cost_eur"] > 1.01 * before["cost_eur"]) is pump


def test_party_walls_are_measured() -> None:
    row = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(40, 0, 50, 10)])
    found = party_walls(row, np.ones(3, bool), np.zeros(3, np.int32))
    assert found == pytest.approx([10, 10, 0], abs=0.2)
    assert party_walls(row, np.ones(3, bool), np.array([0, 1, 1], np.int32)).tolist() == [0, 0, 0]


def test_an_empty_inventory_has_no_group(ctx: Context) -> None:
    bundle = engine().inventory({"batiment": table(ROWS).slice(0, 0)}, "34999")
    found = engine().diagnose(bundle, ctx)
    assert found.assets.num_rows == 0
    assert found.groups.keys == ()
    assert engine().propose(bundle, found, ctx).num_rows == 0


def test_every_departement_of_the_mainland_has_one_zone() -> None:
    codes = [c for words in DEPARTEMENTS.values() for c in words.split()]
    assert len(codes) == len(set(codes)) == 96


def test_every_parameter_is_sourced_and_ordered() -> None:
    for law in parameters("buildings").values():
        assert law.source
        assert law.confidence in ("low", "medium", "high")
        assert law.low <= law.mode <= law.high


def test_a_floor_area_that_cannot_stand_on_the_footprint_is_unknown() -> None:
    rows = [
        {"nom": "a", "usage": "bureau", "height_m": 6.5, "floor_area_m2": 12790.0, "side": (12, 10)},
        {"nom": "b", "usage": "bureau", "height_m": 6.5, "floor_area_m2": 210.0, "side": (12, 10)},
        {"nom": "c", "usage": "bureau", "floor_area_m2": 1500.0, "side": (12, 10)},
    ]
    found = engine().inventory({"batiment": table(rows)}, "34999")["batiment"]
    assert found["floor_area_m2"].to_pylist() == [None, 210.0, 1500.0]
    assert found["floor_area_m2__origin"].to_pylist() == [None, "declared", "declared"]


def test_a_kiosk_has_energy_but_no_action(ctx: Context) -> None:
    rows = [
        {"nom": "kiosque", "usage": "bureau", "public_owner": True, "height_m": 3.0, "heating_energy": "gaz", "side": (4, 3)}
    ]
    bundle = engine().inventory({"batiment": table(rows)}, "34999")
    assert _assets(bundle, ctx)["kiosque"][ENERGY] > 0
    assert engine().propose(bundle, engine().diagnose(bundle, ctx), ctx).num_rows == 0


def test_a_declared_label_improves_with_works(ctx: Context) -> None:
    rows = [{"nom": "mairie", "usage": "bureau", "public_owner": True, "height_m": 7.0, "construction_year": 1900,
             "heating_energy": "fioul", "dpe_class": "G", "side": (30, 16)}]  # fmt: skip
    bundle = engine().inventory({"batiment": table(rows)}, "34999")
    done = engine().apply(bundle, engine().propose(bundle, engine().diagnose(bundle, ctx), ctx))
    before, after = _assets(bundle, ctx)["mairie"], _assets(done, ctx)["mairie"]
    assert (before["buildings_label"], before[f"{AREA}__origin"]) == ("G", "declared")
    assert after["buildings_label"] in "ABCD"
    assert after[f"{AREA}__origin"] == "inferred"
    assert after[FOSSIL] == 0
