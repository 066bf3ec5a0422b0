"""Bills as they come, periods of their own for each meter -> signatures, drift of the last year, quick actions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.bills import BALANCES, Signatures, degree_days, drift, fit, quick_actions

Floats = NDArray[np.float64]
LAST_YEAR_DAYS, LEAST_BEFORE_DAYS = 365, 330
CHUNK = 2_000


def by_meter(rows: Sequence[tuple[str, int, int, float]], days: Floats) -> list[dict[str, Any]]:
    """One record a meter, in order. rows: (meter, first day, length [days], energy [kWh]), days counted in `days`, the
    mean outdoor temperature of each day [°C]; periods out of `days` are left out. Drift asks for two years.
    """
    inside = [r for r in rows if r[1] >= 0 and r[1] + r[2] <= len(days)]
    names = sorted({r[0] for r in rows})
    out: list[dict[str, Any]] = []
    for first in range(0, len(names), CHUNK):
        some = names[first : first + CHUNK]
        kept = set(some)
        out += _records(some, [r for r in inside if r[0] in kept], days)
    return out


def _records(names: list[str], rows: list[tuple[str, int, int, float]], days: Floats) -> list[dict[str, Any]]:
    at = {name: i for i, name in enumerate(names)}
    who = np.array([at[r[0]] for r in rows], np.int64)
    start, length = (np.array([r[k] for r in rows], np.int64) for k in (1, 2))
    rate = np.array([r[3] for r in rows], np.float64) / np.maximum(length, 1)
    rank = _ranks(who)
    width = int(rank.max(initial=0)) + 1
    shape = (len(names), width)
    use, weight, cold = np.full(shape, np.nan), np.zeros(shape), np.zeros((*shape, len(BALANCES)))
    if len(who):
        use[who, rank], weight[who, rank], cold[who, rank] = rate, length, degree_days(days, start, length)
    end = np.zeros(len(names), np.int64)
    np.maximum.at(end, who, start + length)
    late = np.zeros(shape, bool)
    if len(who):
        late[who, rank] = start >= end[who] - LAST_YEAR_DAYS
    old = np.where(late, 0.0, weight).sum(axis=1) >= LEAST_BEFORE_DAYS
    former = fit(np.where(late, np.nan, use), cold, weight)
    whole = fit(use, cold, weight)
    moved = drift(former, np.where(late & old[:, None], use, np.nan), cold, weight)
    quick = quick_actions(whole, moved, None)
    return [_record(names[i], i, whole, moved, quick[i]) for i in range(len(names))]


def _ranks(who: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rank of each row among those of its meter."""
    order = np.argsort(who, kind="stable")
    first = np.r_[True, np.diff(who[order]) != 0]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(who)), 0))
    out = np.empty(len(who), np.int64)
    out[order] = np.arange(len(who)) - starts
    return out


def _record(name: str, i: int, whole: Signatures, moved: Any, quick: list[str]) -> dict[str, Any]:
    values = {
        "base_kwh_day": whole.base[i], "slope_kwh_day_k": whole.slope[i], "balance_c": whole.balance[i],
        "heating_share": whole.heating[i], "fit_error": whole.cv[i], "drift": moved.ratio[i], "drift_low": moved.low[i],
        "drift_high": moved.high[i],
    }  # fmt: skip
    known = {k: round(float(v), 4) if np.isfinite(v) else None for k, v in values.items()}
    return {"meter": name, "periods": int(whole.periods[i]), "quick_actions": tuple(quick), **known}
