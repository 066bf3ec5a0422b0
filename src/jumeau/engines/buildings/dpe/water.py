"""Hot water of each dwelling: from the need to the final energy of each generator (3CL-DPE, part 11)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.plants import shares
from jumeau.engines.buildings.dpe.segments import above, sums
from jumeau.engines.buildings.dpe.tables import by_row, read, rows
from jumeau.engines.buildings.dpe.water_sources import generators
from jumeau.model.dpe import F64, DpeBatch, Elements

LITRES, LITRES_SPENDTHRIFT = 56.0, 79.0
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 24.0])


@dataclass(slots=True)
class Water:
    """need_wh [n, 12]; used_kwh: final energy of each generator; lost_wh [n]: distribution in the heated volume that can
    be recovered, per year; stores_wh [n]: losses of stores in the heated volume, per year; rest_w [n]: losses at rest of
    burners that make only hot water, in the heated volume; auxiliary values by generator."""

    need_wh: F64
    used_kwh: F64
    solar_kwh: F64
    lost_wh: F64
    stores_wh: F64
    rest_w: F64
    served_wh: F64
    units: F64
    pn_kw: F64
    share: F64
    efficiency: F64
    store_efficiency: F64


def equivalent_adults(area: F64, homes: F64, house: NDArray[np.bool_]) -> F64:
    """Adults that a dwelling is taken to hold [-]. area [m2]: of all the dwellings; homes [-]: their number."""
    mean = area / homes
    low, high, slope = np.where(house, 30.0, 10.0), np.where(house, 70.0, 50.0), np.where(house, 0.025, 0.035)
    most = np.where(mean < low, 1.0, np.where(mean < high, 1.75 - 0.01875 * (high - mean), slope * mean))
    return homes * np.where(most < 1.75, most, 1.75 + 0.3 * (most - 1.75))


def need(home: Dwelling, adults: F64, litres: float = LITRES) -> F64:
    """Heat for hot water by month [Wh]."""
    heat: F64 = 1.163 * adults[:, None] * litres * (40 - home.month("tefs")) * _DAYS
    return heat


def hot_water(batch: DpeBatch, home: Dwelling, loss: F64, trust: bool, litres: float = LITRES) -> Water:
    """Hot water of each DPE. loss: GV of each DPE [W/K]; trust: recorded rows and powers first."""
    plant, source = batch.of("installation_ecs"), batch.of("generateur_ecs")
    adults = equivalent_adults(home.area_m2, home.homes, home.house)
    monthly = need(home, adults, litres)
    year = monthly.sum(axis=1)
    share, units = shares(plant, "surface_habitable", home.area_m2)
    collective = plant.code("enum_type_installation_id", 1) >= 2
    # individual systems of a building that the file describes once for all its dwellings
    counted = np.maximum(plant.get("nombre_logement", 1.0), 1.0)
    spread = (~collective) & (units == 1) & (counted > 1) & (home.building | home.from_building)[plant.owner]
    units = np.where(spread, counted, units)
    each = np.where(spread, share / units, share)
    up = np.maximum(source.parent, 0)
    beside = np.bincount(up, minlength=max(plant.size, 1))[up]
    served = year[source.owner] * above(each, up) / np.maximum(beside, 1)
    rd = _distribution(plant)
    out = generators(batch, home, loss, trust, served, rd, up, collective)
    used, efficiency, store_rate, store, rest, pn = out
    solar = _solar(plant, home, trust)
    used_kwh = used * (1 - above(solar, up)) * above(units, up) / 1000
    solar_kwh = used * above(solar, up) * above(units, up) / 1000
    weight = year[plant.owner] * each * units
    lost = sums(plant.owner, weight * np.where(collective, 0.212, 0.1), batch.size)
    where = source.get("position_volume_chauffe_stockage")
    inside = np.where(np.isnan(where), source.get("position_volume_chauffe", 0.0), where) == 1
    own_rest = (source.get("position_volume_chauffe", 0.0) == 1) & ~above(collective, up).astype(bool)
    only = source.code("enum_usage_generateur_id", 2) == 2
    many = above(units, up)
    return Water(
        need_wh=monthly,
        used_kwh=used_kwh,
        solar_kwh=solar_kwh,
        lost_wh=lost,
        stores_wh=sums(source.owner, np.where(inside, store * many, 0.0), batch.size),
        rest_w=sums(source.owner, np.where(own_rest & only, rest * 1000 * many, 0.0), batch.size),
        served_wh=served,
        units=many,
        pn_kw=pn,
        share=above(each * units, up),
        efficiency=efficiency,
        store_efficiency=store_rate,
    )


def _distribution(plant: Elements) -> F64:
    """Distribution efficiency [-]; whether rooms are next to each other is only in the recorded row."""
    row = read(by_row("rendement_distribution_ecs", "rd"), plant.get("tv_rendement_distribution_ecs_id"))
    row = np.where(np.isnan(row), plant.get("di.rendement_distribution"), row)
    usual = np.where(plant.code("enum_type_installation_id", 1) == 1, 0.93, 0.52)
    return np.where(np.isnan(row), usual, row)


def _solar(plant: Elements, home: Dwelling, trust: bool) -> F64:
    """Share of hot water made by the sun [-]."""
    typed = plant.get("fecs_saisi")
    kind, zone = plant.code("enum_type_installation_solaire_id"), home.zone[plant.owner]
    values = np.full((2, 6, 10), np.nan)
    for row in rows("facteur_couverture_solaire"):
        place = (
            int(row["type_batiment"] == "maison"),
            int(row["enum_type_installation_solaire_id"]),
            int(row["enum_zone_climatique_id"]),
        )
        values[place] = row["facteur_couverture_solaire"]
    found = values[home.house[plant.owner].astype(np.int64), np.clip(kind, 0, 5), np.clip(zone, 0, 9)]
    row_value = read(
        by_row("facteur_couverture_solaire", "facteur_couverture_solaire"), plant.get("tv_facteur_couverture_solaire_id")
    )
    found = np.where(np.isnan(found) | (trust & ~np.isnan(row_value)), row_value, found)
    found = np.where(typed > 0, typed, found)
    setup = plant.code("enum_cfg_installation_ecs_id", 1)
    return np.where((setup == 2) | ((setup == 3) & (kind > 0)), np.nan_to_num(found), 0.0)
