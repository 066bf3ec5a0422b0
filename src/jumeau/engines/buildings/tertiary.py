"""The tertiary decree on columns: best reference year, relative and absolute targets, modulation, pooling, distance.

Code de la construction et de l'habitation, art. L174-1 and R174-22 to R174-32: final energy of a site of 1 000 m2 or
more falls by 40 % in 2030, 50 % in 2040 and 60 % in 2050 from a year of 2010 to 2022 chosen by its owner, or comes under
an absolute value set by activity. Targets may be met together by several sites of one owner.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
STEPS: dict[int, float] = {2030: 0.40, 2040: 0.50, 2050: 0.60}
"""Cut from the reference year, by year of the step [-]."""
FIRST_REFERENCE, LAST_REFERENCE = 2010, 2022
AREA_M2 = 1000.0


@dataclass(slots=True)
class Targets:
    """One row per site. reference_year, reference_kwh: year kept; relative_kwh, absolute_kwh, allowed_kwh: by step, the
    last being the higher of the two; NaN where what it needs is unknown."""

    reference_year: F64
    reference_kwh: F64
    relative_kwh: dict[int, F64]
    absolute_kwh: dict[int, F64]
    allowed_kwh: dict[int, F64]


def best_reference(years: NDArray[np.int64], kwh: F64, volume: F64 | None = None) -> tuple[F64, F64]:
    """(year, kWh) that leaves each site the most: its highest year of 2010 to 2022, at its activity of today.

    years [years]; kwh [sites, years], NaN where unknown; volume [sites, years]: intensity of use of each year over that of
    the last one [-], by which a reference of another activity is brought to the present one.
    """
    usable = (years >= FIRST_REFERENCE) & (years <= LAST_REFERENCE)
    values = kwh if volume is None else kwh / volume
    values = np.where(usable[None, :] & (values > 0), values, -np.inf)
    place = values.argmax(axis=1)
    best = values[np.arange(len(values)), place]
    found = np.isfinite(best)
    return np.where(found, years[place], np.nan), np.where(found, best, np.nan)


def targets(
    reference_year: F64,
    reference_kwh: F64,
    absolute_kwh: dict[int, F64] | None = None,
    modulation: dict[int, F64] | None = None,
) -> Targets:
    """Targets of each site at each step.

    absolute_kwh: absolute values of each site by step, when they are known; modulation: final energy added to the target
    of each site by step, for technical, heritage or disproportionate-cost reasons that its file justifies.
    """
    size = len(reference_kwh)
    unknown = np.full(size, np.nan)
    relative = {year: reference_kwh * (1 - cut) for year, cut in STEPS.items()}
    fixed = {year: (absolute_kwh or {}).get(year, unknown) for year in STEPS}
    added = {year: np.nan_to_num((modulation or {}).get(year, np.zeros(size))) for year in STEPS}
    allowed = {year: np.fmax(relative[year], fixed[year]) + added[year] for year in STEPS}
    return Targets(reference_year, reference_kwh, relative, fixed, allowed)


def distance(now_kwh: F64, allowed_kwh: F64) -> F64:
    """What each site still has to save [kWh/yr]; negative where it is ahead."""
    return now_kwh - allowed_kwh


def straight_path(year: int, reference_year: F64, reference_kwh: F64, allowed: dict[int, F64]) -> F64:
    """Consumption that a straight line from the reference to the next step would have in a year [kWh]."""
    step = next((step for step in sorted(allowed) if step >= year), max(allowed))
    before = [s for s in sorted(allowed) if s < step]
    start_year = np.full(len(reference_kwh), float(before[-1])) if before else reference_year
    start = allowed[before[-1]] if before else reference_kwh
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip((year - start_year) / (step - start_year), 0.0, 1.0)
    return start + part * (allowed[step] - start)


@dataclass(slots=True)
class Pool:
    """One owner's sites together. allowed_kwh, now_kwh, gap_kwh: sums; lent_kwh: what the sites that are ahead give to the
    others; met: the sum is under the target; unknown: sites left out for want of a value."""

    allowed_kwh: float
    now_kwh: float
    gap_kwh: float
    lent_kwh: float
    met: bool
    unknown: int


def pool(now_kwh: F64, allowed_kwh: F64, owner: NDArray[np.str_]) -> dict[str, Pool]:
    """Sites of each owner taken together: targets add up, and so do consumptions. Sites with an unknown are left out and
    counted, so that the sum never hides one."""
    out = {}
    for name in sorted(set(owner.tolist())):
        mine = owner == name
        known = mine & ~np.isnan(now_kwh) & ~np.isnan(allowed_kwh)
        gap = distance(now_kwh[known], allowed_kwh[known])
        total = float(gap.sum()) if known.any() else float("nan")
        out[name] = Pool(
            allowed_kwh=float(allowed_kwh[known].sum()),
            now_kwh=float(now_kwh[known].sum()),
            gap_kwh=total,
            lent_kwh=float(-gap[gap < 0].sum()),
            met=bool(known.any()) and total <= 0,
            unknown=int((mine & ~known).sum()),
        )
    return out


def modulation_holds(part: str, payback_y: float) -> bool:
    """Whether a cost is disproportionate enough to ask for a lower target: payback over 30 years for the envelope, 15 for
    the replacement of equipment, 6 for its tuning (arrêté of 10 April 2020, recalled)."""
    return payback_y > {"envelope": 30.0, "equipment": 15.0, "tuning": 6.0}[part]
