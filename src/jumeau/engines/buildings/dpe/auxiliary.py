"""Pumps, burners' fans, lighting and solar electricity (3CL-DPE, parts 15 and 16)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.circuits import level_of
from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.habits import counts_modules, no_pump_of_shared_heat_pump
from jumeau.engines.buildings.dpe.heat_sources import PUMPS
from jumeau.engines.buildings.dpe.heating import Heating
from jumeau.engines.buildings.dpe.plants import roles, unit_areas
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.engines.buildings.dpe.tables import by_row, dense, read
from jumeau.engines.buildings.dpe.water import Water
from jumeau.model.dpe import F64, DpeBatch

_LIGHT_H = np.array([1500.0, 1445.0, 1476.0, 1500.0, 1531.0, 1566.0, 1566.0, 1506.0])
_GAS_OIL = (*range(75, 98), 113, 114, 116, 119, *range(127, 140), *range(148, 152), 160, 161)
_WOOD = (*range(48, 50), *range(55, 75), 115, *range(120, 127), 140, 141, *range(152, 160))
_HOT_AIR, _RADIATOR = (50, 51, 52), (53, 54)
_WATER_BOILER = (*range(35, 58), 78, 79, 81, 84, *range(92, 105), *range(120, 124), 132, 133)
_WATER_WOOD = (*range(13, 35), 80, *range(85, 92), 115, 116, *range(124, 132))
_FLOORS = (*range(11, 19), 43, 44)
_WET = (5, *range(11, 19), *range(24, 40), 46, 47, 48, 49)
_SINGLE_PIPE = tuple(range(24, 32))
_RADIATORS = tuple(range(24, 40))
# part of the need that a circuit covers beside a stove or a heater of bathrooms, by setup of the schema
_LEAD = np.array([1, 1, 1, 0.75, 0.9, 0.675, 1, 0.75, 1, 0.75, 1, 1.0])
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 24.0])
_BASE_AND_OWN = 4
_MODULE_M2, _MODULE_RATE, _MODULE_LOSS = 1.6, 0.17, 0.86
_SELF = {"heat": 0.02, "cold": 0.25, "water": 0.05, "light": 0.05, "fans": 0.50, "pumps": 0.10, "other": 0.45}


def lighting(home: Dwelling) -> F64:
    """Lighting of each DPE [kWh/yr]."""
    return 0.9 * 1.4 * _LIGHT_H[home.zone - 1] * home.area_m2 / 1000


def burner_fans(batch: DpeBatch, heat: Heating, water: Water) -> tuple[F64, F64]:
    """(heating, hot water) auxiliaries of generation by generator [kWh/yr]."""
    source, tap = batch.of("generateur_chauffage"), batch.of("generateur_ecs")
    code = source.code("enum_type_generateur_ch_id")
    blown = source.get("presence_ventouse", 0.0) == 1
    g, h, cap = _power(np.isin(code, _GAS_OIL), np.isin(code, _WOOD) & blown, np.isin(code, _HOT_AIR))
    g = np.where(np.isin(code, _RADIATOR), 40.0, g)
    heating = _fan(g, h, cap, heat.pn_kw, heat.served_kwh)
    tap_code = tap.code("enum_type_generateur_ecs_id")
    blown = tap.get("presence_ventouse", 0.0) == 1
    g, h, cap = _power(np.isin(tap_code, _WATER_BOILER), np.isin(tap_code, _WATER_WOOD) & blown, np.zeros(tap.size, bool))
    return heating, _fan(g, h, cap, water.pn_kw, water.served_wh / 1000 * water.units)


def _power(boiler: NDArray[np.bool_], wood: NDArray[np.bool_], air: NDArray[np.bool_]) -> tuple[F64, F64, F64]:
    g = np.select([boiler, wood], [20.0, 73.3], 0.0)
    h = np.select([boiler, wood, air], [1.6, 10.5, 4.0], 0.0)
    return g, h, np.select([boiler, wood, air], [400.0, 70.0, 300.0], np.inf)


def _fan(g: F64, h: F64, cap: F64, pn: F64, served: F64) -> F64:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num((g + h * np.minimum(pn, cap)) * served / (pn * 1000), posinf=0.0)


def heating_pumps(batch: DpeBatch, home: Dwelling, loss: F64) -> F64:
    """Pumps of the heating circuits of each DPE [kWh/yr]; a flat on a shared circuit counts as if it had its own."""
    plant, out = batch.of("installation_chauffage"), batch.of("emetteur_chauffage")
    if not plant.size:
        return np.zeros(batch.size)
    kind, up = out.code("enum_type_emission_distribution_id"), np.maximum(out.parent, 0)
    main = roles(plant, out) == 1
    wet = sums(up, np.isin(kind, _WET) & main, plant.size) > 0
    floors = sums(up, ~np.isin(kind, _FLOORS) & np.isin(kind, _WET), plant.size) == 0
    drop = np.where(
        np.isin(kind, _FLOORS),
        15.0,
        np.where(np.isin(kind, _SINGLE_PIPE), 30.0, np.where(np.isin(kind, _RADIATORS), 10.0, 35.0)),
    )
    worst = np.zeros(plant.size)
    np.maximum.at(worst, up, np.where(np.isin(kind, _WET), drop, 0.0))
    high = sums(up, level_of(out) == 4, plant.size) > 0
    own = plant.owner
    collective = plant.code("enum_type_installation_id", 1) >= 2
    area, units = unit_areas(plant, "surface_chauffee", home.area_m2)
    area = np.where(area > 0, area, home.area_m2[own])
    area = np.where((home.building | home.from_building)[own] & collective, home.area_m2[own], area)
    floors_count = np.maximum(plant.get("nombre_niveau_installation_ch", 1.0), 1.0)
    length = 5 * np.where(floors, 0.156, 0.802) * (floors_count + np.sqrt(area / floors_count))
    head = 0.15 * length + worst
    gap = np.where(high, 15.0, 7.5)
    heat_kw = loss[own] * (area / home.area_m2[own]) * (20 - home.base_c[own]) / 1000
    flow = heat_kw * _LEAD[np.clip(plant.code("enum_cfg_installation_ch_id", 1), 0, 11)] / (1.163 * gap)
    many = np.maximum(1.0, area / 400)
    pump = np.maximum(30.0, 6.44 * (head * flow / many) ** 0.676 * many)
    hours = home.month("nref19").sum(axis=1)[own]
    wet &= ~_shared_heat_pump(batch)
    return sums(own, np.where(wet, pump * hours * units, 0.0), batch.size) / 1000


def _shared_heat_pump(batch: DpeBatch) -> NDArray[np.bool_]:
    """Installations whose shared base is a heat pump that the software of the file gives no pump."""
    plant, source = batch.of("installation_chauffage"), batch.of("generateur_chauffage")
    base = (roles(plant, source) == 1) & np.isin(source.code("enum_type_generateur_ch_id"), PUMPS)
    led = sums(np.maximum(source.parent, 0), base, plant.size)[: plant.size] > 0
    kind = plant.code("enum_type_installation_id", 1)
    found: NDArray[np.bool_] = led & (kind == _BASE_AND_OWN) & no_pump_of_shared_heat_pump(batch)[plant.owner]
    return found


def water_pumps(batch: DpeBatch, home: Dwelling, water: Water) -> F64:
    """Loops and heating tapes of shared hot water of each DPE [kWh/yr]."""
    plant = batch.of("installation_ecs")
    own = plant.owner
    loop = plant.code("enum_bouclage_reseau_ecs_id", 1)
    collective = plant.code("enum_type_installation_id", 1) >= 2
    part = plant.get("ratio_virtualisation")
    part = np.where((part > 0) & (part <= 1), part, home.label_m2[own] / home.whole_m2[own])
    ratio = np.where((home.building | home.from_building)[own], 1.0, 1 / part)
    whole = home.label_m2[own] * np.where(
        (home.building | home.from_building)[own], home.whole_m2[own] / home.label_m2[own], ratio
    )
    lost = water.need_wh[own] * (0.1 + 0.112 + 0.028) * ratio[:, None]
    drawn = _DAYS * 5
    flow = lost / (5.815 * drawn) / 1000
    levels = np.maximum(plant.get("nombre_niveau_installation_ecs", 1.0), 1.0)
    length = 4 * np.sqrt(whole / levels) + 6 * (levels - 0.5)
    hydraulic = flow * ((0.2 * length + 10) / 3.6)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.maximum(20.0, np.nan_to_num(hydraulic / (hydraulic**0.324 / 15.3)))
    year = (drawn * power + (_DAYS * 24 - drawn) * 20).sum(axis=1) / ratio
    tape = 0.14 * water.need_wh.sum(axis=1)[own]
    used = np.where(collective & (loop == 2), year, np.where(collective & (loop == 3), tape, 0.0))
    return sums(own, used, batch.size) / 1000


@dataclass(slots=True)
class Solar:
    """made_kwh [n]: solar electricity; taken_kwh: what each use takes of it."""

    made_kwh: F64
    taken_kwh: dict[str, F64]


def solar(batch: DpeBatch, home: Dwelling, electric_kwh: dict[str, F64], trust: bool) -> Solar:
    """Solar electricity of each DPE, and the part that its own uses take. electric_kwh: electricity of each use."""
    panel = batch.of("panneaux_pv")
    own = panel.owner
    area, by_module = panel.get("surface_totale_capteurs"), _MODULE_M2 * panel.get("nombre_module", 0.0)
    counted = counts_modules(batch)[own]
    area = np.where((area > 0) & ~(counted & (by_module > 0)), area, by_module)
    keys = (("enum_inclinaison_pv_id", 5), ("enum_orientation_pv_id", 6))
    tilt = read(
        dense("coef_orientation_pv", "coef_orientation_pv", keys),
        panel.code("enum_inclinaison_pv_id"),
        panel.code("enum_orientation_pv_id"),
    )
    row = read(by_row("coef_orientation_pv", "coef_orientation_pv"), panel.get("tv_coef_orientation_pv_id"))
    tilt = np.nan_to_num(np.where(np.isnan(tilt) | (trust & ~np.isnan(row)), row, tilt))
    sun = home.month("e_pv").sum(axis=1)[own]
    scale = np.where(counted, 1.0, np.nan_to_num(panel.get("ratio_virtualisation"), nan=1.0))
    made = sums(own, tilt * area * scale * _MODULE_RATE * sun * _MODULE_LOSS, batch.size)
    other = np.where(home.house, 29.0, 27.0 + 1.1) * home.area_m2
    uses = {**electric_kwh, "other": other}
    total = sum(uses.values(), np.zeros(batch.size))
    weighted = sum((_SELF[use] * kwh for use, kwh in uses.items()), np.zeros(batch.size))
    with np.errstate(divide="ignore", invalid="ignore"):
        cover, limit = made / total, weighted / total
        own_share = np.where(made > 0, 1 / (1 / cover + 1 / limit), 0.0)
        taken = {use: np.nan_to_num(own_share * total * _SELF[use] * kwh / weighted) for use, kwh in uses.items()}
    return Solar(made, taken)
