"""Plants at part load, hot water by the hour, and solar roofs.

References: [1] EN 14825 (bins and part load of heat pumps). [2] pvlib, PVWatts DC model and Ross cell temperature.
"""

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.hourly.sun import sunshine
from jumeau.model.weather import KELVIN, Weather

Floats = NDArray[np.float64]
CARNOT_SHARE = 0.42
"""Of the ideal coefficient of performance that an air to water heat pump reaches, auxiliaries included."""
LEAST_COP, MOST_COP = 1.2, 6.0
CYCLING = 0.1
"""Loss at nearly no load, as a share of the output at full load [1]."""
PV_LOSSES, PV_PEAK_W_M2 = 0.14, 200.0
ROOF_USABLE = 0.5


def heat_pump_cop(outdoor: Floats, water: Floats | float = 45.0) -> Floats:
    """Coefficient of performance by hour [-] from outdoor air to water at `water` [°C]."""
    hot = np.asarray(water, np.float64) + KELVIN
    return np.asarray(np.clip(CARNOT_SHARE * hot / np.maximum(water - outdoor, 8.0), LEAST_COP, MOST_COP))


def water_curve(outdoor: Floats, design: float = -5.0, hottest: float = 55.0, coolest: float = 30.0) -> Floats:
    """Temperature of the heating water [°C]: hottest at the design temperature, coolest at 18 °C."""
    share = np.clip((18.0 - outdoor) / (18.0 - design), 0.0, 1.0)
    return np.asarray(coolest + (hottest - coolest) * share)


def part_load(load: Floats) -> Floats:
    """Efficiency over the one at full load [-] of a plant that switches on and off; load: share of its power [-]."""
    at = np.clip(load, 0.02, 1.0)
    return np.asarray(at / (at + CYCLING * (1 - at)))


def electricity_of_heat_pump(heat: Floats, outdoor: Floats, power: float | Floats) -> Floats:
    """Electricity by hour [the unit of `heat`] of a heat pump of `power` that gives `heat` (T, ...)."""
    cop = heat_pump_cop(outdoor, water_curve(outdoor)).reshape(-1, *[1] * (heat.ndim - 1))
    return np.asarray(heat / (cop * part_load(heat / np.maximum(power, 1e-9))))


def water_shares(there: NDArray[np.bool_], *, home: bool) -> Floats:
    """Share of the year's hot water drawn in each hour [-] (T,), of sum 1: mornings and evenings in dwellings, presence else.

    Hours of dwellings: order of magnitude of EN 16147 tapping cycles. there: hours of presence.
    """
    if home:
        day = np.ones(24) * 0.3
        day[[7, 8]], day[[12, 13]], day[[19, 20, 21]] = 4.0, 1.2, 2.6
        weight = np.tile(day, len(there) // 24)
    else:
        weight = there.astype(np.float64)
    return np.asarray(weight / max(weight.sum(), 1e-9))


def final_heat(heat: Floats, outdoor: Floats, efficiency: Floats, pump: NDArray[np.bool_]) -> Floats:
    """Final energy by hour of plants (T, D) [the unit of `heat`] that give `heat`, sized on its peak.

    pump: which draws are heat pumps, whose coefficient follows the outside and the load; the others have their yearly
    `efficiency` (D,) spread by their load, so that their year is that of the seasonal method.
    """
    power = np.maximum(heat.max(axis=0), 1e-9)
    loss = 1.0 / part_load(heat / power)
    mean = (heat * loss).sum(axis=0) / np.maximum(heat.sum(axis=0), 1e-9)
    burnt = heat * loss / np.maximum(mean, 1e-9) / efficiency
    return np.where(pump, electricity_of_heat_pump(heat, outdoor, power), burnt)


def solar_yield(weather: Weather, azimuth: float = 180.0, tilt: float = 30.0) -> Floats:
    """Electricity of 1 kW of panels by hour [kWh/kW] (T,)."""
    from pvlib import pvsystem, temperature

    plane = sunshine(weather, np.array([azimuth]), np.array([tilt])).total[:, 0]
    cell = temperature.ross(plane, weather.outdoor, noct=45.0)
    power = np.asarray(pvsystem.pvwatts_dc(plane, cell, 1.0, -0.0035))
    return np.asarray(np.maximum(power, 0.0) * (1 - PV_LOSSES))


def self_consumed(made: Floats, used: Floats) -> float:
    """Share of solar electricity used on the spot [-], hour by hour (T,)."""
    total = float(made.sum())
    return float(np.minimum(made, used).sum() / total) if total > 0 else 0.0
