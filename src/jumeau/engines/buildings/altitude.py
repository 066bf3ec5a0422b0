"""What altitude adds to the cold.

The tables of the 3CL method [1] are 2.0 K colder from one class of altitude to the next (below 400 m, to 800 m, above), in
all zones and all full months: 5 K for 1 000 m, less than the 6.5 K of the standard atmosphere, because cold air lies in
valleys in winter.

References: [1] Arrêté du 31 mars 2021 (3CL-DPE 2021), climate tables.
"""

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.tables import climate

Floats = NDArray[np.float64]
LAPSE_K_M = 0.005
CLASSES_M = (200.0, 600.0, 1000.0)
"""Altitude that each class of [1] stands for: the middle of the first two, as far again for the last."""
BAND_M = 100.0
"""Buildings within a band share their weather, that of its middle."""


def colder_k(altitude: Floats) -> Floats:
    """How much colder the air is than in the lowest class of the method [K] (N,): 0 below 200 m and where it is unknown."""
    return np.asarray(LAPSE_K_M * np.maximum(np.nan_to_num(altitude, nan=CLASSES_M[0]) - CLASSES_M[0], 0.0))


def degree_hours_ratio(zone: NDArray[np.int8], altitude: Floats) -> Floats:
    """Degree-hours below 19 °C of the heating season over those of the lowest class (N,) [-], NaN where the altitude is
    unknown: read between the classes of [1], in a line with the last two beyond."""
    low, middle, high = climate("dh19")[0].sum(axis=-1)
    high = np.where(high > 0, high, 2 * middle - low)
    first, second = (middle / low - 1)[zone], ((high - middle) / low)[zone]
    step = CLASSES_M[1] - CLASSES_M[0]
    up = np.maximum((altitude - CLASSES_M[0]) / step, 0.0)
    return np.asarray(1 + first * np.minimum(up, 1.0) + second * np.maximum(up - 1.0, 0.0))


def band_of(altitude: Floats, above: float) -> NDArray[np.int64]:
    """How many bands each building stands above a weather station [m] (N,), 0 where its altitude is unknown."""
    return np.rint((np.nan_to_num(altitude, nan=above) - above) / BAND_M).astype(np.int64)
