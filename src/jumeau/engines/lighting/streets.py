"""What a street looks like, read from its points and its lines: the road each luminaire lights, spacing, arrangement, class.

Everything here is inferred: what a luminaire says of itself is never replaced. A street is the lines of one name and nature
that follow each other; a luminaire belongs to the nearest line within REACH_M.
References: [1] EN 13201-3:2015, clause 5 (arrangements and spacing along a row). [2] IGN, BD TOPO version 3 (nature).
"""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import assign, flat, floats, texts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

REACH_M, LANE_M = 25.0, 3.0
_APART_M = 1e7
SPACING_M = (5.0, 120.0)
UNILATERAL, BILATERAL, STAGGERED, AXIAL = ARRANGEMENTS = ("unilateral", "bilateral", "quinconce", "axial")
FIELDS = ("road_class", "road_width_m", "spacing_m", "arrangement", "overhang_m")
_CLASS_BY_IMPORTANCE = {1: "M2", 2: "M3", 3: "M3", 4: "M4", 5: "M5", 6: "P4"}
_CLASS_BY_NATURE = (
    ("sentier", "P5"), ("chemin", "P5"), ("escalier", "P5"), ("piste cyclable", "P4"), ("empierrée", "P5"),
    ("rond-point", "C3"), ("autoroute", "M2"), ("quasi-autoroute", "M2"), ("bretelle", "M3"),
)  # fmt: skip


class Rows(msgspec.Struct, frozen=True):
    """Where each luminaire (N,) stands: line of its street and road segment (-1 none), distance along the street [m], signed
    distance to the axis [m], positive on the left; NaN where there is no street."""

    street: Ints
    segment: Ints
    along_m: Floats
    aside_m: Floats


def infer_streets(lights: pa.Table, roads: pa.Table) -> pa.Table:
    """The luminaires with what the roads say of them, marked inferred, where they say nothing themselves.

    Both tables in EPSG:2154. Without geometry on either side the table is given back as it is.
    """
    rows = place_along(lights, roads)
    if not (rows.street >= 0).any():
        return lights
    found = describe(rows, roads)
    for name, values in found.items():
        known = values != "" if values.dtype == object else np.isfinite(values)
        empty = np.asarray(pc.is_null(flat(lights[name]))) & known
        if empty.any():
            given = values.copy()
            given[~known] = None if values.dtype == object else np.nan
            lights = assign(lights, empty, {name: given})
    return lights


