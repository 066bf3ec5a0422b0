"""Official values of the socio-economic evaluation: discount rate, value of carbon, carbon content; dated and sourced."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

CARBON_UNIT = "kgCO2e"


@cache
def official_values() -> dict[str, Any]:
    """The file of official values, as written."""
    values: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "official_values.yaml").read_text(encoding="utf-8"))
    return values


def discount_rate() -> float:
    """Social discount rate of public investment [1/year]."""
    return float(official_values()["discount_rate"]["value"])


def carbon_value(years: NDArray[np.int64]) -> NDArray[np.float64]:
    """Value of a kilogram of CO2e in each of `years` (N,) [€ of the file's price year/kgCO2e], constant past its points."""
    points = official_values()["carbon_value"]["points"]
    known = sorted(points)
    return np.interp(years, known, [float(points[y]) for y in known]) / 1000


def carbon_content(indicator: str, unit: str) -> float:
    """Kilograms of CO2e that one unit of an indicator stands for [kgCO2e/unit]; 0 where none is counted."""
    if unit.startswith(CARBON_UNIT):
        return 1.0
    known = official_values()["carbon_content"].get(indicator)
    return float(known["value"]) if known else 0.0
