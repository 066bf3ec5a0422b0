"""Hot water: need, distribution, stores and generators (3CL-DPE, parts 11 and 14)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.combustion import characteristics, rated, water, water_power
from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.segments import above, sums
from jumeau.engines.buildings.dpe.tables import by_row, number, read, rows
from jumeau.model.dpe import F64, I64, DpeBatch, Elements

LITRES, LITRES_SPENDTHRIFT = 56.0, 79.0
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 24.0])
_PUMPS = (*range(1, 13), 82)
_NETWORK = (72, 73, 74, 75, 76, 77, 119, 134)
_ELECTRIC_STORE = (68, 69, 70, 71, 118)
_ACCUMULATOR = (58, 59, 60, 61, 62, 105, 106, 107, 108, 109)
_GEYSER = (63, 64, 65, 66, 67, 110, 111, 112, 113, 114)
_INSTANT = 117
_RECENT = (40, 42, 44, 50, 53, 57, 97, 100, 104, 121, 123, 133)
_NO_TABLE = (78, 79, 80, 81, 84)


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


def shares(part: Elements, size: str, batch_size: int) -> tuple[F64, F64]:
    """(share of the need of one unit of each installation, number of units). Units: dwellings with the same one."""
    units = np.maximum(part.get("rdim", 1.0), 1.0)
    area = np.nan_to_num(part.get(size))
    total = sums(part.owner, area * units, batch_size)[part.owner]
    alone = (np.bincount(part.owner, minlength=batch_size)[part.owner] == 1) & (units == 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(alone | (total <= 0), 1.0, area / total)
    return share, units


def hot_water(batch: DpeBatch, home: Dwelling, loss: F64, trust: bool, litres: float = LITRES) -> Water:
    """Hot water of each DPE. loss: GV of each DPE [W/K]; trust: recorded rows and powers first."""
    plant, source = batch.of("installation_ecs"), batch.of("generateur_ecs")
    adults = equivalent_adults(home.area_m2, home.homes, home.house)
    monthly = need(home, adults, litres)
    year = monthly.sum(axis=1)
    share, units = shares(plant, "surface_habitable", batch.size)
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
    out = _generators(batch, home, loss, trust, served, rd, up, collective)
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
    return np.where(plant.code("enum_cfg_installation_ecs_id", 1) == 2, np.nan_to_num(found), 0.0)


def _store(source: Elements, trust: bool, scale: F64, virtual: NDArray[np.bool_]) -> F64:
    """Yearly losses of the store of each generator [Wh]; scale: part of a collective store that is the dwelling's;
    virtual: the file gives the dwelling's part of the volume instead of the volume."""
    volume = np.nan_to_num(source.get("volume_stockage"))
    # a store that would keep less than one litre per dwelling is the dwelling's part already, whatever the file says
    virtual = (virtual | (volume * scale < 1)) & (scale > 0)
    volume = np.where(virtual, volume / np.where(virtual, scale, 1.0), volume)
    code = source.code("enum_type_generateur_ecs_id")
    values = np.full((140, 4), np.nan)
    for row in rows("pertes_stockage"):
        size = (
            int(np.searchsorted([100, 200, 300], number(row["volume_ballon"].split("<")[-1])))
            if ">" not in row["volume_ballon"]
            else 3
        )
        for kind in str(row["enum_type_generateur_ecs_id"]).split("|"):
            if np.isnan(values[int(kind), size]):
                values[int(kind), size] = row["cr"]
    found = values[np.clip(code, 0, 139), np.searchsorted([100, 200, 300], volume)]
    row_value = read(by_row("pertes_stockage", "cr"), source.get("tv_pertes_stockage_id"))
    found = np.where(np.isnan(found) | (trust & ~virtual & ~np.isnan(row_value)), row_value, found)
    electric = np.isin(code, _ELECTRIC_STORE)
    loss = np.where(electric, 8592 * 45 / 24 * volume * np.nan_to_num(found), 67662 * volume**0.55) * scale
    return np.where(volume > 1, loss, 0.0)


