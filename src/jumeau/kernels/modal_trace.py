"""Few rooms hour by hour: what their plant gives and how warm each of their nodes is, where `modal` only keeps sums."""

import numpy as np
from numpy.typing import NDArray

from jumeau.kernels.modal import HOUR_S, RoomHours, Rooms

__all__ = ["room_trace"]

Floats = NDArray[np.float64]


def room_trace(rooms: Rooms, hours: RoomHours, start_c: float = 20.0) -> tuple[Floats, Floats]:
    """Power of the plant, cooling negative [W] (T, N), and temperature of all nodes at the end of each hour [°C] (T, N, n).

    The same step as `modal.loads_every_hour`, its matrices inverted once for each level of ventilation.
    """
    n, size = rooms.capacity.shape
    stored = rooms.capacity / HOUR_S
    inverse = np.empty((rooms.extra.shape[1], n, size, size))
    for level in range(len(inverse)):
        matrix = rooms.conductance + stored[:, :, None] * np.eye(size)
        matrix[:, 0, 0] += rooms.extra[:, level]
        inverse[level] = np.linalg.inv(matrix)
    given = np.einsum("nku,tu->tnk", rooms.inputs, hours.inputs)
    count = len(hours.outdoor)
    powers, nodes, x = np.empty((count, n)), np.empty((count, n, size)), np.full((n, size), start_c)
    for h in range(count):
        level = hours.level[h]
        heat = stored * x + given[h]
        heat[:, 0] += rooms.extra[:, level] * hours.outdoor[h]
        free, rise = np.einsum("nij,nj->ni", inverse[level], heat), inverse[level, :, :, 0]
        lack = (hours.heat_set[h] - free[:, 0]) / rise[:, 0]
        beyond = (free[:, 0] - hours.cool_set[h]) / rise[:, 0]
        powers[h] = np.clip(lack, 0.0, rooms.heat_max) - np.clip(beyond, 0.0, rooms.cool_max)
        x = free + rise * powers[h, :, None]
        nodes[h] = x
    return powers, nodes
