"""A year of weather, hour by hour."""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HOURS = 8760


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """8760 hours from 1 January, each the hour that ends at its rank, in the legal winter time of the place.

    outdoor: air [°C]; direct: on a surface facing the sun; diffuse: on the ground [W/m²]; sky: what the sky radiates on the
    ground [W/m²]; wind: [m/s]; latitude, longitude: [°]; hours_east: of UTC [h]; altitude: [m]; source: what it is, in the
    words shown to users; filled: hours that the file lacked and that were rebuilt from their neighbours.
    """

    outdoor: Floats
    direct: Floats
    diffuse: Floats
    sky: Floats
    wind: Floats
    latitude: float
    longitude: float
    hours_east: float
    altitude: float
    source: str
    filled: int = 0


STEFAN = 5.670374e-8
KELVIN = 273.15


def sky_temperature(sky: Floats) -> Floats:
    """Temperature of a black sky that radiates as much [°C]."""
    return np.asarray((sky / STEFAN) ** 0.25 - KELVIN)
