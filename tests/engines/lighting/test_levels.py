"""Light and class of a dimmed street: against one street computed by itself, and against closed forms."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.engines.lighting import engine
from jumeau.engines.lighting.facts import TECHNOLOGIES
from jumeau.engines.lighting.levels import class_held, flux_at, levels, lowered
from jumeau.engines.lighting.photometry.generic import generic
from jumeau.engines.lighting.photometry.performance import performance
from jumeau.engines.lighting.photometry.street import street_from
from jumeau.engines.lighting.whatif import Choice, read_steps, try_calendar
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tables import conform
from jumeau.errors import InputError

CTX = Context(date=date(2026, 11, 23), draws=32)
KNOWN = {"road_class": "C4", "road_width_m": 7.0, "spacing_m": 30.0, "height_m": 8.0, "arrangement": "unilateral",
         "overhang_m": 0.0, "tilt_deg": 0.0, "lamp_technology": "led", "system_power_w": 90.0,
         "luminous_flux_lm": 11_700.0}  # fmt: skip


def lights(n: int = 4, **columns: Any) -> pa.Table:
    table: dict[str, Any] = {"id": [f"l{i}" for i in range(n)], "commune": ["34172"] * n}
    for name, value in (KNOWN | columns).items():
        table[name] = pa.array([value] * n) if value is not None else pa.nulls(n)
    return conform({"luminaire": pa.table(table)}, "luminaire")


def test_each_step_gives_the_light_of_the_street_at_that_flux() -> None:
    full, half = levels(lights(), [(1.0, 2000.0), (0.5, 2000.0)])
    street = street_from({"width_m": 7, "spacing_m": 30, "height_m": 8})
    wanted = performance(street, generic("moyenne", 90.0), None).values["illuminance"]
    assert full.lux is not None
    assert half.lux is not None
    assert full.lux[1] == pytest.approx(wanted, rel=0.01)
    assert half.lux[1] == pytest.approx(wanted / 2, rel=0.01)
    assert (full.computed, full.luminaires) == (4, 4)
    assert (
        max(full.classes, key=lambda c: full.classes[c]) <= max(half.classes, key=lambda c: half.classes[c])
        or "" in half.classes
    )


def test_a_discharge_lamp_loses_more_light_than_power_and_an_unknown_one_is_not_guessed() -> None:
    codes = np.array([TECHNOLOGIES.index("led"), TECHNOLOGIES.index("shp"), len(TECHNOLOGIES)], np.int8)
    kept = flux_at(codes, 0.6)
    assert kept[0] == pytest.approx(0.6)
    assert kept[1] == pytest.approx(0.5, abs=0.02)
    assert np.isnan(kept[2])
    assert flux_at(codes, 0.0).tolist() == [0, 0, 0]
    unknown = levels(lights(lamp_technology=None, luminous_flux_lm=None), [(0.5, 100.0)])[0]
    assert (unknown.computed, unknown.flux_ratio, unknown.classes) == (0, None, {})


def test_the_class_held_is_the_best_that_the_levels_meet() -> None:
    lit = {"illuminance": np.array([1.0]), "least_illuminance": np.array([0.5]), "illuminance_uniformity": np.array([0.5])}
    held = [class_held("C2", lit, np.array([flux]))[0] for flux in (25.0, 20.0, 14.9, 9.0, 7.0)]
    assert held == ["C2", "C2", "C4", "C5", ""]
    assert class_held("P1", lit, np.array([8.0]))[0] == "P3"
    assert lowered("M3") == "M4"
    assert lowered("P6") == ""


def test_a_street_without_size_or_class_is_not_computed() -> None:
    assert levels(lights(road_class=None), [(1.0, 1.0)]) == []
    blind = levels(lights(height_m=None), [(1.0, 1.0)])[0]
    assert (blind.luminaires, blind.computed, blind.lux) == (4, 0, None)


def road(n: int = 6) -> Bundle:
    table: dict[str, Any] = {"id": [f"l{i}" for i in range(n)], "commune": ["34172"] * n}
    table |= {name: [value] * n for name, value in (KNOWN | {"regime": "permanent"}).items()}
    table["geometry"] = shapely.to_wkb(
        shapely.points([(770_000 + 30.0 * (i % 3), 6_280_000 + 200.0 * (i // 3) + 4) for i in range(n)])
    )
    lines = [[(769_900, y), (770_200, y)] for y in (6_280_000, 6_280_200)]
    roads = pa.table({"id": ["r0", "r1"], "commune": ["34172"] * 2, "name": ["Rue A", "Rue B"],
                      "geometry": shapely.to_wkb(shapely.linestrings(lines))})  # fmt: skip
    return engine().inventory({"luminaire": pa.table(table), "troncon_route": roads}, "34172")


def test_several_steps_on_one_street_only() -> None:
    bundle = road()
    choice = Choice(off_from_h=22, off_to_h=23, ratio=0.7, more=read_steps(["23-5:0.3", "5-6:0,7"]), street="l1")
    found = try_calendar(bundle, choice, CTX)
    assert (found.luminaires, found.selected) == (6, 3)
    assert [x.power_ratio for x in found.levels] == [1.0, 0.7, 0.3, 0.7]
    hours = [x.hours_h for x in found.levels]
    assert sum(hours) == pytest.approx(sum(a for a, _ in found.months_h), abs=1)
    assert hours[2] == pytest.approx(6 * 365, rel=0.01)
    kept = sum(h * x.power_ratio for h, x in zip(hours, found.levels, strict=True))
    assert kept == pytest.approx(sum(b for _, b in found.months_h), rel=0.001)
    value = found.effect["lighting_annual_energy_kwh"][0]
    assert value == pytest.approx(3 * 0.09 * (kept - sum(hours)), rel=0.08)
    with pytest.raises(InputError, match="rue"):
        try_calendar(bundle, Choice(off_from_h=22, off_to_h=5, street="rien"), CTX)
    with pytest.raises(InputError, match="palier"):
        read_steps(["demain"])
