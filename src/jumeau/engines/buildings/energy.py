"""Final and primary energy, greenhouse gas and label of buildings in one state of their works."""

import msgspec
import numpy as np

from jumeau.engines.buildings.altitude import colder_k, degree_hours_ratio
from jumeau.engines.buildings.archetypes import HOUSE, ROW
from jumeau.engines.buildings.choices import ENERGIES, FOSSIL_FUELS, HEATED_USES, LABELS, PERIODS, ZONES
from jumeau.engines.buildings.envelope import GROUPS, Envelope, losses, pick, read, zone_groups
from jumeau.engines.buildings.seasonal import heating_need, temperature_reduction
from jumeau.engines.buildings.stock import SYSTEMS, UNKNOWN_ENERGY, UNKNOWN_PERIOD, Codes, Flags, Floats, State, Stock
from jumeau.engines.buildings.thresholds import Bounds
from jumeau.engines.tally import Draws
from jumeau.kernels.draws import quantile

ELECTRIC = ENERGIES.index("electricite")
WATER_FUELS = (*FOSSIL_FUELS, "reseau")
"""Energies that also heat the water where they heat the rooms; elsewhere the water is heated by electricity."""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """Conventional final energy per floor area [kWh/(m²·year)] (N, D). main: heating, and water where the same energy heats
    it; water: electric water; light: lighting and auxiliaries; specific: what no label counts. energy: main energy (N, D)."""

    main: Floats
    water: Floats
    light: Floats
    specific: Floats
    energy: Codes

    def scaled(self, k: Floats) -> "Use":
        """The same with the label's uses times `k`."""
        return msgspec.structs.replace(self, main=self.main * k, water=self.water * k, light=self.light * k)

    def primary(self, draws: Draws) -> Floats:
        """Primary energy of the label's five uses [kWhEP/(m²·year)]."""
        factor = draws.law("primary_electricity").mode
        return self.main * np.where(self.energy == ELECTRIC, factor, 1.0) + factor * (self.water + self.light)

    @property
    def final(self) -> Floats:
        """Final energy of the label's uses [kWh/(m²·year)]."""
        return np.asarray(self.main + self.water + self.light)

    def gas(self, draws: Draws) -> Floats:
        """Emissions of the label's five uses [kgCO2e/(m²·year)]."""
        factors = np.array([draws.law(f"ghg_{e}").mode for e in ENERGIES])
        other = draws.law("ghg_electricity_other").mode
        return np.asarray(self.main * factors[self.energy] + other * (self.water + self.light))

    def label(self, draws: Draws, bounds: Bounds) -> Codes:
        """Position in LABELS (N, D): the worse of energy and emissions."""
        return bounds.rank(self.primary(draws), self.gas(draws))

    def real(self, stock: Stock, draws: Draws) -> tuple[Floats, Floats]:
        """Final energy as used, all uses, and its main energy [kWh/(m²·year)].

        Dwellings use less than the convention, the more so the worse they are.
        """
        middle = [55.0, 90.0, 145.0, 215.0, 290.0, 375.0, 480.0]
        factors = [draws.law(f"behaviour_{c}").mode for c in LABELS]
        factor = np.where((stock.use == 0)[:, None], np.interp(self.primary(draws), middle, factors), 1.0)
        main = self.main * factor
        return main + self.water * factor + self.light + self.specific, main


def use_of(stock: Stock, env: Envelope, state: State, draws: Draws) -> Use:
    """Conventional energy of `stock` in `state`. Same draws whatever the state, so that differences are paired."""
    need = useful_heat(stock, env, state, draws) * _control(stock, state, draws)
    energy, efficiency, _ = heating(stock, state, draws)
    hot = hot_water(stock, env, draws)
    hot = hot / draws("efficiency_dhw", stock.ids)
    same = np.isin(energy, [ENERGIES.index(e) for e in WATER_FUELS])
    return Use(
        main=need / efficiency + np.where(same, hot, 0.0),
        water=np.where(same, 0.0, hot),
        light=by_use("lighting", stock, draws),
        specific=by_use("specific", stock, draws),
        energy=energy,
    )


def by_use(name: str, stock: Stock, draws: Draws) -> Floats:
    """A parameter whose law depends on the use of the building (N, D)."""
    names = tuple(f"{name}_{u}" for u in HEATED_USES)
    return read(draws, names, stock.use, draws.uniforms(f"building_{name}", stock.ids))


def hot_water(stock: Stock, env: Envelope, draws: Draws) -> Floats:
    """Useful heat of hot water [kWh/(m²·year)] (N, D): a house has more floor for each of its people than a flat."""
    out = by_use("dhw", stock, draws)
    house = (stock.use == 0)[:, None] & np.isin(env.size, (HOUSE, ROW))
    if house.any():
        u = draws.uniforms("building_dhw", stock.ids)
        out[house] = quantile(draws.law("dhw_house"), u[house])
    return out


