"""What makes the heat: efficiencies, heat pumps and burners (3CL-DPE, part 13)."""

import numpy as np

from jumeau.engines.buildings.dpe.circuits import water_temperatures
from jumeau.engines.buildings.dpe.combustion import (
    burner_values,
    heating_value,
    kinds,
    rated,
    seasonal,
    store_litres,
    water_power,
)
from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.plants import roles
from jumeau.engines.buildings.dpe.segments import above, sums
from jumeau.engines.buildings.dpe.tables import by_row, dense, read, recorded, rows
from jumeau.engines.buildings.dpe.told_burners import as_told, power_of_boiler
from jumeau.model.dpe import F64, I64, DpeBatch

PUMPS = (*range(1, 20), 143, 145, 146, 147, *range(162, 171), 117, 118)
_NETWORKS = (107, 108, 109, 110, 111, 112, 142, 171)
_NO_TABLE = (113, 114, 115, 116, 117, 118, 119)
_RECENT = (80, 82, 84, 90, 93, 97, 132, 135, 139, 149, 151, 161)


def generation(batch: DpeBatch, home: Dwelling, loss: F64, share: F64, trust: bool) -> tuple[F64, F64, F64, F64]:
    """(efficiency or SCOP [-], Pn [kW], losses at rest [kW], Pn of the whole shared boiler [kW]) of each generator."""
    source = batch.of("generateur_chauffage")
    code = source.code("enum_type_generateur_ch_id")
    fixed = read(dense("rendement_generation", "rg", (("enum_type_generateur_ch_id", 172),)), code)
    row = read(by_row("rendement_generation", "rg"), source.get("tv_rendement_generation_id"))
    fixed = np.where(np.isnan(fixed) | (trust & ~np.isnan(row)), row, fixed)
    scop = _scop(batch, home, trust)
    pn, rest, burnt, kind, part = _burners(batch, home, loss, share, trust)
    piped = (source.code("enum_type_energie_id") == 8) | np.isin(code, _NETWORKS)
    electric = source.code("enum_type_energie_id") == 1
    rate = np.select(
        [piped, np.isin(code, PUMPS), (kind > 0) & electric, (kind > 0) & ~np.isnan(burnt)],
        [np.full(source.size, 0.97), scop, np.ones(source.size), burnt],
        fixed,
    )
    seen = source.get("di.rendement_generation")
    seen = np.where(seen > 0, seen, source.get("di.scop"))
    return np.where(np.isnan(rate), seen, rate), pn, np.where(kind > 0, rest, 0.0), pn / part


def _scop(batch: DpeBatch, home: Dwelling, trust: bool) -> F64:
    """SCOP or COP of each heat pump [-]; with several emitters, the worst of them."""
    source, out = batch.of("generateur_chauffage"), batch.of("emetteur_chauffage")
    values = np.full((2, 173, 10), np.nan)
    for row in rows("scop"):
        if row["enum_type_generateur_ch_id"] is None:
            continue
        kinds_of = [int(c) for c in str(row["enum_type_generateur_ch_id"]).split("|")]
        zones = [int(c) for c in str(row["enum_zone_climatique_id"]).split("|")]
        wide = str(row["enum_type_emission_distribution_id"] or "").split("|")
        floors = [1] if "11" in wide else [0] if row["enum_type_emission_distribution_id"] else [0, 1]
        cell = np.ix_(floors, kinds_of, zones)
        # a row for floors comes after the one for everything, and holds for them
        values[cell] = row["scop"] if wide != [""] else np.where(np.isnan(values[cell]), row["scop"], values[cell])
    kind = out.code("enum_type_emission_distribution_id")
    main = roles(batch.of("installation_chauffage"), out) == 1
    other = (
        sums(
            np.maximum(out.parent, 0),
            main & ~(((kind >= 11) & (kind <= 18)) | np.isin(kind, (43, 44))),
            max(batch.of("installation_chauffage").size, 1),
        )
        > 0
    )
    floor = (~other[np.maximum(source.parent, 0)]).astype(np.int64)
    code, zone = source.code("enum_type_generateur_ch_id"), home.zone[source.owner]
    found = values[floor, np.clip(code, 0, 172), zone]
    declared = np.fmax(source.get("di.scop"), source.get("di.cop"))
    row_value = recorded("scop", "scop", source.get("tv_scop_id"), declared)
    found = np.where(np.isnan(found) | (trust & ~np.isnan(row_value)), row_value, found)
    typed = (source.code("enum_methode_saisie_carac_sys_id", 1) == 6) | np.isnan(found)
    return np.where(typed & (declared > 0), declared, found)


