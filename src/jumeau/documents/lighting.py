"""Draft of a schéma directeur d'aménagement lumière: what is there, what it costs, what the night asks, what can be done."""

from collections.abc import Iterator
from datetime import date

import msgspec

from jumeau.documents.blocks import Block, Bullets, Column, Document, Figure, Figures, Heading, Notice, Paragraph, Table
from jumeau.documents.context import Range
from jumeau.documents.numbers import about, day, interval, number, share
from jumeau.documents.typography import typeset
from jumeau.texts import t

Numbers = tuple[tuple[str, Range, Range | None], ...]
"""Title, first and second figure; a second figure that is None says there is nothing to count (a gateway, a survey)."""


class LightingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft says of one commune.

    kinds: (technology in words, luminaires, luminaires of known power); classes: (class, luminaires); energy, cost, failures:
    of a year; known: share of the energy that rests on measures or declarations; due: (years in words, luminaires); ageless:
    luminaires of unknown age; trials: (calendar in words, energy, cost) differences of a year; cabinets: (story in words,
    cabinets); rules: (rule, met, not met, unknown); needs: what to measure first; actions: (title, cost, energy of a year);
    verdicts: (state in words, why, relampings concerned); faded: light lost with age, in luminaires.
    """

    place: str
    territory: str
    synthetic: bool
    date: date
    luminaires: int
    kinds: tuple[tuple[str, int, int], ...]
    classes: tuple[tuple[str, int], ...]
    energy: Range
    cost: Range
    failures: Range
    known: float
    due: tuple[tuple[str, int], ...]
    ageless: int
    oddities: tuple[str, ...]
    trials: Numbers
    cabinets: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, int, int, int], ...]
    needs: tuple[str, ...]
    actions: Numbers
    verdicts: tuple[tuple[str, str, int], ...]
    faded: Range


def lighting_plan(context: LightingPlan) -> Document:
    """The draft plan of a commune."""
    title = t("sdal.titre", place=context.place)
    footer = (t("rapport.pied_synthetique") if context.synthetic else "") + t(
        "etudes.pied", title=title, date=day(context.date)
    )
    return typeset(
        Document(
            title=title, eyebrow=t("sdal.surtitre", territory=context.territory), subtitle=t("sdal.sous_titre"),
            footer=footer,            keywords=tuple(t("rapport.mots_cles").split("|")), blocks=tuple(_blocks(context)),
        )
    )  # fmt: skip


def _blocks(context: LightingPlan) -> Iterator[Block]:
    if context.synthetic:
        yield Notice(t("rapport.synthetique_titre"), t("sorties.fiche_synthetique"))
    yield Notice(t("sdal.projet_titre"), t("sdal.projet"))
    yield from _stock(context)
    yield from _age(context)
    yield from _night(context)
    yield from _choices(context)
    yield Heading(t("sdal.suite"))
    yield Bullets(tuple(t("sdal.suite_liste").split("|")))


def _stock(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.parc"))
    yield Figures((
        Figure(t("sdal.luminaires"), number(context.luminaires), t("sdal.connu", share=share(context.known))),
        _figure(t("sdal.energie"), context.energy, "kWh"),
        _figure(t("sdal.cout"), context.cost, "€"),
    ))  # fmt: skip
    rows = tuple((name, number(count), number(known)) for name, count, known in context.kinds)
    yield Table(t("sdal.par_lampe"), _columns("sdal.par_lampe_colonnes", (3, 1, 1.4)), rows, t("sdal.par_lampe_note"))
    if context.classes:
        pairs = tuple((name, number(count)) for name, count in context.classes)
        yield Table(t("sdal.par_classe"), _columns("sdal.par_classe_colonnes", (3, 1)), pairs, t("sdal.par_classe_note"))
    if context.oddities:
        yield Heading(t("sdal.anomalies"), 3)
        yield Bullets(context.oddities)
    if context.cabinets:
        yield Heading(t("sdal.armoires"), 3)
        pairs = tuple((name, number(count)) for name, count in context.cabinets)
        yield Table(t("sdal.armoires_titre"), _columns("sdal.armoires_colonnes", (3, 1)), pairs, t("sdal.armoires_note"))


def _age(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.age"))
    if context.failures.value is not None:
        yield Paragraph(
            t("sdal.pannes", value=number(about(context.failures, 2).value), interval=interval(about(context.failures, 2)))
        )
    if context.faded.value is not None:
        lost = about(context.faded, 2)
        yield Paragraph(t("sdal.perdue", value=number(lost.value), interval=interval(lost)))
    if context.due:
        rows = tuple((name, number(count)) for name, count in context.due)
        yield Table(t("sdal.echeances"), _columns("sdal.echeances_colonnes", (3, 1)), rows, t("sdal.echeances_note"))
    if context.ageless:
        yield Paragraph(t("sdal.sans_age", count=number(context.ageless)))


def _night(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.nuit"))
    rows = tuple((name, number(a), number(b), number(c)) for name, a, b, c in context.rules)
    if rows:
        yield Table(t("sdal.regles"), _columns("sdal.regles_colonnes", (4, 1, 1, 1)), rows, t("sdal.regles_note"))
    if context.needs:
        yield Heading(t("sdal.mesurer"), 3)
        yield Bullets(context.needs)


def _choices(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.choix"))
    columns = _columns("sdal.choix_colonnes", (3.4, 1.3, 1.7, 1.3, 1.7))
    if context.trials:
        yield Table(t("sdal.calendriers"), columns, _pairs(context.trials), t("sdal.calendriers_note"))
    if context.actions:
        columns = _columns("sdal.actions_colonnes", (3.4, 1.3, 1.7, 1.3, 1.7))
        yield Table(t("sdal.actions"), columns, _pairs(context.actions), t("sdal.actions_note"))
    if context.verdicts:
        yield Heading(t("sdal.verdicts"), 3)
        yield Bullets(tuple(t("sdal.verdict", state=state, why=why, count=number(n)) for state, why, n in context.verdicts))


def _pairs(rows: Numbers) -> tuple[tuple[str, ...], ...]:
    out = []
    for title, first, second in rows:
        a, b = about(first), about(second or Range())
        energy = (t("sdal.sans_effet"), "") if second is None else (_said(b), interval(b))
        out.append((title, _said(a), interval(a), *energy))
    return tuple(out)


def _said(shown: Range) -> str:
    return t("rapport.inconnu") if shown.value is None else number(shown.value)


def _figure(label: str, range_: Range, unit: str) -> Figure:
    shown = about(range_)
    return Figure(label, t("rapport.inconnu") if shown.value is None else f"{number(shown.value)} {unit}", interval(shown))


def _columns(key: str, widths: tuple[float, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(c, "left" if i == 0 else "right", w) for i, (c, w) in enumerate(zip(t(key).split("|"), widths, strict=True))
    )
