"""Sun on the faces of buildings: where it stands (pvlib), what reaches each orientation, what glass lets in.

References: [1] Perez et al. (1990), Modeling daylight availability and irradiance components from direct and global
irradiance, Solar Energy 44(5), as in pvlib. [2] Duffie, Beckman (2013), Solar engineering of thermal processes, 4th ed.,
sections 5.1 to 5.3 (reflection and absorption of glass sheets).
"""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.model.weather import HOURS, Weather

Floats = NDArray[np.float64]
FACES = ("south", "east", "north", "west", "roof")
AZIMUTHS = np.array([180.0, 90.0, 0.0, 270.0, 180.0])
TILTS = np.array([90.0, 90.0, 90.0, 90.0, 0.0])
ALBEDO = 0.2
INDEX, EXTINCTION = 1.493, 33.7
"""Refraction [-] and extinction [1/m] of clear float glass."""


class Sunshine(msgspec.Struct, frozen=True, kw_only=True):
    """Irradiance on faces (T, F) [W/m²]: beam, sky, of which the glow around the sun, ground. cos: cosine of incidence (T,
    F), 0 behind; altitude, azimuth: of the sun [°] (T,)."""

    beam: Floats
    sky: Floats
    glow: Floats
    ground: Floats
    cos: Floats
    altitude: Floats
    azimuth: Floats

    @property
    def total(self) -> Floats:
        """All three together."""
        return self.beam + self.sky + self.ground


def turn_of(sun: Sunshine, face_azimuth: float) -> Floats:
    """Azimuth of the sun from the normal of a face [°], in ]-180, 180]."""
    return np.asarray((sun.azimuth - face_azimuth + 180) % 360 - 180)


def sunshine(weather: Weather, azimuths: Floats = AZIMUTHS, tilts: Floats = TILTS, albedo: float = ALBEDO) -> Sunshine:
    """Irradiance on faces of given azimuth (from north, eastwards) and tilt [°], the sun taken at the middle of each hour."""
    import pandas as pd
    from pvlib import atmosphere, irradiance, solarposition

    start = pd.Timestamp("2023-01-01 00:30") - pd.Timedelta(hours=weather.hours_east)
    times = pd.date_range(start, periods=HOURS, freq="h", tz="UTC")
    place = solarposition.get_solarposition(times, weather.latitude, weather.longitude, weather.altitude)
    zenith, azimuth = (place[name].to_numpy() for name in ("apparent_zenith", "azimuth"))
    height = np.maximum(np.cos(np.radians(zenith)), 0.0)
    extra = np.asarray(irradiance.get_extra_radiation(times))
    air_mass = np.nan_to_num(atmosphere.get_relative_airmass(zenith), nan=38.0)
    ghi = weather.direct * height + weather.diffuse
    columns: list[Any] = []
    for face, tilt in zip(azimuths, tilts, strict=True):
        with np.errstate(divide="ignore", invalid="ignore"):
            sky = irradiance.perez(
                tilt, face, weather.diffuse, weather.direct, extra, zenith, azimuth, air_mass, return_components=True
            )
        front = irradiance.aoi_projection(tilt, face, zenith, azimuth)
        ground = np.asarray(irradiance.get_ground_diffuse(tilt, ghi, albedo))
        found = (np.maximum(weather.direct * front, 0.0), sky["poa_sky_diffuse"], sky["poa_circumsolar"], ground)
        columns.append([*(np.nan_to_num(x) for x in found), np.maximum(front, 0.0) * (height > 0)])
    beam, sky, glow, ground, cos = (np.column_stack([c[k] for c in columns]) for k in range(5))
    return Sunshine(
        beam=beam, sky=sky, glow=np.minimum(glow, sky), ground=ground, cos=cos, altitude=90.0 - zenith, azimuth=azimuth
    )


def sheet(cos: Floats, thickness_m: float, index: float = INDEX, extinction: float = EXTINCTION) -> tuple[Floats, Floats]:
    """Transmitted and reflected share of a sheet of glass, mean of both polarisations [2]; cos: cosine of incidence."""
    cos = np.clip(np.asarray(cos, np.float64), 1e-4, 1.0)
    inner = np.sqrt(1 - (1 - cos**2) / index**2)
    through = np.exp(-extinction * thickness_m / inner)
    sides = ((cos - index * inner) / (cos + index * inner)) ** 2, ((inner - index * cos) / (inner + index * cos)) ** 2
    passed, sent = np.zeros_like(cos), np.zeros_like(cos)
    for r in sides:
        t = through * (1 - r) ** 2 / (1 - (r * through) ** 2)
        passed, sent = passed + t / 2, sent + r * (1 + through * t) / 2
    return passed, sent


def solar_factor(cos: Floats, panes: int = 2, thickness_m: float = 0.003048, u: float = 2.10, outer: float = 17.8) -> Floats:
    """Solar factor (g, SHGC) of clear glazing by cosine of incidence [-]: what passes, and the absorbed part that goes in.

    u: of the glazing, `outer`: outside surface [W/(m²·K)].
    """
    t, r = sheet(cos, thickness_m)
    a = 1 - t - r
    if panes == 1:
        return np.asarray(t + a * u / outer)
    back = 1 / (1 - r * r)
    first, second = a * (1 + t * r * back), a * t * back
    outward = 1 / outer
    inner = 1 / u - outward
    return np.asarray(t * t * back + first * outward * u + second * (1 - 0.45 * inner * u))


def angular_factor(cos: Floats, panes: int = 2) -> Floats:
    """Solar factor at an incidence over the one at normal incidence [-]."""
    return solar_factor(cos, panes) / float(solar_factor(np.ones(1), panes)[0])


def hemispherical_factor(panes: int = 2) -> float:
    """The same for light that comes evenly from a half space."""
    cos = (np.arange(90) + 0.5) / 90
    return float((angular_factor(cos, panes) * cos).sum() / cos.sum())


def through_glass(sun: Sunshine, lit: Floats | float = 1.0, seen: Floats | float = 1.0, panes: int = 2) -> Floats:
    """Irradiance that matters behind glass (T, F) [W/m²]: times the normal solar factor, it is the heat gain.

    lit: share of the glass in the sun (T, F); seen: share of the sky that it sees (F,).
    """
    diffuse = hemispherical_factor(panes)
    return np.asarray(
        sun.beam * angular_factor(sun.cos, panes) * (sun.cos > 0) * lit + (sun.sky * seen + sun.ground) * diffuse
    )
