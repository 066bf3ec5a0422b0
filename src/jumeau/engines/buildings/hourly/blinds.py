"""What people draw before their windows in summer, and what it leaves of the sun.

References: [1] ISO 13790:2008, 11.4.3 (drawn above 300 W/m² on the window) and annex G (share of the solar gain left by a
white venetian blind outside: 0.15, by a white curtain inside: 0.65).
"""

import numpy as np

from jumeau.engines.buildings.stock import Flags, Floats, Stock
from jumeau.engines.tally import Draws
from jumeau.kernels.rc5 import HourlyTotals, Hours, Zones, hourly_loads, hourly_trace

OUTSIDE, INSIDE = 0.15, 0.65
DRAWN_ABOVE_W_M2 = 300.0
DRAWN = 0.75
"""Share of the windows in the sun that are shut: assumed."""
UNKNOWN = 2

Pair = tuple[Hours, Hours]
"""The same hours behind bare windows and behind windows with a protection outside."""


def kept(on_window: Floats, warm: Flags, *, protected: bool) -> Floats:
    """Share of the sun that windows still let in (T, F) on warm days (T,) [-]: a protection outside, else a curtain inside,
    before those that receive more than 300 W/m². on_window: irradiance [W/m²] (T, F)."""
    shut = DRAWN * (1 - (OUTSIDE if protected else INSIDE))
    return np.where(warm[:, None] & (on_window > DRAWN_ABOVE_W_M2), 1 - shut, 1.0)


def protected(part: Stock, draws: Draws) -> Flags:
    """Where glazing has a protection outside (N, D): what is known of it, else drawn by the share of the use."""
    share = np.where(part.use == 0, *(draws.law(f"protected_share_{k}").mode for k in ("residentiel", "tertiaire")))
    drawn = draws.uniforms("building_shade", part.ids) < share[:, None]
    state = part.current.shaded[:, None]
    return np.asarray(np.where(state == UNKNOWN, drawn, state == 1))


def loads(zones: Zones, shut: Flags, pair: Pair) -> HourlyTotals:
    """`hourly_loads` of zones (N) under the hours of their windows; shut: those with a protection outside (N,)."""
    if shut.all() or not shut.any():
        return hourly_loads(zones, pair[int(shut.any())])
    where = [np.flatnonzero(shut == p) for p in (False, True)]
    found = [hourly_loads(zones.take(rows), hours) for rows, hours in zip(where, pair, strict=True)]
    order = np.argsort(np.concatenate(where))
    names = HourlyTotals.__struct_fields__
    return HourlyTotals(**{n: np.concatenate([getattr(f, n) for f in found])[order] for n in names})


def trace(zones: Zones, shut: Flags, pair: Pair) -> tuple[Floats, Floats, Floats]:
    """`hourly_trace` of zones (N), in the same way."""
    out = np.empty((3, len(pair[0].outdoor), len(shut)))
    for p in np.unique(shut):
        out[:, :, shut == p] = hourly_trace(zones.take(np.flatnonzero(shut == p)), pair[int(p)])
    return out[0], out[1], out[2]
