"""Air change of buildings: when people are there, when they are not, when they open their windows."""

import numpy as np

from jumeau.engines.buildings.choices import HEATED_USES
from jumeau.engines.buildings.envelope import AIR_HEAT_WH_M3K, Envelope
from jumeau.engines.buildings.hourly.profiles import PROFILES, presence, shares
from jumeau.engines.buildings.stock import Floats, Stock

OPEN_CHANGE_H = 2.0
"""Air change of open windows: assumed [1/h]."""


def air_levels(part: Stock, env: Envelope, ventilation: Floats) -> Floats:
    """Air change of each building and draw when people are there, when not, and with open windows [W/K] (N * D, 3);
    ventilation: mean over the year [W/(m²·K)] (N, D)."""
    air = np.empty((*env.floor.shape, 3))
    for name in np.unique(part.use):
        mine = part.use == name
        profile = PROFILES[HEATED_USES[name]]
        full, idle = shares(presence(profile), profile.idle_air)
        air[mine] = (ventilation * env.floor)[mine][..., None] * [full, idle, full]
    air[..., 2] += AIR_HEAT_WH_M3K * OPEN_CHANGE_H * env.clear_m * env.floor
    return air.reshape(-1, 3)
