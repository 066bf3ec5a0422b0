"""Synthetic public buildings: seeded, inside their commune, near the published national figures, and fit for the engine."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import shapely

from jumeau.engines.buildings import engine
from jumeau.engines.protocol import Context
from jumeau.model.draws import parameters
from jumeau.model.territory import referential, schematic_cells
from jumeau.sources import synthetique


@pytest.fixture(scope="module")
def stock() -> pa.Table:
    return synthetique.generate(layers=["batiment"])["batiment"]


@pytest.fixture(scope="module")
def people() -> int:
    return sum(c.population or 0 for c in referential().communes("34"))


def test_same_seed_same_rows_and_one_town_hall_each(stock: pa.Table) -> None:
    assert stock.equals(synthetique.generate()["batiment"])
    assert not stock["code"].equals(synthetique.generate(seed=8)["batiment"]["code"])
    assert pc.count_distinct(stock["code"]).as_py() == stock.num_rows
    halls = stock.filter(pc.equal(stock["usage"], "bureau"))
    assert sorted(halls["commune"].to_pylist()) == sorted(c.code for c in referential().communes("34"))


def test_centres_lie_in_their_commune_and_outlines_carry_the_floor(stock: pa.Table) -> None:
    codes, cells = schematic_cells("34")
    row = {code: i for i, code in enumerate(codes)}
    where = np.array([row[c] for c in stock["commune"].to_pylist()])
    shapes = shapely.from_wkb(stock["geometry"].to_numpy())
    assert shapely.covers(cells[where], shapely.centroid(shapes)).mean() > 0.99
    floor, storeys = stock["floor_area_m2"].to_numpy(), stock["storeys"].to_numpy()
    ratio = floor / (shapely.area(shapes) * storeys)
    assert ratio[np.isfinite(ratio)] == pytest.approx(0.8, abs=0.01)


def test_published_national_figures_come_back(stock: pa.Table, people: int) -> None:
    """DEPP: about 44 000 public schools, 890 m² each; libraries 15 500; 68 M inhabitants."""
    for usage, national in (("enseignement", 44_000), ("culture", 15_500)):
        count = pc.sum(pc.equal(stock["usage"], usage)).as_py()
        assert count / people * 68e6 == pytest.approx(national, rel=0.05)
    schools = stock.filter(pc.equal(stock["usage"], "enseignement"))
    assert pc.mean(schools["floor_area_m2"]).as_py() == pytest.approx(890, rel=0.2)


def test_unknown_values_are_left_unknown(stock: pa.Table) -> None:
    for column in ("construction_year", "heating_energy", "annual_energy_kwh", "floor_area_m2"):
        share = 1 - stock[column].null_count / stock.num_rows
        assert share == pytest.approx(parameters("synthetique")[f"known_{column}"].mode, abs=0.12)
    assert stock["dpe_class"].null_count == stock["rnb_id"].null_count == stock.num_rows


def test_the_model_agrees_with_the_published_energy_of_public_buildings(stock: pa.Table) -> None:
    """ADEME, Énergie et patrimoine communal: 125 to 150 kWh/m² by use, brought to the south (0.85). Buildings without a
    bill are modelled from their shape alone: within 50 % by use, 25 % on the whole."""
    ctx = Context(date=date(2026, 11, 1))
    bundle = engine().inventory({"batiment": stock}, "34")
    stock, found = bundle["batiment"], engine().diagnose(bundle, ctx)
    energy = found.assets["buildings_annual_energy_kwh"].to_numpy()
    floor, bill = stock["floor_area_m2"].to_numpy(), stock["annual_energy_kwh"].to_numpy()
    sized, use = np.isfinite(floor), stock["usage"].to_numpy()
    assert np.isfinite(energy).all()
    billed, modelled = sized & np.isfinite(bill), sized & ~np.isfinite(bill)

    def per_m2(rows: np.ndarray) -> float:
        return float(energy[rows].sum() / floor[rows].sum())

    assert per_m2(modelled) == pytest.approx(per_m2(billed), rel=0.25)
    for name in set(use):
        assert per_m2(modelled & (use == name)) == pytest.approx(per_m2(billed & (use == name)), rel=0.5)
    assert found.groups.keys == tuple(sorted(set(stock["commune"].to_pylist())))
