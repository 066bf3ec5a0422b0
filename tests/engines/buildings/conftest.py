"""A small commune: a school with a bill, a labelled town hall, a gym, a house, a church, a vague public building, a shed."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
import shapely

from jumeau.engines.buildings import engine
from jumeau.engines.protocol import Bundle, Context
from jumeau.model.ids import asset_id

ROWS: list[dict[str, Any]] = [
    {"nom": "école", "usage": "enseignement", "public_owner": True, "storeys": 2, "construction_year": 1968,
     "heating_energy": "gaz", "annual_energy_kwh": 120000.0, "annual_energy_kwh__origin": "measured", "side": (40, 15)},
    {"nom": "mairie", "usage": "bureau", "public_owner": True, "height_m": 7.0, "construction_year": 1900,
     "heating_energy": "fioul", "dpe_class": "F", "side": (20, 12)},
    {"nom": "gymnase", "usage": "sport", "owner": "commune:34999", "height_m": 8.0, "side": (44, 24)},
    {"nom": "maison", "usage": "residentiel", "height_m": 5.5, "dwellings": 1, "public_owner": True, "side": (11, 9)},
    {"nom": "église", "usage": "religieux", "height_m": 14.0, "public_owner": True, "side": (30, 12)},
    {"nom": "maison commune", "usage": "indifferencie", "public_owner": True, "height_m": 4.0, "side": (15, 10)},
    {"nom": "remise", "usage": "indifferencie", "height_m": 3.0, "side": (6, 5)},
]  # fmt: skip


def table(rows: list[dict[str, Any]], commune: str = "34999") -> pa.Table:
    """Rows as a source table; `side` is the footprint [m]."""
    names = {k for row in rows for k in row if k != "side"}
    columns: dict[str, Any] = {name: [row.get(name) for row in rows] for name in sorted(names)}
    columns["id"] = [asset_id("batiment", "test", row["nom"]) for row in rows]
    columns["commune"] = [commune] * len(rows)
    boxes = [shapely.box(100 * i, 0, 100 * i + row["side"][0], row["side"][1]) for i, row in enumerate(rows)]
    columns["geometry"] = pa.array(shapely.to_wkb(boxes), pa.binary())
    return pa.table(columns)


@pytest.fixture(scope="session")
def ctx() -> Context:
    return Context(date=date(2026, 11, 1), seed=3)


@pytest.fixture(scope="session")
def small() -> Bundle:
    return engine().inventory({"batiment": table(ROWS)}, "34999")
