"""EnergyPlus weather files (EPW) as they come: gzipped or not, of 32 to 35 columns, with hours missing or written twice.

References: [1] EnergyPlus, Auxiliary Programs, "EnergyPlus Weather File (EPW) Data Dictionary": columns and missing values.
"""

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.model.weather import HOURS, KELVIN, STEFAN, Weather
from jumeau.texts import t

Floats = NDArray[np.float64]
MOST_BYTES = 32 * 2**20
LEAST_COLUMNS, MOST_COLUMNS = 22, 35
HEADER = 8
LONGEST_FIELD = 10_000
COLUMNS = {"outdoor": 6, "dew": 7, "sky": 12, "direct": 14, "diffuse": 15, "wind": 21}
RANGES = {
    "outdoor": (-60, 60),
    "dew": (-70, 45),
    "sky": (50, 700),
    "direct": (0, 1400),
    "diffuse": (0, 1000),
    "wind": (0, 60),
}
"""Missing values of the format (99.9, 9999, 999...) fall outside."""
PLACES = {6: (-90, 90), 7: (-180, 180), 8: (-14, 14), 9: (-500, 6000)}
"""Columns of the first line: latitude, longitude [°], hours east of UTC, altitude [m]."""
MEAN_AIR_C, YEARLY_SUN_KWH_M2 = (-25, 33), (400, 5000)
"""What a year on Earth may hold, direct and diffuse sun together: outside, the unit is another."""
NEEDED = ("outdoor", "direct", "diffuse")
MOST_MISSING = 0.1
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def read_epw(path: Path) -> Weather:
    """The year of weather of an EPW file.

    Hours may come in any order; 29 February is left out; of an hour written twice the first counts; missing hours and
    missing values are filled from the same hour of the days around where they last more than a few hours, else between
    their neighbours, and counted. Raises InputError where the file is not an EPW, lacks more than a tenth of its hours or
    speaks in other units.
    """
    rows = _rows(path)
    if len(rows) <= HEADER or not rows[0] or rows[0][0].strip().upper() != "LOCATION":
        raise InputError("meteo.pas_un_epw", file=path.name)
    latitude, longitude, east, altitude = (_place(rows[0], i, path) for i in (6, 7, 8, 9))
    found: dict[str, Floats] = {name: np.full(HOURS, np.nan) for name in COLUMNS}
    for number, row in enumerate(rows[HEADER:], HEADER + 1):
        if row:
            _keep(row, number, found, path)
    kind = rows[0][4].strip() if len(rows[0]) > 4 else ""
    values, missing = _filled(found, path)
    _plausible(values, path)
    return Weather(
        latitude=latitude,
        longitude=longitude,
        hours_east=east,
        altitude=altitude,
        source=t("meteo.source", place=rows[0][1].strip(), kind=kind, file=path.name),
        filled=missing,
        **values,
    )


def _rows(path: Path) -> list[list[str]]:
    """A field without end (a quote never closed) is refused here: the limit of `csv` is the process.s, others move it."""
    try:
        rows = list(csv.reader(io.StringIO(_text(path), newline="")))
    except csv.Error as error:
        raise InputError("meteo.pas_un_epw", file=path.name) from error
    if any(len(field) > LONGEST_FIELD for row in rows for field in row):
        raise InputError("meteo.pas_un_epw", file=path.name)
    return rows


def _text(path: Path) -> str:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise InputError("meteo.illisible", file=path.name) from error
    if len(data) > MOST_BYTES:
        raise InputError("meteo.trop_gros", file=path.name)
    return data.decode("utf-8-sig", errors="replace")


def _place(row: Sequence[str], column: int, path: Path) -> float:
    low, high = PLACES[column]
    try:
        value = float(row[column])
    except (IndexError, ValueError) as error:
        raise InputError("meteo.lieu_illisible", file=path.name) from error
    if not low <= value <= high:
        raise InputError("meteo.lieu_illisible", file=path.name)
    return value


