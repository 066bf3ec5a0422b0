"""Room `funding`: who may be helped by whom, and a plan de financement that balances to the cent."""

from jumeau.funding.check import faults
from jumeau.funding.eligibility import Eligibility, eligible
from jumeau.funding.plan import Aid, Line, PlanDeFinancement, Scenario, aids_of, plan_de_financement, plan_for, total

__all__ = [
    "Aid",
    "Eligibility",
    "Line",
    "PlanDeFinancement",
    "Scenario",
    "aids_of",
    "eligible",
    "faults",
    "plan_de_financement",
    "plan_for",
    "total",
]
