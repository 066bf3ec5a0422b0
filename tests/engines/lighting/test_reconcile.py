"""Cabinets simulated lamp by lamp, with a truth known here and hidden from the model."""

import numpy as np
import pytest

from jumeau.engines.lighting.calendars import Calendar, nightly, nights, window
from jumeau.engines.lighting.reconcile import (
    AS_SAID,
    BY_DAY,
    CUT_MISSING,
    CUT_UNSAID,
    DRIFT,
    EXTRA_MEAN,
    EXTRA_SD,
    FEWER,
    HOURS_NOISE,
    MORE,
    NOISE,
    PRIOR,
    STORIES,
    Posterior,
    Readings,
    mixture,
    reconcile,
)  # fmt: skip

AT = nights(np.array([46.6]), np.array([2.5]), 2025, np.array([-3.3]))
SPREAD, BIAS = 0.25, 0.10


def by_month(calendar: Calendar) -> np.ndarray:
    return np.bincount(AT.month - 1, nightly(calendar, AT)[0])


FULL, CUT = by_month(Calendar()), by_month(window(23, 5))
DAY = 24.0 * np.bincount(AT.month - 1) - FULL


class World:
    """Cabinets of 15 to 60 lamps of unknown power, two years of bills every two months, and a story each."""

    def __init__(self, count: int, seed: int, story: str | None = None, bills_a_year: int = 6) -> None:
        rng = np.random.default_rng(seed)
        rows, self.story, self.night_w, self.prior = [], [], [], []
        for c in range(count):
            cut = rng.random() < 0.5
            possible = [s for s in STORIES if s != (CUT_UNSAID if cut else CUT_MISSING)]
            if story is not None:
                kind, cut = story, story == CUT_MISSING or (cut and story != CUT_UNSAID)
            else:
                weight = np.array([PRIOR[STORIES.index(s)] for s in possible])
                kind = str(rng.choice(possible, p=weight / weight.sum()))
            lamps = rng.choice([70.0, 115.0, 170.0], rng.integers(15, 60))
            true = lamps * rng.lognormal(-(SPREAD**2) / 2, SPREAD, len(lamps))
            power = true.sum() * rng.lognormal(0, BIAS)
            mean = lamps.sum()
            k = STORIES.index(kind)
            extra = 0.0
            while k in (3, 4, 5) and not 0.02 < extra < 0.95:
                extra = rng.normal(EXTRA_MEAN[k], EXTRA_SD[k])
            extra = rng.normal(0, EXTRA_SD[k]) if kind == DRIFT else extra
            drift = rng.lognormal(0, HOURS_NOISE)
            said = CUT if cut else FULL
            run = {CUT_MISSING: FULL, CUT_UNSAID: CUT}.get(kind, said)
            for year in range(2):
                when = year + (np.arange(12) + 0.5) / 12
                added = {BY_DAY: DAY, MORE: said, FEWER: -said, DRIFT: said * when}.get(kind, 0.0)
                energy = power * run + mean * extra * added
                for part in np.array_split(np.arange(12), bills_a_year):
                    billed = (energy[part].sum() * drift / 1000) * (1 + NOISE * rng.standard_normal())
                    rows.append((c, billed, *(h[part].sum() for h in (said, FULL, CUT, DAY)), when[part].mean()))
            sign = {MORE: 1, FEWER: -1}.get(kind, 0)
            self.story.append(kind)
            self.night_w.append((power + sign * extra * mean) * drift)
            self.prior.append((mean, mean * np.hypot(BIAS, SPREAD * np.sqrt((lamps**2).sum()) / mean)))
        r = np.array(rows)
        self.readings = Readings(r[:, 0].astype(np.int64), *r[:, 1:].T, np.zeros(len(r), bool))
        self.night_w, self.prior = np.array(self.night_w), np.array(self.prior)

    def solved(self) -> Posterior:
        return reconcile(self.prior, self.readings)


@pytest.fixture(scope="module")
def world() -> tuple[World, Posterior]:
    made = World(700, 5)
    return made, made.solved()


def test_ninety_intervals_in_a_hundred_hold_the_truth(world) -> None:
    made, found = world
    inside = (found.power_w[:, 1] <= made.night_w) & (made.night_w <= found.power_w[:, 2])
    assert 0.87 < inside.mean() < 0.96
    prior = 2 * 1.645 * made.prior[:, 1]
    assert np.median((found.power_w[:, 2] - found.power_w[:, 1]) / prior) < 0.4


