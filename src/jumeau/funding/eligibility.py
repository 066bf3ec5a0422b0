"""Which rules may help to pay for an action: yes, no or unknown, and why."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from jumeau.model.action import Action
from jumeau.model.need import needs
from jumeau.model.territory.referential import departement_of, referential
from jumeau.rules.evaluate import Decision, Facts, Reason, compute, compute_all, explain, weakest
from jumeau.rules.loader import Confidence, Rule, catalogue, rule

OFFER, CERTIFICATES = "cee_price_eur_mwhc", "kwh_cumac"
"""Price somebody offered for certificates [€/MWh cumac], which takes the place of the usual range, and their number."""
PAYING = ("aid", "certificate", "refund")
STUDIES = ("etude_", "inventaire_", "audit_")
"""Beginnings of the needs that are engineering and not works."""
LANTERN = "lanterne_led"
PUBLIC_BUILDING = {"insulated_pipe_m": 0.0, "copropriete": False}
"""What is known of works proposed on a public building: no flat owners, no pipes insulated unless the works say so."""
ROOFS = ("roof_area_m2", "flat_roof_area_m2")
ENVELOPE_AREAS = (*ROOFS, "wall_area_m2", "floor_area_m2", "window_area_m2")
ELEMENTS = {
    "isolation_toiture": ROOFS,
    "isolation_murs": ("wall_area_m2",),
    "isolation_plancher": ("floor_area_m2",),
    "menuiseries": ("window_area_m2",),
    "isolation_enveloppe": ENVELOPE_AREAS,
    "renovation_etape": ENVELOPE_AREAS,
}
"""Areas that works on a building may treat, by need. Several: which of them, nobody said yet."""
_OWNER_TYPES = {"commune": "commune", "syndicat": "syndicat", "departement": "departement", "region": "region"}
_EPCI_TYPES = {
    "CC": "communaute_de_communes",
    "CA": "communaute_agglomeration",
    "CU": "communaute_urbaine",
    "METRO": "metropole",
    "MET69": "metropole",
    "EPT": "ept",
}


class Eligibility(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says of an action. low, central, high: amount it may bring [€], None where unknown; kind: `aid`,
    `certificate` (CEE) or `refund` (FCTVA); reasons: each condition that fails or lacks a fact."""

    rule: str
    title: str
    kind: str
    payer: str
    decision: Decision
    reasons: tuple[Reason, ...]
    low_eur: float | None
    central_eur: float | None
    high_eur: float | None
    reference: str
    confidence: Confidence
    last_checked_on: date
    stale: bool
    not_with: tuple[str, ...]
    notes: tuple[str, ...]


def owner_type(owner: str) -> str | None:
    """Legal form of an owner (fact `owner_type`), None when its id does not say it."""
    kind, _, code = owner.partition(":")
    epci = referential().epcis.get(code) if kind == "epci" else None
    return _OWNER_TYPES.get(kind) if epci is None else _EPCI_TYPES.get(epci.type)


def facts_of(action: Action, owner: str) -> dict[str, Any]:
    """What the action and its owner say by themselves; an EPCI that is in no register does not say its legal form."""
    out: dict[str, Any] = {
        "cost_ht_eur": action.cost_eur,
        "owner_type": owner_type(owner),
        "need": action.need,
        "study": action.need.startswith(STUDIES),
    }
    if action.need in needs():
        out["digital_solution"] = needs()[action.need].digital
    if not out["study"]:
        out["engineering_kind"] = "autre"
    return {name: value for name, value in (out | _field_facts(action)).items() if value is not None}


def _field_facts(action: Action) -> dict[str, Any]:
    if action.field == "lighting" and action.need != LANTERN:
        return {"existing_luminaires": False}
    if action.field == "lighting":
        known = {"public_lighting": True, "existing_luminaires": bool(action.assets), "led": True}
        return known | {"luminaires": action.quantity}
    if action.field == "buildings":
        return _areas(action) | {"existing_building": True if action.assets else None, **PUBLIC_BUILDING}
    if action.field == "water":
        return {"water_investment": True}
    if action.field == "risks":
        works = "etude" if action.need.startswith(STUDIES) else "prevention"
        use = None if owner_is_private(action.owner) else "public"
        return {"risk_works": works, "property_acquisition": False, "property_use": use, "terrestrial_risk": False}
    return {}


def _areas(action: Action) -> dict[str, Any]:
    """Area of each element treated [m2]: the quantity where one element only may be, none where no element is."""
    treated = ELEMENTS.get(action.need, ())
    elsewhere: dict[str, Any] = {name: 0.0 for name in ENVELOPE_AREAS if name not in treated}
    return elsewhere | {treated[0]: action.quantity} if len(treated) == 1 else elsewhere


def _zone(action: Action, owner: str, on: date) -> dict[str, Any]:
    """The climate zone of certificates, by the département of a commune that owns a building; nothing elsewhere."""
    kind, _, code = owner.partition(":")
    if action.field != "buildings" or kind != "commune":
        return {}
    zone = compute(rule("cee_depot"), "climate_zone", {"departement": departement_of(code)}, on)
    return {} if zone is None else {"climate_zone": zone}


def owner_is_private(owner: str) -> bool:
    """True when the works are not those of a collectivité."""
    return owner.partition(":")[0] not in (*_OWNER_TYPES, "epci")


def case_of(action: Action, owner: str, facts: Facts, on: date) -> dict[str, Any]:
    """All that is known of an action committed on a day: what it and its owner say, then `facts`, which win."""
    return {"commitment_date": on, **_zone(action, owner, on), **facts_of(action, owner), **facts}


def eligible(
    action: Action, owner: str, facts: Facts, on: date, *, assumed: frozenset[str] = frozenset()
) -> list[Eligibility]:
    """Every paying rule of the action's field, at the date of commitment `on`, in the order of rule ids.

    facts: what else is known (names of `rules/facts.yaml`); they win over what the action says. assumed: rules taken as
    open though they are closed or only expected, a scenario. Raises RuleError on an unknown fact or rule.
    """
    for name in sorted(assumed):
        rule(name)
    known = case_of(action, owner, facts, on)
    laws = [r for r in catalogue().values() if r.kind in PAYING and (not r.fields or action.field in r.fields)]
    return [judge(law, known, on, assumed=law.id in assumed) for law in laws]


def judge(law: Rule, facts: Mapping[str, Any], on: date, *, assumed: bool = False) -> Eligibility:
    """One rule on one case; the amounts of a rule that says no are left out."""
    verdict = explain(law, facts, on, assumed=assumed)
    names = ("refund_eur",) * 3 if law.kind == "refund" else ("low_eur", "central_eur", "high_eur")
    confidence = verdict.confidence
    low = central = high = None
    if verdict.decision != "no":
        (low, central, high), used = compute_all(law, names, facts, on)
        confidence = weakest((confidence, *used))
    if central is not None and law.kind == "certificate" and OFFER in facts and CERTIFICATES in law.amounts:
        certificates = compute(law, CERTIFICATES, facts, on)
        low = central = high = None if certificates is None else certificates / 1000 * float(facts[OFFER])
    return Eligibility(
        rule=law.id,
        title=law.title,
        kind=law.kind,
        payer=law.authority,
        decision=verdict.decision,
        reasons=verdict.reasons,
        low_eur=low,
        central_eur=central,
        high_eur=high,
        reference=law.reference,
        confidence=confidence,
        last_checked_on=law.last_checked_on,
        stale=verdict.stale,
        not_with=law.not_with,
        notes=law.notes,
    )
