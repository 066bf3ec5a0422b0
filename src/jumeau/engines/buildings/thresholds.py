"""Thresholds of the label of each building: one table with the DPE (`dpe/thresholds.json`), by size of dwelling and altitude.

A dwelling of 40 m² or less, and one above 800 m in zones H1b, H1c and H2d, have thresholds of their own (arrêté of 31 March
2021, amended 25 March 2024). Where dwellings are counted, the size is that of the mean one; elsewhere, that of the building.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.label import bounds
from jumeau.engines.buildings.envelope import Envelope
from jumeau.engines.buildings.stock import UNKNOWN_ALTITUDE, Codes, Flags, Floats, Stock
from jumeau.engines.tally import Draws

SMALL_M2 = 40.0
ABOVE, BELOW = 3, 1
"""Classes of altitude of the method: above 800 m, and any other (below 800 m they share their thresholds)."""


class Bounds(msgspec.Struct, frozen=True):
    """Upper bounds of classes A to F (N or 1, D or 1, 6): energy [kWhEP/(m²·year)], gas [kgCO2e/(m²·year)]."""

    energy: Floats
    gas: Floats

    def rank(self, primary: Floats, emitted: Floats) -> Codes:
        """0 for A to 6 for G (N, D): the worse of energy and emissions."""
        return np.maximum(_reached(primary, self.energy), _reached(emitted, self.gas))

    def of(self, rows: Flags) -> "Bounds":
        """Those of some of the buildings."""
        return self if len(self.energy) == 1 else Bounds(self.energy[rows], self.gas[rows])

    def span(self, label: Codes, least: float, most: float) -> tuple[Floats, Floats]:
        """Energy from and to which a label goes (N, D or 1) [kWhEP/(m²·year)]. label (N,); least, most: ends of A and G, the
        last one moved with the thresholds of small dwellings."""
        shape = (len(label), *self.energy.shape[1:])
        inner = np.broadcast_to(self.energy, shape)
        first = np.full((*shape[:2], 1), least)
        edges = np.concatenate([first, inner, np.maximum(most, 1.4 * inner[..., -1:])], axis=-1)
        place = label.astype(np.int64)[:, None, None]
        low, high = (np.take_along_axis(edges, np.broadcast_to(place + k, (*shape[:2], 1)), axis=-1)[..., 0] for k in (0, 1))
        return low, high


def bounds_of(part: Stock, env: Envelope, draws: Draws) -> Bounds:
    """Thresholds of each building, on draws where its size or its altitude is not known."""
    size, high = home_size(part, env), above_800(part, draws)
    if not (size < SMALL_M2).any() and not high.any():
        energy, gas = bounds(SMALL_M2, BELOW, 1)
        return Bounds(energy[None], gas[None])
    energy, gas = bounds(size, np.where(high, ABOVE, BELOW), np.maximum(part.zone, 0)[:, None] + 1)
    return Bounds(energy, gas)


def home_size(part: Stock, env: Envelope) -> Floats:
    """Floor of a dwelling (N, D) [m²]: the mean one where they are counted, else the building; endless for other uses."""
    count = np.where(part.dwellings > 0, part.dwellings, 1.0)
    return np.where((part.use == 0)[:, None], env.floor / count[:, None], np.inf)


def above_800(part: Stock, draws: Draws) -> NDArray[np.bool_]:
    """Whether a building counts as above 800 m (N, D), drawn by commune where nothing says it."""
    unknown = part.high == UNKNOWN_ALTITUDE
    out = np.repeat((part.high == 1)[:, None], draws.ctx.draws, axis=1)
    if unknown.any():
        share = draws.law("above_800_share").mode
        out[unknown] = draws.uniforms("altitude", part.communes[unknown]) < share
    return out


def _reached(values: Floats, upper: Floats) -> Codes:
    rank = np.zeros(values.shape, np.int8)
    for k in range(upper.shape[-1]):
        rank += values >= upper[..., k]
    return rank
