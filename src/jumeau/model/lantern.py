"""A lantern as its light leaves it: intensities over (C, γ), flux, power; and what integrals over them say.

The C-γ system is the one of CIE 121: γ = 0 straight down, C = 0 along the road, C = 90 across it, towards the carriageway.
References: [1] CIE 121:1996, The photometry and goniophotometry of luminaires. [2] CIE 52:1982, flux code (cones of 41.4,
60 and 75.5 degrees). [3] arrêté du 27 décembre 2018, article 1 (ULR, code de flux CIE n° 3).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CONES_DEG = (41.4, 60.0, 75.5, 90.0)


class LuminousArea(msgspec.Struct, frozen=True):
    """The surface that shines.

    length_m: along C = 90 [m]; width_m: along C = 0 [m], 0 for a disc of diameter `length_m`; heights_m: as seen from C = 0,
    90, 180 and 270 [m].
    """

    length_m: float
    width_m: float
    heights_m: tuple[float, float, float, float]


class Lantern(msgspec.Struct, frozen=True, kw_only=True):
    """intensity: (planes, angles) [cd/klm], plane i at C = 360 i / planes, angle j at γ = 180 j / (angles - 1) [deg].

    flux_lm: flux the intensities are referred to [lm]; power_w: system power [W], NaN unknown; tilt_deg: tilt it was measured
    at [deg]; origin: `measured` for a file of a laboratory or maker, `default` for a generic distribution.
    """

    name: str
    intensity: Floats
    flux_lm: float
    power_w: float
    source: str
    origin: str
    tilt_deg: float = 0.0
    cct_k: float = float("nan")
    area: LuminousArea | None = None

    @property
    def c_step_deg(self) -> float:
        """Step of the planes [deg]."""
        return float(360.0 / self.intensity.shape[0])

    @property
    def gamma_step_deg(self) -> float:
        """Step of γ [deg]."""
        return float(180.0 / (self.intensity.shape[1] - 1))


def intensity_at(lantern: Lantern, c_deg: Floats, gamma_deg: Floats) -> Floats:
    """Intensity [cd/klm] at directions, by linear interpolation in C and γ; arrays of one shape."""
    planes, angles = lantern.intensity.shape
    c, g = np.mod(c_deg, 360.0) / lantern.c_step_deg, np.clip(gamma_deg, 0, 180) / lantern.gamma_step_deg
    i, j = c.astype(int), np.minimum(g.astype(int), angles - 2)
    u, v = c - i, g - j
    low, high = lantern.intensity[i % planes], lantern.intensity[(i + 1) % planes]
    pick = np.indices(j.shape, sparse=True)
    return np.asarray(
        (1 - u) * ((1 - v) * low[(*pick, j)] + v * low[(*pick, j + 1)])
        + u * ((1 - v) * high[(*pick, j)] + v * high[(*pick, j + 1)])
    )


def flux_share(lantern: Lantern, to_deg: float, from_deg: float = 0.0) -> float:
    """Flux between two γ [deg] as a share of `flux_lm` [ratio]; exact for intensities linear in γ."""
    mean = lantern.intensity.mean(axis=0)
    nodes = np.linspace(0, 180, len(mean))
    at = np.unique(np.concatenate([nodes[(nodes > from_deg) & (nodes < to_deg)], [from_deg, to_deg]]))
    value, angle = np.interp(at, nodes, mean), np.radians(at)
    slope = np.diff(value) / np.diff(angle)
    start, end = angle[:-1], angle[1:]
    zones = value[:-1] * np.cos(start) - value[1:] * np.cos(end) + slope * (np.sin(end) - np.sin(start))
    return float(2 * np.pi * zones.sum() / 1000)


def efficiency(lantern: Lantern) -> float:
    """Flux that leaves the lantern as a share of `flux_lm` [ratio] (light output ratio)."""
    return flux_share(lantern, 180.0)


def cie_code(lantern: Lantern) -> tuple[float, float, float, float, float]:
    """The five CIE flux codes [ratio]: cones of 41.4, 60 and 75.5 degrees over the lower flux, lower flux over the whole,
    whole over the flux of the lamps [2]."""
    inside = [flux_share(lantern, angle) for angle in CONES_DEG]
    whole = efficiency(lantern)
    lower = inside[3]
    if lower <= 0 or whole <= 0:
        return (0.0, 0.0, 0.0, 0.0, whole)
    return (inside[0] / lower, inside[1] / lower, inside[2] / lower, lower / whole, whole)


def ulr(lantern: Lantern, tilt_deg: float = 0.0) -> float:
    """Share of the flux of the lantern above the horizontal [ratio] once tilted by `tilt_deg` from its measured position."""
    whole = efficiency(lantern)
    if whole <= 0:
        return 0.0
    if tilt_deg == 0:
        return flux_share(lantern, 180.0, 90.0) / whole
    # Middle of cells: half a degree of γ keeps the error under 1e-4 for the sharpest real distributions.
    gamma, c = (np.arange(360) + 0.5) / 2, (np.arange(180) + 0.5) * 2
    g, a = np.meshgrid(np.radians(gamma), np.radians(c), indexing="ij")
    across, down = np.sin(g) * np.sin(a), np.cos(g)
    tilt = np.radians(tilt_deg)
    rising = across * np.sin(tilt) - down * np.cos(tilt)
    weight = intensity_at(lantern, np.degrees(a), np.degrees(g)) * np.sin(g)
    return float(weight[rising > 0].sum() / weight.sum())


def luminance(lantern: Lantern, c_deg: Floats, gamma_deg: Floats) -> Floats:
    """Mean luminance [cd/m²] of the luminous area seen from each direction; NaN where it has no extent.

    The projected area is that of the lower face and of the two sides that face the observer.
    """
    if lantern.area is None:
        return np.full(np.shape(c_deg), np.nan)
    a, g = np.radians(np.mod(c_deg, 360)), np.radians(gamma_deg)
    length, width, h = lantern.area.length_m, lantern.area.width_m, lantern.area.heights_m
    along = np.where(np.cos(a) >= 0, h[0], h[2])
    across = np.where(np.sin(a) >= 0, h[1], h[3])
    if width <= 0:
        face, side = np.pi * length**2 / 4, length * h[0] * np.ones_like(a)
    else:
        face, side = length * width, length * along * np.abs(np.cos(a)) + width * across * np.abs(np.sin(a))
    seen = face * np.abs(np.cos(g)) + side * np.sin(g)
    candela = intensity_at(lantern, np.asarray(c_deg), np.asarray(gamma_deg)) * lantern.flux_lm / 1000
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(seen > 0, candela / seen, np.nan)
