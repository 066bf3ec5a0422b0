"""From the description of dwellings to their energy, gases and label: the 3CL-DPE 2021 method on columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.dwelling import Dwelling, dwelling
from jumeau.engines.buildings.dpe.envelope import Envelope, envelope
from jumeau.engines.buildings.dpe.gases import GASES_OF_USE, burnt_gases
from jumeau.engines.buildings.dpe.heating import heating
from jumeau.engines.buildings.dpe.label import classes
from jumeau.engines.buildings.dpe.needs import cooling_need, raw_needs, recovered
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.engines.buildings.dpe.tables import by_row, dense, read
from jumeau.engines.buildings.dpe.uses import MADE, Uses, is_electric, source_of, uses
from jumeau.engines.buildings.dpe.water import LITRES, LITRES_SPENDTHRIFT, equivalent_adults, hot_water
from jumeau.model.dpe import F64, DpeBatch

PRIMARY_2021, PRIMARY_2026 = 2.3, 1.9
"""Primary energy per kWh of electricity [-]: arrêté of 31 March 2021, then of 13 August 2025 from 1 January 2026."""
_COLD_PAUSE = 0.9


@dataclass(slots=True)
class Outputs:
    """Results, one row per DPE. Final energy of each use [kWh/yr], primary energy [kWh/yr], gases [kg CO2e/yr].

    heat, water, cold, light, pumps, fans: final energy of the five uses (auxiliaries in two: pumps and burners, fans);
    need_heat, need_water, need_cold [kWh/yr]; loss_w_k [W/K]: GV; made_kwh: solar electricity made;
    uses: the same by generator and by auxiliary.
    """

    numbers: list[str]
    area_m2: F64
    loss_w_k: F64
    need_heat: F64
    need_water: F64
    need_cold: F64
    heat: F64
    water: F64
    cold: F64
    light: F64
    pumps: F64
    fans: F64
    made_kwh: F64
    primary: F64
    gases: F64
    label: NDArray[np.str_]
    energy_class: NDArray[np.str_]
    gases_class: NDArray[np.str_]
    envelope: Envelope
    home: Dwelling
    uses: Uses

    @property
    def primary_m2(self) -> F64:
        """Primary energy [kWh/(m2.yr)]."""
        return self.primary / self.area_m2

    @property
    def gases_m2(self) -> F64:
        """Gases [kg CO2e/(m2.yr)]."""
        return self.gases / self.area_m2

    @property
    def final(self) -> F64:
        """Final energy of the five uses [kWh/yr]."""
        return self.heat + self.water + self.cold + self.light + self.pumps + self.fans


def compute(
    batch: DpeBatch,
    trust: bool = False,
    factor: float | F64 = PRIMARY_2021,
    small: bool = True,
    spendthrift: bool = False,
) -> Outputs:
    """Compute many DPE at once.

    trust: take the rows of the tables and the powers that the files record, instead of looking them up; factor: primary
    energy per kWh of electricity [-], one or one per DPE; small: thresholds of small dwellings of July 2024; spendthrift:
    the occupant of the arrêté who heats to 21 degC, cools to 26 degC and draws 79 litres a day per adult.
    Values that a file does not give and that the method has no default for stay NaN in the results.
    """
    home = dwelling(batch)
    shell = envelope(batch, home, trust)
    loss, adults = shell.total, equivalent_adults(home.area_m2, home.homes, home.house)
    tap = hot_water(batch, home, loss, trust, LITRES_SPENDTHRIFT if spendthrift else LITRES)
    needs = raw_needs(home, loss, shell.sun_area_m2, adults, spendthrift)
    back = recovered(home, tap.lost_wh, spendthrift) + recovered(home, tap.stores_wh, spendthrift)
    need = np.maximum(needs.raw_kwh - back, 0.0)
    heat = heating(batch, home, loss, need, trust)
    cold_all = cooling_need(home, loss, shell.sun_area_m2, adults, spendthrift).sum(axis=1)
    cold_need, cold_by = _cold(batch, home, cold_all, trust)
    found = uses(batch, home, shell, tap, heat, cold_by, trust)
    final = {use: found.final(batch, use) for use in found.electric_kwh}
    primary, gases = _impacts(batch, found, factor)
    area = home.label_m2
    with np.errstate(divide="ignore", invalid="ignore"):
        worst, by_energy, by_gases = classes(primary / area, gases / area, area, home.altitude, home.zone, small)
    return Outputs(
        numbers=batch.numbers,
        area_m2=area,
        loss_w_k=loss,
        need_heat=need.sum(axis=1),
        need_water=tap.need_wh.sum(axis=1) / 1000,
        need_cold=cold_need,
        **final,
        made_kwh=found.solar_kwh,
        primary=primary,
        gases=gases,
        label=worst,
        energy_class=by_energy,
        gases_class=by_gases,
        envelope=shell,
        home=home,
        uses=found,
    )


def _cold(batch: DpeBatch, home: Dwelling, need: F64, trust: bool) -> tuple[F64, F64]:
    """(need of cold that coolers serve [kWh/yr] of each DPE, final energy of each cooler [kWh/yr])."""
    unit = batch.of("climatisation")
    own = unit.owner
    keys = (("enum_periode_installation_fr_id", 4), ("enum_zone_climatique_id", 9))
    eer = read(dense("seer", "eer", keys), unit.code("enum_periode_installation_fr_id"), home.zone[own])
    row = read(by_row("seer", "eer"), unit.get("tv_seer_id"))
    eer = np.where(np.isnan(eer) | (trust & ~np.isnan(row)), row, eer)
    rate = np.where(unit.code("enum_methode_saisie_carac_sys_id", 1) == 1, eer, unit.get("di.eer"))
    rate = np.where(np.isnan(rate), unit.get("di.eer", 3.0), rate)
    cooled = np.minimum(np.nan_to_num(unit.get("surface_clim")) / home.area_m2[own], 1.0)
    served = sums(own, cooled, batch.size)
    return need * np.minimum(served, 1.0), _COLD_PAUSE * need[own] * cooled / rate


def _impacts(batch: DpeBatch, found: Uses, factor: float | F64) -> tuple[F64, F64]:
    """(primary energy [kWh/yr], gases [kg CO2e/yr]) of each DPE."""
    bought = {use: found.bought(use) for use in found.electric_kwh}
    primary = np.asarray(factor) * sum(bought.values(), np.zeros(batch.size))
    gases = sum((bought[use] * GASES_OF_USE[use] for use in bought), np.zeros(batch.size))
    for use in MADE:
        part, kwh = source_of(batch, use), found.made_kwh[use]
        primary = primary + sums(part.owner, kwh * (1 - is_electric(part)), batch.size)
        gases = gases + burnt_gases(part, kwh, batch.facts.text("date_etablissement_dpe"))
    return primary, gases