def _burners(batch: DpeBatch, home: Dwelling, loss: F64, share: F64, trust: bool) -> tuple[F64, F64, F64, I64, F64]:
    """(Pn [kW], losses at rest [kW], seasonal efficiency [-], part of the method, part of the shared boiler that is the
    dwelling's [-]) of each generator."""
    plant, source, water = batch.of("installation_chauffage"), batch.of("generateur_chauffage"), batch.of("generateur_ecs")
    own, up, code = source.owner, np.maximum(source.parent, 0), source.code("enum_type_generateur_ch_id")
    way = source.code("enum_methode_saisie_carac_sys_id", 1)
    kind = kinds()[np.clip(code, 0, 199)]
    part = np.nan_to_num(plant.get("ratio_virtualisation"), nan=1.0)
    small = (home.label_m2 / home.whole_m2)[plant.owner]
    shared = (plant.code("enum_type_installation_id", 1) >= 2) & np.isnan(plant.get("ratio_virtualisation"))
    part = np.where(shared & (small < 1) & ~home.from_building[plant.owner], small, part)
    part = np.where(plant.code("enum_type_installation_id", 1) == 1, 1.0, part)
    part = above(np.where((part > 0) & (part <= 1), part, 1.0), up)
    needed = 1.2 * loss[own] * (19 - home.base_c[own]) / 1000 / 0.95**3 * above(share, up)
    store = np.full(batch.size, -1.0)
    store[water.owner] = store_litres(water)
    mixed = (source.code("enum_usage_generateur_id", 1) == 3) & (store[own] >= 0)
    power = np.fmax(needed / part, np.where(mixed, water_power(store[own]), 0.0))
    sized = np.where(kind == 5, needed, rated(power, (~np.isin(code, _RECENT)).astype(np.float64)) * part)
    pn, rpn, rpint, rest, pilot = burner_values(
        source, "ch", code, way, sized, part, trust, _NO_TABLE, power_of_boiler(batch)
    )
    rpint = np.where(np.isnan(rpint), rpn, rpint)
    # a burner without a table is told by its own efficiencies: part load better than full load is a condensing boiler
    told = np.select([rpint > rpn * 1.01, rpint > rpn * 0.995], [3, 2], 1)
    kind = np.where(np.isin(code, (113, 114, 119)), told, kind)
    if trust:
        rpn, rpint, rest, kind = as_told(source, code, way, part, (pn, rpn, rpint, rest, kind))
    ratio = heating_value(source.code("enum_type_energie_id", 2))
    hot, mild = water_temperatures(batch, home, code, trust)
    regulated = source.get("presence_regulation_combustion")
    with np.errstate(divide="ignore", invalid="ignore"):
        need_kw = loss[own] * (19 - home.base_c[own]) / 1000 * above(share, up)
        group = sums(up, np.where(kind > 0, np.nan_to_num(pn), 0.0), max(plant.size, 1))[up]
        last = (ratio, group / need_kw)
        burnt = seasonal(kind, pn, rpn, rpint, rest, pilot, hot, np.where(regulated == 1, mild, hot), *last)
    seen = source.get("di.rendement_generation")
    silent = np.flatnonzero(trust & np.isnan(regulated) & (kind > 0) & (seen > 0))
    if silent.size:
        # a file that does not say whether its boiler is regulated says it by the efficiency that it came to
        columns = (pn, rpn, rpint, rest, pilot, hot, mild, *last)
        other = seasonal(kind[silent], *(column[silent] for column in columns))
        nearer = np.abs(other - seen[silent]) < np.abs(burnt[silent] - seen[silent])
        burnt[silent[nearer]] = other[nearer]
    return pn, np.nan_to_num(rest), burnt, kind, part
