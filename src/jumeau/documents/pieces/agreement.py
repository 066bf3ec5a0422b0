"""The agreement between the members of a group: who does what, who pays what, how one comes in and goes out."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Bullets, Document, Heading, Paragraph, Table
from jumeau.documents.numbers import precise_share, with_unit
from jumeau.documents.pieces.dossier import Dossier, document, grounds, members_table, needs_table
from jumeau.documents.programme import table_columns
from jumeau.texts import t

CENT = 0.01
"""Difference that is none [€]."""
BEFORE = ("objet", "membres", "coordonnateur", "missions", "engagements", "commission", "responsabilite")
AFTER = ("donnees", "duree", "retrait", "modification", "litiges")
"""Articles before and after that of the shared costs."""


def convention(dossier: Dossier) -> Document:
    """The draft of the agreement between the members of a group."""
    return document(dossier, t("pieces.convention_titre"), dossier.subject_title, _convention(dossier))


def _convention(dossier: Dossier) -> Iterator[Block]:
    yield Paragraph(t("pieces.convention_entre"))
    yield Bullets(tuple(t("pieces.convention_membre", name=dossier.names[m.owner]) for m in dossier.purchase.members))
    yield Paragraph(t("pieces.convention_convenu"))
    for number, name in enumerate(BEFORE, 1):
        yield from _article(dossier, number, name)
    number = len(BEFORE) + 1
    yield Heading(t("pieces.convention_article", number=number, title=t("pieces.convention_partage_titre")))
    yield from _sharing(dossier)
    for following, name in enumerate(AFTER, number + 1):
        yield from _article(dossier, following, name)
    yield Paragraph(t("pieces.convention_signatures"))
    yield Heading(t("pieces.convention_annexe"))
    yield members_table(dossier)
    yield needs_table(dossier)
    decisions = ("coordonnateur", "etendue", "cle", "duree")
    yield from grounds(
        dossier, ("groupement_commandes", "seuils_procedure", "accord_cadre"), [t(f"pieces.decider_{d}") for d in decisions]
    )


def _article(dossier: Dossier, number: int, name: str) -> Iterator[Block]:
    yield Heading(t("pieces.convention_article", number=number, title=t(f"pieces.convention_{name}_titre")))
    key = f"convention_{name}"
    if name == "commission" and dossier.pooling.together.kind in ("sans_publicite", "adaptee"):
        key = "convention_commission_adaptee"
    yield Paragraph(t(f"pieces.{key}", subject=dossier.subject, leader=dossier.leader, years=dossier.years()))


def _sharing(dossier: Dossier) -> Iterator[Block]:
    if not dossier.shares:
        yield Paragraph(t("pieces.convention_partage_defaut"))
        return
    gain = any(alone - pays >= CENT for alone, pays in dossier.payments.values())
    key = "convention_partage_sans_gain" if dossier.payments and not gain else "convention_partage"
    yield Paragraph(t(f"pieces.{key}", rule=dossier.share_rule))
    yield _shares(dossier, gain)
    if gain and dossier.share_notes:
        yield Bullets(dossier.share_notes)


def _shares(dossier: Dossier, gain: bool) -> Table:
    """The key of each member, and what it pays beside what it would pay alone where that differs."""
    members = [(o, key) for o, key in sorted(dossier.shares.items()) if o in dossier.names]
    if not gain:
        rows = tuple((dossier.names[o], precise_share(key)) for o, key in members)
        return Table(t("pieces.cles"), table_columns("pieces.cles_colonnes", (3.0, 1.0), "lr"), rows)
    full = []
    for owner, key in members:
        alone, pays = dossier.payments[owner]
        saved = max(alone - pays, 0.0) if abs(alone - pays) < CENT else alone - pays
        full.append((dossier.names[owner], *(with_unit(x, "€", 2) for x in (alone, pays, saved)), precise_share(key)))
    columns = table_columns("pieces.cles_colonnes_montants", (2.4, 1.2, 1.2, 1.2, 0.9), "lrrrr")
    return Table(t("pieces.cles"), columns, tuple(full), t("pieces.cles_note"))
