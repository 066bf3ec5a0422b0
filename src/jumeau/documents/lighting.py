"""Draft of a schéma directeur d'aménagement lumière: diagnosis, law, night, choices, works, calendar, money, measures."""

from collections.abc import Iterator

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
)  # fmt: skip
from jumeau.documents.charts import dot_map, range_chart
from jumeau.documents.context import Range
from jumeau.documents.lighting_context import LightingPlan, WorkLine
from jumeau.documents.numbers import about, day, interval, number, share, with_unit
from jumeau.documents.programme import counted
from jumeau.documents.typography import typeset
from jumeau.texts import t


def lighting_plan(context: LightingPlan) -> Document:
    """The draft plan of a commune."""
    title = t("sdal.titre", place=context.place)
    footer = (t("rapport.pied_synthetique") if context.synthetic else "") + t(
        "etudes.pied", title=title, date=day(context.date)
    )
    return typeset(
        Document(
            title=title, eyebrow=t("sdal.surtitre", territory=context.territory), subtitle=t("sdal.sous_titre"),
            footer=footer, keywords=tuple(t("rapport.mots_cles").split("|")), blocks=tuple(_blocks(context)),
        )
    )  # fmt: skip


def _blocks(context: LightingPlan) -> Iterator[Block]:
    if context.synthetic:
        yield Notice(t("rapport.synthetique_titre"), t("sorties.fiche_synthetique"))
    yield Notice(t("sdal.projet_titre"), t("sdal.projet"))
    yield from _summary(context)
    yield from _stock(context)
    yield from _age(context)
    yield from _law(context)
    yield from _sky(context)
    yield from _choices(context)
    yield from _works(context)
    yield from _calendar(context)
    yield from _measures(context)
    yield Heading(t("sdal.suite"))
    yield Bullets(tuple(t("sdal.suite_liste").split("|")))
    yield from _origin(context)


def _summary(context: LightingPlan) -> Iterator[Block]:
    """What an elected official reads: where we stand, what is won, what is not known."""
    yield Heading(t("sdal.resume"))
    yield Figures((
        Figure(t("sdal.luminaires"), number(context.luminaires), t("sdal.connu", share=share(context.known))),
        _figure(t("sdal.energie"), context.energy, "kWh"),
        _figure(t("sdal.cout"), context.cost, "€"),
    ))  # fmt: skip
    lines = []
    best = min(context.trials, key=lambda row: row[1].value or 0.0, default=None)
    if best is not None and best[1].value is not None:
        saved = about(Range(*(None if x is None else -x for x in (best[1].value, best[1].high, best[1].low))))
        money = about(Range(*(None if x is None else -x for x in (best[2].value, best[2].high, best[2].low))))
        lines.append(t("sdal.resume_calendrier", title=best[0], energy=number(saved.value), energy_range=interval(saved),
                       money=number(money.value), money_range=interval(money)))  # fmt: skip
    late = context.due[0][1] if context.due and context.due[0][0] == t("sdal.en_retard") else 0
    aged = context.luminaires - context.ageless
    if aged:
        lines.append(t("sdal.resume_age", late=number(late), aged=number(aged), ageless=number(context.ageless)))
    broken = [rule for rule in context.rules if rule.broken and not rule.apart]
    blind = sum(1 for rule in context.rules if rule.unknown and not rule.broken and not rule.apart)
    if broken:
        lines.append(t("sdal.resume_loi", rules=" ; ".join(f"{r.title} ({number(r.broken)})" for r in broken[:3])))
    if blind:
        lines.append(t("sdal.resume_inconnu", rules=number(blind), need=context.needs[0].title if context.needs else ""))
    wasted = [row[2] for row in context.cabinets if row[2].value]
    if wasted:
        lines.append(t("sdal.resume_armoires", energy=number(about(Range(sum(x.value or 0 for x in wasted))).value)))
    yield Bullets(tuple(lines))


