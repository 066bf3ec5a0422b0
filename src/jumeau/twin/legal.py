"""What the law asks of water services, counted for what it costs: an obligation is no benefit, yet it is not left out."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.water import PLANS
from jumeau.engines.water.apply import SEARCH, SECTORS, SECTORS_RADIO
from jumeau.invest.settings import COST_CHANGE
from jumeau.model.money import at_price_year, present_value
from jumeau.model.official import discount_rate
from jumeau.twin.unknowns import DECLARED_MARGIN

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

PLAN_KINDS = (SECTORS, SECTORS_RADIO, SEARCH)
LIKELY = 0.5
"""Chance from which a service is held to be under the legal efficiency [-]."""


def declared_values(twin: "Twin", price_year: int) -> dict[str, float]:
    """Action -> what it is counted for [€ of `price_year`]: its cost over its life and a margin, when its service is under
    the efficiency the law asks for and owes a plan of action against losses [1]. Ways of doing the same thing are counted
    alike, at the dearest, so that the cheaper one wins.

    [1] Code general des collectivites territoriales, L2224-7-1 ; code de l'environnement, D213-48-14-1.
    """
    outcome = twin.outcome("water")
    if outcome is None or PLANS not in outcome.diagnosis.assets.column_names:
        return {}
    assets = outcome.diagnosis.assets
    late = assets.filter(pc.greater_equal(assets[PLANS], LIKELY))["id"]
    kinds = pc.is_in(outcome.actions["kind"], value_set=pa.array(PLAN_KINDS))
    actions = outcome.actions.filter(kinds)
    rows = actions.select(["id", "kind", "assets", "excludes", "cost_eur", "running_cost_eur_per_year", "price_year",
                           "lifetime_y"]).to_pylist()  # fmt: skip
    owed = set(late.to_pylist())
    costs = {row["id"]: _cost(row, price_year) for row in rows if owed.intersection(row["assets"]) and row["cost_eur"]}
    ways = {row["id"]: (row["id"], *(row["excludes"] or ())) for row in rows}
    return {name: (1 + DECLARED_MARGIN) * max(costs[way] for way in ways[name] if way in costs) for name in costs}


def _cost(row: dict[str, float], price_year: int) -> float:
    """Works and running costs over their life, discounted to the year of works [€]."""
    running = present_value([row["running_cost_eur_per_year"] or 0.0] * int(row["lifetime_y"]), discount_rate())
    return running + at_price_year(row["cost_eur"], int(row["price_year"]), price_year, COST_CHANGE)
