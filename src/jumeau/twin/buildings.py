"""Verbs of the buildings field beyond the common ones: a stock hour by hour under a weather file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.engines.protocol import Bundle, Context
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Moment
from jumeau.twin import runs
from jumeau.twin.registry import engine

if TYPE_CHECKING:
    from jumeau.engines.buildings.hourly.curve import Curve
    from jumeau.engines.buildings.packages import Package
    from jumeau.model.weather import Weather

FIELD = "buildings"
HOURLY_DRAWS = 64


class Seen(Protocol):
    """What these verbs need of a twin."""

    @property
    def view(self) -> View:
        """What the actor may see."""

    def context(self, moment: Moment = NOW) -> Context:
        """The context of a computation."""


class Hourly(msgspec.Struct, frozen=True):
    """One row a building, and the words that say which weather it was computed for."""

    table: pa.Table
    weather: str
    filled_hours: int


def hourly(
    twin: Seen, weather: Path | None = None, climate: str = "actuel", *, commune: str | None = None, moment: Moment = NOW,
    method: str = "simple", progress: runs.Progress | None = None,
) -> Hourly:  # fmt: skip
    """Simulate the buildings that the twin holds, or those of one commune, hour by hour.

    weather: an EPW file; without one, the weather of the twin, else the typical year of each climate zone. climate: `actuel`
    or a level of the TRACC. method: `simple` (5R1C) or `parois` (wall by wall). Raises InputError for a weather that cannot
    be used, or an unknown method.
    """
    from jumeau.engines.buildings.hourly.stock import hourly_table, simulate_stock
    from jumeau.engines.buildings.hourly.year import Year, year_under

    _known(method)
    given = _given(twin, weather)
    ctx = msgspec.structs.replace(twin.context(moment), draws=HOURLY_DRAWS, climate=climate)
    parts = [commune] if commune else runs.partitions(twin.view, FIELD, moment)
    tables: list[pa.Table] = []
    years: dict[str, Year] = {}
    for done, (part, sources) in enumerate(runs.fed(twin.view, FIELD, parts, moment), 1):
        bundle = engine(FIELD).inventory(sources, part)
        for zone, some in _by_zone(bundle):
            if zone not in years:
                years[zone] = year_under(_year(given, zone, climate), typical=given is None)
            tables.append(hourly_table(some, simulate_stock(some, years[zone], ctx, method)))
        if progress:
            progress(done, len(parts))
    table = pa.concat_tables(tables) if tables else pa.table({"id": pa.array([], pa.string())})
    weathers = [y.weather for y in years.values()]
    said = dict.fromkeys(w.source for w in weathers)
    return Hourly(table, " ; ".join(said), max((w.filled for w in weathers), default=0))


def _known(method: str) -> None:
    from jumeau.engines.buildings.choices import METHODS
    from jumeau.errors import InputError

    if method not in METHODS:
        raise InputError("meteo.methode_inconnue", method=method, known=", ".join(METHODS))


def _given(twin: Seen, weather: Path | None) -> "Weather | None":
    """The weather of a file, else of the twin; None where neither is."""
    from jumeau.sources.epw import read_epw
    from jumeau.twin.weather import kept_weather

    return kept_weather(twin.view) if weather is None else read_epw(weather)


def _year(given: "Weather | None", zone: str, climate: str) -> "Weather":
    from jumeau.engines.buildings.hourly.climate import warmed
    from jumeau.engines.buildings.hourly.typical import typical_year

    return warmed(typical_year(zone) if given is None else given, climate)


def _by_zone(bundle: Bundle) -> list[tuple[str, Bundle]]:
    """The bundle cut by climate zone; buildings that have none come with the first."""
    from jumeau.engines.buildings.choices import ZONES
    from jumeau.engines.buildings.stock import stock

    zone = stock(bundle["batiment"]).zone
    known = sorted({int(z) for z in zone if z >= 0}) or [0]
    zone = np.where(zone < 0, known[0], zone)
    return [(ZONES[k], dict(bundle) | {"batiment": bundle["batiment"].filter(pa.array(zone == k))}) for k in known]


class MeterRow(msgspec.Struct, frozen=True, kw_only=True):
    """What bills say of one meter; None where they do not say."""

    meter: str
    periods: int
    base_kwh_day: float | None
    slope_kwh_day_k: float | None
    balance_c: float | None
    heating_share: float | None
    fit_error: float | None
    drift: float | None
    drift_low: float | None
    drift_high: float | None
    quick_actions: tuple[str, ...]


def meters(bills: Path, temperatures: Path) -> tuple[list[MeterRow], tuple[str, ...]]:
    """Energy signature of each meter of a file of bills, drift of its last year, quick actions; and remarks on the bills.

    temperatures: a CSV with a date and the mean outdoor temperature of each day. Nothing is written in the twin. Raises
    InputError for files that cannot be used.
    """
    from jumeau.engines.buildings.signatures import by_meter
    from jumeau.sources.bills import read_bills, read_days

    read, (first, days) = read_bills(bills), read_days(temperatures)
    rows = [(b.meter, (b.start - first).days, (b.end - b.start).days, b.energy) for b in read.bills]
    return [MeterRow(**row) for row in by_meter(rows, days)], read.remarks


def steps(twin: Seen, building: str, moment: Moment = NOW) -> "Package | None":
    """The steps of works of one building; None when its energy is unknown. Raises NotFoundError for an unknown building."""
    from jumeau.engines.buildings.doubles import counted_as
    from jumeau.engines.buildings.packages import packages
    from jumeau.errors import NotFoundError
    from jumeau.model.query import Compare

    found = twin.view.read("batiment", where=Compare("id", "=", building), provenance=True, moment=moment)
    if not found.num_rows:
        raise NotFoundError("batiments.introuvable", building=building)
    commune = found["commune"][0].as_py()
    bundle = engine(FIELD).inventory(runs.inputs_of(twin.view, FIELD, commune, moment), commune)
    made = packages(bundle, twin.context(moment), [counted_as(bundle, building)])
    return made[0] if made else None


def curve(
    twin: Seen,
    building: str,
    weather: Path | None = None,
    climate: str = "actuel",
    moment: Moment = NOW,
    read: Callable[[str], Bundle] | None = None,
    method: str = "simple",
) -> "Curve | None":
    """The 8760 hours of one building; None when it cannot be simulated. weather, method: see `hourly`; read: gives the
    inventory of a commune, where some are kept.

    Raises NotFoundError for an unknown building.
    """
    from jumeau.engines.buildings.doubles import counted_as
    from jumeau.engines.buildings.hourly.curve import curve as year_of
    from jumeau.engines.buildings.hourly.year import year_under
    from jumeau.errors import NotFoundError
    from jumeau.model.query import Compare

    _known(method)
    found = twin.view.read("batiment", where=Compare("id", "=", building), columns=["commune"], moment=moment)
    if not found.num_rows:
        raise NotFoundError("batiments.introuvable", building=building)
    commune = found["commune"][0].as_py()
    bundle = read(commune) if read else engine(FIELD).inventory(runs.inputs_of(twin.view, FIELD, commune, moment), commune)
    ctx = msgspec.structs.replace(twin.context(moment), draws=HOURLY_DRAWS, climate=climate)
    building = counted_as(bundle, building)
    zone = next(z for z, some in _by_zone(bundle) if building in some["batiment"]["id"].to_pylist())
    given = _given(twin, weather)
    return year_of(bundle, building, year_under(_year(given, zone, climate), typical=given is None), ctx, method)


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """One contradiction of one building: kind of `engines.buildings.doubts`, and the building without its address; counted:
    the building that counts in place of one drawn twice."""

    building: str
    label: str
    commune: str | None
    kind: str
    counted: str | None = None


def contradictions(twin: Seen, moment: Moment = NOW) -> list[Doubt]:
    """What contradicts itself in the buildings that the actor sees, by kind, in stored order."""
    import shapely

    from jumeau.engines.buildings.doubles import doubles
    from jumeau.engines.buildings.doubts import DOUBLE, DOUBTS, doubts
    from jumeau.engines.tables import conform

    out: dict[str, list[Doubt]] = {kind: [] for kind in DOUBTS}
    for _, sources in runs.fed(twin.view, FIELD, runs.partitions(twin.view, FIELD, moment), moment):
        table = conform(sources, "batiment")
        polygons = shapely.from_wkb(table["geometry"].to_numpy(), on_invalid="ignore")
        area = np.asarray(shapely.area(polygons), np.float64)
        columns = [table[n].to_pylist() for n in ("id", "nom", "code", "commune")]
        drawn = doubles(table)
        for kind, wrong in doubts(table, np.where(area > 0, area, np.nan), drawn.left_out).items():
            for i in np.flatnonzero(wrong):
                asset, name, code, commune = (c[i] for c in columns)
                kept = columns[0][drawn.kept[i]] if kind == DOUBLE else None
                label = name or code or asset
                out[kind].append(Doubt(building=asset, label=label, commune=commune, kind=kind, counted=kept))
    return [one for found in out.values() for one in found]
