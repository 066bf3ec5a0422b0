"""Lists that speak of buildings without being their layer: OPERAT exports, school rolls, lists of public buildings.

Rows become records (who, where, what) that are met with the buildings of a twin; an address serves to find the building and
is not kept. Columns: OPERAT as in the layer of declared consumptions; school rolls of the Éducation nationale (`numero_uai`,
`nombre_total_d_eleves`, `coordx_origine`) and of Montpellier (`RNE`, `NBENFMAX`).
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.sources.crs import lambert
from jumeau.sources.names import fold, is_unknown, slug
from jumeau.sources.numbers import read_numbers
from jumeau.sources.operat import read_operat
from jumeau.sources.raw import RawTable
from jumeau.sources.readers import read
from jumeau.sources.values import as_text

OPERAT, SCHOOL, LISTED = "operat", "ecoles", "liste"
NAMES = {
    "number": ("identifiant_efa", "reference_efa", "id_efa", "efa", "code_efa", "numero_efa", "rne", "numero_uai", "uai",
               "numero_ecole", "identifiant_de_l_etablissement", "identifiant", "code", "id", "reference", "ref"),
    "rnb": ("id_rnb", "rnb_id", "rnb"),
    "ban": ("identifiant_ban", "id_ban", "ban_id", "cle_interop", "cle_interop_adr"),
    "name": ("denomination_principale", "nom_etablissement", "nom_de_l_efa", "nom_du_batiment", "libelle", "libel", "nom",
             "designation", "denomination"),
    "number_in_street": ("numero_voie", "norue", "numero_rue", "numero"),
    "street": ("adresse_1", "adresse_uai", "adresse", "adresse_postale", "libelle_voie", "librue", "voie", "nom_voie"),
    "postal": ("code_postal_uai", "code_postal", "cdpost", "cp"),
    "town": ("nom_commune", "nom_de_la_commune", "libelle_commune", "ville"),
    "commune": ("code_commune", "code_insee", "code_insee_commune", "insee", "commune_insee"),
    "x": ("coordonnee_x", "coordx_origine", "x_l93", "x_lambert93", "x"),
    "y": ("coordonnee_y", "coordy_origine", "y_l93", "y_lambert93", "y"),
    "longitude": ("longitude", "lon", "lng"),
    "latitude": ("latitude", "lat"),
    "pupils": ("nombre_total_d_eleves", "nombre_total_eleves", "nombre_d_eleves", "nb_eleves", "effectif_total", "effectif",
               "effectifs", "nbenfmax"),
    "floor": ("surface_de_plancher", "surface_plancher", "surface_m2", "surface_utile", "surface"),
    "year": ("annee_construction", "annee_de_construction"),
}  # fmt: skip
FIGURES = ("x", "y", "longitude", "latitude", "pupils", "floor", "year")
MOST_DEGREES = 360.0
LEAST_FLOOR_M2, MOST_FLOOR_M2, MOST_PUPILS = 10.0, 500_000.0, 10_000.0


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One row. number: its own name; address: as typed, with its postal code; x, y: EPSG:2154; values: fields of `batiment`
    that it gives; measured: those of them that were metered."""

    number: str
    rnb: str | None
    ban: str | None
    name: str | None
    address: str | None
    commune: str | None
    x: float | None
    y: float | None
    floor: float | None
    values: dict[str, Any]
    measured: tuple[str, ...] = ()


class Records(msgspec.Struct, frozen=True):
    """Rows kept, what kind of list they come from, and what was said of those left out: (row of the file, key of a text)."""

    kind: str
    rows: tuple[Record, ...]
    rejected: tuple[tuple[int, str], ...]


def read_records(path: Path) -> Records:
    """The rows of a list. Raises InputError for a file that says neither who nor where."""
    raw = read(path)
    known = {slug(name): name for name in raw.columns.column_names}
    found = {key: known[n] for key, names in NAMES.items() for n in reversed(names) if n in known}
    found |= {key: known[n] for key, names in NAMES.items() for n in names[:1] if n in known}
    if not {"rnb", "ban", "street", "x", "longitude", "name"} & found.keys() and raw.geometry is None:
        raise InputError("batiments.liste_sans_lieu", file=path.name, found=", ".join(raw.columns.column_names[:20]))
    entity = any(slug(n).startswith(("identifiant_efa", "reference_efa", "efa", "id_efa", "code_efa")) for n in known)
    kind = OPERAT if entity else SCHOOL if "pupils" in found else LISTED
    metered = _metered(path) if kind == OPERAT else {}
    words = {k: _words(raw, c) for k, c in found.items() if k not in FIGURES}
    figures = {k: _figures(raw, c) for k, c in found.items() if k in FIGURES}
    figures |= _drawn(raw) if raw.geometry is not None and not {"x", "longitude"} & figures.keys() else {}
    x, y = _metres(figures, raw.columns.num_rows)
    rows: dict[str, Record] = {}
    rejected: list[tuple[int, str]] = []
    for i in range(raw.columns.num_rows):
        said = {k: v[i] for k, v in words.items() if v[i] and not is_unknown(v[i])}
        number = said.get("number") or said.get("rnb") or f"{i + raw.first_row}"
        values, measured, wrong = _values(kind, number, figures, metered, i)
        rejected += [(raw.first_row + i, key) for key in wrong]
        rows[number] = Record(
            number=number, rnb=said.get("rnb"), ban=said.get("ban"), name=said.get("name"), address=_address(said),
            commune=said.get("commune"), x=x[i], y=y[i], floor=values.get("floor_area_m2"), values=values, measured=measured,
        )  # fmt: skip
    return Records(kind, tuple(rows.values()), tuple(rejected))


