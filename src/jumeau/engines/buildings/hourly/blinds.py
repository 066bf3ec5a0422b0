"""Where windows have a protection outside."""

import numpy as np

from jumeau.engines.buildings.stock import Flags, Stock
from jumeau.engines.tally import Draws

UNKNOWN = 2


def protected(part: Stock, draws: Draws) -> Flags:
    """Where glazing has a protection outside (N, D): what is known of it, else drawn by the share of the use."""
    share = np.where(part.use == 0, *(draws.law(f"protected_share_{k}").mode for k in ("residentiel", "tertiaire")))
    drawn = draws.uniforms("building_shade", part.ids) < share[:, None]
    state = part.current.shaded[:, None]
    return np.asarray(np.where(state == UNKNOWN, drawn, state == 1))
