"""What hides the sun and the sky of a façade, against pvlib's rows and closed forms of a wall without end."""

from datetime import date
from typing import Any

import numpy as np
import pvlib
import pytest
import shapely
from tests.engines.buildings.conftest import table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.horizon import AZIMUTHS, CENTRES, SECTORS, horizons
from jumeau.engines.buildings.hourly import behind, sun
from jumeau.engines.buildings.hourly.stock import simulate_stock
from jumeau.engines.buildings.hourly.typical import typical_year
from jumeau.engines.protocol import Context
from jumeau.kernels.rc5 import SUNS

SOUTH, EAST, NORTH, WEST = range(4)
NOWHERE = np.full(9, np.nan)


def seen(shapes: list[Any], heights: list[float], ground: list[float] | None = None, group: list[int] | None = None):
    n = len(shapes)
    level = np.array(ground) if ground else NOWHERE[:n]
    return horizons(np.array(shapes, object), np.array(heights), level, np.array(group or [0] * n))


def wall_without_end(distance: float, height: float = 10.0) -> np.ndarray:
    """What a house sees of a wall as high as itself, south of it."""
    return seen([shapely.box(0, 0, 8, 8), shapely.box(-900, -distance - 5, 900, -distance)], [height, height])[1][0, SOUTH]


def test_faces_of_boxes_of_a_court_and_of_row_houses() -> None:
    shares, _ = seen([shapely.box(0, 0, 30, 10), shapely.box(100, 0, 110, 30), None], [5.0, 5.0, 5.0])
    assert shares.tolist() == [[0.375, 0.125, 0.375, 0.125], [0.125, 0.375, 0.125, 0.375], [0.25] * 4]
    court = shapely.box(0, 0, 30, 30).difference(shapely.box(5, 5, 25, 15))
    shares, horizon = seen([court], [12.0])
    assert shares[0, [SOUTH, EAST]] == pytest.approx([50 / 180, 40 / 180])
    across = np.degrees(np.arctan(6 / 10)) * 20 / 50  # a court hides its own walls
    assert horizon[0, SOUTH, 11:13] == pytest.approx(across, abs=0.1)
    row = [shapely.box(10 * i, 0, 10 * i + 10, 8) for i in range(3)]
    shares, _ = seen(row, [6.0, 6.0, np.nan])
    assert shares[1].tolist() == [0.5, 0, 0.5, 0]
    assert shares[0].tolist() == pytest.approx([10 / 28, 0, 10 / 28, 8 / 28])


@pytest.mark.parametrize("distance", [5.0, 12.0, 30.0])
def test_a_wall_without_end_stands_where_pvlib_says(distance: float) -> None:
    """pvlib.shading.masking_angle (Passias, Källbäck 1984) for rows that stand upright, seen from half their height."""
    across = pvlib.shading.masking_angle(90, 10 / distance, 0.5)
    expected = np.degrees(np.arctan(np.tan(np.radians(across)) * np.cos(np.radians(CENTRES))))
    assert wall_without_end(distance) == pytest.approx(np.where(expected < 5, 0, expected), abs=1e-6)


@pytest.mark.parametrize("distance", [5.0, 12.0, 30.0])
def test_the_sky_above_a_wall_without_end_is_the_one_pvlib_counts(distance: float) -> None:
    """pvlib.bifacial.utils.vf_row_sky_2d: view factor of the sky from a row, 1/2 for an upright one that stands alone."""
    expected = pvlib.bifacial.utils.vf_row_sky_2d(90, 10 / distance, 0.5) / 0.5
    assert behind.sky_kept(wall_without_end(distance)) == pytest.approx(expected, abs=0.01)  # under 5° left out


def test_open_shut_and_even_horizons_have_closed_forms() -> None:
    assert behind.sky_kept(np.zeros(SECTORS)) == pytest.approx(1)
    assert behind.sky_kept(np.full(SECTORS, 90.0)) == pytest.approx(0)
    low = np.radians(30)
    assert behind.sky_kept(np.full(SECTORS, 30.0)) == pytest.approx(1 - (2 * low + np.sin(2 * low)) / np.pi)


def test_the_sun_passes_a_wall_when_pvlib_says() -> None:
    """pvlib.shading.shaded_fraction1d (Anderson, Jensen 2024): half of an upright row in the shade of the next one."""
    distance, light = 12.0, sun.sunshine(typical_year("H3"))
    panes = behind.panes_of(light, np.full(8760, 10.0))
    at = panes.sunny[SOUTH]
    ours = behind.lit(panes, SOUTH, at, wall_without_end(distance)[None])[:, 0]
    theirs = pvlib.shading.shaded_fraction1d(
        90 - panes.altitude[at], light.azimuth[panes.hours[at]], 90, 90, collector_width=10, pitch=distance
    )
    sure = (np.abs(theirs - 0.5) > 0.05) & (panes.altitude[at] > 5)
    assert sure.sum() > 2500
    assert 0.05 < (theirs[sure] > 0.5).mean() < 0.95
    assert (ours == (theirs < 0.5))[sure].mean() > 0.995


