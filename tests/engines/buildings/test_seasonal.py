"""The seasonal method against the 340 French variants of TABULA/EPISCOPE (tabula-calculator.xlsx, www.episcope.eu)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from jumeau.engines.buildings.seasonal import heating_need, temperature_reduction


@pytest.fixture(scope="module")
def variants(data_dir: Path) -> dict[str, np.ndarray]:
    path = data_dir / "validation" / "tabula" / "tabula_FR_variants.csv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = ("h_Transmission", "h_Ventilation", "Sum_DeltaT_for_HeatingDays", "F_red_htr1", "F_red_htr4", "F_red_temp",
             "q_sol", "q_int", "c_m", "q_ht", "q_h_nd")  # fmt: skip
    return {name: np.array([float(row[name]) for row in rows]) for name in names}


@pytest.mark.data
def test_every_french_variant_within_its_rounding(variants: dict[str, np.ndarray]) -> None:
    v = variants
    assert len(v["q_h_nd"]) == 340
    need = heating_need(
        v["h_Transmission"],
        v["h_Ventilation"],
        v["Sum_DeltaT_for_HeatingDays"],
        v["F_red_temp"],
        v["q_sol"] + v["q_int"],
        v["c_m"],
    )
    tolerance = 1.0 + 0.012 * v["q_ht"]
    assert (np.abs(need - v["q_h_nd"]) <= tolerance).all()
    assert np.abs(need - v["q_h_nd"]).mean() < 0.6


@pytest.mark.data
def test_reduction_between_one_and_four(variants: dict[str, np.ndarray]) -> None:
    v = variants
    inside = (v["h_Transmission"] >= 1) & (v["h_Transmission"] <= 4)
    reduction = temperature_reduction(v["h_Transmission"], v["F_red_htr1"], v["F_red_htr4"])
    assert inside.sum() > 90
    assert np.abs(reduction - v["F_red_temp"])[inside].max() <= 0.0051


def test_gains_can_cancel_the_need_but_not_more() -> None:
    one = np.ones(1)
    need = heating_need(0.3 * one, 0.2 * one, 1500 * one, 0.95 * one, 400 * one, 45 * one)
    assert need[0] >= 0
    assert need[0] < 1
