"""Euros: cents that balance, discounting and annuities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jumeau.model.money import Money, annuity, at_price_year, present_value, split_cents, to_cents


def test_cents_round_half_to_even_on_the_decimal_that_was_written() -> None:
    assert [to_cents(x) for x in (1.005, 1.015, 2.675, -0.125, 0.1 + 0.2)] == [100, 102, 268, -12, 30]
    assert Money(12_345, 2025).euros == 123.45


@given(st.integers(0, 10**12), st.lists(st.floats(0, 1e6), min_size=1, max_size=40).filter(lambda w: sum(w) > 0))
def test_shares_sum_to_the_total_and_stay_within_a_cent(total: int, weights: list[float]) -> None:
    parts = split_cents(total, weights)
    assert sum(parts) == total
    exact = [total * w / sum(weights) for w in weights]
    assert all(abs(p - x) < 1 + 1e-9 * total for p, x in zip(parts, exact, strict=True))


def test_largest_remainders() -> None:
    # Hare quota with largest remainders, the worked example of Wikipedia, "Largest remainder method": 10 seats.
    assert split_cents(10, [47_000, 16_000, 15_800, 12_000, 6_100, 3_100]) == [5, 2, 1, 1, 1, 0]
    assert split_cents(100, [1, 1, 1]) == [34, 33, 33]


@pytest.mark.parametrize("weights", [[], [0.0], [1.0, -1.0]])
def test_weights_that_share_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split_cents(10, weights)


def test_present_value_is_a_polynomial_of_the_discount_factor() -> None:
    flows = [100.0, -20.0, 35.0]
    assert present_value(flows, 0.04) == pytest.approx(np.polyval([*flows[::-1], 0], 1 / 1.04))
    assert present_value(flows, 0.04, first_year=0) == pytest.approx(present_value(flows, 0.04) * 1.04)


@pytest.mark.parametrize(
    ("rate", "years", "published"), [(0.05, 20, 0.0802426), (0.03, 30, 0.0510193), (0.08, 10, 0.1490295)]
)
def test_annuities_are_those_of_the_tables(rate: float, years: int, published: float) -> None:
    # Capital recovery factors (A/P, i, n) of the usual engineering economy tables.
    assert annuity(rate, years) == pytest.approx(published, abs=6e-8)
    assert present_value([annuity(rate, years)] * years, rate) == pytest.approx(1)


def test_price_years_and_bad_durations() -> None:
    assert at_price_year(100, 2020, 2022, 0.1) == pytest.approx(121)
    assert at_price_year(at_price_year(100, 2020, 2025, 0.03), 2025, 2020, 0.03) == pytest.approx(100)
    assert annuity(0, 8) == 0.125
    with pytest.raises(ValueError, match="years"):
        annuity(0.05, 0)
