"""Walls, floors and ceilings: reduction coefficients b and transmission coefficients U (3CL-DPE, parts 3.1 and 3.2)."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.dwelling import Around
from jumeau.engines.buildings.dpe.ground import CELLAR, CRAWL, GROUND, equivalent_u
from jumeau.engines.buildings.dpe.tables import by_row, dense, line, number, read, recorded, rows
from jumeau.model.dpe import F64, I64, Elements

OUTSIDE, NOT_LOST = 1, 22
_THICKEST_CM = 120
BUFFER = 10
_UNKNOWN, _UNKNOWN_LINING, _UNKNOWN_INSULATION, _WORST_WALL = 1, 1, 2, 2.5
_LAMBDA, _LAMBDA_FLOOR = 0.04, 0.042
_ZONE3 = np.array([0, 1, 1, 1, 2, 2, 2, 2, 3, 0])


def zone_letter(zone: I64) -> I64:
    """1, 2 or 3 for H1, H2 or H3."""
    return _ZONE3[np.clip(zone, 0, 9)]


@lru_cache(maxsize=1)
def _ratios() -> tuple[F64, F64, F64, F64]:
    """Bounds of Aiu/Aue; b by (adjacency, state of insulation, class of ratio); b without ratio; b of verandas by zone."""
    found = rows("coef_reduction_deperdition")
    bounds = np.array(sorted({number(row["aiu_aue_max"]) for row in found if row["aiu_aue_max"]}))
    by_ratio = np.full((24, 13, len(bounds) + 1), np.nan)
    plain, veranda = np.full(24, np.nan), np.full((13, 4), np.nan)
    for row in found:
        near = [int(code) for code in str(row["enum_type_adjacence_id"]).split("|")]
        if row["zone_climatique"]:
            veranda[int(row["enum_cfg_isolation_lnc_id"]), int(str(row["zone_climatique"])[1])] = row["b"]
        elif row["uvue"] is None:
            plain[near] = row["b"]
        else:
            top = number(row["aiu_aue_max"])
            place = len(bounds) if np.isnan(top) else int(np.searchsorted(bounds, top))
            by_ratio[near, int(row["enum_cfg_isolation_lnc_id"]), place] = row["b"]
    return bounds, by_ratio, plain, veranda


def reduction(wall: Elements, zone: I64, trust: bool) -> F64:
    """Reduction coefficient b [-] of each element. zone [-]: climate zone 1 to 8 of each; trust: use the recorded row."""
    bounds, by_ratio, plain, veranda = _ratios()
    near, state = wall.code("enum_type_adjacence_id"), wall.code("enum_cfg_isolation_lnc_id")
    inside, outside = wall.get("surface_aiu"), wall.get("surface_aue")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(outside > 0, inside / outside, np.inf)
    place = np.searchsorted(bounds, np.nan_to_num(ratio, nan=0.0, posinf=1e9) - 1e-9)
    found = read(by_ratio, near, state, place)
    found = np.where((outside == 0) & ~np.isnan(outside), 0.0, found)
    fixed = read(plain, near)
    b = np.where(np.isnan(fixed), np.where(np.isnan(inside) | np.isnan(outside), np.nan, found), fixed)
    b = np.where(near == BUFFER, read(veranda, state, zone_letter(zone)), b)
    row = recorded("coef_reduction_deperdition", "b", wall.get("tv_coef_reduction_deperdition_id"), wall.get("di.b"))
    # outside, and against what is heated, b is the law's: some software writes b x U there
    row = np.where((near == OUTSIDE) | (near == NOT_LOST), fixed, row)
    # two areas that are the same were not measured: the recorded row is the only word on their ratio
    b = np.where((inside == outside) & np.isnan(fixed) & (near != BUFFER) & ~np.isnan(row), row, b)
    out = np.where(np.isnan(row), b, row) if trust else np.where(np.isnan(b), row, b)
    return np.where(np.isnan(out), wall.get("di.b", 1.0), out)


def _layers(wall: Elements, bare: F64, table: F64, conductivity: float = _LAMBDA) -> F64:
    """U after insulation [W/(m2.K)] from the way it was entered. bare: U without it; table: U of the period.

    Bare and of unknown insulation at once is unknown: the lower of the two, as the arrêté has it.
    """
    way = wall.code("enum_methode_saisie_u_id", 1)
    way = np.where((way == 1) & (wall.code("enum_type_isolation_id") == _UNKNOWN), _UNKNOWN_INSULATION, way)
    with np.errstate(divide="ignore", invalid="ignore"):
        thick = 1 / (1 / bare + wall.get("epaisseur_isolation") / 100 / conductivity)
        resist = 1 / (1 / bare + wall.get("resistance_isolation"))
    ways = [way == 1, (way == 2) | (way == 7) | (way == 8), (way == 3) | (way == 4), (way == 5) | (way == 6)]
    return np.select(ways, [bare, np.fmin(bare, table), thick, resist], np.nan)


def _insulated(wall: Elements, period: I64) -> I64:
    """Period of insulation: as declared, else that of construction; what is known to be insulated is not before 1975, and
    what is not known to be has the period of construction, whatever else is declared."""
    declared = wall.code("enum_periode_isolation_id")
    unknown = wall.code("enum_type_isolation_id") <= 1
    dated = (declared > 0) & ~_by_construction(wall)
    return np.where(dated, declared, np.where(unknown, period, np.maximum(period, 3)))


def _by_construction(wall: Elements) -> NDArray[np.bool_]:
    """Walls entered as of unknown insulation."""
    way = wall.code("enum_methode_saisie_u_id", 1)
    yes: NDArray[np.bool_] = (way == _UNKNOWN_INSULATION) & (wall.code("enum_type_isolation_id") <= 1)
    return yes


@lru_cache(maxsize=4)
def _joule_rows(table: str) -> F64:
    """Whether each row of a table of U is for a heating by electric resistance."""
    out = np.full(max(int(row[f"tv_{table}_id"]) for row in rows(table)) + 2, np.nan)
    for row in rows(table):
        out[int(row[f"tv_{table}_id"])] = row["effet_joule"]
    return out


def _tabled(wall: Elements, table: str, around: Around, trust: bool, flat: F64 | None = None) -> F64:
    """U of the table of the arrêté for the period of insulation of each element [W/(m2.K)].

    What heated the dwelling when it was insulated is only in the recorded row; without one, it is today's heating.
    """
    when, zone = _insulated(wall, around.period), around.zone
    told = read(_joule_rows(table), wall.get(f"tv_{table}_id"))
    joule = np.where(np.isnan(told), around.joule, np.nan_to_num(told)).astype(np.int64)
    if flat is None:
        keys = (("enum_periode_construction_id", 11), ("enum_zone_climatique_id", 9), ("effet_joule", 2))
        found = read(dense(table, table, keys), when, zone, joule)
    else:
        lofts, flats = _roofs(table)
        found = np.where(flat > 0, read(flats, when, zone, joule), read(lofts, when, zone, joule))
    row = read(by_row(table, table), wall.get(f"tv_{table}_id"))
    declared = wall.code("enum_periode_isolation_id")
    torn = _by_construction(wall) & (declared > 0) & (declared != around.period)
    return np.where(np.isnan(row) | torn | (not trust), found, row)


@lru_cache(maxsize=1)
def _roofs(table: str) -> tuple[F64, F64]:
    out = []
    for kind in ("combles", "terrasse"):
        values = np.full((12, 10, 3), np.nan)
        for row in rows(table):
            if row["type_toiture"] == kind:
                periods = [int(c) for c in str(row["enum_periode_construction_id"]).split("|")]
                zones = [int(c) for c in str(row["enum_zone_climatique_id"]).split("|")]
                values[np.ix_(periods, zones, [int(row["effet_joule"])])] = row[table]
        out.append(values)
    return out[0], out[1]


@lru_cache(maxsize=1)
def _bare_walls() -> F64:
    """U0 by material (28 codes) and thickness [cm], lines between the thicknesses of the arrêté, held at both ends."""
    grid = np.arange(0.0, 121.0)
    out = np.full((29, len(grid)), np.nan)
    groups: dict[int, list[tuple[float, float]]] = {}
    for row in rows("umur0"):
        size = number(row["epaisseur_structure"])
        for code in str(row["enum_materiaux_structure_mur_id"]).split("|"):
            groups.setdefault(int(code), []).append((size, float(row["umur0"])))
    for material, points in groups.items():
        known = sorted(point for point in points if not np.isnan(point[0]))
        if not known:
            out[material] = points[0][1]
            continue
        ends = np.clip(grid, known[0][0], known[-1][0])
        out[material] = line(known, ends) if len(known) > 1 else known[0][1]
    return out


def wall_u(wall: Elements, around: Around, trust: bool) -> F64:
    """U of each wall [W/(m2.K)]. around: facts of the dwelling of each wall."""
    bare = _lined(wall, _bare(wall, trust), around)
    return _given(wall, _layers(wall, bare, _tabled(wall, "umur", around, trust)), "umur_saisi", "di.umur")


def _bare(wall: Elements, trust: bool) -> F64:
    """U0 of each wall from its material and thickness [W/(m2.K)]."""
    material = wall.code("enum_materiaux_structure_mur_id", 1)
    thickness = np.nan_to_num(wall.get("epaisseur_structure"), nan=0.0)
    # no wall is thicker than 1.2 m: such a figure is in millimetres
    thickness = np.clip(np.where(thickness > _THICKEST_CM, thickness / 10, thickness), 0, _THICKEST_CM)
    values = _bare_walls()
    low = np.floor(thickness).astype(np.int64)
    part = thickness - low
    clean = np.where((material > 0) & (material < 28), material, 28)
    bare = values[clean, low] * (1 - part) + values[clean, np.minimum(low + 1, 120)] * part
    # some software counts the lining in the U0 that it records
    seen = np.where(wall.code("enum_type_doublage_id") <= 2, wall.get("di.umur0"), np.nan)
    row = recorded("umur0", "umur0", wall.get("tv_umur0_id"), seen)
    no_size = np.isnan(wall.get("epaisseur_structure"))
    bare = np.where((trust | no_size) & ~np.isnan(row), row, bare)
    return np.where(wall.get("umur0_saisi") > 0, wall.get("umur0_saisi"), bare)


def _lined(wall: Elements, bare: F64, around: Around) -> F64:
    """U of each wall with its lining and its insulating coat [W/(m2.K)], capped."""
    kind = wall.code("enum_type_doublage_id")
    kind = np.where(kind == _UNKNOWN_LINING, wall.get("doublage_dit", 0.0), kind)
    insulated = np.isin(wall.code("enum_type_isolation_id"), (3, 4, 6)) | (wall.code("enum_methode_saisie_u_id", 1) == 2)
    kind = np.where(around.lining_or_insulation & insulated, 0, kind)
    lining = np.select([kind == 3, kind >= 4], [0.10, 0.21], 0.0)
    coat = np.where((wall.get("enduit_isolant_paroi_ancienne") == 1) & (wall.get("paroi_ancienne") != 0), 0.7, 0.0)
    lining = lining + coat
    first = np.where(around.cap_last, bare, np.fmin(bare, _WORST_WALL))
    with np.errstate(divide="ignore", invalid="ignore"):
        lined: F64 = np.fmin(1 / (1 / first + lining), _WORST_WALL)
    return lined


def ceiling_u(roof: Elements, around: Around, trust: bool) -> F64:
    """U of each ceiling [W/(m2.K)]; a ceiling under anything but the sky or a loft counts as a flat roof."""
    bare = read(dense("uph0", "uph0", (("enum_type_plancher_haut_id", 17),)), roof.code("enum_type_plancher_haut_id"))
    row = read(by_row("uph0", "uph0"), roof.get("tv_uph0_id"))
    bare = np.where(np.isnan(bare) | (trust & ~np.isnan(row)), row, bare)
    bare = np.where(roof.get("uph0_saisi") > 0, roof.get("uph0_saisi"), bare)
    near, kind = roof.code("enum_type_adjacence_id"), roof.code("enum_type_plancher_haut_id")
    loft = ((near >= 11) & (near <= 13)) | (near == 7) | ((near == OUTSIDE) & np.isin(kind, (12, 13, 14, 16)))
    table = _tabled(roof, "uph", around, trust, np.where(loft, 0.0, 1.0))
    return _given(roof, _layers(roof, bare, table), "uph_saisi", "di.uph")


def floor_u(floor: Elements, around: Around, trust: bool) -> F64:
    """U of each floor [W/(m2.K)]: Ue for a floor on the ground, a crawl space or an unheated cellar."""
    bare = read(dense("upb0", "upb0", (("enum_type_plancher_bas_id", 14),)), floor.code("enum_type_plancher_bas_id"))
    row = read(by_row("upb0", "upb0"), floor.get("tv_upb0_id"))
    bare = np.where(np.isnan(bare) | (trust & ~np.isnan(row)), row, bare)
    bare = np.where(floor.get("upb0_saisi") > 0, floor.get("upb0_saisi"), bare)
    table = _tabled(floor, "upb", around, trust)
    u = _given(floor, _layers(floor, bare, table, _LAMBDA_FLOOR), "upb_saisi", "di.upb")
    near = floor.code("enum_type_adjacence_id")
    on_ground = np.isin(near, (GROUND, CRAWL, CELLAR))
    unsized = on_ground & np.isnan(floor.get("perimetre_ue")) & np.isnan(floor.get("ue"))
    below = on_ground & ((floor.get("calcul_ue", 1.0) != 0) | unsized)
    ue = equivalent_u(u, floor, near, around.period, around.beyond_table)
    typed = floor.get("ue")
    ue = np.where(np.isnan(ue) | (trust & (typed > 0)), typed, ue)
    # without a perimeter the file gives no way to compute it
    ue = np.where(unsized, floor.get("di.upb_final"), ue)
    return np.where(below & (ue > 0), ue, u)


def _given(wall: Elements, u: F64, typed: str, recorded: str) -> F64:
    """A U typed from documents wins; one that the file gives no way to compute is read from its recorded value."""
    out = np.where(wall.get(typed) > 0, wall.get(typed), u)
    return np.where(np.isnan(out), wall.get(recorded), out)
