"""The part of the report that says what is known and what was computed from it."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Break, Chart, Column, Heading, Paragraph, Table
from jumeau.documents.charts import ORIGIN_COLOURS, range_chart, share_chart
from jumeau.documents.context import IndicatorGroup, IndicatorSection, LayerLine, Range, ReportContext
from jumeau.documents.numbers import about, interval, number, share, with_unit
from jumeau.documents.programme import in_field
from jumeau.texts import t

BARS = 12
ANNEX_COLUMNS = 2


def known(context: ReportContext) -> Iterator[Block]:
    """Layers, and where each piece of information comes from."""
    yield Heading(t("rapport.connu"))
    if not context.layers:
        yield Paragraph(t("rapport.connu_vide"))
        return
    yield Paragraph(t("rapport.connu_texte"))
    titles = t("rapport.couches_colonnes").split("|")
    columns = _columns(titles, 3.0)
    rows = tuple(
        (x.title, number(x.count), number(x.rejected), number(x.duplicates), number(x.outside)) for x in context.layers
    )
    yield Table(t("rapport.couches"), columns, rows, t("rapport.couches_note"))
    for layer in context.layers:
        if layer.attributes and layer.count:
            yield from _origins(layer)


def _origins(layer: LayerLine) -> Iterator[Block]:
    yield Heading(layer.title, 3)
    names = {origin: t(f"rapport.origine_{origin}") for origin in ORIGIN_COLOURS}
    nothing = [line.title for line in layer.attributes if line.shares.get("unknown", 0.0) >= 1.0]
    if nothing:
        yield Paragraph(t("rapport.origines_rien", titles=" ; ".join(nothing)))
    pairs = [(line.title, line.shares) for line in layer.attributes if line.title not in nothing]
    if not pairs:
        return
    said = " ; ".join(
        t("rapport.origines_alt_ligne", title=title, share=share(shares.get("unknown", 0.0))) for title, shares in pairs
    )
    yield Chart(t("rapport.origines_dessin"), share_chart(pairs, names), t("rapport.origines_alt", rows=said))
    rows = tuple((title, *(share(shares.get(origin, 0.0)) for origin in ORIGIN_COLOURS)) for title, shares in pairs)
    yield Table(t("rapport.origines"), _columns(t("rapport.origines_colonnes").split("|"), 3.4), rows)


def _columns(titles: list[str], first: float) -> tuple[Column, ...]:
    return (Column(titles[0], width=first), *(Column(title, "right") for title in titles[1:]))


def diagnosis(context: ReportContext) -> Iterator[Block]:
    """Each indicator: its total, what it rests on, and the communes where it is largest."""
    yield Heading(t("rapport.diagnostic"))
    if not context.indicators:
        yield Paragraph(t("rapport.diagnostic_vide"))
    for section in context.indicators:
        yield Heading(in_field(section.field, section.title), 3)
        yield Paragraph(_sentence(section))
        yield Paragraph(_rests_on(section))
        yield from _bars(section)


def _sentence(section: IndicatorSection) -> str:
    total = section.total.range
    description = section.description.rstrip(".")
    if total.value is None:
        return t("rapport.indicateur_inconnu", title=section.title, description=description)
    return t(
        "rapport.indicateur_phrase",
        title=section.title,
        value=with_unit(total.value, section.unit, section.decimals),
        interval=interval(total, section.decimals),
        description=description,
    )


def _rests_on(section: IndicatorSection) -> str:
    total = section.total
    parts = []
    for origin in ("measured", "declared", "inferred", "default"):
        ratio = total.shares.get(origin, 0.0)
        if ratio > 0:
            key = "rapport.indicateur_part_defaut" if origin == "default" else "rapport.indicateur_part"
            parts.append(t(key, share=share(ratio), origin=t(f"rapport.origine_{origin}")))
    said = ", ".join(parts) or t("rapport.inconnu")
    text = t("rapport.indicateur_parts", shares=said, known=number(total.known), unknown=number(total.unknown))
    text += " " + t(f"rapport.indicateur_sens_{section.better}")
    return text + (" " + t("rapport.indicateur_reference", source=section.source) if section.source else "")


def _bars(section: IndicatorSection) -> Iterator[Block]:
    ranked = sorted(
        (group for group in section.communes if group.range.value is not None),
        key=lambda group: (-(group.range.value or 0.0), group.label),
    )[:BARS]
    if len(ranked) < 2:
        return
    rows = [(group.label, group.range, _short(group.range)) for group in ranked]
    said = " ; ".join(
        t("rapport.communes_alt_ligne", label=g.label, value=number(g.range.value, section.decimals)) for g in ranked
    )
    caption = t("rapport.communes_dessin", title=in_field(section.field, section.title), unit=section.unit)
    yield Chart(caption, range_chart(rows), t("rapport.communes_alt", rows=said))


def _short(range_: Range) -> str:
    said = about(range_)
    places = 0 if said.value is None or abs(said.value) >= 100 else 2
    inside = interval(said, places)
    return number(said.value, places) + (f" ({inside})" if inside else "")


def annex(context: ReportContext) -> Iterator[Block]:
    """All communes, a few indicators at a time."""
    sections = [section for section in context.indicators if len(section.communes) > 1]
    if not sections:
        return
    yield Break()
    yield Heading(t("rapport.annexe"))
    for start in range(0, len(sections), ANNEX_COLUMNS):
        yield _annex_table(sections[start : start + ANNEX_COLUMNS])


def _annex_table(sections: list[IndicatorSection]) -> Table:
    columns = [Column(t("rapport.annexe_colonne"), width=1.4)]
    for section in sections:
        columns.append(
            Column(
                t("rapport.indicateur_colonne", title=in_field(section.field, section.title), unit=section.unit), "right", 1.4
            )
        )
        columns.append(Column(t("rapport.annexe_intervalle"), "right", 1.6))
    found: list[dict[str, IndicatorGroup]] = [{g.label: g for g in s.communes} for s in sections]
    rows = []
    for label in dict.fromkeys(label for groups in found for label in groups):
        row = [label]
        for groups, section in zip(found, sections, strict=True):
            range_ = groups[label].range if label in groups else Range()
            row += [number(range_.value, section.decimals), interval(range_, section.decimals)]
        rows.append(tuple(row))
    return Table(t("rapport.annexe_table"), tuple(columns), tuple(rows), t("rapport.annexe_note"))
