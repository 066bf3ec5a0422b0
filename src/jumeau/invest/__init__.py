"""Room `invest`: which action, which year, with which owner's money, and how far from the best possible plan."""

from jumeau.invest.check import verify
from jumeau.invest.optimise import optimise
from jumeau.invest.programme import Programme, describe, with_whole
from jumeau.invest.settings import BUDGET_SCHEMA, Settings
from jumeau.invest.together import Deadline, Debt, Envelope, Lot, Minimum, Target, Tier, Together, Who

__all__ = [
    "BUDGET_SCHEMA", "Deadline", "Debt", "Envelope", "Lot", "Minimum", "Programme", "Settings", "Target", "Tier", "Together",
    "Who", "describe", "optimise", "verify", "with_whole",
]  # fmt: skip
