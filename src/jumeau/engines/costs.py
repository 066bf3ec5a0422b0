"""The price of an action, on draws, the same way for the four engines."""

from typing import Any

import msgspec
import numpy as np

from jumeau.engines.groups import summary
from jumeau.engines.tally import Draws
from jumeau.model.action import Action
from jumeau.model.draws import Parameter
from jumeau.texts import t


def cost_source(law: Parameter) -> str:
    """The source of a parameter and how far it can be trusted, in French."""
    return t("moteurs.source_cout", source=law.source, confidence=t(f"moteurs.confiance_{law.confidence}"))


def costed(action: Action, quantity: Any, draw: Draws, price: str, *, digital: str = "", running: str = "") -> Action:
    """The action with its quantity, its cost and the footprint of its digital part.

    quantity: a number, or draws (1, D) [unit of the action]; price: parameter [€ per unit]; running: parameter [€ per unit
    and year]; digital: suffix of the parameters `digital_energy_kwh.X` and `digital_embodied_kgco2e.X` [per unit].
    """
    number = np.asarray(quantity, np.float64) * np.ones((1, draw.ctx.draws))
    value, low, high = summary((number * draw(price))[0])
    count = round(float(number.mean()), 3)
    law = draw.law(price)
    yearly, embodied = (
        (count * draw.law(f"digital_{x}.{digital}").mode if digital else None) for x in ("energy_kwh", "embodied_kgco2e")
    )
    return msgspec.structs.replace(
        action,
        quantity=count,
        cost_eur=value,
        cost_eur_low=low,
        cost_eur_high=high,
        cost_source=cost_source(law),
        running_cost_eur_per_year=count * draw.law(running).mode if running else None,
        digital_energy_kwh_per_year=yearly,
        digital_embodied_kgco2e=embodied,
    )
