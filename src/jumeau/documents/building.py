"""Notes on buildings: what comes before an audit of one, and a draft plan (SDIE) for those of an owner."""

from collections.abc import Iterator
from datetime import date

import msgspec

from jumeau.documents.blocks import Block, Bullets, Column, Document, Figure, Figures, Heading, Notice, Paragraph, Table
from jumeau.documents.context import Range
from jumeau.documents.numbers import about, day, interval, number, share
from jumeau.documents.typography import typeset
from jumeau.texts import t

SHOWN = 20


class StepLine(msgspec.Struct, frozen=True, kw_only=True):
    """One step of works: what, how much of it, cost [€], share saved since the start [-], label after, cautions in words."""

    title: str
    quantity: float
    unit: str
    cost: Range
    saved: Range
    label: str | None
    reached: float | None
    cautions: tuple[str, ...] = ()


class PreAudit(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one building before anybody goes there. known: (what, value, origin in words); envelope:
    (element, area, U, state); model: energy without the bill [kWh/year]; duties: (duty, state, deadline, text of law)."""

    title: str
    territory: str
    synthetic: bool
    date: date
    known: tuple[tuple[str, str, str], ...]
    energy: Range
    label: str | None
    steps: tuple[StepLine, ...]
    duties: tuple[tuple[str, str, str, str], ...]
    model: Range = Range()
    billed: bool = False
    envelope: tuple[tuple[str, str, str, str], ...] = ()


class BuildingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A building of a plan. energy [kWh/year], cost [€] and saved [-] of all its steps."""

    name: str
    use: str
    floor: float | None
    label: str | None
    energy: Range
    saved: Range
    cost: Range


class StockPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Public buildings of a commune. energy, after: [kWh/year] now and once all is done; cost: [€]; unknown: buildings whose
    energy is not known; targets: (year, cut [-], energy allowed [kWh/year]) from today's consumption; lines: by energy;
    uses: (use, buildings, floor, energy); duties: (duty, deadline, buildings, text of law), and homes: the same
    for the dwellings of the collectivité that are let or may be; followed: declared sites by owner (owner, sites, reference,
    latest, allowed, distance)."""

    place: str
    territory: str
    synthetic: bool
    date: date
    count: int
    unknown: int
    energy: Range
    after: Range
    cost: Range
    targets: tuple[tuple[int, float, float], ...]
    lines: tuple[BuildingLine, ...]
    uses: tuple[tuple[str, ...], ...] = ()
    duties: tuple[tuple[str, str, str, str], ...] = ()
    homes: tuple[tuple[str, str, str, str], ...] = ()
    followed: tuple[tuple[str, ...], ...] = ()


def pre_audit(context: PreAudit) -> Document:
    """The note of one building."""
    eyebrow, subtitle = t("etudes.preaudit_surtitre", territory=context.territory), t("etudes.preaudit_sous_titre")
    return typeset(_document(context.title, eyebrow, subtitle, context.synthetic, context.date, _pre_audit(context)))


def stock_plan(context: StockPlan) -> Document:
    """The draft plan of a commune's buildings."""
    title = t("etudes.sdie_titre", place=context.place)
    return typeset(_document(title, t("etudes.sdie_surtitre", territory=context.territory), t("etudes.sdie_sous_titre"),
                             context.synthetic, context.date, _stock_plan(context)))  # fmt: skip


def _document(title: str, eyebrow: str, subtitle: str, synthetic: bool, on: date, blocks: Iterator[Block]) -> Document:
    footer = (t("rapport.pied_synthetique") if synthetic else "") + t("etudes.pied", title=title, date=day(on))
    return Document(
        title=title, eyebrow=eyebrow, subtitle=subtitle, footer=footer, keywords=tuple(t("rapport.mots_cles").split("|")),
        blocks=tuple(blocks),
    )  # fmt: skip


def _energy(range_: Range, label: str) -> Figure:
    shown = about(range_)
    value = t("rapport.inconnu") if shown.value is None else t("etudes.kwh", value=number(shown.value))
    exact = range_.low is not None and range_.low == range_.high
    return Figure(label, value, t("etudes.mesure") if exact else interval(shown))


def _pre_audit(context: PreAudit) -> Iterator[Block]:
    if context.synthetic:
        yield Notice(t("rapport.synthetique_titre"), t("sorties.fiche_synthetique"))
    label = Figure(t("etudes.etiquette"), context.label or t("rapport.inconnu"), t("etudes.etiquette_detail"))
    yield Figures((_energy(context.energy, t("etudes.energie")), label))
    yield Heading(t("etudes.connu"))
    columns = tuple(Column(c, width=w) for c, w in zip(t("etudes.connu_colonnes").split("|"), (3, 3, 2), strict=True))
    yield Table(t("etudes.connu"), columns, context.known, t("etudes.connu_note"))
    if context.billed and context.model.value is not None:
        yield Paragraph(_against(context))
    if context.envelope:
        yield _plain("enveloppe", context.envelope, (2, 3, 3, 3))
    yield Heading(t("etudes.travaux"))
    if not context.steps:
        yield Paragraph(t("batiments.etapes_inconnu"))
    else:
        yield Paragraph(t("etudes.travaux_texte"))
        yield _steps(context.steps)
        cautions = tuple(f"{s.title} : {c}" for s in context.steps for c in s.cautions)
        if cautions:
            yield Heading(t("etudes.prudences"), 3)
            yield Bullets(cautions)
    yield Heading(t("etudes.loi"))
    if context.duties:
        yield _plain("loi", context.duties, (4, 2, 2, 5))
    else:
        yield Paragraph(t("etudes.loi_rien"))
    yield Heading(t("etudes.suite"))
    yield Bullets(tuple(t("etudes.suite_liste").split("|")))


def _plain(name: str, rows: tuple[tuple[str, ...], ...], widths: tuple[float, ...], numbers: int = 0) -> Table:
    """A table of words, its last `numbers` columns aligned to the right; its titles are the text `etudes.NAME_colonnes`."""
    titles = t(f"etudes.{name}_colonnes").split("|")
    left = len(titles) - numbers
    columns = tuple(
        Column(c, "left" if i < left else "right", w) for i, (c, w) in enumerate(zip(titles, widths, strict=True))
    )
    return Table(t(f"etudes.{name}"), columns, rows, t(f"etudes.{name}_note"))


def _against(context: PreAudit) -> str:
    """Whether the bill is what the model expects."""
    bill, model = context.energy.value or 0.0, context.model
    inside = (model.low or 0.0) <= bill <= (model.high or 0.0)
    key = "etudes.facture_dedans" if inside else "etudes.facture_dehors"
    return t(key, model=interval(about(model, 2)))


def _steps(steps: tuple[StepLine, ...]) -> Table:
    titles, official = t("etudes.etapes_colonnes").split("|"), any(len(s.label or "") > 1 for s in steps)
    columns = tuple(Column(c, "left" if i in (0, 4) else "right", w) for i, (c, w) in
                    enumerate(zip(titles, (4, 1.5, 2.6, 2.6, 2.2 if official else 1.2, 1.2), strict=True)))  # fmt: skip
    rows = tuple(
        (s.title, f"{number(s.quantity)} {s.unit}", interval(about(s.cost, 2)), _saved(s.saved),
         s.label or t("rapport.inconnu"), "" if s.reached is None else f"\u2212{share(s.reached)}")
        for s in steps
    )  # fmt: skip
    return Table(t("etudes.travaux"), columns, rows, t("etudes.travaux_note"))


def _saved(range_: Range) -> str:
    low, high = max(range_.low or 0.0, 0.0), range_.high or 0.0
    return t("etudes.economie", value=share(range_.value), low=share(low), high=share(high))


def _stock_plan(context: StockPlan) -> Iterator[Block]:
    if context.synthetic:
        yield Notice(t("rapport.synthetique_titre"), t("sorties.fiche_synthetique"))
    yield Notice(t("etudes.sdie_avis_titre"), t("etudes.sdie_avis"))
    cost = about(context.cost, 2)
    yield Figures((
        _energy(context.energy, t("etudes.energie")),
        _energy(context.after, t("etudes.energie_apres")),
        Figure(t("etudes.cout"), t("etudes.euros", value=number(cost.value)), interval(cost)),
    ))  # fmt: skip
    yield Paragraph(t("etudes.sdie_compte", count=number(context.count), unknown=number(context.unknown)))
    if context.uses:
        yield _plain("usages", context.uses, (4, 2, 3, 3), 3)
    yield Heading(t("etudes.trajectoire"))
    if context.followed:
        yield Paragraph(t("etudes.suivi_texte"))
        yield _plain("suivi", context.followed, (4, 1.5, 3, 3, 3, 3), 5)
    yield Paragraph(t("etudes.trajectoire_texte"))
    yield _trajectory(context)
    if context.duties:
        yield Heading(t("etudes.loi"))
        yield _plain("echeances", context.duties, (4, 2, 2, 5))
    if context.homes:
        yield Heading(t("etudes.logements"))
        yield Paragraph(t("etudes.logements_texte"))
        yield _plain("echeances", context.homes, (4, 2, 2, 5))
    yield Heading(t("etudes.priorites"))
    yield Paragraph(t("etudes.priorites_texte", shown=min(SHOWN, len(context.lines))))
    yield _priorities(context.lines[:SHOWN])
    yield Heading(t("etudes.suite"))
    yield Bullets(tuple(t("etudes.sdie_suite").split("|")))


def _trajectory(context: StockPlan) -> Table:
    titles = t("etudes.trajectoire_colonnes").split("|")
    columns = tuple(Column(c, "left" if i == 0 else "right") for i, c in enumerate(titles))
    after = context.after
    rows = []
    for year, cut, allowed in context.targets:
        best, worst = after.low, after.high
        told = "etudes.atteint_non" if best is None or best > allowed else (
            "etudes.atteint_oui" if worst is not None and worst <= allowed else "etudes.atteint_peut_etre")  # fmt: skip
        rows.append((str(year), f"\u2212{share(cut)}", number(about(Range(allowed)).value), t(told)))
    return Table(t("etudes.trajectoire"), columns, tuple(rows), t("etudes.trajectoire_note"))


def _priorities(lines: tuple[BuildingLine, ...]) -> Table:
    titles = t("etudes.priorites_colonnes").split("|")
    columns = tuple(Column(c, "left" if i in (0, 1, 3) else "right", w) for i, (c, w) in
                    enumerate(zip(titles, (3, 2, 1.5, 1.2, 2, 2.6, 3), strict=True)))  # fmt: skip
    rows = tuple(
        (x.name, x.use, number(x.floor), x.label or t("rapport.inconnu"), number(about(x.energy).value), _saved(x.saved),
         interval(about(x.cost, 2)))
        for x in lines
    )  # fmt: skip
    return Table(t("etudes.priorites"), columns, rows, t("etudes.travaux_note"))
