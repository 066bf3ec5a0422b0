"""Steps of works: each is the ordinary diagnosis of the changed building, none blocks the next, cautions are said."""

import json
from datetime import date

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.engines.buildings.conftest import table as sources

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.packages import packages
from jumeau.engines.buildings.sun import used_on_the_spot
from jumeau.engines.buildings.works import CHAIN, PUMP
from jumeau.engines.protocol import Bundle, Context, simulate

CTX = Context(date=date(2026, 11, 1), seed=3, draws=64)


def by_name(bundle: Bundle) -> dict[str, str]:
    table = bundle["batiment"]
    return dict(zip(table["nom"].to_pylist(), table["id"].to_pylist(), strict=True))


def test_every_step_saves_and_the_last_is_the_diagnosis_of_all(small: Bundle) -> None:
    school = by_name(small)["école"]
    (found,) = packages(small, CTX, [school])
    assert {s.kind for s in found.steps} == {*CHAIN}
    assert found.steps[-1].kind == PUMP
    assert found.energy == pytest.approx((120000.0,) * 3)
    saved = [s.saved[0] for s in found.steps]
    assert all(b > a - 1e-9 for a, b in zip([0, *saved], saved, strict=False))
    assert saved[-1] > 0.4
    assert found.steps[-1].reached[0] == 0.40
    assert all(s.cost[1] < s.cost[0] < s.cost[2] for s in found.steps)
    table = small["batiment"]
    done = {"roof_insulation": "renovee", "floor_insulation": "renovee", "windows_renewed": "renovee",
            "wall_insulation": "renovee", "control_class": "B", "heating_energy": "electricite",
            "heating_system": "pompe_a_chaleur"}  # fmt: skip
    for name, value in done.items():
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array([value] * table.num_rows, table.schema.field(name).type))
    only = {"batiment": table.filter(pc.equal(table["id"], school))}
    whole = engine().diagnose(only, msgspec.structs.replace(CTX, detail=False)).groups.draws[0, 0].mean()
    assert found.steps[-1].energy[0] == pytest.approx(whole, rel=1e-6)


def test_the_heat_pump_is_sized_after_insulation(small: Bundle) -> None:
    (found,) = packages(small, CTX, [by_name(small)["école"]])
    pump = found.steps[-1]
    alone = engine().propose(small, engine().diagnose(small, CTX), CTX).to_pylist()
    before = next(a for a in alone if a["kind"] == "pompe_chaleur" and a["assets"] == [found.building])
    assert pump.unit == "kW"
    assert pump.quantity < 0.75 * before["quantity"]


def test_all_three_elements_are_the_full_renovation(small: Bundle) -> None:
    """Roof, windows and walls one by one end where the action on the whole envelope does."""
    school = by_name(small)["école"]
    table = small["batiment"]
    at = table.column_names.index("insulation")
    whole = table.set_column(at, "insulation", pa.array(["renovee"] * table.num_rows, table.schema.field("insulation").type))
    parts = table
    for name in ("roof_insulation", "windows_renewed", "wall_insulation"):
        at = parts.column_names.index(name)
        parts = parts.set_column(at, name, pa.array(["renovee"] * table.num_rows, table.schema.field(name).type))
    energies = [
        engine().diagnose({"batiment": x.filter(pc.equal(x["id"], school))}, CTX).groups.draws[0, 0] for x in (whole, parts)
    ]
    assert energies[0] == pytest.approx(energies[1])


