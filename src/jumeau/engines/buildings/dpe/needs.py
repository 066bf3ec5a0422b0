"""Heating and cooling needs by month (3CL-DPE, parts 2, 6, 9.1 and 10)."""

from dataclasses import dataclass

import numpy as np

from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.model.dpe import F64

_POWER = np.array([2.9, 3.6, 3.6, 2.9, 2.5])
_EQUIPMENT_W, _LIGHT_W, _PERSON_W, _PRESENCE = 3.18, 0.34, 90.0, 132 / 168
_RECOVERED, _YEAR_H = 0.48, 8760.0
_COOL_J = np.array([165_000.0, 260_000.0, 260_000.0, 165_000.0, 110_000.0])


@dataclass(slots=True)
class Needs:
    """need_kwh [n, 12]: heat to give, losses recovered taken off; raw_kwh: before; free: share of free heat [-]."""

    need_kwh: F64
    raw_kwh: F64
    free: F64
    inner_wh: F64
    sun_wh: F64


def inner_w(home: Dwelling, adults: F64) -> F64:
    """Mean heat of people, lighting and equipment [W]."""
    return (_EQUIPMENT_W + _LIGHT_W) * home.area_m2 + _PERSON_W * _PRESENCE * adults


def raw_needs(home: Dwelling, loss: F64, sun_area: F64, adults: F64, spendthrift: bool = False) -> Needs:
    """Needs without what the hot water and the boiler give back. loss: GV [W/K]; sun_area [m2] by month."""
    dh = home.month("dh21") if spendthrift else home.degree_hours()
    hours = home.month("nref21" if spendthrift else "nref19")
    inner = inner_w(home, adults)[:, None] * hours
    sun = 1000 * sun_area * home.month("e")
    lost = loss[:, None] * dh
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(lost > 0, (inner + sun) / lost, 0.0)
        power = _POWER[np.clip(home.inertia, 0, 4)][:, None]
        share = np.where(np.abs(x - 1) < 1e-9, (power - 1) / power, (x - x**power) / (1 - x**power))
    share = np.where(x <= 0, 0.0, np.minimum(share, 1.0))
    raw = np.where(lost > 0, lost * (1 - share) / 1000, 0.0)
    free = 1 - raw.sum(axis=1) / np.maximum(lost.sum(axis=1) / 1000, 1e-9)
    return Needs(raw, raw, free, inner, sun)


def recovered(home: Dwelling, yearly_wh: F64, spendthrift: bool = False) -> F64:
    """What a yearly loss inside the heated volume gives back each month [kWh]."""
    return _RECOVERED * home.month("nref21" if spendthrift else "nref19") * yearly_wh[:, None] / _YEAR_H / 1000


def cooling_need(home: Dwelling, loss: F64, sun_area: F64, adults: F64, spendthrift: bool = False) -> F64:
    """Cold to give by month [kWh], at 28 degC, or at 26 degC for the spendthrift."""
    inside = 26 if spendthrift else 28
    hours, outside = home.month(f"nref{inside}"), home.month(f"textmoy_clim_{inside}")
    gain = inner_w(home, adults)[:, None] * hours + 1000 * sun_area * home.month(f"e_fr_{inside}")
    gap = loss[:, None] * (outside - inside) * hours
    capacity = _COOL_J[np.clip(home.inertia, 0, 4)] * home.area_m2
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = gain / gap
        a = (1 + capacity / (3600 * loss) / 15)[:, None]
        used = np.where(np.abs(ratio - 1) < 1e-9, a / (a + 1), (1 - ratio**-a) / (1 - ratio ** (-a - 1)))
        need = gain / 1000 - used * loss[:, None] / 1000 * (inside - outside) * hours
    return np.where((hours > 0) & (ratio >= 0.5) & np.isfinite(need), need, 0.0)
