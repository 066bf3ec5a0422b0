"""Floors over the ground, a crawl space or an unheated cellar: Ue from U and 2S/P (3CL-DPE, part 3.2.2)."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.tables import Curves, line, rows
from jumeau.model.dpe import F64, I64, Elements

GROUND, CRAWL, CELLAR = 5, 3, 6
_FIRST = 3


def equivalent_u(u: F64, floor: Elements, near: I64, period: I64, beyond: NDArray[np.bool_]) -> F64:
    """Ue [W/(m2.K)] from U and 2S/P, rounded to a whole number; S is the area of the floor itself where files of before
    2023 have no field for it. beyond: the line goes on below the first 2S/P of the tables instead of stopping there."""
    area = floor.get("surface_ue")
    area = np.where(np.isnan(area), floor.get("surface_paroi_opaque"), area)
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = np.round(2 * area / floor.get("perimetre_ue"))
    shape = np.where(np.isfinite(shape), np.minimum(shape, 20), np.nan)

    def read(where: I64) -> F64:
        at_ground = np.where(period >= 7, ground_curves("new").at(u, where), ground_curves("old").at(u, where))
        return np.where(near == GROUND, at_ground, ground_curves("void").at(u, where))

    out = read(np.maximum(np.nan_to_num(shape, nan=21), _FIRST).astype(np.int64))
    short = beyond & (shape < _FIRST)
    if short.any():
        first = np.full(len(u), _FIRST)
        slope = read(first) - read(first + 1)
        out = np.where(short, out + (_FIRST - shape) * slope, out)
    return np.where(np.isnan(shape), np.nan, out)


@lru_cache(maxsize=4)
def ground_curves(kind: str) -> Curves:
    """Lines of Ue by U, one per value of 2S/P; odd values of 2S/P that the arrêté leaves out are read half-way."""
    grid = np.arange(0.0, 5.005, 0.01)
    values = np.full((22, len(grid)), np.nan)
    groups: dict[int, list[tuple[float, float]]] = {}
    for row in rows("ue"):
        near, periods = str(row["enum_type_adjacence_id"]), str(row["enum_periode_construction_id"]).split("|")
        mine = "void" if "5" not in near.split("|") else "new" if "7" in periods and "6" not in periods else "old"
        if mine == kind and row["tv_ue_id"] is not None:
            groups.setdefault(int(float(row["2s_p"])), []).append((float(row["upb"]), float(row["ue"])))
    for shape, points in groups.items():
        values[shape] = line(sorted(dict(points).items()), grid)
    known = sorted(groups)
    for shape in range(3, 21):
        if shape not in groups and known:
            below = max((k for k in known if k < shape), default=known[0])
            above = min((k for k in known if k > shape), default=known[-1])
            part = 0.0 if above == below else (shape - below) / (above - below)
            values[shape] = values[below] * (1 - part) + values[above] * part
    return Curves.of(values, 0.01)
