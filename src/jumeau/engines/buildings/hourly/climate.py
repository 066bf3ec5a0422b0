"""The weather of a place once the climate has warmed: an EPW moved by a stated step, nothing else.

References: [1] Trajectoire de réchauffement de référence pour l'adaptation au changement climatique (TRACC), décret et arrêté
du 23 janvier 2026: +2 °C in 2030, +2.7 °C in 2050, +4 °C in 2100 for mainland France above 1850-1900.
"""

import msgspec
import numpy as np

from jumeau.engines.buildings.altitude import LAPSE_K_M
from jumeau.errors import InputError
from jumeau.model.weather import KELVIN, Weather
from jumeau.texts import t

TRACC_C = {"tracc_2030": 2.0, "tracc_2050": 2.7, "tracc_2100": 4.0}
TODAY = "actuel"
ALREADY_C = 1.4
"""Warming of mainland France already in weather of 2004 to 2018 [°C]: an order of magnitude, to be set from the station's own
years where they are known."""


def warmed(weather: Weather, climate: str, already_c: float = ALREADY_C) -> Weather:
    """The weather with every hour warmer by the step between `climate` and what the file already holds.

    Sun, wind and the emissivity of the sky are kept. The step is that of the yearly mean of the country: summers should warm
    more than that, so discomfort is rather low. Raises InputError for an unknown climate.
    """
    if climate == TODAY:
        return weather
    if climate not in TRACC_C:
        raise InputError("meteo.climat_inconnu", climate=climate, known=", ".join((TODAY, *TRACC_C)))
    delta = TRACC_C[climate] - already_c
    source = t("meteo.palier", source=weather.source, delta=f"{delta:+.1f}".replace(".", ","), year=climate[-4:])
    return msgspec.structs.replace(_shifted(weather, delta), source=source)


def moved(weather: Weather, up_m: float) -> Weather:
    """The weather of a place higher by some metres, colder by 5 K for 1 000 m (`altitude`); its sun and wind are kept."""
    return msgspec.structs.replace(_shifted(weather, -LAPSE_K_M * up_m), altitude=weather.altitude + up_m)


def _shifted(weather: Weather, delta: float) -> Weather:
    """Every hour warmer by delta [K], the emissivity of the sky kept."""
    ratio = ((weather.outdoor + delta + KELVIN) / (weather.outdoor + KELVIN)) ** 4
    return msgspec.structs.replace(weather, outdoor=weather.outdoor + delta, sky=weather.sky * ratio)


def comfort_limit(weather: Weather) -> np.ndarray:
    """Upper limit of comfort in a room without cooling [°C] (T,): 0.33 times the running mean of outdoor days + 21.8.

    EN 16798-1, adaptive comfort, category II (running mean with factor 0.8, held between 10 and 30 °C).
    """
    days = weather.outdoor.reshape(-1, 24).mean(axis=1)
    mean = np.empty_like(days)
    mean[0] = days[-7:].mean()
    for i in range(1, len(days)):
        mean[i] = 0.2 * days[i - 1] + 0.8 * mean[i - 1]
    return np.repeat(0.33 * np.clip(mean, 10, 30) + 21.8, 24)
