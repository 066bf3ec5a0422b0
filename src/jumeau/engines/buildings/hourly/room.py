"""Rooms described wall by wall -> the networks that the modal kernel steps.

References: [1] ISO 52016-1:2017, clause 6.5.6 and table 25 (surface coefficients). [2] ISO 6946 (surface resistances).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.hourly.sun import FACES
from jumeau.kernels.modal import HOUR_S, Rooms
from jumeau.kernels.modes import Networks

Floats = NDArray[np.float64]
Amount = float | Floats
"""A number, or one for each of many rooms that are made alike (N,)."""
INSIDE_CONVECTION = {"wall": 2.5, "roof": 5.0, "floor": 0.7}
OUTSIDE_CONVECTION = 20.0
OUTSIDE_RADIATION, INSIDE_RADIATION = 4.14, 5.13
AIR_J_M3K = 1210.0
FURNITURE_J_M2K = 10_000.0
INPUTS = ("outdoor", "sky", "gain", *(f"wall_{f}" for f in FACES), *(f"glass_{f}" for f in FACES))
SUNNY = 2 * len(FACES)


class Layer(msgspec.Struct, frozen=True):
    """thickness [m], conductivity [W/(m·K)], density [kg/m³], heat [J/(kg·K)]; pieces: nodes it is cut into, as many as heat
    crosses in hours where None."""

    thickness: Amount
    conductivity: Amount
    density: Amount
    heat: Amount
    pieces: int | None = None


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """An opaque element. kind: wall, roof or floor; face: of `FACES`, or None without sun; layers from outside to inside;
    absorptance: of sun outside; emissivity: outside; sky: share of the sky that it sees; outside, inside: convection
    [W/(m²·K)]; beyond: the unheated space on its other side, by its rank in the room, or None for the outside."""

    area: Amount
    kind: str
    face: str | None
    layers: tuple[Layer, ...]
    absorptance: Amount = 0.6
    emissivity: float = 0.9
    sky: float = 0.5
    outside: Amount = OUTSIDE_CONVECTION
    inside: float | None = None
    beyond: int | None = None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A glazed element. u: air to air [W/(m²·K)]; factor: solar factor at normal incidence [-]."""

    area: Amount
    face: str
    u: Amount
    factor: Amount
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
    volume: Amount
    floor: Amount
    air: Amount
    extra: tuple[Amount, ...] = (0.0,)
    gain: Amount = 0.0
    radiant: float = 0.5
    emissivity: float = 0.9
    solar: tuple[Amount, ...] | None = None
    lost: float = 0.0
    to_air: float = 0.1
    furniture: float = FURNITURE_J_M2K
    heat_max: Amount = np.inf
    cool_max: Amount = np.inf
    unheated: tuple["Room", ...] = ()


def network(rooms: Sequence[Room]) -> Rooms:
    """`networks` of rooms described one by one, as matrices."""
    return networks(rooms).matrices()


def networks(rooms: Sequence[Room], names: tuple[str, ...] = INPUTS) -> Networks:
    """Networks of rooms that have the same surfaces, windows and layers in number: rooms one by one, or
    many at once where the amounts of a `Room` are arrays.

    Nodes: air, mean radiant star, the same of each unheated space, then for each surface its inner face, its outer face and
    its layers, and the inner face of each window, space by space. Only the first air has a plant and extra ventilation: what
    is behind a shared wall is one more part of the same linear network, and of the same modes. Inputs: `INPUTS`; the sky is
    its temperature minus the outdoor one [K], glass inputs are those of `sun.through_glass`. Raises ValueError when the rooms
    do not have the same shape.
    """
    nets = [_net(room) for room in rooms]
    first, sizes = nets[0], [_count(room) for room in rooms]
    if any((n.links, n.heats, len(n.masses)) != (first.links, first.heats, len(first.masses)) for n in nets):
        raise ValueError("rooms of one network must have the same surfaces and layers")

    def stacked(rows: Sequence[Sequence[Amount]]) -> Floats:
        parts = [np.stack([np.broadcast_to(x, size) for x in row]) for row, size in zip(rows, sizes, strict=True)]
        return np.concatenate(parts, axis=1)

    levels = max(len(r.extra) for r in rooms)
    extra = stacked([[*r.extra, *[r.extra[-1]] * (levels - len(r.extra))] for r in rooms])
    ends = stacked([[r.heat_max, r.cool_max] for r in rooms])
    felt = np.zeros(len(first.masses))
    felt[:2] = 0.5
    return Networks(
        links=np.array(first.links), link=stacked([n.conductances for n in nets]), capacity=stacked([n.masses for n in nets]),
        heats=np.array([(node, names.index(name)) for node, name in first.heats]), heat=stacked([n.values for n in nets]),
        inputs=len(names), felt=felt, extra=np.ascontiguousarray(extra.T), heat_max=ends[0], cool_max=ends[1],
    )  # fmt: skip


def _count(room: Room) -> int:
    """How many rooms a description holds."""
    amounts = (room.volume, room.floor, room.air, room.gain, *(s.area for s in room.surfaces))
    return max(np.size(x) for x in amounts)


class _Net:
    """Nodes, links (a node with itself: with the outside) and heat as they come."""

    def __init__(self) -> None:
        self.masses: list[Amount] = []
        self.links: list[tuple[int, int]] = []
        self.conductances: list[Amount] = []
        self.heats: list[tuple[int, str]] = []
        self.values: list[Amount] = []

    def node(self, mass: Amount = 0.0) -> int:
        self.masses.append(mass)
        return len(self.masses) - 1

    def link(self, a: int, b: int, conductance: Amount) -> None:
        self.links.append((a, b))
        self.conductances.append(conductance)

    def heat(self, node: int, name: str, value: Amount) -> None:
        self.heats.append((node, name))
        self.values.append(value)

    def outside(self, a: int, conductance: Amount) -> None:
        self.link(a, a, conductance)
        self.heat(a, "outdoor", conductance)


