"""What the diagnosis takes of the hours: peak of heating, cooling need, floor area too hot in summer.

References: [1] EN 16798-1:2019, adaptive comfort. [2] Arrêté du 4 août 2021 (RE2020): degree-hours of discomfort, lower
threshold of 350 °C.h, taken here as an order of magnitude.
"""

import msgspec
import numpy as np

from jumeau.engines.buildings.choices import FIELD, HEATED_USES, ZONES
from jumeau.engines.buildings.envelope import Envelope
from jumeau.engines.buildings.hourly.outside import outside_of
from jumeau.engines.buildings.hourly.stock import loads, zones_of_stock
from jumeau.engines.buildings.stock import Floats, Stock
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws

NAMES = ("buildings_heating_peak_kw", "buildings_cooling_need_kwh", "buildings_hot_area_m2")
HOURLY_DRAWS = 16
"""Draws run hour by hour: the first ones of the diagnosis, taken again in turn for the others."""


def hourly_draws(part: Stock, env: Envelope, inventory: Bundle, ctx: Context) -> dict[str, Floats]:
    """Peak of heating [kW], cooling need [kWh/year] and floor area in discomfort [m²] of buildings, each (N, D).

    env: of the diagnosis, so that both speak of the same draws. Draw d is run d modulo HOURLY_DRAWS: groups stay sums on
    paired draws, and intervals rest on HOURLY_DRAWS values.
    """
    few = Draws(msgspec.structs.replace(ctx, draws=min(HOURLY_DRAWS, ctx.draws)), FIELD)
    count = few.ctx.draws
    env, shape = env.first(count), (len(part.ids), count)
    peak, cool, discomfort = (np.zeros(shape) for _ in range(3))
    for zone in np.unique(part.zone):
        outside = outside_of(inventory, ZONES[zone], ctx.climate)
        mine = np.flatnonzero(part.zone == zone)
        some = part.take(mine) if len(mine) < len(part.ids) else part
        near = env.take(mine) if len(mine) < len(part.ids) else env
        zones, band = zones_of_stock(some, near, few), outside.bands(some.altitude)
        for use, up in sorted(set(zip(some.use.tolist(), band.tolist(), strict=True))):
            at, here = np.flatnonzero((some.use == use) & (band == up)), outside.at(up)
            cells = (at[:, None] * count + np.arange(count)).reshape(-1)
            cooled, free = loads(zones.take(cells), some.take(at), here.panes, here.schedule(HEATED_USES[use]))
            peak[mine[at]] = cooled.heat_peak[:, 0].reshape(-1, count) / 1000
            cool[mine[at]] = cooled.cool[:, 0].reshape(-1, count)
            discomfort[mine[at]] = free.discomfort[:, 0].reshape(-1, count)
    hot = np.where(discomfort > few.law("discomfort_threshold").mode, env.floor, 0.0)
    again = np.arange(ctx.draws) % count
    found = (peak * few("model_error", part.ids), cool, hot)
    return {name: values[:, again] for name, values in zip(NAMES, found, strict=True)}
