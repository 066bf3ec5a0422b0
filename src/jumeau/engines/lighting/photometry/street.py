"""A street as EN 13201-3 wants it: carriageways, rows of lanterns, grids of points, observers.

x runs along the street, y across it from the right-hand edge of the first carriageway (traffic keeps right, towards +x there
and towards -x on the second carriageway), a lantern of the first row stands at x = 0.
References: [1] EN 13201-3:2015, clauses 7.1 to 7.3 (fields of calculation, points, observers).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from jumeau.errors import InputError
from jumeau.kernels.road import Tasks

ARRANGEMENTS = ("unilateral", "bilateral", "quinconce", "axial")
EYE_DISTANCE_M = 60.0
BOUNDS = {
    "width_m": (2, 60, "m"), "lanes": (1, 8, ""), "spacing_m": (3, 150, "m"), "height_m": (2, 40, "m"),
    "overhang_m": (-15, 15, "m"), "tilt_deg": (-30, 90, "°"), "median_m": (0, 50, "m"), "footway_m": (0, 30, "m"),
    "maintenance_factor": (0.3, 1, ""),
}  # fmt: skip


class Street(msgspec.Struct, frozen=True, kw_only=True):
    """width_m: of one carriageway [m]; lanes: on it; spacing_m: between lanterns of one row [m]; height_m: of the light [m];
    arrangement: one of ARRANGEMENTS; overhang_m: of the light over the carriageway from its edge [m], negative outside;
    tilt_deg: [°]; median_m: width of the strip between two carriageways [m], 0 for a single one; footway_m: width of each
    footway [m]; maintenance_factor: [ratio].

    Rows: `unilateral` on the right, `bilateral` face to face, `quinconce` the second half a spacing further, `axial` over the
    middle: on a cable over one carriageway, twin brackets on the strip between two.
    """

    width_m: float
    spacing_m: float
    height_m: float
    lanes: int = 2
    arrangement: str = "unilateral"
    overhang_m: float = 0.0
    tilt_deg: float = 0.0
    median_m: float = 0.0
    footway_m: float = 0.0
    maintenance_factor: float = 0.8

    @property
    def rows(self) -> int:
        """Rows of lanterns."""
        return 2 if self.arrangement in ("bilateral", "quinconce") or (self.arrangement == "axial" and self.median_m) else 1

    @property
    def carriageways(self) -> int:
        """Carriageways."""
        return 2 if self.median_m else 1

    @property
    def lane_m(self) -> float:
        """Width of a lane [m]."""
        return self.width_m / self.lanes


class Field(msgspec.Struct, frozen=True):
    """A part of the street to light: its kind, its first y and width [m], lanes (0 for none), direction of view."""

    kind: str
    y_m: float
    width_m: float
    lanes: int = 0
    way: int = 1


def street_from(given: Mapping[str, Any]) -> Street:
    """A street from plain values, checked. Raises InputError naming the field."""
    known = Street.__struct_fields__
    for name in given:
        if name not in known:
            raise InputError("voirie.champ_inconnu", name=name, known=", ".join(known))
    for name in ("width_m", "spacing_m", "height_m"):
        if given.get(name) is None:
            raise InputError("voirie.champ_manquant", name=name)
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    for name, (low, high, unit) in BOUNDS.items():
        if name not in values:
            continue
        try:
            number = float(values[name])
        except (TypeError, ValueError) as error:
            raise InputError("voirie.champ_nombre", field=name, value=str(values[name])[:40]) from error
        if not low <= number <= high:
            raise InputError("voirie.mesure", field=name, value=number, low=low, high=high, unit=unit)
        values[name] = int(number) if name == "lanes" else number
    if values.get("arrangement", "unilateral") not in ARRANGEMENTS:
        raise InputError("voirie.disposition", name=str(values["arrangement"])[:40], known=", ".join(ARRANGEMENTS))
    return Street(**values)


def lantern_rows(street: Street) -> list[tuple[float, float, bool]]:
    """(y [m], first x [m], turned towards -y) of each row."""
    width, lean, half = street.width_m, street.overhang_m, street.spacing_m / 2
    whole = width * street.carriageways + street.median_m
    far = (whole - lean, 0.0, True)
    if street.arrangement == "unilateral":
        return [(lean, 0.0, False)]
    if street.arrangement == "bilateral":
        return [(lean, 0.0, False), far]
    if street.arrangement == "quinconce":
        return [(lean, 0.0, False), (whole - lean, half, True)]
    if not street.median_m:
        return [(width / 2 + lean, 0.0, False)]
    return [(width - lean, 0.0, True), (width + street.median_m + lean, 0.0, False)]


def fields(street: Street) -> list[Field]:
    """Carriageways, the strips on both sides of each outer edge, and footways."""
    width, lane, whole = street.width_m, street.lane_m, street.width_m * street.carriageways + street.median_m
    out = [Field("carriageway", 0.0, width, street.lanes, 1)]
    if street.median_m:
        out.append(Field("carriageway", width + street.median_m, width, street.lanes, -1))
    out += [Field("outside", -lane, lane), Field("inside", 0.0, lane)]
    out += [Field("outside", whole, lane), Field("inside", whole - lane, lane)]
    if street.footway_m:
        out += [Field("footway", -street.footway_m, street.footway_m), Field("footway", whole, street.footway_m)]
    return out


def along(street: Street) -> int:
    """Points along the street: 10 up to 30 m of spacing, else no more than 3 m apart [1]."""
    return 10 if street.spacing_m <= 30 else int(np.ceil(street.spacing_m / 3))


def across(field: Field, luminance: bool) -> int:
    """Points across: 3 a lane for luminance; for illuminance 3 at least, no more than 1.5 m apart [1]."""
    return 3 * field.lanes if luminance else max(3, int(np.ceil(field.width_m / 1.5 - 1e-9)))


class Build(msgspec.Struct):
    """Tasks under construction: one call of `add` a grid."""

    grid: list[tuple[float, float, float, float]] = []
    shape: list[tuple[int, int]] = []
    spacing: list[float] = []
    rows: list[tuple[float, ...]] = []
    lantern: list[int] = []
    row_start: list[int] = msgspec.field(default_factory=lambda: [0])
    eyes: list[tuple[float, float, float]] = []
    eye_start: list[int] = msgspec.field(default_factory=lambda: [0])
    surface: list[int] = []
    diffuse: list[float] = []

    def add(self, street: Street, field: Field, flux_klm: float, luminance: bool, lantern: int = 0, surface: int = -1,
            q0: float = 0.0) -> None:  # fmt: skip
        """One field of a street; with `luminance`, seen from the middle of each of its lanes from 60 m."""
        nx, ny = along(street), across(field, luminance)
        dx, dy = street.spacing_m / nx, field.width_m / ny
        self.grid.append((dx / 2, dx, field.y_m + dy / 2, dy))
        self.shape.append((nx, ny))
        self.spacing.append(street.spacing_m)
        tilt = np.radians(street.tilt_deg)
        for y, x, turned in lantern_rows(street):
            turn = -1.0 if turned else 1.0
            factor = flux_klm * street.maintenance_factor
            self.rows.append((y, x, street.height_m, turn, 0.0, float(np.cos(tilt)), float(np.sin(tilt)), factor))
            self.lantern.append(lantern)
        if luminance:
            eye_x = -EYE_DISTANCE_M if field.way > 0 else street.spacing_m + EYE_DISTANCE_M
            lane = field.width_m / field.lanes
            self.eyes += [(eye_x, field.y_m + (k + 0.5) * lane, float(field.way)) for k in range(field.lanes)]
        self.row_start.append(len(self.rows))
        self.eye_start.append(len(self.eyes))
        self.surface.append(surface)
        self.diffuse.append(q0)

    def tasks(self) -> Tasks:
        """The arrays the kernel takes."""

        def single(values: Sequence[Any], columns: int) -> Any:
            return np.array(values, np.float32).reshape(-1, columns)

        return Tasks(
            grid=single(self.grid, 4),
            shape=np.array(self.shape, np.int32).reshape(-1, 2),
            spacing=np.array(self.spacing, np.float32),
            rows=single(self.rows, 8),
            row_lantern=np.array(self.lantern, np.int32),
            row_start=np.array(self.row_start, np.int32),
            eyes=single(self.eyes, 3),
            eye_start=np.array(self.eye_start, np.int32),
            surface=np.array(self.surface, np.int32),
            diffuse=np.array(self.diffuse, np.float32),
        )
