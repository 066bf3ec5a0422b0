"""Columns of the tables of a programme."""

import pyarrow as pa

CHOSEN_SCHEMA = pa.schema(
    [
        pa.field("action", pa.string(), nullable=False),
        pa.field("year", pa.int16(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("commune", pa.string()),
        pa.field("field", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("need", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("quantity", pa.float64(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("cost_eur", pa.float64(), nullable=False),
        pa.field("cost_eur_low", pa.float64()),
        pa.field("cost_eur_high", pa.float64()),
        pa.field("npv_eur", pa.float64()),
        pa.field("npv_eur_low", pa.float64()),
        pa.field("npv_eur_high", pa.float64()),
        pa.field("grant_eur", pa.float64()),
        pa.field("lot", pa.string()),
    ]
)
"""One row per chosen action, by year, owner, id. Costs [€ of the plan's price year]; npv: discounted [€], null when
the plan maximises an indicator; its range takes the cost and each effect of one action as independent. grant_eur: granted
within the envelopes; lot: the lot it is bought in."""

LOTS_SCHEMA = pa.schema(
    [
        pa.field("lot", pa.string(), nullable=False),
        pa.field("year", pa.int16(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("actions", pa.int32(), nullable=False),
        pa.field("owners", pa.int32(), nullable=False),
        pa.field("volume", pa.float64(), nullable=False),
        pa.field("list_eur", pa.float64(), nullable=False),
        pa.field("rebate", pa.float64(), nullable=False),
        pa.field("saved_eur", pa.float64(), nullable=False),
        pa.field("next_volume", pa.float64()),
        pa.field("next_rebate", pa.float64()),
    ]
)
"""One row per lot and year with purchases. list_eur: before the rebate [-] its volume earns; next_*: the level after."""

GRANTS_SCHEMA = pa.schema(
    [
        pa.field("action", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("envelope", pa.string(), nullable=False),
        pa.field("year", pa.int16(), nullable=False),
        pa.field("amount_eur", pa.float64(), nullable=False),
    ]
)
TRENCHES_SCHEMA = pa.schema(
    [
        pa.field("place", pa.string(), nullable=False),
        pa.field("year", pa.int16(), nullable=False),
        pa.field("actions", pa.int32(), nullable=False),
        pa.field("saved_eur", pa.float64(), nullable=False),
    ]
)
LOANS_SCHEMA = pa.schema(
    [
        pa.field("owner", pa.string(), nullable=False),
        pa.field("year", pa.int16(), nullable=False),
        pa.field("amount_eur", pa.float64(), nullable=False),
    ]
)
SPENDING_SCHEMA = pa.schema(
    [
        pa.field("owner", pa.string(), nullable=False),
        pa.field("year", pa.int16(), nullable=False),
        pa.field("spent_eur", pa.float64(), nullable=False),
        pa.field("budget_eur", pa.float64()),
        pa.field("available_eur", pa.float64(), nullable=False),
        pa.field("hypothesis", pa.bool_(), nullable=False),
    ]
)
"""One row per owner and year. spent_eur: at list price less grants; budget_eur: null without a budget row; available_eur:
what could be spent, carry-over and loans included; hypothesis: the budget is not a voted one."""

LEFT_SCHEMA = pa.schema(
    [
        pa.field("action", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("explanation", pa.string(), nullable=False),
    ]
)
"""One row per action left out. reason: unknown_cost, unknown_effect, no_budget, window, missing_requirement, capacity,
not_beneficiary, too_expensive, no_gain, limited."""

OWNERS_SCHEMA = pa.schema(
    [
        pa.field("owner", pa.string(), nullable=False),
        pa.field("component", pa.int32()),
        pa.field("actions", pa.int32(), nullable=False),
        pa.field("left_out", pa.int32(), nullable=False),
        pa.field("cost_eur", pa.float64(), nullable=False),
        pa.field("npv_eur", pa.float64()),
    ]
)


WHOLE_SCHEMA = pa.schema(
    [
        pa.field("indicator", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("sum_of_effects", pa.float64()),
        pa.field("whole", pa.float64()),
        pa.field("whole_low", pa.float64()),
        pa.field("whole_high", pa.float64()),
        pa.field("difference", pa.float64()),
    ]
)
"""Yearly effect in full service: the sum of single effects, the programme simulated whole, whole minus sum."""
