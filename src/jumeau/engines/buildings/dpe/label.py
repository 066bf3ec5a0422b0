"""The double-threshold label of dwellings: worse of primary energy and greenhouse gases, small dwellings and altitude.

Annex of the arrêté of 31 March 2021, amended 25 March 2024 (dwellings of less than 40 m2, from 1 July 2024).
"""

import json
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jumeau.model.dpe import F64, I64

CLASSES = np.array(list("ABCDEFG"))
_COLD_ZONES = (2, 3, 7)
_SMALL_M2 = 40.0


@lru_cache(maxsize=1)
def _thresholds() -> tuple[F64, F64]:
    """Upper bounds of classes A to F by [primary energy, gases][plain, high and cold][m2 from 0 to 40]."""
    text = files("jumeau.engines.buildings.dpe").joinpath("thresholds.json").read_text(encoding="utf-8")
    found = json.loads(text)
    sizes = np.array(found["surface_m2"])
    whole = np.arange(41)
    place = np.clip(np.searchsorted(sizes, whole), 0, len(sizes) - 1)
    return np.array(found["ep"], dtype=np.float64)[:, place], np.array(found["ges"], dtype=np.float64)[:, place]


def bounds(surface_m2: ArrayLike, altitude: ArrayLike, zone: ArrayLike, small: bool = True) -> tuple[F64, F64]:
    """Upper bounds of classes A to F for each dwelling: primary energy [kWh/(m2.yr)], gases [kg CO2e/(m2.yr)].

    surface_m2 [m2]: living area; altitude [-]: class of altitude, 3 above 800 m; zone [-]: climate zone 1 (H1a) to 8 (H3);
    small: the arrêté of 2024 holds (DPE of before July 2024 do not have it).
    """
    area, height, place = np.broadcast_arrays(np.atleast_1d(np.asarray(surface_m2, dtype=np.float64)), altitude, zone)
    cold = (np.asarray(height) == 3) & np.isin(place, _COLD_ZONES)
    size = np.floor(np.clip(np.nan_to_num(area, nan=_SMALL_M2), 0, _SMALL_M2)).astype(np.int64)
    size = size if small else np.full_like(size, 40)
    energy, gases = _thresholds()
    where = cold.astype(np.int64), size
    return energy[where], gases[where]


def label(
    ep: ArrayLike, ges: ArrayLike, surface: ArrayLike, altitude: ArrayLike = 1, zone: ArrayLike = 1, small: bool = True
) -> NDArray[np.str_]:
    """Class A to G of each dwelling, `?` where a value is missing.

    ep [kWh/(m2.yr)]: primary energy of the five uses; ges [kg CO2e/(m2.yr)]; surface [m2]; altitude [-]: class 1 to 3;
    zone [-]: 1 (H1a) to 8 (H3); small: thresholds of small dwellings of July 2024.
    """
    letter, _, _ = classes(ep, ges, surface, altitude, zone, small)
    return letter


def classes(
    ep: ArrayLike, ges: ArrayLike, surface: ArrayLike, altitude: ArrayLike = 1, zone: ArrayLike = 1, small: bool = True
) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.str_]]:
    """(label, class of energy, class of gases) of each dwelling; the label is the worse of the two."""
    energy, gases, area = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (ep, ges, surface)))
    by_energy, by_gases = bounds(area, altitude, zone, small)
    first, second = _rank(np.floor(energy), by_energy), _rank(np.floor(gases), by_gases)
    missing = np.isnan(energy) | np.isnan(gases) | np.isnan(area) | (area <= 0)
    names = np.append(CLASSES, "?")
    worst = np.where(missing, 7, np.maximum(first, second))
    return names[worst], names[np.where(missing, 7, first)], names[np.where(missing, 7, second)]


def _rank(value: F64, upper: F64) -> I64:
    """0 for A to 6 for G: the number of bounds that a value reaches."""
    rank: I64 = (np.nan_to_num(value, nan=1e9)[:, None] >= upper).sum(axis=1)
    return rank
