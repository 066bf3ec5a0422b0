"""Rooms described wall by wall, hour by hour, in the modes of their own heat equation.

With constant conductances a room is linear: C dx/dt = F u - K x + (plant and extra ventilation on the air). The implicit hour
step of ISO 52016-1 solves (C/dt + K) x' = C/dt x + ... each hour; in the eigenvectors of (K, C) that matrix is diagonal, and
what changes from hour to hour (power of the plant, ventilation) enters by the air alone: a rank-1 change, one division.

References: [1] ISO 52016-1:2017, clause 6.5 (implicit hourly balance of nodes). [2] Sherman, Morrison (1950), Adjustment of
an inverse matrix corresponding to a change in one element of a given matrix, Ann. Math. Statist. 21.
"""

import ctypes
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.kernels import library
from jumeau.kernels.rc5 import NEVER, HourlyTotals

__all__ = ["Modes", "RoomHours", "Rooms", "loads_c", "loads_every_hour", "loads_numpy", "modes_of", "room_loads"]

Floats = NDArray[np.float64]
LANES, MOST_MODES = 8, 64
LIT, WATCHED = 0x80, 0x40
HOUR_S = 3600.0


class Rooms(msgspec.Struct, frozen=True, kw_only=True):
    """Rooms (N) of n nodes, node 0 the air. conductance: K (N, n, n) [W/K], symmetric; capacity: C (N, n) [J/K], 0 where a
    node has no mass; inputs: F (N, n, U), heat that each input brings to each node [W per its unit]; felt: weights of the
    nodes in the temperature that people feel (N, n); extra: ventilation above that of K at each level (N, L) [W/K];
    heat_max, cool_max: power of the plant [W], may be infinite."""

    conductance: Floats
    capacity: Floats
    inputs: Floats
    felt: Floats
    extra: Floats
    heat_max: Floats
    cool_max: Floats


class RoomHours(msgspec.Struct, frozen=True, kw_only=True):
    """What all rooms share (T hours). inputs: (T, U), the last `sunny` of them 0 when `lit` is not; outdoor: temperature of
    the air blown in [°C]; heat_set, cool_set, watch: [°C], watch infinite where discomfort does not count; level: ventilation
    level; stop: hour after the last of each period (P,)."""

    inputs: Floats
    sunny: int
    lit: NDArray[np.bool_]
    outdoor: Floats
    heat_set: Floats
    cool_set: Floats
    watch: Floats
    level: NDArray[np.uint8]
    stop: NDArray[np.int64]


class Modes(msgspec.Struct, frozen=True, kw_only=True):
    """Rooms (N) in M of their modes. decay: (N, M) [-]; air, felt: what a mode adds to the air's and the felt temperature
    (N, M); push: what 1 W on the air adds to a mode (N, M); inputs: (N, M, U); air_direct, felt_direct: (N, U) and
    air_rise, felt_rise: (N,) [K/W], at once; extra, heat_max, cool_max: as in `Rooms`; start: modes per °C of a room at one
    temperature (N, M)."""

    decay: Floats
    air: Floats
    felt: Floats
    push: Floats
    inputs: Floats
    air_direct: Floats
    felt_direct: Floats
    air_rise: Floats
    felt_rise: Floats
    extra: Floats
    heat_max: Floats
    cool_max: Floats
    start: Floats

    def take(self, first: int, last: int) -> "Modes":
        """The rooms from `first` to `last`."""
        return Modes(**{n: getattr(self, n)[first:last] for n in self.__struct_fields__})


