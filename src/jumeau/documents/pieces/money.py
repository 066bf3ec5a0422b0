"""Papers for funders: the plan de financement of a member, and a sheet for each grant to ask for."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Bullets, Document, Heading, Paragraph, Table
from jumeau.documents.numbers import month, precise_share, with_unit
from jumeau.documents.pieces.dossier import Dossier, document, grounds, needs_table
from jumeau.documents.programme import table_columns
from jumeau.funding import Eligibility, PlanDeFinancement, resources, share_of
from jumeau.rules.loader import Rule, facts, rule
from jumeau.rules.show import missing_words
from jumeau.texts import t

RULES = ("participation_minimale", "plafond_aides_publiques", "fctva")
PAPERS = {
    "certificate": ("offre", "devis", "honneur", "facture", "depose"),
    "etat": ("note", "deliberation", "plan", "devis", "echeancier", "attestation", "propriete"),
    "autre": ("note", "deliberation", "plan", "devis", "echeancier", "attestation", "reglement"),
}
"""Papers a funder asks for: of certificates, of the State, of the others."""
STARTED = "commencement"
"""Condition that only a promise of the owner holds."""


def plan(dossier: Dossier, owner: str) -> Document:
    """The plan de financement of a member, in three scenarios, balanced to the cent."""
    title = t("pieces.plan_titre")
    return document(dossier, title, f"{dossier.names[owner]} : {dossier.subject}", _plan(dossier, owner))


def _plan(dossier: Dossier, owner: str) -> Iterator[Block]:
    found = dossier.plans[owner]
    yield Paragraph(
        t("pieces.plan_phrase", ht=cents(found.cost_ht_cents), tax=cents(found.vat_cents), ttc=cents(found.cost_ttc_cents))
    )
    yield _spending(dossier, owner, found)
    yield resources_table(found, dossier.names[owner])
    yield Paragraph(_own_share(found))
    if dossier.cash.get(owner):
        yield _cash(dossier, owner)
    if found.to_confirm:
        yield Heading(t("sorties.plan_a_confirmer_titre"))
        yield Paragraph(t("sorties.plan_a_confirmer_phrase"))
        yield Bullets(tuple(e.title + missing_words(missing_facts(e)) for e in found.to_confirm))
    for said in found.warnings:
        yield Paragraph(said)
    used = [line.rule for s in found.scenarios for line in s.lines if line.rule]
    decisions = ("scenario", "emprunt", "depots")
    yield from grounds(
        dossier, (*RULES, *used, "tva_travaux", "echeances_dotations"), [t(f"pieces.decider_{d}") for d in decisions], owner
    )


def missing_facts(found: Eligibility) -> list[str]:
    """Facts (names of `rules/facts.yaml`) nobody gave, without which a rule cannot say yes or no."""
    return sorted({name for reason in found.reasons for name in reason.missing})


def cents(value: int) -> str:
    """An amount to the cent."""
    return with_unit(value / 100, "€", 2)


def _spending(dossier: Dossier, owner: str, found: PlanDeFinancement) -> Table:
    """What is paid for, need by need, then the tax: the same total as the resources."""
    sums: dict[str, int] = {}
    for item in dossier.purchase.items:
        if item.owner == owner:
            sums[item.need] = sums.get(item.need, 0) + item.cents
    rows = [(dossier.needs[n].title if n in dossier.needs else n, cents(c)) for n, c in sorted(sums.items())]
    rows.append((t("pieces.plan_total_ht"), cents(found.cost_ht_cents)))
    rows.append((t("pieces.plan_tva"), cents(found.vat_cents)))
    rows.append((t("pieces.dqe_total_ttc"), cents(found.cost_ttc_cents)))
    columns = table_columns("pieces.plan_depenses_colonnes", (3.0, 1.4), "lr")
    return Table(t("pieces.plan_depenses"), columns, tuple(rows))


def resources_table(found: PlanDeFinancement, owner: str) -> Table:
    """Resources in three scenarios, and the part of each in the middle one. owner: its name."""
    whole = found.cost_ttc_cents or 1
    rows = [
        (
            _label(x.line.label, x.line.after_years),
            owner if x.line.kind in ("own", "loan") else x.line.payer,
            *(cents(c) for c in (x.low, x.mid, x.high)),
            _part(x.mid, whole),
        )
        for x in resources(found)
    ]
    rows.append((t("sorties.fiche_total"), "", *(cents(s.cents()) for s in found.scenarios), _part(whole, whole)))
    columns = table_columns("pieces.plan_colonnes", (1.9, 1.6, 1.2, 1.2, 1.2, 0.9), "llrrrr")
    note = t("pieces.plan_note" if any(share_of(found, "aid")) else "pieces.plan_note_sans_aide")
    return Table(t("pieces.plan_tableau"), columns, tuple(rows), note)


def _label(label: str, years: int) -> str:
    return t("sorties.plan_delai", label=label, years=years) if years else label


def _part(value: int, whole: int) -> str:
    return precise_share(value / whole)


def _own_share(found: PlanDeFinancement) -> str:
    """The part of the owner in the public money before tax, against the least the law wants: FCTVA is its own money."""
    private = found.mid.cents("certificate")
    public = found.cost_ht_cents - private
    given = found.mid.cents("aid")
    wanted = rule("participation_minimale").reference
    return t("pieces.plan_participation", share=precise_share((public - given) / public if public else 0.0), law=wanted)


def _cash(dossier: Dossier, owner: str) -> Table:
    """Year by year: what is spent, what comes in, what the owner has brought so far."""
    kinds = ("aid", "certificate")
    rows = []
    for one in dossier.cash[owner]:
        helped = sum(one.received.get(k, 0) for k in kinds)
        tax = sum(one.received.get(k, 0) for k in ("fctva", "tva"))
        rows.append((str(one.year), *(cents(c) for c in (one.spent, helped, tax, one.own, one.treasury))))
    columns = table_columns("pieces.tresorerie_colonnes", (0.6, 1.2, 1.2, 1.2, 1.2, 1.3), "lrrrrr")
    return Table(t("pieces.tresorerie"), columns, tuple(rows), t("pieces.tresorerie_note"))


def grant_request(dossier: Dossier, owner: str, name: str) -> Document:
    """A sheet to fill the request of one grant: what its rule wants, what is known, what is missing."""
    law = rule(name)
    subtitle = f"{dossier.names[owner]} : {dossier.subject}"
    return document(dossier, t("pieces.demande_titre", title=law.title), subtitle, _request(dossier, owner, name))


def _request(dossier: Dossier, owner: str, name: str) -> Iterator[Block]:
    law, found = rule(name), dossier.plans[owner]
    yield Paragraph(t("pieces.demande_phrase", payer=law.authority, cost=cents(dossier.member(owner).cents)), lead=True)
    yield Paragraph(_asked(found, name))
    yield _applicant(dossier, owner)
    yield _conditions(law, found)
    kind = _kind(law)
    yield Heading(t("pieces.demande_pieces"))
    yield Bullets(tuple(t(f"pieces.piece_{p}") for p in PAPERS[kind]))
    yield Paragraph(t(f"pieces.demande_pieces_{kind}"))
    yield needs_table(dossier, owner)
    if law.notes:
        yield Heading(t("pieces.demande_savoir"))
        yield Bullets(law.notes)
    amount = "montant" if any(x.line.rule == name for x in resources(found)) else "montant_inconnu"
    decisions, rules = ["identite", "depot", "commencement", amount], [name, *RULES]
    if kind == "certificate":
        decisions, rules = ["identite", "offre", "depot_cee"], [name, "cee_depot"]
    elif kind == "etat":
        rules.append("echeances_dotations")
    yield from grounds(dossier, rules, [t(f"pieces.decider_{d}") for d in decisions], owner)


def _applicant(dossier: Dossier, owner: str) -> Table:
    """Who asks, for what, when: what is known, and what a person fills."""
    kind, _, code = owner.partition(":")
    number_of = {"commune": "insee", "epci": "siren"}.get(kind)
    identity = [] if number_of is None else [(t(f"pieces.demande_{number_of}"), code)]
    calendar = dossier.calendar
    start = month(calendar.steps[-1].ends_on) if calendar is not None else t("pieces.blanc_date")
    rows = (
        (t("pieces.demande_maitre"), dossier.names[owner]),
        *identity,
        (t("pieces.demande_siret"), t("pieces.blanc_siret")),
        (t("pieces.demande_representant"), t("pieces.blanc_representant")),
        (t("pieces.demande_operation"), dossier.subject_title),
        (t("pieces.demande_annees"), dossier.years(owner)),
        (t("pieces.demande_debut"), start),
    )
    return Table(t("pieces.demande_identite"), table_columns("pieces.demande_identite_colonnes", (1.4, 3.0), "ll"), rows)


def _conditions(law: Rule, found: PlanDeFinancement) -> Table:
    """Each condition of a rule: held by what is known, or what is still to establish."""
    doubts = {r.condition: r for e in found.to_confirm if e.rule == law.id for r in e.reasons}
    rows = []
    for one in law.conditions:
        doubt = doubts.get(one.id)
        if one.id == STARTED and not doubt:
            rows.append((one.title, t("pieces.condition_engagement")))
            continue
        names = ", ".join(_small(facts()[m].title) for m in doubt.missing) if doubt else ""
        state = t("pieces.condition_a_etablir", facts=names) if names else t(f"pieces.condition_{'no' if doubt else 'yes'}")
        rows.append((one.title, state))
    columns = table_columns("pieces.demande_conditions_colonnes", (2.4, 2.0), "ll")
    return Table(t("pieces.demande_conditions"), columns, tuple(rows), t("pieces.demande_conditions_note"))


def _small(title: str) -> str:
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _kind(law: Rule) -> str:
    if law.kind == "certificate":
        return "certificate"
    return "etat" if law.authority.startswith("État") else "autre"


def _asked(found: PlanDeFinancement, name: str) -> str:
    lines = [x for x in resources(found) if x.line.rule == name]
    if not lines:
        return t("pieces.demande_inconnu")
    low, mid, high = (sum(getattr(x, n) for x in lines) for n in ("low", "mid", "high"))
    said = t("pieces.demande_montant", mid=cents(mid), low=cents(low), high=cents(high), share=_of_cost(mid, found))
    cut = sum(x.line.cut_cents for x in lines)
    _, others, _ = share_of(found, "aid", "certificate")
    beside = t("pieces.demande_autres", others=cents(others - mid)) if others > mid else ""
    return " ".join(x for x in (said, beside, t("pieces.demande_plafond") if cut else "") if x)


def _of_cost(value: int, found: PlanDeFinancement) -> str:
    return precise_share(value / found.cost_ht_cents) if found.cost_ht_cents else precise_share(0.0)
