"""The hours of a building as the page draws them: days of the year, its coldest and its hottest week."""

from collections.abc import Callable
from typing import Any

import numpy as np

from jumeau.engines.protocol import Bundle
from jumeau.store.port import NOW, Moment
from jumeau.twin.buildings import Seen, curve

WEEK_H = 168
COLUMNS = ("outdoor_c", "heat_kw", "heat_kw_low", "heat_kw_high", "cooling_kw", "free_c", "solar_kw", "electricity_kw")


def hours(
    twin: Seen, building: str, climate: str = "actuel", moment: Moment = NOW, read: Callable[[str], Bundle] | None = None
) -> dict[str, Any] | None:
    """Daily means of the year, and the hours of the coldest and of the hottest week (mean outdoor temperature); None where
    the building cannot be simulated. read: gives the inventory of a commune, where some are kept.

    Raises NotFoundError for an unknown building, InputError for an unknown climate.
    """
    found = curve(twin, building, climate=climate, moment=moment, read=read)
    if found is None:
        return None
    names = [c for c in COLUMNS if c in found.hours.column_names]
    columns = {c: found.hours[c].to_numpy() for c in names}
    days = {c: _rounded(v[:8760].reshape(-1, 24).mean(axis=1)) for c, v in columns.items()}
    outdoor = columns["outdoor_c"]
    weekly = np.convolve(outdoor, np.ones(WEEK_H) / WEEK_H, mode="valid")[::24]
    cold, hot = int(weekly.argmin()) * 24, int(weekly.argmax()) * 24
    value, low, high = found.heat_kwh
    return {
        "days": days,
        "cold": {"start_h": cold, **{c: _rounded(v[cold : cold + WEEK_H]) for c, v in columns.items()}},
        "hot": {"start_h": hot, **{c: _rounded(v[hot : hot + WEEK_H]) for c, v in columns.items()}},
        "heat_kwh": {"value": value, "low": low, "high": high}, "peak_kw": round(float(columns["heat_kw"].max()), 1),
        "hot_hours": int((columns["free_c"] > 28.0).sum()), "cop": round(found.cop, 2),
        "solar": {"kw": round(found.solar_kw_peak, 1), "kwh": round(found.solar_kwh), "used": round(found.self_consumed, 2)},
    }  # fmt: skip


def _rounded(values: Any) -> list[float]:
    out: list[float] = np.round(values, 2).tolist()
    return out
