"""The tertiary decree followed, over an export of OPERAT or what the twin holds: targets, yearly distance, sites together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.buildings.tertiary import STEPS, Pool, Targets, best_reference, distance, pool, straight_path, targets
from jumeau.model.query import Compare
from jumeau.sources.operat import LAYER, read_operat
from jumeau.store.port import NOW, Moment
from jumeau.twin.building_pick import owner_name
from jumeau.twin.building_places import communes_of
from jumeau.twin.buildings import Seen
from jumeau.twin.tertiary_sites import BY_DEGREE_DAYS, BY_OPERAT, Sites, sites_of

F64 = NDArray[np.float64]


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
    sites = sites_of(register.table)
    sites.rejected = register.rejected
    sites.remarks += register.notes
    return stand(sites, on_year)


def declared(twin: Seen, on_year: int, place: str | None = None, moment: Moment = NOW) -> Follow:
    """The same of what the twin holds (layer `consommation_tertiaire`), over a commune, an EPCI, a département, or all."""
    if LAYER not in twin.view.layers():
        return stand(sites_of(pa.table({})), on_year)
    where = Compare("commune", "in", communes_of(place)) if place else None
    return stand(sites_of(twin.view.read(LAYER, where=where, moment=moment)), on_year)


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
        "entity": sites.entity[i], "name": sites.name[i], "owner": sites.owner[i],
        "owner_name": owner_name(sites.owner[i] or None), "building": sites.building[i] or None,
        "category": sites.category[i] or None, "area_m2": _kwh(sites.area_m2[i]),
        "reference_year": _kwh(goals.reference_year[i]),
        "reference_kwh": _kwh(goals.reference_kwh[i]), "modulation_kwh": _kwh(sites.modulation_kwh[i]),
        "last_year": _kwh(found.last_year[i]), "last_kwh": _kwh(found.last_kwh[i]), "gap_kwh": _kwh(found.gap_kwh[i]),
        "ahead_kwh": _kwh(found.ahead_kwh[i]), "steps": steps,
        "years": [_year(y, sites.kwh[i, k], found.path_kwh[i, k]) | _weather(sites, i, k) for k, y in enumerate(years)],
    }  # fmt: skip


def _weather(sites: Sites, i: int, k: int) -> dict[str, Any]:
    """What was declared for a year, and who brought its consumption to a normal weather."""
    by = {BY_OPERAT: "operat", BY_DEGREE_DAYS: "degree_days"}.get(int(sites.weather[i, k]))
    return {"declared_kwh": _kwh(sites.declared_kwh[i, k]), "adjusted": by is not None, "adjusted_by": by}


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
        "owner": owner, "owner_name": owner_name(owner or None), "sites": int(mine.sum()), "unknown": one.unknown,
        "now_kwh": _kwh(one.now_kwh), "met": one.met,
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
