"""The night of the switch-off windows."""

import numpy as np
import pytest

from jumeau.engines.lighting.night import dusk_and_dawn, off_share


def test_the_year_of_burning_hours_is_the_usual_one() -> None:
    # 4 100 h a year is the figure used for French street lighting (ADEME; range 3 500 to 4 300 h).
    dusk, dawn = dusk_and_dawn()
    assert (24 - dusk + dawn).sum() == pytest.approx(4100, rel=0.02)


def test_the_longest_and_shortest_nights_are_at_the_solstices() -> None:
    dusk, dawn = dusk_and_dawn()
    night = 24 - dusk + dawn
    assert abs(int(night.argmax()) - 354) < 5
    assert abs(int(night.argmin()) - 171) < 5


def test_a_switch_off_from_23_to_5_leaves_what_practice_says() -> None:
    # Usual remaining hours with a switch-off from 23:00 to 5:00 or 6:00: 1 900 to 2 200 h of 4 100.
    share = off_share(np.array([23.0]), np.array([5.0]))
    assert 1850 < 4100 * (1 - share[0]) < 2200


@pytest.mark.parametrize(("start", "stop"), [(23.0, 5.0), (0.0, 6.0), (22.5, 4.25), (1.0, 8.0), (12.0, 13.0), (18.0, 23.9)])
def test_against_a_minute_by_minute_year(start: float, stop: float) -> None:
    dusk, dawn = dusk_and_dawn()
    hour = (np.arange(24 * 60) + 0.5) / 60
    lit = (hour[None] < dawn[:, None]) | (hour[None] >= dusk[:, None])
    inside = (hour >= start) & (hour < stop) if start <= stop else (hour >= start) | (hour < stop)
    expected = (lit & inside[None]).sum() / lit.sum()
    assert off_share(np.array([start]), np.array([stop]))[0] == pytest.approx(expected, abs=2e-4)


def test_a_window_with_an_unknown_end_is_unknown() -> None:
    share = off_share(np.array([23.0, np.nan, 23.0]), np.array([5.0, 5.0, np.nan]))
    assert np.isfinite(share[0])
    assert np.isnan(share[1:]).all()


def test_no_window_and_a_window_of_the_whole_night() -> None:
    assert off_share(np.array([23.0, 12.0]), np.array([23.0, 11.99])) == pytest.approx([0, 1], abs=1e-6)
