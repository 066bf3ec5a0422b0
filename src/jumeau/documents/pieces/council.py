"""Papers for councils: a note to the elected officials, a délibération, a convention de groupement."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Bullets, Document, Figure, Figures, Heading, Paragraph, Table
from jumeau.documents.context import Range
from jumeau.documents.numbers import day, interval, number, precise_share, share, with_unit
from jumeau.documents.pieces.dossier import Dossier, document, grounds, members_table, needs_table
from jumeau.documents.programme import table_columns
from jumeau.funding import share_of
from jumeau.texts import t

RULES = ("seuils_procedure", "groupement_commandes", "critere_environnemental", "participation_minimale", "fctva")
LISTED, CENT = 12, 0.01
"""Titles of actions a note lists; difference that is none [€]."""


def note(dossier: Dossier, owner: str) -> Document:
    """One page for the elected officials of a member: what, how much, what is left to pay, why now."""
    name = dossier.names[owner]
    return document(dossier, t("pieces.note_titre"), f"{name} : {dossier.subject}", _note(dossier, owner))


def _note(dossier: Dossier, owner: str) -> Iterator[Block]:
    member = next(m for m in dossier.purchase.members if m.owner == owner)
    cost = Range(member.cents / 100, member.low_cents / 100, member.high_cents / 100)
    figures = [Figure(t("pieces.cout"), dossier.euros(member.cents), interval(cost))]
    plan = dossier.plans.get(owner)
    if plan is not None:
        low, mid, high = share_of(plan, "own", "loan")
        left = Range(mid / 100, min(low, mid, high) / 100, max(low, mid, high) / 100)
        detail = interval(left) if left.low != left.high else t("sorties.fiche_reste_seul")
        figures.append(Figure(t("pieces.reste"), dossier.euros(mid), detail))
    figures.append(Figure(t("pieces.actions"), number(member.actions), _years(dossier)))
    yield Figures(tuple(figures))
    yield Heading(t("pieces.note_quoi"))
    titles = dossier.titles.get(owner, ())
    more = (t("pieces.note_reste", count=len(titles) - LISTED),) if len(titles) > LISTED else ()
    yield Bullets((*titles[:LISTED], *more))
    yield Heading(t("pieces.note_pourquoi"))
    yield Paragraph(_why(dossier, owner))
    if dossier.calendar is not None:
        yield _calendar(dossier)
    yield from grounds(
        dossier, RULES, (t("pieces.decider_participer"), t("pieces.decider_budget"), t("pieces.decider_dates"))
    )


def _years(dossier: Dossier) -> str:
    first, last = dossier.purchase.first_year, dossier.purchase.last_year
    return str(first) if first == last else t("sorties.fiche_de_a", first=first, last=last)


def _why(dossier: Dossier, owner: str) -> str:
    others = len(dossier.purchase.members) - 1
    together = dossier.pooling.together.kind
    said = [t("pieces.note_ensemble", count=others) if others else t("pieces.note_seul")]
    if owner in dossier.pooling.heavier and together:
        alone = dossier.pooling.alone[owner].kind
        said.append(
            t(
                "pieces.note_procedure",
                alone=t(f"pieces.procedure_{alone}"),
                together=t(f"pieces.procedure_{together}"),
                low=number(dossier.pooling.months_low),
                high=number(dossier.pooling.months_high),
            )
        )
    if dossier.calendar is not None:
        key = "pieces.note_retard" if dossier.calendar.late else "pieces.note_debut"
        said.append(t(key, day=day(dossier.calendar.starts_on), latest=day(dossier.calendar.at_latest)))
    return " ".join(said)


def _calendar(dossier: Dossier) -> Table:
    assert dossier.calendar is not None
    rows = tuple(
        (t(f"pieces.etape_{s.name}"), day(s.starts_on), day(s.ends_on), t("pieces.mois", count=number(s.months)))
        for s in dossier.calendar.steps
    )
    columns = table_columns("pieces.calendrier_colonnes", (2.6, 1.4, 1.4, 0.8), "lllr")
    return Table(t("pieces.calendrier", day=day(dossier.calendar.works_on)), columns, rows, t("pieces.calendrier_note"))


def deliberation(dossier: Dossier, owner: str) -> Document:
    """The draft of a council's decision to join and to pay."""
    subtitle = f"{dossier.names[owner]} : {dossier.subject}"
    return document(dossier, t("pieces.deliberation_titre"), subtitle, _deliberation(dossier, owner))


