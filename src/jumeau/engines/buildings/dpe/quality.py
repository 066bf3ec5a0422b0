"""Quality of the envelope as the label prints it: Ubat and a grade per kind of wall (arrêté of 31 March 2021, annex 2)."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.compute import Outputs
from jumeau.engines.buildings.dpe.glazing import bay_values, door_u
from jumeau.engines.buildings.dpe.habits import grades_floor_alone
from jumeau.engines.buildings.dpe.opaque import NOT_LOST, ceiling_u, floor_u, reduction, wall_u
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.model.dpe import F64, I64, DpeBatch, Elements

GRADES = {
    "enveloppe": (0.45, 0.65, 0.85),
    "mur": (0.30, 0.45, 0.65),
    "plancher_bas": (0.25, 0.45, 0.65),
    "plancher_haut_comble_perdu": (0.15, 0.20, 0.30),
    "plancher_haut_comble_amenage": (0.18, 0.25, 0.30),
    "plancher_haut_toit_terrasse": (0.25, 0.30, 0.35),
    "menuiserie": (1.6, 2.2, 3.0),
}
"""Upper bounds [W/(m2.K)] of grades 1 (very good), 2 and 3; 4 above them."""
_LOST_LOFTS, _SLOPES, _ROOM = (11, 12, 13, 7), (12, 13, 14, 16), 1


@dataclass(slots=True)
class Quality:
    """ubat [W/(m2.K)]; grade: 1 (very good) to 4 (poor) of each kind of wall; a dwelling that loses nothing
    by a kind has a 1 for it."""

    ubat: F64
    grade: dict[str, I64]


def quality(batch: DpeBatch, out: Outputs, trust: bool = False) -> Quality:
    """Quality of the envelope of each DPE. out: results of the same batch, computed with the same trust."""
    home, shell = out.home, out.envelope
    floor, roof, wall = batch.of("plancher_bas"), batch.of("plancher_haut"), batch.of("mur")
    bay, door = batch.of("baie_vitree"), batch.of("porte")
    b = {kind: reduction(batch.of(kind), home.zone[batch.of(kind).owner], trust) for kind in _AREAS}
    lost = sum((sums(batch.of(kind).owner, _area(batch, kind, b[kind]), batch.size) for kind in _AREAS), np.zeros(batch.size))
    with np.errstate(divide="ignore", invalid="ignore"):
        ubat = (shell.total - shell.fans - shell.leaks) / lost
    u_roof = ceiling_u(roof, home.around(roof.owner), trust)
    kinds = roof_kind(roof)
    means = {
        "mur": _mean(batch, [(wall, wall_u(wall, home.around(wall.owner), trust), _area(batch, "mur", b["mur"]))]),
        "plancher_bas": _mean(batch, [(floor, _floor_u(batch, out, trust), _area(batch, "plancher_bas", b["plancher_bas"]))]),
        "menuiserie": _mean(
            batch,
            [
                (bay, bay_values(batch, trust)[0], _area(batch, "baie_vitree", b["baie_vitree"])),
                (door, door_u(door, trust), _area(batch, "porte", b["porte"])),
            ],
        ),
    }
    for name in ("comble_perdu", "comble_amenage", "toit_terrasse"):
        area = _area(batch, "plancher_haut", b["plancher_haut"]) * (kinds == name)
        means[f"plancher_haut_{name}"] = _mean(batch, [(roof, u_roof, area)])
    means["enveloppe"] = ubat
    return Quality(ubat, {name: _grade(value, GRADES[name]) for name, value in means.items()})


def _floor_u(batch: DpeBatch, out: Outputs, trust: bool) -> F64:
    """U of each floor, with the ground below it or without [W/(m2.K)]."""
    floor = batch.of("plancher_bas")
    alone = grades_floor_alone(batch)[floor.owner]
    bare = replace(floor, columns={**floor.columns, "calcul_ue": np.where(alone, 0.0, floor.get("calcul_ue"))})
    return floor_u(bare, out.home.around(floor.owner), trust)


_AREAS = {
    "mur": "surface_paroi_opaque",
    "plancher_bas": "surface_paroi_opaque",
    "plancher_haut": "surface_paroi_opaque",
    "baie_vitree": "surface_totale_baie",
    "porte": "surface_porte",
}


def _area(batch: DpeBatch, kind: str, b: F64) -> F64:
    """Area that loses heat of each row [m2]."""
    part = batch.of(kind)
    lost = (b > 0) & (part.code("enum_type_adjacence_id", 1) != NOT_LOST)
    return np.where(lost, np.nan_to_num(part.get(_AREAS[kind])), 0.0)


def roof_kind(roof: Elements) -> NDArray[np.str_]:
    """What each ceiling is under: a lost loft, a converted one, or the sky above a flat roof."""
    near, kind = roof.code("enum_type_adjacence_id", 1), roof.code("enum_type_plancher_haut_id")
    lost, sloped = np.isin(near, _LOST_LOFTS), (near == _ROOM) & np.isin(kind, _SLOPES)
    return np.select([lost, sloped], ["comble_perdu", "comble_amenage"], "toit_terrasse")


def _mean(batch: DpeBatch, rows: list[tuple[Elements, F64, F64]]) -> F64:
    """Mean U of what a dwelling loses by [W/(m2.K)], NaN where it loses nothing."""
    area = sum((sums(part.owner, size, batch.size) for part, _, size in rows), np.zeros(batch.size))
    loss = sum((sums(part.owner, np.nan_to_num(u) * size, batch.size) for part, u, size in rows), np.zeros(batch.size))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(area > 0, loss / area, np.nan)


def _grade(value: F64, bounds: tuple[float, ...]) -> I64:
    """Grade of each mean U: a value on a bound is of the grade above it."""
    grade = np.searchsorted(np.array(bounds), np.nan_to_num(value) + 1e-9, side="right") + 1
    return np.where(np.isnan(value), 1, grade).astype(np.int64)