def test_cautions_and_unknown_buildings(small: Bundle) -> None:
    names = by_name(small)
    table = small["batiment"]
    at = table.column_names.index("protected")
    table = table.set_column(at, "protected", pa.array([n == "mairie" for n in table["nom"].to_pylist()]))
    at = table.column_names.index("monument_distance_m")
    near = pa.array([120.0 if n in ("mairie", "gymnase", "école") else None for n in table["nom"].to_pylist()], pa.float64())
    listed = {"batiment": table.set_column(at, "monument_distance_m", near)}
    found = packages(listed, CTX, [names["mairie"], names["église"], "absent", names["gymnase"]])
    assert [p.building for p in found] == [names["mairie"], names["gymnase"]]
    cautions = {s.kind: s.cautions for s in found[0].steps}
    assert cautions["isolation_murs"] == ("murs_anciens", "protege")
    assert cautions["menuiseries"] == ("protege", "ventilation")
    assert cautions["isolation_plancher"] == ("sol_ancien",)
    assert {s.kind: s.cautions for s in found[1].steps}["isolation_murs"] == ("murs_anciens", "abords")
    proposed = engine().propose(listed, engine().diagnose(listed, CTX), CTX).to_pylist()
    steps = [a for a in proposed if a["kind"] == "etape" and a["assets"] == [names["école"]]]
    assert any("architecte des bâtiments de France" in text for text in steps[0]["cautions"])


def test_steps_of_the_programme_add_up_exactly_and_are_those_of_the_sheet(small: Bundle) -> None:
    """Effects of the steps of a building are those of the whole: each is tried on top of those before it."""
    ctx = msgspec.structs.replace(CTX, draws=256)
    actions = engine().propose(small, engine().diagnose(small, ctx), ctx)
    school = by_name(small)["école"]
    steps = [a for a in actions.to_pylist() if a["kind"] == "etape" and a["assets"] == [school]]
    assert [a["requires_all"] for a in steps] == [[], *([a["id"]] for a in steps[:-1])]
    effects = {
        e["action"]: e["value"]
        for e in simulate(engine(), small, actions, ctx).to_pylist()
        if e["indicator"] == "buildings_annual_energy_kwh"
    }
    (found,) = packages(small, ctx, [school])
    done = [kind for a in steps for kind in json.loads(a["parameters"])["kinds"]]
    assert [s.kind for s in found.steps][: len(done)] == done
    after = found.steps[len(done) - 1]
    assert sum(effects[a["id"]] for a in steps) == pytest.approx(after.energy[0] - found.energy[0], rel=1e-4)
    assert after.saved[0] >= 0.6
    whole = engine().apply(small, actions.filter(pc.is_in(actions["id"], value_set=pa.array([a["id"] for a in steps]))))
    row = whole["batiment"].filter(pc.equal(whole["batiment"]["id"], school)).to_pylist()[0]
    assert row["heating_system"] == "pompe_a_chaleur"
    assert sum(a["cost_eur"] for a in steps) == pytest.approx(sum(s.cost[0] for s in found.steps[: len(done)]), rel=1e-5)


def test_steps_exclude_the_same_works_alone_and_need_each_other(small: Bundle) -> None:
    actions = {a["id"]: a for a in engine().propose(small, engine().diagnose(small, CTX), CTX).to_pylist()}
    firsts = [a for a in actions.values() if a["kind"] == "etape" and not a["requires_all"]]
    assert firsts
    for first in firsts:
        assert first["excludes"]
        for name in first["excludes"]:
            assert actions[name]["kind"] in CHAIN
            assert first["id"] in actions[name]["excludes"]
            assert actions[name]["assets"] == first["assets"]


