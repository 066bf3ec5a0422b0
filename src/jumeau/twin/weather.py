"""The weather file of a twin: kept once, used by the diagnosis of buildings in place of a typical year."""

import hashlib
from pathlib import Path

import pyarrow as pa

from jumeau.engines.buildings.calibrate import CALIBRATION
from jumeau.engines.buildings.hourly.outside import WEATHER, weather_of_table, weather_table
from jumeau.model.weather import Weather
from jumeau.sharing.view import View
from jumeau.texts import t
from jumeau.twin.kept import digest, keep_table, kept_table

NAME = "meteo"
BESIDE = {WEATHER: NAME, CALIBRATION: "calage"}
"""Tables of the bundles of buildings and the names they are kept under."""


def keep_weather(view: View, path: Path) -> Weather:
    """Keep an EPW file as the weather of the twin. Raises InputError for a file that cannot be used."""
    from jumeau.sources.epw import read_epw

    found = read_epw(path)
    view.put_file(path, name=path.name)
    keep_table(view, NAME, weather_table(found, hashlib.sha256(path.read_bytes()).hexdigest()[:16]))
    return found


def forget_weather(view: View) -> None:
    """Go back to the typical year of each climate zone."""
    keep_table(view, NAME, None)


def kept_weather(view: View) -> Weather | None:
    """The weather of the twin, None when there is none."""
    table = kept_table(view, NAME)
    return None if table is None else weather_of_table(table)


def said(view: View) -> str:
    """Which weather the diagnosis uses, in French."""
    found = kept_weather(view)
    return t("meteo.types") if found is None else found.source


def beside(view: View, sources: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Source tables of buildings with the weather and the calibration of the twin, where it has them."""
    found = {name: kept_table(view, kept) for name, kept in BESIDE.items()}
    return sources | {name: table for name, table in found.items() if table is not None}


def beside_marks(view: View) -> tuple[str, ...]:
    """What tells the weather and the calibration kept from others: they change without a commit."""
    return tuple(digest(kept_table(view, kept)) for kept in BESIDE.values())
