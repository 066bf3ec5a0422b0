"""Stocks that contradict themselves: named, and nothing invented."""

from datetime import date

import numpy as np
import pyarrow as pa
from tests.engines.buildings.conftest import table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.doubts import DOUBTS, doubts
from jumeau.engines.protocol import Context
from jumeau.engines.tables import conform

ROWS = [
    {"nom": "Église Saint-Roch", "usage": "bureau", "height_m": 14.0, "side": (30, 12)},
    {"nom": "Salle de l'église", "usage": "equipement", "height_m": 5.0, "side": (15, 10)},
    {"nom": "bureaux", "usage": "bureau", "height_m": 6.0, "floor_area_m2": 24_000.0, "side": (20, 10)},
    {"nom": "gymnase", "usage": "sport", "height_m": 9.0, "floor_area_m2": 11.0, "side": (40, 25)},
    {"nom": "tour", "usage": "bureau", "height_m": 30.0, "storeys": 2, "side": (20, 10)},
    {"nom": "école", "usage": "enseignement", "floor_area_m2": 300.0, "annual_energy_kwh": 60.0, "side": (20, 10)},
    {"nom": "mairie", "usage": "bureau", "floor_area_m2": 300.0, "annual_energy_kwh": 150_000.0, "dpe_class": "A",
     "side": (20, 10)},
]  # fmt: skip


def test_each_contradiction_is_named_and_a_sound_building_is_not() -> None:
    layer = conform({"batiment": table(ROWS)}, "batiment")
    area = np.array([a * b for a, b in (row["side"] for row in ROWS)], float)
    twice = np.arange(layer.num_rows) == 1
    found = {kind: np.flatnonzero(rows).tolist() for kind, rows in doubts(layer, area, twice).items()}
    assert found == {
        "culte": [0], "surface_trop_grande": [2], "surface_trop_petite": [3], "hauteur_etages": [4], "facture_surface": [5],
        "etiquette_facture": [6], "doublon": [1],
    }  # fmt: skip
    assert tuple(found) == DOUBTS


def test_a_church_called_an_office_has_no_energy() -> None:
    bundle = engine().inventory({"batiment": table(ROWS)}, "34999")
    rows = bundle["batiment"].to_pylist()
    assert (rows[0]["usage"], rows[0]["usage__origin"]) == ("religieux", "inferred")
    assert rows[1]["usage"] == "equipement"
    assert rows[2]["floor_area_m2"] is None
    energy = engine().diagnose(bundle, Context(date=date(2026, 11, 1), draws=16)).assets["buildings_annual_energy_kwh"]
    assert pa.compute.is_null(energy).to_pylist()[0]
    assert energy[2].as_py() < 200_000
