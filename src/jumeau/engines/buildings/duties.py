"""Duties of law of a building, each with its deadline: the rules of `rules/catalogue/batiment` asked together."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import msgspec

from jumeau.rules.evaluate import compute, explain
from jumeau.rules.loader import catalogue, rule

RULES = (
    "decence_energetique",
    "gel_loyers",
    "audit_vente",
    "dpe_collectif",
    "eco_energie_tertiaire",
    "operat_declaration",
    "bacs",
    "eed_sobriete_publique",
    "eed_renovation_publique",
    "epbd_performance_minimale",
)
_HOME_ONLY = ("decence_energetique", "gel_loyers", "audit_vente", "dpe_collectif")

_STANDING = ("eed_sobriete_publique",)
"""Duties that begin at their date, and are not late once it has passed."""


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule asks of a building. state: `due` (it holds), `late` (its deadline has passed), `none`, `unknown`;
    deadline: day it falls on, None for a standing duty, and where unknown, the day that holds if the dwelling is let;
    missing: facts that would settle it."""

    rule: str
    title: str
    state: Literal["due", "late", "none", "unknown"]
    deadline: date | None
    confidence: str
    reference: str = ""
    missing: tuple[str, ...] = ()

    @property
    def if_let(self) -> bool:
        """Whether it holds if the dwelling is let, which nobody says."""
        return self.state == "unknown" and self.missing == (LET,)


LET = "let"
RENTAL = ("decence_energetique", "gel_loyers")
"""Duties of dwellings that are let: nothing is asked of the others, and where nobody knows, it is to be checked."""


def duties(facts: Mapping[str, Any], on: date) -> list[Duty]:
    """Duties of one building at a date. facts: answers to `rules/facts.yaml`; an answer left out stays unknown."""
    known = catalogue()
    home = facts.get("dwelling")
    out = []
    for name in RULES:
        if name in known and not (home is False and name in _HOME_ONLY) and not (home is True and name not in _HOME_ONLY):
            out.append(_duty(name, facts, on))
    return out


def _duty(name: str, facts: Mapping[str, Any], on: date) -> Duty:
    verdict = explain(rule(name), facts, on)
    missing = tuple(dict.fromkeys(fact for reason in verdict.reasons for fact in reason.missing))
    when = _deadline(name, facts, on)
    if name in RENTAL and facts.get(LET) is False:
        state: Literal["due", "late", "none", "unknown"] = "none"
    elif verdict.decision == "unknown":
        state = "unknown"
    elif name == "decence_energetique":
        # the rule says whether a dwelling may be let: the duty is to leave the banned classes
        state = "late" if verdict.decision == "no" else "due" if when is not None else "none"
    elif verdict.decision == "no":
        state = "none"
    elif name in _STANDING:
        state = "due"
    else:
        state = "late" if when is not None and when <= on else "due"
    if name in RENTAL and state in ("due", "late") and facts.get(LET) is None:
        state, missing = "unknown", (*missing, LET)
    if state == "unknown" and missing != (LET,):
        when = None
    return Duty(rule=name, title=verdict.title, state=state, deadline=when, confidence=verdict.confidence,
                reference=rule(name).reference, missing=missing)  # fmt: skip


def _deadline(name: str, facts: Mapping[str, Any], on: date) -> date | None:
    if name == "operat_declaration":
        this = date(on.year, 9, 30)
        return this if on <= this else date(on.year + 1, 9, 30)
    if name == "eco_energie_tertiaire":
        return next((date(year, 12, 31) for year in (2030, 2040, 2050) if on <= date(year, 12, 31)), None)
    wanted = {"decence_energetique": "ban_year", "bacs": "deadline_year", "epbd_performance_minimale": "deadline_year",
              "eed_sobriete_publique": "deadline_year"}.get(name)  # fmt: skip
    if wanted is None:
        return None
    found = compute(rule(name), wanted, facts, on)
    return date(int(found), 1, 1) if isinstance(found, (int, float)) else None