def place_along(lights: pa.Table, roads: pa.Table) -> Rows:
    """Nearest street of each luminaire, how far along it and on which side."""
    import shapely

    n = lights.num_rows
    nowhere = Rows(np.full(n, -1), np.full(n, -1), np.full(n, np.nan), np.full(n, np.nan))
    points, at = _shapes(lights)
    segments, of = _shapes(roads)
    if not len(points) or not len(segments):
        return nowhere
    points = shapely.centroid(points)
    streets, street_of = merge_streets(segments, _keys(roads, of))
    (point, segment) = shapely.STRtree(segments).query_nearest(points, max_distance=REACH_M, all_matches=False)
    line = streets[street_of[segment]]
    along = shapely.line_locate_point(line, points[point])
    before, after = (shapely.line_interpolate_point(line, np.maximum(along + d, 0)) for d in (-0.5, 0.5))
    a, b, p = (shapely.get_coordinates(x) for x in (before, after, points[point]))
    cross = (b[:, 0] - a[:, 0]) * (p[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (p[:, 0] - a[:, 0])
    aside = np.where(cross < 0, -1.0, 1.0) * shapely.distance(line, points[point])
    mine = at[point]
    for target, values in zip(
        (nowhere.street, nowhere.segment, nowhere.along_m, nowhere.aside_m),
        (street_of[segment], of[segment], along, aside),
        strict=True,
    ):
        target[mine] = values
    return nowhere


def merge_streets(segments: NDArray[Any], keys: NDArray[np.object_]) -> tuple[NDArray[Any], Ints]:
    """Segments (S,) of one key that follow each other, joined: the streets, and the street of each segment (S,)."""
    import shapely

    streets: list[Any] = []
    names, group = np.unique(keys.astype(str), return_inverse=True)
    order = np.argsort(group, kind="stable")
    for rank in np.split(order, np.searchsorted(group[order], np.arange(1, len(names)))):
        streets += list(shapely.get_parts(shapely.line_merge(shapely.union_all(segments[rank]))))
    lines = np.array(streets, object)
    middle = shapely.line_interpolate_point(segments, 0.5, normalized=True)
    (segment, street) = shapely.STRtree(lines).query_nearest(middle, all_matches=False)
    out = np.zeros(len(segments), np.int64)
    out[segment] = street
    return lines, out


def _keys(roads: pa.Table, rows: Ints) -> NDArray[np.object_]:
    name, nature = texts(roads, "name")[rows], texts(roads, "nature")[rows]
    own = texts(roads, "id")[rows]
    return np.where(name != "", name + "\x1f" + nature, np.where(nature != "", "\x1f" + nature, own))


def _shapes(table: pa.Table) -> tuple[NDArray[Any], Ints]:
    import shapely

    if "geometry" not in table.column_names or not table.num_rows:
        return np.zeros(0, object), np.zeros(0, np.int64)
    column = flat(table["geometry"])
    rows = np.flatnonzero(np.asarray(pc.is_valid(column)))
    shapes = shapely.force_2d(shapely.from_wkb(column.take(pa.array(rows)).to_numpy(zero_copy_only=False)))
    many = shapely.get_num_geometries(shapes) > 1
    shapes = np.where(
        many, shapely.line_merge(shapes), np.where(shapely.get_type_id(shapes) == 5, shapely.get_geometry(shapes, 0), shapes)
    )
    usable = ~shapely.is_empty(shapes) & (shapely.get_type_id(shapes) <= 1)
    return shapes[usable], rows[usable]


def describe(rows: Rows, roads: pa.Table) -> dict[str, NDArray[Any]]:
    """Road class, width [m], spacing [m], arrangement and overhang [m] of each luminaire (N,): "" or NaN where unknown."""
    width = np.where(rows.segment >= 0, road_width(roads)[rows.segment], np.nan)
    spacing, arrangement = rows_of(rows, width)
    overhang = np.where(arrangement == AXIAL, np.nan, width / 2 - np.abs(rows.aside_m))
    classes = np.where(rows.segment >= 0, road_classes(roads)[rows.segment], "")
    return {
        "road_class": classes, "road_width_m": width, "spacing_m": np.round(spacing, 1), "arrangement": arrangement,
        "overhang_m": np.where(np.abs(overhang) <= 10, np.round(overhang, 2), np.nan),
    }  # fmt: skip


def rows_of(rows: Rows, width: Floats) -> tuple[Floats, NDArray[np.object_]]:
    """Spacing in its own row [m] and arrangement of each luminaire (N,); NaN and "" where there is no neighbour to tell."""
    inside = rows.street >= 0
    axial = np.abs(rows.aside_m) < np.minimum(np.where(np.isfinite(width), 0.15 * width, 1.0), 1.5)
    side = np.where(axial, 0, np.where(rows.aside_m > 0, 1, -1))
    order = np.lexsort((rows.along_m, side, rows.street))
    order = order[inside[order]]
    same = (np.diff(rows.street[order]) == 0) & (np.diff(side[order]) == 0)
    gaps = np.diff(rows.along_m[order])
    gaps = np.where(same & (gaps >= SPACING_M[0]) & (gaps <= SPACING_M[1]), gaps, np.nan)
    both = np.stack([np.r_[np.nan, gaps], np.r_[gaps, np.nan]]) if len(order) else np.zeros((2, 0))
    spacing = np.full(len(side), np.nan)
    spacing[order] = np.nansum(both, axis=0) / np.where(np.isfinite(both).any(axis=0), np.isfinite(both).sum(axis=0), np.nan)
    place = np.asarray(rows.street * _APART_M + np.nan_to_num(rows.along_m), np.float64)
    arrangement = np.full(len(side), "", object)
    arrangement[inside & axial] = AXIAL
    for s in (-1, 1):
        mine, other = np.flatnonzero(inside & (side == s)), np.sort(place[inside & (side == -s)])
        step, across = spacing[mine], _nearest_gap(place[mine], other)
        arrangement[mine] = np.select(
            [np.isnan(step), across < 0.25 * step, across <= 0.75 * step], ["", BILATERAL, STAGGERED], UNILATERAL
        )
    return spacing, arrangement


def _nearest_gap(mine: Floats, other: Floats) -> Floats:
    """Distance of each of `mine` (M,) to the nearest of `other`, sorted; infinite when there is none."""
    if not len(other):
        return np.full(len(mine), np.inf)
    at = np.searchsorted(other, mine)
    near = np.stack([np.abs(other[np.clip(at + d, 0, len(other) - 1)] - mine) for d in (-1, 0)])
    return np.asarray(near.min(axis=0))


def road_width(roads: pa.Table) -> Floats:
    """Width of each road [m] (S,): its own, else its lanes at LANE_M each; NaN where neither is known."""
    own, lanes = floats(roads, "width_m"), floats(roads, "lanes")
    return np.where(np.isfinite(own), own, lanes * LANE_M)


def road_classes(roads: pa.Table) -> NDArray[np.object_]:
    """A likely EN 13201-2 class of each road (S,) from its nature and importance [2]; "" where neither speaks.

    It is a first guess for sorting: the choice of a class also needs traffic, speed, conflict areas and ambient light.
    """
    importance, nature = floats(roads, "importance"), texts(roads, "nature")
    out = np.array([_CLASS_BY_IMPORTANCE.get(int(i), "") if np.isfinite(i) else "" for i in importance], object)
    for word, choice in _CLASS_BY_NATURE:
        out = np.where(np.char.find(np.char.lower(nature.astype(str)), word) >= 0, choice, out)
    return out


def with_streets(bundle: Bundle) -> Bundle:
    """The bundle with its luminaires described by its `troncon_route` layer, when there is one."""
    roads = bundle.get("troncon_route")
    return (
        bundle
        if roads is None or not roads.num_rows
        else dict(bundle) | {"luminaire": infer_streets(bundle["luminaire"], roads)}
    )
