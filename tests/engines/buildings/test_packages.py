"""Steps of works: each is the ordinary diagnosis of the changed building, none blocks the next, cautions are said."""

from datetime import date

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.packages import ORDER, packages
from jumeau.engines.protocol import Bundle, Context

CTX = Context(date=date(2026, 11, 1), seed=3, draws=64)


def by_name(bundle: Bundle) -> dict[str, str]:
    table = bundle["batiment"]
    return dict(zip(table["nom"].to_pylist(), table["id"].to_pylist(), strict=True))


def test_every_step_saves_and_the_last_is_the_diagnosis_of_all(small: Bundle) -> None:
    school = by_name(small)["école"]
    (found,) = packages(small, CTX, [school])
    assert [s.kind for s in found.steps] == list(ORDER)
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
    listed = {"batiment": table.set_column(at, "protected", pa.array([n == "mairie" for n in table["nom"].to_pylist()]))}
    found = packages(listed, CTX, [names["mairie"], names["église"], "absent"])
    assert [p.building for p in found] == [names["mairie"]]
    cautions = {s.kind: s.cautions for s in found[0].steps}
    assert cautions["isolation_murs"] == ("murs_anciens", "protege")
    assert cautions["menuiseries"] == ("protege", "ventilation")
    assert cautions["isolation_plancher"] == ()
