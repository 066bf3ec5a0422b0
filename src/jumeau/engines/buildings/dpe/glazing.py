"""Windows and doors: U, solar factor and south-equivalent area (3CL-DPE, parts 3.3, 6.2 and 6.3)."""

from functools import lru_cache

import numpy as np

from jumeau.engines.buildings.dpe.segments import monthly_sums, sums
from jumeau.engines.buildings.dpe.tables import Curves, by_row, climate, dense, line, read, recorded, rows
from jumeau.model.dpe import F64, I64, DpeBatch, Elements

_GAPS = 61
_BAYS = (("enum_type_baie_id", 9), ("enum_type_materiaux_menuiserie_id", 8))
_SECOND = "baie_vitree_double_fenetre"


@lru_cache(maxsize=1)
def _panes() -> F64:
    """Ug by glazing, gas, slope, coating and gap [mm]; a gap between two of the table takes the lower one."""
    out = np.full((8, 5, 6, 3, _GAPS), np.nan)
    for row in rows("ug"):
        gap = row["epaisseur_lame"]
        axes = [
            _codes(row["enum_type_vitrage_id"], 7),
            _codes(row["enum_type_gaz_lame_id"], 4),
            _codes(row["enum_inclinaison_vitrage_id"], 5),
            _codes(row["vitrage_vir"], 2),
        ]
        place = np.ix_(*(np.array(axis) for axis in axes), np.arange(_GAPS) if gap is None else np.array([int(float(gap))]))
        out[place] = np.where(np.isnan(out[place]), row["ug"], out[place])
    for gap in range(1, _GAPS):
        out[..., gap] = np.where(np.isnan(out[..., gap]), out[..., gap - 1], out[..., gap])
    for gap in range(_GAPS - 2, -1, -1):
        out[..., gap] = np.where(np.isnan(out[..., gap]), out[..., gap + 1], out[..., gap])
    return out


def _codes(cell: object, size: int) -> list[int]:
    return list(range(size)) if cell is None else [int(code) for code in str(cell).split("|") if int(code) < size]


@lru_cache(maxsize=1)
def _frames() -> Curves:
    return Curves("uw", "ug", "uw", _BAYS, 0.1, 7.0)


@lru_cache(maxsize=1)
def _shutters() -> tuple[F64, Curves]:
    """(group of extra resistance by shutter, Ujn by Uw in each group)."""
    steps = sorted({float(row["deltar"]) for row in rows("ujn")})
    group = np.zeros(10)
    for row in rows("deltar"):
        group[int(row["enum_type_fermeture_id"])] = steps.index(float(row["deltar"])) + 1
    return group, Curves.of(_by_resistance(steps), 0.1)


def _by_resistance(steps: list[float]) -> F64:
    grid = np.arange(0.0, 8.05, 0.1)
    out = np.full((len(steps) + 2, len(grid)), np.nan)
    for place, step in enumerate(steps, start=1):
        points = sorted({float(r["uw"]): float(r["ujn"]) for r in rows("ujn") if float(r["deltar"]) == step}.items())
        out[place] = line(points, grid)
    return out


def _typed(element: Elements, name: str, value: F64) -> F64:
    typed = element.get(name)
    return np.where(typed > 0, typed, value)


def _uw(bay: Elements, trust: bool) -> F64:
    """Uw of single windows [W/(m2.K)]."""
    glass = bay.code("enum_type_vitrage_id")
    gap = np.clip(np.nan_to_num(bay.get("epaisseur_lame"), nan=0.0), 0, _GAPS - 1)
    gap = np.where(glass == 4, np.minimum(gap, 20), gap)
    gas, coat = bay.code("enum_type_gaz_lame_id", 1), bay.code("vitrage_vir")
    slope = bay.code("enum_inclinaison_vitrage_id", 3)
    ug = read(_panes(), np.where(glass == 4, 2, glass), np.where(glass == 4, 1, gas), slope, coat, gap)
    ug = np.where(glass == 4, ug + 0.1, ug)
    if trust:
        row = recorded("ug", "ug", bay.get("tv_ug_id"), bay.get("di.ug"))
        ug = np.where(np.isnan(row), ug, row)
    ug = _typed(bay, "ug_saisi", ug)
    kind, frame = bay.code("enum_type_baie_id"), bay.code("enum_type_materiaux_menuiserie_id")
    uw = _frames().at(ug, kind, frame)
    uw = np.where(kind <= 3, read(dense("uw", "uw", _BAYS), kind, frame), uw)
    # software records the nearest row of a value that it interpolates: the row serves only where there is nothing else
    uw = np.where(np.isnan(uw), read(by_row("uw", "uw"), bay.get("tv_uw_id")), uw)
    return _typed(bay, "uw_saisi", uw)


