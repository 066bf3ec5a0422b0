"""One building over the 8760 hours of a year: heating, cooling, free temperature, and what its roof could give."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.buildings.choices import BY_WALLS, ENERGIES, FIELD, HEATED_USES, LAYER, SIMPLE
from jumeau.engines.buildings.energy import ELECTRIC, WATER_FUELS, by_use, heating, hot_water
from jumeau.engines.buildings.envelope import Envelope, envelope
from jumeau.engines.buildings.hourly.behind import own_light
from jumeau.engines.buildings.hourly.plant import (
    PV_PEAK_W_M2,
    ROOF_USABLE,
    final_heat,
    heat_pump_cop,
    self_consumed,
    solar_yield,
    water_curve,
    water_shares,
)
from jumeau.engines.buildings.hourly.profiles import PROFILES, presence, shares
from jumeau.engines.buildings.hourly.stock import zones_of_stock
from jumeau.engines.buildings.hourly.walls import trace_by_walls
from jumeau.engines.buildings.hourly.year import Run, Year, year_under
from jumeau.engines.buildings.stock import Floats, Stock, stock
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws
from jumeau.kernels.rc5 import OwnSun, hourly_trace
from jumeau.model.weather import HOURS, Weather

PLUGS_EMPTY = 0.35
"""Share of the electricity of lights and appliances that stays when nobody is there."""


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A building's year. hours: outdoor_c, heat_kw (useful) with its interval, final_heat_kw and water_kw (final energy of
    the plant at its load, of hot water), cooling_kw, free_c (without cooling: of the air, felt wall by wall), solar_kw of the
    roof's panels and electricity_kw of all electric uses, by hour; heat_kwh, final_kwh (mean, p5, p95); water_kwh: final
    energy of hot water; solar_kw_peak: panels on the usable half of the roof [kW]; solar_kwh, self_consumed: their yield and
    the share used on the spot; cop: of an air to water heat pump over the season [-]; heat_draws [kWh], peak_draws [kW]: of
    each draw (D,)."""

    hours: pa.Table
    heat_kwh: tuple[float, float, float]
    final_kwh: tuple[float, float, float]
    water_kwh: float
    solar_kw_peak: float
    solar_kwh: float
    self_consumed: float
    cop: float
    heat_draws: Floats
    peak_draws: Floats


def curve(inventory: Bundle, building: str, under: Weather | Year, ctx: Context, method: str = SIMPLE) -> Curve | None:
    """The year of one building of the inventory; None where its energy cannot be simulated. Neighbours shade it, and
    the weather is brought to its altitude."""
    table = inventory[LAYER]
    row = pc.index(table["id"], building).as_py()
    whole = stock(table)
    if row < 0 or not whole.modelled[row]:
        return None
    draws = Draws(ctx, FIELD)
    at = np.array([row])
    part = whole.take(at)
    below = under if isinstance(under, Year) else year_under(under)
    year = below.at(int(below.bands(part.altitude)[0]))
    weather = year.weather
    use = HEATED_USES[part.use[0]]
    env = envelope(part, draws)
    (heat, cool, _), (_, _, free) = (trace_by_walls if method == BY_WALLS else _traces)(
        part, env, draws, year, year.hours(use)
    )
    heat = heat / 1000 * draws("model_error", part.ids)
    peak = float(env.roof.mean()) * ROOF_USABLE * PV_PEAK_W_M2 / 1000
    made = solar_yield(weather) * peak
    energy, efficiency, pump = heating(part, part.current, draws)
    final = final_heat(heat, weather.outdoor, efficiency[0], pump[0])
    hot = (hot_water(part, env, draws) * env.floor / draws("efficiency_dhw", part.ids))[0]
    drawn = water_shares(presence(PROFILES[use]), home=use == HEATED_USES[0])
    plugs = _electricity(use, (by_use("lighting", part, draws) + by_use("specific", part, draws)) * env.floor)
    electric = energy[0] == ELECTRIC
    electric_water = ~np.isin(energy[0], [ENERGIES.index(e) for e in WATER_FUELS])
    used = plugs + (final * electric).mean(axis=1) + drawn * float((hot * electric_water).mean())
    low, high = np.quantile(heat, [0.05, 0.95], axis=1)
    columns: dict[str, Any] = {
        "hour": np.arange(1, HOURS + 1), "outdoor_c": weather.outdoor.round(1), "heat_kw": heat.mean(axis=1).round(2),
        "heat_kw_low": low.round(2), "heat_kw_high": high.round(2), "final_heat_kw": final.mean(axis=1).round(2),
        "water_kw": (drawn * hot.mean()).round(3), "cooling_kw": (cool.mean(axis=1) / 1000).round(2),
        "free_c": free.mean(axis=1).round(1), "solar_kw": made.round(2), "electricity_kw": used.round(2),
    }  # fmt: skip
    sums = heat.sum(axis=0)
    total = heat.mean(axis=1)
    cop = total.sum() / max((total / heat_pump_cop(weather.outdoor, water_curve(weather.outdoor))).sum(), 1e-9)
    return Curve(
        hours=pa.table(columns), heat_kwh=(float(sums.mean()), *_ends(sums)),
        final_kwh=(float(final.sum(axis=0).mean()), *_ends(final.sum(axis=0))), water_kwh=float(hot.mean()),
        solar_kw_peak=peak, solar_kwh=float(made.sum()), self_consumed=self_consumed(made, used), cop=float(cop),
        heat_draws=sums, peak_draws=heat.max(axis=0),
    )  # fmt: skip


def _traces(part: Stock, env: Envelope, draws: Draws, year: Year, runs: Sequence[Run]) -> list[tuple[Floats, ...]]:
    """`walls.trace_by_walls` with one mass: the temperature is that of the air."""
    own = OwnSun(own_light(year.panes, part.faces, part.horizon), np.zeros(draws.ctx.draws, np.int64))
    zones = zones_of_stock(part, env, draws)
    return [hourly_trace(zones, run.hours, own=own) for run in runs]


def _ends(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, [0.05, 0.95])
    return float(low), float(high)


def _electricity(use: str, yearly: Floats) -> Floats:
    """Electricity of lights and appliances by hour [kWh] (T,): the year's mean, more when people are there."""
    there = presence(PROFILES[use])
    full, empty = shares(there, PLUGS_EMPTY)
    return np.where(there, full, empty) * float(yearly.mean()) / HOURS
