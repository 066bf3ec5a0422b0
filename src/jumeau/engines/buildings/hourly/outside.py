"""The weather that the diagnosis uses, with all that buildings under it share, made once."""

from collections import OrderedDict
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.engines.buildings.hourly.climate import warmed
from jumeau.engines.buildings.hourly.typical import typical_year
from jumeau.engines.buildings.hourly.year import Year, year_under
from jumeau.engines.protocol import Bundle
from jumeau.model.weather import Weather

WEATHER = "_weather"
"""Table of a bundle that holds the weather file of the twin, where it has one; its metadata holds the rest."""
KEPT = 12
_KNOWN: "OrderedDict[tuple[str, str], Year]" = OrderedDict()


def outside_of(inventory: Bundle, zone: str, climate: str) -> Year:
    """What is outside in a climate zone: under the weather of the twin, else under the typical year of the zone."""
    table = inventory.get(WEATHER)
    key = (zone if table is None else table.schema.metadata[b"digest"].decode(), climate)
    if key not in _KNOWN:
        weather = warmed(typical_year(zone) if table is None else weather_of_table(table), climate)
        _KNOWN[key] = year_under(weather, typical=table is None)
        while len(_KNOWN) > KEPT:
            _KNOWN.popitem(last=False)
    return _KNOWN[key]


HOURLY = ("outdoor", "direct", "diffuse", "sky", "wind")


def weather_table(weather: Weather, digest: str) -> pa.Table:
    """The weather of a twin as a table of its bundles. digest: of the file."""
    rest = {n: getattr(weather, n) for n in weather.__struct_fields__ if n not in HOURLY}
    columns = {n: pa.array(getattr(weather, n)) for n in HOURLY}
    return pa.table(columns).replace_schema_metadata({"digest": digest, "rest": msgspec.json.encode(rest)})


def weather_of_table(table: pa.Table) -> Weather:
    """The inverse of `weather_table`."""
    rest = msgspec.json.decode(table.schema.metadata[b"rest"])
    hours: dict[str, Any] = {n: np.asarray(table[n].combine_chunks()) for n in HOURLY}
    return Weather(**hours, **rest)
