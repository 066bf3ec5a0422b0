"""The draft plan (SDIE) of the buildings of an owner, and what documents on buildings share."""

from collections.abc import Iterator
from datetime import date

import msgspec

from jumeau.documents.blocks import Block, Bullets, Column, Document, Figure, Figures, Heading, Notice, Paragraph, Table
from jumeau.documents.context import Range
from jumeau.documents.numbers import about, day, interval, number, share
from jumeau.documents.typography import typeset
from jumeau.texts import t

SHOWN = 20


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
    """Public buildings of a place; area: it is larger than a commune. energy, after: [kWh/year] now and once all is done;
    cost: [€]; unknown: buildings whose energy is not known; targets: (year, cut [-], energy allowed [kWh/year]) from today's
    consumption; lines: by energy; uses: (use, buildings, floor, energy, energy by m²); labels: (label, buildings, floor);
    rests: share of the energy by origin, in words; duties: (duty, deadline, buildings, text of law), and homes: the same for
    the dwellings of the collectivité that are let or may be; unsure: duties of which something is missing, in words;
    followed: declared sites by owner (owner, sites, reference, latest, allowed, distance), and remarks on them; sources:
    where the inventory comes from; state: number of the last write seen; actor: who had it written."""

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
    area: bool = False
    labels: tuple[tuple[str, ...], ...] = ()
    unsure: tuple[str, ...] = ()
    rests: str = ""
    remarks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    state: int = 0
    actor: str = ""


def stock_plan(context: StockPlan) -> Document:
    """The draft plan of a commune's buildings."""
    title = t("etudes.sdie_titre", place=context.place)
    return typeset(bound(title, t("etudes.sdie_surtitre", territory=context.territory), t("etudes.sdie_sous_titre"),
                             context.synthetic, context.date, _stock_plan(context)))  # fmt: skip


def bound(title: str, eyebrow: str, subtitle: str, synthetic: bool, on: date, blocks: Iterator[Block]) -> Document:
    """Blocks with their title and the foot of each page."""
    footer = (t("rapport.pied_synthetique") if synthetic else "") + t("etudes.pied", title=title, date=day(on))
    return Document(
        title=title, eyebrow=eyebrow, subtitle=subtitle, footer=footer, keywords=tuple(t("rapport.mots_cles").split("|")),
        blocks=tuple(blocks),
    )  # fmt: skip


def energy_figure(range_: Range, label: str) -> Figure:
    """Energy of a year, measured where its interval is a point."""
    shown = about(range_)
    value = t("rapport.inconnu") if shown.value is None else t("etudes.kwh", value=number(shown.value))
    exact = range_.low is not None and range_.low == range_.high
    return Figure(label, value, t("etudes.mesure") if exact else interval(shown))


def plain_table(name: str, rows: tuple[tuple[str, ...], ...], widths: tuple[float, ...], numbers: int = 0) -> Table:
    """A table of words, its last `numbers` columns aligned to the right; its titles are the text `etudes.NAME_colonnes`."""
    titles = t(f"etudes.{name}_colonnes").split("|")
    left = len(titles) - numbers
    columns = tuple(
        Column(c, "left" if i < left else "right", w) for i, (c, w) in enumerate(zip(titles, widths, strict=True))
    )
    return Table(t(f"etudes.{name}"), columns, rows, t(f"etudes.{name}_note"))


def saved_share(range_: Range) -> str:
    """A share saved and its interval, never under zero."""
    low, high = max(range_.low or 0.0, 0.0), range_.high or 0.0
    return t("etudes.economie", value=share(range_.value), low=share(low), high=share(high))


def _stock_plan(context: StockPlan) -> Iterator[Block]:
    if context.synthetic:
        yield Notice(t("rapport.synthetique_titre"), t("sorties.fiche_synthetique"))
    yield Notice(t("etudes.sdie_avis_titre"), t("etudes.sdie_avis"))
    cost = about(context.cost, 2)
    yield Figures((
        energy_figure(context.energy, t("etudes.energie")),
        energy_figure(context.after, t("etudes.energie_apres")),
        Figure(t("etudes.cout"), t("etudes.euros", value=number(cost.value)), interval(cost)),
    ))  # fmt: skip
    yield Paragraph(t("etudes.sdie_compte", count=number(context.count), unknown=number(context.unknown)))
    if context.area:
        yield Paragraph(t("etudes.sdie_lieu"))
    if context.uses:
        yield plain_table("usages", context.uses, (4, 2, 3, 3, 2.5), 4)
    if context.labels:
        yield plain_table("etiquettes", context.labels, (4, 3, 3), 2)
    yield Heading(t("etudes.trajectoire"))
    if context.followed:
        yield Paragraph(" ".join((t("etudes.suivi_texte"), *context.remarks)))
        yield plain_table("suivi", context.followed, (4, 1.5, 3, 3, 3, 3), 5)
    yield Paragraph(t("etudes.trajectoire_texte"))
    yield _trajectory(context)
    if context.duties:
        yield Heading(t("etudes.loi"))
        yield plain_table("echeances", context.duties, (4, 2, 2, 5))
    if context.unsure:
        yield Heading(t("etudes.a_verifier_titre"), 3)
        yield Bullets(context.unsure)
    if context.homes:
        yield Heading(t("etudes.logements"))
        yield Paragraph(t("etudes.logements_texte"))
        yield plain_table("logements", context.homes, (4, 2, 2, 5))
    yield Heading(t("etudes.priorites"))
    yield Paragraph(t("etudes.priorites_texte", shown=min(SHOWN, len(context.lines))))
    yield _priorities(context.lines[:SHOWN])
    yield Heading(t("etudes.suite"))
    yield Bullets(tuple(t("etudes.sdie_suite").split("|")))
    yield Heading(t("etudes.methode"))
    yield Paragraph(" ".join(x for x in (context.rests, t("etudes.sdie_methode")) if x))
    if context.sources:
        yield Bullets(context.sources)
    yield Paragraph(t("etudes.etabli", actor=context.actor, state=context.state))


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
        (x.name, x.use, number(x.floor), x.label or t("rapport.inconnu"), number(about(x.energy).value), saved_share(x.saved),
         interval(about(x.cost, 2)))
        for x in lines
    )  # fmt: skip
    return Table(t("etudes.priorites"), columns, rows, t("etudes.travaux_note"))
