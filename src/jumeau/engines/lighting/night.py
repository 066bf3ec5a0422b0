"""How much of the burning hours a switch-off window removes, from the sun at the middle of mainland France.

References: [1] P. I. Cooper (1969), The absorption of radiation in solar stills, Solar Energy 12(3), eq. 1 (declination).
"""

import numpy as np
from numpy.typing import NDArray

LATITUDE_DEG, LONGITUDE_DEG = 46.6, 2.5
LIT_BELOW_DEG = -3.0
_SUMMER = (85, 299)


def dusk_and_dawn() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Legal hour [h] at which lamps light and go out, for each day of the year (365,)."""
    day = np.arange(1, 366)
    declination = np.radians(23.45 * np.sin(np.radians(360 * (284 + day) / 365)))
    latitude = np.radians(LATITUDE_DEG)
    cosine = (np.sin(np.radians(LIT_BELOW_DEG)) - np.sin(latitude) * np.sin(declination)) / (
        np.cos(latitude) * np.cos(declination)
    )
    half_day = np.degrees(np.arccos(cosine)) / 15
    summer = (day >= _SUMMER[0]) & (day < _SUMMER[1])
    noon = 12 - LONGITUDE_DEG / 15 + np.where(summer, 2, 1)
    return noon + half_day, noon - half_day


def off_share(off_from: NDArray[np.float64], off_to: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share [ratio] of the yearly burning hours inside the window `off_from` to `off_to` [legal h], both (N,).

    A window may pass midnight; NaN where one of its ends is unknown.
    """
    dusk, dawn = dusk_and_dawn()
    ends = np.stack([off_from, off_to], axis=1)
    ends[np.isnan(ends).any(axis=1)] = -1.0
    windows, inverse = np.unique(ends, axis=0, return_inverse=True)
    start, stop = windows[:, :1], windows[:, 1:]
    wraps = stop < start
    removed = np.zeros((len(windows), len(dusk)))
    for low, high in ((start, np.where(wraps, 24.0, stop)), (np.zeros_like(start), np.where(wraps, stop, 0.0))):
        removed += np.clip(np.minimum(high, dawn) - low, 0, None) + np.clip(high - np.maximum(low, dusk), 0, None)
    share: NDArray[np.float64] = removed.sum(axis=1) / (24 - dusk + dawn).sum()
    share[windows[:, 0] < 0] = np.nan
    return share[inverse.ravel()]
