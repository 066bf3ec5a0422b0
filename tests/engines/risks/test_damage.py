"""The damage curve and mean annual damage against closed forms and the published curve."""

import numpy as np
import pytest
from scipy.integrate import quad

from jumeau.engines.risks.damage import damage_ratio, flood_damage, mean_annual_damage


def test_curve_of_huizinga_2017() -> None:
    """JRC 2017, Europe, residential: 25 % at 0.5 m, 60 % at 2 m, all at 6 m."""
    assert damage_ratio(np.array([0.0, 0.5, 2.0, 6.0, 9.0, -1.0])) == pytest.approx([0, 0.25, 0.6, 1, 1, 0])
    assert damage_ratio(np.array([1.25]))[0] == pytest.approx(0.45)
    assert np.isnan(damage_ratio(np.array([np.nan]))[0])


def test_trapezoids_are_exact_on_a_linear_law() -> None:
    """D(f) = 1000 (1 - f / 0.1): the integral from 0 to 0.1 is 50; the constant tail is what it should be."""
    frequency = np.linspace(0.1, 0.001, 50)
    damage = 1000 * (1 - frequency / 0.1)
    body, _ = quad(lambda f: 1000 * (1 - f / 0.1), 0.001, 0.1)
    tail = 0.001 * damage[-1]
    assert mean_annual_damage(frequency, damage) == pytest.approx(body + tail)


def test_frequencies_must_decrease() -> None:
    with pytest.raises(ValueError, match="decrease"):
        mean_annual_damage(np.array([0.01, 0.1]), np.array([1.0, 2.0]))


def test_one_asset_by_hand() -> None:
    """Onset 10 years, 1 m at 100 years, 1.5 m at 1000 years, 100 000 € exposed."""
    found = flood_damage(np.array([1.0]), np.array([10.0]), np.array([100.0]), np.array([1e5]), 1.5)[0]
    by_hand = 0.5 * (0 + 40_000) * (0.1 - 0.01) + 0.5 * (40_000 + 50_000) * (0.01 - 0.001) + 0.001 * 50_000
    assert found == pytest.approx(by_hand)