def test_class_a_panels_meters_and_shades_have_their_effects() -> None:
    rows = [{"nom": "lycée", "usage": "enseignement", "public_owner": True, "storeys": 3, "construction_year": 1968,
             "heating_energy": "gaz", "annual_energy_kwh": 500000.0, "roof_insulation": "renovee",
             "side": (60, 20)}]  # fmt: skip
    bundle = engine().inventory({"batiment": sources(rows)}, "34999")
    actions = engine().propose(bundle, engine().diagnose(bundle, CTX), CTX)
    made = simulate(engine(), bundle, actions, CTX).to_pylist()
    effects = {(row["action"].split("/")[0], row["indicator"]): row for row in made}
    known = {a["kind"]: a for a in actions.to_pylist()}
    energy, hot, cost = "buildings_annual_energy_kwh", "buildings_hot_area_m2", "buildings_annual_cost_eur"
    assert known["gestion_technique_a"]["requires_all"] == [known["gestion_technique"]["id"]]
    assert effects["gestion_technique_a", energy]["value"] < 0
    assert known["sous_comptage"]["unit"] == "compteur"
    metered = effects["sous_comptage", energy]
    assert -0.07 * 500000 <= metered["value_low"] <= metered["value_high"] <= 0
    assert known["sous_comptage"]["digital_embodied_kgco2e"] > 0
    assert effects["solaire_toiture", energy]["value"] < 0
    assert effects["solaire_toiture", cost]["value"] < 0.1 * effects["solaire_toiture", energy]["value"]
    assert effects["solaire_toiture", "buildings_fg_area_m2"]["value"] == 0
    assert effects["protection_solaire", hot]["value"] < -100
    assert effects["protection_solaire", hot]["value_high"] <= 0
    assert effects["protection_solaire", "buildings_cooling_need_kwh"]["value"] < 0
    assert effects["protection_solaire", energy]["value"] == 0
    done = engine().apply(bundle, actions)
    assert done["batiment"]["solar_kw"][0].as_py() == pytest.approx(known["solaire_toiture"]["quantity"])


def test_panels_are_used_on_the_spot_while_the_need_lasts() -> None:
    used = used_on_the_spot(np.array([[1.0, 1e3, 1e9]]), np.array([[1e6, 1e3, 1e3]]))
    assert used[0] == pytest.approx([1.0, 1e3 * (1 - np.exp(-1)), 1e3], rel=1e-4)


def test_unknown_heating_gives_a_package_with_its_chance_and_what_to_check() -> None:
    """What heats the building is drawn over the national shares: the last step replaces it, says how often each target is
    reached and what to look at; the generator alone is not proposed, and unknown stays unknown."""
    row = {
        "nom": "école",
        "usage": "enseignement",
        "public_owner": True,
        "storeys": 2,
        "construction_year": 1968,
        "side": (50, 30),
    }
    heard, unheard = ({**row, "heating_energy": "gaz"}, row)
    bundle, known = (engine().inventory({"batiment": sources([r])}, "34999") for r in (unheard, heard))
    assert bundle["batiment"]["heating_energy"].to_pylist() == [None]
    actions, sure = (engine().propose(b, engine().diagnose(b, CTX), CTX).to_pylist() for b in (bundle, known))
    assert "pompe_chaleur" not in {a["kind"] for a in actions}
    assert "pompe_chaleur" in {a["kind"] for a in sure}
    last = [a for a in actions if a["kind"] == "etape"][-1]
    assert PUMP in json.loads(last["parameters"])["kinds"]
    said = " ".join(last["cautions"])
    assert "chauffage inconnu" in said
    assert "parts nationales" in said
    assert "dans " in said
    assert "% des tirages" in said
    assert not any("tirages" in c for a in sure for c in a["cautions"])
    (package,) = packages(bundle, CTX, bundle["batiment"]["id"].to_pylist())
    pump = package.steps[-1]
    assert pump.kind == PUMP
    assert "chauffage_inconnu" in pump.cautions
    assert 0.2 < pump.chances[1] < 1
    assert list(pump.chances) == sorted(pump.chances, reverse=True)
    assert [f"{round(100 * c)} % des tirages" in said for c in pump.chances] == [True] * 3
    effects = simulate(engine(), bundle, engine().propose(bundle, engine().diagnose(bundle, CTX), CTX), CTX).to_pylist()
    energy = {r["action"]: r for r in effects if r["indicator"] == "buildings_annual_energy_kwh"}
    effect = energy[last["id"]]
    assert effect["value_low"] < effect["value"] < effect["value_high"] <= 0
