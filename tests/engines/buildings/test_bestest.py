"""Hourly kernels against the spread of six programs on ASHRAE Standard 140-2020 (BESTEST), weather 725650TYCST (Denver).

Counted: annual heating and annual cooling inside the smallest and greatest of the six programs. Nothing is fitted: constant
surface coefficients published for case 600, ISO 13790 and ISO 52016 otherwise. The limits of annex A3 are not used.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from tests.engines.buildings.bestest import CASES, HIGH, LOW, Case, room, schedules

from jumeau.engines.buildings.hourly import shade, sun
from jumeau.engines.buildings.hourly.room import SUNNY, network
from jumeau.engines.buildings.hourly.zone import zones_of
from jumeau.kernels import modal, rc5
from jumeau.model.weather import HOURS, Weather, sky_temperature
from jumeau.sources.epw import read_epw

pytestmark = pytest.mark.data
NEVER, END = np.full(HOURS, np.inf), np.array([HOURS])
ROUNDING = 5e-4


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    return data_dir / "validation" / "bestest_results"


@pytest.fixture(scope="module")
def denver(folder: Path) -> Weather:
    return read_epw(folder / "725650TYCST.epw.gz")


@pytest.fixture(scope="module")
def sheets(folder: Path) -> Any:
    return openpyxl.load_workbook(folder / "RESULTS5-2A.xlsx", data_only=True)


@cache
def spread(path: Path) -> dict[str, tuple[tuple[float, float], ...]]:
    """Case -> (least, most) of the six programs for annual heating and cooling [MWh]."""
    sheet = openpyxl.load_workbook(path, data_only=True)["Tables 1"]
    out: dict[str, list[tuple[float, float]]] = {}
    for first, last in ((11, 57), (63, 109)):
        for row in range(first, last):
            values = [sheet.cell(row, c).value for c in range(3, 9)]
            known = [v for v in values if isinstance(v, int | float)]
            out.setdefault(str(sheet.cell(row, 2).value)[:3], []).append((min(known), max(known)))
    return {k: tuple(v) for k, v in out.items()}


def glass(case: Case, light: sun.Sunshine) -> np.ndarray:
    if not case.shade:
        return sun.through_glass(light, panes=1 if case.glass == "single" else 2)
    lit, seen = np.ones_like(light.beam), np.ones(5)
    rule = shade.Overhang(height=2.0, width=3.0, gap=0.5, depth=1.0, fins=1.0 if "east" in case.faces else 0.0)
    for i, azimuth in enumerate(sun.AZIMUTHS[:4]):
        lit[:, i] = rule.lit(light.altitude, shade.turn_of(light, azimuth))
        seen[i] = rule.sky_seen()
    return sun.through_glass(light, lit, seen)


def modal_loads(case: Case, weather: Weather, light: sun.Sunshine) -> tuple[float, float]:
    inputs = [
        weather.outdoor,
        sky_temperature(weather.sky) - weather.outdoor,
        np.ones(HOURS),
        light.total,
        glass(case, light),
    ]
    hours = modal.RoomHours(
        inputs=np.column_stack(inputs), sunny=SUNNY, lit=light.total.sum(axis=1) > 0, outdoor=weather.outdoor, watch=NEVER,
        stop=END, **schedules(case),
    )  # fmt: skip
    found = modal.room_loads(modal.modes_of(network([room(case)])), hours)
    return found.heat.sum() / 1000, found.cool.sum() / 1000


def rc_loads(case: Case, weather: Weather, light: sun.Sunshine) -> tuple[float, float]:
    hours = rc5.Hours(
        outdoor=weather.outdoor, sun=glass(case, light), gain=np.ones(HOURS), watch=NEVER, stop=END, **schedules(case)
    )
    found = rc5.hourly_loads(zones_of([room(case)]), hours)
    return found.heat.sum() / 1000, found.cool.sum() / 1000


def inside(names: list[str], loads: Any, denver: Weather, path: Path) -> int:
    """How many of the heating and cooling loads of these cases are inside the spread."""
    light, count = sun.sunshine(denver), 0
    for name in names:
        for value, (least, most) in zip(loads(CASES[name], denver, light), spread(path)[name], strict=True):
            count += least - ROUNDING <= value <= most + ROUNDING
    return count


def test_sun_on_faces_is_within_five_percent_of_the_programs(denver: Weather, sheets: Any) -> None:
    """Table B8-13: incident radiation; all but the north face inside the spread, which itself is 17 % wide there."""
    sheet, light = sheets["Tables 6"], sun.sunshine(denver).total.sum(axis=0) / 1000
    rows = {"roof": 31, "north": 32, "east": 33, "south": 34, "west": 35}
    for face, row in rows.items():
        values = [sheet.cell(row, c).value for c in range(3, 9)]
        ours = light[sun.FACES.index(face)]
        assert min(values) * 0.999 <= ours <= max(values) * 1.003, face


def test_shade_and_glass_are_within_the_programs(denver: Weather, sheets: Any) -> None:
    """Table B8-11 on transmission, read as solar factor over normal; B8-12: what an overhang and fins take away."""
    sheet, light = sheets["Tables 6"], sun.sunshine(denver)
    bare = glass(CASES["600"], light).sum(axis=0)
    for row, name, face in ((23, "610", "south"), (24, "630", "west")):
        known = [v for c in range(3, 9) if isinstance(v := sheet.cell(row, c).value, int | float)]
        taken = 1 - (glass(CASES[name], light).sum(axis=0) / bare)[sun.FACES.index(face)]
        assert min(known) - 0.02 <= taken <= max(known) + 0.02, name


def test_angular_solar_factor_of_single_clear_glass() -> None:
    """Standard 140, case 670: 0.864 at normal incidence, 0.859 at 30°, 0.785 at 60°, 0.424 at 80°."""
    ours = sun.solar_factor(np.cos(np.radians([0, 30, 60, 80])), panes=1, u=5.16, outer=16.0)
    assert ours == pytest.approx([0.864, 0.859, 0.785, 0.424], abs=0.01)


def test_modal_kernel_inside_the_spread(denver: Weather, folder: Path) -> None:
    """Measured: 54 of 68 low-mass and 17 of 22 high-mass loads; 20 of 22 and 15 of 18 in the basic 600 and 900 series."""
    path = folder / "RESULTS5-2A.xlsx"
    assert (len(LOW), len(HIGH)) == (34, 11)
    assert inside(LOW, modal_loads, denver, path) >= 54
    assert inside(HIGH, modal_loads, denver, path) >= 17
    assert inside([c for c in LOW if c[0] == "6"], modal_loads, denver, path) >= 20


def test_rc_kernel_inside_the_spread(denver: Weather, folder: Path) -> None:
    """Measured: 32 of 68 low-mass and 21 of 22 high-mass loads: one capacity suits heavy buildings."""
    path = folder / "RESULTS5-2A.xlsx"
    assert inside(LOW, rc_loads, denver, path) >= 32
    assert inside(HIGH, rc_loads, denver, path) >= 21
