"""Papers for funders: the plan de financement of a member, and a sheet for each grant to ask for."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Bullets, Document, Heading, Paragraph, Table
from jumeau.documents.numbers import with_unit
from jumeau.documents.pieces.dossier import Dossier, document, grounds, needs_table
from jumeau.documents.programme import table_columns
from jumeau.funding import PlanDeFinancement, resources
from jumeau.rules.loader import facts, rule
from jumeau.texts import t

RULES = ("participation_minimale", "plafond_aides_publiques", "fctva")


def plan(dossier: Dossier, owner: str) -> Document:
    """The plan de financement of a member, in three scenarios, balanced to the cent."""
    title = t("pieces.plan_titre")
    return document(dossier, title, f"{dossier.names[owner]} : {dossier.subject}", _plan(dossier, owner))


def _plan(dossier: Dossier, owner: str) -> Iterator[Block]:
    found = dossier.plans[owner]
    yield Paragraph(
        t("pieces.plan_phrase", ht=cents(found.cost_ht_cents), tax=cents(found.vat_cents), ttc=cents(found.cost_ttc_cents))
    )
    yield _resources(found)
    if found.to_confirm:
        yield Heading(t("sorties.plan_a_confirmer_titre"))
        yield Bullets(tuple(dict.fromkeys(e.title for e in found.to_confirm)))
    for said in found.warnings:
        yield Paragraph(said)
    used = [line.rule for s in found.scenarios for line in s.lines if line.rule]
    decisions = ("scenario", "emprunt", "depots")
    yield from grounds(dossier, (*RULES, *used), [t(f"pieces.decider_{d}") for d in decisions])


def cents(value: int) -> str:
    """An amount to the cent."""
    return with_unit(value / 100, "€", 2)


def _resources(found: PlanDeFinancement) -> Table:
    rows = [(x.line.label, x.line.payer, *(cents(c) for c in (x.low, x.mid, x.high))) for x in resources(found)]
    rows.append((t("sorties.fiche_total"), "", *(cents(s.cents()) for s in found.scenarios)))
    columns = table_columns("pieces.plan_colonnes", (2.4, 1.6, 1.2, 1.2, 1.2), "llrrr")
    return Table(t("pieces.plan_tableau"), columns, tuple(rows), t("pieces.plan_note"))


def grant_request(dossier: Dossier, owner: str, name: str) -> Document:
    """A sheet to fill the request of one grant: what its rule wants, what is known, what is missing."""
    law = rule(name)
    subtitle = f"{dossier.names[owner]} : {dossier.subject}"
    return document(dossier, t("pieces.demande_titre", title=law.title), subtitle, _request(dossier, owner, name))


def _request(dossier: Dossier, owner: str, name: str) -> Iterator[Block]:
    law, found = rule(name), dossier.plans[owner]
    member = next(m for m in dossier.purchase.members if m.owner == owner)
    lines = [x for x in resources(found) if x.line.rule == name]
    asked = t("pieces.demande_inconnu")
    if lines:
        low, mid, high = (sum(getattr(x, n) for x in lines) for n in ("low", "mid", "high"))
        asked = t("pieces.demande_montant", mid=cents(mid), low=cents(low), high=cents(high))
    yield Paragraph(t("pieces.demande_phrase", payer=law.authority, cost=dossier.euros(member.cents)), lead=True)
    yield Paragraph(asked)
    yield Heading(t("pieces.demande_conditions"))
    yield Bullets(tuple(c.title for c in law.conditions))
    missing = sorted({m for e in found.to_confirm if e.rule == name for r in e.reasons for m in r.missing})
    if missing:
        yield Heading(t("pieces.demande_manque"))
        yield Bullets(tuple(facts()[m].title for m in missing))
    yield Heading(t("pieces.demande_pieces"))
    yield Bullets(tuple(t(f"pieces.piece_{p}") for p in ("deliberation", "plan", "devis", "calendrier", "attestation")))
    yield needs_table(dossier, owner)
    if law.notes:
        yield Bullets(law.notes)
    decisions = ("depot", "commencement")
    yield from grounds(dossier, (name, *RULES, "echeances_dotations"), [t(f"pieces.decider_{d}") for d in decisions])
