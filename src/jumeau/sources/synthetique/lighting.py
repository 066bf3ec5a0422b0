"""Synthetic public lighting: cabinets and luminaires along streets around the centre of each commune."""

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

STREETS = 4
"""Streets that leave each cabinet."""

PERIODS = (("avant_1995", 1994), ("1995_2009", 2009), ("2010_2015", 2015), ("apres_2015", 9999))
HEIGHTS_M = {"4": 0.35, "5": 0.2, "6": 0.2, "8": 0.2, "10": 0.05}
SUPPORTS = {"mat": 0.45, "candelabre": 0.2, "facade": 0.2, "bois": 0.15}


class Park(msgspec.Struct, frozen=True, kw_only=True):
    """The whole truth of the stock, before part of it is forgotten: cabinets (k), streets (s), luminaires (r).

    armoire_commune (k), armoire_rank (k): commune of a cabinet and its rank there;
    street (r), armoire (r): where a luminaire is.
    """

    armoire_commune: Ints
    armoire_rank: Ints
    armoire_xy: Floats
    armoire: Ints
    street: Ints
    commune: Ints
    rank: Ints
    xy: Floats
    year: Ints
    technology: NDArray[np.object_]
    lamp_w: Floats
    system_w: Floats
    regime: NDArray[np.object_]


def lighting(ground: Ground) -> dict[str, pa.Table]:
    """Layers `armoire` and `luminaire`."""
    park = _park(ground)
    code = codes_of(ground.codes[park.armoire_commune], "A", park.armoire_rank, 4)
    return {"armoire": _armoires(ground, park, code), "luminaire": _luminaires(ground, park, code)}


def point_counts(ground: Ground) -> Ints:
    """Number of points of each commune (n): the national ratio on the whole, fewer per inhabitant in larger communes."""
    ratio = ground.constants["points_per_inhabitant"]
    per_inhabitant = ratio.low + (ratio.high - ratio.low) * ground.uniform("points_per_inhabitant", 1)[0]
    chance = np.exp(ground["commune_spread"] * ground.normal("points/commune", len(ground.communes)))
    weights = ground.population ** ground["population_elasticity"] * chance
    return spread(round(per_inhabitant * ground.population.sum()), weights)


def _park(ground: Ground) -> Park:
    points = point_counts(ground)
    cabinets = np.where(points > 0, np.maximum(1, np.rint(points / ground["points_per_armoire"])), 0).astype(np.int64)
    commune, rank = ranks(points)
    armoire_commune, armoire_rank = ranks(cabinets)
    first = np.cumsum(cabinets) - cabinets
    local = rank * cabinets[commune] // points[commune]
    armoire = first[commune] + local
    position = np.arange(len(armoire)) - np.searchsorted(armoire, armoire)
    street = armoire * STREETS + position % STREETS
    armoire_xy = _place_armoires(ground, points, armoire_commune)
    year, technology, lamp_w, system_w = _lamps(ground, len(armoire_commune) * STREETS)
    return Park(
        armoire_commune=armoire_commune,
        armoire_rank=armoire_rank,
        armoire_xy=armoire_xy,
        armoire=armoire,
        street=street,
        commune=commune,
        rank=rank,
        xy=_place_points(ground, armoire_xy, armoire, position, commune),
        year=year[street],
        technology=technology[street],
        lamp_w=lamp_w[street],
        system_w=system_w[street],
        regime=_regimes(ground, armoire_commune, year, technology, street),
    )


def _place_armoires(ground: Ground, points: Ints, commune: Ints) -> Floats:
    """Cabinets over a disc as large as the lit area, around the commune's centre."""
    radius = np.sqrt(points * ground["area_per_point_m2"] / np.pi)[commune]
    far = np.sqrt(ground.uniform("armoire/radius", len(commune))) * radius
    angle = 2 * np.pi * ground.uniform("armoire/angle", len(commune))
    home = ground.centres[commune]
    return confine(home + far[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), home, ground.cells[commune])


