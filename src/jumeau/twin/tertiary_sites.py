"""Declared consumptions as sites and years: lines that add up, targets in either unit, consumptions at a normal weather."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.buildings.tertiary import STEPS
from jumeau.engines.buildings.tertiary_climate import Part, adjusted
from jumeau.model.territory import referential
from jumeau.texts import t

F64 = NDArray[np.float64]
LEAST_ABSOLUTE_KWH_M2 = 10.0
"""An absolute target under it [kWh/m²] was given by m² in a column said to be of whole sites."""
PARTS = {use: (f"{use}_kwh", f"{use}_degree_days", f"normal_{use}_degree_days") for use in ("heating", "cooling")}
"""Columns of what follows the weather."""
DECLARED, BY_DEGREE_DAYS, BY_OPERAT = 0, 1, 2
"""How a consumption stands to the weather: as declared, brought to a normal year here, or adjusted by OPERAT itself."""
_WORDS = ("nom", "owner", "building", "category")


@dataclass(slots=True)
class Sites:
    """Entities (N) and years (Y). kwh [kWh/year], volume (intensity of use over that of the last year known [-]) (N, Y);
    absolute_kwh, modulation_kwh: by step, (N,); NaN where unknown. building: id of the building of each, or ''; kwh is at a
    normal weather where `weather` (N, Y) says so (BY_DEGREE_DAYS, BY_OPERAT), `declared_kwh` is what was declared; remarks:
    on that adjustment and on what was left out, in French; rejected: (line of the file, why)."""

    entity: list[str]
    name: list[str]
    owner: list[str]
    building: list[str]
    category: list[str]
    years: NDArray[np.int64]
    kwh: F64
    declared_kwh: F64
    weather: NDArray[np.int8]
    area_m2: F64
    absolute_kwh: dict[int, F64]
    modulation_kwh: F64
    volume: F64
    remarks: list[str] = field(default_factory=list)
    rejected: list[tuple[int, str]] = field(default_factory=list)


def sites_of(table: pa.Table) -> Sites:
    """Rows of the layer as entities and years; lines of one entity and year add up."""
    rows = sorted((r for r in table.to_pylist() if r.get("entity") and r.get("year")), key=lambda r: int(r["year"]))
    names, years = sorted({str(r["entity"]) for r in rows}), np.array(sorted({int(r["year"]) for r in rows}), np.int64)
    place = {name: i for i, name in enumerate(names)}
    at = [(place[str(r["entity"])], int(np.searchsorted(years, int(r["year"])))) for r in rows]
    shape = (len(names), len(years))
    kwh, said, volume = (_cells(rows, at, shape, c) for c in ("energy_kwh", "adjusted_energy_kwh", "volume"))
    kwh = np.where(np.isnan(kwh), said, kwh)
    normal = adjusted(kwh, *(Part(*(_cells(rows, at, shape, c) for c in columns)) for columns in PARTS.values()))
    weather = np.where(normal.done, BY_DEGREE_DAYS, DECLARED).astype(np.int8)
    weather[~np.isnan(said)] = BY_OPERAT
    words = {c: _last(rows, at, names, c) for c in _WORDS}
    words["owner"] = [_collectivite(owner) for owner in words["owner"]]
    area = _figures(rows, at, len(names), "area_m2")
    absolute, odd = _absolute(rows, at, names, area)
    return Sites(
        entity=names, name=[n or e for n, e in zip(words["nom"], names, strict=True)], owner=words["owner"],
        building=words["building"], category=words["category"], years=years, declared_kwh=kwh,
        kwh=np.where(weather == BY_OPERAT, said, normal.kwh), weather=weather, area_m2=area, absolute_kwh=absolute,
        modulation_kwh=_figures(rows, at, len(names), "modulation_kwh"), volume=_relative(volume, kwh),
        remarks=[*_said(kwh, weather), *_wrong(names, years, normal.wrong & (weather != BY_OPERAT)), *odd],
    )  # fmt: skip


Place = list[tuple[int, int]]
Rows = list[dict[str, Any]]


def _cells(rows: Rows, at: Place, shape: tuple[int, int], column: str) -> F64:
    """A column by entity and year: energies add up, the last of other figures holds."""
    out = np.full(shape, np.nan)
    adds = column.endswith("_kwh")
    for row, where in zip(rows, at, strict=True):
        value = row.get(column)
        if value is not None and (value or column != "volume"):
            out[where] = (np.nan_to_num(out[where]) if adds else 0.0) + float(value)
    return out


def _last(rows: Rows, at: Place, names: list[str], column: str) -> list[str]:
    """The word of the latest year that says one."""
    out = [""] * len(names)
    for row, (i, _) in zip(rows, at, strict=True):
        out[i] = row.get(column) or out[i]
    return out


def _collectivite(owner: str) -> str:
    """The owner code (`commune:34172`) of the SIREN or SIRET of a collectivité; other owners as they are written."""
    digits = "".join(owner.split())
    known = referential().owner_of_siren(digits[:9]) if digits.isdigit() and len(digits) in (9, 14) else None
    return known or owner


def _figures(rows: Rows, at: Place, count: int, column: str) -> F64:
    """The figure of the latest year that says one."""
    out = np.full(count, np.nan)
    for row, (i, _) in zip(rows, at, strict=True):
        if row.get(column) is not None:
            out[i] = float(row[column])
    return out


def _absolute(rows: Rows, at: Place, names: list[str], area: F64) -> tuple[dict[int, F64], list[str]]:
    """Absolute targets [kWh/year] by step, from those of the site, else from those by m²; and what was left out."""
    out, odd = {}, dict[str, str]()
    for step in STEPS:
        whole, by_m2 = (_figures(rows, at, len(names), f"cabs_{step}_{unit}") for unit in ("kwh", "kwh_m2"))
        with np.errstate(invalid="ignore"):
            small = whole < LEAST_ABSOLUTE_KWH_M2 * area
        for i in np.flatnonzero(small):
            said = {"entity": names[i], "kwh": f"{whole[i]:.0f}", "area": f"{area[i]:.0f}"}
            odd.setdefault(names[i], t("dpe.operat_absolu", **said))
        whole = np.where(small, np.nan, whole)
        out[step] = np.where(np.isnan(whole), by_m2 * area, whole)
    return out, list(odd.values())


def _said(kwh: F64, weather: NDArray[np.int8]) -> list[str]:
    """How many consumptions are at a normal weather, and by whom."""
    known = ~np.isnan(kwh)
    names = {"operat": BY_OPERAT, "here": BY_DEGREE_DAYS, "declared": DECLARED}
    counts = {name: int((known & (weather == code)).sum()) for name, code in names.items()}
    out = [t("dpe.climat_ajuste", known=int(known.sum()), **counts)] if known.any() else []
    return [*out, t("dpe.climat_formule")] if counts["here"] else out


def _wrong(names: list[str], years: NDArray[np.int64], wrong: NDArray[np.bool_]) -> list[str]:
    """What could not be adjusted, since its parts are larger than the whole."""
    return [t("dpe.climat_part", entity=names[i], year=int(years[y])) for i, y in zip(*np.nonzero(wrong), strict=True)]


def _relative(volume: F64, kwh: F64) -> F64:
    """Intensity of each year over that of the last year with a consumption; 1 where it is not known."""
    known = ~np.isnan(kwh)
    if not known.size:
        return np.ones_like(volume)
    last = kwh.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    out: F64 = np.nan_to_num(volume / volume[np.arange(len(volume)), last][:, None], nan=1.0)
    return out
