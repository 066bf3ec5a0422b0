"""The plan de financement: three scenarios, each balanced to the cent, each line with its rule, date and confidence."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Literal

import msgspec

from jumeau.errors import InputError, RuleError
from jumeau.funding.eligibility import Eligibility, eligible, facts_of, judge
from jumeau.model.action import Action
from jumeau.model.money import split_cents, to_cents
from jumeau.rules.evaluate import Facts, Reason, compute, is_stale
from jumeau.rules.loader import rule
from jumeau.texts import t

Kind = Literal["aid", "certificate", "fctva", "tva", "loan", "own"]
SCENARIOS = ("low", "mid", "high")
ORDER: tuple[Kind, ...] = ("aid", "certificate", "fctva", "tva", "loan", "own")


class Aid(msgspec.Struct, frozen=True, kw_only=True):
    """Money that may come from others. cents: low, mid, high. An `aid` is public money, a `certificate` (CEE) private."""

    rule: str
    label: str
    payer: str
    kind: Literal["aid", "certificate"]
    cents: tuple[int, int, int]
    reference: str = ""
    confidence: str = "recalled_low"
    checked_on: date | None = None
    stale: bool = False
    not_with: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One resource. cents: what it brings; cut_cents: what the ceiling took away; after_years: years before it is paid."""

    kind: Kind
    label: str
    cents: int
    payer: str = ""
    rule: str = ""
    reference: str = ""
    confidence: str = ""
    checked_on: date | None = None
    stale: bool = False
    cut_cents: int = 0
    after_years: int = 0


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """Resources whose sum is the cost with tax."""

    name: str
    lines: tuple[Line, ...]

    def cents(self, *kinds: Kind) -> int:
        """Sum of the lines of some kinds [cents]; of all of them when none is named."""
        return sum(line.cents for line in self.lines if not kinds or line.kind in kinds)


