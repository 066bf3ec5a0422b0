"""Generic LED lanterns, for a first choice before a maker's file is at hand: analytic beams, always labelled as defaults.

A beam is a hump over the road, symmetric about the plane across it: height of its peak (γ), how far it turns along the road
(C), how wide it is, and how much goes to the back. It is cut off under the horizontal, so that nothing rises.
"""

from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.lighting.photometry.street import Street
from jumeau.errors import InputError
from jumeau.model.lantern import Lantern, efficiency
from jumeau.texts import t

Floats = NDArray[np.float64]

GAMMA_DEG, C_DEG = np.arange(0, 181, 2.5), np.arange(0, 360, 5.0)
CUT_DEG, EDGE_DEG = 76.5, 7.0
CCT_K = 3000.0


class Beam(msgspec.Struct, frozen=True):
    """Shape of a beam.

    peak_deg: γ of the peak; turn_deg: its C away from the road's axis, towards the carriageway; wide_deg, tall_deg: half
    widths of the peak in C and γ; under: intensity straight down over that of the peak; back: share kept behind the mast.
    """

    peak_deg: float
    turn_deg: float
    wide_deg: float
    tall_deg: float
    under: float
    back: float


BEAMS = {
    "etroite": Beam(64, 12, 26, 16, 0.28, 0.35),
    "moyenne": Beam(62, 25, 32, 18, 0.32, 0.25),
    "large": Beam(58, 40, 38, 20, 0.38, 0.15),
    "axiale": Beam(63, 0, 45, 18, 0.32, 1.0),
}
EFFICACY_LM_PER_W = 130.0
POWERS_W = (12, 15, 18, 22, 27, 33, 40, 49, 60, 73, 90, 110, 135, 165)


@cache
def _table(beam: str) -> Floats:
    """Intensities [cd/klm] of a beam, all its light coming out."""
    shape = BEAMS[beam]
    c, g = np.meshgrid(C_DEG, GAMMA_DEG, indexing="ij")
    front = c <= 180
    off = np.minimum(np.abs(np.mod(c, 180) - shape.turn_deg), np.abs(180 - np.mod(c, 180) - shape.turn_deg))
    peak = np.exp(-0.5 * (off / shape.wide_deg) ** 2 - 0.5 * ((g - shape.peak_deg) / shape.tall_deg) ** 2)
    table = np.where(front, 1.0, shape.back) * peak + shape.under * np.exp(-0.5 * (g / 35) ** 2)
    table *= np.clip((CUT_DEG + EDGE_DEG / 2 - g) / EDGE_DEG, 0, 1)
    raw = Lantern(name="", intensity=table, flux_lm=1000, power_w=1, source="", origin="default")
    return np.asarray(table / efficiency(raw))


def generic(beam: str, power_w: float, efficacy_lm_per_w: float = EFFICACY_LM_PER_W) -> Lantern:
    """The generic lantern of a beam (one of BEAMS) for a system power [W] and a luminaire efficacy [lm/W].

    Raises InputError with the known beams.
    """
    if beam not in BEAMS:
        raise InputError("voirie.faisceau_inconnu", name=beam, known=", ".join(BEAMS))
    return Lantern(
        name=t("voirie.lanterne_generique", beam=t(f"voirie.faisceau_{beam}"), power=f"{power_w:g}"),
        intensity=_table(beam),
        flux_lm=power_w * efficacy_lm_per_w,
        power_w=power_w,
        source=t("voirie.source_generique", efficacy=f"{efficacy_lm_per_w:g}"),
        origin="default",
        cct_k=CCT_K,
    )


def candidates(street: Street) -> list[Lantern]:
    """Generic lanterns worth trying on a street, by power then beam."""
    beams = ("axiale",) if street.arrangement == "axial" and not street.median_m else ("etroite", "moyenne", "large")
    return [generic(beam, power) for power in POWERS_W for beam in beams]
