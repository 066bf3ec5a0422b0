"""Where each row is: WKB in EPSG:2154, repaired when it can be and said when it was."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.sources.crs import XY, Frame, find_frame, to_legal
from jumeau.texts import t

_POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
_SAMPLE = 400
_KINDS = {"point": {0, 4}, "line": {1, 5}, "polygon": {3, 6}}
_ENVELOPE = 20_000_000.0
Flags = NDArray[np.bool_]


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Positions of the rows. wkb: EPSG:2154, null where there is none; xy: a point of each, NaN where there is none.

    bad: geometry there but unusable; repaired: made valid.
    """

    wkb: pa.Array
    xy: XY
    bad: Flags
    missing: Flags
    repaired: Flags
    frame: Frame | None
    notes: tuple[str, ...] = ()


def point_coordinates(wkb: pa.Array) -> XY | None:
    """Coordinates of plain 2D points, null as NaN; None when there is anything else."""
    if len(wkb) == 0:
        return None
    valid = wkb.is_valid().to_numpy(zero_copy_only=False)
    offsets = np.frombuffer(wkb.buffers()[1], dtype=np.int32)[wkb.offset : wkb.offset + len(wkb) + 1]
    sizes = np.diff(offsets)
    if not (sizes[valid] == _POINT.itemsize).all() or (sizes[~valid] != 0).any():
        return None
    start, stop = int(offsets[0]), int(offsets[-1])
    data = wkb.buffers()[2]
    records = np.frombuffer(data, dtype=np.uint8)[start:stop].view(_POINT) if data is not None else np.zeros(0, _POINT)
    if not ((records["order"] == 1) & (records["kind"] == 1)).all():
        return None
    xy = np.full((len(wkb), 2), np.nan)
    xy[valid, 0], xy[valid, 1] = records["x"], records["y"]
    return xy


def point_wkb(xy: XY) -> pa.Array:
    """WKB of points, null where a coordinate is NaN."""
    known = np.isfinite(xy).all(axis=1)
    records = np.zeros(int(known.sum()), dtype=_POINT)
    records["order"], records["kind"] = 1, 1
    records["x"], records["y"] = xy[known, 0], xy[known, 1]
    offsets = np.concatenate(([0], np.cumsum(known * _POINT.itemsize))).astype(np.int32)
    bitmap = np.packbits(known, bitorder="little")
    buffers = [pa.py_buffer(bitmap), pa.py_buffer(offsets), pa.py_buffer(records)]
    return pa.Array.from_buffers(pa.binary(), len(xy), buffers)


def places_of_points(xy: XY, declared: str | None, imposed: str, file: str) -> Places:
    """Positions given by two coordinates, whether columns or plain points."""
    none = np.zeros(len(xy), dtype=bool)
    missing = np.isnan(xy).any(axis=1) | ((xy == 0).all(axis=1))
    xy = np.where(missing[:, None], np.nan, xy)
    if missing.all():
        return Places(wkb=point_wkb(xy), xy=xy, bad=none, missing=missing, repaired=none, frame=None)
    frame = find_frame(_sample(xy), declared, imposed, file)
    moved = to_legal(xy, frame)
    bad = ~missing & ~_usable(moved)
    moved = np.where((missing | bad)[:, None], np.nan, moved)
    return Places(wkb=point_wkb(moved), xy=moved, bad=bad, missing=missing, repaired=none, frame=frame, notes=frame.notes)


def places_of_wkb(wkb: pa.Array, declared: str | None, imposed: str, file: str, wanted: str) -> Places:
    """Positions given by geometries. wanted: kind of geometry of the layer (`point`, `line`, `polygon`)."""
    xy = point_coordinates(wkb)
    if xy is not None:
        places = places_of_points(xy, declared, imposed, file)
        return places if wanted in {"point", "none"} else _said_points(places)
    return _shapes(wkb, declared, imposed, file, wanted)


def _said_points(places: Places) -> Places:
    return msgspec.structs.replace(places, notes=(*places.notes, t("imports.note_points_seuls")))


