"""The LED that keeps the class of a road: checked again by the whole engine, one street at a time."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from jumeau.engines.lighting import engine
from jumeau.engines.lighting.photometry.choice import choice
from jumeau.engines.lighting.photometry.relamp import needed
from jumeau.engines.lighting.photometry.street import street_from
from jumeau.engines.protocol import Context, simulate
from jumeau.engines.tables import conform

CTX = Context(date=date(2026, 11, 23))


def streets(**columns: list[Any]) -> pa.Table:
    rows = len(next(iter(columns.values())))
    return pa.table({"id": [f"l{i}" for i in range(rows)], "commune": ["34172"] * rows, **columns})


def test_the_batch_chooses_what_one_street_after_the_other_chooses() -> None:
    names = ["C4", "P3", "P4", "C3", "M5", "P2"]
    width, spacing, height = (
        [7.0, 6.0, 5.0, 9.0, 6.5, 6.0],
        [30.0, 28.0, 30.0, 32.0, 35.0, 25.0],
        [8.0, 6.0, 6.0, 10.0, 8.0, 5.0],
    )
    kinds = ["unilateral", "unilateral", "quinconce", "bilateral", "unilateral", "axial"]
    table = streets(road_class=names, road_width_m=width, spacing_m=spacing, height_m=height, arrangement=kinds)
    found = needed(conform({"luminaire": table}, "luminaire"))
    for i, name in enumerate(names):
        described = {"width_m": width[i], "spacing_m": spacing[i], "height_m": height[i], "arrangement": kinds[i]}
        kept, _ = choice(street_from(described), name)
        if kept is None:
            assert np.isnan(found.power_w[i]) or name[0] == "M"
        elif name[0] != "M" and np.isfinite(found.power_w[i]):
            assert found.power_w[i] <= kept.lantern.power_w
            assert found.power_w[i] >= 0.6 * kept.lantern.power_w
    assert np.isfinite(found.power_w[:4]).all()
    assert (found.cie_flux_code_3[np.isfinite(found.power_w)] > 0.95).all()


def test_what_is_not_known_is_not_chosen() -> None:
    table = streets(road_class=["M4", None, "M4", "M4"], road_width_m=[7.0, 7.0, None, 7.0], spacing_m=[30.0] * 4,
                    height_m=[8.0, 8.0, 8.0, None], arrangement=["unilateral"] * 4)  # fmt: skip
    found = needed(conform({"luminaire": table}, "luminaire")).power_w
    assert np.isfinite(found).tolist() == [True, False, False, False]


def test_relamping_a_known_street_draws_the_power_of_its_class() -> None:
    known: dict[str, list[Any]] = {"road_class": ["M4"] * 10, "road_width_m": [7.0] * 10, "spacing_m": [30.0] * 10}
    known |= {"height_m": [8.0] * 10, "arrangement": ["unilateral"] * 10, "luminaire_type": ["lanterne"] * 10}
    table = streets(system_power_w=[170.0] * 10, lamp_technology=["shp"] * 10, regime=["permanent"] * 10, **known)
    inventory = engine().inventory({"luminaire": table}, "34172")
    actions = engine().propose(inventory, engine().diagnose(inventory, CTX), CTX)
    relamp = actions.filter(pc.equal(actions["kind"], "relamp_led"))
    after = engine().apply(inventory, relamp)["luminaire"]
    power = needed(inventory["luminaire"]).power_w
    assert after["system_power_w"].to_pylist() == pytest.approx(power)
    assert set(after["system_power_w__origin"].to_pylist()) == {"inferred"}
    assert min(after["cie_flux_code_3"].to_pylist()) > 0.95
    rows = simulate(engine(), inventory, relamp, CTX).to_pylist()
    saved = next(r for r in rows if r["indicator"] == "lighting_annual_energy_kwh")["value"]
    assert saved == pytest.approx(-10 * (170 - power[0]) * 4.03, rel=0.05)
    weak = inventory["luminaire"].set_column(
        inventory["luminaire"].schema.get_field_index("system_power_w"), "system_power_w", pa.array([20.0] * 10)
    )
    kept = engine().apply(inventory | {"luminaire": weak}, relamp)["luminaire"]["system_power_w"].to_pylist()
    assert kept == pytest.approx([8.0] * 10)
