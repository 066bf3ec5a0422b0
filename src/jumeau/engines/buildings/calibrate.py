"""Draws of a stock brought to what was metered: totals of groups (open aggregates, bills of a site), and the prebound effect.

References: [1] Evensen (2003), The ensemble Kalman filter, Ocean Dynamics 53 (update of draws by perturbed observations).
[2] Sunikka-Blank, Galvin (2012), Introducing the prebound effect: the gap between performance and actual energy consumption,
Building Research and Information 40(3).
"""

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import LAYER
from jumeau.engines.protocol import Bundle
from jumeau.kernels.draws import uniforms

Floats = NDArray[np.float64]
STREAM = "calibration_noise"
LEAST_METERS = 10


def to_totals(
    energy: Floats, group: NDArray[np.int64], totals: Floats, relative_error: Floats, *, seed: int = 0, shared: float = 0.15
) -> Floats:
    """Draws of energy (N, D) [kWh] once the totals of their groups (G,) [kWh] are known: see `factors`."""
    sums = np.zeros((len(totals), energy.shape[1]))
    np.add.at(sums, group, energy)
    return np.asarray(energy * factors(sums, totals, relative_error, seed=seed, shared=shared)[group])


def factors(sums: Floats, totals: Floats, relative_error: Floats, *, seed: int = 0, shared: float = 0.15) -> Floats:
    """What each draw of the sums of groups (G, D) [kWh] is multiplied by once totals (G,) are known to `relative_error`.

    Each draw is moved towards the total, less where the total is less sure than the draws (Kalman gain in logarithms) [1];
    all buildings of a group move alike. NaN totals change nothing. `shared`: what the buildings of a group have in common
    that the draws leave out (occupants, weather of the year), as a standard deviation [-].
    """
    out, draws = np.ones_like(sums), sums.shape[1]
    u = uniforms(STREAM, np.arange(len(totals), dtype=np.uint64), seed, 2 * draws)
    noise = np.sqrt(-2 * np.log(u[:, :draws])) * np.cos(2 * np.pi * u[:, draws:])
    for g in np.flatnonzero(np.isfinite(totals) & (totals > 0) & (sums > 0).all(axis=1)):
        mean = np.log(np.maximum(sums[g], 1e-9))
        variance = mean.var() + shared**2
        gain = variance / (variance + relative_error[g] ** 2)
        wanted = np.log(totals[g]) + relative_error[g] * noise[g]
        out[g] = np.exp(gain * (wanted - mean))
    return out


class Prebound(msgspec.Struct, frozen=True):
    """Metered over conventional energy [-] falls as the conventional one rises: ratio = level * (q / reference) ** -slope.

    reference: [kWh/m²]; slope_error: standard error of the slope; spread: standard deviation of the logarithm around the
    line; meters: how many buildings it rests on.
    """

    reference: float
    level: float
    slope: float
    slope_error: float
    spread: float
    meters: int

    def ratio(self, conventional: Floats) -> Floats:
        """Middle ratio [-] at conventional energies [kWh/m²]."""
        return np.asarray(self.level * (np.maximum(conventional, 1.0) / self.reference) ** -self.slope)


def fit_prebound(conventional: Floats, metered: Floats) -> Prebound | None:
    """The prebound line of buildings known both ways [kWh/m²]; None for fewer than ten of them or all alike."""
    good = (conventional > 0) & (metered > 0) & np.isfinite(conventional) & np.isfinite(metered)
    if good.sum() < LEAST_METERS:
        return None
    x, y = np.log(conventional[good]), np.log(metered[good] / conventional[good])
    middle = x.mean()
    width = ((x - middle) ** 2).sum()
    if width < 1e-6:
        return None
    slope = ((x - middle) * y).sum() / width
    rest = y - y.mean() - slope * (x - middle)
    spread = float(np.sqrt((rest**2).sum() / (len(x) - 2)))
    return Prebound(
        reference=float(np.exp(middle)), level=float(np.exp(y.mean())), slope=float(-slope),
        slope_error=spread / float(np.sqrt(width)), spread=spread, meters=int(good.sum()),
    )  # fmt: skip


def coverage(truth: Floats, low: Floats, high: Floats) -> float:
    """Share of true values inside their intervals [-]."""
    return float(((truth >= low) & (truth <= high)).mean())


CALIBRATION = "_calibration"
"""Table of a bundle: key and factors of draws, where the twin was calibrated; its metadata holds its digest."""
SECTORS = ("residentiel", "tertiaire")


def sector_keys(table: pa.Table) -> NDArray[np.object_]:
    """`commune|sector` of each building of an inventory (N,)."""
    communes = pc.fill_null(table["commune"], "").to_pylist()
    home = pc.fill_null(pc.equal(table["usage"], SECTORS[0]), False).to_pylist()
    return np.array([f"{c}|{SECTORS[0] if h else SECTORS[1]}" for c, h in zip(communes, home, strict=True)], object)


def factors_of(inventory: Bundle, draws: int) -> Floats | None:
    """Factor of each draw of each building of an inventory (N, D); None where the twin was not calibrated."""
    found = inventory.get(CALIBRATION)
    if found is None or not found.num_rows:
        return None
    known = found["factors"].combine_chunks()
    values = np.asarray(known.flatten(), np.float64).reshape(found.num_rows, -1)
    values = np.vstack([values, np.ones(values.shape[1])])
    at = {key: i for i, key in enumerate(found["key"].to_pylist())}
    rows = np.array([at.get(key, found.num_rows) for key in sector_keys(inventory[LAYER])], np.int64)
    return values[rows][:, np.arange(draws) % values.shape[1]]
