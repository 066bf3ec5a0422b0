"""The weather file of a twin: kept once, used by the diagnosis of buildings in place of a typical year."""

import hashlib
from pathlib import Path

import pyarrow as pa

from jumeau.engines.buildings.hourly.outside import WEATHER, weather_of_table, weather_table
from jumeau.model.weather import Weather
from jumeau.sharing.view import View
from jumeau.texts import t

RUN, PART = "meteo", "fichier"


def keep_weather(view: View, path: Path) -> Weather:
    """Keep an EPW file as the weather of the twin. Raises InputError for a file that cannot be used."""
    from jumeau.sources.epw import read_epw

    found = read_epw(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    view.put_file(path, name=path.name)
    _write(view, weather_table(found, digest))
    return found


def forget_weather(view: View) -> None:
    """Go back to the typical year of each climate zone."""
    _write(view, pa.table({"outdoor": pa.array([], pa.float64())}))


def kept_weather(view: View) -> pa.Table | None:
    """The weather of the twin as a table of its bundles, None when there is none."""
    if PART not in view.results(RUN):
        return None
    table = pa.ipc.open_stream(view.get_result(RUN, PART)["data"][0].as_py()).read_all()
    return table if table.num_rows else None


def digest_of(view: View) -> str:
    """Digest of the weather file of the twin, empty without one."""
    table = kept_weather(view)
    return "" if table is None else str(table.schema.metadata[b"digest"].decode())


def said(view: View) -> str:
    """Which weather the diagnosis uses, in French."""
    table = kept_weather(view)
    return t("meteo.types") if table is None else weather_of_table(table).source


def with_weather(view: View, sources: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Source tables with the weather of the twin, where it has one."""
    table = kept_weather(view)
    return sources if table is None else sources | {WEATHER: table}


def _write(view: View, table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    view.put_result(RUN, PART, pa.table({"data": pa.array([bytes(sink.getvalue())], pa.large_binary())}))
