"""How generators of one installation share its need: back-ups, relays, a shared base (3CL-DPE, part 9)."""

import numpy as np

from jumeau.engines.buildings.dpe.combustion import kinds
from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.heat_sources import PUMPS
from jumeau.engines.buildings.dpe.plants import roles
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.model.dpe import F64, DpeBatch

_HYBRID_PUMP = (145, 146, 147, *range(162, 171))
_HYBRID_SHARE = np.array([0.80, 0.83, 0.88])


def parts_of_need(batch: DpeBatch, home: Dwelling, need: F64, pn: F64, give: F64) -> F64:
    """Part of the need of its installation that each generator covers [-]."""
    plant, source = batch.of("installation_chauffage"), batch.of("generateur_chauffage")
    up = np.maximum(source.parent, 0)
    setup = plant.code("enum_cfg_installation_ch_id", 1)[up] if plant.size else np.zeros(source.size, np.int64)
    role = roles(plant, source)
    code = source.code("enum_type_generateur_ch_id")
    wood = np.isin(code, (*range(55, 75), *range(152, 160)))
    pump = np.isin(code, PUMPS)
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