def test_a_story_said_to_be_likely_is_as_often_true(world) -> None:
    made, found = world
    best, right = found.stories.max(axis=1), np.array(found.best) == np.array(made.story)
    for low, high in ((0.0, 0.7), (0.7, 0.9), (0.9, 1.01)):
        at = (best >= low) & (best < high)
        assert abs(right[at].mean() - best[at].mean()) < 0.1
    assert right.mean() > 0.75


RECOGNISED = {CUT_MISSING: 0.95, CUT_UNSAID: 0.95, BY_DAY: 0.85, AS_SAID: 0.85, MORE: 0.5, FEWER: 0.5, DRIFT: 0.45}


@pytest.mark.parametrize(("story", "found"), RECOGNISED.items())
def test_each_story_is_recognised(story: str, found: float) -> None:
    made = World(80, 11, story)
    assert (np.array(made.solved().best) == story).mean() > found


def test_lamps_burning_by_day_have_their_power(world) -> None:
    made = World(60, 21, BY_DAY)
    found = made.solved()
    at = np.array(found.best) == BY_DAY
    assert (found.extra_w[at, 1] > 0).mean() > 0.9
    assert (found.extra_w[at, 2] > found.extra_w[at, 1]).all()


def test_one_bill_a_year_says_less_than_six() -> None:
    few, many = (World(60, 31, AS_SAID, n).solved() for n in (1, 6))
    assert (few.power_w[:, 2] - few.power_w[:, 1]).mean() > (many.power_w[:, 2] - many.power_w[:, 1]).mean()


def test_without_bill_the_prior_stays_and_estimates_count_less() -> None:
    made = World(3, 41, AS_SAID)
    only = made.readings.cabinet < 2
    r = Readings(*(getattr(made.readings, n)[only] for n in made.readings.__struct_fields__))
    found = reconcile(made.prior, r)
    assert found.bills.tolist() == [12, 12, 0]
    assert found.power_w[2, 0] == pytest.approx(made.prior[2, 0], rel=0.05)
    assert np.isnan(found.gap[2])
    guessed = reconcile(
        made.prior, Readings(*(getattr(r, n) for n in r.__struct_fields__[:-1]), np.ones(len(r.cabinet), bool))
    )
    assert (guessed.power_w[:2, 2] - guessed.power_w[:2, 1] > found.power_w[:2, 2] - found.power_w[:2, 1]).all()


def test_quantiles_of_a_mixture_are_those_of_scipy() -> None:
    from scipy.optimize import brentq
    from scipy.stats import norm

    weight, mean, sd = np.array([[0.3, 0.7]]), np.array([[0.0, 5.0]]), np.array([[1.0, 2.0]])
    value, low, high = mixture(weight, mean, sd)[0]
    for level, ours in ((0.05, low), (0.95, high)):
        theirs = brentq(lambda x, level=level: 0.3 * norm.cdf(x, 0, 1) + 0.7 * norm.cdf(x, 5, 2) - level, -20, 30)
        assert ours == pytest.approx(theirs, abs=1e-6)
    assert value == pytest.approx(3.5)


def test_the_closed_form_is_the_optimum_a_generic_optimiser_finds() -> None:
    """With one story and one scale the posterior mean is the minimum of the penalised squares."""
    from scipy.optimize import minimize

    from jumeau.engines.lighting.reconcile import _design, _solve, _sums

    made = World(1, 51, BY_DAY)
    r, mean = made.readings, np.array([made.prior[0, 0] / 1000])
    x, z, sign = _design(BY_DAY, r)
    spread, extra, extra_sd = 0.1 * mean, 0.35 * mean, 0.25 * mean
    _, a, _, _, _, b, _ = _solve(_sums(x, z, mean, r, 1), 1.0, mean, spread, extra, extra_sd, sign)
    sigma = np.hypot(NOISE * np.maximum(r.energy_kwh, 0.2 * mean[0] * r.said_h), 0.003 * mean[0] * r.full_h + 2.0)

    def cost(p: np.ndarray) -> float:
        fit = ((r.energy_kwh - p[0] * x - p[1] * z) / sigma) ** 2
        return float(fit.sum() + ((p[0] - mean[0]) / spread[0]) ** 2 + ((p[1] - extra[0]) / extra_sd[0]) ** 2)

    best = minimize(cost, [mean[0], extra[0]], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 4000})
    assert [a[0], b[0]] == pytest.approx(best.x.tolist(), rel=1e-4)


def test_no_cabinet_at_all_gives_nothing() -> None:
    none = np.zeros(0)
    found = reconcile(np.zeros((0, 2)), Readings(none.astype(np.int64), *(none,) * 6, none.astype(bool)))
    assert found.power_w.shape == (0, 3)
    assert found.best == []
