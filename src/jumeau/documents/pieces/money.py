"""Papers for funders: the plan de financement of a member, and a sheet for each grant to ask for."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Bullets, Document, Heading, Paragraph, Table
from jumeau.documents.numbers import precise_share, with_unit
from jumeau.documents.pieces.dossier import Dossier, document, grounds, needs_table
from jumeau.documents.programme import table_columns
from jumeau.funding import PlanDeFinancement, resources, share_of
from jumeau.rules.loader import Rule, facts, rule
from jumeau.texts import t

RULES = ("participation_minimale", "plafond_aides_publiques", "fctva")
PAPERS = {
    "certificate": ("offre", "devis", "honneur", "facture", "depose"),
    "etat": ("note", "deliberation", "plan", "devis", "echeancier", "attestation", "propriete"),
    "autre": ("note", "deliberation", "plan", "devis", "echeancier", "attestation", "reglement"),
}
"""Papers a funder asks for: of certificates, of the State, of the others."""


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
    yield resources_table(found)
    yield Paragraph(_own_share(found))
    if dossier.cash.get(owner):
        yield _cash(dossier, owner)
    if found.to_confirm:
        yield Heading(t("sorties.plan_a_confirmer_titre"))
        yield Bullets(tuple(dict.fromkeys(e.title for e in found.to_confirm)))
    for said in found.warnings:
        yield Paragraph(said)
    used = [line.rule for s in found.scenarios for line in s.lines if line.rule]
    decisions = ("scenario", "emprunt", "depots")
    yield from grounds(
        dossier, (*RULES, *used, "tva_travaux", "echeances_dotations"), [t(f"pieces.decider_{d}") for d in decisions]
    )


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


def resources_table(found: PlanDeFinancement) -> Table:
    """Resources in three scenarios, and the part of each in the middle one."""
    whole = found.cost_ttc_cents or 1
    rows = [
        (
            _label(x.line.label, x.line.after_years),
            x.line.payer,
            *(cents(c) for c in (x.low, x.mid, x.high)),
            _part(x.mid, whole),
        )
        for x in resources(found)
    ]
    rows.append((t("sorties.fiche_total"), "", *(cents(s.cents()) for s in found.scenarios), _part(whole, whole)))
    columns = table_columns("pieces.plan_colonnes", (2.1, 1.1, 1.2, 1.2, 1.2, 0.9), "llrrrr")
    return Table(t("pieces.plan_tableau"), columns, tuple(rows), t("pieces.plan_note"))


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
    yield Heading(t("pieces.demande_conditions"))
    yield Bullets(tuple(c.title for c in law.conditions))
    missing = sorted({m for e in found.to_confirm if e.rule == name for r in e.reasons for m in r.missing})
    if missing:
        yield Heading(t("pieces.demande_manque"))
        yield Bullets(tuple(facts()[m].title for m in missing))
    kind = _kind(law)
    yield Heading(t("pieces.demande_pieces"))
    yield Bullets(tuple(t(f"pieces.piece_{p}") for p in PAPERS[kind]))
    yield Paragraph(t(f"pieces.demande_pieces_{kind}"))
    yield needs_table(dossier, owner)
    if law.notes:
        yield Heading(t("pieces.demande_savoir"))
        yield Bullets(law.notes)
    decisions = ("offre", "depot_cee") if kind == "certificate" else ("depot", "commencement", "montant")
    rules = (name, "cee_depot") if kind == "certificate" else (name, *RULES, "echeances_dotations")
    yield from grounds(dossier, rules, [t(f"pieces.decider_{d}") for d in decisions])


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
