"""Which cabinet feeds each luminaire: as written, by its circuit, or the nearest one, always with how sure that is."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import assign, flat, texts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WRITTEN, CIRCUIT, NEAREST, NONE = HOWS = ("numero", "circuit", "proche", "aucun")
SURE, BY_CIRCUIT, NEAR = 0.95, 0.9, 0.8
FAR_M = 2_000.0
"""Beyond this a luminaire is hardly fed by the cabinet: the voltage drop of a low-voltage line."""


class Attached(msgspec.Struct, frozen=True):
    """For each luminaire (N,): row of its cabinet (-1 none), how it was found (code in HOWS), confidence [0-1], distance [m],
    NaN where a position is unknown."""

    cabinet: Ints
    how: NDArray[np.int8]
    confidence: Floats
    distance_m: Floats


def attach(lights: pa.Table, cabinets: pa.Table, circuits: pa.Table | None = None) -> Attached:
    """Attach luminaires to cabinets of their own commune.

    A number two cabinets bear is settled by distance and less sure; a number no cabinet bears gives way to the circuit, then
    to the nearest cabinet. The confidence of the nearest falls as a second one comes as near, and with distance.
    """
    here, there = positions(lights), positions(cabinets)
    mine, theirs = texts(lights, "commune").astype(str), texts(cabinets, "commune").astype(str)
    out = Attached(
        np.full(lights.num_rows, -1), np.full(lights.num_rows, HOWS.index(NONE), np.int8),
        np.zeros(lights.num_rows), np.full(lights.num_rows, np.nan),
    )  # fmt: skip
    if not cabinets.num_rows:
        return out
    _by_name(out, texts(lights, "armoire").astype(str), mine, cabinets, theirs, (here, there), WRITTEN, SURE)
    if circuits is not None and circuits.num_rows:
        _by_name(out, _cabinet_of_circuit(lights, circuits), mine, cabinets, theirs, (here, there), CIRCUIT, BY_CIRCUIT)
    _by_distance(out, here, there, mine, theirs)
    known = out.cabinet >= 0
    out.distance_m[known] = np.hypot(*(here[known] - there[out.cabinet[known]]).T)
    far = out.distance_m > FAR_M
    out.confidence[far] *= FAR_M / out.distance_m[far]
    return out


def _by_name(
    out: Attached, names: NDArray[Any], mine: NDArray[Any], cabinets: pa.Table, theirs: NDArray[Any],
    places: tuple[Floats, Floats], how: str, sure: float,
) -> None:  # fmt: skip
    codes = texts(cabinets, "code").astype(str)
    keys = np.char.add(np.char.add(theirs, "\x1f"), codes)
    wanted = np.char.add(np.char.add(mine, "\x1f"), names)
    order = np.argsort(keys, kind="stable")
    first, last = (np.searchsorted(keys[order], wanted, side=side) for side in ("left", "right"))
    count = np.where((names == "") | (out.cabinet >= 0), 0, last - first)
    for row in np.flatnonzero(count > 1):
        among = order[first[row] : last[row]]
        gaps = np.hypot(*(places[1][among] - places[0][row]).T)
        out.cabinet[row] = among[np.nanargmin(gaps)] if np.isfinite(gaps).any() else among[0]
        out.confidence[row] = sure / count[row] if not np.isfinite(gaps).any() else sure * 0.6
    one = count == 1
    out.cabinet[one] = order[first[one]]
    out.confidence[one] = sure
    out.how[count > 0] = HOWS.index(how)


def _cabinet_of_circuit(lights: pa.Table, circuits: pa.Table) -> NDArray[Any]:
    """Number of the cabinet the circuit of each luminaire leaves from (N,), "" where it is not known."""
    key, known = (
        flat(pc.binary_join_element_wise(pc.fill_null(table["commune"], ""), table[name], "\x1f"))
        for table, name in ((lights, "circuit"), (circuits, "code"))
    )
    at = pc.index_in(key, value_set=known, skip_nulls=True)
    return np.asarray(pc.fill_null(flat(circuits["armoire"]).take(at), "").to_numpy(zero_copy_only=False), dtype=str)


def _by_distance(out: Attached, here: Floats, there: Floats, mine: NDArray[Any], theirs: NDArray[Any]) -> None:
    from scipy.spatial import cKDTree

    placed = np.isfinite(there).all(axis=1)
    left = np.flatnonzero((out.cabinet < 0) & np.isfinite(here).all(axis=1))
    for commune in np.unique(mine[left]):
        rows, among = left[mine[left] == commune], np.flatnonzero(placed & (theirs == commune))
        if not len(among):
            continue
        gaps, found = cKDTree(there[among]).query(here[rows], k=[1, 2])
        found = np.where(np.isfinite(gaps), found, 0)
        second = np.where(np.isfinite(gaps[:, 1]), gaps[:, 1], 4 * gaps[:, 0] + 100)
        out.cabinet[rows] = among[found[:, 0]]
        out.how[rows] = HOWS.index(NEAREST)
        out.confidence[rows] = NEAR * second / (second + gaps[:, 0] + 1e-9) * np.exp(-gaps[:, 0] / FAR_M)


def positions(table: pa.Table) -> Floats:
    """Positions [m] (N, 2), NaN where unknown."""
    import shapely

    out = np.full((table.num_rows, 2), np.nan)
    if "geometry" not in table.column_names:
        return out
    column = flat(table["geometry"])
    rows = np.flatnonzero(np.asarray(pc.is_valid(column)))
    if len(rows):
        shapes = shapely.from_wkb(column.take(pa.array(rows)).to_numpy(zero_copy_only=False))
        centre = shapely.centroid(shapes)
        out[rows] = np.stack([shapely.get_x(centre), shapely.get_y(centre)], axis=1)
    return out


def with_cabinets(bundle: Bundle) -> Bundle:
    """The bundle with the number of its cabinet, marked inferred, on each luminaire that gave none known."""
    lights, cabinets = bundle["luminaire"], bundle["armoire"]
    found = attach(lights, cabinets, bundle.get("circuit"))
    rows = (found.cabinet >= 0) & (found.how != HOWS.index(WRITTEN))
    if not rows.any():
        return bundle
    codes = texts(cabinets, "code")[np.maximum(found.cabinet, 0)]
    rows &= codes != ""
    codes[~rows] = None
    return dict(bundle) | {"luminaire": assign(lights, rows, {"armoire": codes})}