def _sw(bay: Elements, trust: bool) -> F64:
    """Solar factor of single windows [-]."""
    keys = (*_BAYS, ("enum_type_pose_id", 5), ("vitrage_vir", 2), ("enum_type_vitrage_id", 7))
    found = read(
        dense("sw", "sw", keys),
        bay.code("enum_type_baie_id"),
        bay.code("enum_type_materiaux_menuiserie_id"),
        bay.code("enum_type_pose_id", 2),
        bay.code("vitrage_vir"),
        bay.code("enum_type_vitrage_id"),
    )
    # the value recorded for a double window is that of the pair
    row = recorded("sw", "sw", bay.get("tv_sw_id"), np.where(bay.get("double_fenetre") == 1, np.nan, bay.get("di.sw")))
    found = np.where(np.isnan(found) | (trust & ~np.isnan(row)), row, found)
    return _typed(bay, "sw_saisi", found)


def bay_values(batch: DpeBatch, trust: bool) -> tuple[F64, F64]:
    """(U with its shutter [W/(m2.K)], solar factor Sw [-]) of each window."""
    bay, second = batch.of("baie_vitree"), batch.of(_SECOND)
    uw, sw = _uw(bay, trust), _sw(bay, trust)
    # the schema has one pair of typed values for the whole of a double window
    real = ~np.isnan(second.get("enum_type_baie_id")) & (second.parent >= 0)
    if real.any() and bay.size:
        outer_u, outer_s = _uw(second, trust)[real], _sw(second, trust)[real]
        place = second.parent[real]
        pair = bay.get("double_fenetre")[place] == 1
        place, outer_u, outer_s = place[pair], outer_u[pair], outer_s[pair]
        uw[place] = 1 / (1 / uw[place] + 1 / outer_u + 0.07)
        sw[place] = sw[place] * outer_s
    group, curves = _shutters()
    shutter = group[np.clip(bay.code("enum_type_fermeture_id"), 0, 9)].astype(np.int64)
    ujn = curves.at(uw, shutter)
    if trust:
        told = recorded("ujn", "ujn", np.full(bay.size, np.nan), bay.get("di.ujn"))
        ujn = np.where(np.isnan(told), ujn, told)
    ujn = _typed(bay, "ujn_saisi", ujn)
    u = np.where((shutter > 0) & ~np.isnan(ujn), ujn, uw)
    u = np.where(np.isnan(u), bay.get("di.u_menuiserie"), u)
    return u, np.where(np.isnan(sw), bay.get("di.sw"), sw)


def shade(batch: DpeBatch) -> F64:
    """Share of the sun that obstacles leave to each window, Fe1 x Fe2 [-].

    Widths and angles are not in the files: the row recorded for each mask is the only description of it. An uneven far mask
    without any obstacle gives way to the even one: some software writes both for each window.
    """
    bay, far = batch.of("baie_vitree"), batch.of("masque_lointain_non_homogene")
    near = read(by_row("coef_masque_proche", "fe1"), bay.get("tv_coef_masque_proche_id"))
    even = read(by_row("coef_masque_lointain_homogene", "fe2"), bay.get("tv_coef_masque_lointain_homogene_id"))
    lost = np.nan_to_num(
        read(by_row("coef_masque_lointain_non_homoge", "omb"), far.get("tv_coef_masque_lointain_non_homogene_id"))
    )
    place = np.maximum(far.parent, 0)
    sky = sums(place, np.where(far.parent >= 0, lost, 0.0), max(bay.size, 1))[: bay.size]
    far_share = np.where(sky > 0, np.maximum(1 - sky / 100, 0.0), np.nan_to_num(even, nan=1.0))
    return np.nan_to_num(near, nan=1.0) * far_share


