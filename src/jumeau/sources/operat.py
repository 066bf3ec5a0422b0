"""Exports of the tertiary register OPERAT: one row per entity and year, columns named in many ways."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.sources.names import fold
from jumeau.sources.numbers import read_numbers
from jumeau.sources.raw import RawTable
from jumeau.sources.readers import read
from jumeau.sources.values import as_text

_NAMES = {
    "entity": (
        "identifiant efa",
        "reference efa",
        "id efa",
        "efa",
        "code efa",
        "numero efa",
        "entite fonctionnelle assujettie",
    ),
    "owner": ("siren", "siret", "declarant", "assujetti", "proprietaire", "nom assujetti", "denomination"),
    "year": ("annee", "annee de consommation", "annee de declaration", "exercice", "periode"),
    "kwh": (
        "consommation",
        "consommation totale",
        "consommation energie finale",
        "consommation d energie finale",
        "consommation kwh",
        "consommation totale kwh",
        "consommation annuelle kwh",
        "conso kwh",
        "energie finale kwh",
    ),
    "area": ("surface", "surface de plancher", "surface m2", "surface plancher m2", "surface assujettie", "surface efa"),
    "absolute": ("objectif valeur absolue", "cabs", "cabs 2030", "valeur absolue 2030", "objectif absolu 2030 kwh"),
}
_LOWEST_YEAR, _HIGHEST_YEAR = 2000, 2060


@dataclass(slots=True)
class Register:
    """One row per line of the export. kwh [kWh/yr], area_m2 [m2] and absolute_kwh [kWh/yr] are NaN where unknown; rejected:
    (line, reason) of the lines left out."""

    entity: list[str]
    owner: list[str]
    year: NDArray[np.int64]
    kwh: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    absolute_kwh: NDArray[np.float64]
    rejected: list[tuple[int, str]]


def read_operat(path: Path) -> Register:
    """Read an export of OPERAT (CSV, XLSX, ODS). Raises InputError naming the column that is missing."""
    raw = read(path)
    place = {name: _column(raw, words) for name, words in _NAMES.items()}
    for needed in ("entity", "year", "kwh"):
        if place[needed] is None:
            raise InputError(
                "dpe.operat_colonne", file=path.name, column=_NAMES[needed][0], seen=", ".join(raw.columns.column_names)
            )
    entity, owner = _words(raw, place["entity"]), _words(raw, place["owner"])
    year, kwh = _figures(raw, place["year"], ""), _figures(raw, place["kwh"], "kWh")
    area, absolute = _figures(raw, place["area"], "m²"), _figures(raw, place["absolute"], "kWh")
    good = np.array([bool(name) for name in entity]) & (year >= _LOWEST_YEAR) & (year <= _HIGHEST_YEAR) & ~(kwh < 0)
    rejected = [(raw.first_row + int(row), "dpe.operat_ligne") for row in np.flatnonzero(~good)]
    kept = np.flatnonzero(good)
    return Register(
        [entity[row] for row in kept],
        [owner[row] for row in kept],
        year[kept].astype(np.int64),
        kwh[kept],
        area[kept],
        absolute[kept],
        rejected,
    )


def _column(raw: RawTable, words: tuple[str, ...]) -> str | None:
    folded = {_bare(name): name for name in raw.columns.column_names}
    exact = next((folded[word] for word in words if word in folded), None)
    return exact or next((name for bare, name in folded.items() for word in words if bare.startswith(word + " ")), None)


def _bare(name: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in fold(name)).split())


def _words(raw: RawTable, name: str | None) -> list[str]:
    if name is None:
        return [""] * raw.columns.num_rows
    return [(text or "").strip() for text in as_text(raw.columns[name].combine_chunks()).to_pylist()]


def _figures(raw: RawTable, name: str | None, unit: str) -> NDArray[np.float64]:
    if name is None:
        return np.full(raw.columns.num_rows, np.nan)
    return read_numbers(raw.columns[name].combine_chunks(), "", unit).values


def by_entity(
    found: Register,
) -> tuple[list[str], list[str], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(entities, owner, years, kWh [entities, years], area, absolute target): lines of one entity and year add up."""
    names = list(dict.fromkeys(found.entity))
    index = {name: row for row, name in enumerate(names)}
    years = np.unique(found.year)
    row = np.array([index[name] for name in found.entity], dtype=np.int64)
    column = np.searchsorted(years, found.year)
    kwh = np.zeros((len(names), len(years)))
    count = np.zeros((len(names), len(years)))
    np.add.at(kwh, (row, column), np.nan_to_num(found.kwh))
    np.add.at(count, (row, column), ~np.isnan(found.kwh))
    area, absolute = np.full(len(names), np.nan), np.full(len(names), np.nan)
    owner = [""] * len(names)
    for line in np.argsort(found.year, kind="stable").tolist():
        at = row[line]
        owner[at] = found.owner[line] or owner[at]
        area[at] = found.area_m2[line] if found.area_m2[line] > 0 else area[at]
        absolute[at] = found.absolute_kwh[line] if found.absolute_kwh[line] > 0 else absolute[at]
    return names, owner, years, np.where(count > 0, kwh, np.nan), area, absolute
