"""Writes without end in a twin, telling each acknowledged write. Killed by the test."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from jumeau.model.claim import Claim, Observation
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.port import ClaimTable

SOURCE = Source(id="flux", title="Flux")


def table(number: int) -> ClaimTable:
    points = shapely.to_wkb(shapely.points([[700_000 + number, 6_600_000 + i] for i in range(50)]), byte_order=1)
    columns = {"id": [f"w{i}" for i in range(50)], "lamp_power_w": [float(number)] * 50}
    rows = pa.table(columns | {"geometry": pa.array(points, pa.binary())})
    origins = {"lamp_power_w": Origin.DECLARED, "geometry": Origin.DECLARED}
    return ClaimTable(layer="luminaire", table=rows, source=SOURCE, origins=origins)


def edit(number: int, attribute: str) -> Claim:
    value = float(number) if attribute == "lamp_power_w" else f"v{number}"
    return Claim(
        layer="luminaire", asset=f"e{number}", attribute=attribute, value=value, source="saisie:w", origin=Origin.DECLARED
    )


def seen(number: int, second: int) -> Observation:
    """One of two values written together: both are there or none."""
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number, seconds=second)
    return Observation(series="flux", instant=instant, value=float(number), unit="kWh")


def open_place(place: str) -> Any:
    """The store of a folder or of a server."""
    if place.startswith("postgresql://"):
        from jumeau.store.postgis import PostgisStore

        return PostgisStore(place, create=True)
    return EmbeddedStore(Path(place), create=True)


def write_without_end(place: str, start: int, say: Callable[[str], None]) -> None:
    importlib.import_module("pandas")  # pyarrow loads it at the first conversion: the kills are for the work that follows
    store = open_place(place)
    say("ready")
    for number in range(start, start + 10_000):
        kind = number % 8
        if kind == 3:
            done = store.commit([table(number)], author="w", message=f"import {number}")
        elif kind == 5:
            store.create_branch(f"b{number}", author="w")
            store.commit([edit(number, "code")], author="w", message=f"branche {number}", branch=f"b{number}")
            done = store.merge(f"b{number}", author="w", message=f"fusion {number}")
        elif kind == 6:
            store.compact()
            sha256 = store.put_file(b"x" * number)
            say(f"file {sha256}")
            continue
        elif kind == 2:
            store.observe([seen(number, 0), seen(number, 1)])
            say(f"observed {number}")
            continue
        elif kind == 7:
            store.put_result("run", str(number), pa.table({"n": [number]}))
            say(f"result {number}")
            continue
        else:
            done = store.commit([edit(number, "code"), edit(number, "lamp_power_w")], author="w", message=f"edit {number}")
        say(f"commit {done.id} {number}")
