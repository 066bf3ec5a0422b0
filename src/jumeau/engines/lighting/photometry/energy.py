"""Energy indicators of EN 13201-5: power density D_P and annual consumption D_E, with the steps of the night.

References: [1] EN 13201-5:2015, clauses 4 and 5.
"""

from collections.abc import Sequence

import msgspec

from jumeau.engines.lighting.photometry.street import Street


class Period(msgspec.Struct, frozen=True):
    """A state of the night: hours of the year [h], power and flux kept [ratio]."""

    hours_h: float
    power_ratio: float = 1.0
    flux_ratio: float = 1.0


class Energy(msgspec.Struct, frozen=True):
    """power_w: of one span [W]; area_m2: lit [m²]; density: D_P of each period that is lit [W/(lx m²)]; annual_kwh_per_m2:
    D_E [kWh/m²]."""

    power_w: float
    area_m2: float
    density: list[float]
    annual_kwh_per_m2: float


def energy(street: Street, power_w: float, lux: float, footway_lux: float | None, periods: Sequence[Period]) -> Energy:
    """D_P and D_E of a span lit by lanterns of `power_w` [W] with mean maintained illuminances [lx] on carriageways and
    footways; NaN where the power is."""
    power = street.rows * power_w
    road = street.carriageways * street.width_m * street.spacing_m
    walk = 2 * street.footway_m * street.spacing_m if footway_lux is not None else 0.0
    lumens = road * lux + walk * (footway_lux or 0.0)
    lit = [p for p in periods if p.flux_ratio > 0]
    density = [power * p.power_ratio / (lumens * p.flux_ratio) if lumens > 0 else float("nan") for p in lit]
    used = power * sum(p.power_ratio * p.hours_h for p in periods)
    return Energy(power, road + walk, density, used / (road + walk) / 1000)
