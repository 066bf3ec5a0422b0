"""Rooms -> zones of the 5R1C kernel.

References: [1] ISO 13790:2008, 8.3.2 (transmission), 11.3.4 (sun on opaque elements), 12.2.2 and 12.3.1 (mass), 7.2.2.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.hourly.room import INSIDE_CONVECTION, INSIDE_RADIATION, OUTSIDE_RADIATION, Amount, Room, Surface
from jumeau.engines.buildings.hourly.sun import FACES
from jumeau.kernels.rc5 import Zones

Floats = NDArray[np.float64]
DEPTH_M = 0.1
INSULATING = 0.06
"""Conductivity below which a layer cuts off the mass behind it [W/(m·K)]."""
SURFACES_PER_FLOOR = 4.5


def zones_of(rooms: Sequence[Room]) -> Zones:
    """The 5R1C zones of rooms: U values with the rooms' own surface coefficients, areal capacities over 10 cm from inside.

    The sun that walls absorb is added to the areas that let in sun [1].
    """
    rows = [_zone(room) for room in rooms]
    columns = list(zip(*rows, strict=True))
    opaque, windows, capacity, mass, area, gain, heat, cool = (np.array(c, np.float64) for c in columns[:8])
    levels = max(len(r.extra) for r in rooms)
    air = np.array([[r.air + e for e in (*r.extra, *[r.extra[-1]] * (levels - len(r.extra)))] for r in rooms])
    return Zones(
        opaque=opaque, windows=windows, air=np.maximum(air, 1e-3), capacity=capacity, mass_area=mass, all_area=area,
        sun=np.stack(columns[8]), gain=gain, heat_max=heat, cool_max=cool,
    )  # fmt: skip


def _zone(room: Room) -> tuple[Amount, ...]:
    sun = np.zeros(len(FACES))
    loss, capacity, squared = (np.zeros(()) for _ in range(3))
    for s in room.surfaces:
        u, outside = _transmittance(s, room.emissivity)
        loss = loss + s.area * u
        kappa = areal_capacity(s)
        capacity = capacity + s.area * kappa
        squared = squared + s.area * kappa**2
        if s.face:
            sun[FACES.index(s.face)] += s.area * s.absorptance * u / outside
    for w in room.windows:
        sun[FACES.index(w.face)] += w.area * w.factor * (1 - room.lost)
    capacity = np.maximum(capacity, 1.0) + room.furniture * room.floor
    nil = np.zeros(())
    inner = sum((s.area for s in room.surfaces), nil) + sum((w.area for w in room.windows), nil)
    glazed = sum((w.area * w.u for w in room.windows), nil)
    mass = np.minimum(capacity**2 / np.maximum(squared, 1.0), 0.95 * inner)
    return np.maximum(loss, 1e-3), glazed, capacity, mass, inner, room.gain, room.heat_max, room.cool_max, sun


def _transmittance(s: Surface, emissivity: float) -> tuple[Amount, Amount]:
    """U value and outside coefficient [W/(m²·K)]."""
    inside = (INSIDE_CONVECTION[s.kind] if s.inside is None else s.inside) + INSIDE_RADIATION / 0.9 * emissivity
    outside = s.outside + (OUTSIDE_RADIATION / 0.9 * s.emissivity if s.face else 0.0)
    return 1.0 / (1 / inside + sum(x.thickness / x.conductivity for x in s.layers) + 1 / outside), outside


def areal_capacity(s: Surface) -> Amount:
    """Heat capacity per area [J/(m²·K)] of the first 10 cm from inside, up to an insulating layer [1]."""
    depth, out = np.array(DEPTH_M), np.zeros(())
    for layer in reversed(s.layers):
        if np.any(layer.conductivity < INSULATING) or np.all(depth <= 0):
            break
        used = np.minimum(depth, layer.thickness)
        out = out + used * layer.density * layer.heat
        depth = depth - used
    return out
