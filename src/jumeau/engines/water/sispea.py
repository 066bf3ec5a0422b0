"""Drinking-water indicators of the arrêté of 2 May 2007, from the volumes of a service. Never averaged: recomputed."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DAYS = 365.0
THRESHOLD, FLOOR, SLOPE, ZRE_FLOOR = 0.85, 0.65, 0.002, 0.70


def efficiency(produced: Array, imported: Array, exported: Array, authorised: Array) -> Array:
    """Network efficiency P104.3 [ratio]: (authorised + exported) / (produced + imported), volumes [m³/year] [1]_.

    References
    ----------
    .. [1] Arrêté du 2 mai 2007 relatif aux rapports annuels sur le prix et la qualité des services publics d'eau potable.
    """
    entered = np.asarray(produced + imported, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(entered > 0, (authorised + exported) / entered, np.nan)


def losses(produced: Array, imported: Array, exported: Array, authorised: Array) -> Array:
    """Water lost in distribution [m³/year]: distributed minus authorised."""
    return np.asarray(produced + imported - exported - authorised)


def linear_loss_index(lost: Array, network_km: Array) -> Array:
    """Linear loss index P106.3 [m³/km/day]."""
    return _per_km_day(lost, network_km)


def linear_consumption_index(authorised: Array, exported: Array, network_km: Array) -> Array:
    """Linear consumption index ILC [m³/km/day]."""
    return _per_km_day(authorised + exported, network_km)


def renewal_rate(renewed_5y_km: Array, network_km: Array) -> Array:
    """Mean renewal rate P107.2 [1/year]: a fifth of the length renewed in five years over the network length."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(network_km > 0, renewed_5y_km / 5 / network_km, np.nan)


def required_efficiency(ilc: Array, scarcity_zone: NDArray[np.bool_], withdrawn_m3: Array) -> Array:
    """Efficiency [ratio] under which an action plan is due (décret 2012-97 du 27 janvier 2012).

    ilc: [m³/km/day]; scarcity_zone: in a zone de répartition des eaux; withdrawn_m3: withdrawals [m³/year]: the higher floor
    holds in such a zone above 2 Mm³ a year.
    """
    floor = np.where(scarcity_zone & (withdrawn_m3 > 2e6), ZRE_FLOOR, FLOOR)
    return np.minimum(THRESHOLD, floor + SLOPE * ilc)


def _per_km_day(volume: Array, network_km: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(network_km > 0, volume / (DAYS * network_km), np.nan)
