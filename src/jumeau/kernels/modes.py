"""Rooms as networks of few links -> their modes, laid out as `modal.c` wants them.

The readable version is `modal.modes_of` on the matrices of the networks. In C, eight rooms go at once: nodes without mass are
eliminated one by one, what is left is made tridiagonal and then diagonal, and only what is asked of the eigenvectors (inputs,
air, felt temperature, start) is turned with them, which costs less than the vectors themselves.

References: [1] Golub, Van Loan (2013), Matrix computations, 4th ed., 8.3 (Householder tridiagonalisation, implicit QL).
"""

import ctypes
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.kernels import library
from jumeau.kernels.modal import (
    LANES,
    MOST_MODES,
    Modes,
    Packed,
    RoomHours,
    Rooms,
    lanes,
    loads_numpy,
    modes_of,
    packed_loads,
)
from jumeau.kernels.rc5 import HourlyTotals

__all__ = ["Networks", "decomposed", "found_modes", "network_loads", "stepped"]

Floats = NDArray[np.float64]
CHUNK = 1024
"""Rooms decomposed, then stepped: what stands between both stays in the cache."""


class Networks(msgspec.Struct, frozen=True, kw_only=True):
    """Rooms (N) of n nodes that share their links. links: two nodes each, the same one twice for the outside (E, 2); link:
    their conductance (E, N) [W/K]; capacity: (n, N) [J/K], 0 where a node has no mass; heats: node and input (H, 2); heat:
    what the input brings to the node (H, N) [W per its unit]; inputs: their number; felt: weight of each node in the
    temperature that people feel (n,); extra, heat_max, cool_max: as in `modal.Rooms`."""

    links: NDArray[np.int64]
    link: Floats
    capacity: Floats
    heats: NDArray[np.int64]
    heat: Floats
    inputs: int
    felt: Floats
    extra: Floats
    heat_max: Floats
    cool_max: Floats

    def matrices(self) -> Rooms:
        """The same as full matrices."""
        n, count = self.capacity.shape
        k, f = np.zeros((n, n, count)), np.zeros((n, self.inputs, count))
        for (a, b), g in zip(self.links.tolist(), self.link, strict=True):
            k[a, a] += g
            if a != b:
                k[b, b] += g
                k[a, b] -= g
                k[b, a] -= g
        for (node, name), value in zip(self.heats.tolist(), self.heat, strict=True):
            f[node, name] += value
        return Rooms(
            conductance=np.ascontiguousarray(np.moveaxis(k, -1, 0)), capacity=np.ascontiguousarray(self.capacity.T),
            inputs=np.ascontiguousarray(np.moveaxis(f, -1, 0)), felt=np.tile(self.felt, (count, 1)), extra=self.extra,
            heat_max=self.heat_max, cool_max=self.cool_max,
        )  # fmt: skip

    def take(self, rows: NDArray[np.int64] | slice) -> "Networks":
        """Some of the rooms."""
        across = {name: getattr(self, name)[:, rows] for name in ("link", "capacity", "heat")}
        along = {name: getattr(self, name)[rows] for name in ("extra", "heat_max", "cool_max")}
        return msgspec.structs.replace(self, **across, **along)


def elimination(net: Networks) -> NDArray[np.int64]:
    """Nodes without mass, those with the fewest neighbours first."""
    n = len(net.capacity)
    near = [set() for _ in range(n)]  # type: list[set[int]]
    for a, b in net.links.tolist():
        if a != b:
            near[a].add(b)
            near[b].add(a)
    left = set(np.flatnonzero(net.capacity.max(axis=1) <= 0).tolist())
    out = []
    while left:
        node = min(left, key=lambda k: (len(near[k]), k))
        left.remove(node)
        out.append(node)
        for other in near[node]:
            near[other] |= near[node] - {other}
            near[other].discard(node)
    return np.array(out, np.int64)


def decomposed(lib: ctypes.CDLL, net: Networks, count: int) -> Packed:
    """The `count` modes that the air remembers most, by the compiled version, ready for `modal.packed_loads`.

    Raises ValueError where a room cannot be made diagonal, or for more than 64 modes.
    """
    rooms, nodes, order = net.link.shape[1], len(net.capacity), elimination(net)
    kept, blocks = min(count, nodes - len(order)), -(-rooms // LANES)
    if kept > MOST_MODES:
        raise ValueError(f"more than {MOST_MODES} modes")
    link, capacity, heat = (lanes(np.ascontiguousarray(x.T)) for x in (net.link, net.capacity, net.heat))
    u = net.inputs
    shapes = {"start": (kept,), "mode": (kept, 3 + u), "direct": (u,), "feel": (kept + u + 1,), "rise": ()}
    out = {name: np.empty((blocks, *shape, LANES)) for name, shape in shapes.items()}
    work = np.empty((nodes * (2 * nodes + 2 * u + 8), LANES))
    ends, reach = (np.ascontiguousarray(x, np.int64) for x in (net.links, net.heats))
    felt = np.ascontiguousarray(net.felt, np.float64)
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    counts = (blocks, nodes, len(ends), len(reach), u, len(order), kept)
    arrays = (ends, reach, order, felt, link, capacity, heat, work, *out.values())
    if lib.jumeau_modes(*(size(x) for x in counts), *(pointer(x.ctypes.data) for x in arrays)):
        raise ValueError(f"modes not found: {nodes} nodes, {u} inputs")
    return Packed(**out, extra=net.extra, heat_max=net.heat_max, cool_max=net.cool_max)


@cache
def _compiled() -> ctypes.CDLL | None:
    lib = library()
    return lib if hasattr(lib, "jumeau_modes") and hasattr(lib, "jumeau_modal") else None


def found_modes(net: Networks, count: int) -> Modes | Packed:
    """The `count` modes that the air remembers most, for `stepped`: compiled, or readable where nothing is compiled."""
    lib = _compiled()
    return modes_of(net.matrices(), count) if lib is None else decomposed(lib, net, count)


def stepped(modes: Modes | Packed, hours: RoomHours, start_c: float = 20.0) -> HourlyTotals:
    """Heating and cooling of rooms over the hours, from `found_modes`."""
    if isinstance(modes, Modes):
        return loads_numpy(modes, hours, start_c)
    lib = _compiled()
    assert lib is not None
    return packed_loads(lib, modes, hours, start_c)


def network_loads(net: Networks, hours: tuple[RoomHours, ...], count: int, start_c: float = 20.0) -> list[HourlyTotals]:
    """Heating and cooling of N rooms under each of some years, from their networks: modes found once, then stepped."""
    rooms, names = net.link.shape[1], HourlyTotals.__struct_fields__
    if not rooms:
        return [HourlyTotals(**{k: np.zeros((0, len(one.stop))) for k in names}) for one in hours]
    parts: list[list[HourlyTotals]] = []
    for first in range(0, rooms, CHUNK):
        found = found_modes(net.take(slice(first, first + CHUNK)), count)
        parts.append([stepped(found, one, start_c) for one in hours])
    return [HourlyTotals(**{k: np.concatenate([getattr(p[i], k) for p in parts]) for k in names}) for i in range(len(hours))]
