"""Heating of each dwelling: from the need to the final energy of each generator (3CL-DPE, parts 9, 12 and 13)."""

from dataclasses import dataclass

import numpy as np

from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.emitters import asked_by_role, give_rate, intermittence
from jumeau.engines.buildings.dpe.heat_sources import generation
from jumeau.engines.buildings.dpe.plants import roles, shares
from jumeau.engines.buildings.dpe.segments import above, sums
from jumeau.engines.buildings.dpe.sharing import parts_of_need
from jumeau.engines.buildings.dpe.tables import by_row, read, rows
from jumeau.model.dpe import F64, DpeBatch

_SUN_HEATS_BOTH = 4


@dataclass(slots=True)
class Heating:
    """used_kwh: final energy of each generator, its dwellings together; served_kwh: need it covers; by row of
    `generateur_chauffage`; pn_kw: power of the whole boiler, shared or not; solar_kwh by row of `installation_chauffage`."""

    used_kwh: F64
    served_kwh: F64
    solar_kwh: F64
    pn_kw: F64
    rest_kw: F64
    efficiency: F64
    intermittence: F64
    emission: F64
    units: F64


def heating(batch: DpeBatch, home: Dwelling, loss: F64, need: F64, trust: bool) -> Heating:
    """Final energy of each heating generator. loss: GV [W/K]; need [n, 12]: heat to give by month [kWh]."""
    plant, source, out = batch.of("installation_chauffage"), batch.of("generateur_chauffage"), batch.of("emetteur_chauffage")
    share, units = shares(plant, "surface_chauffee", home.area_m2)
    year = need.sum(axis=1)
    served = year[plant.owner] * share
    inter = intermittence(batch, home, loss, trust)
    give = give_rate(batch, trust)
    role = roles(plant, source)
    rate, pn, rest, whole = generation(batch, home, loss, share, trust)
    up = np.maximum(source.parent, 0)
    part = parts_of_need(batch, home, need, pn, give)
    asked = asked_by_role(plant, out, inter / give)
    factor = asked[up, role - 1]
    factor = np.where(np.isnan(factor), np.nanmax(np.nan_to_num(asked), axis=1)[up], factor)
    sun = _solar(batch, home, trust)
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.nan_to_num(above(served, up) * part * factor / rate * above(units, up))
    return Heating(
        used_kwh=used * (1 - above(sun, up)),
        served_kwh=above(served, up) * part * above(units, up),
        solar_kwh=sums(up, used * above(sun, up), plant.size)[: plant.size],
        pn_kw=whole,
        rest_kw=rest,
        efficiency=rate,
        intermittence=inter,
        emission=give,
        units=above(units, up),
    )


def _solar(batch: DpeBatch, home: Dwelling, trust: bool) -> F64:
    """Share of the heat made by the sun [-]: where the setup says so, or where the panels of the hot water heat too."""
    plant, tap = batch.of("installation_chauffage"), batch.of("installation_ecs")
    both = sums(tap.owner, tap.code("enum_type_installation_solaire_id") == _SUN_HEATS_BOTH, batch.size) > 0
    values = np.full(10, np.nan)
    for row in rows("facteur_couverture_solaire"):
        if int(row["enum_type_installation_solaire_id"]) == 1:
            values[int(row["enum_zone_climatique_id"])] = row["facteur_couverture_solaire"]
    found = values[home.zone[plant.owner]]
    row_value = read(
        by_row("facteur_couverture_solaire", "facteur_couverture_solaire"), plant.get("tv_facteur_couverture_solaire_id")
    )
    found = np.where(trust & ~np.isnan(row_value), row_value, found)
    typed = plant.get("fch_saisi")
    found = np.where(typed > 0, typed, found)
    return np.where(
        np.isin(plant.code("enum_cfg_installation_ch_id", 1), (2, 7)) | both[plant.owner], np.nan_to_num(found), 0.0
    )
