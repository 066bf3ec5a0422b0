"""Ways of certified software that part from the text of the method, found in the files they wrote.

A file names its software by a number of the observatory (`usr_logiciel_id`) and its engine by a version. A habit is here
when the official files of a software that could show it do: from one file (solar panels of a flat) to some fifty (the cap
after the lining).
"""

import numpy as np
from numpy.typing import NDArray

from jumeau.model.dpe import I64, DpeBatch

_FIRST_ENGINE = "3cl_tribu_1.4.23.1"
_CAPS_LAST = (15257, 22570, 26615)
_BARE_IF_INSULATED = 3752
_BY_WALL = 3752
_BEYOND_TABLE = 3752
_COUNTS_MODULES = 26615
_GRADES_FLOOR_ALONE = (26615, 27834)
_GROSS_OF_SUN = (15257, 22570)
_NO_PUMP_OF_SHARED_HEAT_PUMP = 26615
_TOTAL_WITHOUT_FANS = 3752
_SWAPS_ENERGY_AND_COST = 3752
_ALWAYS_SEVERAL_FACADES = (18104, 22570)


def software(batch: DpeBatch) -> I64:
    """Number of the software of each DPE, 0 when it is not said."""
    return batch.facts.code("usr_logiciel_id")


def first_engine(batch: DpeBatch) -> NDArray[np.bool_]:
    """Files made with the first certified engine."""
    return np.array([version == _FIRST_ENGINE for version in batch.facts.text("version_moteur_calcul")], dtype=bool)


def caps_after_lining(batch: DpeBatch) -> NDArray[np.bool_]:
    """The cap of 2.5 W/(m2.K) on a bare wall comes after its lining is counted, not before."""
    return np.isin(software(batch), _CAPS_LAST) & ~first_engine(batch)


def lining_or_insulation(batch: DpeBatch) -> NDArray[np.bool_]:
    """A lining is not counted under an insulation laid inside or outside (Open3CL issue 146), nor where whether there is
    one is not known."""
    yes: NDArray[np.bool_] = software(batch) == _BARE_IF_INSULATED
    return yes


def several_facades(batch: DpeBatch) -> NDArray[np.bool_]:
    """Wind is counted as on several open facades, whatever the file says of them."""
    return np.isin(software(batch), _ALWAYS_SEVERAL_FACADES)


def counts_modules(batch: DpeBatch) -> NDArray[np.bool_]:
    """Solar panels are 1.6 m2 per module even where their area is given, and a flat takes those of its whole building."""
    yes: NDArray[np.bool_] = software(batch) == _COUNTS_MODULES
    return yes


def old_by_wall(batch: DpeBatch) -> NDArray[np.bool_]:
    """Whether a building is of old materials is read on its walls and its inertia, not on what the file says of it."""
    yes: NDArray[np.bool_] = software(batch) == _BY_WALL
    return yes


def small_floors_beyond_table(batch: DpeBatch) -> NDArray[np.bool_]:
    """Ue of a floor of 2S/P below 3 goes on along the line of its table: six files of seven; eight of others stop at 3."""
    yes: NDArray[np.bool_] = software(batch) == _BEYOND_TABLE
    return yes


def grades_floor_alone(batch: DpeBatch) -> NDArray[np.bool_]:
    """The grade of a floor is that of the floor itself, without the ground below it."""
    return np.isin(software(batch), _GRADES_FLOOR_ALONE)


def gross_of_sun(batch: DpeBatch) -> NDArray[np.bool_]:
    """The recorded energy of each use is that before its solar panels; totals, primary energy and gases are after."""
    return np.isin(software(batch), _GROSS_OF_SUN)


def no_pump_of_shared_heat_pump(batch: DpeBatch) -> NDArray[np.bool_]:
    """No circulation pump is counted for a flat whose shared base is a heat pump."""
    yes: NDArray[np.bool_] = software(batch) == _NO_PUMP_OF_SHARED_HEAT_PUMP
    return yes


def total_without_fans(batch: DpeBatch) -> NDArray[np.bool_]:
    """The recorded total of the auxiliaries leaves the fans out; the total of the five uses counts them."""
    yes: NDArray[np.bool_] = software(batch) == _TOTAL_WITHOUT_FANS
    return yes


def swaps_energy_and_cost(batch: DpeBatch, from_building: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of a flat described by its building, kWh and euros of lighting and auxiliaries are written one for the other."""
    yes: NDArray[np.bool_] = from_building & (software(batch) == _SWAPS_ENERGY_AND_COST)
    return yes
