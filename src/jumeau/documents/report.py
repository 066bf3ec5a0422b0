"""The report: what the context says, put in words, tables and drawings."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Bullets, Column, Document, Heading, Notice, Paragraph, Table
from jumeau.documents.context import ReportContext
from jumeau.documents.diagnosis import annex, diagnosis, known
from jumeau.documents.essentials import summary
from jumeau.documents.financing import financing
from jumeau.documents.knowledge import by_commune, by_field
from jumeau.documents.numbers import day
from jumeau.documents.programme import programme
from jumeau.documents.typography import typeset
from jumeau.texts import t


def compose(context: ReportContext) -> Document:
    """The report as blocks."""
    when = day(context.date)
    blocks = (
        *summary(context),
        *known(context),
        *by_field(context),
        *diagnosis(context),
        *programme(context),
        *financing(context),
    )
    document = Document(
        title=context.title,
        eyebrow=t("rapport.surtitre"),
        subtitle=t("rapport.sous_titre", territory=context.territory, date=when),
        footer=(t("rapport.pied_synthetique") if context.synthetic else "")
        + t("rapport.pied", territory=context.territory, date=when, actor=context.actor, commit=context.commit),
        keywords=tuple(t("rapport.mots_cles").split("|")),
        blocks=(*blocks, *sources(context), *method(context), *annex(context), *by_commune(context)),
    )
    return typeset(document)


def sources(context: ReportContext) -> Iterator[Block]:
    """Sources, vintages and licences."""
    yield Heading(t("rapport.sources"))
    if not context.sources:
        yield Paragraph(t("rapport.sources_vide"))
        return
    titles = t("rapport.sources_colonnes").split("|")
    columns = tuple(Column(title, width=width) for title, width in zip(titles, (3.2, 1.8, 1.8, 1.0), strict=True))
    rows = tuple(
        (
            source.title,
            source.vintage or t("rapport.non_precise"),
            source.licence or t("rapport.non_precisee"),
            t("rapport.nature_synthetique" if source.synthetic else "rapport.nature_reelle"),
        )
        for source in context.sources
    )
    yield Table(t("rapport.sources_titre"), columns, rows)


def method(context: ReportContext) -> Iterator[Block]:
    """How the numbers were made, and what they cannot say."""
    yield Heading(t("rapport.methode"))
    for name in ("origines", "intervalles", "effets", "couts", "arrondis"):
        yield Paragraph(t(f"rapport.methode_{name}"))
    if context.notes:
        yield Heading(t("rapport.limites"), 3)
        yield Bullets(context.notes)
    if context.rules:
        yield Notice(t("rapport.regles_titre"), t("rapport.regles"))
        yield Bullets(context.rules)
