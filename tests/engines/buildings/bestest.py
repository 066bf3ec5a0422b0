"""Cases of ASHRAE Standard 140-2020, section 5.2, from its public descriptions, for both hourly kernels.

Layers and glazing are those given by the Modelica Buildings library (BESTEST packages, BSD-3). Surface coefficients are those
of `hourly.convection` under the weather of Denver, but in cases 450 to 470, which ask for the constants that the standard
publishes: these hold radiation and convection together (the emissivity is then 0, as in NREL/BESTEST-GSR). Results are
compared with the spread of the six programs of RESULTS5-2A.xlsx (NREL/BESTEST-GSR). Case 960 is case 600 behind a sunspace of
case 900 and a wall of 20 cm of concrete.
"""

from typing import Any

import msgspec
import numpy as np

from jumeau.engines.buildings.hourly.convection import outside_convection
from jumeau.engines.buildings.hourly.room import INSIDE_RADIATION, OUTSIDE_RADIATION, Layer, Room, Surface, Window
from jumeau.model.weather import Weather

WOOD, QUILT, PLASTER = Layer(0.009, 0.14, 530, 900), Layer(0.066, 0.04, 12, 840), Layer(0.012, 0.16, 950, 840)
ROOF = (Layer(0.019, 0.14, 530, 900), Layer(0.1118, 0.04, 12, 840), Layer(0.010, 0.16, 950, 840))
LIGHT_FLOOR = (Layer(1.003, 0.04, 0, 0), Layer(0.025, 0.14, 650, 1200))
HEAVY_FLOOR = (Layer(1.007, 0.04, 0, 0), Layer(0.08, 1.13, 1400, 1000))
LIGHT_WALL = (WOOD, QUILT, PLASTER)
HEAVY_WALL = (WOOD, Layer(0.0615, 0.04, 10, 1400), Layer(0.1, 0.51, 1400, 1000))
LIGHT_WALL_680 = (WOOD, Layer(0.25, 0.04, 12, 840), PLASTER)
HEAVY_WALL_980 = (WOOD, Layer(0.2452, 0.04, 10, 1400), Layer(0.1, 0.51, 1400, 1000))
ROOF_680 = (ROOF[0], Layer(0.4, 0.04, 12, 840), ROOF[2])
OPAQUE_PANE = (Layer(0.012 + 2 * 0.003048, (0.012 + 2 * 0.003048) / (1 / 5.048), 0, 0),)
AIR_M3K = 1.204 * 1006
INFILTRATION = 0.414 * 129.6 / 3600 * AIR_M3K
NIGHT_AIR = 1703.16 / 3600 * AIR_M3K * 0.828


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case: what differs from case 600."""

    heavy: bool = False
    faces: tuple[str, ...] = ("south",)
    shade: bool = False
    glass: str = "double"
    thick: bool = False
    setback: bool = False
    night: bool = False
    heat: float = 20.0
    cool: float = 27.0
    infiltration: float = 1.0
    gain: float = 200.0
    inside_ir: float = 0.9
    outside_ir: float = 0.9
    inside_sun: float = 0.6
    outside_sun: float = 0.6
    coefficients: str = ""
    free: bool = False
    sunspace: bool = False


_BASIC = {
    "600": {}, "610": {"shade": True}, "620": {"faces": ("east", "west")}, "630": {"faces": ("east", "west"), "shade": True},
    "640": {"setback": True}, "650": {"night": True}, "660": {"glass": "low_e"}, "670": {"glass": "single"},
    "680": {"thick": True}, "685": {"cool": 20.0}, "695": {"thick": True, "cool": 20.0},
}  # fmt: skip
_HEAVY = {str(int(k) + 300): v | {"heavy": True} for k, v in _BASIC.items() if k not in ("660", "670")}
_IN: dict[str, Any] = {"glass": "opaque", "cool": 20.0, "infiltration": 0.0, "gain": 0.0, "outside_sun": 0.1}
_SUN: dict[str, Any] = _IN | {"glass": "double", "inside_sun": 0.9}
_LOW: dict[str, Any] = {"glass": "opaque", "infiltration": 0.0, "gain": 0.0, "outside_sun": 0.1}
_DEEP = {
    "195": _IN | {"glass": "wall", "inside_ir": 0.1, "outside_ir": 0.1},
    "200": _IN | {"inside_ir": 0.1, "outside_ir": 0.1}, "210": _IN | {"inside_ir": 0.1}, "215": _IN | {"outside_ir": 0.1},
    "220": _IN, "230": _IN | {"infiltration": 2.0}, "240": _IN | {"gain": 200.0}, "250": _IN | {"outside_sun": 0.9},
    "270": _SUN, "280": _SUN | {"inside_sun": 0.1}, "290": _SUN | {"shade": True}, "300": _SUN | {"faces": ("east", "west")},
    "310": _SUN | {"faces": ("east", "west"), "shade": True}, "320": _SUN | {"cool": 27.0},
    "395": _LOW | {"glass": "wall"}, "400": _LOW, "410": _LOW | {"infiltration": 1.0},
    "420": _LOW | {"infiltration": 1.0, "gain": 200.0}, "430": {"glass": "opaque"}, "440": {"inside_sun": 0.1},
    "450": {"coefficients": "both"}, "460": {"coefficients": "inside"}, "470": {"coefficients": "outside"},
    "800": {"glass": "opaque", "heavy": True}, "810": {"heavy": True, "inside_sun": 0.1},
}  # fmt: skip
FREE = {f"{n}FF": Case(**v, free=True) for n, v in (_BASIC | _HEAVY).items() if n[1:] in ("00", "50", "80")}
SUNSPACE = Case(sunspace=True)
CASES = {name: Case(**values) for name, values in (_BASIC | _HEAVY | _DEEP).items()}
LOW = [c for c in CASES if not CASES[c].heavy]
HIGH = [c for c in CASES if CASES[c].heavy]
GLASS = {"double": (1 / 2.10 - 1 / 4.5, 0.769), "low_e": (1 / 1.19 - 1 / 4.5, 0.440), "single": (1 / 5.16 - 1 / 7.8, 0.864)}
"""Resistance from the inner face to the outside [m²·K/W], solar factor at normal incidence."""
SOLAR = {  # floor, roof, walls together, lost: published for absorptances 0.9, 0.6, 0.1 with windows
    0.9: (0.903, 0.039, 0.049, 0.009), 0.6: (0.642, 0.168, 0.155, 0.035), 0.1: (0.244, 0.191, 0.261, 0.304),
}  # fmt: skip


def room(case: Case) -> Room:
    """The case as a room."""
    return behind_sunspace() if case.sunspace else single(case)


def behind_sunspace() -> Room:
    """Case 960: the room of case 600, its south side a wall shared with the sunspace; the sun of the sunspace falls on its
    floor first, and what that sends back on all faces by area."""
    back, front = single(Case(faces=("south",))), single(Case(heavy=True, gain=0.0))
    wall = Surface(area=21.6, kind="wall", face=None, layers=(Layer(0.2, 0.51, 1400, 1000),), inside=1.8, beyond=0)
    others = [s for s in back.surfaces if s.face != "south"]
    depth = {"east": 2 / 6, "west": 2 / 6, "roof": 2 / 6, None: 2 / 6, "south": 1.0}
    mine = [msgspec.structs.replace(s, area=s.area * depth[s.face]) for s in front.surfaces if s.face in depth]
    areas = np.array([*(s.area for s in mine), wall.area])
    bounced = 0.4 * 0.6 * areas / (0.6 * areas.sum() + 0.85 * 12.0)
    shares = bounced + 0.6 * np.array([*(s.kind == "floor" for s in mine), False])
    sunspace = msgspec.structs.replace(
        front, surfaces=tuple(mine), volume=43.2, floor=16.0, air=INFILTRATION / 3, solar=tuple(shares), lost=0.0
    )
    return msgspec.structs.replace(back, surfaces=(*others, wall), windows=(), solar=None, unheated=(sunspace,))


def single(case: Case) -> Room:
    """A case of one zone."""
    wall = (HEAVY_WALL_980 if case.thick else HEAVY_WALL) if case.heavy else (LIGHT_WALL_680 if case.thick else LIGHT_WALL)
    common: dict[str, Any] = {"absorptance": case.outside_sun, "emissivity": case.outside_ir}
    inside = case.coefficients in ("both", "inside")
    outside = case.coefficients in ("both", "outside")
    kinds = {"wall": (1.8, 21.6), "roof": (1.7, 21.8), "floor": (3.7, 5.2)}

    def surface(area: float, kind: str, face: str | None, layers: tuple[Layer, ...]) -> Surface:
        values = dict(common) | {"sky": 1.0 if kind == "roof" else 0.5, "inside": kinds[kind][0]}
        values["outside"] = kinds[kind][1] - (OUTSIDE_RADIATION if face and not outside else 0.0)
        if outside:
            values["emissivity"] = 0.0
        return Surface(area=area, kind=kind, face=face, layers=layers, **values)

    sizes = {"south": 21.6, "north": 21.6, "east": 16.2, "west": 16.2}
    hole = {} if case.glass in ("wall", "opaque") else {f: 12.0 / len(case.faces) for f in case.faces}
    cut = {"south": 12.0} if case.glass == "opaque" else hole
    surfaces = [surface(area - cut.get(face, 0.0), "wall", face, wall) for face, area in sizes.items()]
    surfaces.append(surface(48.0, "roof", "roof", ROOF_680 if case.thick else ROOF))
    surfaces.append(surface(48.0, "floor", None, HEAVY_FLOOR if case.heavy else LIGHT_FLOOR))
    if case.glass == "opaque":
        pane = surface(12.0, "wall", "south", OPAQUE_PANE)
        surfaces.append(msgspec.structs.replace(pane, outside=17.8 if outside else 17.8 - OUTSIDE_RADIATION))
    rest, g = GLASS.get(case.glass, (1.0, 0.0))
    film = 4.5 if inside else 2.5
    u = 1 / (rest + 1 / (film + INSIDE_RADIATION))
    windows = tuple(Window(area=a, face=f, u=u, factor=g, inside=film) for f, a in hole.items())
    floor, roof, walls, lost = SOLAR[case.inside_sun]
    shares = [walls * (s.area / sum(x.area for x in surfaces if x.kind == "wall")) for s in surfaces if s.kind == "wall"]
    by_kind = {"roof": roof, "floor": floor}
    shares = [shares.pop(0) if s.kind == "wall" else by_kind[s.kind] for s in surfaces]
    return Room(
        surfaces=tuple(surfaces), windows=windows, volume=129.6, floor=48.0, air=INFILTRATION * case.infiltration,
        extra=(0.0, NIGHT_AIR if case.night else 0.0), gain=case.gain, radiant=0.6,
        emissivity=1e-6 if inside else case.inside_ir, solar=tuple(shares), lost=lost, to_air=0.0, furniture=0.0,
    )  # fmt: skip


def blown(built: Room, weather: Weather) -> Room:
    """The same room in the wind of a weather: outer walls of 2.7 m, a roof above them."""
    height = {"wall": 2.7 / 2, "roof": 2.7}
    surfaces = tuple(
        msgspec.structs.replace(s, outside=outside_convection(weather, height[s.kind])) if s.face else s
        for s in built.surfaces
    )
    return msgspec.structs.replace(built, surfaces=surfaces, unheated=tuple(blown(r, weather) for r in built.unheated))


def schedules(case: Case) -> dict[str, np.ndarray]:
    """Setpoints and night ventilation, by hour."""
    h = np.arange(8760) % 24
    heat, cool, level = np.full(8760, case.heat), np.full(8760, case.cool), np.zeros(8760, np.uint8)
    if case.setback:
        heat = np.where((h >= 23) | (h < 7), 10.0, 20.0)
    if case.free:
        heat, cool = np.full(8760, -1e9), np.full(8760, 1e9)
    if case.night:
        off = (h >= 18) | (h < 7)
        heat, cool, level = np.full(8760, -1e9), np.where(off | case.free, 1e9, 27.0), off.astype(np.uint8)
    return {"heat_set": heat, "cool_set": cool, "level": level}
