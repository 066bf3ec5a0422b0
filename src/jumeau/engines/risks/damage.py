"""Flood damage: a depth-damage curve and the mean annual damage of an asset."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

JRC_DEPTH_M = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0])
JRC_RESIDENTIAL = np.array([0.0, 0.25, 0.40, 0.50, 0.60, 0.75, 0.85, 0.95, 1.0])


def damage_ratio(depth_m: Array) -> Array:
    """Share of the value lost at a water depth [m] above ground, Europe residential curve of [1]_.

    Linear between points, 0 at or below the ground, 1 beyond 6 m. NaN where the depth is unknown.

    References
    ----------
    .. [1] Huizinga, de Moel, Szewczyk (2017). Global flood depth-damage functions. JRC, doi 10.2760/16510. Values read
       through a secondary source: to be checked against the annex before any contractual use.
    """
    return np.asarray(np.interp(depth_m, JRC_DEPTH_M, JRC_RESIDENTIAL))


def mean_annual_damage(frequency: Array, damage_eur: Array) -> Array:
    """Mean annual damage [€/year]: the integral of damage over yearly frequency, by trapezoids.

    frequency: (S,) or (..., S) yearly exceedance frequencies [1/year], decreasing along the last axis; damage_eur: (..., S)
    damage [€] of each scenario. Beyond the rarest scenario the damage is held constant down to frequency 0 (stated tail
    rule of the multi-criteria analyses of the French flood programmes). Below the most frequent one it is 0.
    """
    f, d = np.broadcast_arrays(np.asarray(frequency, float), np.asarray(damage_eur, float))
    if f.shape[-1] > 1 and (np.diff(f, axis=-1) > 0).any():
        raise ValueError("frequencies must decrease")
    middle = (0.5 * (d[..., 1:] + d[..., :-1]) * (f[..., :-1] - f[..., 1:])).sum(axis=-1)
    return np.asarray(middle + f[..., -1] * d[..., -1])


def flood_damage(depth_m: Array, onset_year: Array, reference_year: Array, value_eur: Array, extreme: float) -> Array:
    """Mean annual damage [€/year] of assets known by one reference depth.

    depth_m: water depth at the reference event; onset_year: return period [years] under which nothing is damaged;
    reference_year: return period of the reference event; value_eur: value exposed [€]; extreme: depth at the thousand-year
    event over the reference depth [-]. All broadcast together; NaN where one is unknown.
    """
    onset = np.minimum(onset_year, reference_year * 0.99)
    thousand = np.maximum(1000.0, reference_year)
    shape = np.broadcast_shapes(*(np.shape(x) for x in (depth_m, onset, reference_year, value_eur)))
    frequency = np.stack([np.broadcast_to(1.0 / x, shape) for x in (onset, reference_year, thousand)], axis=-1)
    ratio = [np.zeros(shape), np.broadcast_to(damage_ratio(depth_m), shape)]
    ratio.append(np.broadcast_to(damage_ratio(np.asarray(depth_m) * extreme), shape))
    damage = np.stack(ratio, axis=-1) * np.broadcast_to(value_eur, shape)[..., None]
    return mean_annual_damage(frequency, damage)