def _values(
    kind: str, number: str, figures: dict[str, NDArray[np.float64]], metered: dict[str, tuple[float, float]], i: int
) -> tuple[dict[str, Any], tuple[str, ...], list[str]]:
    """Fields that a row gives, those of them that were metered, and what is wrong in it."""
    out: dict[str, Any] = {}
    wrong: list[str] = []
    floor, pupils, year = (float(figures[k][i]) if k in figures else np.nan for k in ("floor", "pupils", "year"))
    if LEAST_FLOOR_M2 <= floor <= MOST_FLOOR_M2:
        out["floor_area_m2"] = floor
    elif np.isfinite(floor) and floor != 0:
        wrong.append("batiments.liste_surface")
    if 800 <= year <= 2100:
        out["construction_year"] = int(year)
    if kind == SCHOOL:
        if 0 < pupils <= MOST_PUPILS:
            out["occupants"] = int(pupils)
        elif np.isfinite(pupils) and pupils != 0:
            wrong.append("batiments.liste_effectif")
        out["usage"] = "enseignement"
    energy, area = metered.get(number, (np.nan, np.nan))
    if np.isfinite(energy):
        out["annual_energy_kwh"] = energy
    if LEAST_FLOOR_M2 <= area <= MOST_FLOOR_M2:
        out["floor_area_m2"] = area
    return out, ("annual_energy_kwh",) if np.isfinite(energy) else (), wrong


def _metered(path: Path) -> dict[str, tuple[float, float]]:
    """Energy of the latest year known [kWh] and area [m²] of each entity; lines of one year add up."""
    known = [r for r in read_operat(path).table.to_pylist() if r["energy_kwh"] is not None]
    energy: dict[tuple[str, int], float] = {}
    area: dict[str, float] = {}
    for row in known:
        at = (row["entity"], row["year"])
        energy[at] = energy.get(at, 0.0) + row["energy_kwh"]
        if row.get("area_m2"):
            area[row["entity"]] = row["area_m2"]
    latest: dict[str, int] = {}
    for name, year in energy:
        latest[name] = max(latest.get(name, 0), year)
    return {name: (energy[name, year], area.get(name, np.nan)) for name, year in latest.items()}


def _address(said: dict[str, str]) -> str | None:
    street = said.get("street")
    if not street:
        return None
    ahead = said.get("number_in_street", "")
    parts = [ahead if ahead.isdigit() and not fold(street).startswith(ahead) else "", street, said.get("postal", "")]
    return " ".join(p for p in (*parts, said.get("town", "")) if p)


def _drawn(raw: RawTable) -> dict[str, NDArray[np.float64]]:
    """Middle of the geometry of each row, in degrees or in EPSG:2154 as its size tells."""
    import shapely

    assert raw.geometry is not None
    shapes = shapely.centroid(shapely.from_wkb(raw.geometry.to_numpy(), on_invalid="ignore"))
    east, north = shapely.get_x(shapes), shapely.get_y(shapes)
    names = ("longitude", "latitude") if np.nanmax(np.abs(east), initial=0.0) <= MOST_DEGREES else ("x", "y")
    return dict(zip(names, (east, north), strict=True))


def _metres(figures: dict[str, NDArray[np.float64]], count: int) -> tuple[list[float | None], list[float | None]]:
    """Places in EPSG:2154; None where there are none or they are not in metropolitan France."""
    x, y = (figures.get(k, np.full(count, np.nan)) for k in ("x", "y"))
    if "longitude" in figures and "latitude" in figures:
        east, north = lambert(figures["longitude"], figures["latitude"])
        x, y = np.where(np.isfinite(x), x, east), np.where(np.isfinite(y), y, north)
    good = (x > 0) & (x < 1_300_000) & (y > 6_000_000) & (y < 7_200_000)
    first, second = ([float(a) if ok else None for a, ok in zip(v, good, strict=True)] for v in (x, y))
    return first, second


def _words(raw: RawTable, name: str) -> list[str]:
    return [(text or "").strip() for text in as_text(raw.columns[name].combine_chunks()).to_pylist()]


def _figures(raw: RawTable, name: str) -> NDArray[np.float64]:
    return read_numbers(raw.columns[name].combine_chunks(), "", "").values
