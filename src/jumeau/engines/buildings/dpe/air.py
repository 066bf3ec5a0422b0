"""Air renewal: ventilation, infiltration and the fans (3CL-DPE, parts 4 and 5)."""

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.habits import several_facades
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.engines.buildings.dpe.tables import by_row, dense, read, recorded
from jumeau.model.dpe import F64, I64, DpeBatch

_AIR_WH = 0.34
_LARGE, _SMALL, _MOST = 15.0, 20.0, 0.5
_SEALS_ROW = 12
_HYBRID = (26, 27, 28, 29, 30, 31)
_DOUBLE = (19, 20, 21, 22, 23, 24, 35, 36, 37, 38)
_NEW = (6, 9, 12, 15, 20, 22, 24, 28, 31, 33, 36, 38)
_LOW_PRESSURE = (16, 17, 18)
_NATURAL = (1, 2, 25, 34)
_HUMID = (7, 8, 9, 13, 14, 15, 17, 18)
_TYPES = (("enum_type_ventilation_id", 39),)


def _flow(kind: I64, name: str, row: F64, trust: bool) -> F64:
    found = read(dense("debits_ventilation", name, _TYPES), kind)
    noted = read(by_row("debits_ventilation", name), row)
    return np.where(np.isnan(found) | (trust & ~np.isnan(noted)), noted, found)


def permeability(batch: DpeBatch, period: I64, method: I64, trust: bool) -> F64:
    """Permeability of the envelope of each ventilation row under 4 Pa [m3/(h.m2)].

    period, method [-]: of each DPE. A building of before 1975 is tighter when most walls or ceilings are insulated, and
    one of before 1948 when most windows have seals.
    """
    vent = batch.of("ventilation")
    walls, both = insulated_shares(batch)
    tight = (walls > _MOST) | (both >= _MOST)
    sealed = _sealed_share(batch) >= _MOST
    keys = (
        ("enum_periode_construction_id", 11),
        ("enum_methode_application_dpe_log_id", 41),
        ("isolation_surfaces", 2),
        ("presence_joints_menuiserie", 2),
    )
    own = vent.owner
    shut = tight & (period <= 2)
    values = dense("q4pa_conv", "q4pa_conv", keys)
    found = read(values, period[own], method[own], shut[own].astype(np.int64), np.zeros(vent.size, np.int64))
    found = np.where((sealed & ~tight & (period == 1))[own], 2.5, found)
    noted = vent.get("tv_q4pa_conv_id")
    row = recorded("q4pa_conv", "q4pa_conv", noted, vent.get("di.q4pa_conv"))
    # seals are not in files of before 2023: there the recorded row is the only word on them
    told = sums(batch.of("baie_vitree").owner, ~np.isnan(batch.of("baie_vitree").get("presence_joint")), batch.size) > 0
    found = np.where((noted == _SEALS_ROW) & ~told[own], row, found)
    found = np.where(np.isnan(found) | (trust & ~np.isnan(row)), row, found)
    typed = vent.get("q4pa_conv_saisi")
    return np.where(typed > 0, typed, np.where(np.isnan(found), vent.get("di.q4pa_conv"), found))


def insulated_shares(batch: DpeBatch) -> tuple[F64, F64]:
    """Share of the lost area that is insulated [-]: of the walls, of walls and ceilings together."""
    period = batch.facts.code("enum_periode_construction_id", 1)
    good, total = [], []
    for kind in ("mur", "plancher_haut"):
        wall = batch.of(kind)
        state = wall.code("enum_type_isolation_id", 1)
        dated = np.maximum(period[wall.owner], wall.code("enum_periode_isolation_id"))
        yes = (state >= 3) | ((state == 1) & (dated >= 3))
        area = np.where(wall.code("enum_type_adjacence_id", 1) == 22, 0.0, wall.get("surface_paroi_opaque", 0.0))
        total.append(sums(wall.owner, area, batch.size))
        good.append(sums(wall.owner, area * yes, batch.size))
    with np.errstate(divide="ignore", invalid="ignore"):
        walls, both = good[0] / total[0], (good[0] + good[1]) / (total[0] + total[1])
    return np.nan_to_num(walls), np.nan_to_num(both)


