"""When people are in buildings, and what they ask for then.

References: [1] Code de l'énergie, R241-26 and R241-27: 19 °C at most in occupied rooms, 16 °C when empty for a day or more;
R241-30: no cooling below 26 °C. Hours of use are assumptions, by use.
"""

from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import HEATED_USES
from jumeau.model.weather import HOURS

Floats = NDArray[np.float64]
FIRST_DAY = 6
"""Day of the week of 1 January 2023, from Monday 0."""
SCHOOL_HOLIDAYS = ((1, 8), (44, 59), (100, 115), (188, 244), (295, 310), (356, 365))
"""Days of the year without school (zone A, 2023, to a few days)."""
COOLING_C = 26.0
RESTART_H = 5


class Profile(msgspec.Struct, frozen=True):
    """days: days a week, from Monday; first, last: hours of presence; occupied, empty: heating setpoints [°C]; idle_gain,
    idle_air: share of gains and of air change that stays when empty; holidays: closed out of school terms."""

    days: int
    first: int
    last: int
    occupied: float
    empty: float
    idle_gain: float
    idle_air: float
    holidays: bool = False


PROFILES = {
    "residentiel": Profile(7, 0, 24, 19.0, 17.5, 0.6, 1.0),
    "bureau": Profile(5, 7, 19, 19.0, 16.0, 0.15, 0.35),
    "enseignement": Profile(5, 7, 18, 19.0, 16.0, 0.1, 0.35, holidays=True),
    "sport": Profile(7, 9, 22, 17.0, 14.0, 0.1, 0.35),
    "sante": Profile(7, 0, 24, 21.0, 21.0, 0.7, 1.0),
    "culture": Profile(6, 9, 20, 19.0, 16.0, 0.1, 0.35),
    "commerce": Profile(6, 8, 20, 19.0, 16.0, 0.15, 0.4),
    "equipement": Profile(5, 8, 19, 19.0, 16.0, 0.15, 0.35),
}
assert tuple(PROFILES) == HEATED_USES


def presence(profile: Profile) -> NDArray[np.bool_]:
    """Hours of the year when somebody is there (T,)."""
    hour, day = np.arange(HOURS) % 24, np.arange(HOURS) // 24
    there = (hour >= profile.first) & (hour < profile.last) & ((day + FIRST_DAY) % 7 < profile.days)
    if profile.holidays:
        for first, last in SCHOOL_HOLIDAYS:
            there &= (day + 1 < first) | (day + 1 > last)
    return np.asarray(there)


def there_on(profile: Profile, first: date, days: int) -> NDArray[np.bool_]:
    """Hours when somebody is there (24 x days,) from a true date; school holidays of the model year are taken."""
    hour, day = np.tile(np.arange(24), days), np.repeat(np.arange(days), 24)
    there = (hour >= profile.first) & (hour < profile.last) & ((day + first.weekday()) % 7 < profile.days)
    if profile.holidays:
        of_year = (day + first.timetuple().tm_yday - 1) % 365 + 1
        for begin, end in SCHOOL_HOLIDAYS:
            there &= (of_year < begin) | (of_year > end)
    return np.asarray(there)


def setpoints(profile: Profile) -> Floats:
    """Heating setpoint [°C] (T,): raised hour by hour from RESTART_H hours before people come, lowered when they leave; at
    night in dwellings. A restart in one step would ask for a power that no plant has."""
    there = presence(profile)
    if profile.first == 0:
        hour = np.arange(HOURS) % 24
        night = np.select([(hour >= 23) | (hour < 4), hour == 4, hour == 5], [0.0, 1 / 3, 2 / 3], 1.0)
        return np.asarray(profile.empty + (profile.occupied - profile.empty) * night)
    share = there.astype(np.float64)
    for ahead in range(1, RESTART_H):
        share = np.maximum(share, np.roll(there, -ahead) * (1 - ahead / RESTART_H))
    return np.asarray(profile.empty + (profile.occupied - profile.empty) * share)


def shares(there: NDArray[np.bool_], idle: float) -> tuple[float, float]:
    """Factors when people are there and when not, of mean 1 over the year."""
    when = float(there.mean())
    full = 1.0 / (when + (1 - when) * idle)
    return full, full * idle
