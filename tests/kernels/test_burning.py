"""Hours of points with their own calendar: the kernel, its readable version, and the calendars computed night by night."""

import numpy as np
import pytest

from jumeau.engines.lighting.calendars import nights, window, yearly
from jumeau.errors import InputError
from jumeau.kernels import build, burning, load

AT = nights(np.array([43.6, 46.6, 50.6]), np.array([3.9, 2.5, 2.6]), 2025, np.full(3, -3.5))
TABLE = burning.night_table(AT.dusk, AT.dawn)


def points(n: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.uniform(11, 37, (n, 6)), axis=1).clip(12, 36)
    return rng.integers(0, 3, n).astype(np.int32), edges[:, 0::2], edges[:, 1::2], rng.uniform(0, 1, (n, 3))


def test_c_equals_numpy(tmp_path) -> None:
    made = build.build(tmp_path)
    if made is None:
        pytest.skip("no C compiler")
    arrays = points(5_000)
    assert burning.burning_hours_c(load(made), TABLE, *arrays) == pytest.approx(burning.burning_hours_numpy(TABLE, *arrays))


def test_a_step_is_what_the_nights_say() -> None:
    for start, stop, ratio in ((23.0, 5.0, 0.0), (22.25, 6.5, 0.4), (1.0, 4.0, 0.7)):
        low, high = (h + 24 if h < 12 else h for h in (start, stop))
        found = burning.burning_hours(
            TABLE, np.arange(3, dtype=np.int32), np.full((3, 1), low), np.full((3, 1), high), np.full((3, 1), ratio)
        )
        assert found == pytest.approx(yearly([window(start, stop, ratio)], AT)[0], abs=0.05)


def test_wrong_inputs_are_named() -> None:
    place, start, end, ratio = points(4)
    with pytest.raises(InputError, match="table"):
        burning.burning_hours(TABLE, place + 7, start, end, ratio)
    with pytest.raises(InputError, match="heure"):
        burning.burning_hours(TABLE, place, start * np.nan, end, ratio)
