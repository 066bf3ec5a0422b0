"""The sun behind the windows of each building, hour by hour: its neighbours and its blinds in the way.

References: [1] ISO 13790:2008, 11.4.3 (drawn above 300 W/m² on the window) and annex G (share of the solar gain left by a
white venetian blind outside: 0.15, by a white curtain inside: 0.65). [2] Duffie, Beckman (2013), Solar engineering of thermal
processes, section 1.9 (shading planes) and 2.16 (the glow around the sun is shaded as the beam).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.horizon import AZIMUTHS, SECTORS, STEP_DEG
from jumeau.engines.buildings.hourly.sun import (
    Sunshine,
    angular_factor,
    hemispherical_factor,
    through_glass,
    turn_of,
)
from jumeau.kernels.rc5 import SUNS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OUTSIDE, INSIDE = 0.15, 0.65
DRAWN_ABOVE_W_M2 = 300.0
DRAWN = 0.75
"""Share of the windows in the sun that are shut: assumed."""
WARM_DAY_C = 16.0
"""Mean of the day from which summer habits hold: assumed."""
BARE, PROTECTED, ROOF = range(3)
"""What stands in each column of `own_light`."""


class Panes(msgspec.Struct, frozen=True, kw_only=True):
    """Light of a year on the four vertical faces before anything hides it (L hours of day). hours: their rank; altitude: of
    the sun [°] (L,); sector: direction of the sun before each face (L, 4); direct (beam and glow), even (rest of the sky),
    ground: behind glass, plane_X: on it (L, 4) [W/m²]; roof: (L,); sunny, hot: hours of each face with direct light, and of
    warm days when its blinds may be drawn; count: hours of the year."""

    hours: Ints
    altitude: Floats
    sector: Ints
    direct: Floats
    even: Floats
    ground: Floats
    plane_direct: Floats
    plane_even: Floats
    plane_ground: Floats
    roof: Floats
    sunny: list[Ints]
    hot: list[Ints]
    count: int


def panes_of(light: Sunshine, outdoor: Floats) -> Panes:
    """What of a year's light buildings share. outdoor: air [°C] (T,), of which warm days are those of summer habits."""
    day = np.flatnonzero(light.total.sum(axis=1) > 0)
    faces = slice(0, len(AZIMUTHS))
    turn = np.stack([turn_of(light, a)[day] for a in AZIMUTHS], axis=1)
    diffuse = hemispherical_factor()
    beam, glow = light.beam[day, faces], light.glow[day, faces]
    even, ground = light.sky[day, faces] - glow, light.ground[day, faces]
    cos = light.cos[day, faces]
    warm = np.repeat(outdoor.reshape(-1, 24).mean(axis=1) > WARM_DAY_C, 24)[day]
    bright = warm[:, None] & (beam + glow + even + ground > DRAWN_ABOVE_W_M2)
    return Panes(
        hours=day, altitude=light.altitude[day],
        sector=np.clip((turn + 90) // STEP_DEG, 0, SECTORS - 1).astype(np.int64),
        direct=beam * angular_factor(cos) * (cos > 0) + glow * diffuse, even=even * diffuse, ground=ground * diffuse,
        plane_direct=beam + glow, plane_even=even, plane_ground=ground, roof=through_glass(light)[day, len(AZIMUTHS)],
        sunny=[np.flatnonzero(beam[:, f] + glow[:, f] > 0) for f in range(len(AZIMUTHS))],
        hot=[np.flatnonzero(bright[:, f]) for f in range(len(AZIMUTHS))], count=len(light.altitude),
    )  # fmt: skip


def sky_kept(horizon: Floats) -> Floats:
    """Share of the light of an even sky that vertical faces keep above their horizon (..., 24) [°] -> (...)."""
    low = np.radians(np.clip(horizon, 0, 90))
    above = 1 - (2 * low + np.sin(2 * low)) / np.pi
    edges = np.sin(np.radians(-90 + STEP_DEG * np.arange(SECTORS + 1)))
    return np.asarray((above * np.diff(edges) / 2).sum(axis=-1))


def lit(panes: Panes, face: int, at: Ints, horizon: Floats) -> NDArray[np.bool_]:
    """Whether the sun stands above the horizon (N, 24) of a face at some hours of day (H, N)."""
    return np.asarray(panes.altitude[at, None] > np.ascontiguousarray(horizon.T)[panes.sector[at, face]])


def own_light(panes: Panes, faces: Floats, horizon: Floats) -> Floats:
    """Irradiance that matters behind the windows of N buildings, mean of their faces (N, T, 5) [W/m²]: behind those that have
    a curtain inside, behind those with a protection outside, then on the roof; the last two columns are empty.

    faces: share of the windows by face (N, 4); horizon: what stands before each [°] (N, 4, 24). The beam, with the glow
    around the sun, passes where the sun stands above the horizon; of the rest of the sky, the part above counts; the ground's
    light is kept, and what neighbours send back is left out. On warm days, most of the windows that still receive more than
    300 W/m² are shut [1].
    """
    seen = sky_kept(horizon)
    bare = _sum(panes.even, faces * seen) + _sum(panes.ground, faces)
    for f, at in enumerate(panes.sunny):
        bare[at] += panes.direct[at, f, None] * (lit(panes, f, at, horizon[:, f]) * faces[:, f])
    shut = bare.copy()
    for f, at in enumerate(panes.hot):
        sun, sky = lit(panes, f, at, horizon[:, f]), seen[:, f]
        on = panes.plane_direct[at, f, None] * sun + panes.plane_even[at, f, None] * sky + panes.plane_ground[at, f, None]
        behind = panes.direct[at, f, None] * sun + panes.even[at, f, None] * sky + panes.ground[at, f, None]
        drawn = DRAWN * faces[:, f] * np.where(on > DRAWN_ABOVE_W_M2, behind, 0.0)
        bare[at] -= (1 - INSIDE) * drawn
        shut[at] -= (1 - OUTSIDE) * drawn
    out = np.zeros((len(faces), panes.count, SUNS))
    out[:, panes.hours, BARE], out[:, panes.hours, PROTECTED], out[:, panes.hours, ROOF] = bare.T, shut.T, panes.roof
    return out


def on_walls(panes: Panes, faces: Floats, horizon: Floats) -> Floats:
    """Irradiance on the outer walls of N buildings, mean of their faces (N, T) [W/m²], hidden as before windows."""
    seen = sky_kept(horizon)
    on = _sum(panes.plane_even, faces * seen) + _sum(panes.plane_ground, faces)
    for f, at in enumerate(panes.sunny):
        on[at] += panes.plane_direct[at, f, None] * (lit(panes, f, at, horizon[:, f]) * faces[:, f])
    out = np.zeros((len(faces), panes.count))
    out[:, panes.hours] = on.T
    return out


def _sum(light: Floats, share: Floats) -> Floats:
    """Sum over faces (L, N) of light (L, F) by share (N, F); not a product of matrices, whose threads cost more than they
    bring here."""
    return np.asarray(np.einsum("fl,fn->ln", np.ascontiguousarray(light.T), np.ascontiguousarray(share.T)))
