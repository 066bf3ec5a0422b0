"""The tertiary decree followed, over an export of OPERAT or what the twin holds: targets, yearly distance, sites together."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.buildings.tertiary import STEPS, Pool, Targets, best_reference, distance, pool, straight_path, targets
from jumeau.engines.buildings.tertiary_climate import Part, adjusted
from jumeau.model.query import Compare
from jumeau.sources.operat import by_entity, read_operat
from jumeau.store.port import NOW, Moment
from jumeau.texts import t
from jumeau.twin.buildings import Seen

F64 = NDArray[np.float64]
LAYER = "consommation_tertiaire"


@dataclass(slots=True)
class Sites:
    """Entities (N) and years (Y). kwh [kWh/year], volume (intensity of use over that of the last year known [-]) (N, Y);
    absolute_kwh, modulation_kwh: by step, (N,); NaN where unknown. building: id of the building of each, or ''; kwh is at a
    normal weather where `adjusted` (N, Y) says so, `declared_kwh` is what was declared; remarks: on that adjustment."""

    entity: list[str]
    name: list[str]
    owner: list[str]
    building: list[str]
    category: list[str]
    years: NDArray[np.int64]
    kwh: F64
    area_m2: F64
    absolute_kwh: dict[int, F64]
    modulation_kwh: F64
    volume: F64 | None = None
    rejected: list[tuple[int, str]] = field(default_factory=list)
    declared_kwh: F64 | None = None
    adjusted: NDArray[np.bool_] | None = None
    remarks: list[str] = field(default_factory=list)


PARTS = {use: (f"{use}_kwh", f"{use}_degree_days", f"normal_{use}_degree_days") for use in ("heating", "cooling")}
"""Columns of what follows the weather."""


@dataclass(slots=True)
class Follow:
    """One row per entity. last_year, last_kwh: latest known; gap_kwh: to the next step; ahead_kwh: under (positive) or
    over the straight path of that year; path_kwh (N, Y): what the straight path allows; pools: by owner; rejected: lines left
    out."""

    sites: Sites
    targets: Targets
    last_year: F64
    last_kwh: F64
    step: int
    gap_kwh: F64
    ahead_kwh: F64
    path_kwh: F64
    pools: dict[str, Pool]

    @property
    def entity(self) -> list[str]:
        """Names of the entities."""
        return self.sites.entity

    @property
    def owner(self) -> list[str]:
        """Owner of each."""
        return self.sites.owner

    @property
    def rejected(self) -> list[tuple[int, str]]:
        """Lines left out, and why."""
        return self.sites.rejected


def follow(path: Path, on_year: int) -> Follow:
    """Read an export and say where each entity stands on its way to the next step."""
    register = read_operat(path)
    names, owner, years, kwh, area, absolute = by_entity(register)
    none = [""] * len(names)
    unknown = np.full(len(names), np.nan)
    return stand(
        Sites(names, names, owner, none, none, years, kwh, area, {2030: absolute}, unknown, None, register.rejected), on_year
    )


def declared(twin: Seen, on_year: int, commune: str | None = None, moment: Moment = NOW) -> Follow:
    """The same of what the twin holds (layer `consommation_tertiaire`), over one commune or all."""
    if LAYER not in twin.view.layers():
        return stand(sites_of(pa.table({})), on_year)
    where = Compare("commune", "=", commune) if commune else None
    return stand(sites_of(twin.view.read(LAYER, where=where, moment=moment)), on_year)


def sites_of(table: pa.Table) -> Sites:
    """Rows of the layer as entities and years; lines of one entity and year add up."""
    rows = [r for r in table.to_pylist() if r.get("entity") and r.get("year")]
    rows.sort(key=lambda r: int(r["year"]))
    names = sorted({str(r["entity"]) for r in rows})
    place, years = {n: i for i, n in enumerate(names)}, np.array(sorted({int(r["year"]) for r in rows}), np.int64)
    shape = (len(names), len(years))
    kwh, volume = np.full(shape, np.nan), np.full(shape, np.nan)
    weather = {column: np.full(shape, np.nan) for columns in PARTS.values() for column in columns}
    words = {c: [""] * len(names) for c in ("nom", "owner", "building", "category")}
    figures = {c: np.full(len(names), np.nan) for c in ("area_m2", *(f"cabs_{s}_kwh" for s in STEPS), "modulation_kwh")}
    for row in rows:
        i, y = place[str(row["entity"])], int(np.searchsorted(years, int(row["year"])))
        if row.get("energy_kwh") is not None:
            kwh[i, y] = np.nan_to_num(kwh[i, y]) + float(row["energy_kwh"])
        for column, cells in weather.items():
            if row.get(column) is not None:
                adds = column.endswith("_kwh")
                cells[i, y] = (np.nan_to_num(cells[i, y]) if adds else 0.0) + float(row[column])
        if row.get("volume"):
            volume[i, y] = float(row["volume"])
        for column, texts in words.items():
            texts[i] = row.get(column) or texts[i]
        for column, values in figures.items():
            if row.get(column) is not None:
                values[i] = float(row[column])
    parts = [Part(*(weather[c] for c in columns)) for columns in PARTS.values()]
    normal = adjusted(kwh, *parts)
    return Sites(
        declared_kwh=kwh, adjusted=normal.done, remarks=_remarks(names, years, kwh, normal.done, normal.wrong),
        entity=names, name=[n or e for n, e in zip(words["nom"], names, strict=True)], owner=words["owner"],
        building=words["building"], category=words["category"], years=years, kwh=normal.kwh, area_m2=figures["area_m2"],
        absolute_kwh={s: figures[f"cabs_{s}_kwh"] for s in STEPS}, modulation_kwh=figures["modulation_kwh"],
        volume=_relative(volume, kwh),
    )  # fmt: skip


def _remarks(
    names: list[str], years: NDArray[np.int64], kwh: F64, done: NDArray[np.bool_], wrong: NDArray[np.bool_]
) -> list[str]:
    """What was adjusted to the weather, and what could not be, in French."""
    out = [t("dpe.climat_part", entity=names[i], year=int(years[y])) for i, y in zip(*np.nonzero(wrong), strict=True)]
    known = int((~np.isnan(kwh)).sum())
    if known:
        out.insert(0, t("dpe.climat_ajuste", count=int(done.sum()), known=known))
    return out


def _relative(volume: F64, kwh: F64) -> F64:
    """Intensity of each year over that of the last year with a consumption; 1 where it is not known."""
    known = ~np.isnan(kwh)
    if not known.size:
        return np.ones_like(volume)
    last = kwh.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    out: F64 = np.nan_to_num(volume / volume[np.arange(len(volume)), last][:, None], nan=1.0)
    return out


def stand(sites: Sites, on_year: int) -> Follow:
    """Where entities stand on their way to the next step."""
    kwh, years = sites.kwh, sites.years
    count = len(sites.entity)
    known = ~np.isnan(kwh)
    last = (
        np.where(known.any(axis=1), kwh.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1) if known.size else np.zeros(0, int)
    )
    rows = np.arange(count)
    last_kwh = np.where(last >= 0, kwh[rows, last], np.nan) if count else np.zeros(0)
    last_year = np.where(last >= 0, years[last], np.nan).astype(np.float64) if count else np.zeros(0)
    reference_year, reference = best_reference(years, kwh, sites.volume) if count else (np.zeros(0), np.zeros(0))
    step = next((year for year in STEPS if year >= on_year), max(STEPS))
    found = targets(reference_year, reference, sites.absolute_kwh, dict.fromkeys(STEPS, sites.modulation_kwh))
    paths = [straight_path(int(year), reference_year, reference, found.allowed_kwh) for year in years]
    path = np.stack(paths, axis=1) if paths else np.zeros((count, 0))
    ahead = np.where(last >= 0, path[rows, last], np.nan) - last_kwh if count else np.zeros(0)
    gap = distance(last_kwh, found.allowed_kwh[step])
    pools = pool(last_kwh, found.allowed_kwh[step], np.array(sites.owner, dtype=str))
    return Follow(sites, found, last_year, last_kwh, step, gap, ahead, path, pools)


def told(found: Follow) -> dict[str, Any]:
    """The whole as plain values, None where unknown: entities, owners' sites together, and both year by year."""
    years = found.sites.years.tolist()
    entities = [_entity(found, i, years) for i in range(len(found.entity))]
    pools = [_pool(found, name, one, years) for name, one in found.pools.items()]
    return {"step": found.step, "years": years, "entities": entities, "pools": pools, "remarks": found.sites.remarks}


