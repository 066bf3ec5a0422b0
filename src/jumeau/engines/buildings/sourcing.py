"""Where the price of works comes from, what they cost to keep, and the footprint of their digital part."""

from functools import lru_cache

import numpy as np

from jumeau.engines.buildings.stock import Floats
from jumeau.engines.buildings.works import CONTROL, CONTROL_A, METERS, PRICES, PUMP, SOLAR
from jumeau.engines.tally import Draws
from jumeau.model.draws import Parameter
from jumeau.texts import t


def source(kinds: tuple[str, ...], draws: Draws) -> str:
    """Ranges of price, source and confidence, in French."""
    laws = tuple(dict.fromkeys(draws.law(name) for kind in kinds for name in PRICES[kind]))
    return _said(laws, draws.law("price_studies"))


@lru_cache(maxsize=1024)
def _said(laws: tuple[Parameter, ...], studies: Parameter) -> str:
    ranges = t("batiments.et").join(t("batiments.fourchette", low=p.low, high=p.high, unit=p.unit) for p in laws)
    sources = " ; ".join(dict.fromkeys(p.source for p in laws))
    worst = min((p.confidence for p in laws), key=("low", "medium", "high").index)
    words = {"ranges": ranges, "source": sources, "studies": studies.source}
    return t("batiments.source_cout", **words, confidence=t(f"moteurs.confiance_{worst}"))


def running(kinds: list[tuple[str, ...]], quantity: Floats, heat: Floats, draws: Draws) -> dict[str, list[float | None]]:
    """Columns of yearly upkeep [€/year], and footprint of meters, controllers and sensors [kWh/year, kgCO2e].

    kinds: works of each action; quantity (n,): in the unit of the action, the floor [m²] for a step; heat (n,): of the
    generator [kW].
    """
    names = ("running_cost_eur_per_year", "digital_energy_kwh_per_year", "digital_embodied_kgco2e")
    law = {n: draws.law(n).mode for n in _LAWS}
    rows = [_one(*one, law) for one in zip(kinds, quantity.tolist(), heat.tolist(), strict=True)]
    return {name: [row[c] for row in rows] for c, name in enumerate(names)}


def _one(kinds: tuple[str, ...], much: float, kw: float, law: dict[str, float]) -> tuple[float | None, ...]:
    cost: list[float] = []
    digital: tuple[float | None, float | None] = (None, None)
    if CONTROL in kinds or CONTROL_A in kinds:
        # class A is an upgrade: it adds sensors to the controller of class B
        new, sensors = float(CONTROL in kinds), float(np.ceil(much / law["sensor_floor_m2"]))
        cost.append(much * law["control_running_eur_m2" if CONTROL in kinds else "control_upgrade_running_eur_m2"])
        digital = (
            new * law["controller_energy_kwh"] + sensors * law["sensor_energy_kwh"],
            new * law["controller_embodied_kgco2e"] + sensors * law["sensor_embodied_kgco2e"],
        )
    if METERS in kinds:
        cost.append(much * law["submeter_running_eur"])
        digital = (much * law["submeter_energy_kwh"], much * law["submeter_embodied_kgco2e"])
    if PUMP in kinds:
        cost.append(kw * law["heat_pump_running_eur_kw"])
    if SOLAR in kinds:
        cost.append(much * law["solar_running_eur_kw"])
    return (sum(cost) if cost else None, *digital)


_LAWS = (
    "sensor_floor_m2", "control_running_eur_m2", "control_upgrade_running_eur_m2", "controller_energy_kwh",
    "sensor_energy_kwh", "controller_embodied_kgco2e", "sensor_embodied_kgco2e", "submeter_running_eur",
    "submeter_energy_kwh", "submeter_embodied_kgco2e", "heat_pump_running_eur_kw", "solar_running_eur_kw",
)  # fmt: skip
