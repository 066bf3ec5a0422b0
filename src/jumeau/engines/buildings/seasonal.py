"""Heating need of a building over a season, per m² of reference floor: the seasonal method of ISO 13790 as TABULA uses it."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HOURS_KWH = 0.024
TIME_BASE, TIME_SCALE = 0.8, 30.0


def temperature_reduction(h_transmission: Array, at_1: Array, at_4: Array) -> Array:
    """Reduction for unheated rooms and nights [-], linear between losses of 1 and 4 W/(m²·K) [1]_, held beyond.

    h_transmission: [W/(m²·K)]; at_1, at_4: factor at 1 and at 4 W/(m²·K) [-].

    References
    ----------
    .. [1] Loga, Diefenbach (2013). TABULA calculation method: energy use for heating and domestic hot water. IWU.
    """
    share = np.clip((h_transmission - 1.0) / 3.0, 0.0, 1.0)
    return np.asarray(at_1 + share * (at_4 - at_1))


def gain_utilisation(gains: Array, losses: Array, loss_coefficient: Array, capacity: Array) -> Array:
    """Utilisation factor of gains [-] of ISO 13790 for the season.

    gains, losses: [kWh/m²]; loss_coefficient: [W/(m²·K)]; capacity: internal heat capacity [Wh/(m²·K)].
    """
    exponent = TIME_BASE + capacity / loss_coefficient / TIME_SCALE
    ratio = gains / losses
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = (1 - ratio**exponent) / (1 - ratio ** (exponent + 1))
    return np.where(np.isclose(ratio, 1.0), exponent / (exponent + 1), factor)


def heating_need(
    h_transmission: Array, h_ventilation: Array, degree_days: Array, reduction: Array, gains: Array, capacity: Array
) -> Array:
    """Net heating need [kWh/(m²·year)]: losses minus used gains, never below 0.

    h_transmission, h_ventilation: heat loss [W/(m²·K)]; degree_days: sum of indoor minus outdoor temperature over heating
    days [K·day]; reduction: see `temperature_reduction`; gains: solar and internal [kWh/(m²·year)]; capacity: [Wh/(m²·K)].
    """
    loss_coefficient = h_transmission + h_ventilation
    losses = HOURS_KWH * loss_coefficient * reduction * degree_days
    used = gain_utilisation(gains, losses, loss_coefficient, capacity) * gains
    return np.asarray(np.maximum(losses - used, 0.0))
