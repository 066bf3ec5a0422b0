"""What French dwellings are made of where nothing says it: archetypes by size, period and state of works.

Source: French typology of TABULA / EPISCOPE (Pouget Consultants, tabula-calculator.xlsx, 2014 and 2015, CC BY 4.0):
generic variants .001 (as built), .002 (standard refurbishment) and .003 (ambitious): U values averaged over the area of each
element [W/(m²·K)], with the reduction of roofs and walls to unheated spaces in them; b_floor: reduction of the lowest floor
[-]; bridge: thermal bridges [W/(m²·K)]; air: use and infiltration [1/h]. The roof of the row house of 2013, refurbished, has
no U value there: that of its state before is kept.
"""

import csv
from functools import lru_cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
SIZES = ("SFH", "TH", "MFH", "AB")
"""Detached house, row house, small and large apartment building."""
STATES = ("origine", "standard", "ambitieux")
ERAS = (1914, 1948, 1967, 1974, 1981, 1989, 1999, 2005, 2012)
"""Last years of the first nine periods of construction; the tenth has none."""
HOUSE, ROW, SMALL, LARGE = range(4)
ROW_SHARE, HOUSE_M2, HOUSE_STOREYS = 0.2, 200.0, 3
LARGE_DWELLINGS, LARGE_M2, LARGE_STOREYS = 15, 1000.0, 6


class Archetypes(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes (4) by periods (10) by states (3)."""

    u_wall: Floats
    u_roof: Floats
    u_floor: Floats
    b_floor: Floats
    u_window: Floats
    bridge: Floats
    air: Floats


@lru_cache(maxsize=1)
def archetypes() -> Archetypes:
    """The table of the package."""
    with files("jumeau.engines.buildings").joinpath("tabula_fr.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    out = {name: np.full((len(SIZES), len(ERAS) + 1, len(STATES)), np.nan) for name in Archetypes.__struct_fields__}
    for row in rows:
        at = SIZES.index(row["size"]), era_of(np.array(float(row["first"]) + 1)), STATES.index(row["state"])
        for name, values in out.items():
            values[at] = float(row[name])
    return Archetypes(**out)


def era_of(year: Floats) -> NDArray[np.int8]:
    """Position of the period of construction of each year."""
    return np.searchsorted(ERAS, year, side="left").astype(np.int8)


def sizes(dwellings: Floats, floor: Floats, storeys: Floats, attached: Floats) -> Codes:
    """Position in SIZES of dwellings (N, D). dwellings (N,): counted, NaN where unknown; floor [m²], storeys, attached (share
    of the outline that is a party wall) (N, D).

    A house holds one dwelling, else has at most 200 m² and three storeys; it is a row house from 20 % of party walls. A
    large building has 15 dwellings, else 1 000 m² or six storeys. These bounds are ours: those of the archetypes
    are by example only (29 dwellings and 4 900 m² at most, 8 and 400 m² usually in small buildings).
    """
    known = np.isfinite(dwellings)[:, None]
    count = np.nan_to_num(dwellings)[:, None]
    house = np.where(known, count <= 1, (floor <= HOUSE_M2) & (storeys <= HOUSE_STOREYS))
    large = np.where(known, count >= LARGE_DWELLINGS, floor >= LARGE_M2) | (storeys >= LARGE_STOREYS)
    return np.where(house, np.where(attached >= ROW_SHARE, ROW, HOUSE), np.where(large, LARGE, SMALL)).astype(np.int8)
