"""Presence detection: the share of the night a lamp spends at its full level, from who passes, hour by hour.

Passages come at random (Poisson) and each holds the full level for a while, one after the other making it longer: the lamp is
at its full level for a share 1 - exp(-passages per hour x hold) of the time. Passages of an hour are those of a day times the
profile of the hour; those of a day go with the kind of road.
References: [1] L. Kleinrock (1975), Queueing Systems, volume 1, chapter 3 (M/G/infinity: probability that nobody is there).
[2] EN 13201-5:2015, annex A (detection profile: energy of the two levels). Figures: `model/presence.csv`, `presence_*`.
"""

import csv
from collections.abc import Callable
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.tables import texts
from jumeau.model.draws import parameters

Floats = NDArray[np.float64]

ROADS = ("sentier", "desserte", "liaison", "axe", "inconnue")
"""Kinds of road: paths (P5, P6), homes (P1 to P4), local roads (M5, M6, C4, C5), main roads (the others), not known."""
_OF_CLASS = {"P5": 0, "P6": 0, "P1": 1, "P2": 1, "P3": 1, "P4": 1, "M5": 2, "M6": 2, "C4": 2, "C5": 2}
UNKNOWN_ROAD = len(ROADS) - 1
HOURS = 24


@cache
def profile() -> Floats:
    """Share of the passages of a day in each hour of the clock (24,); its sum is 1."""
    text = files("jumeau.model").joinpath("presence.csv").read_text(encoding="utf-8")
    found = np.zeros(HOURS)
    for row in csv.DictReader(text.splitlines()):
        found[int(row["hour"])] = float(row["share"])
    return np.asarray(found / found.sum())


def roads(table: pa.Table) -> NDArray[np.int8]:
    """Kind of road of each luminaire of a conformed table (N,): its place in ROADS."""
    names = texts(table, "road_class")
    distinct, at = np.unique(names.astype(str), return_inverse=True)
    codes = [UNKNOWN_ROAD if not name else _OF_CLASS.get(name, 3) for name in distinct]
    return np.array(codes, np.int8)[at.ravel()]


def at_full(per_day: Floats | float, hold_s: Floats | float) -> Floats:
    """Share of each hour of the clock at the full level (24, ...) [ratio] for passages per day and a hold [s]."""
    by_hour = np.multiply.outer(profile(), np.asarray(per_day, np.float64))
    return np.asarray(-np.expm1(-by_hour * np.asarray(hold_s) / 3600))


def kept(by_hour: Floats, road: NDArray[np.int8], of: Callable[[str], Floats]) -> Floats:
    """Energy under detection relative to the whole night (K, D) [ratio].

    by_hour: hours of the night of a year in each hour of the clock (K, 24); road: (K,) place in ROADS; of: draws (K, D) of a
    parameter.
    """
    hold, low = of("presence_hold_s"), of("presence_low_level")
    per_day = np.stack([of(f"presence_per_day.{name}") for name in ROADS])[road, np.arange(len(road))]
    weight = by_hour / np.maximum(by_hour.sum(axis=1, keepdims=True), 1e-9)
    full = np.einsum("kh,hkd->kd", weight, at_full(per_day, hold))
    return np.asarray(low + (1 - low) * full)


def usual(by_hour: Floats, road: int) -> float:
    """The same at the likely value of every figure, for one setting (24,)."""
    laws = parameters("lighting")
    one = np.ones((1, 1))
    return float(kept(by_hour[None], np.array([road], np.int8), lambda name: laws[name].mode * one)[0, 0])
