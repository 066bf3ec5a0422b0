"""Lanterns read from EULUMDAT (.ldt) and IES LM-63 (.ies) files, refused or warned about in words.

The parsing is eulumdat-py and eulumdat-ies; what they do not do stands here: sizes are checked before anything is allocated,
counts after, the symmetries of IES files are unfolded, and what no lantern can do is refused.
References: [1] EULUMDAT file format (A. Stockmar, 1990). [2] ANSI/IES LM-63-2002, sections 5.11 to 5.15.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import HostileFileError, InputError
from jumeau.model.lantern import Lantern, LuminousArea, efficiency
from jumeau.sources.guard import Limits, check_file
from jumeau.texts import t

Floats = NDArray[np.float64]

LIMITS = Limits(file_bytes=8_000_000)
MOST_PLANES, MOST_ANGLES = 721, 721
MOST_EFFICIENCY, MOST_LM_PER_W, MOST_CD_PER_KLM = 1.1, 300.0, 100_000.0
STREET_DEG = 90.0


class Read(msgspec.Struct, frozen=True):
    """A lantern and what is doubtful about its file, in French."""

    lantern: Lantern
    doubts: tuple[str, ...]


def read_lantern(path: Path, *, street_deg: float | None = None) -> Read:
    """The lantern of an .ldt or .ies file.

    street_deg: C angle of the file [deg] that faces the street; 90 in EULUMDAT, and for IES 0, or 90 when the file is
    symmetric about its 90-270 plane. Raises InputError naming the file and what is wrong with it.
    """
    check_file(path, LIMITS)
    readers = {".ldt": _read_ldt, ".ies": _read_ies}
    if path.suffix.lower() not in readers:
        raise InputError("photometrie.format", file=path.name)
    read = readers[path.suffix.lower()](path, street_deg)
    return _checked(read, path)


def _text(path: Path) -> list[str]:
    raw = path.read_bytes()
    if b"\x00" in raw:
        raise InputError("photometrie.binaire", file=path.name)
    return raw.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _number(lines: Sequence[str], row: int, path: Path) -> float:
    """Number of line `row` (from 1)."""
    text = lines[row - 1].strip().replace(",", ".") if row <= len(lines) else ""
    try:
        value = float(text)
    except ValueError as error:
        raise InputError("photometrie.nombre", file=path.name, row=row, text=text[:40]) from error
    if not np.isfinite(value):
        raise InputError("photometrie.nombre", file=path.name, row=row, text=text[:40])
    return value


def _read_ldt(path: Path, street_deg: float | None) -> Read:
    from pyldt import LdtReader

    lines = _text(path)
    symmetry, planes, angles = (int(_number(lines, row, path)) for row in (3, 4, 6))
    if symmetry not in range(5):
        raise InputError("photometrie.symetrie", file=path.name, value=symmetry)
    _sizes(path, planes, angles)
    try:
        found = LdtReader.read(path)
    except (ValueError, IndexError, OverflowError, ZeroDivisionError, TypeError) as error:
        raise InputError("photometrie.illisible", file=path.name, problem=str(error)[:120]) from error
    head = found.header
    if len(head.c_angles) != planes or len(head.g_angles) != angles:
        raise InputError("photometrie.tronque", file=path.name)
    if any(len(row) != angles for row in found.intensities):
        raise InputError("photometrie.tronque", file=path.name)
    table = _regular(np.asarray(head.c_angles), np.asarray(head.g_angles), np.asarray(found.intensities, np.float64), path)
    table = _turned(table, STREET_DEG if street_deg is None else street_deg)
    doubts = [] if head.n_sets <= 1 else [t("photometrie.plusieurs_lampes", file=path.name, number=head.n_sets)]
    metres = [x / 1000 for x in (head.h_lum_c0, head.h_lum_c90, head.h_lum_c180, head.h_lum_c270)]
    area = LuminousArea(head.length_lum_area / 1000, head.width_lum_area / 1000, (metres[0], metres[1], metres[2], metres[3]))
    lantern = Lantern(
        name=head.luminaire_name or path.stem,
        intensity=table,
        flux_lm=abs(head.num_lamps[0] or 1) * head.lamp_flux[0],
        power_w=head.lamp_watt[0] if head.lamp_watt[0] > 0 else float("nan"),
        tilt_deg=head.tilt,
        cct_k=_kelvin(head.lamp_cct[0]),
        source=path.name,
        origin="measured",
        area=area if area.length_m > 0 else None,
    )
    return Read(lantern, tuple(doubts))


def _read_ies(path: Path, street_deg: float | None) -> Read:
    from eulumdat_ies import ies_to_ldt
    from eulumdat_ies.exceptions import IESParseError, IESTypeError

    ballast = _ies_head(_text(path), path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ies_to_ldt(path)
    except IESTypeError as error:
        raise InputError("photometrie.type_ies", file=path.name) from error
    except (IESParseError, ValueError, IndexError, OverflowError) as error:
        raise InputError("photometrie.illisible", file=path.name, problem=str(error)[:120]) from error
    head = found.header
    c, rows = _unfolded(np.asarray(head.c_angles), np.asarray(found.intensities, np.float64), path)
    table = _regular(c, np.asarray(head.g_angles), rows * ballast, path)
    sideways = head.c_angles[0] == 90
    street = (STREET_DEG if sideways else 0.0) if street_deg is None else street_deg
    doubts = () if street_deg is not None else (t("photometrie.orientation_ies", file=path.name, angle=street),)
    lantern = Lantern(
        name=head.luminaire_name or path.stem,
        intensity=_turned(table, street),
        flux_lm=head.num_lamps[0] * head.lamp_flux[0],
        power_w=head.lamp_watt[0] if head.lamp_watt[0] > 0 else float("nan"),
        source=path.name,
        origin="measured",
    )
    return Read(lantern, doubts)


def _ies_head(lines: Sequence[str], path: Path) -> float:
    """Product of the ballast factors of an IES file [ratio], once its sizes are known to be sane [2]."""
    start = next((i for i, line in enumerate(lines) if line.strip().upper().startswith("TILT")), None)
    if start is None:
        raise InputError("photometrie.sans_tilt", file=path.name)
    if lines[start].split("=", 1)[-1].strip().upper() != "NONE":
        raise InputError("photometrie.tilt_inclus", file=path.name)
    words = " ".join(lines[start + 1 :]).replace(",", " ").split()
    try:
        numbers = [float(word) for word in words[:13]]
        planes, angles = int(numbers[4]), int(numbers[3])
    except (ValueError, OverflowError, IndexError) as error:
        raise InputError("photometrie.illisible", file=path.name, problem=" ".join(words[:13])[:120]) from error
    _sizes(path, planes, angles)
    if len(words) < 13 + planes + angles + planes * angles:
        raise InputError("photometrie.tronque", file=path.name)
    return numbers[10] * (numbers[11] or 1.0)


def _sizes(path: Path, planes: int, angles: int) -> None:
    if not (1 <= planes <= MOST_PLANES and 2 <= angles <= MOST_ANGLES):
        raise HostileFileError("photometrie.tailles", file=path.name, planes=planes, angles=angles)


def _kelvin(text: str) -> float:
    digits = "".join(x for x in str(text) if x.isdigit())[:4]
    return float(digits) if digits and 1500 <= int(digits) <= 8000 else float("nan")


def _unfolded(c: Floats, rows: Floats, path: Path) -> tuple[Floats, Floats]:
    """Planes of an IES file over the whole turn, by the symmetry its first and last planes announce [2]."""
    first, last = float(c[0]), float(c[-1])
    if len(c) == 1:
        return np.array([0.0]), rows
    if first == 0 and last == 90:
        c, rows = _mirrored(c, rows, 180.0)
        return _mirrored(c, rows, 360.0)
    if first == 0 and last == 180:
        return _mirrored(c, rows, 360.0)
    if first == 90 and last == 270:
        c, rows = _mirrored(c, rows, 540.0)
        order = np.argsort(np.mod(c, 360), kind="stable")
        return np.mod(c, 360)[order], rows[order]
    if first == 0 and last > 180:
        return c, rows
    raise InputError("photometrie.plans_ies", file=path.name, first=first, last=last)


def _mirrored(c: Floats, rows: Floats, about: float) -> tuple[Floats, Floats]:
    """Planes and their images `about` - C; a plane that is its own image, a whole turn away or not, comes once."""
    image = about - c
    new = ~np.isin(np.round(np.mod(image, 360), 6), np.round(np.mod(c, 360), 6))
    both, table = np.concatenate([c, image[new]]), np.concatenate([rows, rows[new]])
    order = np.argsort(both)
    return both[order], table[order]


def _regular(c: Floats, gamma: Floats, rows: Floats, path: Path) -> Floats:
    """Intensities on a regular grid of the whole sphere: the steps of the file when they are regular, finer steps else."""
    if (np.diff(c) <= 0).any() or (np.diff(gamma) <= 0).any() or gamma[0] < 0 or gamma[-1] > 180.001 or c[-1] >= 360:
        raise InputError("photometrie.angles", file=path.name)
    fine = np.linspace(0, 180, 1 + round(180 / _step(gamma, 180.0)))
    inside = [np.interp(fine, gamma, row, left=row[0] if gamma[0] < 1 else 0.0, right=0.0) for row in rows]
    table = np.array(inside)
    if len(c) == 1:
        return table
    turn = np.arange(0.0, 360.0, _step(np.append(c, c[0] + 360), 360.0))
    wrapped, around = np.concatenate([c, [c[0] + 360]]), np.concatenate([table, table[:1]])
    at = np.where(turn < c[0], turn + 360, turn)
    return np.stack([np.interp(at, wrapped, around[:, j]) for j in range(table.shape[1])], axis=1)


def _step(angles: Floats, whole: float) -> float:
    """Largest step that divides `whole` and meets every angle, not under half a degree; 1 degree when there is none."""
    gaps = np.round(np.diff(angles), 4)
    for step in sorted({float(gaps.min()), 15.0, 10.0, 5.0, 3.0, 2.5, 2.0, 1.5, 1.25, 1.0, 0.5}, reverse=True):
        on_grid = np.abs(np.round(angles / step) * step - angles).max() < 1e-3
        if step >= 0.5 and on_grid and abs(round(whole / step) * step - whole) < 1e-3 and step <= gaps.min() + 1e-6:
            return step
    return 1.0


def _turned(table: Floats, street_deg: float) -> Floats:
    """The same lantern with the street on C = 90."""
    turn = np.mod(STREET_DEG - street_deg, 360)
    steps = turn * table.shape[0] / 360
    if len(table) == 1 or turn == 0:
        return table
    if abs(steps - round(steps)) < 1e-6:
        return np.roll(table, round(steps), axis=0)
    planes = np.arange(table.shape[0])
    low = np.floor(planes - steps).astype(int)
    share = (planes - steps - low)[:, None]
    n = len(table)
    return np.asarray((1 - share) * table[low % n] + share * table[(low + 1) % n])


def _checked(read: Read, path: Path) -> Read:
    lantern, doubts = read.lantern, list(read.doubts)
    table = lantern.intensity
    if not np.isfinite(table).all() or table.min() < 0:
        raise InputError("photometrie.intensite_negative", file=path.name)
    if table.max() <= 0 or table.max() > MOST_CD_PER_KLM:
        raise InputError("photometrie.intensite_absurde", file=path.name, value=round(float(table.max()), 1))
    if not 1 <= lantern.flux_lm <= 1_000_000:
        raise InputError("photometrie.flux_absurde", file=path.name, value=round(lantern.flux_lm, 1))
    whole = efficiency(lantern)
    if whole > MOST_EFFICIENCY:
        raise InputError("photometrie.rendement_absurde", file=path.name, value=round(100 * whole))
    if not 0 <= abs(lantern.tilt_deg) <= 90:
        raise InputError("photometrie.inclinaison_absurde", file=path.name, value=lantern.tilt_deg)
    if np.isnan(lantern.power_w):
        doubts.append(t("photometrie.sans_puissance", file=path.name))
    elif whole * lantern.flux_lm / lantern.power_w > MOST_LM_PER_W:
        doubts.append(t("photometrie.efficacite_douteuse", file=path.name, value=round(lantern.flux_lm / lantern.power_w)))
    if whole < 0.2:
        doubts.append(t("photometrie.rendement_bas", file=path.name, value=round(100 * whole)))
    return Read(lantern, tuple(doubts))
