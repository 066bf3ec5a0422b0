"""How a road surface sends light back to a driver: an r-table given by its user, or an ideal diffuse surface.

No table of a standard is shipped: they are sold with it. A table that is given is checked by its own integrals.
References: [1] CIE 144:2001, Road surface and road marking reflection characteristics (Q0, S1, grid of the tables).
[2] W. van Bommel (2015), Road Lighting, Springer, tables 12.2 (limits of the R classes on S1).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BETAS_DEG = np.array([0, 2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 60, 75, 90, 105, 120, 135, 150, 165, 180], np.float64)
TANS = np.concatenate([np.arange(0, 2, 0.25), np.arange(2, 12.1, 0.5)])
R_LIMITS = ((0.42, "R1"), (0.85, "R2"), (1.35, "R3"), (np.inf, "R4"))
BEFORE, BEYOND, ASIDE = 4.0, 12.0, 3.0


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """q0: mean luminance coefficient [cd/(m² lx)]; table: r [1e-4 cd/(m² lx)] (29, 20) over TANS and BETAS_DEG, None for an
    ideal diffuse surface, whose luminance coefficient is q0 in every direction."""

    name: str
    source: str
    q0: float
    table: Floats | None = None

    @property
    def measured(self) -> bool:
        """True when it stands for a real surface, and so may decide of a class."""
        return self.table is not None


def diffuse(q0: float) -> Surface:
    """The ideal diffuse surface of reflectance π q0."""
    return Surface(name="diffuse", source="", q0=q0)


def mean_coefficient(table: Floats) -> float:
    """Q0 [cd/(m² lx)] of an r-table: q averaged over the solid angle of a rectangle from 4 heights before to 12 beyond and 3
    on each side [1]. Since q dω = r dx dy, it is an integral over the plan."""
    n = 160
    x = BEFORE * -1 + (BEFORE + BEYOND) * (np.arange(4 * n) + 0.5) / (4 * n)
    y = ASIDE * (np.arange(n) + 0.5) / n
    px, py = np.meshgrid(x, y, indexing="ij")
    r = reduced(table, np.hypot(px, py), np.degrees(np.arctan2(py, px)))
    return float(1e-4 * r.mean() * (BEFORE + BEYOND) * ASIDE / _solid_angle())


def _solid_angle() -> float:
    """Solid angle [sr] of one half of the rectangle seen from the point."""

    def corner(a: float, b: float) -> float:
        return float(np.arctan(a * b / np.sqrt(1 + a * a + b * b)))

    return corner(BEYOND, ASIDE) + corner(BEFORE, ASIDE)


def reduced(table: Floats, tan: Floats, beta_deg: Floats) -> Floats:
    """Reduced luminance coefficient r [1e-4 cd/(m² lx)] of a table, linear in tan ε and β; 0 beyond tan ε = 12 [1]."""
    t = np.interp(tan, TANS, np.arange(len(TANS)))
    b = np.interp(beta_deg, BETAS_DEG, np.arange(len(BETAS_DEG)))
    i, j = np.minimum(t.astype(int), len(TANS) - 2), np.minimum(b.astype(int), len(BETAS_DEG) - 2)
    u, v = t - i, b - j
    low = table[i, j] + v * (table[i, j + 1] - table[i, j])
    high = table[i + 1, j] + v * (table[i + 1, j + 1] - table[i + 1, j])
    return np.where(tan <= TANS[-1], low + u * (high - low), 0.0)


def specular_factor(table: Floats) -> float:
    """S1 of an r-table: r(β = 0, tan ε = 2) over r(0, 0) [1]."""
    return float(table[np.searchsorted(TANS, 2.0), 0] / table[0, 0])


def class_by_specularity(s1: float) -> str:
    """R class whose limits hold S1 [2]."""
    return next(name for limit, name in R_LIMITS if s1 < limit)
