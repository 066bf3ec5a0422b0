"""Hours a year of burning, by place and threshold: places share cells of a tenth of a degree, kept once computed."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.lighting.calendars import Calendar, Nights, nightly, usual_nights, window
from jumeau.engines.tables import flat
from jumeau.model.territory import lon_lat
from jumeau.model.territory.referential import departement_of

Floats = NDArray[np.float64]

GRID_DEG = (-7.0, -3.5, 0.0)
"""Heights of the sun at which the hours are computed; between them they are a straight line within an hour a year."""
MIDDLE = (46.6, 2.5)


class Cell(msgspec.Struct, frozen=True):
    """Latitude and longitude rounded to a tenth [degree], and the département whose legal time runs there."""

    lat: float
    lon: float
    departement: str


def cells_of(names: Sequence[str] | NDArray[Any], table: pa.Table, commune: NDArray[np.int64]) -> list[Cell]:
    """The cell of each commune: its embedded centre, else the middle of its luminaires, else the middle of mainland France.

    commune: (N,) position in `names` of each row of `table`, whose `geometry` is in EPSG:2154.
    """
    out = []
    for rank, name in enumerate(names):
        known = lon_lat(str(name)) or _middle(table, commune == rank)
        lat, lon = (known[1], known[0]) if known else MIDDLE
        out.append(Cell(round(lat, 1), round(lon, 1), departement_of(str(name)) if name else ""))
    return out


def _middle(table: pa.Table, rows: NDArray[np.bool_]) -> tuple[float, float] | None:
    if "geometry" not in table.column_names:
        return None
    import shapely
    from pyproj import Transformer

    shapes = flat(table["geometry"]).filter(pa.array(rows)).drop_null()
    if not len(shapes):
        return None
    shapes = shapes.take(pc.sort_indices(shapes))[:: max(len(shapes) // 64, 1)]
    xy = shapely.get_coordinates(shapely.from_wkb(shapes.to_numpy(zero_copy_only=False)))
    if not len(xy):
        return None
    lon, lat = Transformer.from_crs("EPSG:2154", "OGC:CRS84", always_xy=True).transform(*np.median(xy, axis=0))
    return (float(lon), float(lat)) if np.isfinite([lon, lat]).all() else None


def nights_of(cell: Cell) -> Nights:
    """Nights of a cell, one row for each height of GRID_DEG."""
    return usual_nights(cell.lat, cell.lon, cell.departement, GRID_DEG)


@lru_cache(maxsize=4096)
def lit_hours(cell: Cell) -> tuple[float, ...]:
    """Hours from dusk to dawn of a year [h] (E,)."""
    return tuple(nights_of(cell).lengths.sum(axis=1))


@lru_cache(maxsize=65536)
def window_hours(cell: Cell, off_from_h: float, off_to_h: float) -> tuple[float, ...]:
    """Hours of night of a year inside a window of the clock [h] (E,); NaN where one end is unknown."""
    if np.isnan(off_from_h) or np.isnan(off_to_h):
        return (np.nan,) * len(GRID_DEG)
    at = nights_of(cell)
    return tuple(at.lengths.sum(axis=1) - nightly(window(off_from_h, off_to_h), at).sum(axis=1))


def calendar_hours(cell: Cell, calendar: Calendar | None) -> tuple[float, ...]:
    """Hours at full power of a year of a calendar [h] (E,); NaN without one."""
    if calendar is None:
        return (np.nan,) * len(GRID_DEG)
    return tuple(nightly(calendar, nights_of(cell)).sum(axis=1))


def stacked(rows: Iterable[tuple[float, ...]]) -> Floats:
    """Rows (K, E), even when there is none."""
    return np.array(list(rows), np.float64).reshape(-1, len(GRID_DEG))


def weights(below_deg: Floats) -> Floats:
    """Share of each height of GRID_DEG in thresholds (D,) [degree]: (E, D), so that hours are `hours @ weights`."""
    return np.stack([np.interp(below_deg, GRID_DEG, unit) for unit in np.eye(len(GRID_DEG))])
