"""Heating systems: emission, distribution, regulation, intermittence, generation and how they share the need
(3CL-DPE, parts 8, 9, 12 and 13)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.combustion import heating_value, kinds, rated, seasonal, water_power
from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.segments import above, sums
from jumeau.engines.buildings.dpe.tables import by_row, dense, read, rows
from jumeau.engines.buildings.dpe.water import burner_values, shares
from jumeau.model.dpe import F64, I64, DpeBatch, Elements

_NETWORKS = (107, 108, 109, 110, 111, 112, 142, 171)
_NO_TABLE = (113, 114, 115, 116, 117, 118, 119)
_RECENT = (80, 82, 84, 90, 93, 97, 132, 135, 139, 149, 151, 161)
_PUMPS = (*range(1, 20), 143, 145, 146, 147, *range(162, 171), 117, 118)
_HYBRID_PUMP = (145, 146, 147, *range(162, 171))
_HYBRID_SHARE = np.array([0.80, 0.83, 0.88])
_EMITTERS = ("enum_type_emission_distribution_id", 51)
_TWIN, _COMMON_I0 = 11, 1.03


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
    share, units = shares(plant, "surface_chauffee", batch.size)
    year = need.sum(axis=1)
    served = year[plant.owner] * share
    inter = _intermittence(batch, home, loss, trust)
    give = _give(batch, trust)
    role = roles(plant, source)
    rate, pn, rest, whole = _generation(batch, home, loss, share, units, trust)
    up = np.maximum(source.parent, 0)
    part = _parts(batch, home, need, pn, give)
    asked = _asked(plant, out, inter / give)
    factor = asked[up, role - 1]
    factor = np.where(np.isnan(factor), np.nanmax(np.nan_to_num(asked), axis=1)[up], factor)
    sun = _solar(plant, home, trust)
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


def _stove(part: Elements) -> NDArray[np.bool_]:
    """Stoves and inserts, among generators or among emitters."""
    burnt = np.isin(part.code("enum_type_generateur_ch_id"), range(20, 48))
    return burnt | np.isin(part.code("enum_type_emission_distribution_id"), (20, 21, 22, 23))


def roles(plant: Elements, part: Elements) -> I64:
    """1 main, 2 back-up, 3 bathroom: as declared; where all are declared as main, a base and its
    back-up go by order, and a stove beside another heating is the back-up."""
    role = np.clip(part.code("enum_lien_generateur_emetteur_id", 1), 1, 3)
    up = np.maximum(part.parent, 0)
    if not plant.size or not part.size:
        return role
    paired = np.isin(plant.code("enum_cfg_installation_ch_id", 1)[up], (10, 11))
    top = np.zeros(plant.size, dtype=np.int64)
    np.maximum.at(top, up, role)
    first = np.full(plant.size, part.size, dtype=np.int64)
    np.minimum.at(first, up, np.arange(part.size))
    later = np.arange(part.size) > first[up]
    beside = np.isin(plant.code("enum_cfg_installation_ch_id", 1)[up], (3, 5, 7, 9)) & (top[up] == 1) & _stove(part)
    role = np.where((paired & (top[up] == 1) & later) | beside, 2, role)
    return np.where(paired & (role == 3), 2, role)


@lru_cache(maxsize=1)
def _pauses() -> F64:
    keys = (
        ("enum_methode_application_dpe_log_id", 41),
        ("enum_type_installation_id", 5),
        ("enum_type_chauffage_id", 3),
        ("enum_equipement_intermittence_id", 8),
        ("enum_type_regulation_id", 3),
        _EMITTERS,
        ("enum_classe_inertie_id", 5),
    )
    shape = tuple(size + 1 for _, size in keys)
    out = np.full((2, *shape), np.nan)
    for row in rows("intermittence"):
        metered = str(row["comptage_individuel"] or "")
        for place in (0, 1) if not metered else (1,) if metered.startswith("Présence") else (0,):
            axes = [
                [int(c) for c in str(row[n]).split("|") if c and int(c) < s] if row[n] is not None else list(range(s))
                for n, s in keys
            ]
            cell = np.ix_([place], *axes)
            out[cell] = np.where(np.isnan(out[cell]), row["i0"], out[cell])
    return out


@lru_cache(maxsize=1)
def _metered() -> F64:
    """1 for the rows of intermittence with metering by dwelling."""
    out = np.zeros(len(rows("intermittence")) + 2)
    for row in rows("intermittence"):
        out[int(row["tv_intermittence_id"])] = str(row["comptage_individuel"] or "").startswith("Présence")
    return out


@lru_cache(maxsize=8)
def _fits(table: str) -> NDArray[np.bool_]:
    """Emitters that each row of a table is about."""
    found = rows(table)
    out = np.zeros((len(found) + 2, 52), dtype=bool)
    for row in found:
        cell = row["enum_type_emission_distribution_id"]
        codes = [int(code) for code in str(cell).split("|") if code] if cell is not None else list(range(51))
        out[int(row[f"tv_{table}_id"]), codes] = True
    return out


def _if_of(value: F64, table: str, row: F64, emitter: I64) -> F64:
    """Values of recorded rows, NaN where the row is about another emitter: some software writes row 1 everywhere."""
    fits = _fits(table)
    place = np.clip(np.nan_to_num(row, nan=len(fits) - 1), 0, len(fits) - 1).astype(np.int64)
    return np.where(fits[place, np.clip(emitter, 0, 51)], value, np.nan)


def _intermittence(batch: DpeBatch, home: Dwelling, loss: F64, trust: bool) -> F64:
    """Intermittence factor INT of each emitter [-]."""
    plant, out = batch.of("installation_chauffage"), batch.of("emetteur_chauffage")
    own, up = out.owner, np.maximum(out.parent, 0)
    kind = plant.code("enum_type_installation_id", 1)[up] if plant.size else np.zeros(out.size, np.int64)
    recorded = out.get("tv_intermittence_id")
    emitters = out.code("enum_type_emission_distribution_id")
    i0 = read(
        _pauses(),
        # whether heat is metered by dwelling is only in the recorded row
        np.nan_to_num(read(_metered(), recorded)).astype(np.int64),
        home.method[own],
        kind,
        out.code("enum_type_chauffage_id", 2),
        out.code("enum_equipement_intermittence_id", 1),
        out.code("enum_type_regulation_id", 1),
        emitters,
        home.inertia[own],
    )
    row = _if_of(read(by_row("intermittence", "i0"), recorded), "intermittence", recorded, emitters)
    i0 = np.where(np.isnan(i0) | (trust & ~np.isnan(row)), row, i0)
    i0 = np.where(np.isnan(i0), out.get("di.i0", 0.9), i0)
    # an emitter with a common circuit and its own: 60 % of the heat pauses as a common, unmetered one
    twin = plant.code("enum_cfg_installation_ch_id", 1)[up] == _TWIN if plant.size else np.zeros(out.size, dtype=bool)
    twin &= np.bincount(up, minlength=plant.size + 1)[up] == 1
    i0 = np.where(twin, 0.6 * _COMMON_I0 + 0.4 * i0, i0)
    with np.errstate(divide="ignore", invalid="ignore"):
        g = loss / (home.height_m * home.area_m2)
    return i0 / (1 + 0.1 * (np.nan_to_num(g, nan=1.0)[own] - 1))


def _give(batch: DpeBatch, trust: bool) -> F64:
    """Emission x distribution x regulation of each emitter [-]."""
    out = batch.of("emetteur_chauffage")
    kind = out.code("enum_type_emission_distribution_id")
    lagged = np.nan_to_num(out.get("reseau_distribution_isole")).astype(np.int64)
    product = np.ones(out.size)
    for table, value, keys, codes in (
        ("rendement_emission", "re", (_EMITTERS,), (kind,)),
        ("rendement_distribution_ch", "rd", (_EMITTERS, ("reseau_distribution_isole", 2)), (kind, lagged)),
        ("rendement_regulation", "rr", (_EMITTERS,), (kind,)),
    ):
        found = read(dense(table, value, keys), *codes)
        recorded_row = out.get(f"tv_{table}_id")
        row = _if_of(read(by_row(table, value), recorded_row), table, recorded_row, kind)
        product = product * np.where(np.isnan(found) | (trust & ~np.isnan(row)), row, found)
    recorded = out.get("di.rendement_emission") * out.get("di.rendement_distribution") * out.get("di.rendement_regulation")
    return np.where(np.isnan(product), recorded, product)


def _asked(plant: Elements, out: Elements, factor: F64) -> F64:
    """Heat that each role of each installation draws per unit of need: emitters of a role share it by heated area."""
    role = roles(plant, out) - 1
    place = np.maximum(out.parent, 0) * 3 + role
    area = np.nan_to_num(out.get("surface_chauffee"))
    size = max(plant.size, 1) * 3
    total = sums(place, area, size)
    count = np.bincount(place, minlength=size)
    weight = np.where(total[place] > 0, area / np.maximum(total[place], 1e-12), 1 / np.maximum(count[place], 1))
    found = sums(place, weight * np.nan_to_num(factor, nan=1.0), size)
    return np.where(count > 0, found, np.nan).reshape(-1, 3)


def _solar(plant: Elements, home: Dwelling, trust: bool) -> F64:
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
    return np.where(np.isin(plant.code("enum_cfg_installation_ch_id", 1), (2, 7)), np.nan_to_num(found), 0.0)


def _generation(batch: DpeBatch, home: Dwelling, loss: F64, share: F64, units: F64, trust: bool) -> tuple[F64, F64, F64, F64]:
    """(efficiency or SCOP [-], Pn [kW], losses at rest [kW], Pn of the whole shared boiler [kW]) of each generator."""
    source = batch.of("generateur_chauffage")
    code = source.code("enum_type_generateur_ch_id")
    fixed = read(dense("rendement_generation", "rg", (("enum_type_generateur_ch_id", 172),)), code)
    row = read(by_row("rendement_generation", "rg"), source.get("tv_rendement_generation_id"))
    fixed = np.where(np.isnan(fixed) | (trust & ~np.isnan(row)), row, fixed)
    scop = _scop(batch, home, trust)
    pn, rest, burnt, kind, part = _burners(batch, home, loss, share, units, trust)
    piped = (source.code("enum_type_energie_id") == 8) | np.isin(code, _NETWORKS)
    electric = source.code("enum_type_energie_id") == 1
    rate = np.select(
        [piped, np.isin(code, _PUMPS), (kind > 0) & electric, (kind > 0) & ~np.isnan(burnt)],
        [np.full(source.size, 0.97), scop, np.ones(source.size), burnt],
        fixed,
    )
    recorded = source.get("di.rendement_generation")
    recorded = np.where(recorded > 0, recorded, source.get("di.scop"))
    return np.where(np.isnan(rate), recorded, rate), pn, np.where(kind > 0, rest, 0.0), pn / part


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
        values[cell] = np.where(np.isnan(values[cell]), row["scop"], values[cell])
    kind = out.code("enum_type_emission_distribution_id")
    main = out.code("enum_lien_generateur_emetteur_id", 1) == 1
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
    row_value = read(by_row("scop", "scop"), source.get("tv_scop_id"))
    found = np.where(np.isnan(found) | (trust & ~np.isnan(row_value)), row_value, found)
    declared = np.fmax(source.get("di.scop"), source.get("di.cop"))
    typed = (source.code("enum_methode_saisie_carac_sys_id", 1) == 6) | np.isnan(found)
    return np.where(typed & (declared > 0), declared, found)


def _burners(
    batch: DpeBatch, home: Dwelling, loss: F64, share: F64, units: F64, trust: bool
) -> tuple[F64, F64, F64, I64, F64]:
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
    part = above(np.where((part > 0) & (part <= 1), part, 1.0), up)
    needed = 1.2 * loss[own] * (19 - home.base_c[own]) / 1000 / 0.95**3 * above(share, up)
    store = np.full(batch.size, -1.0)
    store[water.owner] = np.nan_to_num(water.get("volume_stockage"))
    mixed = (source.code("enum_usage_generateur_id", 1) == 3) & (store[own] >= 0)
    power = np.fmax(needed / part, np.where(mixed, water_power(store[own]), 0.0))
    sized = np.where(kind == 5, needed, rated(power, (~np.isin(code, _RECENT)).astype(np.float64)) * part)
    pn, rpn, rpint, rest, pilot = burner_values(source, "ch", code, way, sized, part, trust, _NO_TABLE)
    rpint = np.where(np.isnan(rpint), rpn, rpint)
    # a burner without a table is told by its own efficiencies: part load better than full load is a condensing boiler
    told = np.select([rpint > rpn * 1.01, rpint > rpn * 0.995], [3, 2], 1)
    kind = np.where(np.isin(code, (113, 114, 119)), told, kind)
    ratio = heating_value(source.code("enum_type_energie_id", 2))
    hot, mild = _temperatures(batch, home, code, trust)
    mild = np.where(source.get("presence_regulation_combustion", 0.0) == 1, mild, hot)
    with np.errstate(divide="ignore", invalid="ignore"):
        need_kw = loss[own] * (19 - home.base_c[own]) / 1000 / above(units, up)
        group = sums(up, np.where(kind > 0, np.nan_to_num(pn), 0.0), max(plant.size, 1))[up]
        burnt = seasonal(kind, pn, rpn, rpint, rest, pilot, hot, mild, ratio, group / need_kw)
    return pn, np.nan_to_num(rest), burnt, kind, part


def _temperatures(batch: DpeBatch, home: Dwelling, code: I64, trust: bool) -> tuple[F64, F64]:
    """Mean water temperature of each boiler at full load and at 30 % [degC]: the hottest of its circuits."""
    plant, source, out = batch.of("installation_chauffage"), batch.of("generateur_chauffage"), batch.of("emetteur_chauffage")
    period = out.code("enum_periode_installation_emetteur_id")
    built = np.where(home.period <= 3, 1, np.where(home.period <= 6, 2, 3))[out.owner]
    age = np.clip(np.where(period > 0, period, built), 1, 3)
    level = out.code("enum_temp_distribution_ch_id", 4)
    full, third = _water_tables()
    size = max(plant.size, 1)
    place = np.maximum(out.parent, 0)
    hot = np.full(size, -np.inf)
    np.maximum.at(hot, place, np.nan_to_num(full[np.clip(level, 0, 4), age], nan=-np.inf))
    up = np.maximum(source.parent, 0)
    group = _third_group()[np.clip(code, 0, 199)]
    mild = np.full((size, 5), -np.inf)
    for kind in range(1, 5):
        np.maximum.at(mild[:, kind], place, np.nan_to_num(third[kind, np.clip(level, 0, 4), age], nan=-np.inf))
    at_full, at_third = hot[up], mild[up, group]
    at_full = np.where(np.isfinite(at_full), at_full, 70.0)
    at_third = np.where(np.isfinite(at_third), at_third, 50.0)
    if trust:
        row = read(by_row("temp_fonc_100", "temp_fonc_100"), source.get("tv_temp_fonc_100_id"))
        at_full = np.where(np.isnan(row), at_full, row)
        row = read(by_row("temp_fonc_30", "temp_fonc_30"), source.get("tv_temp_fonc_30_id"))
        at_third = np.where(np.isnan(row), at_third, row)
    typed = source.code("enum_methode_saisie_carac_sys_id", 1) == 5
    at_full = np.where(typed & (source.get("di.temp_fonc_100") > 0), source.get("di.temp_fonc_100"), at_full)
    return at_full, np.where(typed & (source.get("di.temp_fonc_30") > 0), source.get("di.temp_fonc_30"), at_third)


_AGES = {"Avant 1981": 1, "Entre 1981 et 2000": 2, "Après 2000": 3}


@lru_cache(maxsize=1)
def _third_group() -> I64:
    """Family of boiler in the table of temperatures at 30 %: 1 condensing, 2 low temperature, 3 and 4 standard."""
    out = np.ones(200, dtype=np.int64) * 4
    families: dict[str, int] = {}
    for row in rows("temp_fonc_30"):
        codes = str(row["enum_type_generateur_ch_id"])
        family = families.setdefault(codes, len(families) + 1)
        out[[int(code) for code in codes.split("|")]] = family
    return out


@lru_cache(maxsize=1)
def _water_tables() -> tuple[F64, F64]:
    full, third = np.full((5, 4), np.nan), np.full((5, 5, 4), np.nan)
    for row in rows("temp_fonc_100"):
        full[int(row["enum_temp_distribution_ch_id"]), _age(row["periode_emetteurs"])] = row["temp_fonc_100"]
    families: dict[str, int] = {}
    for row in rows("temp_fonc_30"):
        family = families.setdefault(str(row["enum_type_generateur_ch_id"]), len(families) + 1)
        third[family, int(row["enum_temp_distribution_ch_id"]), _age(row["periode_emetteurs"])] = row["temp_fonc_30"]
    return full, third


def _age(text: str) -> int:
    return 1 if text.startswith("Avant") else 3 if text.startswith("Apr") else 2


def _parts(batch: DpeBatch, home: Dwelling, need: F64, pn: F64, give: F64) -> F64:
    """Part of the need of its installation that each generator covers [-]."""
    plant, source = batch.of("installation_chauffage"), batch.of("generateur_chauffage")
    up = np.maximum(source.parent, 0)
    setup = plant.code("enum_cfg_installation_ch_id", 1)[up] if plant.size else np.zeros(source.size, np.int64)
    role = roles(plant, source)
    code = source.code("enum_type_generateur_ch_id")
    wood = np.isin(code, (*range(55, 75), *range(152, 160)))
    pump = np.isin(code, _PUMPS)
    by_role = np.ones((12, 4))
    by_role[3, 1:3] = by_role[7, 1:3] = 0.75, 0.25
    by_role[4, 1:4] = 0.9, 0.1, 0.1
    by_role[5, 1:4] = 0.675, 0.225, 0.1
    by_role[9, 1:3] = 0.75, 0.25
    by_role[11, 1:3] = 0.6, 0.4
    part = by_role[np.clip(setup, 0, 11), role]
    group = up * 4 + role
    peers = np.bincount(group, minlength=(plant.size + 1) * 4)
    within = 1 / np.maximum(peers[group], 1)
    power = sums(group, np.nan_to_num(pn), (plant.size + 1) * 4)[group]
    burners = sums(group, kinds()[np.clip(code, 0, 199)] > 0, (plant.size + 1) * 4)[group]
    within = np.where((burners == peers[group]) & (power > 0), np.nan_to_num(pn) / np.maximum(power, 1e-12), within)
    zone3 = np.where(home.zone <= 3, 0, np.where(home.zone <= 7, 1, 2))[source.owner]
    hybrid = sums(up, np.isin(code, _HYBRID_PUMP), max(plant.size, 1))[up] > 0
    lead = np.where(hybrid, _HYBRID_SHARE[zone3], 0.8)
    relay = (np.isin(setup, (8, 9)) | hybrid) & (role == 1)
    within = np.where(relay, np.where(pump, lead, 1 - lead), within)
    within = np.where((setup == 6) & (role == 1), np.where(wood, 0.75, 0.25), within)
    base = _base(batch, home, need, pn, give)
    part = np.where(setup == 10, np.where(role == 1, base[up], 1 - base[up]), part)
    single = np.bincount(up, minlength=max(plant.size, 1))[up] == 1
    return np.where(single, 1.0, part * within)


def _base(batch: DpeBatch, home: Dwelling, need: F64, pn: F64, give: F64) -> F64:
    """Part of the need that the shared base of an installation covers before its back-up starts [-]."""
    plant, source, out = batch.of("installation_chauffage"), batch.of("generateur_chauffage"), batch.of("emetteur_chauffage")
    size = max(plant.size, 1)
    if not (plant.code("enum_cfg_installation_ch_id", 1) == 10).any():
        return np.full(size, 0.5)
    main = roles(plant, source) == 1
    burner = kinds()[np.clip(source.code("enum_type_generateur_ch_id"), 0, 199)] > 0
    told = main & (burner | (source.get("di.pn") > 0))
    power = sums(np.maximum(source.parent, 0), np.where(told, np.nan_to_num(pn), 0.0), size)
    first = np.full(size, np.nan)
    lead = np.flatnonzero(roles(plant, out) == 1)
    first[np.maximum(out.parent[lead], 0)] = give[lead]
    own = plant.owner
    year = need.sum(axis=1)
    dh14 = home.month("dh14")
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = 14 - power[: plant.size] * first[: plant.size] * dh14.sum(axis=1)[own] / year[own]
        # without a power, the base has half of what the coldest day asks, less the three losses of the usual sizing
        turn = np.where(power[: plant.size] > 0, turn, 14 - 0.5 * 0.95**3 * (14 - home.base_c[own]))
        gap = home.month("text")[own] - home.base_c[own][:, None]
        x = np.maximum(0.5 * (turn[:, None] - home.base_c[own][:, None]) / gap, 0.0)
        below = home.month("nref19")[own] * gap * x**5 * (14 - 28 * x + 20 * x**2 - 5 * x**3)
        ratio = np.clip(np.nan_to_num(below / dh14[own]), 0.0, 1.0)
        part = (need[own] * (1 - ratio)).sum(axis=1) / year[own]
    found = np.full(size, 0.5)
    found[: plant.size] = np.nan_to_num(part, nan=0.5)
    return found
