"""Rooms described wall by wall -> the networks that the modal kernel steps.

References: [1] ISO 52016-1:2017, clause 6.5.6 and table 25 (surface coefficients). [2] ISO 6946 (surface resistances).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.hourly.sun import FACES
from jumeau.kernels.modal import HOUR_S, Rooms

Floats = NDArray[np.float64]
INSIDE_CONVECTION = {"wall": 2.5, "roof": 5.0, "floor": 0.7}
OUTSIDE_CONVECTION = 20.0
OUTSIDE_RADIATION, INSIDE_RADIATION = 4.14, 5.13
AIR_J_M3K = 1210.0
FURNITURE_J_M2K = 10_000.0
INPUTS = ("outdoor", "sky", "gain", *(f"wall_{f}" for f in FACES), *(f"glass_{f}" for f in FACES))
SUNNY = 2 * len(FACES)


class Layer(msgspec.Struct, frozen=True):
    """thickness [m], conductivity [W/(m·K)], density [kg/m³], heat [J/(kg·K)]."""

    thickness: float
    conductivity: float
    density: float
    heat: float


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """An opaque element. kind: wall, roof or floor; face: of `FACES`, or None without sun; layers from outside to inside;
    absorptance: of sun outside; emissivity: outside; sky: share of the sky that it sees; outside, inside: convection
    [W/(m²·K)]; beyond: the unheated space on its other side, by its rank in the room, or None for the outside."""

    area: float
    kind: str
    face: str | None
    layers: tuple[Layer, ...]
    absorptance: float = 0.6
    emissivity: float = 0.9
    sky: float = 0.5
    outside: float = OUTSIDE_CONVECTION
    inside: float | None = None
    beyond: int | None = None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A glazed element. u: air to air [W/(m²·K)]; factor: solar factor at normal incidence [-]."""

    area: float
    face: str
    u: float
    factor: float
    inside: float = 2.5
    sky: float = 0.5


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A room. air: infiltration and ventilation always there [W/K]; extra: ventilation above it by level [W/K]; volume: [m³];
    gain: greatest internal gain [W]; radiant: share of it that is radiated; emissivity: of inner surfaces; solar: share of
    the sun that each opaque surface takes, by area where None; lost: share that goes out again; to_air: share that warms the
    air at once (furniture); unheated: spaces without plant behind surfaces that say `beyond` (sunspace, attic, cellar); each
    has its own air, glass, sun, gains and constant ventilation, and takes `solar` for its own surfaces, then for those that
    the room shares with it."""

    surfaces: tuple[Surface, ...]
    windows: tuple[Window, ...]
    volume: float
    floor: float
    air: float
    extra: tuple[float, ...] = (0.0,)
    gain: float = 0.0
    radiant: float = 0.5
    emissivity: float = 0.9
    solar: tuple[float, ...] | None = None
    lost: float = 0.0
    to_air: float = 0.1
    furniture: float = FURNITURE_J_M2K
    heat_max: float = np.inf
    cool_max: float = np.inf
    unheated: tuple["Room", ...] = ()


def network(rooms: Sequence[Room]) -> Rooms:
    """Networks of rooms that have the same surfaces, windows and layers in number (archetypes of one family).

    Nodes: air, mean radiant star, the same of each unheated space, then for each surface its inner face, its outer face and
    its layers, and the inner face of each window, space by space. Only the first air has a plant and extra ventilation: what
    is behind a shared wall is one more part of the same linear network, and of the same modes. Inputs: `INPUTS`; the sky is
    its temperature minus the outdoor one [K], glass inputs are those of `sun.through_glass`. Raises ValueError when the rooms
    do not have the same shape.
    """
    parts = [_matrices(room) for room in rooms]
    if len({p[1].shape for p in parts}) > 1:
        raise ValueError("rooms of one network must have the same surfaces and layers")
    k, c, f, felt = (np.stack([p[i] for p in parts]) for i in range(4))
    levels = max(len(r.extra) for r in rooms)
    extra = np.array([[*r.extra, *[r.extra[-1]] * (levels - len(r.extra))] for r in rooms])
    ends = [np.array([getattr(r, name) for r in rooms], np.float64) for name in ("heat_max", "cool_max")]
    return Rooms(conductance=k, capacity=c, inputs=f, felt=felt, extra=extra, heat_max=ends[0], cool_max=ends[1])


class _Net:
    """Nodes as they come, then matrices."""

    def __init__(self) -> None:
        self.masses: list[float] = []
        self.links: list[tuple[int, int, float]] = []
        self.heat: list[tuple[int, str, float]] = []

    def node(self, mass: float = 0.0) -> int:
        self.masses.append(mass)
        return len(self.masses) - 1

    def link(self, a: int, b: int, conductance: float) -> None:
        self.links.append((a, b, conductance))

    def outside(self, a: int, conductance: float) -> None:
        self.links.append((a, a, conductance))
        self.heat.append((a, "outdoor", conductance))

    def matrices(self) -> tuple[Floats, Floats, Floats]:
        n = len(self.masses)
        k, f = np.zeros((n, n)), np.zeros((n, len(INPUTS)))
        for a, b, g in self.links:
            k[a, a] += g
            if a != b:
                k[b, b] += g
                k[a, b] -= g
                k[b, a] -= g
        for a, name, value in self.heat:
            f[a, INPUTS.index(name)] += value
        return k, np.array(self.masses), f


def _matrices(room: Room) -> tuple[Floats, Floats, Floats, Floats]:
    net, spaces = _Net(), (room, *room.unheated)
    air = [(net.node(AIR_J_M3K * r.volume + r.furniture * r.floor), net.node()) for r in spaces]
    shared: list[list[tuple[int, float]]] = [[] for _ in room.unheated]
    for k, r in enumerate(spaces):
        net.outside(air[k][0], r.air)
        faces = [(_surface(net, s, air[k], r, air[1:], spaces[1:], shared), s.area) for s in r.surfaces]
        _gains(
            net,
            r,
            air[k][0],
            [*faces, *(shared[k - 1] if k else [])],
            [_window(net, w, *air[k], r.emissivity) for w in r.windows],
        )
    k_, c, f = net.matrices()
    felt = np.zeros(len(c))
    felt[:2] = 0.5
    return k_, c, f, felt


def faces_of(room: Room) -> list[tuple[int, list[int]]]:
    """For the room, then each unheated space: the node of its air, those of the inner faces of its surfaces and windows."""
    spaces = (room, *room.unheated)
    at, out = 2 * len(spaces), []
    for k, r in enumerate(spaces):
        inner = []
        for s in r.surfaces:
            inner.append(at)
            at += 2 + sum(_pieces(x) for x in s.layers if x.thickness * x.density * x.heat > 0)
        out.append((2 * k, [*inner, *range(at, at + len(r.windows))]))
        at += len(r.windows)
    return out


def _gains(net: _Net, room: Room, air: int, faces: list[tuple[int, float]], panes: list[int]) -> None:
    """People and sun on the air and the inner faces of a space."""
    areas = np.array([area for _, area in faces])
    shares = np.array(room.solar) if room.solar is not None else areas / areas.sum() * (1 - room.lost)
    total = areas.sum() + sum(w.area for w in room.windows)
    net.heat.append((air, "gain", room.gain * (1 - room.radiant)))
    for node, area in (*faces, *zip(panes, (w.area for w in room.windows), strict=True)):
        net.heat.append((node, "gain", room.gain * room.radiant * area / total))
    for w in room.windows:
        gained = w.area * w.factor
        net.heat.append((air, f"glass_{w.face}", gained * room.to_air))
        for (node, _), share in zip(faces, shares, strict=True):
            net.heat.append((node, f"glass_{w.face}", gained * (1 - room.to_air) * share))


def _surface(
    net: _Net, s: Surface, here: tuple[int, int], room: Room, there: list[tuple[int, int]], spaces: Sequence[Room],
    shared: list[list[tuple[int, float]]],
) -> int:  # fmt: skip
    """Add an opaque element; its inner face. The outer face of a shared one is an inner face of the space beyond."""
    inner, outer = _inner_face(net, s, here, room.emissivity), net.node()
    if s.beyond is None:
        radiation = OUTSIDE_RADIATION / 0.9 * s.emissivity if s.face else 0.0
        net.outside(outer, s.area * (s.outside + radiation))
        if s.face:
            net.heat.append((outer, "sky", s.area * radiation * s.sky))
            net.heat.append((outer, f"wall_{s.face}", s.area * s.absorptance))
    else:
        _link_face(net, outer, s, there[s.beyond], spaces[s.beyond].emissivity)
        shared[s.beyond].append((outer, s.area))
    last, resistance = outer, 0.0
    for layer in s.layers:
        mass = layer.thickness * layer.density * layer.heat
        pieces = _pieces(layer) if mass > 0 else 1
        for _ in range(pieces):
            half = layer.thickness / pieces / layer.conductivity / 2
            if mass > 0:
                node = net.node(s.area * mass / pieces)
                net.link(last, node, s.area / (resistance + half))
                last, resistance = node, half
            else:
                resistance += 2 * half
    net.link(last, inner, s.area / max(resistance, 1e-6))
    return inner


def _inner_face(net: _Net, s: Surface, here: tuple[int, int], emissivity: float) -> int:
    node = net.node()
    _link_face(net, node, s, here, emissivity)
    return node


def _link_face(net: _Net, node: int, s: Surface, here: tuple[int, int], emissivity: float) -> None:
    net.link(node, here[0], s.area * (INSIDE_CONVECTION[s.kind] if s.inside is None else s.inside))
    net.link(node, here[1], s.area * INSIDE_RADIATION / 0.9 * emissivity)


def _pieces(layer: Layer) -> int:
    """Nodes of a layer: as thick as heat goes in an hour."""
    diffusivity = layer.conductivity / (layer.density * layer.heat)
    return max(1, round(layer.thickness / float(np.sqrt(diffusivity * HOUR_S))))


def _window(net: _Net, w: Window, air: int, star: int, emissivity: float) -> int:
    """Add a glazed element, of which `u` holds with the surface coefficients of this room; its inner face."""
    inner = net.node()
    radiation = INSIDE_RADIATION / 0.9 * emissivity
    net.link(inner, air, w.area * w.inside)
    net.link(inner, star, w.area * radiation)
    rest = max(1 / w.u - 1 / (w.inside + INSIDE_RADIATION), 1e-3)
    net.outside(inner, w.area / rest)
    net.heat.append((inner, "sky", w.area / rest * OUTSIDE_RADIATION * w.sky / (OUTSIDE_CONVECTION + OUTSIDE_RADIATION)))
    return inner
