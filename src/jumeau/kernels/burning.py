"""Yearly hours at full power of points that each have their own calendar.

The year of a place is told once by how many hours of night lie before each minute of the clock; the hours a step takes from
a point are then a difference of two readings, so the cost does not grow with the length of the year.
"""

import ctypes

import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.kernels import kernel_in_use, library

__all__ = ["burning_hours", "burning_hours_c", "burning_hours_numpy", "kernel_in_use", "night_table"]

Floats = NDArray[np.float64]
NOON_H, MINUTES = 12.0, 24 * 60


def night_table(dusk: Floats, dawn: Floats) -> Floats:
    """Hours of night before each minute from midday to midday, all nights together: (C, 1441) [h].

    dusk, dawn: (C, Y) legal hours after the midday that opens each night, from 12 to 36.
    """
    at = NOON_H + np.arange(MINUTES + 1) / 60
    out = np.empty((len(dusk), MINUTES + 1))
    for c in range(len(dusk)):
        out[c] = _gone(at, dusk[c]) - _gone(at, np.maximum(dusk[c], dawn[c]))
    return out


def _gone(at: Floats, events: Floats) -> Floats:
    """Sum over `events` of the time since each, where it is past: both in hours, (M,)."""
    ordered = np.sort(events)
    count = np.searchsorted(ordered, at)
    return np.asarray(count * at - np.r_[0.0, np.cumsum(ordered)][count])


def burning_hours_numpy(table: Floats, place: NDArray[np.int32], start: Floats, end: Floats, ratio: Floats) -> Floats:
    """The readable version of `burning_hours`."""
    out: Floats = table[place, -1]
    for s in range(start.shape[1]):
        taken = _read(table, place, end[:, s]) - _read(table, place, start[:, s])
        out -= (1 - ratio[:, s]) * taken
    return out


def _read(table: Floats, place: NDArray[np.int32], hour: Floats) -> Floats:
    at = np.clip((hour - NOON_H) * 60, 0, MINUTES)
    low = np.minimum(at.astype(np.int64), MINUTES - 1)
    below = table[place, low]
    return np.asarray(below + (table[place, low + 1] - below) * (at - low))


def burning_hours_c(
    lib: ctypes.CDLL, table: Floats, place: NDArray[np.int32], start: Floats, end: Floats, ratio: Floats
) -> Floats:
    """The compiled version of `burning_hours`."""
    table, place = np.ascontiguousarray(table, np.float64), np.ascontiguousarray(place, np.int32)
    arrays = [np.ascontiguousarray(x, np.float64) for x in (start, end, ratio)]
    out = np.empty(len(place))
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    lib.jumeau_burning(
        pointer(table.ctypes.data), pointer(place.ctypes.data), *(pointer(a.ctypes.data) for a in arrays),
        size(len(place)), size(start.shape[1]), pointer(out.ctypes.data),
    )  # fmt: skip
    return out


def burning_hours(table: Floats, place: NDArray[np.int32], start: Floats, end: Floats, ratio: Floats) -> Floats:
    """Hours at full power of a year [h] (N,).

    table: (C, 1441) of `night_table`; place: (N,) its row; start, end: (N, S) legal hours after midday [12, 36] of steps
    that do not overlap, start <= end; ratio: (N, S) share of the power kept in each. A step not used starts where it ends.
    Raises InputError for a place outside the table or an hour that is not a number.
    """
    if len(place) and (place.min() < 0 or place.max() >= len(table)):
        raise InputError("noyaux.lieu_hors_table", place=int(place.max()), count=len(table))
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        raise InputError("noyaux.heure_invalide")
    lib = library()
    if lib is None or not hasattr(lib, "jumeau_burning"):
        return burning_hours_numpy(table, place, start, end, ratio)
    return burning_hours_c(lib, table, place, start, end, ratio)
