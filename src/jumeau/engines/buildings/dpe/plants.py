"""What installations of one dwelling share: the need between them, the lead between what hangs from them."""

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.segments import sums
from jumeau.model.dpe import F64, I64, Elements

_SAME_AREA = 0.02


def unit_areas(part: Elements, size: str, whole: F64) -> tuple[F64, F64]:
    """(area of one unit of each installation [m2], number of units). Units: dwellings with the same one.

    whole [m2]: area of each DPE; areas that add up to it are those of all the units together, not of one.
    """
    units = np.maximum(part.get("rdim", 1.0), 1.0)
    area = np.nan_to_num(part.get(size))
    listed = sums(part.owner, area, len(whole))
    together = (np.abs(listed - whole) < _SAME_AREA * whole)[part.owner]
    return np.where(together, area / units, area), units


def shares(part: Elements, size: str, whole: F64) -> tuple[F64, F64]:
    """(share of the need of one unit of each installation, number of units); see `unit_areas`."""
    area, units = unit_areas(part, size, whole)
    total = sums(part.owner, area * units, len(whole))[part.owner]
    alone = (np.bincount(part.owner, minlength=len(whole))[part.owner] == 1) & (units == 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(alone | (total <= 0), 1.0, area / total)
    return share, units


def roles(plant: Elements, part: Elements) -> I64:
    """1 main, 2 back-up, 3 bathroom: as declared; where all are declared as main, a base and its
    back-up go by order, and a stove beside another heating is the back-up."""
    role = np.clip(part.code("enum_lien_generateur_emetteur_id", 1), 1, 3)
    up = np.maximum(part.parent, 0)
    if not plant.size or not part.size:
        return role
    paired = np.isin(plant.code("enum_cfg_installation_ch_id", 1)[up], (10, 11))
    top = np.zeros(plant.size, dtype=np.int64)
    np.maximum.at(top, up, role)
    first = np.full(plant.size, part.size, dtype=np.int64)
    np.minimum.at(first, up, np.arange(part.size))
    later = np.arange(part.size) > first[up]
    beside = np.isin(plant.code("enum_cfg_installation_ch_id", 1)[up], (3, 5, 7, 9)) & (top[up] == 1) & _stove(part)
    role = np.where((paired & (top[up] == 1) & later) | beside, 2, role)
    return np.where(paired & (role == 3), 2, role)


def _stove(part: Elements) -> NDArray[np.bool_]:
    """Stoves and inserts, among generators or among emitters."""
    burnt = np.isin(part.code("enum_type_generateur_ch_id"), range(20, 48))
    return burnt | np.isin(part.code("enum_type_emission_distribution_id"), (20, 21, 22, 23))
