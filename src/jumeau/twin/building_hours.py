"""The hours of a building as the page draws them: days of the year, its coldest and its hottest week."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from jumeau.engines.buildings.choices import BY_WALLS, METHODS, SIMPLE
from jumeau.engines.protocol import Bundle
from jumeau.model.query import Compare
from jumeau.store.port import NOW, Moment
from jumeau.twin.buildings import Seen, curve

if TYPE_CHECKING:
    from jumeau.engines.buildings.hourly.curve import Curve

WEEK_H = 168
COLUMNS = ("outdoor_c", "heat_kw", "heat_kw_low", "heat_kw_high", "cooling_kw", "free_c", "solar_kw", "electricity_kw")


BOTH = "deux"
"""Asks for both methods of `engines.buildings.choices.METHODS`."""


def hours(
    twin: Seen, building: str, climate: str = "actuel", moment: Moment = NOW,
    read: Callable[[str], Bundle] | None = None, method: str = SIMPLE,
) -> dict[str, Any] | None:  # fmt: skip
    """Daily means of the year, and the hours of the coldest and of the hottest week (mean outdoor temperature); None where
    the building cannot be simulated. read: gives the inventory of a commune, where some are kept; method: of
    `engines.buildings.choices.METHODS`, or BOTH: the simple one, then `walls`, and `apart`, how far the second is from the
    first on the same draws [-].

    Raises NotFoundError for an unknown building, InputError for an unknown climate or method.
    """
    asked = METHODS if method == BOTH else (method,)
    found = [curve(twin, building, climate=climate, moment=moment, read=read, method=m) for m in asked]
    known = [c for c in found if c is not None]
    if not known:
        return None
    out = _told(known[0]) | {"method": asked[0]}
    if len(known) > 1:
        out |= {"walls": _told(known[1]) | {"method": BY_WALLS}, "apart": _apart(*known)}
        out["behind"] = _behind(twin, building, moment)
    return out


def _told(found: "Curve") -> dict[str, Any]:
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


def _apart(one: "Curve", other: "Curve") -> dict[str, dict[str, float]]:
    """The second over the first, less one, draw by draw: mean, p5, p95."""
    out = {}
    for name in ("heat", "peak"):
        first, second = (getattr(c, f"{name}_draws") for c in (one, other))
        ratio = second / np.maximum(first, 1e-9) - 1
        low, high = np.quantile(ratio, [0.05, 0.95])
        out[name] = {"value": float(second.mean() / max(first.mean(), 1e-9) - 1), "low": float(low), "high": float(high)}
    return out


def _behind(twin: Seen, building: str, moment: Moment) -> dict[str, str | None]:
    """What the building is said to have below its roof and its lowest floor."""
    asked = ["attic", "basement"]
    found = twin.view.read("batiment", where=Compare("id", "=", building), columns=asked, moment=moment)
    return {name: found[name][0].as_py() for name in asked}


def _rounded(values: Any) -> list[float]:
    out: list[float] = np.round(values, 2).tolist()
    return out
