"""Room `invest`: which action, which year, with which owner's money, and how far from the best possible plan."""

from jumeau.invest.check import verify
from jumeau.invest.optimise import optimise
from jumeau.invest.problem import BUDGET_SCHEMA, Settings
from jumeau.invest.programme import Programme, describe, with_whole

__all__ = ["BUDGET_SCHEMA", "Programme", "Settings", "describe", "optimise", "verify", "with_whole"]