def _deliberation(dossier: Dossier, owner: str) -> Iterator[Block]:
    member = next(m for m in dossier.purchase.members if m.owner == owner)
    grouped = len(dossier.purchase.members) > 1
    yield Paragraph(t("pieces.deliberation_seance"))
    seen = ["pieces.vu_cgct", "pieces.vu_ccp", *(["pieces.vu_groupement"] if grouped else []), "pieces.vu_diagnostic"]
    for key in seen:
        yield Paragraph(t(key, date=day(dossier.date), commit=dossier.commit))
    considered = {"subject": dossier.subject, "cost": dossier.euros(member.cents), "count": len(dossier.purchase.members)}
    yield Paragraph(t("pieces.considerant_besoin", **considered))
    if grouped:
        yield Paragraph(t("pieces.considerant_groupement", **considered))
    yield Heading(t("pieces.decide"))
    articles = [t("pieces.article_groupement", leader=dossier.leader)] if grouped else []
    articles.append(t("pieces.article_programme", cost=dossier.euros(member.cents), years=_years(dossier)))
    plan = dossier.plans.get(owner)
    if plan is not None:
        low, mid, high = share_of(plan, "own", "loan")
        articles.append(t("pieces.article_financement", own=dossier.euros(mid), most=dossier.euros(max(low, mid, high))))
    articles += [t("pieces.article_aides"), t("pieces.article_signature")]
    for i, text in enumerate(articles, 1):
        yield Paragraph(t("pieces.article", number=i, text=text))
    yield needs_table(dossier, owner)
    yield from grounds(
        dossier, RULES, (t("pieces.decider_assemblee"), t("pieces.decider_signataire"), t("pieces.decider_credits"))
    )


def convention(dossier: Dossier) -> Document:
    """The draft of the agreement between the members of a group."""
    return document(dossier, t("pieces.convention_titre"), dossier.subject, _convention(dossier))


def _convention(dossier: Dossier) -> Iterator[Block]:
    names = [dossier.names[m.owner] for m in dossier.purchase.members]
    yield Paragraph(t("pieces.convention_entre", members=" ; ".join(names)))
    for name in (
        "objet",
        "coordonnateur",
        "missions",
        "engagements",
        "commission",
        "execution",
        "duree",
        "sortie",
        "litiges",
    ):
        yield Heading(t(f"pieces.convention_{name}_titre"))
        yield Paragraph(
            t(
                f"pieces.convention_{name}",
                subject=dossier.subject,
                leader=dossier.leader,
                first=dossier.purchase.first_year,
                last=dossier.purchase.last_year,
            )
        )
    yield Heading(t("pieces.convention_partage_titre"))
    if dossier.shares:
        yield Paragraph(t("pieces.convention_partage", rule=dossier.share_rule))
        yield _shares(dossier)
        if dossier.share_notes:
            yield Bullets(dossier.share_notes)
    else:
        yield Paragraph(t("pieces.convention_partage_defaut"))
    yield members_table(dossier)
    yield needs_table(dossier)
    decisions = ("coordonnateur", "etendue", "cle", "duree")
    yield from grounds(
        dossier, ("groupement_commandes", "seuils_procedure", "accord_cadre"), [t(f"pieces.decider_{d}") for d in decisions]
    )


def _shares(dossier: Dossier) -> Table:
    """The key of each member, and what it pays beside what it would pay alone where that was counted."""
    members = [(o, key) for o, key in sorted(dossier.shares.items()) if o in dossier.names]
    if not dossier.payments:
        rows = tuple((dossier.names[o], share(key)) for o, key in members)
        return Table(t("pieces.cles"), table_columns("pieces.cles_colonnes", (3.0, 1.0), "lr"), rows)
    full = []
    for owner, key in members:
        alone, pays = dossier.payments[owner]
        saved = max(alone - pays, 0.0) if abs(alone - pays) < CENT else alone - pays
        full.append((dossier.names[owner], *(with_unit(x, "€", 2) for x in (alone, pays, saved)), precise_share(key)))
    columns = table_columns("pieces.cles_colonnes_montants", (2.4, 1.2, 1.2, 1.2, 0.9), "lrrrr")
    return Table(t("pieces.cles"), columns, tuple(full), t("pieces.cles_note"))