def modes_of(rooms: Rooms, count: int | None = None) -> Modes:
    """Modes of rooms whose massless nodes are the same; the `count` that the air remembers most are kept, the others follow
    their inputs at once.

    Raises ValueError for more than 64 modes.
    """
    heavy = rooms.capacity.max(axis=0) > 0
    m, s = np.flatnonzero(heavy), np.flatnonzero(~heavy)
    k, f = rooms.conductance, np.concatenate([rooms.inputs, _on_air(rooms)], axis=2)
    inner = np.linalg.inv(k[:, s[:, None], s]) if len(s) else np.zeros((len(k), 0, 0))
    across = k[:, m[:, None], s] @ inner
    reduced = k[:, m[:, None], m] - across @ k[:, s[:, None], m]
    force = f[:, m] - across @ f[:, s]
    root = 1.0 / np.sqrt(rooms.capacity[:, m])
    rates, vectors = np.linalg.eigh(root[:, :, None] * reduced * root[:, None, :])
    shapes = root[:, :, None] * vectors
    if count is not None and count < len(m):
        order = _most_remembered(rates, shapes, force, np.flatnonzero(m == 0))
        rates, shapes = np.take_along_axis(rates, order, 1), np.take_along_axis(shapes, order[:, None, :], 2)
    kept = slice(0, len(m) if count is None else min(count, len(m)))
    if kept.stop > MOST_MODES:
        raise ValueError(f"more than {MOST_MODES} modes")
    pushed = np.swapaxes(shapes, 1, 2) @ force
    # Temperatures of all nodes: shape (N, n, M) times modes plus what follows the inputs at once (N, n, U + 1).
    nodes = np.zeros((len(k), k.shape[1], len(m)))
    nodes[:, m] = shapes
    nodes[:, s] = -np.swapaxes(across, 1, 2) @ shapes
    at_once = np.zeros((len(k), k.shape[1], f.shape[2]))
    at_once[:, s] = inner @ f[:, s]
    fast = slice(kept.stop, len(m))
    at_once += nodes[:, :, fast] @ (pushed[:, fast] / rates[:, fast, None])
    decay = 1.0 / (1.0 + rates[:, kept] * HOUR_S)
    moved = decay[:, :, None] * HOUR_S * pushed[:, kept]
    air, felt = nodes[:, 0, kept], np.einsum("nk,nkm->nm", rooms.felt, nodes[:, :, kept])
    felt_once = np.einsum("nk,nku->nu", rooms.felt, at_once)
    air_once = at_once[:, 0] + np.einsum("nm,nmu->nu", air, moved)
    return Modes(
        decay=decay, air=air * decay, felt=felt, push=moved[:, :, -1], inputs=moved[:, :, :-1], air_direct=air_once[:, :-1],
        felt_direct=felt_once[:, :-1], air_rise=air_once[:, -1], felt_rise=felt_once[:, -1], extra=rooms.extra,
        heat_max=rooms.heat_max, cool_max=rooms.cool_max,
        start=np.einsum("nkm,nk->nm", shapes[:, :, kept], rooms.capacity[:, m]),
    )  # fmt: skip


def _most_remembered(rates: Floats, shapes: Floats, force: Floats, air: NDArray[np.int64]) -> NDArray[np.int64]:
    """Modes in order of what the air keeps of them from one hour to the next, for the input where they weigh most (N, M).

    Without a massive air node, every massive node counts.
    """
    seen = np.abs(shapes[:, air if len(air) else slice(None)]).sum(axis=1)
    weight = seen[:, :, None] * np.abs(np.swapaxes(shapes, 1, 2) @ force) / rates[:, :, None]
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    return np.argsort(-share.max(axis=2) / (1.0 + rates * HOUR_S), axis=1, kind="stable")


def _on_air(rooms: Rooms) -> Floats:
    one = np.zeros((*rooms.capacity.shape, 1))
    one[:, 0] = 1.0
    return one


