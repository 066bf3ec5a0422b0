"""Where the sun is, how much light it gives below the horizon, and when it passes a height, for many places at once.

References: [1] J. Meeus (1998), Astronomical Algorithms, 2nd ed., chapters 12, 22 and 25 (low accuracy, 0.01 degree).
[2] P. M. Janiczek, J. A. DeYoung (1987), Computer programs for sun and moon illuminance, U.S. Naval Observatory Circular 171,
table of illuminance by altitude. [3] Directive 2000/84/CE (summer time from the last Sunday of March to that of October).
"""

from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HORIZON_DEG = -0.833
"""Height of the sun's centre at the official sunrise: refraction 34', half a diameter 16'."""
_J2000_DAYS = 10957.5
_DAY_S = 86_400.0
_UTC_OFFSET_H = {"971": -4.0, "972": -4.0, "973": -3.0, "974": 4.0, "976": 3.0, "975": -3.0, "977": -4.0, "978": -4.0}
_ILLUMINANCE = (
    (20.0, (3.74, 3.97, -4.07, 1.47)),
    (5.0, (3.05, 13.28, -45.98, 64.33)),
    (-0.8, (2.88, 22.26, -207.64, 1034.30)),
    (-5.0, (2.88, 21.81, -258.11, -858.36)),
    (-12.0, (2.70, 12.17, -431.69, -1899.83)),
    (-18.0, (13.84, 262.72, 1447.42, 2797.93)),
)


def sun_coordinates(utc_s: Floats) -> tuple[Floats, Floats, Floats]:
    """Declination [rad], right ascension [rad] and Greenwich sidereal time [rad] at Unix times [s] of any shape [1]."""
    days = np.asarray(utc_s, np.float64) / _DAY_S - _J2000_DAYS
    t = days / 36525
    anomaly = np.radians(357.52911 + t * (35999.05029 - 0.0001537 * t))
    centre = (1.914602 - t * (0.004817 + 0.000014 * t)) * np.sin(anomaly)
    centre += (0.019993 - 0.000101 * t) * np.sin(2 * anomaly) + 0.000289 * np.sin(3 * anomaly)
    node = np.radians(125.04 - 1934.136 * t)
    longitude = np.radians(280.46646 + t * (36000.76983 + 0.0003032 * t) + centre - 0.00569 - 0.00478 * np.sin(node))
    obliquity = np.radians(23.439291 - 0.0130042 * t + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    ascension = np.arctan2(np.cos(obliquity) * np.sin(longitude), np.cos(longitude))
    sidereal = np.radians(280.46061837 + 360.98564736629 * days + 0.000387933 * t * t)
    return declination, ascension, sidereal


def elevation(lat_deg: Floats, lon_deg: Floats, utc_s: Floats) -> Floats:
    """Geometric height of the sun above the horizon [degree] at places and Unix times that broadcast; no refraction."""
    declination, ascension, sidereal = sun_coordinates(utc_s)
    hour = sidereal + np.radians(lon_deg) - ascension
    latitude = np.radians(lat_deg)
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1, 1))))


def illuminance_lx(elevation_deg: Floats) -> Floats:
    """Illuminance of a horizontal plane under a clear sky [lx] for a height of the sun [degree], 0.0006 lx at least [2]."""
    height = np.maximum(np.asarray(elevation_deg, np.float64), -18.0)
    x = height / 90
    out = np.zeros_like(x)
    above = np.inf
    for low, (a, b, c, d) in _ILLUMINANCE:
        here = (height >= low) & (height < above)
        out = np.where(here, 10 ** (a + x * (b + x * (c + x * d))), out)
        above = low
    return np.maximum(out, 0.0006)


def threshold_elevation(lux: Floats | float, sky: Floats | float = 1.0) -> Floats:
    """Height of the sun [degree] at which a cell set at `lux` [lx] switches, under a sky that lets through `sky` [ratio]."""
    heights = np.linspace(-18.0, 20.0, 3801)
    light = np.log10(illuminance_lx(heights))
    return np.interp(np.log10(np.asarray(lux, np.float64) / sky), light, heights)


def crossings(lat_deg: Floats, lon_deg: Floats, year: int, elevation_deg: Floats) -> tuple[Floats, Floats]:
    """Evenings and mornings of the nights of a year: Unix times [s] at which the sun goes below `elevation_deg` in the
    evening of each day and comes back above it the next morning, both (N, days); NaN where it does not (high latitudes).

    lat_deg, lon_deg, elevation_deg: (N,) [degree]. Three fixed-point steps settle under a second.
    """
    lat, lon, low = (np.asarray(x, np.float64).reshape(-1, 1) for x in (lat_deg, lon_deg, elevation_deg))
    first = (date(year, 1, 1) - date(1970, 1, 1)).days
    days = first + np.arange((date(year + 1, 1, 1) - date(year, 1, 1)).days, dtype=np.float64)
    noon = days[None] * _DAY_S + _DAY_S / 2 - lon * 240
    out = []
    for side in (1.0, -1.0):
        target = noon if side > 0 else noon + _DAY_S
        when = target + side * 6 * 3600
        for _ in range(3):
            declination, ascension, sidereal = sun_coordinates(when)
            latitude = np.radians(lat)
            cosine = (np.sin(np.radians(low)) - np.sin(latitude) * np.sin(declination)) / (
                np.cos(latitude) * np.cos(declination)
            )
            half = np.arccos(np.where(np.abs(cosine) <= 1, cosine, np.nan))
            hour = sidereal + np.radians(lon) - ascension
            off = np.angle(np.exp(1j * (side * half - hour)))
            when = when + off / (2 * np.pi) * _DAY_S
        out.append(when)
    return out[0], out[1]


def utc_offset_h(departement: str, utc_s: Floats) -> Floats:
    """Legal time minus UTC [h] at Unix times [s]: mainland France with its summer time [3], else the fixed hour overseas.

    Saint-Pierre-et-Miquelon is held at its winter hour.
    """
    stamp = np.asarray(utc_s, np.float64)
    if departement in _UTC_OFFSET_H:
        return np.full_like(stamp, _UTC_OFFSET_H[departement])
    out = np.ones_like(stamp)
    finite = stamp[np.isfinite(stamp)]
    if not len(finite):
        return out
    years = (finite.min() / (365.2425 * _DAY_S) + 1970, finite.max() / (365.2425 * _DAY_S) + 1970)
    for year in range(int(years[0]) - 1, int(years[1]) + 2):
        begins, ends = summer_time(year)
        out = np.where((stamp >= begins) & (stamp < ends), 2.0, out)
    return out


@cache
def summer_time(year: int) -> tuple[float, float]:
    """Unix times [s] between which summer time runs [3]: 01:00 UTC on the last Sundays of March and October."""
    ends = []
    for month in (3, 10):
        last = date(year, month, 31)
        sunday = last.toordinal() - (last.weekday() + 1) % 7
        ends.append((sunday - date(1970, 1, 1).toordinal()) * _DAY_S + 3600)
    return ends[0], ends[1]
