"""Which procedure a purchase calls for, alone and together: what pooling changes of it, and what it costs in time."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from jumeau.procurement.purchases import Purchase
from jumeau.rules.evaluate import compute
from jumeau.rules.loader import rule

ORDER = ("sans_publicite", "adaptee", "formalisee")
"""Procedures, from the lightest to the heaviest."""
THRESHOLDS, DELAYS, TOGETHER = "seuils_procedure", "delais_procedure", "groupement_commandes"
NETWORKS = ("canalisations_eau", "comptage_eau")
"""Families bought by the operator of a drinking-water network: a contracting entity, with thresholds of its own."""


class Procedure(msgspec.Struct, frozen=True, kw_only=True):
    """What the law asks for an amount. kind, publicity: None where the kind of contract is not known.

    amount_eur: estimated need; compared_eur: what thresholds are compared with, the most of a framework agreement [1].

    [1] Code de la commande publique, art. R2121-8.

    free_eur, formal_eur: thresholds of the kind of contract [€ before tax]; sure: the range of the cost does not cross one;
    days: least time to answer; standstill_days: before signing; months_low, months_high: usual whole length.
    """

    kind: str | None
    publicity: str | None
    amount_eur: float
    compared_eur: float
    free_eur: float | None
    formal_eur: float | None
    sure: bool
    days: int | None
    standstill_days: int | None
    months_low: float | None
    months_high: float | None


class Pooling(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase made together against the same made by each alone.

    heavier: owners whose procedure is lighter alone; months_low, months_high: what pooling adds to the longest of them, the
    time to agree included, None where a procedure is not known.
    """

    together: Procedure
    alone: Mapping[str, Procedure]
    heavier: tuple[str, ...]
    months_low: float | None
    months_high: float | None


def buyer_kind(purchase: Purchase) -> str:
    """The nature of the buyer in the thresholds: a contracting entity for water networks, else a local authority."""
    return "entite_adjudicatrice" if purchase.family in NETWORKS else "collectivite"


def procedure(purchase: Purchase, on: date, *, owner: str | None = None) -> Procedure:
    """What the law of a day asks for a purchase, of all its members or of one; who is not a member buys nothing."""
    members = [m for m in purchase.members if owner in (None, m.owner)]
    low, mid, high = (sum(getattr(m, n) for m in members) / 100 for n in ("low_cents", "cents", "high_cents"))
    facts = {"contract_kind": purchase.contract, "buyer_kind": buyer_kind(purchase)}
    compared = high if purchase.years > 1 or len(members) > 1 else mid
    kind = _asked("procedure", compared, facts, on)
    delays = {"procedure": kind}
    names = ("tender_days", "standstill_days", "months_low", "months_high")
    days, standstill, shortest, longest = (compute(rule(DELAYS), n, delays, on) if kind else None for n in names)
    return Procedure(
        kind=kind,
        publicity=_asked("publicity", compared, facts, on),
        amount_eur=mid,
        compared_eur=compared,
        free_eur=_asked("free_eur", compared, facts, on),
        formal_eur=_asked("formal_eur", compared, facts, on),
        sure=len({_asked("procedure", x, facts, on) for x in (low, mid, high)}) == 1,
        days=days,
        standstill_days=standstill,
        months_low=shortest,
        months_high=longest,
    )


def _asked(amount: str, need_eur: float, facts: Mapping[str, Any], on: date) -> Any:
    """An amount of the rule of thresholds; None while the kind of contract is not known."""
    if facts["contract_kind"] is None:
        return None
    return compute(rule(THRESHOLDS), amount, {**facts, "need_ht_eur": need_eur}, on)


def pooling(purchase: Purchase, on: date) -> Pooling:
    """What buying together changes for each member."""
    together = procedure(purchase, on)
    alone = {m.owner: procedure(purchase, on, owner=m.owner) for m in purchase.members}
    kinds = {owner: p.kind for owner, p in alone.items()}
    heavier = tuple(o for o, k in kinds.items() if k and together.kind and ORDER.index(k) < ORDER.index(together.kind))
    low, high = (_added(n, together, alone, purchase, on) for n in ("months_low", "months_high"))
    return Pooling(together=together, alone=alone, heavier=heavier, months_low=low, months_high=high)


def _added(name: str, together: Procedure, alone: Mapping[str, Procedure], purchase: Purchase, on: date) -> float | None:
    months = [getattr(p, name) for p in (together, *alone.values())]
    if None in months:
        return None
    agree = float(compute(rule(TOGETHER), name, {}, on) or 0.0) if len(purchase.members) > 1 else 0.0
    return float(months[0] + agree - max(months[1:]))
