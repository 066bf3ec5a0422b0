"""The engine against what others publish: thresholds of the law, averages of official DPE, real footprints of BD TOPO."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.choices import ENERGIES, FIELD, LABELS
from jumeau.engines.buildings.energy import Use
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.stock import stock
from jumeau.engines.protocol import Context
from jumeau.engines.tally import Draws
from jumeau.model.dictionary import builtin_layers
from jumeau.sources.importer import prepare

CTX = Context(date=date(2026, 11, 1), seed=1)


@pytest.mark.parametrize(
    ("primary", "gas", "label"),
    [
        (69.9, 5.9, "A"), (70, 5, "B"), (109, 10.9, "B"), (110, 0, "C"), (179, 11, "C"), (180, 0, "D"), (249, 49, "D"),
        (250, 0, "E"), (329, 69, "E"), (330, 0, "F"), (419, 99, "F"), (420, 0, "G"), (100, 100, "G"), (100, 70, "F"),
        (100, 50, "E"), (50, 30, "D"),
    ],
)  # fmt: skip
def test_thresholds_of_the_law(primary: float, gas: float, label: str) -> None:
    """Arrêté du 31 mars 2021: bounds excluded, the worse of the two classes."""
    draws = Draws(CTX, FIELD)
    factor = draws.law("ghg_autre").mode

    class Fixed(Use, frozen=True):
        def gas(self, draws: Draws) -> Any:
            return np.full_like(self.main, gas)

    none = np.zeros((1, 1))
    energy = np.full((1, 1), ENERGIES.index("autre"), np.int8)
    use = Fixed(main=np.full((1, 1), primary), water=none, light=none, specific=none, energy=energy)
    assert factor > 0
    assert LABELS[int(use.label(draws)[0, 0])] == label


def bd_topo(path: Path, commune: str) -> pa.Table:
    """BD TOPO buildings as the importer reads them, in one commune."""
    table = prepare(path, builtin_layers()["batiment"]).table
    columns = {name: table[name] for name in table.column_names} | {"commune": pa.array([commune] * table.num_rows)}
    return pa.table(columns)


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "commune", "count"),
    [
        ("montpellier-34-iris-bdtopo/batiments.geojson", "34172", 766),
        ("aveyron-12174-bdtopo/v3/sample_12174/BATIMENT.shp", "12174", 2273),
    ],
)
def test_real_buildings_have_sane_totals(data_dir: Path, file: str, commune: str, count: int) -> None:
    bundle = engine().inventory({"batiment": bd_topo(data_dir / "batiments" / file, commune)}, commune)
    found = engine().diagnose(bundle, CTX)
    assert found.assets.num_rows == count
    whole = stock(bundle["batiment"])
    rows = np.flatnonzero(whole.modelled)
    floor = envelope(whole.take(rows), Draws(CTX, FIELD)).floor.mean(axis=1)
    energy = found.assets["buildings_annual_energy_kwh"].to_numpy()
    per_m2 = energy[rows] / floor
    assert len(rows) > count / 3
    assert np.isnan(np.delete(energy, rows)).all()
    assert ((per_m2 > 20) & (per_m2 < 500)).mean() > 0.995
    assert 90 < energy[rows].sum() / floor.sum() < 220
    dwellings = bundle["batiment"]["dwellings"].to_numpy(zero_copy_only=False)[rows]
    lived = (whole.use[rows] == 0) & (dwellings > 0)
    assert 50 < floor[lived].sum() / dwellings[lived].sum() < 180
    area = np.nanmean(found.groups.draws[0, 1]) / floor.sum()
    assert 0.01 < area < 0.35