def _generators(
    batch: DpeBatch, home: Dwelling, loss: F64, trust: bool, served: F64, rd: F64, up: I64, collective: NDArray[np.bool_]
) -> tuple[F64, F64, F64, F64, F64, F64]:
    plant, source = batch.of("installation_ecs"), batch.of("generateur_ecs")
    code = source.code("enum_type_generateur_ecs_id")
    part = above(np.where(collective, np.nan_to_num(plant.get("ratio_virtualisation"), nan=1.0), 1.0), up)
    store = _store(source, trust, part, above(np.isin(plant.code("enum_methode_calcul_conso_id", 1), (2, 5)), up) > 0)
    pn, rpn, qp0, pilot = _burner(batch, home, loss, trust, part, up)
    alone = np.isin(code, _GEYSER).astype(np.float64)
    burning = water(rpn, qp0, pilot, store, served, np.isin(code, _ACCUMULATOR).astype(np.float64), alone)
    out_rd = above(rd, up)
    with np.errstate(divide="ignore", invalid="ignore"):
        store_rate = np.where(code == 71, 1.08, 1.0) / (1 + store * out_rd / served)
    cop = _cop(source, home, trust)
    network = np.where(np.isin(code, (73, 74, 75, 76, 77, 134)), 0.9, 0.75)
    electric = np.isin(code, (*_ELECTRIC_STORE, _INSTANT))
    piped = np.isin(code, _NETWORK) | (source.code("enum_type_energie_id") == 8)
    network = np.where(piped & ~np.isin(code, _NETWORK), 0.9, network)
    rate = np.select(
        [piped, np.isin(code, _PUMPS), electric],
        [network, cop, np.where(store > 0, store_rate, 1.0) * np.where(code == 118, 0.97, 1.0)],
        burning,
    )
    recorded = source.get("di.rendement_generation", np.nan)
    rate = np.where(np.isnan(rate), recorded, rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.nan_to_num(served / (rate * out_rd))
    burner = ~(np.isin(code, (*_PUMPS, *_NETWORK)) | electric)
    return used, rate, store_rate, store, np.where(burner, np.nan_to_num(qp0), 0.0), pn / part


def _cop(source: Elements, home: Dwelling, trust: bool) -> F64:
    keys = (("enum_type_generateur_ecs_id", 140), ("enum_zone_climatique_id", 9))
    code, zone = source.code("enum_type_generateur_ecs_id"), home.zone[source.owner]
    values = np.full((141, 10), np.nan)
    for row in rows("scop"):
        if row["enum_type_generateur_ecs_id"] is not None:
            kinds = [int(c) for c in str(row["enum_type_generateur_ecs_id"]).split("|")]
            zones = [int(c) for c in str(row["enum_zone_climatique_id"]).split("|")]
            values[np.ix_(kinds, zones)] = row["scop"]
    del keys
    found = values[np.clip(code, 0, 140), zone]
    row_value = read(by_row("scop", "scop"), source.get("tv_scop_id"))
    found = np.where(np.isnan(found) | (trust & ~np.isnan(row_value)), row_value, found)
    typed = (source.code("enum_methode_saisie_carac_sys_id", 1) == 6) | np.isnan(found)
    declared = np.fmax(source.get("di.cop"), source.get("di.scop"))
    return np.where(typed & (declared > 0), declared, found)


def _burner(batch: DpeBatch, home: Dwelling, loss: F64, trust: bool, part: F64, up: I64) -> tuple[F64, F64, F64, F64]:
    """(Pn [kW], Rpn [-], Qp0 [kW], pilot [kW]) of each generator of hot water."""
    plant, source = batch.of("installation_ecs"), batch.of("generateur_ecs")
    own, code = source.owner, source.code("enum_type_generateur_ecs_id")
    way = source.code("enum_methode_saisie_carac_sys_id", 1)
    mixed = source.code("enum_usage_generateur_id", 2) == 3
    volume = np.nan_to_num(source.get("volume_stockage"))
    _, units = shares(plant, "surface_habitable", batch.size)
    heat = 1.2 * loss[own] * (19 - home.base_c[own]) / 1000 / 0.95**3 / above(units, up)
    whole = np.where(part < 1, heat / part, heat)
    power = np.fmax(np.where(mixed, whole, 0.0), water_power(volume))
    sized = rated(power, (~np.isin(code, _RECENT)).astype(np.float64)) * part
    pn, rpn, _, qp0, pilot = burner_values(source, "ecs", code, way, sized, part, trust, _NO_TABLE)
    twin = _twin(batch, mixed)
    shared = (twin >= 0) & ~np.isin(way, (3, 4, 5)) & ~np.isin(code, _NO_TABLE)
    if shared.any():
        other = batch.of("generateur_chauffage").code("enum_type_generateur_ch_id")[np.maximum(twin, 0)]
        as_heater = characteristics("ch", other, pn / part, source.get("presence_ventouse", 0.0))
        shared &= ~np.isnan(as_heater[0])
        rpn, qp0 = np.where(shared, as_heater[0], rpn), np.where(shared, as_heater[2] * part, qp0)
    return pn, rpn, qp0, pilot


def _twin(batch: DpeBatch, mixed: NDArray[np.bool_]) -> I64:
    """Heating generator that also makes the hot water of each generator: the first mixed one of the DPE, -1 without."""
    heater = batch.of("generateur_chauffage")
    both = np.flatnonzero(heater.code("enum_usage_generateur_id", 1) == 3)
    first = np.full(batch.size, -1, dtype=np.int64)
    first[heater.owner[both][::-1]] = both[::-1]
    return np.where(mixed, first[batch.of("generateur_ecs").owner], -1)


def burner_values(
    source: Elements, use: str, code: I64, way: I64, sized: F64, part: F64, trust: bool, no_table: tuple[int, ...]
) -> tuple[F64, F64, F64, F64, F64]:
    """(Pn [kW], Rpn [-], Rpint [-], Qp0 [kW], pilot [kW]): a flat on a shared boiler has its part of the power, and the
    efficiency of the whole boiler."""
    declared = source.get("di.pn") / 1000
    given = np.isin(way, (2, 3, 4, 5)) | trust | np.isin(code, no_table)
    pn = np.where(given & (declared > 0), declared, sized)
    fan = source.get("presence_ventouse", 0.0)
    rpn, rpint, qp0 = characteristics(use, code, pn / part, fan)
    qp0 = qp0 * part
    typed = np.isin(way, (3, 4, 5)) | np.isin(code, no_table)
    rpn, rpint = _ratio(typed, source.get("di.rpn"), rpn), _ratio(typed, source.get("di.rpint"), rpint)
    lost = source.get("di.qp0")
    lost = np.where(lost > 0.1 * np.maximum(pn, 0.5), lost / 1000, lost)
    qp0 = np.where((np.isin(way, (4, 5)) | np.isin(code, no_table)) & (lost >= 0), lost, qp0)
    return pn, rpn, rpint, qp0, np.nan_to_num(source.get("di.pveilleuse"))


def _ratio(typed: NDArray[np.bool_], declared: F64, value: F64) -> F64:
    declared = np.where(declared > 2, declared / 100, declared)
    return np.where(typed & (declared > 0), declared, value)
