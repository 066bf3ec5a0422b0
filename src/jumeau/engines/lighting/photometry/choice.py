"""The lantern of least power that keeps the class of a street, among makers' files or generic beams."""

from collections.abc import Sequence

import numpy as np

from jumeau.engines.lighting.photometry.generic import candidates
from jumeau.engines.lighting.photometry.performance import KEPT
from jumeau.engines.lighting.photometry.street import Street
from jumeau.engines.lighting.photometry.study import Study, study
from jumeau.model.lantern import Lantern
from jumeau.model.road_surface import Surface


def choice(
    street: Street, road_class: str, lanterns: Sequence[Lantern] = (), surface: Surface | None = None
) -> tuple[Study | None, int]:
    """The study of the first lantern, by power, that keeps `road_class`, and how many were tried; None when none does.

    lanterns: those of a catalogue; the generic ones when it is empty. A luminance class without an r-table is judged by its
    comparable illuminance class, and the study says so.
    """
    ranked = sorted(lanterns or candidates(street), key=lambda x: np.nan_to_num(x.power_w, nan=np.inf))
    for tried, lantern in enumerate(ranked, 1):
        found = study(street, lantern, surface, road_class)
        if found.keeps == KEPT:
            return found, tried
    return None, len(ranked)