def peak_load(stock: Stock, env: Envelope, state: State, draws: Draws) -> Floats:
    """Heat to deliver on the coldest day of reference [kW] (N, D)."""
    transmission, ventilation = losses(stock, env, state, draws)
    apart = draws("design_temperature_difference", stock.communes) + colder_k(stock.altitude)[:, None]
    return (transmission + ventilation) * env.floor * apart / 1000


def degree_hours(stock: Stock, draws: Draws) -> Floats:
    """Degree-hours of the heating season [K·h] (N, D): of the altitude where it is known, else of any in the zone."""
    zones = tuple(f"degree_hours_{z}" for z in ZONES)
    hours = read(draws, zones, stock.zone, draws.uniforms("degree_hours", stock.communes))
    known = np.isfinite(stock.altitude)
    if known.any():
        lowest = np.array([draws.law(z).mode for z in zones])[stock.zone]
        there = (lowest * degree_hours_ratio(stock.zone, stock.altitude))[:, None]
        hours = np.where(known[:, None], there * draws("degree_hours_known", stock.communes), hours)
    return hours


def useful_heat(stock: Stock, env: Envelope, state: State, draws: Draws) -> Floats:
    """Useful heat [kWh/(m²·year)]."""
    transmission, ventilation = losses(stock, env, state, draws)
    hours = degree_hours(stock, draws)
    schedule = by_use("schedule", stock, draws)
    group = zone_groups(stock)
    days = np.array([draws.law(f"heating_days_{g}").mode for g in GROUPS])[group][:, None]
    sun = read(draws, tuple(f"solar_kwh_m2_{g}" for g in GROUPS), group, draws.uniforms("solar", stock.communes))
    inside = by_use("internal_gain", stock, draws)
    gains = 0.024 * inside * days + sun * draws("solar_transmission", stock.ids) * env.window / env.floor
    one = np.ones(1)
    reduction = temperature_reduction(
        transmission, one * draws.law("reduction_at_1").mode, one * draws.law("reduction_at_4").mode
    )
    capacity = one * draws.law("heat_capacity").mode
    need = heating_need(transmission, ventilation, hours / 24, reduction * schedule, gains, capacity)
    return np.asarray(need * draws("model_error", stock.ids))


def _control(stock: Stock, state: State, draws: Draws) -> Floats:
    classes = ("A", "B", "C", "D", "unknown")
    names = tuple(f"control_{c}_{u}" for c in classes for u in HEATED_USES)
    which = (state.control.astype(np.int64) * len(HEATED_USES) + stock.use).astype(np.int8)
    return read(draws, names, which, draws.uniforms("building_control", stock.ids))


def heating(stock: Stock, state: State, draws: Draws) -> tuple[Codes, Floats, Flags]:
    """Main energy and efficiency of heating, and whether it is a heat pump (N, D)."""
    pump = state.system == 0
    energy = np.repeat(np.where(pump, ELECTRIC, state.energy)[:, None], draws.ctx.draws, axis=1).astype(np.int8)
    drawn = (state.energy == UNKNOWN_ENERGY) & ~pump
    u = draws.uniforms("building_heating", stock.ids)
    for kind, mine in (("residentiel", stock.use == 0), ("tertiaire", stock.use != 0)):
        rows = drawn & mine
        if rows.any():
            names = [e for e in ENERGIES if e != "autre"]
            shares = np.array([draws.law(f"heat_share_{kind}_{e}").mode for e in names])
            energy[rows] = pick(shares, u[rows])
    shares = np.array([draws.law(f"heat_pump_share{suffix}").mode for suffix in ("", "_recent")])
    recent = (stock.period >= PERIODS.index("2012")) & (stock.period < UNKNOWN_PERIOD)
    chance = draws.uniforms("building_heat_pump", stock.ids) < shares[recent.astype(np.int8)][:, None]
    unsaid = (state.system == len(SYSTEMS))[:, None]
    pumped = (energy == ELECTRIC) & (pump[:, None] | (unsaid & chance))
    spread = draws.uniforms("building_efficiency", stock.ids)
    efficiency = read(draws, tuple(f"efficiency_{e}" for e in ENERGIES), energy, spread)
    efficiency[pumped] = quantile(draws.law("efficiency_heat_pump"), spread[pumped])
    return energy, efficiency, pumped


def fossil_share(stock: Stock, energy: Codes, draws: Draws) -> Floats:
    """Fossil part of the main energy [-] (N, D)."""
    out = np.zeros(energy.shape)
    for i, name in enumerate(ENERGIES):
        ids = stock.communes if name == "reseau" else stock.ids
        at = energy == i
        if at.any():
            law = draws.law(f"fossil_{name}")
            out[at] = law.mode if law.law == "fixed" else draws(law.name, ids)[at]
    return out
