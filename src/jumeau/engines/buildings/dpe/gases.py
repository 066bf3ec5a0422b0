"""Greenhouse gases of what a dwelling burns, electricity apart: contents by energy and by heat network (arrêté, annex 4)."""

import numpy as np

from jumeau.engines.buildings.dpe.segments import sums
from jumeau.engines.buildings.dpe.tables import networks
from jumeau.model.dpe import F64, Elements

GASES_OF_USE = {"heat": 0.079, "water": 0.065, "cold": 0.064, "light": 0.069, "fans": 0.064, "pumps": 0.064}
"""Content of electricity by use [kg CO2e/kWh]."""
ELECTRICITY, NETWORK = 1, 8
_GASES = {
    2: 0.227,
    3: 0.324,
    4: 0.030,
    5: 0.030,
    6: 0.024,
    7: 0.024,
    8: 0.385,
    9: 0.272,
    10: 0.272,
    11: 0.385,
    12: 0.0,
    13: 0.272,
    14: 0.324,
    15: 0.0,
}
_PUBLISHED = {"2020": "2021-07-01", "2021": "2022-01-01", "2022": "2023-03-16", "2023": "2024-07-05", "2024": "2025-04-11"}


def burnt_gases(part: Elements, kwh: F64, days: list[str]) -> F64:
    """Gases of everything but electricity [kg CO2e/yr]."""
    table = np.zeros(32)
    for code, value in _GASES.items():
        table[code] = value
    energy = part.code("enum_type_energie_id", ELECTRICITY)
    rate = table[np.clip(energy, 0, 31)]
    rate = np.where(energy == NETWORK, network_gases(part, days), rate)
    return sums(part.owner, kwh * rate, len(days))


def network_gases(part: Elements, days: list[str]) -> F64:
    """CO2 content of the heat network of each row [kg/kWh], whole life since 2022; 0.385 for an unknown network.

    days: day on which each DPE was made.
    """
    out = np.full(part.size, 0.385)
    names, dates = part.text("identifiant_reseau_chaleur"), part.text("date_arrete_reseau_chaleur")
    for row in np.flatnonzero(part.code("enum_type_energie_id") == NETWORK).tolist():
        name = names[row].strip()
        if not name:
            number = part.get("tv_reseau_chaleur_id")[row]
            name = f"tv{int(number)}" if number > 0 else ""
        years = networks().get(name)
        if years:
            out[row] = _content(years, dates[row] or days[part.owner[row]])
    return out


def _content(years: dict[str, list[float | None]], when: str) -> float:
    """Content of the last arrêté published on a day."""
    known = [year for year in sorted(years) if _PUBLISHED.get(year, year) <= when] or sorted(years)[:1]
    direct, whole = years[known[-1]]
    found = whole if whole is not None else direct
    return found if found is not None else 0.385
