"""The sky over a territory: light sent up, its blue part, the glow at each commune, and luminaires inside a trame noire."""

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.groups import Groups, summary
from jumeau.engines.lighting.diagnose import UPWARD
from jumeau.engines.lighting.sky import blue_share, sky_glow
from jumeau.engines.tables import conform, floats, texts
from jumeau.model.claim import GEOMETRY
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Moment
from jumeau.twin.nights import LIGHTS

DARK = "trame_noire"
NEEDED = ("commune", "lamp_technology", "cct_k", "luminous_flux_lm", "ulr", GEOMETRY)
Floats = NDArray[np.float64]
Triple = tuple[float | None, float | None, float | None]
ALONE_M = 100.0


class CommuneSky(msgspec.Struct, frozen=True):
    """The sky of one commune, None where nothing is known.

    upward_lm: sent up by the `known` luminaires whose flux and ULR are known; blue: share of blue of the light whose flux and
    lamp are known, low, mode and high; glow: index at the middle of the luminaires, of all known upward light of the twin;
    dark: luminaires inside the trame noire; alone: luminaires farther than ALONE_M from any other, each a breach in the dark;
    guess_lm: light sent up as the diagnosis draws it (mean, p5, p95); guess_glow: index of that light, all communes at their
    mean, then all low and all high together.
    """

    code: str
    luminaires: int
    known: int
    upward_lm: float | None
    blue: tuple[float, float, float] | None
    glow: float | None
    dark: int | None
    alone: int
    guess_lm: Triple
    guess_glow: Triple


def skies(view: View, groups: Groups | None = None, moment: Moment = NOW) -> list[CommuneSky]:
    """The sky of each commune, from the luminaires the actor sees. groups: of the latest diagnosis of the lighting."""
    shown = view.layers()
    if LIGHTS not in shown:
        return []
    columns = [n for n in NEEDED if n in shown[LIGHTS].names or n == GEOMETRY]
    table = conform({LIGHTS: view.read(LIGHTS, columns=columns, moment=moment)}, LIGHTS)
    codes, at = np.unique(texts(table, "commune").astype(str), return_inverse=True)
    flux, ulr = floats(table, "luminous_flux_lm"), floats(table, "ulr")
    upward = flux * ulr
    blue = blue_share(texts(table, "lamp_technology"), floats(table, "cct_k"))
    points, xy = _points(table)
    dark = _dark(view, points, moment)
    located: NDArray[np.bool_] = np.asarray(np.isfinite(xy).all(axis=1))
    middle = np.stack([_mean(xy[:, i], at, len(codes), located) for i in (0, 1)], axis=1)
    lit = located & np.isfinite(upward)
    placed: NDArray[np.bool_] = np.asarray(np.isfinite(middle).all(axis=1))
    glow = np.full(len(codes), np.nan)
    if lit.any():
        glow[placed] = sky_glow(xy[lit], upward[lit], middle[placed])
    guesses = [_guess(groups, str(code)) for code in codes]
    guessed = _guessed_glow(xy, at, located, middle, placed, guesses)
    lonely = alone(xy)
    out = []
    for i, code in enumerate(codes):
        mine = at == i
        told, coloured = mine & np.isfinite(upward), mine & np.isfinite(flux) & np.isfinite(blue[1])
        share = (blue[:, coloured] * flux[coloured]).sum(axis=1) / flux[coloured].sum() if coloured.any() else None
        row = CommuneSky(
            code=str(code),
            luminaires=int(mine.sum()),
            known=int(told.sum()),
            upward_lm=float(upward[told].sum()) if told.any() else None,
            blue=None if share is None else (float(share[0]), float(share[1]), float(share[2])),
            glow=float(glow[i]) if np.isfinite(glow[i]) else None,
            dark=None if dark is None else int((dark & mine).sum()),
            alone=int((lonely & mine).sum()),
            guess_lm=guesses[i],
            guess_glow=guessed[i],
        )
        out.append(row)
    return out


def alone(xy: Floats) -> NDArray[np.bool_]:
    """Luminaires (N, 2) [m] farther than ALONE_M from any other; those without position are not."""
    from scipy.spatial import cKDTree

    out = np.zeros(len(xy), bool)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if len(known) > 1:
        gap = cKDTree(xy[known]).query(xy[known], k=2)[0][:, 1]
        out[known] = gap > ALONE_M
    return out


def _guess(groups: Groups | None, code: str) -> Triple:
    """Upward light of a commune as the diagnosis draws it [lm]; Nones where it does not say."""
    if groups is None or code not in groups.keys or UPWARD not in groups.names:
        return None, None, None
    return summary(groups.draws[groups.keys.index(code), groups.names.index(UPWARD)])


def _guessed_glow(
    xy: Floats, at: NDArray[np.int64], located: NDArray[np.bool_], middle: Floats, placed: NDArray[np.bool_],
    guesses: list[Triple],
) -> list[Triple]:  # fmt: skip
    """Index of the guessed light at the middle of each commune: the light of a commune is shared among its luminaires."""
    count = np.maximum(np.bincount(at[located], minlength=len(guesses)), 1)
    each = (
        np.array([[np.nan if v is None else v for v in guess] for guess in guesses], np.float64).reshape(-1, 3)
        / count[:, None]
    )
    out = np.full((len(guesses), 3), np.nan)
    if placed.any() and np.isfinite(each).any():
        for k in range(3):
            out[placed, k] = sky_glow(xy[located], np.nan_to_num(each[at[located], k]), middle[placed])
    return [_three(row) if np.isfinite(g).all() else (None, None, None) for row, g in zip(out, each, strict=True)]


def _three(row: Floats) -> Triple:
    return (float(row[0]), float(row[1]), float(row[2])) if np.isfinite(row).all() else (None, None, None)


def _points(table: Any) -> tuple[NDArray[np.object_], Floats]:
    """Shapes of the luminaires (N,) and their coordinates (N, 2) [m], NaN without geometry."""
    import shapely

    shapes = shapely.from_wkb(np.asarray(table[GEOMETRY].to_numpy(), dtype=object))
    return shapes, np.stack([shapely.get_x(shapes), shapely.get_y(shapes)], axis=1)


def _mean(values: Floats, at: NDArray[np.int64], count: int, kept: NDArray[np.bool_]) -> Floats:
    sums = np.bincount(at[kept], weights=values[kept], minlength=count)
    number = np.bincount(at[kept], minlength=count)
    return np.where(number > 0, sums / np.maximum(number, 1), np.nan)


def _dark(view: View, points: NDArray[np.object_], moment: Moment) -> NDArray[np.bool_] | None:
    """Luminaires (N,) inside the polygons of the user's own layer `trame_noire`; None without such a layer."""
    import shapely

    layer = view.layers().get(DARK)
    if layer is None or layer.geometry not in ("polygon", "multipolygon"):
        return None
    read = view.read(DARK, moment=moment)[GEOMETRY]
    areas = shapely.from_wkb(np.asarray(read.drop_null().to_numpy(), dtype=object))
    found = np.zeros(len(points), bool)
    if len(areas):
        found[shapely.STRtree(points).query(areas, predicate="intersects")[1]] = True
    return found
