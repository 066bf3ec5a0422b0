"""What makes and keeps hot water: stores, heat pumps and burners (3CL-DPE, parts 11 and 14)."""

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.combustion import burner_values, characteristics, rated, store_litres, water, water_power
from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.gases import ELECTRICITY
from jumeau.engines.buildings.dpe.plants import shares
from jumeau.engines.buildings.dpe.segments import above
from jumeau.engines.buildings.dpe.tables import by_row, number, read, recorded, rows
from jumeau.model.dpe import F64, I64, DpeBatch, Elements

_PUMPS = (*range(1, 13), 82)
_NETWORK = (72, 73, 74, 75, 76, 77, 119, 134)
_ELECTRIC_STORE = (68, 69, 70, 71, 118)
_ACCUMULATOR = (58, 59, 60, 61, 62, 105, 106, 107, 108, 109)
_GEYSER = (63, 64, 65, 66, 67, 110, 111, 112, 113, 114)
_INSTANT, _UNKNOWN = 117, 84
_NETWORK_RATES = (0.75, 0.9)
_RECENT = (40, 42, 44, 50, 53, 57, 97, 100, 104, 121, 123, 133)
_NO_TABLE = (78, 79, 80, 81, 84)


def generators(
    batch: DpeBatch, home: Dwelling, loss: F64, trust: bool, served: F64, rd: F64, up: I64, collective: NDArray[np.bool_]
) -> tuple[F64, F64, F64, F64, F64, F64]:
    plant, source = batch.of("installation_ecs"), batch.of("generateur_ecs")
    code = source.code("enum_type_generateur_ecs_id")
    part = above(np.where(collective, np.nan_to_num(plant.get("ratio_virtualisation"), nan=1.0), 1.0), up)
    store = _store(source, part, above(np.isin(plant.code("enum_methode_calcul_conso_id", 1), (2, 5)), up) > 0)
    pn, rpn, qp0, pilot = _burner(batch, home, loss, trust, part, up)
    alone = np.isin(code, _GEYSER).astype(np.float64)
    burning = water(rpn, qp0, pilot, store, served, np.isin(code, _ACCUMULATOR).astype(np.float64), alone)
    out_rd = above(rd, up)
    with np.errstate(divide="ignore", invalid="ignore"):
        store_rate = np.where(code == 71, 1.08, 1.0) / (1 + store * out_rd / served)
    cop = _cop(source, home, trust)
    network = np.where(np.isin(code, (73, 74, 75, 76, 77, 134)), 0.9, 0.75)
    joule = _by_joule(source)
    electric = joule | (code == _INSTANT)
    piped = np.isin(code, _NETWORK) | (source.code("enum_type_energie_id") == 8)
    network = np.where(piped & ~np.isin(code, (*_NETWORK, _UNKNOWN)), 0.9, network)
    told = source.get("di.rendement_generation_stockage")
    network = np.where(trust & np.isin(told, _NETWORK_RATES), told, network)
    rate = np.select(
        [piped, np.isin(code, _PUMPS), electric],
        [network, cop, np.where(store > 0, store_rate, 1.0) * np.where(code == 118, 0.97, 1.0)],
        burning,
    )
    rate = np.where(np.isnan(rate), source.get("di.rendement_generation"), rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.nan_to_num(served / (rate * out_rd))
    burner = ~(np.isin(code, (*_PUMPS, *_NETWORK)) | electric)
    return used, rate, store_rate, store, np.where(burner, np.nan_to_num(qp0), 0.0), pn / part


def _store(source: Elements, scale: F64, virtual: NDArray[np.bool_]) -> F64:
    """Yearly losses of the store of each generator [Wh]; scale: part of a collective store that is the dwelling's;
    virtual: the file gives the dwelling's part of the volume instead of the volume."""
    volume = store_litres(source)
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
    # volume and kind are always in the file: a row recorded for another size was not the one used
    found = np.where(np.isnan(found), row_value, found)
    electric = _by_joule(source)
    loss = np.where(electric, 8592 * 45 / 24 * volume * np.nan_to_num(found), 67662 * volume**0.55) * scale
    return np.where(volume > 1, loss, 0.0)


def _by_joule(source: Elements) -> NDArray[np.bool_]:
    """Stores heated by electric resistance; a default system that takes electricity is one."""
    code = source.code("enum_type_generateur_ecs_id")
    yes: NDArray[np.bool_] = np.isin(code, _ELECTRIC_STORE) | (
        np.isin(code, _NO_TABLE) & (source.code("enum_type_energie_id") == ELECTRICITY)
    )
    return yes


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
    row_value = recorded("scop", "scop", source.get("tv_scop_id"), np.fmax(source.get("di.cop"), source.get("di.scop")))
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
    volume = store_litres(source)
    _, units = shares(plant, "surface_habitable", home.area_m2)
    twin = _twin(batch, mixed)
    served = _served_by_twin(batch, home, twin, 1 / above(units, up))
    heat = 1.2 * loss[own] * (19 - home.base_c[own]) / 1000 / 0.95**3 * served
    whole = np.where(part < 1, heat / part, heat)
    power = np.fmax(np.where(mixed, whole, 0.0), water_power(volume))
    sized = rated(power, (~np.isin(code, _RECENT)).astype(np.float64)) * part
    pn, rpn, _, qp0, pilot = burner_values(source, "ecs", code, way, sized, part, trust, _NO_TABLE)
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


def _served_by_twin(batch: DpeBatch, home: Dwelling, twin: I64, alone: F64) -> F64:
    """Share of the heating that the boiler of each generator of hot water carries [-]."""
    plant, heater = batch.of("installation_chauffage"), batch.of("generateur_chauffage")
    if not heater.size:
        return alone
    share, _ = shares(plant, "surface_chauffee", home.area_m2)
    carried: F64 = np.where(twin >= 0, above(share, np.maximum(heater.parent[np.maximum(twin, 0)], 0)), alone)
    return carried