def _entity(found: Follow, i: int, years: list[int]) -> dict[str, Any]:
    sites, goals = found.sites, found.targets
    steps = {str(s): {n: _kwh(getattr(goals, f"{n}_kwh")[s][i]) for n in ("relative", "absolute", "allowed")} for s in STEPS}
    return {
        "entity": sites.entity[i], "name": sites.name[i], "owner": sites.owner[i], "building": sites.building[i] or None,
        "category": sites.category[i] or None, "area_m2": _kwh(sites.area_m2[i]),
        "reference_year": _kwh(goals.reference_year[i]),
        "reference_kwh": _kwh(goals.reference_kwh[i]), "modulation_kwh": _kwh(sites.modulation_kwh[i]),
        "last_year": _kwh(found.last_year[i]), "last_kwh": _kwh(found.last_kwh[i]), "gap_kwh": _kwh(found.gap_kwh[i]),
        "ahead_kwh": _kwh(found.ahead_kwh[i]), "steps": steps,
        "years": [_year(y, sites.kwh[i, k], found.path_kwh[i, k]) | _weather(sites, i, k) for k, y in enumerate(years)],
    }  # fmt: skip


def _weather(sites: Sites, i: int, k: int) -> dict[str, Any]:
    """What was declared for a year, and whether its consumption is at a normal weather."""
    declared = sites.kwh if sites.declared_kwh is None else sites.declared_kwh
    return {"declared_kwh": _kwh(declared[i, k]), "adjusted": sites.adjusted is not None and bool(sites.adjusted[i, k])}


