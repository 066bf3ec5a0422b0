"""Intervals that hold what they promise: on a stock whose truth is known, and on the metered dwellings at hand."""

from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.calibrate import coverage, fit_prebound, to_totals
from jumeau.engines.buildings.choices import FIELD
from jumeau.engines.buildings.energy import by_use
from jumeau.engines.buildings.stock import stock
from jumeau.engines.protocol import Context
from jumeau.engines.tally import Draws
from jumeau.kernels.draws import key_of

CTX = Context(date=date(2026, 11, 1), seed=3, draws=128)
N, GROUPS = 240, 12


def energy(seed: int, draws: int = 128) -> np.ndarray:
    """Draws of the yearly energy of a stock with unknown year and energy (N, D), through the ordinary diagnosis."""
    rng = np.random.default_rng(5)
    table = pa.table(
        {
            "id": [f"b{i}" for i in range(N)],
            "commune": ["69123"] * N,
            "usage": rng.choice(["residentiel", "bureau", "enseignement"], N),
            "floor_area_m2": rng.uniform(60, 2000, N),
            "construction_year": pa.array([None if i % 3 else 1900 + i % 120 for i in range(N)], pa.int32()),
        }
    )
    bundle = engine().inventory({"batiment": table}, "69123")
    alone = {"batiment": bundle["batiment"].append_column("_own", bundle["batiment"]["id"])}
    ctx = msgspec.structs.replace(CTX, seed=seed, draws=draws, group="_own", detail=False)
    found = engine().diagnose(alone, ctx).groups
    order = np.argsort([int(k[1:]) for k in found.keys])
    return found.draws[order, 0]


@pytest.fixture(scope="module")
def prior() -> np.ndarray:
    return energy(seed=3)


@pytest.fixture(scope="module")
def truths() -> np.ndarray:
    """Twenty whole stocks, drawn apart from the prior: column k is one possible truth."""
    return energy(seed=99, draws=20)


def test_ninety_percent_of_true_buildings_are_inside(prior: np.ndarray, truths: np.ndarray) -> None:
    low, high = np.quantile(prior, [0.05, 0.95], axis=1)
    found = [coverage(truths[:, k], low, high) for k in range(truths.shape[1])]
    assert np.mean(found) == pytest.approx(0.90, abs=0.03)


def test_known_totals_narrow_the_intervals_and_keep_their_promise(prior: np.ndarray, truths: np.ndarray) -> None:
    """Group totals metered to 3 %: calibrated sums cover the truth, and are far narrower than before."""
    group, rng, error = np.arange(N) % GROUPS, np.random.default_rng(1), np.full(GROUPS, 0.03)
    inside, width = [], []
    before = np.array([np.subtract(*np.quantile(prior[group == g].sum(axis=0), [0.95, 0.05])) for g in range(GROUPS)])
    for k in range(truths.shape[1]):
        true = np.bincount(group, truths[:, k])
        after = to_totals(prior, group, true * np.exp(error * rng.normal(size=GROUPS)), error, seed=k)
        sums = np.array([after[group == g].sum(axis=0) for g in range(GROUPS)])
        low, high = np.quantile(sums, [0.05, 0.95], axis=1)
        inside.append(coverage(true, low, high))
        width.append((high - low) / before)
    assert np.mean(inside) == pytest.approx(0.90, abs=0.06)
    assert np.mean(width) < 0.7


def test_single_buildings_stay_covered_after_calibration(prior: np.ndarray, truths: np.ndarray) -> None:
    group = np.arange(N) % GROUPS
    found = []
    for k in range(truths.shape[1]):
        true = np.bincount(group, truths[:, k])
        after = to_totals(prior, group, true, np.full(GROUPS, 0.03), seed=k)
        low, high = np.quantile(after, [0.05, 0.95], axis=1)
        found.append(coverage(truths[:, k], low, high))
    assert 0.85 < np.mean(found) < 0.97


def test_no_total_changes_nothing(prior: np.ndarray) -> None:
    group = np.zeros(N, np.int64)
    assert np.array_equal(to_totals(prior, group, np.array([np.nan]), np.array([0.05])), prior)
    assert key_of(0, "a") != key_of(1, "a")


def test_prebound_is_found_again() -> None:
    """People in poor dwellings use less than the convention: a slope put in simulated meters comes out with its error."""
    rng = np.random.default_rng(2)
    conventional = rng.uniform(60, 500, 400)
    metered = conventional * 0.8 * (conventional / 200) ** -0.4 * np.exp(0.25 * rng.normal(size=400))
    found = fit_prebound(conventional, metered)
    assert found is not None
    assert abs(found.slope - 0.4) < 3 * found.slope_error
    assert found.spread == pytest.approx(0.25, abs=0.04)
    assert found.ratio(np.array([450.0]))[0] < found.ratio(np.array([100.0]))[0]
    assert fit_prebound(conventional[:5], metered[:5]) is None
    assert fit_prebound(np.full(20, 100.0), np.full(20, 90.0)) is None


@pytest.mark.data
def test_metered_electricity_of_two_buildings_is_inside(data_dir: Path) -> None:
    """Vénissieux, 24 DPE rows met by address with Enedis 2023: two buildings in fact, both on a heat network, so the meters
    see lighting, auxiliaries and appliances. Mean per site: 1.6 and 2.0 MWh. Two buildings prove little: said as such."""
    table = pq.read_table(data_dir / "batiments" / "dpe-69-rhone" / "enedis_ban_ademe_venissieux.parquet")
    rows = {r["adresse_enedis"]: r for r in table.to_pylist()}
    assert len(rows) == 2
    metered = [r["consommation_annuelle_moyenne_par_site_de_l_adresse_mwh_enedis"] * 1000 for r in rows.values()]
    area = [
        np.mean([r["surface_habitable_logement_ademe"] for r in table.to_pylist() if r["adresse_enedis"] == a]) for a in rows
    ]
    sources = pa.table({"id": ["a", "b"], "commune": ["69259"] * 2, "usage": ["residentiel"] * 2, "floor_area_m2": area})
    part, draws = stock(engine().inventory({"batiment": sources}, "")["batiment"]), Draws(CTX, FIELD)
    ours = (by_use("lighting", part, draws) + by_use("specific", part, draws)) * np.array(area)[:, None]
    low, high = np.quantile(ours, [0.05, 0.95], axis=1)
    assert coverage(np.array(metered), low, high) == 1.0
