"""Synthetic public buildings of the communes: town hall, schools, gyms, halls, libraries. Housing is not generated: what a
commune does not own stays unknown until a real file is loaded."""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.sources.synthetique.ground import (
    REFERENCE_YEAR,
    Floats,
    Ground,
    Ints,
    codes_of,
    confine,
    pick,
    ranks,
    spread,
    table,
)
from jumeau.texts import t

KINDS = ("mairie", "ecole", "gymnase", "salle", "mediatheque")
USES = {"mairie": "bureau", "ecole": "enseignement", "gymnase": "sport", "salle": "equipement", "mediatheque": "culture"}
STOREY_M = {"mairie": 3.3, "ecole": 3.4, "gymnase": 7.5, "salle": 4.5, "mediatheque": 3.8}
SINGLE_STOREY = ("gymnase", "salle")
GROSS = 0.8
"""Floor area over footprint times storeys."""


class Park(msgspec.Struct, frozen=True, kw_only=True):
    """The whole truth of the stock (r): commune and rank there, position in KINDS, floor area [m²], storeys, year."""

    commune: Ints
    rank: Ints
    kind: Ints
    floor: Floats
    storeys: Ints
    year: Ints

    def by_kind(self, values: dict[str, float]) -> Floats:
        """A value of each kind, for each building (r)."""
        return np.array([values[k] for k in KINDS])[self.kind]


def buildings(ground: Ground) -> dict[str, pa.Table]:
    """Layer `batiment`."""
    park = _park(ground)
    commune, count = park.commune, len(park.commune)

    def known(column: str) -> NDArray[np.bool_]:
        return ground.known(column, "batiment", commune)

    names = np.array([t(f"batiments.nom_{k}") for k in KINDS], dtype=object)
    height = np.maximum(3.0, park.storeys * park.by_kind(STOREY_M) - 0.4 + 0.5 * ground.normal("batiment/height", count))
    heating = pick(ground.uniform("batiment/heating", count), ground.shares("chauffage_"))
    columns = {
        "commune": ground.codes[commune],
        "code": codes_of(ground.codes[commune], "B", park.rank, 3),
        "nom": names[park.kind],
        "usage": np.array(list(USES.values()), dtype=object)[park.kind],
        "public_owner": np.ones(count, bool),
        "height_m": height,
        "storeys": (park.storeys, known("storeys")),
        "floor_area_m2": (park.floor, known("floor_area_m2")),
        "construction_year": (park.year, known("construction_year")),
        "heating_energy": (heating, known("heating_energy")),
        "annual_energy_kwh": (_bills(ground, park), known("annual_energy_kwh")),
        "owner": np.array([f"commune:{c}" for c in ground.codes], dtype=object)[commune],
    }
    return {"batiment": table(ground, "batiment", columns, _outlines(ground, park))}


def counts(ground: Ground) -> Ints:
    """Number of buildings (n communes, kinds): a town hall each, the rest by inhabitant at the national ratio."""
    people = ground.population.sum()
    out = [np.ones(len(ground.communes), np.int64)]
    for kind in KINDS[1:]:
        weights = ground.population ** ground[f"{kind}_elasticity"]
        weights = weights * np.exp(0.3 * ground.normal(f"batiment/{kind}", len(ground.communes)))
        out.append(spread(round(ground[f"{kind}_per_inhabitant"] * people), weights))
    return np.column_stack(out)


def _park(ground: Ground) -> Park:
    number = counts(ground)
    commune, rank = ranks(number.sum(axis=1))
    kind = np.repeat(np.tile(np.arange(len(KINDS)), len(number)), number.ravel())
    total = len(commune)
    people = ground.population[commune] / np.maximum(number[commune, kind], 1)
    floor = np.zeros(total)
    for i, name in enumerate(KINDS):
        floor = np.where(kind == i, ground[f"{name}_fixed_m2"] + ground[f"{name}_m2_per_inhabitant"] * people, floor)
    floor = np.clip(floor * np.exp(ground["batiment_spread"] * ground.normal("batiment/floor", total)), 60, 20000)
    single = np.isin(kind, [KINDS.index(k) for k in SINGLE_STOREY]) | (floor < 150)
    chance = ground.uniform("batiment/storeys", total)
    storeys = np.where(single, 1, 1 + (chance < 0.75) + ((floor > 1500) & (chance < 0.4))).astype(np.int64)
    old = ground["batiment_share_before_1975"]
    chance = ground.uniform("batiment/age", total)
    age_old = 52 + (1 - chance / old) * 90
    age_new = 51 * (chance - old) / (1 - old)
    year = REFERENCE_YEAR - np.floor(np.where(chance < old, age_old, age_new)).astype(np.int64)
    return Park(commune=commune, rank=rank, kind=kind, floor=floor, storeys=storeys, year=year)


def _bills(ground: Ground, park: Park) -> Floats:
    """Energy of a year [kWh]: the national mean of the use, brought to the south, with a spread between buildings."""
    mean = park.by_kind({k: ground[f"{k}_kwh_m2"] for k in KINDS})
    noise = ground["batiment_energy_spread"] * ground.normal("batiment/energy", len(park.floor))
    recent = np.where(park.year >= 2006, 0.75, 1.0)
    found: Floats = park.floor * mean * ground["batiment_climate_ratio"] * recent * np.exp(noise)
    return found


def _outlines(ground: Ground, park: Park) -> NDArray[np.object_]:
    """Rectangles around the centre of the commune, not across one another in most cases."""
    import shapely

    count = len(park.commune)
    footprint = park.floor / park.storeys / GROSS
    ratio = 1.2 + 1.3 * ground.uniform("batiment/shape", count)
    width = np.sqrt(footprint / ratio)
    home = ground.centres[park.commune]
    far = 60.0 * np.sqrt(park.rank) + 15.0 * ground.uniform("batiment/far", count)
    turn = 2.399963 * park.rank + 2 * np.pi * ground.uniform("batiment/turn", len(ground.communes))[park.commune]
    middle = confine(home + far[:, None] * np.column_stack([np.cos(turn), np.sin(turn)]), home, ground.cells[park.commune])
    half = np.column_stack([width * ratio, width]) / 2
    low, high = np.round(middle - half, 2), np.round(middle + half, 2)
    found: NDArray[np.object_] = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    return found