def _pool(found: Follow, owner: str, one: Pool, years: list[int]) -> dict[str, Any]:
    """Sites of an owner, each year over those whose consumption and path are known that year."""
    mine = np.array([o == owner for o in found.owner])
    rows = []
    for k, year in enumerate(years):
        kwh, path = found.sites.kwh[mine, k], found.path_kwh[mine, k]
        both = ~np.isnan(kwh) & ~np.isnan(path)
        total = (float(kwh[both].sum()), float(path[both].sum())) if both.any() else (np.nan, np.nan)
        rows.append(_year(year, *total) | {"sites": int(both.sum()), "unknown": int((~both).sum())})
    allowed = {str(s): _sum(found.targets.allowed_kwh[s][mine]) for s in STEPS}
    return {
        "owner": owner, "sites": int(mine.sum()), "unknown": one.unknown, "now_kwh": _kwh(one.now_kwh), "met": one.met,
        "allowed_kwh": _kwh(one.allowed_kwh), "gap_kwh": _kwh(one.gap_kwh), "lent_kwh": _kwh(one.lent_kwh), "steps": allowed,
        "reference_kwh": _sum(found.targets.reference_kwh[mine]), "years": rows,
    }  # fmt: skip


def _year(year: int, kwh: float, path: float) -> dict[str, Any]:
    return {"year": year, "kwh": _kwh(kwh), "path_kwh": _kwh(path), "gap_kwh": _kwh(kwh - path)}


def _sum(values: F64) -> int | None:
    known = values[~np.isnan(values)]
    return round(float(known.sum())) if known.size else None


def _kwh(value: float) -> int | None:
    return round(float(value)) if np.isfinite(value) else None
