"""Official DPE files read, checked, computed, and computed again after works."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.agreement import Agreement, agreement, factor_of
from jumeau.engines.buildings.dpe.check import Oddity, oddities
from jumeau.engines.buildings.dpe.compute import PRIMARY_2026, Outputs, compute
from jumeau.engines.buildings.dpe.costs import Costs, costs
from jumeau.engines.buildings.dpe.label import classes
from jumeau.engines.buildings.dpe.others import Compared, others
from jumeau.engines.buildings.dpe.quality import Quality, quality
from jumeau.engines.buildings.dpe.works import Works, after
from jumeau.model.dpe import F64, DpeBatch
from jumeau.sources.dpe_xml import read_dpe


def dpe_from_xml(paths: Iterable[Path], refused: Callable[[Path, Exception], None] | None = None) -> DpeBatch:
    """Columns of many DPE files; see `sources.dpe_xml.read_dpe`."""
    return read_dpe(paths, refused)


@dataclass(slots=True)
class After:
    """Primary energy [kWh/(m2.yr)], gases [kg CO2e/(m2.yr)] and label after works: usual, then the worst and best that
    such works reach."""

    primary_m2: F64
    primary_low: F64
    primary_high: F64
    gases_m2: F64
    label: NDArray[np.str_]
    label_best: NDArray[np.str_]
    label_worst: NDArray[np.str_]


@dataclass(slots=True)
class Study:
    """What is known of a set of DPE: results with the factor of their day and with that of 2026, agreement with the
    recorded results, contradictions, and the label after works."""

    batch: DpeBatch
    outputs: Outputs
    today: Outputs
    agreement: Agreement
    oddities: list[Oddity]
    after: After | None


def study(batch: DpeBatch, works: Works | None = None, trust: bool = True) -> Study:
    """Compute DPE, compare them with what they record, and try works on them.

    trust: take what the files record of the tables; without it everything is looked up again from the description.
    """
    outputs = compute(batch, trust, factor_of(batch))
    today = compute(batch, trust, PRIMARY_2026)
    return Study(
        batch,
        outputs,
        today,
        agreement(batch, outputs),
        oddities(batch),
        _after(batch, today, works, trust) if works else None,
    )


@dataclass(slots=True)
class Details:
    """The other outputs of a DPE: results of the spendthrift, costs of both occupants [EUR/yr], quality of the envelope, and
    how each agrees with what the files record."""

    lavish: Outputs
    costs: Costs
    lavish_costs: Costs
    quality: Quality
    agreement: Compared


def details(batch: DpeBatch, usual: Outputs, trust: bool = True) -> Details:
    """The other outputs of DPE that were computed. usual: their results, with the same trust."""
    lavish = compute(batch, trust, factor_of(batch), spendthrift=True)
    paid, lavishly, grades = costs(batch, usual), costs(batch, lavish), quality(batch, usual, trust)
    return Details(lavish, paid, lavishly, grades, others(batch, usual, lavish, paid, lavishly, grades))


def _after(batch: DpeBatch, today: Outputs, works: Works, trust: bool) -> After:
    found = [compute(after(batch, works, shift, trust), trust, PRIMARY_2026) for shift in (0.0, -1.0, 1.0)]
    primary = [out.primary_m2 for out in found]
    gases = [out.gases_m2 for out in found]
    home = today.home
    labels = [classes(ep, ges, today.area_m2, home.altitude, home.zone)[0] for ep, ges in zip(primary, gases, strict=True)]
    return After(
        primary_m2=primary[0],
        primary_low=np.minimum.reduce(primary),
        primary_high=np.maximum.reduce(primary),
        gases_m2=gases[0],
        label=labels[0],
        label_best=np.where(labels[1] < labels[2], labels[1], labels[2]),
        label_worst=np.where(labels[1] > labels[2], labels[1], labels[2]),
    )
