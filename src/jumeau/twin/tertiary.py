"""The tertiary decree over an export of OPERAT: targets, yearly distance, owners taken together."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.tertiary import STEPS, Pool, Targets, best_reference, distance, pool, straight_path, targets
from jumeau.sources.operat import by_entity, read_operat

F64 = NDArray[np.float64]


@dataclass(slots=True)
class Follow:
    """One row per entity. last_year, last_kwh: latest known; gap_kwh: to the next step; ahead_kwh: under (positive) or
    over the straight path of that year; pools: by owner; rejected: lines left out."""

    entity: list[str]
    owner: list[str]
    area_m2: F64
    targets: Targets
    last_year: F64
    last_kwh: F64
    step: int
    gap_kwh: F64
    ahead_kwh: F64
    pools: dict[str, Pool]
    rejected: list[tuple[int, str]]


def follow(path: Path, on_year: int) -> Follow:
    """Read an export and say where each entity stands on its way to the next step."""
    register = read_operat(path)
    names, owner, years, kwh, area, absolute = by_entity(register)
    known = ~np.isnan(kwh)
    last = np.where(known.any(axis=1), kwh.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1)
    rows = np.arange(len(names))
    last_kwh = np.where(last >= 0, kwh[rows, last], np.nan)
    last_year = np.where(last >= 0, years[last], np.nan).astype(np.float64)
    reference_year, reference = best_reference(years, kwh)
    step = next((year for year in STEPS if year >= on_year), max(STEPS))
    found = targets(reference_year, reference, {2030: absolute})
    gap = distance(last_kwh, found.allowed_kwh[step])
    path_kwh = np.full(len(names), np.nan)
    for year in np.unique(last_year[~np.isnan(last_year)]):
        mine = last_year == year
        path_kwh[mine] = straight_path(int(year), reference_year, reference, found.allowed_kwh)[mine]
    pools = pool(last_kwh, found.allowed_kwh[step], np.array(owner))
    return Follow(names, owner, area, found, last_year, last_kwh, step, gap, path_kwh - last_kwh, pools, register.rejected)