def loads_every_hour(rooms: Rooms, hours: RoomHours, start_c: float = 20.0) -> HourlyTotals:
    """What the modes must give back: the node equations solved anew each hour [1], with the ventilation of that hour."""
    n, size = rooms.capacity.shape
    x, done = np.full((n, size), start_c), _Done(n, hours)
    stored, one = rooms.capacity / HOUR_S, _on_air(rooms)
    for h, period in done.hours():
        extra = rooms.extra[:, hours.level[h]]
        matrix = rooms.conductance + np.einsum("nk,kj->nkj", stored, np.eye(size))
        matrix[:, 0, 0] += extra
        heat = stored * x + rooms.inputs @ hours.inputs[h]
        heat[:, 0] += extra * hours.outdoor[h]
        free, per_watt = np.linalg.solve(matrix, heat[..., None])[..., 0], np.linalg.solve(matrix, one)[..., 0]
        power = done.power(h, free[:, 0], per_watt[:, 0], rooms.heat_max, rooms.cool_max)
        x = free + per_watt * (power[0] - power[1])[:, None]
        done.add(h, period, power, np.einsum("nk,nk->n", rooms.felt, x))
    return done.totals()


def loads_numpy(modes: Modes, hours: RoomHours, start_c: float = 20.0) -> HourlyTotals:
    """The readable version of `room_loads`."""
    z, done = modes.start * start_c, _Done(len(modes.decay), hours)
    for h, period in done.hours():
        u, extra = hours.inputs[h], modes.extra[:, hours.level[h]]
        y = modes.air_direct @ u + (modes.air * z).sum(axis=1)
        share = 1.0 / (1.0 + modes.air_rise * extra)
        free, rise = (y + modes.air_rise * extra * hours.outdoor[h]) * share, modes.air_rise * share
        power = done.power(h, free, rise, modes.heat_max, modes.cool_max)
        net = power[0] - power[1]
        total = net + extra * (hours.outdoor[h] - free - rise * net)
        z = modes.decay * z + modes.inputs @ u + modes.push * total[:, None]
        done.add(h, period, power, (modes.felt * z).sum(axis=1) + modes.felt_direct @ u + modes.felt_rise * total)
    return done.totals()


class _Done:
    """Totals of the readable versions."""

    def __init__(self, n: int, hours: RoomHours) -> None:
        self._hours, self._watch = hours, np.minimum(hours.watch, NEVER)
        self._sums = np.zeros((5, n, len(hours.stop)))

    def hours(self) -> list[tuple[int, int]]:
        count = min(len(self._hours.outdoor), int(self._hours.stop[-1]))
        return list(enumerate(np.searchsorted(self._hours.stop, np.arange(count), side="right").tolist()))

    def power(self, h: int, free: Floats, rise: Floats, heat_max: Floats, cool_max: Floats) -> tuple[Floats, Floats]:
        heat = np.clip((self._hours.heat_set[h] - free) / rise, 0.0, heat_max)
        return heat, np.clip((free - self._hours.cool_set[h]) / rise, 0.0, cool_max)

    def add(self, h: int, p: int, power: tuple[Floats, Floats], felt: Floats) -> None:
        over = np.maximum(felt - self._watch[h], 0.0)
        self._sums[:3, :, p] += power[0] / 1000, power[1] / 1000, over
        self._sums[3:, :, p] = np.maximum(self._sums[3:, :, p], power)

    def totals(self) -> HourlyTotals:
        heat, cool, over, heat_peak, cool_peak = self._sums
        return HourlyTotals(heat=heat, cool=cool, discomfort=over, heat_peak=heat_peak, cool_peak=cool_peak)


