"""The report: what the context says, put in words, tables and drawings."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from jumeau.documents.blocks import (
    Block,
    Break,
    Bullets,
    Column,
    Document,
    Figure,
    Figures,
    Heading,
    Notice,
    Paragraph,
    Table,
)  # fmt: skip
from jumeau.documents.context import IndicatorSection, ProgrammeSection, ReportContext
from jumeau.documents.diagnosis import annex, diagnosis, known
from jumeau.documents.financing import financing
from jumeau.documents.knowledge import by_commune, by_field
from jumeau.documents.numbers import about, day, interval, number, rounded, share, total, with_unit
from jumeau.documents.programme import effect_sentence, programme
from jumeau.documents.typography import typeset
from jumeau.texts import t

KEY_FIGURES, KEY_WORKS = 6, 5


def compose(context: ReportContext) -> Document:
    """The report as blocks."""
    when = day(context.date)
    blocks = (
        *summary(context),
        Break(),
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


def summary(context: ReportContext) -> Iterator[Block]:
    """The first page: what an elected official reads."""
    if context.synthetic:
        yield Notice(t("rapport.synthetique_titre"), t("rapport.synthetique"))
    yield Heading(t("rapport.essentiel"))
    assets = sum(layer.count for layer in context.layers if not layer.territory)
    yield Paragraph(
        t(
            "rapport.essentiel_territoire",
            communes=_count(context.communes, "rapport.une_commune", "rapport.des_communes"),
            assets=_count(assets, "rapport.un_actif", "rapport.des_actifs"),
        ),
        lead=True,
    )
    if context.indicators:
        yield Figures(tuple(_figure(section) for section in key_sections(context.indicators)))
    yield from _summary_programme(context)
    yield from _missing(context)
    yield Heading(t("rapport.lire_titre"), 3)
    yield Paragraph(t("rapport.lire"))


def key_sections(sections: Sequence[IndicatorSection]) -> list[IndicatorSection]:
    """The indicators of the first page: the first of each field, then the second, while there is room."""
    ranks: dict[str, int] = defaultdict(int)
    ranked = []
    for at, section in enumerate(sections):
        ranked.append((ranks[section.field], at))
        ranks[section.field] += 1
    return [sections[at] for at in sorted(at for _, at in sorted(ranked)[:KEY_FIGURES])]


def _count(count: int, one: str, many: str) -> str:
    return t(one) if count == 1 else t(many, count=number(count))


def _figure(section: IndicatorSection) -> Figure:
    said = about(section.total.range)
    places = section.decimals if said.value is not None and abs(said.value) < 100 else 0
    detail = t("rapport.chiffre_sans_intervalle")
    if said.value is not None:
        firm = sum(section.total.shares.get(origin, 0.0) for origin in ("measured", "declared"))
        detail = t("rapport.chiffre_detail", interval=interval(said, places), share=share(firm))
    return Figure(section.title, with_unit(said.value, section.unit, places), detail)


def _summary_programme(context: ReportContext) -> Iterator[Block]:
    found = context.programme
    if found is None:
        yield Paragraph(t("rapport.essentiel_sans_programme"))
        return
    last = found.first_year + found.years - 1
    if not found.actions:
        yield Paragraph(t("rapport.essentiel_programme_vide", first=found.first_year, last=last))
        return
    cost = about(found.cost)
    yield Paragraph(
        t(
            "rapport.essentiel_programme",
            actions=_count(len(found.actions), "rapport.une_action", "rapport.des_actions"),
            first=found.first_year,
            last=last,
            cost=with_unit(cost.value, "€"),
            interval=interval(cost),
            price_year=found.price_year,
        )
    )
    yield _works(found)
    lines = [effect_sentence(effect) for effect in found.totals]
    if any(budget.hypothesis for budget in found.budgets):
        lines.append(t("rapport.essentiel_hypothese"))
    if lines:
        yield Bullets(tuple(lines))


def _works(found: ProgrammeSection) -> Table:
    costs: dict[str, list[float | None]] = defaultdict(list)
    for action in found.actions:
        costs[action.title].append(action.cost.value)
    ranked = sorted(costs.items(), key=lambda pair: (-sum(c or 0.0 for c in pair[1]), pair[0]))
    rows = [(title, values) for title, values in ranked[:KEY_WORKS]]
    others = [value for _, values in ranked[KEY_WORKS:] for value in values]
    if others:
        rows.append((t("rapport.essentiel_travaux_autres"), others))
    titles = t("rapport.essentiel_travaux_colonnes").split("|")
    columns = (Column(titles[0], width=3.0), Column(titles[1], "right"), Column(titles[2], "right"))
    cells = tuple((title, number(len(values)), number(rounded(total(values)))) for title, values in rows)
    return Table(t("rapport.essentiel_travaux"), columns, cells)


def _missing(context: ReportContext) -> Iterator[Block]:
    """Indicators that lack the same assets share a line."""
    titles: dict[tuple[int, int], list[str]] = defaultdict(list)
    for section in context.indicators:
        if section.total.unknown:
            titles[section.total.unknown, section.total.known + section.total.unknown].append(section.title)
    lines = [
        t("rapport.essentiel_ignore", titles=", ".join(names), unknown=number(unknown), total=number(everything))
        for (unknown, everything), names in titles.items()
    ]
    if lines:
        yield Bullets(tuple(lines))


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
