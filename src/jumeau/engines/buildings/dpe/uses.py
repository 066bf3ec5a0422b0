"""Final energy of each dwelling by use and by generator, its part of its building taken, its solar electricity taken off."""

from dataclasses import dataclass

import numpy as np

from jumeau.engines.buildings.dpe.air import fan_power
from jumeau.engines.buildings.dpe.auxiliary import burner_fans, heating_pumps, lighting, solar, water_pumps
from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.envelope import Envelope
from jumeau.engines.buildings.dpe.gases import ELECTRICITY
from jumeau.engines.buildings.dpe.heating import Heating
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.engines.buildings.dpe.water import Water
from jumeau.model.dpe import F64, DpeBatch, Elements

MADE = ("heat", "water", "cold")
"""Uses that generators serve."""
AUXILIARY = ("heat_burners", "heat_pumps", "water_burners", "water_pumps", "fans")


@dataclass(slots=True)
class Uses:
    """made_kwh: final energy of each generator, by use; auxiliary_kwh, light_kwh: electricity of each DPE before its solar
    panels; electric_kwh: electricity of each use of each DPE, likewise; taken_kwh: what each use takes of the panels."""

    made_kwh: dict[str, F64]
    auxiliary_kwh: dict[str, F64]
    light_kwh: F64
    electric_kwh: dict[str, F64]
    taken_kwh: dict[str, F64]
    solar_kwh: F64

    def final(self, batch: DpeBatch, use: str) -> F64:
        """Final energy of a use of each DPE, bought or burnt [kWh/yr]."""
        if use not in MADE:
            return self.bought(use)
        return sums(source_of(batch, use).owner, self.made_kwh[use], batch.size) - self.taken_kwh[use]

    def bought(self, use: str) -> F64:
        """Electricity bought for a use of each DPE [kWh/yr]."""
        return self.electric_kwh[use] - self.taken_kwh[use]


def source_of(batch: DpeBatch, use: str) -> Elements:
    """Generators of a use."""
    kinds = {"heat": "generateur_chauffage", "water": "generateur_ecs", "cold": "climatisation"}
    return batch.of(kinds[use])


def is_electric(part: Elements) -> F64:
    """1 for the generators that take electricity, which is what a file that names no energy means."""
    yes: F64 = (part.code("enum_type_energie_id", ELECTRICITY) == ELECTRICITY).astype(np.float64)
    return yes


def uses(batch: DpeBatch, home: Dwelling, shell: Envelope, tap: Water, heat: Heating, cold_kwh: F64, trust: bool) -> Uses:
    """Final energy of each use. cold_kwh: of each cooler, for the whole of what the calculation covers."""
    size = batch.size
    part_heat, part_water = _parts_of_building(batch, home)
    small_part = np.where(home.from_building, home.label_m2 / home.area_m2, 1.0)
    parts = {"heat": part_heat, "water": part_water, "cold": small_part}
    whole = {"heat": heat.used_kwh, "water": tap.used_kwh, "cold": cold_kwh}
    made = {use: whole[use] * parts[use][source_of(batch, use).owner] for use in MADE}
    fan_heat, fan_water = burner_fans(batch, heat, tap)
    auxiliary = {
        "heat_burners": sums(source_of(batch, "heat").owner, fan_heat, size) * part_heat,
        "heat_pumps": heating_pumps(batch, home, shell.total) * part_heat,
        "water_burners": sums(source_of(batch, "water").owner, fan_water, size) * part_water,
        "water_pumps": water_pumps(batch, home, tap) * part_water,
        "fans": fan_power(batch, home.area_m2, home.house, trust) * 8.76 * small_part,
    }
    light = lighting(home) * small_part
    electric = {use: sums(source_of(batch, use).owner, made[use] * is_electric(source_of(batch, use)), size) for use in MADE}
    around = auxiliary["heat_pumps"] + auxiliary["water_pumps"]
    current = {**electric, "light": light, "fans": auxiliary["fans"]}
    sun = solar(
        batch,
        home,
        {
            **current,
            "heat": electric["heat"] + auxiliary["heat_burners"],
            "water": electric["water"] + auxiliary["water_burners"],
            "pumps": around,
        },
        trust,
    )
    current["pumps"] = around + auxiliary["heat_burners"] + auxiliary["water_burners"]
    taken = {use: np.minimum(sun.taken_kwh[use], current[use]) for use in current}
    return Uses(made, auxiliary, light, current, taken, sun.made_kwh)


def _parts_of_building(batch: DpeBatch, home: Dwelling) -> tuple[F64, F64]:
    """(heating, hot water): part of its building that a flat described by its building takes [-]; 1 elsewhere."""
    out = []
    for kind, name in (("installation_chauffage", "cle_repartition_ch"), ("installation_ecs", "cle_repartition_ecs")):
        plant = batch.of(kind)
        key = np.full(batch.size, np.nan)
        key[plant.owner] = plant.get(name)
        by_area = home.label_m2 / home.whole_m2
        key = np.where((key > 0) & (key < 1), key, by_area)
        out.append(np.where(home.from_building, key, 1.0))
    return out[0], out[1]
