"""What is asked of the optimiser: settings and budgets."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.errors import InputError
from jumeau.invest.together import Together, check_together
from jumeau.model.official import discount_rate

BUDGET_SCHEMA = pa.schema(
    [
        pa.field("owner", pa.string(), nullable=False),
        pa.field("year", pa.int16(), nullable=False),
        pa.field("budget_eur", pa.float64()),
        pa.field("label", pa.string()),
        pa.field("hypothesis", pa.bool_(), nullable=False),
    ]
)
"""What an owner may spend in a year [€ before tax, of `Settings.price_year`]; several rows of one owner-year add up."""

NPV, EUROS_ONLY, KEPT = "npv", "euros", "kept"
COST_CHANGE = 0.02
"""Yearly change of costs used to bring prices of several years together: a hypothesis, said in `Programme.caveats`."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The question. Amounts are constant euros of `price_year` (default: `first_year`).

    prices: indicator -> what one unit a year costs [€/unit]; by default 1 for each indicator counted in euros a year, and
    the official value of carbon, year by year, for what emits (`carbon`), times `carbon_factor`.
    maximise: `npv` (socio-economic net present value [€]: grants are transfers and count for nothing), `euros` (the owners'
    own money [€]: grants count, carbon does not) or the name of an indicator, whose saving is then summed, undiscounted.
    discount_rate [1/year]: the official one by default. evaluation_years: effects count until the end of the works' life,
    and never later than this many years after `first_year`; there is no residual value. carry_over: what is not spent may
    be spent in a later year.
    (`kept`: how many choices of `keep`, action -> year, stay; used to plan again.)
    required: actions that must be in the plan. fixed: action -> its year. kind_value_eur: declared value of having done
    an action of a kind (a study, an inventory), counted with the benefits; action_value_eur: the same, action by action.
    capacity: what exists before the plan. together: what owners share.
    gap: relative gap at which a part is called optimal [-]. A part of more than `exact_columns` choices (action x year) is
    solved by improving a plan window by window against the bound of its relaxation; with `exact`, or when that plan is
    far from its bound, the whole search follows. One of more than `large_columns` choices is planned by moves and bounded by
    prices (`decompose`), unless `exact`. nodes limits each search and gives the same plan on every machine;
    seconds: limit of each [s of processor], for safety; the effort given to a part planned by moves.
    """

    first_year: int
    years: int = 10
    discount_rate: float = discount_rate()
    prices: Mapping[str, float] | None = None
    carbon: bool = True
    carbon_factor: float = 1.0
    maximise: str = NPV
    evaluation_years: int = 30
    carry_over: bool = False
    price_year: int | None = None
    cost_change: float = COST_CHANGE
    required: tuple[str, ...] = ()
    fixed: Mapping[str, int] = {}
    kind_value_eur: Mapping[str, float] = {}
    action_value_eur: Mapping[str, float] = {}
    capacity: Mapping[str, float] = {}
    together: Together = Together()
    keep: Mapping[str, int] = {}
    gap: float = 1e-4
    exact: bool = False
    exact_columns: int = 200
    large_columns: int = 20_000
    nodes: int = 2000
    seconds: float = 60.0
    seed: int = 0

    @property
    def money(self) -> bool:
        """True when the objective is in discounted euros."""
        return self.maximise in (NPV, EUROS_ONLY)


def check_settings(s: Settings) -> None:
    """Raises InputError naming the setting that cannot be."""
    tests = {
        "years": 1 <= s.years <= 60,
        "first_year": 1990 <= s.first_year <= 2200,
        "discount_rate": 0 <= s.discount_rate < 1,
        "evaluation_years": s.years <= s.evaluation_years <= 200,
        "gap": 0 <= s.gap < 1,
        "seconds": s.seconds > 0,
        "carbon_factor": 0 <= s.carbon_factor <= 100,
        "cost_change": -0.5 < s.cost_change < 0.5,
        "prices": all(np.isfinite(p) for p in (s.prices or {}).values()),
        "capacity": all(np.isfinite(c) and c >= 0 for c in s.capacity.values()),
    }
    for name, fine in tests.items():
        if not fine:
            raise InputError("programme.reglage_refuse", name=name, value=getattr(s, name))
    check_together(s.together, s.first_year, s.years)
