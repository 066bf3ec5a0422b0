"""Light beyond the street: the kernel against a plain sum, blue shares in their order."""

import numpy as np
import pytest

from jumeau.engines.lighting.sky import blue_share, kernel, sky_glow


def test_the_glow_is_the_sum_of_its_sources() -> None:
    rng = np.random.default_rng(5)
    sources = np.round(rng.uniform(0, 40_000, (200, 2)) / 1000) * 1000
    lumens = rng.uniform(1e3, 1e6, 200)
    places = np.round(rng.uniform(-20_000, 60_000, (15, 2)) / 1000) * 1000
    plain = [sum(n * kernel(np.array(np.hypot(*(s - p)))) for s, n in zip(sources, lumens, strict=True)) for p in places]
    assert sky_glow(sources, lumens, places) == pytest.approx(plain, rel=1e-6, abs=1e-9)
    assert sky_glow(sources, 0.5 * lumens, places) == pytest.approx(np.array(plain) / 2, rel=1e-6, abs=1e-9)


def test_the_index_has_its_unit_and_its_limits() -> None:
    one = np.array([[0.0, 0.0]])
    at = np.array([[10_000.0, 0.0], [20_000.0, 0.0], [90_000.0, 0.0]])
    found = sky_glow(one, np.array([1e6]), at)
    # Walker (1977): twice as far, 2 to the power 2.5 less.
    assert found == pytest.approx([1.0, 2**-2.5, 0.0], abs=1e-9)
    assert sky_glow(one, np.array([np.nan]), at).tolist() == [0, 0, 0]


def test_blue_grows_with_the_colour_temperature_and_is_unknown_without_it() -> None:
    lamps = np.array(["led"] * 4 + ["shp", "led", ""], object)
    low, mode, high = blue_share(lamps, np.array([1800, 2700, 3000, 5000, np.nan, np.nan, 3000]))
    assert (np.diff(mode[:4]) > 0).all()
    assert mode[4] == 0.09
    assert np.isnan(mode[5:]).all()
    assert (low[:5] <= mode[:5]).all()
    assert (mode[:5] <= high[:5]).all()
