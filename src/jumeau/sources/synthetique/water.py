"""Synthetic drinking-water services: some run by an EPCI over all its communes, the others by each commune."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.sources.synthetique.ground import REFERENCE_YEAR, Ground, Ints, table


def water(ground: Ground) -> dict[str, pa.Table]:
    """Layer `service_eau`: volumes, length and subscribers of the year before the reference year."""
    service, names, owners = _services(ground)
    count = len(names)
    people = np.bincount(service, ground.population, count)
    home = np.array([np.flatnonzero(service == s)[np.argmax(ground.population[service == s])] for s in range(count)])
    served = ["|".join(sorted(ground.codes[service == s])) for s in range(count)]
    subscribers = np.maximum(people * ground["water_subscribers_per_inhabitant"], 5)
    length = people * ground["water_km_per_inhabitant"] * np.exp(0.35 * ground.normal("service_eau/length", count))
    length = np.maximum(length * (people / people.mean()) ** -0.15, 0.5)
    metered = people * ground["water_m3_per_inhabitant"] * np.exp(0.1 * ground.normal("service_eau/volume", count))
    centre, spread = ground["water_efficiency"], ground["water_efficiency_spread"]
    efficiency = np.clip(centre + spread * ground.normal("service_eau/efficiency", count), 0.45, 0.95)
    technical = 0.01 * metered
    pace = np.exp(0.6 * ground.normal("service_eau/renewal", count))
    columns: dict[str, Any] = {
        "commune": ground.codes[home],
        "code": np.array([f"{ground.codes[h]}-AEP" for h in home], dtype=object),
        "nom": names,
        "communes": np.array(served, dtype=object),
        "owner": owners,
        "year": np.full(count, REFERENCE_YEAR - 1),
        "produced_m3": (metered + technical) / efficiency,
        "imported_m3": np.zeros(count),
        "exported_m3": np.zeros(count),
        "domestic_metered_m3": 0.85 * metered,
        "other_metered_m3": 0.15 * metered,
        "service_m3": technical,
        "unmetered_m3": np.zeros(count),
        "network_km": length,
        "renewed_5y_km": length * 5 * ground["water_renewal_rate"] * pace,
        "efficiency_ratio": efficiency,
        "subscribers": np.round(subscribers),
    }
    volumes = ("produced_m3", "imported_m3", "exported_m3", "domestic_metered_m3", "other_metered_m3", "efficiency_ratio")
    told = ground.known("water_volumes", "service_eau", home)
    for name in volumes:
        columns[name] = (columns[name], told)
    for name in ("service_m3", "unmetered_m3", "renewed_5y_km"):
        columns[name] = (columns[name], ground.known("water_details", "service_eau", home))
    return {"service_eau": table(ground, "service_eau", columns, _shapes(ground, service, count))}


def _services(ground: Ground) -> tuple[Ints, NDArray[np.object_], NDArray[np.object_]]:
    """Service of each commune (n), and name and owner of each service."""
    sirens = sorted({c.epci or "" for c in ground.communes} - {""})
    chance = dict(zip(sirens, ground.uniform("service_eau/epci", len(sirens)), strict=True))
    keys = []
    for commune in ground.communes:
        pooled = commune.epci and chance[commune.epci] < ground["water_epci_share"]
        keys.append(f"epci:{commune.epci}" if pooled else f"commune:{commune.code}")
    owners, service = np.unique(np.array(keys), return_inverse=True)
    label = {f"commune:{c.code}": c.nom for c in ground.communes} | {f"epci:{s}": s for s in sirens}
    named = np.array([label[str(o)] for o in owners], dtype=object)
    return service.astype(np.int64), named, owners.astype(object)


def _shapes(ground: Ground, service: Ints, count: int) -> NDArray[np.object_]:
    import shapely

    return np.array([shapely.union_all(ground.cells[service == s]) for s in range(count)], dtype=object)
