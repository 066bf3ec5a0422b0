"""Room `funding`: who may be helped by whom, and a plan de financement that balances to the cent."""

from jumeau.funding.check import faults
from jumeau.funding.eligibility import Eligibility, eligible, owner_type
from jumeau.funding.financing import FinancedAction, Financing, Resource, ToConfirm, resources, share_of, unsettled
from jumeau.funding.plan import Aid, Line, PlanDeFinancement, Scenario, aids_of, plan_de_financement, plan_for, total

__all__ = [
    "Aid",
    "Eligibility",
    "FinancedAction",
    "Financing",
    "Line",
    "PlanDeFinancement",
    "Resource",
    "Scenario",
    "ToConfirm",
    "aids_of",
    "eligible",
    "faults",
    "owner_type",
    "plan_de_financement",
    "plan_for",
    "resources",
    "share_of",
    "total",
    "unsettled",
]
