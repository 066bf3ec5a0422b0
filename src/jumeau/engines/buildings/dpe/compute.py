"""From the description of dwellings to their energy, gases and label: the 3CL-DPE 2021 method on columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.air import fan_power
from jumeau.engines.buildings.dpe.auxiliary import burner_fans, heating_pumps, lighting, solar, water_pumps
from jumeau.engines.buildings.dpe.dwelling import Dwelling, dwelling
from jumeau.engines.buildings.dpe.envelope import Envelope, envelope
from jumeau.engines.buildings.dpe.heating import Heating, heating
from jumeau.engines.buildings.dpe.label import classes
from jumeau.engines.buildings.dpe.needs import cooling_need, raw_needs, recovered
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.engines.buildings.dpe.tables import by_row, dense, networks, read
from jumeau.engines.buildings.dpe.water import Water, equivalent_adults, hot_water
from jumeau.model.dpe import F64, DpeBatch, Elements

PRIMARY_2021, PRIMARY_2026 = 2.3, 1.9
"""Primary energy per kWh of electricity [-]: arrêté of 31 March 2021, then of 13 August 2025 from 1 January 2026."""
_ELECTRICITY, _NETWORK, _HOME_MADE = 1, 8, 12
_GASES = {
    2: 0.227,
    3: 0.324,
    4: 0.030,
    5: 0.030,
    6: 0.024,
    7: 0.024,
    8: 0.385,
    9: 0.272,
    10: 0.272,
    11: 0.385,
    12: 0.0,
    13: 0.272,
    14: 0.324,
    15: 0.0,
}
_GASES_OF_USE = {"heat": 0.079, "water": 0.065, "cold": 0.064, "light": 0.069, "fans": 0.064, "pumps": 0.064}
_PUBLISHED = {"2020": "2021-07-01", "2021": "2022-01-01", "2022": "2023-03-16", "2023": "2024-07-05", "2024": "2025-04-11"}
_COLD_PAUSE, _SEASON = 0.9, 0.95


@dataclass(slots=True)
class Outputs:
    """Results, one row per DPE. Final energy of each use [kWh/yr], primary energy [kWh/yr], gases [kg CO2e/yr].

    heat, water, cold, light, pumps, fans: final energy of the five uses (auxiliaries in two: pumps and burners, fans);
    need_heat, need_water, need_cold [kWh/yr]; loss_w_k [W/K]: GV; made_kwh: solar electricity made.
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


def compute(batch: DpeBatch, trust: bool = False, factor: float | F64 = PRIMARY_2021, small: bool = True) -> Outputs:
    """Compute many DPE at once.

    trust: take the rows of the tables and the powers that the files record, instead of looking them up; factor: primary
    energy per kWh of electricity [-], one or one per DPE; small: thresholds of small dwellings of July 2024.
    Values that a file does not give and that the method has no default for stay NaN in the results.
    """
    home = dwelling(batch)
    shell = envelope(batch, home, trust)
    loss, adults = shell.total, equivalent_adults(home.area_m2, home.homes, home.house)
    tap = hot_water(batch, home, loss, trust)
    needs = raw_needs(home, loss, shell.sun_area_m2, adults)
    back = recovered(home, tap.lost_wh) + recovered(home, tap.stores_wh)
    need = np.maximum(needs.raw_kwh - back, 0.0)
    heat = heating(batch, home, loss, need, trust)
    cold_need, cold_by = _cold(batch, home, shell, adults, trust)
    return _totals(batch, home, shell, tap, need, heat, cold_need, cold_by, trust, factor, small)


def _cold(batch: DpeBatch, home: Dwelling, shell: Envelope, adults: F64, trust: bool) -> tuple[F64, F64]:
    """(need of cold [kWh/yr] of each DPE, final energy of each cooler [kWh/yr])."""
    unit = batch.of("climatisation")
    own = unit.owner
    need = cooling_need(home, shell.total, shell.sun_area_m2, adults).sum(axis=1)
    keys = (("enum_periode_installation_fr_id", 4), ("enum_zone_climatique_id", 9))
    seer = read(dense("seer", "seer", keys), unit.code("enum_periode_installation_fr_id"), home.zone[own])
    row = read(by_row("seer", "seer"), unit.get("tv_seer_id"))
    seer = np.where(np.isnan(seer) | (trust & ~np.isnan(row)), row, seer)
    rate = np.where(unit.code("enum_methode_saisie_carac_sys_id", 1) == 1, _SEASON * seer, unit.get("di.eer"))
    rate = np.where(np.isnan(rate), unit.get("di.eer", 3.0), rate)
    cooled = np.minimum(np.nan_to_num(unit.get("surface_clim")) / home.area_m2[own], 1.0)
    served = sums(own, cooled, batch.size)
    return need * np.minimum(served, 1.0), _COLD_PAUSE * need[own] * cooled / rate