class Packed(msgspec.Struct, frozen=True, kw_only=True):
    """Modes of N rooms as modal.c reads them, in blocks of LANES. start: modes per °C (B, M, LANES); mode: decay, air, push
    and inputs (B, M, 3 + U, LANES); direct: (B, U, LANES); feel: (B, M + U + 1, LANES); rise: of the air (B, LANES); extra,
    heat_max, cool_max: as in `Rooms`."""

    start: Floats
    mode: Floats
    direct: Floats
    feel: Floats
    rise: Floats
    extra: Floats
    heat_max: Floats
    cool_max: Floats

    def take(self, first: int, last: int) -> "Packed":
        """The rooms from `first`, a multiple of LANES, to `last`."""
        blocks, rows = slice(first // LANES, -(-last // LANES)), slice(first, last)
        by_block = {n: getattr(self, n)[blocks] for n in ("start", "mode", "direct", "feel", "rise")}
        return Packed(**by_block, **{n: getattr(self, n)[rows] for n in ("extra", "heat_max", "cool_max")})


def lanes(rows: Floats) -> Floats:
    """(N, ...) -> (B, ..., LANES), the last row repeated to fill its block."""
    blocks = -(-len(rows) // LANES)
    whole = rows if len(rows) == blocks * LANES else rows[np.minimum(np.arange(blocks * LANES), len(rows) - 1)]
    return np.ascontiguousarray(np.moveaxis(whole.reshape(blocks, LANES, *rows.shape[1:]), 1, -1))


def packed(modes: Modes) -> Packed:
    """The modes laid out for the compiled version."""
    mode = [modes.decay[..., None], modes.air[..., None], modes.push[..., None], modes.inputs]
    feel = [modes.felt, modes.felt_direct, modes.felt_rise[:, None]]
    return Packed(
        start=lanes(modes.start), mode=lanes(np.concatenate(mode, axis=-1)), direct=lanes(modes.air_direct),
        feel=lanes(np.concatenate(feel, axis=-1)), rise=lanes(modes.air_rise), extra=modes.extra, heat_max=modes.heat_max,
        cool_max=modes.cool_max,
    )  # fmt: skip


def loads_c(lib: ctypes.CDLL, modes: Modes, hours: RoomHours, start_c: float = 20.0) -> HourlyTotals:
    """The compiled version of `room_loads`."""
    return packed_loads(lib, packed(modes), hours, start_c)


def packed_loads(lib: ctypes.CDLL, p: Packed, hours: RoomHours, start_c: float = 20.0) -> HourlyTotals:
    """The same on modes that are laid out already."""
    blocks, count, wide, _ = p.mode.shape
    n, inputs, levels, periods = len(p.extra), wide - 3, p.extra.shape[1], len(hours.stop)
    extra, rise = lanes(p.extra), p.rise[:, None]
    share = 1.0 / (1.0 + rise * extra)
    air = np.stack([rise * extra, share, rise * share, 1.0 / (rise * share), extra], axis=2)
    most = lanes(np.column_stack([np.minimum(p.heat_max, NEVER), -np.minimum(p.cool_max, NEVER)]))
    z = p.start * start_c
    shared = np.column_stack([hours.heat_set, hours.cool_set, np.minimum(hours.watch, NEVER), hours.outdoor])
    flags = np.where(hours.lit, LIT, 0) | np.where(hours.watch < NEVER, WATCHED, 0)
    u, level = np.ascontiguousarray(hours.inputs, np.float64), (hours.level | flags).astype(np.uint8)
    stop, done = np.ascontiguousarray(hours.stop, np.int64), np.empty((blocks, periods, 5, LANES))
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    lib.jumeau_modal(
        *(size(x) for x in (blocks, count, inputs, hours.sunny, levels)),
        *(pointer(x.ctypes.data) for x in (z, p.mode, p.direct, p.feel, air, most)), size(len(u)),
        *(pointer(x.ctypes.data) for x in (u, shared, level)), size(periods), pointer(stop.ctypes.data),
        pointer(done.ctypes.data),
    )  # fmt: skip
    sums = np.moveaxis(done, 3, 1).reshape(blocks * LANES, periods, 5)[:n]
    return HourlyTotals(
        heat=sums[..., 0] / 1000, cool=sums[..., 1] / 1000, discomfort=sums[..., 2], heat_peak=sums[..., 3],
        cool_peak=sums[..., 4],
    )  # fmt: skip


@cache
def _compiled() -> ctypes.CDLL | None:
    lib = library()
    return lib if hasattr(lib, "jumeau_modal") else None


def room_loads(modes: Modes, hours: RoomHours, start_c: float = 20.0) -> HourlyTotals:
    """Heating and cooling of N rooms over the hours; the plant acts on the air, which alone the thermostat feels."""
    lib = _compiled()
    return loads_numpy(modes, hours, start_c) if lib is None or not len(modes.decay) else loads_c(lib, modes, hours, start_c)