def _place_points(ground: Ground, armoires: Floats, armoire: Ints, position: Ints, commune: Ints) -> Floats:
    """Points along the streets of their cabinet, one every mast spacing."""
    turn = 2 * np.pi * (ground.uniform("street/angle", len(armoires))[armoire] + (position % STREETS) / STREETS)
    far = (position // STREETS + 0.5) * ground["spacing_m"]
    along = far[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    jitter = np.column_stack([ground.normal(f"point/{axis}", len(armoire)) for axis in "xy"])
    home = armoires[armoire]
    return confine(home + along + 2.0 * jitter, home, ground.cells[commune])


def _lamps(ground: Ground, streets: int) -> tuple[Ints, NDArray[np.object_], Floats, Floats]:
    """Year, technology, lamp power and system power [W] of each street (s): a street is lit by one operation."""
    chance = ground.uniform("street/age", streets)
    recent = 1 - ground["share_older_25y"]
    old = 25 + (chance - recent) / (1 - recent) * (ground["oldest_age_y"] - 25)
    age = np.where(chance < recent, 25 * chance / recent, old)
    year = REFERENCE_YEAR - np.floor(age).astype(np.int64)
    technology = np.full(streets, None, dtype=object)
    lamp_w, system_w = np.zeros(streets), np.zeros(streets)
    chance_technology, chance_power = (ground.uniform(f"street/{n}", streets) for n in ("technology", "power"))
    after = -1
    for period, until in PERIODS:
        rows = (year > after) & (year <= until)
        technology[rows] = pick(chance_technology[rows], ground.shares(f"part_{period}_"))
        after = until
    for name in np.unique(technology.astype(str)):
        rows = technology == name
        power = pick(chance_power[rows], ground.shares(f"lampe_{name}_"))
        lamp_w[rows] = power.astype(np.float64)
        for lamp, system in ground.shares(f"systeme_{name}_").items():
            system_w[rows & (lamp_w == float(lamp))] = system
    return year, technology, lamp_w, system_w


def _regimes(
    ground: Ground, armoire_commune: Ints, year: Ints, technology: NDArray[np.object_], street: Ints
) -> NDArray[np.object_]:
    """Regime of each luminaire: decided by the commune, dimming only where LEDs allow it."""
    off = ground.uniform("commune/off", len(ground.communes)) < ground["share_communes_switch_off"]
    dims = ground.uniform("commune/dims", len(ground.communes)) < ground["share_led_dimmed"]
    commune = np.repeat(armoire_commune, STREETS)
    dimmed = dims[commune] & (technology == "led") & (year > 2015)
    regime = np.where(off[commune], "coupure", np.where(dimmed, "abaissement", "permanent")).astype(object)
    return regime[street]


def _luminaires(ground: Ground, park: Park, cabinet: NDArray[np.object_]) -> pa.Table:
    count = len(park.commune)

    def known(column: str) -> NDArray[np.bool_]:
        return ground.known(column, "luminaire", park.commune)

    off, dimmed, regime = park.regime == "coupure", park.regime == "abaissement", known("regime")
    start = np.where(ground.uniform("commune/off_from", len(ground.communes)) < 0.6, 23.0, 0.0)[park.commune]
    end = np.where(ground.uniform("commune/off_to", len(ground.communes)) < 0.6, 5.0, 6.0)[park.commune]
    height = pick(ground.uniform("height", count), HEIGHTS_M).astype(np.float64)
    columns = {
        "commune": ground.codes[park.commune],
        "code": codes_of(ground.codes[park.commune], "PL", park.rank, 5),
        "luminaire_type": (pick(ground.uniform("type", count), ground.shares("type_")), known("luminaire_type")),
        "lamp_technology": (park.technology, known("lamp_technology")),
        "lamp_power_w": (park.lamp_w, known("lamp_power_w")),
        "system_power_w": (park.system_w, known("system_power_w")),
        "cct_k": (np.where(park.year >= 2020, 3000, 4000), known("cct_k") & (park.technology == "led")),
        "height_m": (height, known("height_m")),
        "install_year": (park.year, known("install_year")),
        "regime": (park.regime, regime),
        "off_from_h": (start, regime & off),
        "off_to_h": (end, regime & off),
        "dimming_ratio": (np.full(count, 0.5), regime & dimmed),
        "armoire": cabinet[park.armoire],
        "support_type": (pick(ground.uniform("support", count), SUPPORTS), known("support_type")),
        "owner": ground.owners[park.commune],
    }
    return table(ground, "luminaire", columns, park.xy)


def _armoires(ground: Ground, park: Park, code: NDArray[np.object_]) -> pa.Table:
    commune, count = park.armoire_commune, len(park.armoire_commune)

    def known(column: str) -> NDArray[np.bool_]:
        return ground.known(column, "armoire", commune)

    hours = np.where(park.regime == "coupure", ground["switch_off_h"], ground["full_night_h"])
    hours = np.where(park.regime == "abaissement", 0.75 * hours, hours)
    energy = np.bincount(park.armoire, park.system_w * hours / 1000, count)
    power = np.bincount(park.armoire, park.system_w / 1000, count)
    noise = np.exp(ground["billing_noise"] * ground.normal("armoire/billing", count))
    remote = ground.uniform("armoire/remote", count) < ground["share_remote_managed"]
    columns = {
        "commune": ground.codes[commune],
        "code": code,
        "subscribed_power_kva": (np.ceil(1.2 * power), known("subscribed_power_kva")),
        "annual_billed_energy_kwh": (energy * noise, known("annual_billed_energy_kwh")),
        "clock_type": (pick(ground.uniform("armoire/clock", count), ground.shares("clock_")), known("clock_type")),
        "remote_managed": (remote, known("remote_managed")),
        "owner": ground.owners[commune],
    }
    return table(ground, "armoire", columns, park.armoire_xy)
