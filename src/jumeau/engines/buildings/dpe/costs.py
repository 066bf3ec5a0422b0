"""Conventional energy costs: what the arrêté makes a dwelling pay for the energy that the method computes (annex 7).

The average price of a kWh of electricity or gas comes from the yearly consumption of the contract it is on: that of the
dwelling for its own systems, that of the whole building for shared ones. Steps in euros per kWh and euros per year; those
of 2021 hold until the files of version 2.4, of July 2024, and then those of the arrêté of 25 March 2024. The figures are
those that official files apply, found again from their energies and costs to the cent; an energy that none of the studied
files burns in a period has no price here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.compute import Outputs
from jumeau.engines.buildings.dpe.gases import ELECTRICITY
from jumeau.engines.buildings.dpe.plants import roles
from jumeau.engines.buildings.dpe.segments import above, sums
from jumeau.engines.buildings.dpe.uses import AUXILIARY, MADE, Uses, source_of
from jumeau.model.dpe import F64, I64, DpeBatch, Elements

_STEPPED = {
    (0, 1): ((0, 0.29007, 0), (1000, 0.14066, 149), (2500, 0.15176, 122), (5000, 0.15735, 94), (15000, 0.15989, 56)),
    (0, 2): ((0, 0.11121, 0), (5009, 0.06533, 230), (50055, 0.06164, 415)),
    (1, 1): ((0, 0.34721, 0), (1000, 0.18954, 158), (2500, 0.18949, 158), (5000, 0.19726, 119), (15000, 0.20001, 78)),
    (1, 2): ((0, 0.13120, 0), (5009, 0.09488, 182), (50055, 0.09274, 288)),
}
_FLAT = (
    {3: 0.09142, 4: 0.03201, 5: 0.05991, 8: 0.0787, 9: 0.14305, 10: 0.14305, 11: 0.02372, 12: 0.0, 13: 0.14305},
    {4: 0.0420, 8: 0.08921, 12: 0.0},
)
_SECOND_VERSION, _SECOND_DAY = 2.4, "2024-07-01"
_BASE_AND_OWN = 4


@dataclass(slots=True)
class Costs:
    """Euros per year of each DPE. by_use: heat, water, cold, light and each auxiliary; NaN where the price of an energy is
    not known."""

    by_use: dict[str, F64]

    @property
    def auxiliary(self) -> F64:
        """All auxiliaries [EUR/yr]."""
        return sum((self.by_use[name] for name in AUXILIARY), np.zeros(len(self.by_use["light"])))

    @property
    def total(self) -> F64:
        """The five uses [EUR/yr]."""
        return self.auxiliary + sum((self.by_use[use] for use in (*MADE, "light")), np.zeros(len(self.by_use["light"])))


def tariff(batch: DpeBatch) -> I64:
    """0 for the prices of 2021, 1 for those of 2024, by DPE."""
    late = np.array([day >= _SECOND_DAY for day in batch.facts.text("date_etablissement_dpe")], dtype=bool)
    found: I64 = (late | (batch.facts.get("enum_version_id", 0.0) >= _SECOND_VERSION)).astype(np.int64)
    return found


def price(energy: I64, yearly_kwh: F64, when: I64) -> F64:
    """Average price of a kWh [EUR/kWh], subscription included; NaN for an energy whose price is not known.

    energy [-]: code of the schema; yearly_kwh: consumption of the contract; when: see `tariff`.
    """
    out = np.full(energy.shape, np.nan)
    for late, plain in enumerate(_FLAT):
        for code, value in plain.items():
            out[(when == late) & (energy == code)] = value
    for (late, code), steps in _STEPPED.items():
        mine = (when == late) & (energy == code)
        bounds, slopes, fixed = (np.array(column, dtype=np.float64) for column in zip(*steps, strict=True))
        step = np.searchsorted(bounds, np.maximum(yearly_kwh[mine], 0.0), side="right") - 1
        out[mine] = slopes[step] + fixed[step] / np.maximum(yearly_kwh[mine], 1e-9)
    return out


def costs(batch: DpeBatch, out: Outputs) -> Costs:
    """Conventional costs of what was computed. out: results of the same batch."""
    when, found = tariff(batch), out.uses
    left = {use: _left(found, use) for use in found.electric_kwh}
    lines = [_made(batch, found, use, left[use]) for use in MADE]
    lines += [_drawn(batch, found, name, left) for name in ("light", *AUXILIARY)]
    contract = _contracts(batch, out, lines)
    by_use = {}
    for line in lines:
        unit = price(
            line.energy, contract[line.shared.astype(np.int64), np.clip(line.energy, 0, 15), line.owner], when[line.owner]
        )
        by_use[line.use] = sums(line.owner, np.where(line.kwh > 0, unit * line.kwh, 0.0), batch.size)
    return Costs(by_use)


@dataclass(slots=True)
class _Line:
    """Energy of one use: by row, whose, of what energy, and whether on the contract of the building."""

    use: str
    owner: I64
    energy: I64
    shared: NDArray[np.bool_]
    kwh: F64


def _left(found: Uses, use: str) -> F64:
    """Share of the electricity of a use that the solar panels leave to buy [-]."""
    all_of_it = found.electric_kwh[use]
    return np.where(all_of_it > 0, found.bought(use) / np.maximum(all_of_it, 1e-9), 1.0)


def _made(batch: DpeBatch, found: Uses, use: str, left: F64) -> _Line:
    part = source_of(batch, use)
    energy = part.code("enum_type_energie_id", ELECTRICITY)
    kwh = found.made_kwh[use] * np.where(energy == ELECTRICITY, left[part.owner], 1.0)
    return _Line(use, part.owner, energy, _shared(batch, use, part), kwh)


def _shared(batch: DpeBatch, use: str, part: Elements) -> NDArray[np.bool_]:
    """Generators on the contract of the building: shared ones, and the base of those that have a back-up of one's own."""
    if use == "cold":
        return np.zeros(part.size, dtype=bool)
    plant = batch.of("installation_chauffage" if use == "heat" else "installation_ecs")
    kind = above(plant.code("enum_type_installation_id", 1), np.maximum(part.parent, 0))
    shared: NDArray[np.bool_] = kind >= 2
    if use == "heat":
        shared = shared & ~((kind == _BASE_AND_OWN) & (roles(plant, part) > 1))
    return shared


def _drawn(batch: DpeBatch, found: Uses, name: str, left: dict[str, F64]) -> _Line:
    kwh, use = (found.light_kwh, "light") if name == "light" else (found.auxiliary_kwh[name], "fans")
    use = use if name in ("light", "fans") else "pumps"
    shared = np.zeros(batch.size, dtype=bool)
    for kind in ("heat", "water"):
        if name.startswith(kind):
            part = source_of(batch, kind)
            shared = sums(part.owner, _shared(batch, kind, part), batch.size) > 0
    owner = np.arange(batch.size)
    return _Line(name, owner, np.full(batch.size, ELECTRICITY), shared, kwh * left[use])


def _contracts(batch: DpeBatch, out: Outputs, lines: list[_Line]) -> F64:
    """Yearly consumption of each contract [own, shared][energy][DPE], in kWh."""
    home = out.home
    total = np.zeros((2, 16, batch.size))
    for line in lines:
        np.add.at(total, (line.shared.astype(np.int64), np.clip(line.energy, 0, 15), line.owner), line.kwh)
    homes = np.where(home.building, np.maximum(batch.facts.get("nombre_appartement", 1.0), 1.0), 1.0)
    total[0] /= homes
    total[1] *= np.where(home.building, 1.0, np.maximum(home.whole_m2 / home.label_m2, 1.0))
    return total
