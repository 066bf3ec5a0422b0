"""Verbs of the buildings field beyond the common ones: a stock hour by hour under a weather file."""

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from jumeau.store.port import NOW, Moment
from jumeau.twin import runs
from jumeau.twin.registry import engine

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

FIELD = "buildings"
HOURLY_DRAWS = 64


class Hourly(msgspec.Struct, frozen=True):
    """One row a building, and the words that say which weather it was computed for."""

    table: pa.Table
    weather: str
    filled_hours: int


def hourly(
    twin: "Twin", weather: Path, climate: str = "actuel", *, commune: str | None = None, moment: Moment = NOW,
    progress: runs.Progress | None = None,
) -> Hourly:  # fmt: skip
    """Simulate the buildings that the twin holds, or those of one commune, hour by hour.

    weather: an EPW file; climate: `actuel` or a level of the TRACC. Raises InputError for a weather that cannot be used.
    """
    from jumeau.engines.buildings.hourly.climate import warmed
    from jumeau.engines.buildings.hourly.stock import hourly_table, simulate_stock
    from jumeau.sources.epw import read_epw

    year = warmed(read_epw(weather), climate)
    ctx = msgspec.structs.replace(twin.context(moment), draws=HOURLY_DRAWS, climate=climate)
    parts = [commune] if commune else runs.partitions(twin.view, FIELD, moment)
    tables = []
    for done, (part, sources) in enumerate(runs.fed(twin.view, FIELD, parts, moment), 1):
        bundle = engine(FIELD).inventory(sources, part)
        tables.append(hourly_table(bundle, simulate_stock(bundle, year, ctx)))
        if progress:
            progress(done, len(parts))
    return Hourly(
        pa.concat_tables(tables) if tables else pa.table({"id": pa.array([], pa.string())}), year.source, year.filled
    )
