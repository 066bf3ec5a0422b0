"""Overhangs and fins of windows: what they leave of the sun and of the sky.

References: [1] Duffie, Beckman (2013), Solar engineering of thermal processes, section 1.9 (profile angle, shading planes).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Overhang(msgspec.Struct, frozen=True, kw_only=True):
    """A window under an overhang long enough not to be seen past, between fins of depth `fins` [m]. gap: from the top of the
    window to the overhang [m]."""

    height: float
    width: float
    gap: float
    depth: float
    fins: float = 0.0

    def lit(self, altitude: Floats, turn: Floats) -> Floats:
        """Share of the window in the sun; altitude: of the sun, turn: its azimuth from the window's normal [°]."""
        front = np.maximum(np.cos(np.radians(turn)), 1e-6)
        down = self.depth * np.tan(np.radians(np.clip(altitude, 0, 89.9))) / front - self.gap
        aside = self.fins * np.abs(np.tan(np.radians(np.clip(turn, -89.9, 89.9))))
        return np.asarray((1 - np.clip(down / self.height, 0, 1)) * (1 - np.clip(aside / self.width, 0, 1)))

    def sky_seen(self) -> float:
        """Share of the light of an even sky that the window keeps."""
        altitude, turn, weight = _half_sky()
        return float((self.lit(altitude, turn) * weight).sum() / weight.sum())


def _half_sky() -> tuple[Floats, Floats, Floats]:
    """Directions before a wall: altitude, turn [°] and what each counts for on it."""
    altitude, turn = np.meshgrid(np.arange(1, 90, 2.0), np.arange(-89, 90, 2.0))
    return altitude, turn, np.cos(np.radians(altitude)) ** 2 * np.cos(np.radians(turn))
