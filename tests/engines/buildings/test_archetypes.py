"""What is inferred of a dwelling from its year, size and storeys, against the archetypes of TABULA-FR."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.choices import FIELD
from jumeau.engines.buildings.envelope import envelope, losses
from jumeau.engines.buildings.stock import stock
from jumeau.engines.protocol import Context
from jumeau.engines.tally import Draws

ORIGINAL, ADVANCED = ".001", ".003"
NEW = 2001
"""Year from which nothing is supposed insulated since."""


@pytest.mark.data
def test_inferred_losses_stand_between_archetypes_as_built_and_renovated(data_dir: Path) -> None:
    """TABULA/EPISCOPE (tabula-calculator.xlsx): 40 generic dwellings, 10 periods by 4 sizes. The engine speaks of
    today's stock, part of which was insulated since: its mean stands between both states of the archetype; recent
    ones are met directly."""
    with (data_dir / "validation" / "tabula" / "tabula_FR_variants.csv").open(encoding="utf-8") as file:
        known = {r["Code_BuildingVariant"]: r for r in csv.DictReader(file) if ".Gen." in r["Code_BuildingVariant"]}
    built = [r for name, r in known.items() if name.endswith(ORIGINAL)]
    done = [known[r["Code_BuildingVariant"].removesuffix(ORIGINAL) + ADVANCED] for r in built]
    year = np.array([int(min(float(r["Year2_Building"]), 2020)) for r in built])
    table = pa.table({
        "id": [r["Code_BuildingVariant"] for r in built], "commune": ["69123"] * len(built),
        "usage": ["residentiel"] * len(built), "floor_area_m2": [float(r["A_C_Ref"]) for r in built],
        "construction_year": pa.array(year, pa.int32()),
        "storeys": pa.array([max(round(float(r["n_Storey"])), 1) for r in built], pa.int32()),
    })  # fmt: skip
    part = stock(engine().inventory({"batiment": table}, "69123")["batiment"])
    draws = Draws(Context(date=date(2026, 1, 1), seed=3), FIELD)
    ours = losses(part, envelope(part, draws), part.current, draws)[0].mean(axis=1)
    high, low = (np.array([float(r["h_Transmission"]) for r in rows]) for rows in (built, done))
    assert len(built) == 40
    between = (ours >= 0.9 * low) & (ours <= 1.1 * high)
    old = year < NEW
    assert between[old].mean() >= 0.8
    assert (np.abs(np.log(ours / high))[~old] < np.log(1.5)).all()
