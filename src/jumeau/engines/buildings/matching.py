"""Which building a record speaks of: by identifier, by address, by parcel, by place, with a confidence."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
REACH_M = 40.0
BY_ID, BY_ADDRESS, BY_PARCEL, BY_PLACE, BY_NAME, NONE = "identifiant", "adresse", "parcelle", "lieu", "nom", "aucun"
NAMED = 0.75
SURE = 0.7
"""Confidence from which a match may change the twin."""
APART_M = 8.0
WORTH = ((BY_ID, 0.99), (BY_ADDRESS, 0.9), (BY_PARCEL, 0.78))
_RNB = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{12}(?![0-9A-Z])")


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """For each record (R): row of its building, -1 where there is none; confidence [-], 0 where there is none; how."""

    row: NDArray[np.int64]
    confidence: Floats
    how: list[str]


class Names(msgspec.Struct, frozen=True):
    """Rows of the buildings that bear a name elsewhere: RNB id, BAN key of an address, parcel; several may share one."""

    ids: Mapping[str, Sequence[int]] = {}
    addresses: Mapping[str, Sequence[int]] = {}
    parcels: Mapping[str, Sequence[int]] = {}


def match(
    records: dict[str, list[Any]], polygons: NDArray[Any], rnb: list[str | None], heights: Floats, known: Names,
    names: dict[str, int] | None = None,
) -> Match:  # fmt: skip
    """Buildings of records with columns rnb, ban, x, y [EPSG:2154], floor [m²], year, and if known name, score and parcels.

    rnb: identifier of each building; known: names that buildings bear elsewhere; names: name, as compared -> row of the only
    building that bears it. An identifier is worth 0.99, an address known to one building 0.9, a parcel that carries one
    building 0.78; where several buildings share one of them, the point of the record chooses, else nothing is sure. A point
    inside a footprint is worth 0.85, near it less with distance, and less where another building is nearly as near; a floor
    area that cannot stand in the building rules it out. score: how sure the place is where it comes from an address [-]. A
    name that one building alone bears is worth 0.75, and settles between near places.
    """
    n = len(records["rnb"])
    row, confidence, how = np.full(n, -1), np.zeros(n), [NONE] * n
    by_id: dict[str, list[int]] = {name: list(rows) for name, rows in known.ids.items()}
    for i, name in enumerate(rnb):
        if name and i not in by_id.setdefault(name, []):
            by_id[name].append(i)
    parcels = records.get("parcels") or [()] * n
    scores = records.get("score") or [None] * n
    for i in range(n):
        ways = (
            {r for one in rnb_ids(records["rnb"][i]) for r in by_id.get(one, ())},
            set(known.addresses.get(records["ban"][i] or "", ())),
            {r for one in parcels[i] for r in known.parcels.get(one, ())},
        )
        for (way, worth), rows in zip(WORTH, ways, strict=True):
            if rows:
                row[i], sure = _one_of(sorted(rows), records["x"][i], records["y"][i], polygons)
                confidence[i], how[i] = worth * sure, way
                break
    unsure = [i for i in range(n) if confidence[i] < SURE and records["x"][i] is not None and records["y"][i] is not None]
    left = np.array(unsure, int)
    if len(left) and len(polygons):
        points = np.array([[records["x"][i], records["y"][i]] for i in left], np.float64)
        floors = np.array([np.nan if records["floor"][i] is None else records["floor"][i] for i in left], np.float64)
        found, sure_of = _by_place(points, floors, polygons, heights)
        for k in np.flatnonzero(found >= 0):
            i, score = left[k], scores[left[k]]
            worth = sure_of[k] * (1.0 if score is None else score)
            if worth > confidence[i]:
                row[i], confidence[i], how[i] = found[k], worth, BY_PLACE if score is None else BY_ADDRESS
    for i, name in enumerate(records.get("name") or ()):
        bearer = (names or {}).get(name) if name else None
        if bearer is not None and confidence[i] < NAMED:
            agrees = row[i] == bearer
            row[i], confidence[i], how[i] = bearer, 0.9 if agrees else NAMED, how[i] if agrees else BY_NAME
    return Match(row=row, confidence=confidence.round(3), how=how)


def rnb_ids(text: str | None) -> list[str]:
    """RNB ids of a cell, which may list several."""
    return _RNB.findall(text.upper().replace("-", "")) if text else []


def _one_of(rows: list[int], x: float | None, y: float | None, polygons: NDArray[Any]) -> tuple[int, float]:
    """One of the buildings that share a name, and how sure: the nearest to the point, else the largest."""
    import shapely

    if len(rows) == 1:
        return rows[0], 1.0
    some = polygons[rows]
    if x is None or y is None:
        return rows[int(np.argmax(np.nan_to_num(shapely.area(some))))], 0.6
    far = np.nan_to_num(shapely.distance(some, shapely.Point(x, y)), nan=np.inf)
    first, second = np.argsort(far, kind="stable")[:2]
    return rows[int(first)], 0.95 if far[second] - far[first] >= APART_M else 0.6


def _by_place(points: Floats, floors: Floats, polygons: NDArray[Any], heights: Floats) -> tuple[NDArray[np.int64], Floats]:
    import shapely

    places = shapely.points(points)
    tree = shapely.STRtree(polygons)
    record, building = tree.query(places, predicate="dwithin", distance=REACH_M)
    distance = shapely.distance(places[record], polygons[building])
    levels = np.maximum(np.ceil(heights / 2.2) + 1, 1.0)
    room = np.asarray(shapely.area(polygons)) * np.where(np.isnan(levels), 15.0, levels)
    fits = ~(floors[record] > room[building])
    record, building, distance = record[fits], building[fits], distance[fits]
    order = np.lexsort((distance, record))
    record, building, distance = record[order], building[order], distance[order]
    first = np.flatnonzero(np.r_[True, record[1:] != record[:-1]]) if len(record) else np.zeros(0, np.int64)
    found, sure = np.full(len(points), -1), np.zeros(len(points))
    if not len(first):
        return found, sure
    second = np.where(np.r_[first[1:], len(record)] - first > 1, first + 1, first)
    gap = np.where(second > first, distance[second] - distance[first], REACH_M)
    worth = 0.85 * np.exp(-distance[first] / 20.0) * (0.6 + 0.4 * np.clip(gap / 8.0, 0, 1))
    found[record[first]], sure[record[first]] = building[first], worth
    return found, sure


def best_label(labels: list[str], floors: list[float]) -> str:
    """Label of a building of several diagnosed dwellings: the middle one by floor area."""
    order = sorted(zip(labels, floors, strict=True))
    half, total = sum(f for _, f in order) / 2, 0.0
    for label, floor in order:
        total += floor
        if total >= half:
            return label
    return order[-1][0]