def _stock(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.parc"))
    rows = tuple(
        (name, number(count), share(count / max(context.luminaires, 1)), number(known))
        for name, count, known in context.kinds
    )
    yield Table(t("sdal.par_lampe"), _columns("sdal.par_lampe_colonnes", (3, 1, 1, 1.4)), rows, t("sdal.par_lampe_note"))
    if context.dots:
        named = ", ".join(f"{name} {share(count / max(context.luminaires, 1))}" for name, count, _ in context.kinds)
        drawn = dot_map(context.dots, [name for name, _, _ in context.kinds])
        yield Chart(t("sdal.carte", shown=number(len(context.dots))), drawn, t("sdal.carte_alt", named=named))
    if context.classes:
        pairs = tuple((name, number(count)) for name, count in context.classes)
        yield Table(t("sdal.par_classe"), _columns("sdal.par_classe_colonnes", (3, 1)), pairs, t("sdal.par_classe_note"))
    else:
        yield Paragraph(t("sdal.sans_classe"))
    if context.oddities:
        yield Heading(t("sdal.anomalies"), 3)
        yield Bullets(context.oddities)
    if context.cabinets:
        yield Heading(t("sdal.armoires"), 3)
        trios = tuple(
            (n, number(c), number(about(w).value) if w.value else "–", interval(about(w))) for n, c, w in context.cabinets
        )
        columns = _columns("sdal.armoires_colonnes", (3, 0.8, 1.2, 1.6))
        yield Table(t("sdal.armoires_titre"), columns, trios, t("sdal.armoires_note"))
    known, unlike, saving = context.contract
    if known:
        gain = about(saving)
        yield Paragraph(
            t("sdal.contrats", known=number(known), unlike=number(unlike), saving=number(gain.value), interval=interval(gain))
        )


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
        drawn = [(name, Range(count), number(count)) for name, count in context.due]
        told = " ; ".join(f"{name} : {number(count)}" for name, count in context.due)
        yield Chart(t("sdal.echeances"), range_chart(drawn), t("sdal.echeances_alt", told=told))
        yield Paragraph(t("sdal.echeances_note"))
    if context.ageless:
        yield Paragraph(t("sdal.sans_age", count=number(context.ageless)))


def _law(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.nuit"))
    ranked = sorted(context.rules, key=lambda r: (r.apart, -r.broken, -r.unknown))
    rows = tuple((r.title, number(r.met), number(r.broken), number(r.unknown)) for r in ranked)
    if rows:
        yield Table(t("sdal.regles"), _columns("sdal.regles_colonnes", (4, 1, 1, 1)), rows, t("sdal.regles_note"))
        yield Paragraph(t("sdal.regles_texte", references=_references([r.reference for r in ranked])))


def _references(told: list[str]) -> str:
    """Each text once, with its articles in order: `Arrêté du… : art. 3, I ; art. 5`."""
    articles: dict[str, list[str]] = {}
    for reference in told:
        text, mark, article = reference.partition(", art. ")
        articles.setdefault(text, []).extend([f"art. {article}"] if mark else [])
    return " – ".join(f"{text} : {' ; '.join(sorted(set(parts)))}" if parts else text for text, parts in articles.items())


def _sky(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.ciel"), 3)
    if context.upward.value is None:
        yield Paragraph(t("sdal.ciel_inconnu"))
    else:
        up = about(context.upward)
        yield Paragraph(t("sdal.ciel_estime", value=number(up.value), interval=interval(up)))
    if context.alone:
        yield Paragraph(t("sdal.ciel_isoles", count=number(context.alone)))


def _choices(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.choix"))
    if not context.trials:
        return
    rows = []
    for title, energy, cost, light in context.trials:
        a, b = about(energy), about(cost)
        rows.append((title, _said(a), interval(a), _said(b), interval(b), light))
    columns = _columns("sdal.choix_colonnes", (2.2, 1.1, 1.5, 1, 1.4, 2.2), last="left")
    yield Table(t("sdal.calendriers"), columns, tuple(rows), t("sdal.calendriers_note"))


def _works(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.travaux"))
    if not context.works:
        yield Paragraph(t("sdal.sans_travaux"))
        return
    rows = []
    for line in context.works:
        cost = about(line.cost)
        energy = about(line.energy) if line.energy is not None else None
        changed = (t("sdal.sans_effet"), "") if energy is None else (_said(energy), interval(energy))
        rows.append((line.title, counted(line.quantity, line.unit), _said(cost), interval(cost), *changed, _payback(line)))
    columns = _columns("sdal.travaux_colonnes", (2.4, 1.1, 1, 1.4, 1.1, 1.5, 0.9))
    yield Table(t("sdal.travaux_titre"), columns, tuple(rows), t("sdal.actions_note"))
    if context.verdicts:
        yield Heading(t("sdal.verdicts"), 3)
        yield Bullets(tuple(t("sdal.verdict", state=state, why=why, count=number(n)) for state, why, n in context.verdicts))


def _payback(line: WorkLine) -> str:
    """Years of saving that pay the works, from their likely values; a dash where nothing is saved or known."""
    saved = None if line.money is None else line.money.value
    if line.cost.value is None or saved is None or saved >= 0:
        return "–"
    years = line.cost.value / -saved
    if years > 50 or years < 0.1:
        return t("sdal.plus_de_50" if years > 50 else "sdal.aussitot")
    return number(years, 0 if years >= 10 else 1)


def _calendar(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.programme"))
    if not context.years:
        yield Paragraph(t("sdal.sans_programme"))
    else:
        rows = tuple((str(y.year), y.works, _said(about(y.cost)), interval(about(y.cost))) for y in context.years)
        columns = (Column(t("sdal.annee")), *_columns("sdal.programme_colonnes", (4, 1, 1.6)))
        yield Table(t("sdal.programme_titre"), columns, rows, t("sdal.programme_note"))
    if context.money:
        lines = tuple((m.label, m.payer, number(m.low), number(m.mid), number(m.high)) for m in context.money)
        columns = _columns("sdal.argent_colonnes", (2.6, 1.6, 1, 1, 1))
        yield Table(t("sdal.argent"), columns, lines, t("sdal.argent_note"))


def _measures(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.mesurer"))
    yield Paragraph(t("sdal.mesurer_texte"))
    rows = tuple((n.title, number(n.alone), number(n.involved)) for n in context.needs)
    if rows:
        yield Table(t("sdal.mesurer_titre"), _columns("sdal.mesurer_colonnes", (3.4, 1.2, 1.2)), rows)


def _origin(context: LightingPlan) -> Iterator[Block]:
    yield Heading(t("sdal.sources"))
    if context.sources:
        yield Bullets(tuple(t("sdal.source", title=a, licence=b or "–", vintage=c or "–") for a, b, c in context.sources))
    yield Bullets(tuple(t("sdal.methode").split("|")))


def _said(shown: Range) -> str:
    return number(shown.value)


def _figure(label: str, range_: Range, unit: str) -> Figure:
    shown = about(range_)
    return Figure(label, with_unit(shown.value, unit), interval(shown))


def _columns(key: str, widths: tuple[float, ...], last: str = "right") -> tuple[Column, ...]:
    titles = t(key).split("|")
    aligned = ["left", *["right"] * (len(titles) - 2), last]
    return tuple(
        Column(c, "left" if side == "left" else "right", w) for c, w, side in zip(titles, widths, aligned, strict=True)
    )
