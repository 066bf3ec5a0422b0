"""A stock wall by wall: beside the one mass of 5R1C, beside the equations solved each hour, with attics and basements."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from tests.engines.buildings.conftest import ROWS, table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.choices import BASEMENTS, BY_WALLS, FIELD, HEATED_USES
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.hourly import walls
from jumeau.engines.buildings.hourly.behind import on_walls, own_light
from jumeau.engines.buildings.hourly.curve import curve
from jumeau.engines.buildings.hourly.stock import simulate_stock
from jumeau.engines.buildings.hourly.typical import typical_year
from jumeau.engines.buildings.hourly.year import Year, year_under
from jumeau.engines.buildings.stock import Stock, stock
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws
from jumeau.kernels import modal, modes, rc5

CTX = Context(date=date(2026, 11, 1), seed=3, draws=11)
"""Draws that do not fill the lanes of the kernel."""


@pytest.fixture(scope="module")
def year() -> Year:
    return year_under(typical_year("H1c"), typical=True)


def said(**columns: str) -> Bundle:
    """The buildings of the tests, with what is said of all of them."""
    return engine().inventory({"batiment": table([row | columns for row in ROWS])}, "34999")


def part_of(bundle: Bundle) -> Stock:
    whole = stock(bundle["batiment"])
    return whole.take(np.flatnonzero(whole.modelled))


def test_both_methods_lose_as_much(year: Year) -> None:
    """Same U values, air and gains: heating within 15 % for each building, and the same ones are heavy users."""
    simple, by_walls = (simulate_stock(said(), year, CTX, *m) for m in ((), (BY_WALLS,)))
    assert by_walls.rows.tolist() == simple.rows.tolist()
    assert by_walls.heat.mean(axis=1) == pytest.approx(simple.heat.mean(axis=1), rel=0.15)
    ratio = by_walls.heat / simple.heat
    assert ratio.std() < 0.15
    assert by_walls.heat_peak.mean(axis=1) == pytest.approx(simple.heat_peak.mean(axis=1), rel=0.25)


@pytest.mark.parametrize("below", ["sous_sol", "garage", "vide_sanitaire"])
def test_what_is_below_keeps_some_heat(year: Year, below: str) -> None:
    """The room of a lost attic and that of a basement, as 3CL calls them, are between the inside and the outside."""
    bare = simulate_stock(said(attic="terrasse"), year, CTX, BY_WALLS).heat
    kept = simulate_stock(said(attic="terrasse", basement=below), year, CTX, BY_WALLS).heat
    both = simulate_stock(said(attic="perdus", basement=below), year, CTX, BY_WALLS).heat
    assert (both < kept).all()
    assert (0.6 * bare < both).all()
    unknown = simulate_stock(said(), year, CTX, BY_WALLS).heat
    np.testing.assert_allclose(bare, unknown)


def test_a_declared_floor_is_not_counted_twice(year: Year) -> None:
    """A declared U value holds the basement already: said or not, the floor loses as much at rest."""
    rows = [row | {"floor_u_w_m2k": 0.4} for row in ROWS]
    plain = engine().inventory({"batiment": table(rows)}, "34999")
    above = engine().inventory({"batiment": table([row | {"basement": "sous_sol"} for row in rows])}, "34999")
    one, other = (simulate_stock(b, year, CTX, BY_WALLS).heat.mean(axis=1) for b in (plain, above))
    assert other == pytest.approx(one, rel=0.04)


def networks_of(year: Year, **columns: str) -> tuple[modes.Networks, list[modal.RoomHours]]:
    part, draws = part_of(said(**columns)), Draws(CTX, FIELD)
    part = part.take(np.flatnonzero(part.use == 0))
    net = walls.rooms_of_stock(part, envelope(part, draws), draws, year.weather)
    light, sun = (on(year.panes, part.faces[:1], part.horizon[:1])[0] for on in (own_light, on_walls))
    return net, [walls.room_hours(run, year, light, sun) for run in year.hours(HEATED_USES[0])]


@pytest.mark.parametrize("columns", [{}, {"attic": "perdus", "basement": "sous_sol"}])
def test_modes_kept_are_as_near_as_is_said(year: Year, columns: dict[str, str]) -> None:
    """Against the equations solved each hour: 0.1 % of heating, 0.5 % of the greatest powers, 0.5 % of cooling."""
    net, hours = networks_of(year, **columns)
    found = modes.network_loads(net, tuple(hours), walls.MODES)
    exact = [modal.loads_every_hour(net.matrices(), h) for h in hours]
    assert found[0].heat.sum(axis=1) == pytest.approx(exact[0].heat.sum(axis=1), rel=1e-3)
    assert found[0].heat_peak.max(axis=1) == pytest.approx(exact[0].heat_peak.max(axis=1), rel=5e-3)
    assert found[0].cool.sum() == pytest.approx(exact[0].cool.sum(), rel=5e-3)
    assert found[1].discomfort.sum(axis=1) == pytest.approx(exact[1].discomfort.sum(axis=1), rel=0.02, abs=5)


def test_written_out_hours_are_the_readable_ones(year: Year) -> None:
    """Rooms of a stock take the loop that modal.c writes out, others the general one: both are the readable version."""
    net, hours = networks_of(year, basement="sous_sol")
    net = net.take(np.arange(29) % net.link.shape[1])
    for count in (walls.MODES, walls.MODES - 1):
        found = modal.modes_of(net.matrices(), count)
        ours, plain = modal.room_loads(found, hours[1]), modal.loads_numpy(found, hours[1])
        for name in rc5.HourlyTotals.__struct_fields__:
            a, b = getattr(ours, name), getattr(plain, name)
            assert np.abs(a - b).max() <= 1e-9 * np.abs(b).max() + 1e-9, name


def test_the_curve_is_the_year_hour_by_hour(small: Bundle, year: Year) -> None:
    ids = dict(zip(small["batiment"]["nom"].to_pylist(), small["batiment"]["id"].to_pylist(), strict=True))
    found = curve(small, ids["école"], year, CTX, BY_WALLS)
    assert found is not None
    whole = simulate_stock(small, year, CTX, BY_WALLS)
    at = whole.rows.tolist().index(small["batiment"]["id"].to_pylist().index(ids["école"]))
    assert found.heat_draws == pytest.approx(whole.heat[at], rel=1e-6)
    free = found.hours["free_c"].to_numpy()
    assert -10 < free.min() < free.max() < 60


def test_choices_of_a_file_are_read() -> None:
    bundle = said(attic="perdus", basement="garage")
    whole = stock(bundle["batiment"])
    assert {BASEMENTS[k] for k in whole.basement} == {"garage"}
    assert pa.compute.unique(bundle["batiment"]["attic"]).to_pylist() == ["perdus"]
