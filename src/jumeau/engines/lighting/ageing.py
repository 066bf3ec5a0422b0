"""Age of the stock: lamps that fail, light that fades, luminaires past their service life, and what is still to renew.

A discharge lamp is replaced when it dies, so over the years a stock loses hours / life lamps a year whatever its age. A LED
luminaire is not: its chance of failing grows with its age (Weibull). Light fades to 80 % after the L80 hours of a LED.
References: [1] CIE 97:2005 and CIE 154:2003 (lamp survival and lumen maintenance of outdoor lighting: the quantities).
[2] CEI 62722-2-1 (useful life Lx, abrupt failure value of LED luminaires).
"""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.groups import UNKNOWN
from jumeau.engines.lighting.facts import LED, NO_TECHNOLOGY, TECHNOLOGIES, Facts
from jumeau.engines.tables import codes, floats, origins
from jumeau.engines.tally import Draws
from jumeau.model.draws import parameters
from jumeau.model.origin import Origin

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]

_DISCHARGE = tuple(x for x in TECHNOLOGIES if x != "led")
WEIBULL_SHAPE = 2.5
"""How failures of LED luminaires gather at the end of their life: wear-out, a working assumption."""
OLDEST_Y, YEARLY_H = 80, 4100.0


class Ages(msgspec.Struct, frozen=True):
    """age_y: (N,) whole years, NaN unknown; origin: (N,) rank of what it rests on."""

    age_y: Floats
    origin: Codes


def ages(table: pa.Table, year: int) -> Ages:
    """Age of each luminaire of a conformed table at the end of `year`."""
    age = np.clip(year - floats(table, "install_year"), 0, OLDEST_Y)
    return Ages(age, origins(table, "install_year"))


class Wear(msgspec.Struct, frozen=True):
    """Draws (K, D) of the K distinct (setting, technology, age) of a stock, and the class of each luminaire (N,).

    failures: expected failures in a year; overdue: 1 where the service life is over, else 0; faded: share of the first flux
    lost, dirt aside [ratio]; failures_origin, overdue_origin, faded_origin: (N,) what each rests on, `unknown` where it
    cannot be told.
    """

    place: NDArray[np.int64]
    failures: Floats
    overdue: Floats
    faded: Floats
    failures_origin: Codes
    overdue_origin: Codes
    faded_origin: Codes


def wear(facts: Facts, old: Ages, hours: Floats, draw: Draws) -> Wear:
    """How worn the stock is. hours: (S, D) yearly hours at full power of each setting of `facts`."""
    technology, age = facts.technology, np.nan_to_num(old.age_y, nan=-1.0).astype(np.int64)
    led, known = technology == LED, technology != NO_TECHNOLOGY
    key = (facts.setting * 2 + facts.removed) * (NO_TECHNOLOGY + 1) + technology
    key = key * (OLDEST_Y + 2) + np.where(age < 0, OLDEST_Y + 1, age)
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    tech, years = technology[first], old.age_y[first][:, None]
    burnt = hours[facts.setting[first]]
    failures, faded = np.empty_like(burnt), np.zeros_like(burnt)
    for code, name in enumerate(TECHNOLOGIES):
        rows = tech == code
        if rows.any():
            life = draw(f"lamp_life_h.{name}")
            if code == LED:
                start = np.nan_to_num(years[rows]) * burnt[rows] / life
                failures[rows] = (start + burnt[rows] / life) ** WEIBULL_SHAPE - start**WEIBULL_SHAPE
                faded[rows] = 1 - 0.8 ** (np.nan_to_num(years[rows]) * burnt[rows] / draw("led_l80_h"))
            else:
                failures[rows] = burnt[rows] / life
                faded[rows] = 1 - draw(f"lumen_maintenance.{name}")
    failures[tech == NO_TECHNOLOGY] = 0.0
    gone = facts.removed[first]
    failures[gone] = 0.0
    faded[gone] = 0.0
    service = np.concatenate([draw("service_life_y.discharge"), draw("service_life_y.led")])[(tech == LED).astype(np.int64)]
    overdue = ((np.nan_to_num(years, nan=-1.0) > service) & ~gone[:, None]).astype(np.float64)
    aged = np.isfinite(old.age_y)
    rests = np.maximum(facts.regime_origin, np.int8(Origin.INFERRED.rank))
    told = known & (aged | ~led)
    rests_on = np.where(told, np.where(led, np.maximum(rests, old.origin), rests), UNKNOWN).astype(np.int8)
    return Wear(
        place.ravel().astype(np.int64), np.clip(failures, 0, None), overdue, faded, rests_on,
        np.where(aged, np.maximum(old.origin, np.int8(Origin.INFERRED.rank)), UNKNOWN).astype(np.int8),
        np.where(facts.removed, UNKNOWN, rests_on).astype(np.int8),
    )  # fmt: skip


def flux_kept(technology: str, age_y: Floats, hours: float = YEARLY_H) -> Floats:
    """Share of the first flux left [ratio] after `age_y` years, dirt aside: likely value.

    A discharge lamp is taken half way to its replacement; a LED fades as the L80 says; unknown technology is NaN.
    """
    laws = parameters("lighting")
    if technology == "led":
        fading = 0.8 ** (hours / laws["led_l80_h"].mode)
        return np.asarray(fading ** np.asarray(age_y, np.float64))
    name = f"lumen_maintenance.{technology}"
    return np.full(np.shape(age_y), laws[name].mode if name in laws else np.nan)


class Backlog(msgspec.Struct, frozen=True):
    """Renewal of a stock. years: (Y,); due: (Y,) luminaires that reach the end of their service life each year; the
    first holds
    those already past it; unknown: luminaires of unknown age; remaining_y: (N,) years left, 0 when past, NaN unknown."""

    years: NDArray[np.int64]
    due: NDArray[np.int64]
    unknown: int
    remaining_y: Floats


def backlog(table: pa.Table, year: int, horizon: int = 30) -> Backlog:
    """When the luminaires of a conformed table come to the end of their likely service life."""
    laws = parameters("lighting")
    led = codes(table, "lamp_technology", TECHNOLOGIES) == LED
    life = np.where(led, laws["service_life_y.led"].mode, laws["service_life_y.discharge"].mode)
    left = np.clip(life - ages(table, year).age_y, 0, None)
    known = np.isfinite(left)
    due = np.bincount(np.floor(left[known & (left < horizon)]).astype(np.int64), minlength=horizon)[:horizon]
    return Backlog(year + np.arange(horizon), due.astype(np.int64), int((~known).sum()), left)
