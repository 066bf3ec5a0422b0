"""A typical year for each winter climate zone, made to agree with the monthly figures of the 3CL method: it stands in where
no weather file was given, and is labelled as synthetic wherever it shows.

References: [1] Arrêté du 31 mars 2021 (3CL-DPE 2021), climate tables by zone below 400 m: degree-hours below 14, 19 and
21 °C, above 26 and 28 °C, irradiation of a plane facing south at 30° and of a wall facing south. [2] Erbs, Klein, Duffie
(1982), Estimation of the diffuse radiation fraction, Solar Energy 28(4), and [3] Haurwitz (1945), clear sky; both as in
pvlib.
"""

from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.altitude import CLASSES_M
from jumeau.engines.buildings.choices import ZONES
from jumeau.engines.buildings.dpe.tables import climate
from jumeau.engines.buildings.hourly.sun import sunshine
from jumeau.model.weather import HOURS, KELVIN, STEFAN, Weather
from jumeau.texts import t

Floats = NDArray[np.float64]
PLACES = {
    "H1a": (48.8, 2.0), "H1b": (48.7, 6.2), "H1c": (46.3, 4.8), "H2a": (48.1, -1.7), "H2b": (46.2, -1.2), "H2c": (44.2, 0.6),
    "H2d": (44.1, 5.1), "H3": (43.7, 7.2),
}  # fmt: skip
"""Latitude and longitude [°] of a town of each zone, to a tenth."""
MONTH = np.repeat(np.arange(12), np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) * 24)
FULL_MONTH_H = 600
"""Heating hours above which the degree-hours of a month speak of the whole month."""
HOTTEST_H = 15
SWING_K, SWING_PER_SUN = 2.2, 0.018
"""Half the daily swing of the air: at no sun, and per kWh/m² of the month (order of magnitude)."""
TURNS = ((4.7, 1.0), (8.3, 0.0), (15.1, 2.5), (29.0, 4.0))
"""Periods and phases of the spells of weather [days]: they decide which days are warm, not how many. Longer ones are wider
(amplitude as the fourth root of the period), so that a day is as near the one before as in measured years."""
DAYS_K, DAYS_LEEWAY_K, DAYS_WARM_LEEWAY_K, DAYS_MOST_K = 3.6, 0.4, 0.3, (4.8, 4.4)
"""How far days are from the mean of their month, and the leeway of the fit: Lyon-Bron 2004-2018 (TMYx) and Lyon IWEC have 3.8
and 4.0 K in winter, 3.1 K in summer. The degree-hours of a month alone ask for up to 8 K: the tables below 14, 19 and 21 °C
do not agree to better than that, and such a year has days of 11 °C in its coldest week and of 4 °C in June."""
EMISSIVITY = 0.8


@lru_cache(maxsize=8)
def typical_year(zone: str) -> Weather:
    """The year of a climate zone (`H1a` to `H3`), the same at each call."""
    place = ZONES.index(zone)
    latitude, longitude = PLACES[zone]
    plane = climate("e_pv")[place]
    outdoor = _air(place, plane)
    still = Weather(
        outdoor=outdoor, direct=np.zeros(HOURS), diffuse=np.zeros(HOURS),
        sky=EMISSIVITY * STEFAN * (outdoor + KELVIN) ** 4, wind=np.full(HOURS, 3.0), latitude=latitude, longitude=longitude,
        hours_east=1.0, altitude=CLASSES_M[0], source=t("meteo.annee_type", zone=zone),
    )  # fmt: skip
    return _lit(still, place, plane)


def _spells(phase: float) -> Floats:
    """How far each day is from the mean of its month, of mean 0 and deviation 1 by month (T,)."""
    day = np.arange(HOURS) // 24
    turns = (period**0.25 * np.sin(2 * np.pi * day / period + start + phase) for period, start in TURNS)
    raw = sum(turns, np.zeros(HOURS))
    out = np.empty(HOURS)
    for m in range(12):
        mine = m == MONTH
        out[mine] = (raw[mine] - raw[mine].mean()) / raw[mine].std()
    return out


