"""How near the other outputs of a DPE come to what its certified software recorded: costs, the occupant who spends more,
auxiliaries, lighting, cooling, quality of the envelope."""

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.agreement import TOLERANCE
from jumeau.engines.buildings.dpe.compute import Outputs
from jumeau.engines.buildings.dpe.costs import Costs
from jumeau.engines.buildings.dpe.habits import swaps_energy_and_cost, total_without_fans
from jumeau.engines.buildings.dpe.quality import Quality
from jumeau.model.dpe import F64, DpeBatch

_UNIT, _UBAT_UNIT = 1.0, 0.005
"""What rounding hides: recorded costs and energies are often whole numbers."""
_FIELDS = {
    "heat_burners": "auxiliaire_generation_ch",
    "heat_pumps": "auxiliaire_distribution_ch",
    "water_burners": "auxiliaire_generation_ecs",
    "water_pumps": "auxiliaire_distribution_ecs",
    "fans": "auxiliaire_ventilation",
}

Compared = dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]
"""By field of the schema: whether each DPE agrees, and whether its file records it."""


def others(batch: DpeBatch, out: Outputs, lavish: Outputs, paid: Costs, lavishly: Costs, grades: Quality) -> Compared:
    """Agreement on each other output. lavish: results of the spendthrift; paid, lavishly: costs of both."""
    ours: dict[str, F64] = {
        "cout_ch": paid.by_use["heat"],
        "cout_ecs": paid.by_use["water"],
        "cout_fr": paid.by_use["cold"],
        "cout_eclairage": paid.by_use["light"],
        "cout_total_auxiliaire": paid.auxiliary - total_without_fans(batch) * paid.by_use["fans"],
        "cout_5_usages": paid.total,
        "cout_ch_depensier": lavishly.by_use["heat"],
        "cout_ecs_depensier": lavishly.by_use["water"],
        "besoin_ch_depensier": lavish.need_heat,
        "besoin_ecs_depensier": lavish.need_water,
        "conso_ch_depensier": lavish.heat,
        "conso_ecs_depensier": lavish.water,
        "conso_fr_depensier": lavish.cold,
        "conso_fr": out.cold,
        "conso_eclairage": out.light,
        **{f"conso_{field}": out.uses.auxiliary_kwh[name] for name, field in _FIELDS.items()},
    }
    swapped = swaps_energy_and_cost(batch, out.home.from_building)
    pumps = sum((out.uses.auxiliary_kwh[name] for name in _FIELDS if name != "fans"), np.zeros(batch.size))
    for name, other in (
        ("cout_eclairage", out.light),
        ("conso_eclairage", paid.by_use["light"]),
        ("conso_auxiliaire_ventilation", paid.by_use["fans"]),
        ("cout_total_auxiliaire", pumps),
    ):
        ours[name] = np.where(swapped, other, ours[name])
    found = {name: _close(value, _recorded(batch, name, value), _UNIT) for name, value in ours.items()}
    for name in ("cout_ch", "cout_ecs"):
        # some software copies the cost of the usual occupant there
        near, known = found[f"{name}_depensier"]
        copied = batch.facts.get(f"sortie.{name}_depensier") == batch.facts.get(f"sortie.{name}")
        found[f"{name}_depensier"] = (near, known & ~copied)
    found["ubat"] = _close(grades.ubat, batch.facts.get("sortie.ubat"), _UBAT_UNIT)
    for name, grade in grades.grade.items():
        seen = batch.facts.get(f"sortie.qualite_isol_{name}")
        found[f"qualite_isol_{name}"] = (grade == seen, ~np.isnan(seen))
    return found


def _recorded(batch: DpeBatch, name: str, ours: F64) -> F64:
    """A recorded output; some software writes its needs in Wh."""
    seen = batch.facts.get(f"sortie.{name}")
    in_wh = name.startswith("besoin") & (np.abs(seen) > 200 * np.maximum(np.abs(ours), 1))
    return np.where(in_wh, seen / 1000, seen)


def _close(ours: F64, seen: F64, unit: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    near: NDArray[np.bool_] = np.abs(ours - seen) <= TOLERANCE * np.abs(seen) + unit
    return near, ~np.isnan(seen)
