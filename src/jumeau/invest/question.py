"""A question asked of the optimiser, whole: what can be done, with what effects, with what money, under what rules."""

import msgspec
import pyarrow as pa

from jumeau.invest.optimise import Spread, here, optimise
from jumeau.invest.programme import Programme
from jumeau.invest.settings import Settings


class Question(msgspec.Struct, frozen=True):
    """Tables of ACTION_SCHEMA, EFFECT_SCHEMA, BUDGET_SCHEMA, and settings."""

    actions: pa.Table
    effects: pa.Table
    budgets: pa.Table
    settings: Settings


def answer(question: Question, spread: Spread = here) -> Programme:
    """The best plan for a question. Raises as `optimise` does."""
    return optimise(question.actions, question.effects, question.budgets, question.settings, spread)
