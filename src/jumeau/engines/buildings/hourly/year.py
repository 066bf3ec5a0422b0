"""A year of weather with all that buildings under it share, made once for many partitions of a territory."""

import msgspec
import numpy as np

from jumeau.engines.buildings.altitude import BAND_M, band_of
from jumeau.engines.buildings.hourly.behind import WARM_DAY_C, Panes, panes_of
from jumeau.engines.buildings.hourly.climate import comfort_limit, moved
from jumeau.engines.buildings.hourly.profiles import COOLING_C, PROFILES, presence, setpoints, shares
from jumeau.engines.buildings.hourly.sun import Sunshine, sunshine, through_glass
from jumeau.engines.buildings.stock import Floats
from jumeau.kernels.rc5 import Hours
from jumeau.model.weather import HOURS, Weather

MONTH_ENDS = np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) * 24
SUMMER = (90 * 24, 304 * 24)
"""First hour and hour after the last of April to October: nothing overheats outside."""
OPEN_GAP_K = 2.0
"""How much cooler it must be outside for people to open their windows: assumed [K]."""


class Run(msgspec.Struct, frozen=True):
    """Hours that buildings of one use share, from the hour `first` of the year."""

    hours: Hours
    first: int = 0


class Year(msgspec.Struct, frozen=True):
    """A year of weather, its sun, what of it reaches windows, what was worked out of it so far, and the same year at other
    altitudes. typical: made from the tables of the lowest class of altitude, which are not warmed below it."""

    weather: Weather
    light: Sunshine
    panes: Panes
    runs: dict[str, tuple[Run, Run]]
    whole: dict[str, tuple[Run, Run]]
    higher: dict[int, "Year"]
    typical: bool

    def hours(self, use: str) -> tuple[Run, Run]:
        """What buildings of a use share by month: the year with cooling, and without."""
        if use not in self.runs:
            cooled, free = (Run(hours_of(use, self.weather, self.light, cooled=c)) for c in (True, False))
            self.runs[use] = cooled, free
        return self.runs[use]

    def schedule(self, use: str) -> tuple[Run, Run]:
        """The same at once: the year with cooling, the summer without."""
        if use not in self.whole:
            cooled, free = (r.hours for r in self.hours(use))
            self.whole[use] = Run(cooled.during(0, HOURS)), Run(free.during(*SUMMER), SUMMER[0])
        return self.whole[use]

    def bands(self, altitude: Floats) -> np.ndarray:
        """Band of altitude of buildings (N,) [m], for `at`; those of unknown altitude are where the weather is."""
        found = band_of(altitude, self.weather.altitude)
        return np.maximum(found, 0) if self.typical else found

    def at(self, band: int) -> "Year":
        """The year as many bands of 100 m higher."""
        if band == 0:
            return self
        if band not in self.higher:
            self.higher[band] = _year(moved(self.weather, band * BAND_M), self.light, typical=self.typical)
        return self.higher[band]


def year_under(weather: Weather, *, typical: bool = False) -> Year:
    """What all buildings under a weather share."""
    return _year(weather, sunshine(weather), typical=typical)


def _year(weather: Weather, light: Sunshine, *, typical: bool) -> Year:
    return Year(weather, light, panes_of(light, weather.outdoor), {}, {}, {}, typical)


def hours_of(use: str, weather: Weather, light: Sunshine, *, cooled: bool) -> Hours:
    """What buildings of one use share: weather, setpoints, gains (mean 1), levels of air (there, empty, windows open).

    On warm days, without cooling, people open their windows while they are there and the air outside is cooler than the limit
    of comfort. The sun is each building's own (`behind.own_light`).
    """
    profile = PROFILES[use]
    there, limit, sun = presence(profile), comfort_limit(weather), through_glass(light)
    full, idle = shares(there, profile.idle_gain)
    level = np.where(there, 0, 1).astype(np.uint8)
    warm = np.repeat(weather.outdoor.reshape(-1, 24).mean(axis=1) > WARM_DAY_C, 24)
    if not cooled:
        level[there & warm & (weather.outdoor < limit - OPEN_GAP_K)] = 2
    return Hours(
        outdoor=weather.outdoor, sun=sun, gain=np.where(there, full, idle), heat_set=setpoints(profile),
        cool_set=np.where(there, COOLING_C, np.inf) if cooled else np.full(len(there), np.inf), level=level,
        watch=np.full(len(there), np.inf) if cooled else np.where(there, limit, np.inf), stop=MONTH_ENDS,
    )  # fmt: skip
