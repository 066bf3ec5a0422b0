"""Surface coefficients of a linear room, taken from its own year: what the wind takes outside, what warm air carries inside.

Real convection grows with the wind and with the temperature difference; modes need constants. The constant kept here is the
one that exchanges as much heat over the year as the law it stands for.

References: [1] Walton (1983), Thermal analysis research program reference manual, NBSIR 83-2655 (natural convection). [2]
ISO 6946:2017, annex C: 4 + 4 v outside, v the wind on the surface.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.hourly.room import INSIDE_RADIATION, OUTSIDE_RADIATION, Room, faces_of, network
from jumeau.kernels.modal import RoomHours
from jumeau.kernels.modal_trace import room_trace
from jumeau.model.weather import Weather

Floats = NDArray[np.float64]
MAST_M, OPEN_COUNTRY = 10.0, 0.14
VERTICAL, ENHANCED, REDUCED = 1.31, 1.52, 0.76
TURNS = 3


def outside_convection(weather: Weather, height_m: float) -> float:
    """Convection of an outer surface whose middle is `height_m` above the ground [W/(m²·K)]: with the radiation, in series
    with the wall, it lets as much of the sun in as the hourly ones [2]."""
    wind = weather.wind * (max(height_m, 0.5) / MAST_M) ** OPEN_COUNTRY
    return float(1.0 / (1.0 / (4.0 + 4.0 * wind + OUTSIDE_RADIATION)).mean() - OUTSIDE_RADIATION)


def natural(kind: str, warmer: Floats) -> Floats:
    """Natural convection [W/(m²·K)] of a surface `warmer` than the air by so much [K] [1]."""
    size = np.cbrt(np.abs(warmer))
    if kind not in ("roof", "floor"):
        return np.asarray(VERTICAL * size)
    rising = warmer > 0 if kind == "floor" else warmer < 0
    return np.where(rising, ENHANCED, REDUCED) * size


def settled(room: Room, hours: RoomHours) -> Room:
    """The room with the inner coefficients of its own year under `hours`; its unheated spaces too, glass as well."""
    for _ in range(TURNS):
        nodes = room_trace(network([room]), hours)[1][:, 0]
        found = [_space(r, nodes, faces) for r, faces in zip((room, *room.unheated), faces_of(room), strict=True)]
        room = msgspec.structs.replace(found[0], unheated=tuple(found[1:]))
    return room


def _space(room: Room, nodes: Floats, faces: tuple[int, list[int]]) -> Room:
    air, inner = nodes[:, faces[0]], faces[1]
    surfaces = tuple(
        msgspec.structs.replace(s, inside=_mean(s.kind, nodes[:, i] - air))
        for s, i in zip(room.surfaces, inner[: len(room.surfaces)], strict=True)
    )
    windows = []
    for w, i in zip(room.windows, inner[len(room.surfaces) :], strict=True):
        inside, rest = _mean("window", nodes[:, i] - air), 1 / w.u - 1 / (w.inside + INSIDE_RADIATION)
        windows.append(msgspec.structs.replace(w, inside=inside, u=1 / (rest + 1 / (inside + INSIDE_RADIATION))))
    return msgspec.structs.replace(room, surfaces=surfaces, windows=tuple(windows))


def _mean(kind: str, warmer: Floats) -> float:
    """The coefficient that exchanges as much over the year."""
    size = np.abs(warmer)
    return float((natural(kind, warmer) * size).sum() / max(size.sum(), 1e-9))
