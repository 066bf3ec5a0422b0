"""Which coordinate system a file really uses: what it declares, checked against where its points fall."""

from functools import cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.texts import t

LEGAL = "EPSG:2154"
_CANDIDATES = (
    LEGAL, "EPSG:4326", "EPSG:3857", *(f"EPSG:{3942 + zone}" for zone in range(9)), "EPSG:27572", "EPSG:32631", "EPSG:32630",
    "EPSG:32632",
)  # fmt: skip
_MAINLAND = (
    (-5.4, 48.9), (-5.4, 47.7), (-3.0, 46.6), (-1.6, 44.6), (-2.0, 43.2), (-0.6, 42.6), (1.5, 42.2), (3.4, 42.2),
    (3.5, 43.1), (6.2, 42.8), (7.8, 43.6), (7.2, 45.0), (7.2, 46.0), (6.3, 46.6), (7.8, 47.4), (8.4, 49.1), (5.9, 49.8),
    (4.4, 50.4), (2.6, 51.3), (1.4, 51.1), (1.2, 50.2), (-0.1, 49.8), (-1.2, 49.9), (-2.2, 49.9), (-2.2, 49.1),
)  # fmt: skip
_ISLANDS = (
    (8.4, 41.2, 9.7, 43.2), (-61.9, 14.2, -60.7, 16.7), (-54.8, 2.0, -51.4, 6.0), (55.1, -21.5, 56.0, -20.7),
    (44.9, -13.1, 45.4, -12.5),
)  # fmt: skip
_SURE = 0.8
_ENOUGH = 0.5
XY = NDArray[np.float64]


class Frame(msgspec.Struct, frozen=True):
    """The system kept. swapped: the file gives latitude before longitude; guessed: the file did not say it, or lied."""

    crs: str
    swapped: bool = False
    guessed: bool = False
    notes: tuple[str, ...] = ()


def find_frame(sample: XY, declared: str | None, imposed: str, file: str) -> Frame:
    """The system of a file from some of its coordinates (n, 2). imposed: what the user says, which wins."""
    if imposed:
        _parsed(imposed, file)
        return Frame(imposed)
    sample = sample[np.isfinite(sample).all(axis=1)]
    if not len(sample):
        return Frame(declared or LEGAL)
    if declared and _readable(declared) and _share(sample, declared) >= _ENOUGH:
        return Frame(declared)
    found = _guess(sample)
    if found:
        crs, swapped = found
        key = "note_crs_dementi" if declared else "note_crs_devine"
        said = _name(declared) if declared else ""
        notes = (
            [t(f"imports.{key}", crs=_name(crs), declared=said)]
            if not (declared and swapped and _same(declared, crs))
            else []
        )
        if swapped:
            notes.append(t("imports.note_crs_inverse"))
        return Frame(crs, swapped, True, tuple(notes))
    if declared and _readable(declared):
        return Frame(declared, notes=(t("imports.note_crs_loin", crs=_name(declared)),))
    x, y = np.median(sample, axis=0)
    raise InputError("imports.crs_inconnu", file=file, x=f"{x:.6g}", y=f"{y:.6g}")


def to_legal(xy: XY, frame: Frame) -> XY:
    """Coordinates (n, 2) in EPSG:2154 [m]; what cannot be projected becomes NaN."""
    if frame.swapped:
        xy = xy[:, ::-1]
    if is_legal(frame.crs):
        return xy
    x, y = _transformer(frame.crs, LEGAL).transform(xy[:, 0], xy[:, 1])
    out = np.column_stack([x, y])
    out[~np.isfinite(out).all(axis=1)] = np.nan
    return out


def lambert(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Degrees of WGS 84 -> metres of EPSG:2154; NaN outside of the Earth."""
    good = (np.abs(longitude) <= 180) & (np.abs(latitude) <= 90)
    x, y = _transformer("EPSG:4326", "EPSG:2154").transform(np.where(good, longitude, 3.0), np.where(good, latitude, 46.5))
    return np.where(good, x, np.nan), np.where(good, y, np.nan)


@cache
def is_legal(crs: str) -> bool:
    """Does `crs` give the same coordinates as EPSG:2154, whatever it is called?"""
    if crs == LEGAL:
        return True
    probe = np.array([[770_000.0, 6_280_000.0], [500_000.0, 6_700_000.0], [900_000.0, 6_900_000.0]])
    x, y = _transformer(crs, LEGAL).transform(probe[:, 0], probe[:, 1])
    return bool(np.allclose(np.column_stack([x, y]), probe, rtol=0, atol=1e-4))


@cache
def _transformer(source: str, target: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


@cache
def _readable(crs: str) -> bool:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return bool(CRS.from_user_input(crs)) and _transformer(crs, LEGAL) is not None
    except (CRSError, ValueError, TypeError):
        return False


def _parsed(crs: str, file: str) -> None:
    if not _readable(crs):
        raise InputError("imports.crs_illisible", file=file, crs=crs)


@cache
def _name(crs: str) -> str:
    from pyproj import CRS

    if not _readable(crs):
        return crs[:40]
    parsed = CRS.from_user_input(crs)
    code = parsed.to_authority(min_confidence=25)
    return f"{parsed.name} ({':'.join(code)})" if code else str(parsed.name)


def _same(one: str, other: str) -> bool:
    from pyproj import CRS

    if not _readable(one):
        return False
    return CRS.from_user_input(one).is_geographic == CRS.from_user_input(other).is_geographic


def _guess(sample: XY) -> tuple[str, bool] | None:
    best: tuple[float, str, bool] | None = None
    for swapped in (False, True):
        for crs in _CANDIDATES:
            share = _share(sample[:, ::-1] if swapped else sample, crs)
            if share >= _SURE and (best is None or share > best[0] + 0.05):
                best = (share, crs, swapped)
        if best:
            break
    return (best[1], best[2]) if best else None


@cache
def _mainland() -> Any:
    import shapely

    area = shapely.union_all([shapely.Polygon(_MAINLAND), *(shapely.box(*box) for box in _ISLANDS)])
    shapely.prepare(area)
    return area


def _share(sample: XY, crs: str) -> float:
    """Share of the sample that falls in France when read in `crs`."""
    import shapely

    lon, lat = sample[:, 0], sample[:, 1]
    if crs != "EPSG:4326":
        lon, lat = _transformer(crs, "EPSG:4326").transform(lon, lat)
    return float(shapely.contains_xy(_mainland(), lon, lat).mean())
