"""Consumption brought back to a normal year, as the tertiary decree asks: heating and cooling by their degree-days.

Arrêté of 10 April 2020, article 5: the reference and each year are adjusted to the weather on the energy of heating and of
cooling, measured or shared out, against the mean degree-days of 2001 to 2020 at the reference station. The proportion to
degree-days is the usual practice, taken here; OPERAT makes its own adjustment.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
LEAST_DAYS = 1.0
"""Degree-days under which a year says nothing of a use [K·day]."""


@dataclass(slots=True)
class Part:
    """What follows the weather in each site and year (N, Y), NaN where unknown. kwh: energy of the use; days: its
    degree-days of the year, normal: those of a normal year [K·day]."""

    kwh: F64
    days: F64
    normal: F64


@dataclass(slots=True)
class Adjusted:
    """Consumption at a normal weather (N, Y) [kWh], where it was `done`; elsewhere the consumption itself. wrong: parts that
    are larger than the whole, which adjust nothing."""

    kwh: F64
    done: NDArray[np.bool_]
    wrong: NDArray[np.bool_]


def adjusted(kwh: F64, heating: Part, cooling: Part) -> Adjusted:
    """Bring consumptions to a normal weather. A year whose heating or degree-days are unknown stays as it is."""
    with np.errstate(invalid="ignore"):
        wrong = np.nan_to_num(heating.kwh) + np.nan_to_num(cooling.kwh) > kwh * (1 + 1e-9)
    moved = [_moved(part) for part in (heating, cooling)]
    known = ~np.isnan(moved[0]) & ~np.isnan(kwh) & ~wrong
    # a site that says its cooling but not its weather is not half adjusted
    known &= ~(np.isnan(moved[1]) & (np.nan_to_num(cooling.kwh) > 0))
    return Adjusted(np.where(known, kwh + moved[0] + np.nan_to_num(moved[1]), kwh), known, wrong)


def _moved(part: Part) -> F64:
    """Energy that a normal year would add [kWh], NaN where it cannot be said."""
    usable = (part.days >= LEAST_DAYS) & (part.normal >= 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: F64 = np.where(usable, part.kwh * (part.normal / part.days - 1.0), np.nan)
    return found