def test_what_hides_and_what_does_not() -> None:
    house, tower = shapely.box(0, 0, 10, 10), shapely.box(-20, -30, 30, -15)
    away = shapely.box(500, 500, 510, 510)
    _, horizon = seen([house, tower, away, None], [6.0, 30.0, 6.0, 9.0])
    assert horizon[0, SOUTH].max() == pytest.approx(np.degrees(np.arctan(27 / 15)), abs=0.1)
    assert horizon[0, NORTH].max() == 0
    assert horizon[[1, 2, 3]].max() == 0
    assert seen([house, tower], [6.0, np.nan])[1][0].max() == 0  # an unknown height hides nothing
    assert seen([house, tower], [6.0, 30.0], group=[0, 1])[1].max() == 0  # nor does another commune
    assert seen([house, shapely.box(0, 0, 10, 11)], [6.0, 30.0])[1].max() == 0  # nor the same building drawn twice
    higher = seen([house, tower], [6.0, 30.0], ground=[100.0, 80.0])[1][0, SOUTH].max()
    assert higher == pytest.approx(np.degrees(np.arctan(7 / 15)), abs=0.1)
    blind = seen([house, tower], [np.nan, 30.0])[1][0, SOUTH].max()
    assert blind == pytest.approx(np.degrees(np.arctan(27 / 15)), abs=0.1)


def test_many_buildings_at_once_see_what_each_sees() -> None:
    from jumeau.engines.buildings import horizon as module

    rng = np.random.default_rng(4)
    corner = rng.uniform(0, 300, (60, 2))
    boxes = [shapely.box(x, y, x + 8, y + 12) for x, y in corner]
    heights = rng.uniform(3, 25, 60).tolist()
    whole = horizons(np.array(boxes, object), np.array(heights), np.full(60, np.nan), np.zeros(60))
    before, module.AT_ONCE = module.AT_ONCE, 500
    try:
        again = horizons(np.array(boxes, object), np.array(heights), np.full(60, np.nan), np.zeros(60))
    finally:
        module.AT_ONCE = before
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_nothing_before_windows_leaves_the_whole_sun() -> None:
    """Without neighbours nor summer, what reaches windows is what each face receives behind glass."""
    year = typical_year("H1a")
    light = sun.sunshine(year)
    faces = np.array([[0.4, 0.3, 0.2, 0.1], [0.0, 1.0, 0.0, 0.0]])
    ours = behind.own_light(behind.panes_of(light, np.full(8760, -5.0)), faces, np.zeros((2, 4, SECTORS)))
    assert ours.shape == (2, 8760, SUNS)
    through = sun.through_glass(light)
    for column in (behind.BARE, behind.PROTECTED):
        np.testing.assert_allclose(ours[..., column], faces @ through[:, :4].T, atol=1e-9)
    np.testing.assert_allclose(ours[0, :, behind.ROOF], through[:, 4])


def test_walls_all_around_leave_the_ground_and_blinds_take_what_is_too_much() -> None:
    light, summer = sun.sunshine(typical_year("H3")), np.full(8760, 25.0)
    panes, faces = behind.panes_of(light, summer), np.full((1, 4), 0.25)
    hidden = behind.own_light(panes, faces, np.full((1, 4, SECTORS), 90.0))
    ground = (light.ground[:, :4] * sun.hemispherical_factor()).mean(axis=1)
    assert hidden[0, :, behind.BARE] == pytest.approx(ground)
    open_ = behind.own_light(panes, faces, np.zeros((1, 4, SECTORS)))[0]
    bright = light.total[:, :4].max(axis=1) > behind.DRAWN_ABOVE_W_M2
    assert (open_[bright, behind.PROTECTED] < open_[bright, behind.BARE]).all()
    np.testing.assert_array_equal(open_[~bright, behind.PROTECTED], open_[~bright, behind.BARE])


def test_a_tower_to_the_south_costs_heat_and_spares_cold() -> None:
    rows = [{"nom": "mairie", "usage": "bureau", "height_m": 7.0, "construction_year": 1960, "side": (20, 12)},
            {"nom": "tour", "usage": "bureau", "height_m": 40.0, "construction_year": 1970, "side": (20, 12)}]  # fmt: skip
    alone = table(rows)
    boxes = [shapely.box(0, 0, 20, 12), shapely.box(-10, -30, 30, -12)]
    at = alone.column_names.index("geometry")
    hidden = alone.set_column(at, "geometry", [shapely.to_wkb(boxes).tolist()])
    ctx, year = Context(date=date(2026, 11, 1), seed=3, draws=8), typical_year("H3")
    free, shaded = (simulate_stock(engine().inventory({"batiment": t}, "34999"), year, ctx) for t in (alone, hidden))
    assert (shaded.heat[0] > free.heat[0]).all()
    assert shaded.heat[0].mean() > 1.02 * free.heat[0].mean()
    assert (shaded.cool[0] < free.cool[0]).all()
    assert (shaded.discomfort[0] <= free.discomfort[0]).all()


def test_faces_and_directions_agree() -> None:
    assert tuple(AZIMUTHS) == tuple(sun.AZIMUTHS[:4])
