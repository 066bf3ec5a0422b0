"""Light at night beyond the street: towards the sky, its blue part, and a proxy of the glow it makes elsewhere.

The glow is an index, not a luminance of the sky: it says how much more or less a place receives than another, or before than
after, for a clear sky and flat ground. It knows neither clouds, nor relief, nor the direction in which a lantern loses light.
References: [1] M. F. Walker (1977), The effects of urban lighting on the brightness of the night sky, PASP 89, 405 (decrease
with distance to the power 2.5). [2] D. M. Duriscoe et al. (2018), A simplified model of all-sky artificial sky glow derived
from VIIRS Day/Night band data, JQSRT 214, 133 (a kernel over sources). Shares of blue: `model/blue_share.csv`.
"""

import csv
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

POWER, NEAREST_M, FARTHEST_M, CELL_M = 2.5, 1_000.0, 60_000.0, 1_000.0
UNIT_LM, UNIT_M = 1e6, 10_000.0
"""The index is 1 for a million lumens sent up 10 km away."""


@cache
def _shares() -> dict[str, Floats]:
    """For each lamp, rows of colour temperature [K] (NaN for all), low, mode and high [ratio]."""
    text = files("jumeau.model").joinpath("blue_share.csv").read_text(encoding="utf-8")
    out: dict[str, list[list[float]]] = {}
    for row in csv.DictReader(text.splitlines()):
        out.setdefault(row["lamp"], []).append([float(row[c] or "nan") for c in ("cct_k", "low", "mode", "high")])
    return {lamp: np.array(rows) for lamp, rows in out.items()}


def blue_share(lamp: NDArray[np.object_], cct_k: Floats) -> Floats:
    """Share of the light between 400 and 500 nm [ratio]: low, mode and high (3, N); NaN for an unknown lamp, or for a LED of
    unknown colour temperature."""
    out = np.full((3, len(lamp)), np.nan)
    for name, rows in _shares().items():
        mine = lamp == name
        for i in range(3):
            out[i, mine] = rows[0, 1 + i] if np.isnan(rows[0, 0]) else np.interp(cct_k[mine], rows[:, 0], rows[:, 1 + i])
    return out


def kernel(distance_m: Floats) -> Floats:
    """Glow of a lumen sent up at a distance, in units of the index: a power law, flat within 1 km, nothing beyond 60 km."""
    near = np.maximum(distance_m, NEAREST_M)
    return np.where(distance_m <= FARTHEST_M, (near / UNIT_M) ** -POWER / UNIT_LM, 0.0)


def sky_glow(xy_m: Floats, upward_lm: Floats, at_m: Floats) -> Floats:
    """Index of glow at places (P, 2) from sources (N, 2) [m] that send `upward_lm` (N,) up.

    Sources are gathered on a lattice of 1 km, which is convolved with the kernel once for all the places.
    """
    known = np.isfinite(upward_lm) & (upward_lm > 0)
    if not known.any():
        return np.zeros(len(at_m))
    every = np.concatenate([xy_m[known], at_m])
    origin = every.min(axis=0)
    shape = tuple(int(n) for n in np.ceil((every.max(axis=0) - origin) / CELL_M) + 1)
    cells = np.round((xy_m[known] - origin) / CELL_M).astype(int)
    lattice = np.zeros(shape)
    np.add.at(lattice, (cells[:, 0], cells[:, 1]), upward_lm[known])
    reach = int(FARTHEST_M / CELL_M)
    step = np.arange(-reach, reach + 1) * CELL_M
    whole = _convolved(lattice, kernel(np.hypot(step[:, None], step[None, :])))
    spread = whole[reach : reach + shape[0], reach : reach + shape[1]]
    places = np.round((at_m - origin) / CELL_M).astype(int)
    return np.asarray(np.maximum(spread[places[:, 0], places[:, 1]], 0.0))


def _convolved(one: Floats, other: Floats) -> Floats:
    """Full convolution of two lattices; scipy.signal does the same, and takes a second to import."""
    shape = (one.shape[0] + other.shape[0] - 1, one.shape[1] + other.shape[1] - 1)
    return np.asarray(np.fft.irfft2(np.fft.rfft2(one, shape) * np.fft.rfft2(other, shape), shape))