def _air(place: int, plane: Floats) -> Floats:
    """Outdoor temperature [°C]: mean and spread of each month fitted to its degree-hours [1]."""
    cold = np.stack([climate(n)[0, 0, place] for n in ("dh14", "dh19", "dh21")])
    hot = np.stack([climate(n)[0, place] for n in ("dh26", "dh28")])
    full = climate("nref19")[0, 0, place] > FULL_MONTH_H
    swing = np.cos(2 * np.pi * (np.arange(HOURS) % 24 - HOTTEST_H) / 24)
    spells, out = _spells(0.0), np.empty(HOURS)
    fitted = np.full((12, 2), np.nan)
    for known in (True, False):
        guess = np.interp(np.arange(12), *_around(fitted[:, 0])) if not known else np.full(12, 12.0)
        for m in np.flatnonzero(full == known):
            hours = m == MONTH
            shape = (SWING_K + SWING_PER_SUN * plane[m]) * swing[hours], spells[hours]
            fitted[m] = _fit(shape, cold[:, m] if known else None, hot[:, m], guess[m])
            out[hours] = fitted[m, 0] + shape[0] + fitted[m, 1] * shape[1]
    return out


def _around(values: Floats) -> tuple[Floats, Floats]:
    """Months known and their values, the year closed on itself; what the months between lack is a warm season."""
    known = np.flatnonzero(np.isfinite(values))
    at, value = np.concatenate([known - 12, known, known + 12]), np.tile(values[known], 3)
    summer = np.array([6.5]), np.array([values[known].max() + 6.0])
    order = np.argsort(np.concatenate([at, summer[0]]))
    return np.concatenate([at, summer[0]])[order], np.concatenate([value, summer[1]])[order]


def _fit(shape: tuple[Floats, Floats], cold: Floats | None, hot: Floats, guess: float) -> Floats:
    from scipy.optimize import least_squares

    def wrong(x: Floats) -> Floats:
        air = x[0] + shape[0] + x[1] * shape[1]
        off = [(np.maximum(air - b, 0).sum() - d) / 40 for b, d in zip((26, 28), hot, strict=True)]
        if cold is None:
            off.append((x[0] - guess) / 4)
        else:
            off += [(np.maximum(b - air, 0).sum() - d) / 40 for b, d in zip((14, 19, 21), cold, strict=True)]
        return np.array([*off, (x[1] - DAYS_K) / (DAYS_WARM_LEEWAY_K if cold is None else DAYS_LEEWAY_K)])

    most = DAYS_MOST_K[cold is None]
    found: Floats = least_squares(wrong, np.array([guess, DAYS_K]), bounds=([-20, 0.3], [40, most]), diff_step=1e-3).x
    return found


def _lit(still: Weather, place: int, plane: Floats) -> Weather:
    """The sun of the year: days clear and dull, each month brought to an irradiation of the plane [1].

    The two tables of [1], of the plane and of a wall facing south, do not agree (15 to 45 % apart over the same sky): months
    keep the shape of the first, at the geometric mean of both levels, which is near measured years.
    """
    import pandas as pd
    from pvlib import clearsky, irradiance, solarposition

    times = pd.date_range("2022-12-31 23:30", periods=HOURS, freq="h", tz="UTC")
    zenith = solarposition.get_solarposition(times, still.latitude, still.longitude)["apparent_zenith"].to_numpy()
    clear = clearsky.haurwitz(pd.Series(zenith))["ghi"].to_numpy()
    days, scale, made = np.clip(0.75 + 0.3 * _spells(0.4), 0.15, 1.2), np.ones(12), still
    full = climate("nref19")[0, 0, place] > FULL_MONTH_H
    for turn in range(6):
        level = np.minimum(clear * days * scale[MONTH], 1.1 * clear)
        split = irradiance.erbs(level, zenith, times)
        direct, diffuse = (np.nan_to_num(np.asarray(split[n])) for n in ("dni", "dhi"))
        made = msgspec.structs.replace(still, direct=np.clip(direct, 0, 1000), diffuse=np.maximum(diffuse, 0))
        found = sunshine(made, np.array([180.0, 180.0]), np.array([30.0, 90.0])).total
        if turn == 2:
            wall = np.bincount(MONTH, found[:, 1])[full].sum() / 1000 / climate("e")[0, 0, place][full].sum()
            plane = plane / np.sqrt(wall)
        scale *= plane / np.maximum(np.bincount(MONTH, found[:, 0]) / 1000, 1.0)
    return made