class PlanDeFinancement(msgspec.Struct, frozen=True, kw_only=True):
    """Cost and resources of an action, or of several. minimum_share: part the owner must bring of the public money [-],
    None for a sum of plans; to_confirm: what might help and is not counted; warnings: French, to print as they are."""

    on: date
    cost_ht_cents: int
    vat_cents: int
    low: Scenario
    mid: Scenario
    high: Scenario
    minimum_share: float | None
    to_confirm: tuple[Eligibility, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def cost_ttc_cents(self) -> int:
        """Cost with tax [cents]."""
        return self.cost_ht_cents + self.vat_cents

    @property
    def scenarios(self) -> tuple[Scenario, Scenario, Scenario]:
        """Low, mid, high."""
        return self.low, self.mid, self.high


def aids_of(found: Iterable[Eligibility]) -> list[Aid]:
    """Aids and certificates of rules that say yes and whose three amounts are known."""
    out = []
    for e in found:
        amounts = (e.low_eur, e.central_eur, e.high_eur)
        if e.kind == "refund" or e.decision != "yes" or None in amounts:
            continue
        out.append(
            Aid(
                rule=e.rule,
                label=e.title,
                payer=e.payer,
                kind="certificate" if e.kind == "certificate" else "aid",
                cents=(to_cents(amounts[0] or 0), to_cents(amounts[1] or 0), to_cents(amounts[2] or 0)),
                reference=e.reference,
                confidence=e.confidence,
                checked_on=e.last_checked_on,
                stale=e.stale,
                not_with=e.not_with,
            )
        )
    return out


def vat_rate(facts: Facts, on: date) -> float:
    """Rate of VAT [-] of a piece of work: by territory and kind of works, the normal rate when nothing else is said."""
    known = {"vat_territory": "metropole", "housing_works": "aucun", "expense_kind": "autre", **facts}
    found = compute(rule("tva_travaux"), "rate", known, on)
    if found is None:
        raise RuleError("financement.tva_inconnue", on=f"{on:%d/%m/%Y}")
    return float(found)


def plan_for(action: Action, owner: str, facts: Facts, on: date, rate: float | None = None) -> PlanDeFinancement:
    """The plan of one action from what the rules say of it. Raises InputError when the action has no known cost."""
    if action.cost_eur is None:
        raise InputError("financement.cout_inconnu", action=action.id)
    known = {**facts_of(action, owner), **facts}
    found = eligible(action, owner, facts, on)
    tax = vat_rate(known, on) if rate is None else rate
    plan = plan_de_financement(to_cents(round(action.cost_eur, 2)), tax, aids_of(found), facts=known, on=on)
    unsure = [e for e in found if e.decision == "unknown" or (e.decision == "yes" and e.central_eur is None)]
    return msgspec.structs.replace(plan, to_confirm=tuple(e for e in unsure if e.kind != "refund" or not _has(plan, "fctva")))


def plan_de_financement(
    cost_ht_cents: int,
    vat_rate: float,
    aids: Sequence[Aid],
    *,
    facts: Facts,
    on: date,
    loan_cents: int = 0,
) -> PlanDeFinancement:
    """Who pays what, in a low, a middle and a high scenario: State aid is at the prefect's discretion, never a right.

    Public aid never exceeds its ceiling (1 - minimum share) of the cost before tax that certificates do not pay; beyond,
    every public aid is cut in proportion. FCTVA is counted once, at its rate on the cost with tax, if the rule says yes;
    a VAT payer recovers its tax instead. The owner brings the rest, part of it by a loan. Of aids that exclude each
    other the largest is kept.

    cost_ht_cents: cost before tax [cents]; vat_rate [-]; facts: names of `rules/facts.yaml`. Raises InputError on a
    negative amount or rate.
    """
    amounts = (cost_ht_cents, loan_cents, *(c for aid in aids for c in aid.cents))
    if min(amounts) < 0 or not 0 <= vat_rate < 1:
        raise InputError("financement.montant_refuse", value=min(amounts), rate=vat_rate)
    vat = round(Fraction(str(vat_rate)) * cost_ht_cents)
    known = {**facts, "cost_ht_eur": cost_ht_cents / 100, "cost_ttc_eur": (cost_ht_cents + vat) / 100}
    share = compute(rule("participation_minimale"), "minimum_share", known, on)
    warnings = []
    if share is None:
        share = compute(rule("participation_minimale"), "minimum_share", {}, on)
        warnings.append(t("financement.part_inconnue", on=f"{on:%d/%m/%Y}"))
    if share is None:
        raise InputError("financement.hors_dates", on=f"{on:%d/%m/%Y}")
    tax, words = _tax_lines(known, vat, on)
    low, mid, high = (
        _scenario(i, cost_ht_cents, vat, _compatible(aids, i), tax, loan_cents, Fraction(str(share))) for i in range(3)
    )
    return PlanDeFinancement(
        on=on,
        cost_ht_cents=cost_ht_cents,
        vat_cents=vat,
        low=low,
        mid=mid,
        high=high,
        minimum_share=share,
        warnings=(*warnings, *words, *_stale_words(aids, on)),
    )


def _scenario(i: int, cost: int, vat: int, aids: list[Aid], tax: tuple[Line, ...], loan: int, share: Fraction) -> Scenario:
    lines = []
    left = cost
    for aid in (a for a in aids if a.kind == "certificate"):
        given = min(aid.cents[i], left)
        left -= given
        lines.append(_line(aid, given, aid.cents[i] - given))
    public = [a for a in aids if a.kind == "aid"]
    ceiling = int((1 - share) * left)
    wanted = [a.cents[i] for a in public]
    granted = wanted if sum(wanted) <= ceiling else split_cents(ceiling, [float(w) for w in wanted])
    lines += [_line(a, g, w - g) for a, g, w in zip(public, granted, wanted, strict=True)]
    left += vat - sum(granted)
    for line in tax:
        given = min(line.cents, left)
        left -= given
        lines.append(msgspec.structs.replace(line, cents=given, cut_cents=line.cents - given))
    borrowed = min(loan, left)
    if borrowed:
        lines.append(Line(kind="loan", label=t("financement.emprunt"), cents=borrowed))
    own = left - borrowed
    lines.append(Line(kind="own", label=t("financement.autofinancement"), cents=own, **_source("participation_minimale")))
    return Scenario(name=SCENARIOS[i], lines=tuple(sorted(lines, key=lambda x: (ORDER.index(x.kind), x.rule, x.label))))


def _line(aid: Aid, cents: int, cut: int) -> Line:
    return Line(
        kind=aid.kind,
        label=aid.label,
        cents=cents,
        payer=aid.payer,
        rule=aid.rule,
        reference=aid.reference,
        confidence=aid.confidence,
        checked_on=aid.checked_on,
        stale=aid.stale,
        cut_cents=cut,
    )


def _source(name: str) -> dict[str, Any]:
    law = rule(name)
    return {"rule": law.id, "reference": law.reference, "confidence": law.confidence, "checked_on": law.last_checked_on}


def _tax_lines(facts: Mapping[str, Any], vat: int, on: date) -> tuple[tuple[Line, ...], list[str]]:
    """What comes back of the tax: FCTVA once, or the tax itself for a VAT payer."""
    if vat == 0:
        return (), []
    if facts.get("vat_regime") == "assujetti":
        return (Line(kind="tva", label=t("financement.tva_recuperee"), cents=vat),), []
    law = rule("fctva")
    found = judge(law, facts, on)
    if found.decision != "yes" or found.central_eur is None:
        key = "refuse" if found.decision == "no" else "absent"
        return (), [t(f"financement.fctva_{key}", reasons=_failing(found))]
    lag = compute(law, "lag_years", facts, on)
    words = [] if lag is not None else [t("financement.fctva_delai")]
    line = Line(
        kind="fctva",
        label=law.title,
        cents=to_cents(round(found.central_eur, 6)),
        payer=law.authority,
        rule=law.id,
        reference=law.reference,
        confidence=found.confidence,
        checked_on=law.last_checked_on,
        stale=found.stale,
        after_years=int(lag or 0),
    )
    return (line,), words


def _failing(found: Eligibility) -> str:
    return " ; ".join(r.title for r in found.reasons if r.decision == "no")


def _compatible(aids: Sequence[Aid], i: int) -> list[Aid]:
    """Aids that may be held together: the largest first, then each one nobody kept excludes."""
    kept: list[Aid] = []
    for aid in sorted(aids, key=lambda a: (-a.cents[i], a.rule)):
        if all(aid.rule not in k.not_with and k.rule not in aid.not_with for k in kept):
            kept.append(aid)
    return sorted(kept, key=lambda a: a.rule)


def _stale_words(aids: Sequence[Aid], on: date) -> list[str]:
    names = {a.rule: (a.label, a.checked_on) for a in aids if a.stale}
    for name in ("participation_minimale", "fctva"):
        if is_stale(rule(name), on):
            names[name] = (rule(name).title, rule(name).last_checked_on)
    return [
        t("financement.perimee", title=title, checked=f"{checked:%d/%m/%Y}" if checked else "?")
        for title, checked in (names[n] for n in sorted(names))
    ]


def _has(plan: PlanDeFinancement, kind: Kind) -> bool:
    return any(line.kind == kind for line in plan.mid.lines)


def total(plans: Sequence[PlanDeFinancement]) -> PlanDeFinancement:
    """The plans of several actions added up, line by line. Raises InputError when there is none."""
    if not plans:
        raise InputError("financement.aucun_plan")
    low, mid, high = (_added(name, [getattr(p, name) for p in plans]) for name in SCENARIOS)
    unsure: dict[str, Eligibility] = {}
    for e in (e for p in plans for e in p.to_confirm):
        old = unsure.get(e.rule)
        unsure[e.rule] = e if old is None else msgspec.structs.replace(e, reasons=_both(old.reasons, e.reasons))
    return PlanDeFinancement(
        on=max(p.on for p in plans),
        cost_ht_cents=sum(p.cost_ht_cents for p in plans),
        vat_cents=sum(p.vat_cents for p in plans),
        low=low,
        mid=mid,
        high=high,
        minimum_share=None,
        to_confirm=tuple(unsure[r] for r in sorted(unsure)),
        warnings=tuple(dict.fromkeys(w for p in plans for w in p.warnings)),
    )


def _both(first: Sequence[Reason], then: Sequence[Reason]) -> tuple[Reason, ...]:
    """Reasons of two actions, each condition once with the facts that either lacks."""
    out = {one.condition: one for one in first}
    for one in then:
        old = out.get(one.condition, one)
        missing = tuple(sorted({*old.missing, *one.missing}))
        out[one.condition] = msgspec.structs.replace(old, missing=missing)
    return tuple(out.values())


def _added(name: str, scenarios: list[Scenario]) -> Scenario:
    sums: dict[tuple[int, str, str, int], Line] = {}
    for line in (line for s in scenarios for line in s.lines):
        key = (ORDER.index(line.kind), line.rule, line.label, line.after_years)
        old = sums.get(key)
        if old is not None:
            line = msgspec.structs.replace(old, cents=old.cents + line.cents, cut_cents=old.cut_cents + line.cut_cents)
        sums[key] = line
    return Scenario(name=name, lines=tuple(sums[k] for k in sorted(sums)))
