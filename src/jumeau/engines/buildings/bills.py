"""Bills and load curves of many delivery points: what depends on the cold, what drifts, what runs at night.

References: [1] ASHRAE Guideline 14-2023 (change-point models, CV(RMSE)). [2] CalTRACK methods 2.0, section 3 (degree-day
models of billing and daily data). [3] Kissock, Haberl, Claridge (2003), Inverse modeling toolkit, ASHRAE Transactions 109.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BALANCES = np.arange(8.0, 21.01, 0.5)
LEAST_PERIODS = 6
BLOCK = 1024
"""Meters fitted together: their tables of 27 balances stay in cache."""
SURE = 1.645
DRIFT = 0.05


class Signatures(msgspec.Struct, frozen=True, kw_only=True):
    """Energy signatures of meters (M). base: what does not depend on the cold [kWh/day]; slope: [kWh/(day·K)]; balance:
    outdoor temperature below which heating runs [°C]; r2, cv: fit, and its root mean square error over the mean [-]; spread:
    standard deviation of the residual [kWh/day]; periods: how many were used; heating: share of the energy that depends on
    the cold [-]. NaN where there are too few periods; a slope that is not certain is 0 and the balance NaN."""

    base: Floats
    slope: Floats
    balance: Floats
    r2: Floats
    cv: Floats
    spread: Floats
    periods: NDArray[np.int64]
    heating: Floats


def degree_days(days: Floats, start: NDArray[np.int64], length: NDArray[np.int64]) -> Floats:
    """Mean degree-days per day below each of BALANCES (P, 27) of periods that start at day `start` and last `length` days.

    days: mean outdoor temperature of each day [°C].
    """
    below = np.maximum(BALANCES[None, :] - days[:, None], 0.0)
    total = np.vstack([np.zeros(len(BALANCES)), np.cumsum(below, axis=0)])
    return np.asarray((total[start + length] - total[start]) / np.maximum(length, 1)[:, None])


def fit(use: Floats, cold: Floats, weight: Floats) -> Signatures:
    """Heating change-point model of each meter: base + slope x degree-days, the balance temperature tried over BALANCES.

    use: [kWh/day] (M, P), NaN where unknown; cold: degree-days per day (P, 27), or (M, P, 27) where periods differ between
    meters; weight: days of each period (P,) or (M, P). A slope counts when its t value is above 2 [2].
    """
    if len(use) > BLOCK:
        parts = [
            fit(
                use[i : i + BLOCK],
                cold[i : i + BLOCK] if cold.ndim == 3 else cold,
                weight[i : i + BLOCK] if weight.ndim == 2 else weight,
            )
            for i in range(0, len(use), BLOCK)
        ]
        return Signatures(**{n: np.concatenate([getattr(x, n) for x in parts]) for n in Signatures.__struct_fields__})
    each, known = cold.ndim == 3, np.isfinite(use)
    w = np.broadcast_to(weight, use.shape) * known
    y = use if known.all() else np.nan_to_num(use)
    total = w.sum(axis=1)
    wy = w * y
    sum_y = wy.sum(axis=1)
    mean_y = sum_y / np.maximum(total, 1e-12)
    yy = (w * (y - mean_y[:, None]) ** 2).sum(axis=1)
    same = not each and weight.ndim == 1 and bool(known.all())
    few = w[:1] if same else w
    wx = np.einsum("mp,mpk->mk", w, cold) if each else few @ cold
    wxx = np.einsum("mp,mpk->mk", w, cold**2) if each else few @ cold**2
    wxy = np.einsum("mp,mpk->mk", wy, cold) if each else wy @ cold
    mean_x = wx / np.maximum(total[: len(few)], 1e-12)[:, None]
    sxx = wxx - mean_x * wx
    sxy = wxy
    sxy -= mean_x * sum_y[:, None]
    slope = sxy * np.where(sxx > 1e-9, 1.0 / np.maximum(sxx, 1e-9), 0.0)
    np.maximum(slope, 0.0, out=slope)
    base = mean_y[:, None] - slope * mean_x
    # What a balance explains of the spread: slope x sxy, as slope is sxy / sxx or nothing.
    gain = np.where(base >= -1e-9, slope * sxy, -np.inf)
    best = gain.argmax(axis=1)
    at = np.arange(len(use)), best
    of = (np.zeros(len(use), np.int64) if same else at[0], best)
    return _signatures(
        slope[at], base[at], np.maximum(yy - gain[at], 0.0), sxx[of], mean_x[of], mean_y, yy, total, w, best
    )  # fmt: skip


def _signatures(
    slope: Floats, base: Floats, error: Floats, sxx: Floats, mean_x: Floats, mean_y: Floats, yy: Floats, total: Floats,
    w: Floats, best: NDArray[np.int64],
) -> Signatures:  # fmt: skip
    count = (w > 0).sum(axis=1)
    few = count < LEAST_PERIODS
    free = np.maximum(count - 3, 1)
    per = total / np.maximum(count, 1)
    variance = error / np.maximum(per, 1e-12) / free
    with np.errstate(divide="ignore", invalid="ignore"):
        t_value = slope / np.sqrt(variance * per / np.maximum(sxx, 1e-12))
    flat = ~(t_value > 2)
    slope, base = np.where(flat, 0.0, slope), np.where(flat, mean_y, base)
    error = np.where(flat, yy, error)
    spread = np.sqrt(error / np.maximum(per, 1e-12) / np.where(flat, np.maximum(count - 1, 1), free))
    hide = np.where(few, np.nan, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        r2, cv, heating = 1 - error / yy, spread / mean_y, slope * mean_x / mean_y
    return Signatures(
        base=base * hide, slope=slope * hide, balance=np.where(flat | few, np.nan, BALANCES[best]),
        r2=np.where(flat, 0.0, r2) * hide, cv=cv * hide, spread=spread * hide, periods=count,
        heating=np.clip(np.nan_to_num(heating), 0, 1) * hide,
    )  # fmt: skip


def expected(found: Signatures, cold: Floats) -> Floats:
    """Energy that the signatures give [kWh/day] (M, P) under degree-days per day (P, 27) or (M, P, 27)."""
    at = np.searchsorted(BALANCES, np.nan_to_num(found.balance, nan=BALANCES[0]))
    below = cold[:, at].T if cold.ndim == 2 else np.take_along_axis(cold, at[:, None, None], axis=2)[..., 0]
    return np.asarray(found.base[:, None] + found.slope[:, None] * below)


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """A year against what the years before promised (M). ratio: metered over expected [-], with its interval; alert: the
    whole interval is more than 5 % above."""

    ratio: Floats
    low: Floats
    high: Floats
    alert: NDArray[np.bool_]


def drift(before: Signatures, use: Floats, cold: Floats, days: Floats) -> Drift:
    """Compare a later year with the signatures of the former ones, weather taken into account.

    use: [kWh/day] (M, P) of the later year; cold, days: of its periods. NaN, and no alert, where either is unknown.
    """
    known = np.isfinite(use)
    w = np.where(known, days, 0.0)
    promised, metered = (w * expected(before, cold)).sum(axis=1), (w * np.nan_to_num(use)).sum(axis=1)
    count = known.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(count > 0, metered / promised, np.nan)
        noise = before.spread * np.sqrt((w**2).sum(axis=1) * (1 + count / np.maximum(before.periods, 1))) / promised
    low, high = ratio - SURE * noise, ratio + SURE * noise
    return Drift(ratio=ratio, low=low, high=high, alert=np.nan_to_num(low) > 1 + DRIFT)


class Nights(msgspec.Struct, frozen=True, kw_only=True):
    """Load curves (M). floor_share: least load of the night over the mean of the day [-]; night_heating: share of what
    depends on the cold that is used when nobody is there [-]; empty_share: share of all energy used then [-]."""

    floor_share: Floats
    night_heating: Floats
    empty_share: Floats


def nights(load: Floats, outdoor: Floats, there: NDArray[np.bool_]) -> Nights:
    """What runs when nobody is there: load curves (M, T) [kWh/h], outdoor [°C] (T,), hours of presence (T,).

    What depends on the cold is the slope of the mean load of empty, and of occupied, hours of a day on degrees below 15 °C.
    """
    t = load.shape[1] // 24 * 24
    curve, people = load[:, :t].reshape(len(load), -1, 24), there[:t].reshape(-1, 24)
    cold = np.maximum(15.0 - outdoor[:t].reshape(-1, 24).mean(axis=1), 0.0)
    parts = []
    for when in (~people, people):
        with np.errstate(invalid="ignore"):
            hours = when.sum(axis=1)
            mean = np.where(hours > 0, np.nansum(curve * when, axis=2) / np.maximum(hours, 1), np.nan)
        parts.append((_slope(mean, cold) * hours.sum(), float(hours.sum())))
    empty, full = parts[0][0], parts[1][0]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(empty + full > 0, empty / (empty + full), np.nan)
        known = np.isfinite(curve)
        hourly = np.where(known, curve, 0.0).sum(axis=1) / known.sum(axis=1)
        least = np.fmin.reduce(hourly[:, :6], axis=1) / (np.nansum(curve, axis=(1, 2)) / known.sum(axis=(1, 2)))
        alone = np.nansum(curve * ~people, axis=(1, 2)) / np.nansum(curve, axis=(1, 2))
    return Nights(floor_share=least, night_heating=np.clip(share, 0, 1), empty_share=alone)


def _slope(y: Floats, x: Floats) -> Floats:
    """Slope of each row of y on x, unknowns left out, never below 0."""
    w = np.isfinite(y).astype(np.float64)
    v = np.nan_to_num(y)
    n = np.maximum(w.sum(axis=1), 1)
    mean = (w * x).sum(axis=1) / n
    sxx = (w * (x - mean[:, None]) ** 2).sum(axis=1)
    return np.asarray(np.maximum((w * (x - mean[:, None]) * v).sum(axis=1) / np.maximum(sxx, 1e-9), 0.0))


QUICK = ("night_setback", "high_floor", "balance_too_high", "drift", "no_heating_seen")
"""Quick actions before works, as keys of texts `factures.vite_KEY`."""


def quick_actions(found: Signatures, moved: Drift | None, curves: Nights | None) -> list[list[str]]:
    """For each meter, what to look at before any works, most certain first."""
    m = len(found.base)
    flags = {
        "night_setback": np.zeros(m, bool) if curves is None else np.nan_to_num(curves.night_heating) > 0.5,
        "high_floor": np.zeros(m, bool) if curves is None else np.nan_to_num(curves.floor_share) > 0.6,
        "balance_too_high": np.nan_to_num(found.balance) >= 18.5,
        "drift": np.zeros(m, bool) if moved is None else moved.alert,
        "no_heating_seen": (found.slope == 0) & (found.periods >= LEAST_PERIODS),
    }
    return [[name for name in QUICK if flags[name][i]] for i in range(m)]