def _keep(row: Sequence[str], number: int, found: dict[str, Floats], path: Path) -> None:
    if len(row) < LEAST_COLUMNS:
        raise InputError("meteo.trop_peu_de_colonnes", file=path.name, row=number, count=len(row), least=LEAST_COLUMNS)
    if len(row) > MOST_COLUMNS and any(row[MOST_COLUMNS:]):
        raise InputError("meteo.trop_de_colonnes", file=path.name, row=number, count=len(row), most=MOST_COLUMNS)
    try:
        month, day, hour = int(row[1]), int(row[2]), int(row[3])
    except ValueError as error:
        raise InputError("meteo.date_illisible", file=path.name, row=number) from error
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1 <= hour <= 24):
        raise InputError("meteo.date_illisible", file=path.name, row=number)
    if day > MONTH_DAYS[month - 1]:
        return
    at = int(MONTH_DAYS[: month - 1].sum() + day - 1) * 24 + hour - 1
    for name, column in COLUMNS.items():
        if np.isnan(found[name][at]):
            found[name][at] = _number(row[column], *RANGES[name])


def _number(text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return float("nan")
    return value if low <= value <= high else float("nan")


def _filled(found: dict[str, Floats], path: Path) -> tuple[dict[str, Floats], int]:
    missing = np.any([np.isnan(found[name]) for name in NEEDED], axis=0)
    if missing.mean() > MOST_MISSING:
        raise InputError("meteo.trop_de_trous", file=path.name, count=int(missing.sum()), most=int(MOST_MISSING * HOURS))
    values = {name: _fill(found[name]) for name in NEEDED}
    wind = _fill(found["wind"]) if np.isnan(found["wind"]).mean() <= MOST_MISSING else np.full(HOURS, 3.0)
    sky, guess = found["sky"], clear_sky(values["outdoor"], found["dew"])
    return values | {"wind": wind, "sky": np.where(np.isnan(sky), guess, sky)}, int(missing.sum())


def _plausible(values: dict[str, Floats], path: Path) -> None:
    air, sun = float(values["outdoor"].mean()), float(values["direct"].sum() + values["diffuse"].sum()) / 1000
    if not (MEAN_AIR_C[0] <= air <= MEAN_AIR_C[1] and YEARLY_SUN_KWH_M2[0] <= sun <= YEARLY_SUN_KWH_M2[1]):
        raise InputError("meteo.unites", file=path.name, air=f"{air:.0f}", sun=f"{sun:.0f}")


def clear_sky(outdoor: Floats, dew: Floats) -> Floats:
    """What a sky without measured radiation is taken to radiate [W/m²]: emissivity 0.787 + 0.764 ln(dew point / 273 K)
    (Clark and Allen 1978, as used by EnergyPlus), 0.85 where the dew point is unknown as well."""
    emissivity = np.where(np.isnan(dew), 0.85, 0.787 + 0.764 * np.log((np.nan_to_num(dew) + KELVIN) / KELVIN))
    return np.asarray(emissivity * STEFAN * (outdoor + KELVIN) ** 4)


def _fill(values: Floats) -> Floats:
    """Short gaps between their neighbours; in gaps of more than 3 hours, the mean of the same hour over the nearest days."""
    bad = np.isnan(values)
    if not bad.any():
        return values
    out, at = values.copy(), np.arange(HOURS)
    out[bad] = np.interp(at[bad], at[~bad], values[~bad], period=HOURS)
    edges = np.flatnonzero(np.diff(np.r_[False, bad, False].astype(np.int8)))
    for start, stop in edges.reshape(-1, 2):
        if stop - start > 3:
            hours = np.arange(start, stop)
            around = np.array([values[(hours + 24 * d) % HOURS] for d in range(-10, 11) if d])
            known = ~np.isnan(around)
            mean = np.where(known, around, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
            out[hours] = np.where(known.any(axis=0), mean, out[hours])
    return out