def _shapes(wkb: pa.Array, declared: str | None, imposed: str, file: str, wanted: str) -> Places:
    import shapely

    blobs = np.array(wkb.to_pylist(), dtype=object)
    shapes = shapely.from_wkb(blobs, on_invalid="ignore")
    unread = np.array([b is not None for b in blobs], dtype=bool) & shapely.is_missing(shapes)
    missing = (shapely.is_missing(shapes) & ~unread) | shapely.is_empty(shapes)
    shapes = shapely.force_2d(np.where(missing, None, shapes))
    there = shapes[~shapely.is_missing(shapes)]
    none = np.zeros(len(shapes), dtype=bool)
    if not len(there):
        blank = pa.nulls(len(shapes), pa.binary())
        return Places(wkb=blank, xy=np.full((len(shapes), 2), np.nan), bad=unread, missing=missing, repaired=none, frame=None)
    frame = find_frame(_sample(_corners(there)), declared, imposed, file)
    shapes = shapely.transform(shapes, lambda xy: to_legal(xy, frame))
    broken = unread | ~_fits(shapes)
    shapes[broken] = None
    shapes, repaired, lost = _valid(shapes)
    shapes, notes = _kind(shapes, wanted)
    lost |= ~missing & ~broken & ~lost & shapely.is_missing(shapes)
    return Places(
        wkb=pa.array(shapely.to_wkb(shapes), pa.binary()),
        xy=_inside(shapes),
        bad=(broken & ~missing) | lost,
        missing=missing,
        repaired=repaired,
        frame=frame,
        notes=(*frame.notes, *notes),
    )


def _corners(shapes: NDArray[Any]) -> XY:
    import shapely

    bounds = shapely.bounds(shapes)
    return np.asarray(bounds[:, :2], dtype=np.float64)


def _sample(xy: XY) -> XY:
    known = xy[np.isfinite(xy).all(axis=1)]
    return known[:: max(1, len(known) // _SAMPLE)]


def _usable(xy: XY) -> Flags:
    return np.asarray(np.isfinite(xy).all(axis=1) & (np.abs(np.nan_to_num(xy)) < _ENVELOPE).all(axis=1), dtype=bool)


def _fits(shapes: NDArray[Any]) -> Flags:
    import shapely

    bounds = shapely.bounds(shapes)
    gone = shapely.is_missing(shapes)
    return np.asarray(gone | (np.isfinite(bounds).all(axis=1) & (np.abs(np.nan_to_num(bounds)) < _ENVELOPE).all(axis=1)))


def _valid(shapes: NDArray[Any]) -> tuple[NDArray[Any], Flags, Flags]:
    """Shapes made valid, which were, and which became nothing."""
    import shapely

    broken = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    lost = np.zeros(len(shapes), dtype=bool)
    if broken.any():
        mended = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
        shapes = shapes.copy()
        empty = shapely.is_empty(mended)
        shapes[broken] = np.where(empty, None, mended)
        lost[np.flatnonzero(broken)[empty]] = True
    return shapes, broken & ~lost, lost


def _kind(shapes: NDArray[Any], wanted: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Bring shapes to the kind of the layer where nothing is invented: centre of a drawn asset for a layer of points."""
    import shapely

    kinds = shapely.get_type_id(shapes)
    out = shapes.copy()
    notes: list[str] = []
    single = (kinds == 4) & (shapely.get_num_geometries(shapes) == 1)
    out[single] = shapely.get_geometry(shapes[single], 0)
    if wanted == "point":
        drawn = ~np.isin(shapely.get_type_id(out), [-1, 0])
        if drawn.any():
            out[drawn] = shapely.point_on_surface(out[drawn])
            notes.append(t("imports.note_centres", count=int(drawn.sum())))
    elif wanted in {"line", "polygon"}:
        now = shapely.get_type_id(out)
        if wanted == "polygon" and np.isin(now, [0, 4]).any():
            notes.append(t("imports.note_points_seuls"))
        allowed = np.isin(now, [-1, *_KINDS[wanted]]) | (np.isin(now, [0, 4]) & (wanted == "polygon"))
        mixed = now == 7
        for i in np.flatnonzero(mixed):
            parts = [g for g in shapely.get_parts(out[i]) if shapely.get_type_id(g) in _KINDS[wanted]]
            out[i] = shapely.union_all(parts) if parts else None
        out[~allowed & ~mixed] = None
    return out, tuple(notes)


def _inside(shapes: NDArray[Any]) -> XY:
    import shapely

    points = shapes.copy()
    drawn = ~np.isin(shapely.get_type_id(points), [-1, 0])
    points[drawn] = shapely.point_on_surface(points[drawn])
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])
