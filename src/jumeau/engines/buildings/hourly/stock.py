"""A stock of buildings hour by hour: heating, cooling, summer discomfort and peaks, on draws of what is unknown."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import BY_WALLS, FIELD, HEATED_USES, LAYER, SIMPLE
from jumeau.engines.buildings.energy import by_use
from jumeau.engines.buildings.envelope import Envelope, envelope, losses, window_u
from jumeau.engines.buildings.hourly.air import air_levels
from jumeau.engines.buildings.hourly.behind import BARE, PROTECTED, ROOF, Panes, own_light
from jumeau.engines.buildings.hourly.blinds import protected
from jumeau.engines.buildings.hourly.walls import loads_by_walls
from jumeau.engines.buildings.hourly.year import Run, Year, year_under
from jumeau.engines.buildings.hourly.zone import SURFACES_PER_FLOOR
from jumeau.engines.buildings.stock import Floats, Stock, stock
from jumeau.engines.groups import summaries
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws
from jumeau.kernels.rc5 import SUNS, HourlyTotals, OwnSun, Zones, hourly_loads
from jumeau.model.weather import Weather

MASS_PER_FLOOR = 2.5
ROOF_ABSORPTION = 0.6 * 0.04
"""Absorbed share of the sun on opaque roofs times the outer surface resistance [m²·K/W]."""
CHUNK, LIT_AT_ONCE = 512, 64
"""Buildings drawn together, and those whose own sun (350 kB each) is in memory together."""


class HourlyStock(msgspec.Struct, frozen=True, kw_only=True):
    """Buildings that can be simulated (N) on D draws. rows: where they stand in the inventory; heat, cool: useful [kWh/year];
    months: mean useful heat by month [kWh] (N, 12); heat_peak, cool_peak: [W]; discomfort: degree-hours above the adaptive
    limit without cooling [K·h]; floor: [m²]."""

    rows: NDArray[np.int64]
    heat: Floats
    cool: Floats
    months: Floats
    heat_peak: Floats
    cool_peak: Floats
    discomfort: Floats
    floor: Floats


def zones_of_stock(part: Stock, env: Envelope, draws: Draws) -> Zones:
    """One zone for each building and draw (N * D), draws of a building together, under the sun of `behind.own_light`."""
    transmission, ventilation = losses(part, env, part.current, draws)
    windows = env.window * window_u(part, env, part.current.window, draws)
    opaque = np.maximum(transmission * env.floor - windows, 1.0)
    gain = by_use("internal_gain", part, draws) * env.floor
    glass = env.window * draws("solar_transmission", part.ids)
    roof = env.roof * ROOF_ABSORPTION * np.minimum(opaque / np.maximum(env.wall + 2 * env.roof, 1.0), 2.0)
    shut = protected(part, draws)
    sun = np.zeros((*glass.shape, SUNS))
    sun[..., BARE], sun[..., PROTECTED], sun[..., ROOF] = glass * ~shut, glass * shut, roof
    capacity = draws.law("heat_capacity").mode * 3600 * env.floor
    flat = {k: v.reshape(-1) for k, v in {"opaque": opaque, "windows": windows, "capacity": capacity, "gain": gain}.items()}
    size = env.floor.reshape(-1)
    unbounded = np.full(size.shape, np.inf)
    # The mass must carry at least the opaque loss: 1 / (1/H_op - 1/H_ms) has no meaning beyond.
    mass = np.maximum(MASS_PER_FLOOR * size, 1.5 * flat["opaque"] / 9.1)
    return Zones(
        air=air_levels(part, env, ventilation), mass_area=mass, all_area=np.maximum(SURFACES_PER_FLOOR * size, mass / 0.9),
        sun=sun.reshape(-1, SUNS), heat_max=unbounded, cool_max=unbounded, **flat,
    )  # fmt: skip


def loads(zones: Zones, part: Stock, panes: Panes, runs: Sequence[Run]) -> list[HourlyTotals]:
    """What buildings (N) ask for in each run, their zones (N * D) under their own sun."""
    draws = len(zones.opaque) // max(len(part.ids), 1)
    found: list[list[HourlyTotals]] = []
    for first in range(0, len(part.ids), LIT_AT_ONCE):
        some = slice(first, first + LIT_AT_ONCE)
        light = own_light(panes, part.faces[some], part.horizon[some])
        mine = zones.take(np.arange(first * draws, (first + len(light)) * draws))
        of = np.repeat(np.arange(len(light)), draws)
        suns = (OwnSun(light[:, r.first : r.first + len(r.hours.outdoor)], of) for r in runs)
        found.append([hourly_loads(mine, r.hours, own=sun) for r, sun in zip(runs, suns, strict=True)])
    names = HourlyTotals.__struct_fields__
    return [
        HourlyTotals(**{n: np.concatenate([getattr(f, n) for f in each]) for n in names}) for each in zip(*found, strict=True)
    ]


def simulate_stock(inventory: Bundle, weather: Weather | Year, ctx: Context, method: str = SIMPLE) -> HourlyStock:
    """Simulate every building that the seasonal method can speak of, hour by hour under one weather, at its altitude.

    Neighbours shade the windows hour by hour. Two runs: with cooling at 26 °C when somebody is there, and without, for
    discomfort. `model_error` spreads heating as in the seasonal method. method: of
    `choices.METHODS`.
    """
    table = inventory[LAYER]
    year = weather if isinstance(weather, Year) else year_under(weather)
    whole, draws = stock(table), Draws(ctx, FIELD)
    rows = np.flatnonzero(whole.modelled)
    found: list[tuple[NDArray[np.int64], HourlyTotals, HourlyTotals, Floats, Floats]] = []
    band = year.bands(whole.altitude[rows])
    for name, up in sorted(set(zip(whole.use[rows].tolist(), band.tolist(), strict=True))):
        mine, here = rows[(whole.use[rows] == name) & (band == up)], year.at(up)
        for first in range(0, len(mine), CHUNK):
            some = mine[first : first + CHUNK]
            part = whole.take(some)
            env = envelope(part, draws)
            pair = here.hours(HEATED_USES[name])
            if method == BY_WALLS:
                runs = loads_by_walls(part, env, draws, here, pair)
            else:
                runs = loads(zones_of_stock(part, env, draws), part, here.panes, pair)
            found.append((some, *runs, env.floor, draws("model_error", part.ids)))
    return _gathered(found, ctx.draws)


def _gathered(found: list[Any], draws: int) -> HourlyStock:
    if not found:
        none = np.zeros((0, draws))
        return HourlyStock(
            rows=np.zeros(0, np.int64), heat=none, cool=none, months=np.zeros((0, 12)), heat_peak=none, cool_peak=none,
            discomfort=none, floor=none,
        )  # fmt: skip
    rows = np.concatenate([f[0] for f in found])
    order = np.argsort(rows, kind="stable")

    def shaped(values: Floats) -> Floats:
        return values.reshape(-1, draws, *values.shape[1:])

    heat = np.concatenate([shaped(f[1].heat) * f[4][..., None] for f in found])
    parts = {
        "cool": np.concatenate([shaped(f[1].cool.sum(axis=1)) for f in found]),
        "heat_peak": np.concatenate([shaped(f[1].heat_peak.max(axis=1)) for f in found]),
        "cool_peak": np.concatenate([shaped(f[1].cool_peak.max(axis=1)) for f in found]),
        "discomfort": np.concatenate([shaped(f[2].discomfort.sum(axis=1)) for f in found]),
        "floor": np.concatenate([f[3] for f in found]),
    }
    ordered = {k: v[order] for k, v in parts.items()}
    return HourlyStock(rows=rows[order], heat=heat.sum(axis=2)[order], months=heat.mean(axis=1)[order], **ordered)


def hourly_table(inventory: Bundle, found: HourlyStock) -> pa.Table:
    """One row a building: id, commune, use and the triples of what was simulated; null where it could not be."""
    table = inventory[LAYER]
    columns: dict[str, Any] = {name: table[name] for name in ("id", "commune", "usage")}
    values = {
        "heat_need_kwh": found.heat, "cooling_need_kwh": found.cool, "heat_peak_w": found.heat_peak,
        "cooling_peak_w": found.cool_peak, "discomfort_kh": found.discomfort,
    }  # fmt: skip
    for name, draws in values.items():
        for suffix, column in zip(("", "_low", "_high"), summaries(draws), strict=True):
            whole = np.full(table.num_rows, np.nan)
            whole[found.rows] = np.round(column, 1)
            columns[name + suffix] = pa.array(whole, pa.float64(), from_pandas=True)
    return pa.table(columns)
