"""What the sun brings: power of panels used on the spot."""

import numpy as np

from jumeau.engines.buildings.envelope import GROUPS, Envelope, read, zone_groups
from jumeau.engines.buildings.stock import Flags, Floats, Stock
from jumeau.engines.tally import Draws


def solar_share(part: Stock, power: Floats, billed: Flags, draws: Draws) -> tuple[Floats, Floats]:
    """Solar power used on the spot and sold [kWh/year] (N, D).

    power: electricity other than heating [kWh/year] (N, D). A bill is net of the panels there were, so only those added
    since count there.
    """
    new, old = part.current.solar, np.where(billed, part.described.solar, 0.0)
    if not (new != old).any():
        return np.zeros_like(power), np.zeros_like(power)
    zone = zone_groups(part)
    made = read(draws, tuple(f"solar_yield_{g}" for g in GROUPS), zone, draws.uniforms("solar_yield", part.communes))
    # a bill net of the old panels says less than what is used: close enough for panels that are few
    daytime = power * draws("solar_daytime_share", part.ids)
    used = used_on_the_spot(new[:, None] * made, daytime) - used_on_the_spot(old[:, None] * made, daytime)
    return used, (new - old)[:, None] * made - used


def used_on_the_spot(made: Floats, daytime: Floats) -> Floats:
    """Part of a production that is used where it is made [kWh/year]: all of it when small, all that is consumed while the
    sun shines when large, and smooth between (hours of sun and of need do not fall together)."""
    room = np.maximum(daytime, 1e-9)
    return np.asarray(room * -np.expm1(-made / room))


def solar_room_kw(env: Envelope, part: Stock, draws: Draws) -> Floats:
    """Panels that the roof can bear [kW] (N, D)."""
    return np.asarray(env.roof * draws("solar_roof_share", part.ids) * draws.law("solar_kw_m2").mode)
