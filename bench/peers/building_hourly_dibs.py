"""The peer of `building_hourly.py`: the 5R1C of RC_BuildingSimulator (ETH Zurich, MIT), as DIBS (IWU) carries it on PyPI.

It reads one JSON object (zones and hours, two ventilation levels) and prints seconds, and heating and cooling by zone [kWh].
Only the physics runs: no lighting, no supply system, no files.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from dibs_computing_core.iso_simulator.emission_system import AirConditioning
from dibs_computing_core.iso_simulator.model.building import Building


def zone(said: dict[str, Any], k: int) -> Any:
    """A building of the peer that holds exactly the conductances of zone k."""
    one = object.__new__(Building)
    one.mass_area, one.A_t, one.c_m = said["mass_area"][k], said["all_area"][k], said["capacity"][k]
    one.h_tr_is, one.h_tr_ms, one.h_tr_w = 3.45 * one.A_t, 9.1 * one.mass_area, said["windows"][k]
    one.h_tr_em = 1 / (1 / said["opaque"][k] - 1 / one.h_tr_ms)
    one.energy_ref_area = said["mass_area"][k] / 2.5
    one.max_heating_energy, one.max_cooling_energy = float("inf"), -float("inf")
    one.class_mapping = {"AirConditioning": AirConditioning}
    one.heating_emission_system = one.cooling_emission_system = "AirConditioning"
    return one


def year(one: Any, said: dict[str, Any], k: int) -> tuple[float, float]:
    """Heating and cooling of zone k [kWh]."""
    mass, heat, cool = 20.0, 0.0, 0.0
    for h in range(len(said["outdoor"])):
        one.h_ve_adj = said["air"][k][said["level"][h]]
        one.t_set_heating, one.t_set_cooling = said["heat_set"][h], said["cool_set"][h]
        sun = sum(a * i for a, i in zip(said["sun"][k], said["light"][h], strict=True))
        gains = (said["gain"][k] * said["share"][h], sun, said["outdoor"][h], mass)
        one.has_demand(*gains)
        if one.has_heating_demand or one.has_cooling_demand:
            one.calc_energy_demand(*gains)
            heat += max(one.energy_demand, 0.0) / 1000
            cool += max(-one.energy_demand, 0.0) / 1000
        mass = one.t_m_next
    return heat, cool


def main(path: str) -> None:
    """Run the zones of a file."""
    said = json.loads(Path(path).read_text(encoding="utf-8"))
    zones = [zone(said, k) for k in range(len(said["opaque"]))]
    start = time.perf_counter()
    found = [year(one, said, k) for k, one in enumerate(zones)]
    print(json.dumps({"seconds": time.perf_counter() - start, "heat": [h for h, _ in found], "cool": [c for _, c in found]}))


if __name__ == "__main__":
    main(sys.argv[1])
