"""Energy totals of communes as open data gives them: one row a commune and sector, energies added up."""

from pathlib import Path

import msgspec
import numpy as np

from jumeau.errors import InputError
from jumeau.sources.names import fold, is_unknown, slug
from jumeau.sources.numbers import read_numbers
from jumeau.sources.readers import read
from jumeau.sources.values import as_text

NAMES = {
    "commune": ("code_commune", "code_insee", "insee", "commune", "code_geo", "code_insee_commune"),
    "sector": ("secteur", "code_grand_secteur", "grand_secteur", "libelle_grand_secteur", "usage", "code_secteur"),
    "kwh": ("kwh", "consommation_kwh", "conso_kwh", "energie_kwh"),
    "mwh": ("mwh", "consommation_mwh", "conso_totale_mwh", "consototale", "consommation_annuelle_totale_de_l_adresse_mwh",
            "consommation_totale_mwh"),
    "error": ("erreur", "erreur_relative", "incertitude"),
}  # fmt: skip
HOME, OTHER = ("res", "r", "logement", "habitat"), ("tert", "t", "public")
DEFAULT_ERROR, MOST_ERROR = 0.1, 1.0


class Totals(msgspec.Struct, frozen=True):
    """Totals by `commune|sector` [kWh/year] with their relative error [-], and rows left out: (row, key of a text)."""

    kwh: dict[str, float]
    error: dict[str, float]
    rejected: tuple[tuple[int, str], ...]


def read_totals(path: Path) -> Totals:
    """Totals of a CSV, XLSX or ODS file; rows of one commune and sector (one an energy) add up. Raises InputError naming the
    column that is missing."""
    raw = read(path)
    known = {slug(n): n for n in raw.columns.column_names}
    columns = {key: next((known[n] for n in names if n in known), None) for key, names in NAMES.items()}
    energy = columns["kwh"] or columns["mwh"]
    if columns["commune"] is None or columns["sector"] is None or energy is None:
        raise InputError("batiments.totaux_sans_colonne", file=path.name, found=", ".join(raw.columns.column_names[:20]))
    codes, sectors = (as_text(raw.columns[str(columns[k])].combine_chunks()).to_pylist() for k in ("commune", "sector"))
    values = read_numbers(raw.columns[energy].combine_chunks(), "", "").values * (1.0 if columns["kwh"] else 1000.0)
    errors = np.full(len(values), DEFAULT_ERROR)
    if columns["error"]:
        said = read_numbers(raw.columns[columns["error"]].combine_chunks(), "", "").values
        errors = np.where((said > 0) & (said <= MOST_ERROR), said, errors)
    kwh: dict[str, float] = {}
    error: dict[str, float] = {}
    rejected: list[tuple[int, str]] = []
    for i, (code, sector, value) in enumerate(zip(codes, sectors, values, strict=True)):
        kind = _sector(sector or "")
        if not code or is_unknown(code) or not value >= 0:
            rejected.append((raw.first_row + i, "batiments.total_illisible"))
        elif kind is None:
            rejected.append((raw.first_row + i, "batiments.total_autre_secteur"))
        else:
            key = f"{code.strip().zfill(5)}|{kind}"
            kwh[key] = kwh.get(key, 0.0) + float(value)
            error[key] = max(error.get(key, 0.0), float(errors[i]))
    return Totals(kwh, error, tuple(rejected))


def _sector(text: str) -> str | None:
    word = fold(text)
    if word.startswith(HOME[:1]) or word in HOME:
        return "residentiel"
    return "tertiaire" if word.startswith(OTHER[:1]) or word in OTHER else None