def _orientation(bay: Elements, zone: I64) -> F64:
    """C1 of each window and month [-]."""
    slope = np.clip(bay.code("enum_inclinaison_vitrage_id", 3), 1, 4) - 1
    side = bay.code("enum_orientation_id", 2)
    slope = np.where(side == 5, 3, slope)
    found: F64 = climate("c1")[slope, np.clip(side, 1, 4) - 1, np.clip(zone, 1, 8) - 1]
    return found


def sun_area(batch: DpeBatch, zone: I64, sw: F64) -> F64:
    """South-equivalent area of each DPE and month [m2], windows on verandas through the veranda."""
    bay = batch.of("baie_vitree")
    area = bay.get("surface_totale_baie", 0.0) * np.nan_to_num(sw) * shade(batch)
    monthly = area[:, None] * _orientation(bay, zone[bay.owner])
    near = bay.code("enum_type_adjacence_id", 1)
    buffer = near == 10
    out = monthly_sums(np.where((near == 1)[:, None], monthly, 0.0), bay.owner, batch.size)
    return out + _through(batch, zone, np.where(buffer[:, None], monthly, 0.0))


def _through(batch: DpeBatch, zone: I64, behind: F64) -> F64:
    """What reaches a dwelling through its verandas: direct, then what the veranda keeps and gives back."""
    ets, panes, bay = batch.of("ets"), batch.of("baie_ets"), batch.of("baie_vitree")
    out = np.zeros((batch.size, 12))
    if not ets.size:
        return out
    clear = read(by_row("coef_transparence_ets", "coef_transparence_ets"), ets.get("tv_coef_transparence_ets_id"))
    clear = np.where(np.isnan(clear), ets.get("di.coef_transparence_ets", 0.0), clear)
    lost = read(by_row("coef_reduction_deperdition", "b"), ets.get("tv_coef_reduction_deperdition_id"))
    lost = np.where(np.isnan(lost), ets.get("di.bver", 0.6), lost)
    own = np.where(panes.parent >= 0, panes.parent, 0)
    entry = panes.get("surface_totale_baie", 0.0) * (0.8 * clear[own] + 0.024)
    total = monthly_sums(entry[:, None] * _orientation(panes, zone[panes.owner]), own, ets.size)
    place = _veranda_of(bay, ets)
    direct = monthly_sums(np.where((place >= 0)[:, None], behind, 0.0), np.maximum(place, 0), ets.size) * clear[:, None]
    held = np.maximum(total - direct, 0.0) * lost[:, None]
    has_bay = sums(np.maximum(place, 0), place >= 0, ets.size) > 0
    out += monthly_sums(np.where(has_bay[:, None], direct + held, 0.0), ets.owner, batch.size)
    return out


def _veranda_of(bay: Elements, ets: Elements) -> I64:
    """Veranda of each window that gives on one: by reference, else the first of the dwelling; -1 elsewhere."""
    out = np.full(bay.size, -1, dtype=np.int64)
    first: dict[int, int] = {}
    named: dict[tuple[int, str], int] = {}
    for row, (owner, name) in enumerate(zip(ets.owner.tolist(), ets.text("reference"), strict=True)):
        first.setdefault(owner, row)
        named[owner, name] = row
    names = bay.text("reference_lnc")
    for row in np.flatnonzero(bay.code("enum_type_adjacence_id") == 10).tolist():
        owner = int(bay.owner[row])
        out[row] = named.get((owner, names[row]), first.get(owner, -1))
    return out


def door_u(door: Elements, trust: bool) -> F64:
    """U of each door [W/(m2.K)]."""
    found = read(dense("uporte", "uporte", (("enum_type_porte_id", 17),)), door.code("enum_type_porte_id"))
    row = read(by_row("uporte", "uporte"), door.get("tv_uporte_id"))
    found = np.where(np.isnan(found) | (trust & ~np.isnan(row)), row, found)
    found = _typed(door, "uporte_saisi", found)
    return np.where(np.isnan(found), door.get("di.uporte"), found)
