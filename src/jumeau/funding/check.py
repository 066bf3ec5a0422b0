"""The invariants of a plan de financement, checked by code that does not build it."""

from fractions import Fraction

from jumeau.funding.plan import PlanDeFinancement
from jumeau.texts import t


def faults(plan: PlanDeFinancement) -> list[str]:
    """What is wrong in the plan, in French; empty when it balances, keeps the floor and the ceiling, counts FCTVA once."""
    wrong = []
    for scenario in plan.scenarios:
        if scenario.cents() != plan.cost_ttc_cents:
            wrong.append(t("financement.faux_total", scenario=scenario.name, gap=scenario.cents() - plan.cost_ttc_cents))
        if any(line.cents < 0 for line in scenario.lines):
            wrong.append(t("financement.faux_negatif", scenario=scenario.name))
        if len([line for line in scenario.lines if line.kind in ("fctva", "tva")]) > 1 and plan.minimum_share is not None:
            wrong.append(t("financement.faux_fctva", scenario=scenario.name))
        if plan.minimum_share is None:
            continue
        share = Fraction(str(plan.minimum_share))
        aid, private = scenario.cents("aid"), scenario.cents("certificate")
        public = plan.cost_ht_cents - private
        if public - aid < share * public or aid > (1 - share) * plan.cost_ht_cents:
            wrong.append(t("financement.faux_plafond", scenario=scenario.name))
    return wrong
