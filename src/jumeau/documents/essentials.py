"""The first page of the report: what an elected official reads."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from jumeau.documents.blocks import Block, Bullets, Column, Figure, Figures, Heading, Notice, Paragraph, Table
from jumeau.documents.context import EffectLine, IndicatorSection, ProgrammeSection, ReportContext
from jumeau.documents.numbers import about, interval, number, rounded, share, total, with_unit
from jumeau.documents.programme import in_field, table_columns
from jumeau.texts import t

KEY_FIGURES, KEY_WORKS, KEY_EFFECTS = 6, 6, 3
"""Figures and works shown; effects shown of each field."""


def summary(context: ReportContext) -> Iterator[Block]:
    """What there is, what is proposed, what it changes, what is not known."""
    if context.synthetic:
        yield Notice(t("rapport.synthetique_titre"), t("rapport.synthetique"))
    yield Heading(t("rapport.essentiel"))
    assets = sum(layer.count for layer in context.layers if not layer.territory)
    communes = _count(context.communes, "rapport.une_commune", "rapport.des_communes")
    said = t(
        "rapport.essentiel_territoire", communes=communes, assets=_count(assets, "rapport.un_actif", "rapport.des_actifs")
    )
    yield Paragraph(said, lead=True)
    if context.indicators:
        yield Figures(tuple(_figure(section) for section in key_sections(context.indicators)))
    yield from _programme(context)
    missing = _missing(context)
    if missing:
        yield Heading(t("rapport.essentiel_inconnu"), 3)
        yield Bullets(missing)
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
    return Figure(in_field(section.field, section.title), with_unit(said.value, section.unit, places), detail)


def _programme(context: ReportContext) -> Iterator[Block]:
    found = context.programme
    if found is None:
        yield Paragraph(t("rapport.essentiel_sans_programme"))
        return
    last = found.first_year + found.years - 1
    if not found.actions:
        yield Paragraph(t("rapport.essentiel_programme_vide", first=found.first_year, last=last))
        return
    cost = about(found.cost)
    said = t(
        "rapport.essentiel_programme", first=found.first_year, last=last, cost=with_unit(cost.value, "€"),
        actions=_count(len(found.actions), "rapport.une_action", "rapport.des_actions"), interval=interval(cost),
        price_year=found.price_year,
    )  # fmt: skip
    if any(budget.hypothesis for budget in found.budgets):
        said += " " + t("rapport.essentiel_hypothese")
    yield Paragraph(said)
    yield _works(found)
    if found.totals:
        yield _effects(found.totals)


def _works(found: ProgrammeSection) -> Table:
    """Works of the same kind on one line, the dearest first."""
    costs: dict[str, list[float | None]] = defaultdict(list)
    for action in found.actions:
        costs[action.kind or action.title].append(action.cost.value)
    ranked = sorted(costs.items(), key=lambda pair: (-sum(c or 0.0 for c in pair[1]), pair[0]))
    rows = [(title, values) for title, values in ranked[:KEY_WORKS]]
    others = [value for _, values in ranked[KEY_WORKS:] for value in values]
    if others:
        rows.append((t("rapport.essentiel_travaux_autres"), others))
    titles = t("rapport.essentiel_travaux_colonnes").split("|")
    columns = (Column(titles[0], width=3.0), Column(titles[1], "right"), Column(titles[2], "right"))
    cells = tuple((title, number(len(values)), number(rounded(total(values)))) for title, values in rows)
    return Table(t("rapport.essentiel_travaux"), columns, cells)


def _effects(totals: Sequence[EffectLine]) -> Table:
    """The first effects of each field that are known and not zero."""
    shown: dict[str, int] = defaultdict(int)
    rows = []
    for effect in totals:
        said = about(effect.range)
        if not said.value or shown[effect.field] == KEY_EFFECTS:
            continue
        shown[effect.field] += 1
        rows.append((in_field(effect.field, effect.title), with_unit(said.value, effect.unit), interval(said)))
    columns = table_columns("rapport.essentiel_effets_colonnes", (3.0, 1.4, 1.8), "lrr")
    note = t("rapport.essentiel_effets_note") if len(rows) < len(totals) else ""
    return Table(t("rapport.effets"), columns, tuple(rows), note)


def _missing(context: ReportContext) -> tuple[str, ...]:
    """What the totals leave out, field by field; indicators that lack the same assets share a line, those that lack them all
    share another."""
    fields: dict[str, list[IndicatorSection]] = defaultdict(list)
    for section in context.indicators:
        fields[section.field].append(section)
    lines = []
    for field, sections in fields.items():
        lacking: dict[tuple[int, int], list[str]] = defaultdict(list)
        for section in sections:
            unknown, known = section.total.unknown, section.total.known
            if unknown:
                lacking[unknown, known + unknown].append(section.title)
        for (unknown, everything), names in lacking.items():
            titles = "" if field and len(names) == len(sections) else ", ".join(n[:1].lower() + n[1:] for n in names)
            key = "rapport.essentiel_tout_ignore" if unknown == everything else "rapport.essentiel_ignore"
            about_it = in_field(field, titles) if titles else t(f"rapport.domaine_{field}")
            lines.append(t(key, titles=about_it, unknown=number(unknown), total=number(everything)))
    return tuple(lines)
