"""Under which legal form to buy together: each form with what is known for and against it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from jumeau.model.need import Need
from jumeau.procurement.procedure import buyer_kind, procedure
from jumeau.procurement.purchases import Purchase
from jumeau.rules.evaluate import Decision, Verdict, explain
from jumeau.rules.loader import rule

FORMS = (
    "groupement_commandes", "accord_cadre", "centrale_achat", "achat_innovant", "partenariat_innovation",
    "mgpe_tiers_financement",
)  # fmt: skip
BUILDINGS = ("renovation_batiments", "genie_climatique")
PURCHASING = ("syndicat", "departement")
"""Owners that may be a permanent purchasing body for others."""


class LegalForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form and what its rule says: yes, no, or what is still to be settled."""

    form: str
    title: str
    decision: Decision
    verdict: Verdict


def legal_forms(
    purchase: Purchase, needs: Mapping[str, Need], on: date, facts: Mapping[str, Any] | None = None
) -> list[LegalForm]:
    """The forms that may serve a purchase, those that apply first, then those to settle.

    facts: what else is known (names of `rules/facts.yaml`). Forms of another world are left out: no groupement of one, no
    energy contract for pipes.
    """
    known = _facts(purchase, on) | dict(facts or {})
    found = []
    for name in FORMS:
        if not _thinkable(name, purchase, needs):
            continue
        verdict = explain(rule(name), {k: v for k, v in known.items() if v is not None}, on)
        found.append(LegalForm(form=name, title=rule(name).title, decision=verdict.decision, verdict=verdict))
    order: dict[str, int] = {"yes": 0, "unknown": 1, "no": 2}
    return sorted(found, key=lambda f: (order[f.decision], FORMS.index(f.form)))


def _facts(purchase: Purchase, on: date) -> dict[str, Any]:
    return {
        "members": len(purchase.members),
        "contract_kind": purchase.contract,
        "buyer_kind": buyer_kind(purchase),
        "need_ht_eur": procedure(purchase, on).amount_eur,
        "framework_maximum_eur": sum(m.high_cents for m in purchase.members) / 100,
        "duration_y": purchase.years,
    }


def _thinkable(name: str, purchase: Purchase, needs: Mapping[str, Need]) -> bool:
    digital = any(needs[n].digital for n in purchase.needs if n in needs)
    kinds = {m.owner.partition(":")[0] for m in purchase.members}
    return {
        "groupement_commandes": len(purchase.members) > 1,
        "accord_cadre": purchase.years > 1 or len(purchase.members) > 1,
        "centrale_achat": bool(kinds & set(PURCHASING)),
        "achat_innovant": digital,
        "partenariat_innovation": digital,
        "mgpe_tiers_financement": purchase.family in BUILDINGS,
    }[name]
