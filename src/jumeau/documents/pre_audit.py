"""The note before an energy audit: what is known of a building and from where, what it needs, what to look at there."""

from collections.abc import Iterator
from datetime import date

import msgspec

from jumeau.documents.blocks import (
    Block,
    Bullets,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Heading,
    Notice,
    Paragraph,
    Table,
)
from jumeau.documents.building import bound, energy_figure, plain_table, saved_share
from jumeau.documents.charts import Line, line_chart
from jumeau.documents.context import Range
from jumeau.documents.numbers import about, interval, number, share, with_unit
from jumeau.documents.typography import typeset
from jumeau.texts import t


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """One step of works: what, how much of it, cost [€], energy after [kWh/year], share saved since the start [-], label
    after, cautions in words."""

    title: str
    quantity: float
    unit: str
    cost: Range
    energy: Range
    saved: Range
    label: str | None
    reached: float | None
    cautions: tuple[str, ...] = ()


class Hourly(msgspec.Struct, frozen=True, kw_only=True):
    """What the hours of a typical year say. heat: useful need [kWh/year]; peak [kW]; cooling: need at 26 °C [kWh/year];
    hot_h: hours above 28 °C without cooling; solar: panels of the roof [kW], their yield [kWh/year], share used on the
    spot [-]; week: useful heat of the coldest week, mean, low and high [kW] by hour; weather: which year, in words."""

    heat: Range
    peak: Range
    cooling: Range
    hot_h: int
    solar: tuple[float, float, float]
    week: tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]
    weather: str


