"""Bills against the model, cabinet by cabinet: what power really runs, and which story explains the gap.

Each story says that the energy of a period is `a x + b z`: x and z are the hours of the period it asks for, a the power of
the inventory, b what is added to it (lamps burning by day, points left out, a drift). Powers and b are Gaussian a priori, so
both the posterior and the weight of each story are closed forms; a scale of the noise is summed over a small grid. All
cabinets are solved at once from sums over their bills.
References: [1] C. M. Bishop (2006), Pattern Recognition and Machine Learning, sections 3.3 (Bayesian linear
regression) and 3.4 (model evidence).
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AS_SAID, CUT_MISSING, CUT_UNSAID, BY_DAY, MORE, FEWER, DRIFT = STORIES = (
    "conforme", "coupure_absente", "coupure_non_declaree", "allumage_jour", "points_non_inventories", "points_non_comptes",
    "derive",
)  # fmt: skip
PRIOR = np.array([0.50, 0.08, 0.08, 0.07, 0.11, 0.08, 0.08])
"""How often each story is true, before any bill: a working assumption, low confidence."""
EXTRA_MEAN = np.array([0.0, 0.0, 0.0, 0.35, 0.30, 0.30, 0.0])
EXTRA_SD = np.array([1e-6, 1e-6, 1e-6, 0.25, 0.20, 0.20, 0.12])
"""b relative to the power of the inventory, mean and standard deviation, for each story (drift: by year)."""
NOISE = 0.03
"""Spread of a bill around a perfect model [ratio]: days of reading, lamps out, weather."""
ESTIMATED_NOISE = 0.15
HOURS_NOISE = 0.02
"""Spread of the burning hours of a whole cabinet: threshold, drift of the clock."""
SCALES = np.array([0.5, 1.0, 2.0, 4.0, 8.0])
SCALE_PRIOR = np.array([0.15, 0.45, 0.25, 0.1, 0.05])


class Readings(msgspec.Struct, frozen=True):
    """Bills of C cabinets, M in all. cabinet: (M,) row of the cabinet; energy_kwh: (M,); said_h, full_h, cut_h: (M,) hours at
    full power of the period as declared, without any switch-off, with one from 23 h to 5 h; day_h: (M,) hours of day; year:
    (M,) middle of the period [years since the first bill]; estimated: (M,) not read on the meter.
    """

    cabinet: Ints
    energy_kwh: Floats
    said_h: Floats
    full_h: Floats
    cut_h: Floats
    day_h: Floats
    year: Floats
    estimated: NDArray[np.bool_]


class Posterior(msgspec.Struct, frozen=True):
    """What the bills say of C cabinets: stories (C, K) probabilities; power_w, extra_w (C, 3): mean, p5 and p95 of the power
    that runs at night and of what is added to the inventory by the likeliest story (by day: burning all day; drift: by year);
    bills (C,) their number; gap (C,) billed energy over modelled [ratio]; NaN where there is no bill.
    """

    stories: Floats
    power_w: Floats
    extra_w: Floats
    bills: Ints
    gap: Floats

    @property
    def best(self) -> list[str]:
        """The likeliest story of each cabinet."""
        return [STORIES[k] for k in self.stories.argmax(axis=1)]


def reconcile(prior_w: Floats, readings: Readings) -> Posterior:
    """Posterior of each cabinet. prior_w: (C, 2) mean and standard deviation of the power of its luminaires [W].

    A cabinet without bill keeps its prior, and the prior weights of the stories. A story that changes nothing (no switch-off
    to be missing) is left out.
    """
    count = len(prior_w)
    if not count:
        none = np.zeros((0, 3))
        return Posterior(np.zeros((0, len(STORIES))), none, none, np.zeros(0, np.int64), np.zeros(0))
    mean = np.maximum(prior_w[:, 0], 1.0) / 1000
    spread = np.hypot(np.maximum(prior_w[:, 1] / 1000, 0.005 * mean), HOURS_NOISE * mean)
    log, a, va, p, vp, e, ve = (np.zeros((count, len(STORIES), len(SCALES))) for _ in range(7))
    for k, story in enumerate(STORIES):
        x, z, sign = _design(story, readings)
        sums = _sums(x, z, mean, readings, count)
        for s, scale in enumerate(SCALES):
            found = _solve(sums, scale, mean, spread, EXTRA_MEAN[k] * mean, EXTRA_SD[k] * mean, sign)
            for target, values in zip((log, a, va, p, vp, e, ve), found, strict=True):
                target[:, k, s] = values
    log += np.log(PRIOR)[None, :, None] + np.log(SCALE_PRIOR)[None, None, :]
    log = np.where(_useful(readings, count)[:, :, None], log, -np.inf)
    weight = np.exp(log - log.max(axis=(1, 2), keepdims=True))
    weight /= weight.sum(axis=(1, 2), keepdims=True)
    stories = weight.sum(axis=2)
    best = stories.argmax(axis=1)
    rows = np.arange(count)
    own = weight[rows, best] / weight[rows, best].sum(axis=1, keepdims=True)
    billed = np.bincount(readings.cabinet, readings.energy_kwh, count)
    said = np.bincount(readings.cabinet, readings.said_h, count) * mean
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = np.where(said > 0, billed / said, np.nan)
    return Posterior(
        stories=stories,
        power_w=1000 * mixture(weight.reshape(count, -1), p.reshape(count, -1), np.sqrt(vp).reshape(count, -1)),
        extra_w=1000 * mixture(own, e[rows, best], np.sqrt(ve[rows, best])),
        bills=np.bincount(readings.cabinet, minlength=count),
        gap=gap,
    )


def _design(story: str, r: Readings) -> tuple[Floats, Floats, float]:
    """Hours that multiply a and b in a story, and the sign of b in the power that runs at night."""
    nothing = np.zeros_like(r.said_h)
    if story == CUT_MISSING:
        return r.full_h, nothing, 0.0
    if story == CUT_UNSAID:
        return r.cut_h, nothing, 0.0
    if story == BY_DAY:
        return r.said_h, r.day_h, 0.0
    if story == MORE:
        return r.said_h, r.said_h, 1.0
    if story == FEWER:
        return r.said_h, -r.said_h, -1.0
    if story == DRIFT:
        return r.said_h, r.said_h * r.year, 0.0
    return r.said_h, nothing, 0.0


def _useful(r: Readings, count: int) -> NDArray[np.bool_]:
    """Stories that can be told apart from what is said, (C, K)."""
    said, full, cut = (np.bincount(r.cabinet, x, count) for x in (r.said_h, r.full_h, r.cut_h))
    out = np.ones((count, len(STORIES)), bool)
    out[:, STORIES.index(CUT_MISSING)] = full > 1.02 * said
    out[:, STORIES.index(CUT_UNSAID)] = cut < 0.98 * said
    bills = np.bincount(r.cabinet, minlength=count)
    out[:, STORIES.index(DRIFT)] = bills > 2
    return out


class _Sums(msgspec.Struct, frozen=True):
    xx: Floats
    xz: Floats
    zz: Floats
    xy: Floats
    zy: Floats
    yy: Floats
    logs: Floats
    n: Floats


def _sums(x: Floats, z: Floats, mean: Floats, r: Readings, count: int) -> _Sums:
    """Sums over the bills of each cabinet, weighted by the noise of each [kWh, kh]."""
    noise = np.where(r.estimated, ESTIMATED_NOISE, NOISE)
    sigma = np.hypot(
        noise * np.maximum(r.energy_kwh, 0.2 * mean[r.cabinet] * r.said_h), 0.003 * mean[r.cabinet] * r.full_h + 2.0
    )
    w = sigma**-2

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(r.cabinet, values, count), np.float64)

    return _Sums(
        total(w * x * x), total(w * x * z), total(w * z * z), total(w * x * r.energy_kwh), total(w * z * r.energy_kwh),
        total(w * r.energy_kwh**2), total(np.log(sigma)), total(np.ones_like(x)),
    )  # fmt: skip


def _solve(
    s: _Sums, scale: float, mean: Floats, spread: Floats, extra: Floats, extra_sd: Floats, sign: float
) -> tuple[Floats, ...]:
    """Log evidence, then mean and variance of a, of the power at night a + sign b, and of b [kW] (C,) each."""
    q = scale**-2
    a11, a12, a22 = spread**-2 + q * s.xx, q * s.xz, extra_sd**-2 + q * s.zz
    b1, b2 = mean / spread**2 + q * s.xy, extra / extra_sd**2 + q * s.zy
    det = a11 * a22 - a12 * a12
    v11, v12, v22 = a22 / det, -a12 / det, a11 / det
    m1, m2 = v11 * b1 + v12 * b2, v12 * b1 + v22 * b2
    fit = q * s.yy + (mean / spread) ** 2 + (extra / extra_sd) ** 2 - (b1 * m1 + b2 * m2)
    log = -0.5 * fit - 0.5 * np.log(det) - np.log(spread) - np.log(extra_sd) - s.logs - s.n * np.log(scale)
    night = m1 + sign * m2, v11 + sign * sign * v22 + 2 * sign * v12
    return log, m1, v11, night[0], np.maximum(night[1], 0), m2, v22


def mixture(weight: Floats, mean: Floats, sd: Floats, levels: Sequence[float] = (0.05, 0.95)) -> Floats:
    """Mean and quantiles of mixtures of Gaussians: weight, mean, sd (C, J) -> (C, 1 + levels), by bisection."""
    from scipy.special import ndtr

    sd = np.maximum(sd, 1e-9)
    low, high = (mean - 9 * sd).min(axis=1), (mean + 9 * sd).max(axis=1)
    out: list[Any] = [(weight * mean).sum(axis=1)]
    for level in levels:
        a, b = low.copy(), high.copy()
        for _ in range(36):
            middle = (a + b) / 2
            under = (weight * ndtr((middle[:, None] - mean) / sd)).sum(axis=1) < level
            a, b = np.where(under, middle, a), np.where(under, b, middle)
        out.append((a + b) / 2)
    return np.stack(out, axis=1)
