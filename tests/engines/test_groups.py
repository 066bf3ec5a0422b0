"""Sums of groups on draws."""

import numpy as np
import pytest

from jumeau.engines import groups as module
from jumeau.engines.groups import Groups, empty_groups, merge_groups, regroup, summaries, summary
from jumeau.errors import EngineError
from jumeau.model.dictionary import Indicator

RNG = np.random.default_rng(1)


def made(keys: tuple[str, ...], names: tuple[str, ...], known: int = 3, draws: int = 16) -> Groups:
    shape = (len(keys), len(names))
    shares = np.zeros((*shape, 5))
    shares[..., 0], shares[..., 2] = 0.25, 0.75
    counts = np.full(shape, known, np.int64)
    return Groups(keys, names, RNG.uniform(1, 2, (*shape, draws)), shares, counts, np.ones(shape, np.int64))


@pytest.fixture
def names(monkeypatch) -> tuple[str, ...]:
    totals = {"a": "sum", "b": "sum", "m": "mean", "r": "a/b"}
    known = {
        n: Indicator(name=n, field="x", unit="u", decimals=0, total=t, better="lower", title="", description="", source="")
        for n, t in totals.items()
    }
    monkeypatch.setattr(module, "indicators", lambda: known)
    return tuple(totals)


@pytest.mark.parametrize("n", [1, 2, 20, 21, 256, 1000])
def test_summaries_are_numpy_quantiles(n: int) -> None:
    draws = RNG.normal(size=(7, n))
    mean, low, high = summaries(draws)
    assert mean == pytest.approx(draws.mean(axis=1))
    assert low == pytest.approx(np.quantile(draws, 0.05, axis=1))
    assert high == pytest.approx(np.quantile(draws, 0.95, axis=1))
    assert summary(draws[0]) == pytest.approx((mean[0], low[0], high[0]))


def test_a_draw_that_is_not_known_makes_the_summary_unknown() -> None:
    assert summary(np.array([1.0, np.nan])) == (None, None, None)
    assert np.isnan(summaries(np.full((1, 8), np.nan))).all()


def test_parts_that_share_a_key_are_summed_on_draws(names) -> None:
    one, two = made(("x", "y"), names), made(("y", "z"), names, known=1)
    got = merge_groups([two, one])
    assert got.keys == ("x", "y", "z")
    assert got.draws[1, 0] == pytest.approx(one.draws[1, 0] + two.draws[0, 0])
    assert got.draws[1, 2] == pytest.approx((3 * one.draws[1, 2] + two.draws[0, 2]) / 4)
    assert got.draws[1, 3] == pytest.approx(got.draws[1, 0] / got.draws[1, 1])
    assert got.known[1].tolist() == [4] * 4
    assert got.unknown[1].tolist() == [2] * 4
    assert got.shares[1, :, :4].sum(axis=1) == pytest.approx(1)
    assert got.shares[1, :, 4] == pytest.approx(2 / 6)
    again = merge_groups([one, two])
    assert np.array_equal(again.draws[[0, 2]], got.draws[[0, 2]])


def test_the_sum_of_intervals_is_not_the_interval_of_the_sum(names) -> None:
    apart = made(tuple(f"{i:03d}" for i in range(100)), names, draws=512)
    whole = regroup(apart, dict.fromkeys(apart.keys, "all"))
    _, low, high = summary(whole.draws[0, 0])
    _, lows, highs = summaries(apart.draws[:, 0])
    assert (highs.sum() - lows.sum()) / (high - low) == pytest.approx(10, rel=0.2)


def test_regroup_leaves_out_what_has_no_owner_and_what_is_unknown(names) -> None:
    groups = made(("x", "y", "z"), names)
    groups.draws[0], groups.known[0] = np.nan, 0
    got = regroup(groups, {"x": "e", "y": "e"})
    assert got.keys == ("e",)
    assert got.draws[0, 0] == pytest.approx(groups.draws[1, 0])
    assert got.known[0, 0] == 3
    alone = regroup(groups, {"x": "e"})
    assert np.isnan(alone.draws).all()
    assert regroup(groups, {}).keys == ()


def test_nothing_to_merge_and_parts_that_do_not_match_are_named(names) -> None:
    with pytest.raises(EngineError, match="aucun actif"):
        merge_groups([])
    with pytest.raises(EngineError, match="mêmes indicateurs"):
        merge_groups([made(("x",), names), made(("y",), names, draws=8)])
    assert merge_groups([empty_groups(names, 8)]).keys == ()