class PreAudit(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one building before anybody goes there. known: (what, value, origin in words); floor: heated area
    used [m²]; per_m2: final energy [kWh/(m²·year)]; bill, model: energy billed, and without the bill [kWh/year];
    label_span: labels of 5 and 95 % of the draws; label_notes: what the label rests on; envelope: (element, area, U,
    state); total: cost of all steps [€]; duties: (duty, state, deadline, text of law); visit: what to read on the spot;
    sources: where what is known comes from; state: number of the last write seen; actor: who had it written."""

    title: str
    territory: str
    synthetic: bool
    date: date
    known: tuple[tuple[str, str, str], ...]
    floor: Range
    energy: Range
    label: str | None
    label_computed: bool
    steps: tuple[StepLine, ...]
    duties: tuple[tuple[str, str, str, str], ...]
    model: Range = Range()
    bill: float | None = None
    label_notes: tuple[str, ...] = ()
    label_span: tuple[str, str] | None = None
    per_m2: Range = Range()
    envelope: tuple[tuple[str, str, str, str], ...] = ()
    hourly: Hourly | None = None
    total: Range = Range()
    visit: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    state: int = 0
    actor: str = ""


def pre_audit(context: PreAudit) -> Document:
    """The note of one building."""
    eyebrow, subtitle = t("etudes.preaudit_surtitre", territory=context.territory), t("etudes.preaudit_sous_titre")
    return typeset(bound(context.title, eyebrow, subtitle, context.synthetic, context.date, _blocks(context)))


def _blocks(context: PreAudit) -> Iterator[Block]:
    if context.synthetic:
        yield Notice(t("rapport.synthetique_titre"), t("sorties.fiche_synthetique"))
    yield Notice(t("etudes.preaudit_avis_titre"), t("etudes.preaudit_avis"))
    yield Figures(tuple(_figures(context)))
    yield Heading(t("etudes.connu"))
    yield plain_table("connu_table", context.known, (3, 3, 3))
    if context.envelope:
        yield plain_table("enveloppe", context.envelope, (2, 3, 3, 3))
    yield Heading(t("etudes.consommation"))
    yield Paragraph(_against(context))
    if context.hourly is not None:
        yield from _hours(context.hourly)
    yield Heading(t("etudes.travaux"))
    if not context.steps:
        yield Paragraph(t("batiments.etapes_inconnu"))
    else:
        yield Paragraph(t("etudes.travaux_texte"))
        yield _steps(context)
        cautions = tuple(f"{s.title} : {c}" for s in context.steps for c in s.cautions)
        if cautions:
            yield Heading(t("etudes.prudences"), 3)
            yield Bullets(cautions)
    yield Heading(t("etudes.loi"))
    if context.duties:
        yield plain_table("loi_table", context.duties, (4, 3, 2.5, 4.5))
    else:
        yield Paragraph(t("etudes.loi_rien"))
    yield Heading(t("etudes.visite"))
    yield Bullets(context.visit)
    yield Heading(t("etudes.methode"))
    yield Paragraph(t("etudes.methode_texte"))
    if context.sources:
        yield Bullets(context.sources)
    yield Paragraph(t("etudes.etabli", actor=context.actor, state=context.state))


def _figures(context: PreAudit) -> Iterator[Figure]:
    yield energy_figure(context.energy, t("etudes.energie"))
    per_m2 = about(context.per_m2, 2)
    said = ", ".join(x for x in (interval(per_m2), _floor(context.floor)) if x)
    yield Figure(t("etudes.par_m2"), with_unit(per_m2.value, "kWh/m²"), said)
    how = "etudes.etiquette_calculee" if context.label_computed else "etudes.etiquette_declaree"
    span = context.label_span
    wide = t("etudes.etiquette_bornes", best=span[0], worst=span[1]) if span and span[0] != span[1] else ""
    yield Figure(t("etudes.etiquette"), context.label or t("rapport.inconnu"), f"{wide}{t(how)}" if context.label else "")
    if context.hourly is not None:
        peak = about(context.hourly.peak, 2)
        yield Figure(t("etudes.pointe"), with_unit(peak.value, "kW"), interval(peak))
    if context.steps:
        last, cost = context.steps[-1], about(context.total, 2)
        yield Figure(t("etudes.tout_fait"), f"\u2212{share(last.saved.value)}", _saved_between(last.saved))
        yield Figure(t("etudes.cout"), t("etudes.euros", value=number(cost.value)), interval(cost))


def _saved_between(saved: Range) -> str:
    return t("rapport.intervalle", low=share(max(saved.low or 0.0, 0.0)), high=share(saved.high))


def _floor(floor: Range) -> str:
    if floor.value is None:
        return ""
    said = about(floor, 2)
    exact = floor.low == floor.high
    return t("etudes.sur_surface", value=number(said.value), interval="" if exact else f" ({interval(said)})")


def _against(context: PreAudit) -> str:
    """Whether the bill is what the model expects."""
    if context.model.value is None:
        return t("etudes.facture_sans_modele")
    model = about(context.model, 2)
    said = {"value": number(model.value), "model": interval(model)}
    notes = " ".join(context.label_notes)
    if context.bill is None:
        return f"{t('etudes.facture_aucune', **said)} {notes}".strip()
    inside = (context.model.low or 0.0) <= context.bill <= (context.model.high or 0.0)
    key = "etudes.facture_dedans" if inside else "etudes.facture_dehors"
    return f"{t(key, bill=number(about(Range(context.bill)).value), **said)} {notes}".strip()


def _hours(found: Hourly) -> Iterator[Block]:
    heat, cooling = about(found.heat, 2), about(found.cooling, 2)
    kw, made, used = found.solar
    yield Paragraph(t(
        "etudes.heures_texte", heat=number(heat.value), heat_range=interval(heat), cooling=number(cooling.value),
        cooling_range=interval(cooling), hot=number(found.hot_h), weather=found.weather,
    ))  # fmt: skip
    mean, low, high = found.week
    chart = line_chart(
        [Line(t("etudes.heures_moyenne"), mean)], band=(low, high), unit="kW", every=24, first=t("etudes.jour")
    )
    said = t("etudes.heures_alt", peak=number(max(mean)), least=number(min(mean)), high=number(max(high)))
    yield Chart(t("etudes.heures_dessin"), chart, said)
    if kw > 0:
        yield Paragraph(t("etudes.solaire_texte", kw=number(kw), made=number(about(Range(made), 2).value), used=share(used)))


def _steps(context: PreAudit) -> Table:
    titles = t("etudes.etapes_detail_colonnes").split("|")
    official = any(len(s.label or "") > 1 for s in context.steps)
    widths = (3.2, 1.7, 2.5, 1.8, 2.3, 2.3, 1.2) if official else (3.3, 1.8, 2.5, 1.9, 2.3, 1.7, 1.3)
    columns = tuple(Column(c, "left" if i in (0, 5) else "right", w) for i, (c, w) in
                    enumerate(zip(titles, widths, strict=True)))  # fmt: skip
    rows = [
        (s.title, f"{number(about(Range(s.quantity)).value)} {s.unit}", interval(about(s.cost, 2)),
         number(about(s.energy, 2).value), saved_share(s.saved),
         s.label or t("rapport.inconnu"), "" if s.reached is None else f"\u2212{share(s.reached)}")
        for s in context.steps
    ]  # fmt: skip
    if context.total.value is not None:
        rows.append((t("etudes.etapes_total"), "", interval(about(context.total, 2)), "", "", "", ""))
    return Table(t("etudes.etapes_table"), columns, tuple(rows), t("etudes.travaux_note"))