def _totals(
    batch: DpeBatch,
    home: Dwelling,
    shell: Envelope,
    tap: Water,
    need: F64,
    heat: Heating,
    cold_need: F64,
    cold_by: F64,
    trust: bool,
    factor: float | F64,
    small: bool,
) -> Outputs:
    size = batch.size
    heater, boiler, cooler = batch.of("generateur_chauffage"), batch.of("generateur_ecs"), batch.of("climatisation")
    part_heat, part_water = _parts_of_building(batch, home)
    used_heat = heat.used_kwh * part_heat[heater.owner]
    used_water = tap.used_kwh * part_water[boiler.owner]
    fan_heat, fan_water = burner_fans(batch, heat, tap)
    small_part = np.where(home.from_building, home.label_m2 / home.area_m2, 1.0)
    pumps_heat = sums(heater.owner, fan_heat, size) * part_heat
    pumps_water = sums(boiler.owner, fan_water, size) * part_water
    around = heating_pumps(batch, home, shell.total) * part_heat + water_pumps(batch, home, tap) * part_water
    light = lighting(home) * small_part
    fans = fan_power(batch, home.area_m2, home.house, trust) * 8.76 * small_part
    cold = cold_by * small_part[cooler.owner]
    energy = {"heat": (heater, used_heat), "water": (boiler, used_water), "cold": (cooler, cold)}
    electric = {use: _by_electricity(part, kwh, size) for use, (part, kwh) in energy.items()}
    by_use = {use: sums(part.owner, kwh, size) for use, (part, kwh) in energy.items()}
    sun = solar(
        batch,
        home,
        {
            "heat": electric["heat"] + pumps_heat,
            "water": electric["water"] + pumps_water,
            "cold": electric["cold"],
            "light": light,
            "fans": fans,
            "pumps": around,
        },
        trust,
    )
    pumps = pumps_heat + pumps_water + around
    current = {**electric, "light": light, "fans": fans, "pumps": pumps}
    taken = {use: np.minimum(sun.taken_kwh[use], current[use]) for use in current}
    power = {use: current[use] - taken[use] for use in current}
    bought = sum(power.values(), np.zeros(size))
    other = sum((by_use[use] - electric[use] for use in energy), np.zeros(size))
    primary = np.asarray(factor) * bought + other
    gases = sum((power[use] * _GASES_OF_USE[use] for use in power), np.zeros(size))
    for part, kwh in energy.values():
        gases = gases + _burnt_gases(part, kwh, batch.facts.text("date_etablissement_dpe"))
    area = home.label_m2
    with np.errstate(divide="ignore", invalid="ignore"):
        worst, by_energy, by_gases = classes(primary / area, gases / area, area, home.altitude, home.zone, small)
    return Outputs(
        numbers=batch.numbers,
        area_m2=area,
        loss_w_k=shell.total,
        need_heat=need.sum(axis=1),
        need_water=tap.need_wh.sum(axis=1) / 1000,
        need_cold=cold_need,
        heat=by_use["heat"] - taken["heat"],
        water=by_use["water"] - taken["water"],
        cold=by_use["cold"] - taken["cold"],
        light=light - taken["light"],
        pumps=pumps - taken["pumps"],
        fans=fans - taken["fans"],
        made_kwh=sun.made_kwh,
        primary=primary,
        gases=gases,
        label=worst,
        energy_class=by_energy,
        gases_class=by_gases,
        envelope=shell,
        home=home,
    )


def _parts_of_building(batch: DpeBatch, home: Dwelling) -> tuple[F64, F64]:
    """(heating, hot water): part of its building that a flat described by its building takes [-]; 1 elsewhere."""
    out = []
    for kind, name in (("installation_chauffage", "cle_repartition_ch"), ("installation_ecs", "cle_repartition_ecs")):
        plant = batch.of(kind)
        key = np.full(batch.size, np.nan)
        key[plant.owner] = plant.get(name)
        by_area = home.label_m2 / home.whole_m2
        key = np.where((key > 0) & (key < 1), key, by_area)
        out.append(np.where(home.from_building, key, 1.0))
    return out[0], out[1]


def _by_electricity(part: Elements, kwh: F64, size: int) -> F64:
    electric = part.code("enum_type_energie_id", _ELECTRICITY) == _ELECTRICITY
    return sums(part.owner, np.where(electric, kwh, 0.0), size)


def _burnt_gases(part: Elements, kwh: F64, days: list[str]) -> F64:
    """Gases of everything but electricity [kg CO2e/yr]."""
    table = np.zeros(32)
    for code, value in _GASES.items():
        table[code] = value
    energy = part.code("enum_type_energie_id", _ELECTRICITY)
    rate = table[np.clip(energy, 0, 31)]
    rate = np.where(energy == _NETWORK, network_gases(part, days), rate)
    return sums(part.owner, kwh * rate, len(days))


def network_gases(part: Elements, days: list[str]) -> F64:
    """CO2 content of the heat network of each row [kg/kWh], whole life since 2022; 0.385 for an unknown network.

    days: day on which each DPE was made.
    """
    out = np.full(part.size, 0.385)
    names, dates = part.text("identifiant_reseau_chaleur"), part.text("date_arrete_reseau_chaleur")
    for row in np.flatnonzero(part.code("enum_type_energie_id") == _NETWORK).tolist():
        name = names[row].strip()
        if not name:
            number = part.get("tv_reseau_chaleur_id")[row]
            name = f"tv{int(number)}" if number > 0 else ""
        years = networks().get(name)
        if years:
            out[row] = _content(years, dates[row] or days[part.owner[row]])
    return out


def _content(years: dict[str, list[float | None]], when: str) -> float:
    """Content of the last arrêté published on a day."""
    known = [year for year in sorted(years) if _PUBLISHED.get(year, year) <= when] or sorted(years)[:1]
    direct, whole = years[known[-1]]
    found = whole if whole is not None else direct
    return found if found is not None else 0.385
