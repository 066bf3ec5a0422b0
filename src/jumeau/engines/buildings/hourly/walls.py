"""Buildings of a stock wall by wall: one room for each building and draw, with the same losses as `stock.zones_of_stock`.

What differs from the zones of 5R1C is where the mass stands (each wall its own, behind its insulation or before it), the sky,
the sun on walls, and an attic or a cellar where the building is said to have one: a space of its own, without plant. Layers
are assumptions by period; the drawn U values fix their insulation.

References: [1] ISO 6946:2017, table 7 (surface resistances). [2] Arrêté du 31 mars 2021 (3CL-DPE 2021), 3.1: lost attics,
cellars, crawl spaces and garages are unheated spaces. [3] ISO 13370:2017 (2 m of ground: 1.5 to 2.0 W/(m·K)).
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import ATTIC, BASEMENTS
from jumeau.engines.buildings.energy import by_use
from jumeau.engines.buildings.envelope import AIR_HEAT_WH_M3K, Envelope, losses, u_value
from jumeau.engines.buildings.hourly.air import air_levels
from jumeau.engines.buildings.hourly.behind import BARE, PROTECTED, on_walls, own_light
from jumeau.engines.buildings.hourly.blinds import protected
from jumeau.engines.buildings.hourly.convection import outside_convection
from jumeau.engines.buildings.hourly.room import Amount, Layer, Room, Surface, Window, networks
from jumeau.engines.buildings.hourly.sun import FACES
from jumeau.engines.buildings.hourly.year import Run, Year
from jumeau.engines.buildings.hourly.zone import SURFACES_PER_FLOOR
from jumeau.engines.buildings.stock import Floats, Stock
from jumeau.engines.tally import Draws
from jumeau.kernels.modal import LANES, RoomHours
from jumeau.kernels.modes import Networks, found_modes, stepped
from jumeau.kernels.rc5 import NEVER, HourlyTotals
from jumeau.model.weather import Weather, sky_temperature

INPUTS = ("outdoor", "sky", "gain", "wall_roof", "glass_bare", "glass_protected", "wall_all")
"""Inputs of the rooms of a stock. Outer walls of one building are alike but for their sun: their mean under the mean of it is
the same linear room, and so is that of its windows."""
BELOW_ALL_C = 100.0
"""The opposite of a temperature that no room has."""
LIT_AT_ONCE = 64
"""Buildings whose own sun is in memory together."""
MODES = 12
"""Modes kept of the 15 to 25 of a room: heating at 0.1 % of the equations solved each hour, greatest powers at 0.5 %."""
STONE_ERAS = 2
"""Periods of construction, up to 1948, whose walls are taken as stone."""
LEAST_R, THIN_R = 0.02, 0.005
SURFACES_R = {"wall": 0.13 + 0.04, "roof": 0.10 + 0.04, "floor": 0.17 + 0.04, "ceiling": 0.10 + 0.10, "below": 0.17 + 0.17}
"""Both surface resistances that a U value holds [1] [m²·K/W]."""
OUTER_INSULATION = 0.2
"""Share of insulated walls that are insulated outside: assumed."""
HEIGHT_M = 6.0
"""Height above the ground of the middle of outer walls, for the wind: assumed."""
ATTIC_M, ATTIC_CHANGE_H, SLOPE = 1.2, 1.5, 1.2
"""Mean height of a lost attic, its air change, area of its cover per area covered: assumed."""
CELLARS = {"sous_sol": (2.2, 0.4, 0.5), "garage": (2.3, 1.0, 1.0), "vide_sanitaire": (0.6, 1.0, 0.3)}
"""Height of each kind of unheated basement [m], its air change [1/h], height of its walls above the ground [m]: assumed."""
GROUND_R = 1.8
"""Resistance of the ground below a cellar to the open air [m²·K/W] [3]."""
BLOCK = Layer(0.20, 1.0, 1100.0, 1000.0)
STONE = Layer(0.45, 1.4, 2000.0, 1000.0)
BOARD = Layer(0.013, 0.25, 850.0, 1000.0)
SLAB = Layer(0.18, 1.75, 2300.0, 1000.0)
GROUND = Layer(0.6, 1.75, 1800.0, 1000.0)
TILES = Layer(0.03, 0.8, 1800.0, 900.0)
INNER = Layer(0.05, 0.5, 1000.0, 1000.0)
"""Half of what stands between rooms."""


def room_hours(run: Run, year: Year, own: Floats, walls: Floats) -> RoomHours:
    """The hours of a run for rooms under one sun: setpoints kept finite, the sky and the sun on walls added. own: as
    `behind.own_light` of one building (T, 5); walls: mean on its outer walls [W/m²] (T,)."""
    hours, at = run.hours, slice(run.first, run.first + len(run.hours.outdoor))
    sky = sky_temperature(year.weather.sky[at]) - hours.outdoor
    sun = [year.light.total[at, FACES.index("roof")], own[at, BARE], own[at, PROTECTED], walls[at]]
    return RoomHours(
        inputs=np.column_stack([hours.outdoor, sky, hours.gain, *sun]), sunny=len(sun), lit=np.any(np.stack(sun) > 0, axis=0),
        outdoor=hours.outdoor, heat_set=np.maximum(hours.heat_set, -NEVER), cool_set=np.minimum(hours.cool_set, NEVER),
        watch=hours.watch, level=hours.level, stop=hours.stop,
    )  # fmt: skip


def loads_by_walls(part: Stock, env: Envelope, draws: Draws, year: Year, runs: Sequence[Run]) -> list[HourlyTotals]:
    """What buildings (N) ask for in each run, a room for each of their draws (N * D), under their own sun; as `stock.loads`
    for zones, but that discomfort counts from the felt temperature."""
    count = env.floor.shape[1]
    wide = -(-count // LANES) * LANES
    lane = np.minimum(np.arange(wide), count - 1)
    found: list[list[HourlyTotals]] = [[] for _ in runs]
    order: list[NDArray[np.int64]] = []
    attic = part.attic == ATTIC
    for up, down in np.unique(np.column_stack([attic, part.basement]), axis=0).tolist():
        same = np.flatnonzero((attic == up) & (part.basement == down))
        for first in range(0, len(same), LIT_AT_ONCE):
            at = same[first : first + LIT_AT_ONCE]
            some = part.take(at)
            light, walls = (on(year.panes, some.faces, some.horizon) for on in (own_light, on_walls))
            net = rooms_of_stock(some, env.take(at), draws, year.weather)
            rows = (np.arange(len(at))[:, None] * count + lane).reshape(-1)
            modes = found_modes(net if wide == count else net.take(rows), MODES)
            order.append((at[:, None] * count + np.arange(count)).reshape(-1))
            for k in range(len(at)):
                mine = modes.take(k * wide, k * wide + count)
                for i, run in enumerate(runs):
                    found[i].append(stepped(mine, room_hours(run, year, light[k], walls[k])))
    back = np.argsort(np.concatenate(order))
    names = HourlyTotals.__struct_fields__
    return [HourlyTotals(**{n: np.concatenate([getattr(f, n) for f in each])[back] for n in names}) for each in found]


def trace_by_walls(part: Stock, env: Envelope, draws: Draws, year: Year, runs: Sequence[Run]) -> list[tuple[Floats, ...]]:
    """Heating, cooling [W] and felt temperature [°C] of one building by hour, each (T, D), in each run."""
    by_hour = [
        Run(msgspec.structs.replace(r.hours, stop=np.arange(1, n + 1), watch=np.full(n, -BELOW_ALL_C)), r.first)
        for r in runs
        for n in [len(r.hours.outdoor)]
    ]
    found = loads_by_walls(part, env, draws, year, by_hour)
    return [(f.heat.T * 1000, f.cool.T * 1000, f.discomfort.T - BELOW_ALL_C) for f in found]


def rooms_of_stock(part: Stock, env: Envelope, draws: Draws, weather: Weather) -> Networks:
    """One network for each building and draw (N * D), draws of a building together. The buildings have the same attic and
    the same basement."""
    return networks([_room(part, env, draws, weather)], INPUTS)


def _flat(values: Any, env: Envelope) -> Floats:
    return np.broadcast_to(values, env.floor.shape).reshape(-1).astype(np.float64)


def _room(part: Stock, env: Envelope, draws: Draws, weather: Weather) -> Room:
    floor, wall, window, roof = (_flat(getattr(env, n), env) for n in ("floor", "wall", "window", "roof"))
    u = {n: _flat(u_value(part, env, n, getattr(part.current, n), draws), env) for n in ("wall", "roof", "floor", "window")}
    wind, shut = outside_convection(weather, HEIGHT_M), _flat(protected(part, draws), env)
    factor = _flat(draws("solar_transmission", part.ids), env)
    windows = tuple(
        Window(area=np.maximum(window * share, 1e-6), face=face, u=u["window"], factor=factor)
        for face, share in (("bare", 1 - shut), ("protected", shut))
    )
    walls = Surface(
        area=np.maximum(wall, 1e-6), kind="wall", face="all", layers=_wall_layers(part, env, u["wall"], draws), outside=wind
    )
    spaces: list[Room] = []
    top = _top(part, env, roof, u["roof"], wind, spaces)
    low = _bottom(part, env, roof, u["floor"], draws, spaces)
    inner = np.maximum(SURFACES_PER_FLOOR * floor - wall - window - 2 * roof, 0.5 * floor)
    inside = Surface(area=inner, kind="wall", face=None, layers=(INNER,), outside=0.0)
    bridges = (wall + window + 2 * roof) * _flat(draws("thermal_bridge_w_m2k", part.ids), env)
    air = air_levels(part, env, losses(part, env, part.current, draws)[1])
    least = air.min(axis=1)
    return Room(
        surfaces=(walls, top, low, inside), windows=windows, volume=floor * _flat(env.clear_m, env), floor=floor,
        air=least + bridges, extra=tuple(air[:, k] - least for k in range(air.shape[1])),
        gain=_flat(by_use("internal_gain", part, draws), env) * floor, unheated=tuple(spaces),
    )  # fmt: skip


def _rest(u: Floats, kind: str) -> Floats:
    """What the layers resist [m²·K/W] for a U value with the usual surfaces [1]."""
    return np.maximum(1.0 / u - SURFACES_R[kind], LEAST_R)


def _bare(resistance: Amount) -> Layer:
    """A layer without mass, 1 m thick."""
    return Layer(1.0, 1.0 / np.maximum(resistance, 1e-4), 0.0, 0.0)


def _resisting(layer: Layer, resistance: Floats) -> Layer:
    """The layer, but for a resistance of its own."""
    return msgspec.structs.replace(layer, conductivity=layer.thickness / resistance)


def _wall_layers(part: Stock, env: Envelope, u: Floats, draws: Draws) -> tuple[Layer, ...]:
    """From outside: insulation, stone or blocks, insulation, board; the insulation is on one side."""
    stone = _flat(env.era < STONE_ERAS, env) > 0
    outer = _flat(draws.uniforms("building_insulation_side", part.ids) < OUTER_INSULATION, env) > 0
    rest = np.maximum(_rest(u, "wall") - BOARD.thickness / BOARD.conductivity, LEAST_R)
    usual = {n: np.where(stone, getattr(STONE, n), getattr(BLOCK, n)) for n in ("thickness", "conductivity", "density")}
    mass = np.minimum(usual["thickness"] / usual["conductivity"], rest - THIN_R)
    insulation = rest - mass
    return (
        _bare(np.where(outer, insulation, 1e-4)),
        _resisting(Layer(usual["thickness"], 1.0, usual["density"], STONE.heat, pieces=4), mass),
        _bare(np.where(outer, 1e-4, insulation)),
        BOARD,
    )


def _top(part: Stock, env: Envelope, area: Floats, u: Floats, wind: float, spaces: list[Room]) -> Surface:
    """The roof, or the ceiling below a lost attic, which joins the spaces. Large buildings and other uses after 1948 have a
    slab, the others a board."""
    heavy = _flat((env.era >= STONE_ERAS) & ((env.size >= 2) | (part.use != 0)[:, None]), env) > 0
    chosen = {
        n: np.where(heavy, getattr(SLAB, n), getattr(BOARD, n)) for n in ("thickness", "conductivity", "density", "heat")
    }
    attic = bool((part.attic == ATTIC).all())
    rest = _rest(u, "ceiling" if attic else "roof")
    mass = np.minimum(chosen["thickness"] / chosen["conductivity"], rest - THIN_R)
    layers = (_bare(rest - mass), _resisting(Layer(**chosen, pieces=2), mass))
    if not attic:
        return Surface(area=area, kind="roof", face="roof", layers=layers, outside=wind, sky=1.0)
    cover = Surface(area=SLOPE * area, kind="roof", face="roof", layers=(TILES,), outside=wind, sky=1.0)
    volume = ATTIC_M * area
    air = ATTIC_CHANGE_H * AIR_HEAT_WH_M3K * volume
    spaces.append(Room(surfaces=(cover,), windows=(), volume=volume, floor=area, air=air, furniture=0.0))
    return Surface(area=area, kind="roof", face=None, layers=layers, beyond=len(spaces) - 1)


def _bottom(part: Stock, env: Envelope, area: Floats, u: Floats, draws: Draws, spaces: list[Room]) -> Surface:
    """The lowest floor: on its ground, of which the U value drawn holds a reduction, or above an unheated basement."""
    slab, ground = SLAB.thickness / SLAB.conductivity, GROUND.thickness / GROUND.conductivity
    told = _flat(np.isfinite(part.told.floor)[:, None], env) > 0
    kind = BASEMENTS[part.basement[0]] if part.basement[0] < len(BASEMENTS) else ""
    if kind not in CELLARS:
        reduced = u * np.where(told, 1.0, _flat(draws("floor_reduction", part.ids), env))
        rest = _rest(reduced, "floor")
        earth = np.minimum(ground, 0.5 * rest)
        plate = np.minimum(slab, 0.3 * rest)
        standing = (_resisting(GROUND, earth), _bare(rest - earth - plate), _resisting(SLAB, plate))
        return Surface(area=area, kind="floor", face=None, layers=standing)
    height, change, above = CELLARS[kind]
    around, volume = 4.0 * np.sqrt(area), height * area
    sides = Surface(area=around * above, kind="wall", face=None, layers=(BLOCK,))
    deep = Surface(area=area + around * (height - above), kind="floor", face=None, layers=(_bare(GROUND_R - ground), GROUND))
    air = change * AIR_HEAT_WH_M3K * volume
    spaces.append(Room(surfaces=(sides, deep), windows=(), volume=volume, floor=area, air=air, furniture=0.0))
    # A declared U value holds what is below already: taken off, so that both are not counted.
    lost = air + around * above / (1 / 7.6 + 0.2 + 0.04) + (area + around * (height - above)) / (GROUND_R + 0.2)
    rest = np.where(told, np.maximum(1 / u - area / lost - SURFACES_R["below"], LEAST_R), _rest(u, "below"))
    plate = np.minimum(slab, rest - THIN_R)
    layers = (_bare(rest - plate), _resisting(SLAB, plate))
    return Surface(area=area, kind="floor", face=None, layers=layers, beyond=len(spaces) - 1)