def _net(room: Room) -> _Net:
    net, spaces = _Net(), (room, *room.unheated)
    air = [(net.node(AIR_J_M3K * r.volume + r.furniture * r.floor), net.node()) for r in spaces]
    shared: list[list[tuple[int, Amount]]] = [[] for _ in room.unheated]
    for k, r in enumerate(spaces):
        net.outside(air[k][0], r.air)
        faces = [(_surface(net, s, air[k], r, air[1:], spaces[1:], shared), s.area) for s in r.surfaces]
        panes = [_window(net, w, *air[k], r.emissivity) for w in r.windows]
        _gains(net, r, air[k][0], [*faces, *(shared[k - 1] if k else [])], panes)
    return net


def faces_of(room: Room) -> list[tuple[int, list[int]]]:
    """For the room, then each unheated space: the node of its air, those of the inner faces of its surfaces and windows."""
    spaces = (room, *room.unheated)
    at, out = 2 * len(spaces), []
    for k, r in enumerate(spaces):
        inner = []
        for s in r.surfaces:
            inner.append(at)
            at += 2 + sum(_pieces(x) for x in s.layers if np.all(x.thickness * x.density * x.heat > 0))
        out.append((2 * k, [*inner, *range(at, at + len(r.windows))]))
        at += len(r.windows)
    return out


def _gains(net: _Net, room: Room, air: int, faces: list[tuple[int, Amount]], panes: list[int]) -> None:
    """People and sun on the air and the inner faces of a space."""
    opaque = sum((area for _, area in faces), np.zeros(()))
    shares = room.solar if room.solar is not None else [area / opaque * (1 - room.lost) for _, area in faces]
    total = opaque + sum((w.area for w in room.windows), np.zeros(()))
    net.heat(air, "gain", room.gain * (1 - room.radiant))
    for node, area in (*faces, *zip(panes, (w.area for w in room.windows), strict=True)):
        net.heat(node, "gain", room.gain * room.radiant * area / total)
    for w in room.windows:
        gained = w.area * w.factor
        net.heat(air, f"glass_{w.face}", gained * room.to_air)
        for (node, _), share in zip(faces, shares, strict=True):
            net.heat(node, f"glass_{w.face}", gained * (1 - room.to_air) * share)


def _surface(
    net: _Net, s: Surface, here: tuple[int, int], room: Room, there: list[tuple[int, int]], spaces: Sequence[Room],
    shared: list[list[tuple[int, Amount]]],
) -> int:  # fmt: skip
    """Add an opaque element; its inner face. The outer face of a shared one is an inner face of the space beyond."""
    inner, outer = _inner_face(net, s, here, room.emissivity), net.node()
    if s.beyond is None:
        radiation = OUTSIDE_RADIATION / 0.9 * s.emissivity if s.face else 0.0
        net.outside(outer, s.area * (s.outside + radiation))
        if s.face:
            net.heat(outer, "sky", s.area * radiation * s.sky)
            net.heat(outer, f"wall_{s.face}", s.area * s.absorptance)
    else:
        _link_face(net, outer, s, there[s.beyond], spaces[s.beyond].emissivity)
        shared[s.beyond].append((outer, s.area))
    last = outer
    resistance: Amount = 0.0
    for layer in s.layers:
        mass = layer.thickness * layer.density * layer.heat
        pieces = _pieces(layer)
        for _ in range(pieces):
            half = layer.thickness / pieces / layer.conductivity / 2
            if np.all(mass > 0):
                node = net.node(s.area * mass / pieces)
                net.link(last, node, s.area / (resistance + half))
                last, resistance = node, half
            else:
                resistance += 2 * half
    net.link(last, inner, s.area / np.maximum(resistance, 1e-6))
    return inner


def _inner_face(net: _Net, s: Surface, here: tuple[int, int], emissivity: float) -> int:
    node = net.node()
    _link_face(net, node, s, here, emissivity)
    return node


def _link_face(net: _Net, node: int, s: Surface, here: tuple[int, int], emissivity: float) -> None:
    net.link(node, here[0], s.area * (INSIDE_CONVECTION[s.kind] if s.inside is None else s.inside))
    net.link(node, here[1], s.area * INSIDE_RADIATION / 0.9 * emissivity)


def _pieces(layer: Layer) -> int:
    """Nodes of a layer: as thick as heat goes in an hour, in the room where that is the most."""
    mass = layer.density * layer.heat
    if not np.all(layer.thickness * mass > 0):
        return 1
    if layer.pieces is not None:
        return layer.pieces
    return max(1, round(float(np.max(layer.thickness / np.sqrt(layer.conductivity / mass * HOUR_S)))))


def _window(net: _Net, w: Window, air: int, star: int, emissivity: float) -> int:
    """Add a glazed element, of which `u` holds with the surface coefficients of this room; its inner face."""
    inner = net.node()
    radiation = INSIDE_RADIATION / 0.9 * emissivity
    net.link(inner, air, w.area * w.inside)
    net.link(inner, star, w.area * radiation)
    rest = np.maximum(1 / w.u - 1 / (w.inside + INSIDE_RADIATION), 1e-3)
    net.outside(inner, w.area / rest)
    net.heat(inner, "sky", w.area / rest * OUTSIDE_RADIATION * w.sky / (OUTSIDE_CONVECTION + OUTSIDE_RADIATION))
    return inner