def _sealed_share(batch: DpeBatch) -> F64:
    area, good = np.zeros(batch.size), np.zeros(batch.size)
    for kind, size in (("baie_vitree", "surface_totale_baie"), ("porte", "surface_porte")):
        part = batch.of(kind)
        area += sums(part.owner, part.get(size, 0.0), batch.size)
        good += sums(part.owner, part.get(size, 0.0) * (part.get("presence_joint") == 1), batch.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(good / area)


def renewal(
    batch: DpeBatch, area: F64, height: F64, lost_area: F64, period: I64, method: I64, trust: bool
) -> tuple[F64, F64]:
    """(ventilation, infiltration) of each DPE [W/K]. area [m2], height [m], lost_area [m2] without the low floor."""
    vent = batch.of("ventilation")
    own, kind = vent.owner, vent.code("enum_type_ventilation_id", 1)
    row = vent.get("tv_debits_ventilation_id")
    out_air, in_air = _flow(kind, "qvarep_conv", row, trust), _flow(kind, "qvasouf_conv", row, trust)
    leaks = _flow(kind, "smea_conv", row, trust)
    served = vent.get("surface_ventile")
    total = sums(own, np.nan_to_num(served), batch.size)
    many = np.bincount(own, minlength=batch.size) > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(many[own] & (total[own] > 0), np.nan_to_num(served) / total[own], 1.0)
    floor = area[own] * share
    tall = height[own]
    leak = permeability(batch, period, method, trust) * lost_area[own] * share + 0.45 * leaks * floor
    with np.errstate(divide="ignore", invalid="ignore"):
        n50 = leak / ((4 / 50) ** (2 / 3) * tall * floor)
        single = (vent.get("plusieurs_facade_exposee", 1.0) == 0) & ~several_facades(batch)[own]
        e, f = np.where(single, 0.02, 0.07), np.where(single, _SMALL, _LARGE)
        wind = tall * floor * n50 * e / (1 + f / e * ((in_air - out_air) / (tall * n50)) ** 2)
    fans = sums(own, np.nan_to_num(_AIR_WH * out_air * floor), batch.size)
    return fans, sums(own, np.nan_to_num(_AIR_WH * wind), batch.size)


def fan_power(batch: DpeBatch, area: F64, house: "NDArray[np.bool_]", trust: bool) -> F64:
    """Mean power of the fans of each DPE [W]."""
    vent = batch.of("ventilation")
    own, kind = vent.owner, vent.code("enum_type_ventilation_id", 1)
    flow = _flow(kind, "qvarep_conv", vent.get("tv_debits_ventilation_id"), trust)
    # the kind says when it was laid, and the flag of the file against it is not followed by any software; a low-pressure
    # fan has no date in its kind: there the flag is the only word on it
    dated = np.isin(kind, _LOW_PRESSURE) & (vent.get("ventilation_post_2012") == 1)
    new = np.isin(kind, _NEW) | dated
    double, humid, hybrid = np.isin(kind, _DOUBLE), np.isin(kind, _HUMID), np.isin(kind, _HYBRID)
    single = np.where(humid, np.where(new, 15.0, 50.0), np.where(new, 35.0, 65.0))
    at_home = np.where(double, np.where(new, 35.0, 80.0), single)
    per_flow = np.where(double, np.where(new, 0.6, 1.1), np.where(new, 0.25, 0.46))
    served = sums(own, np.nan_to_num(vent.get("surface_ventile")), batch.size)
    many = np.bincount(own, minlength=batch.size) > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(many[own], np.nan_to_num(vent.get("surface_ventile")) / served[own], 1.0)
    alone = house[own]
    power = np.where(alone, at_home, per_flow * flow * area[own]) * share
    power = np.where(hybrid, np.where(alone, 65.0 * 0.083 * share, 0.46 * flow * area[own] * share * 0.167), power)
    return sums(own, np.where(np.isin(kind, _NATURAL), 0.0, power), batch.size)
