"""One page about a commune or an owner: what can be done, how much, who pays, what it changes, on what it rests."""

from collections import defaultdict
from collections.abc import Iterator

from jumeau.documents.blocks import (
    Block,
    Bullets,
    Document,
    Figure,
    Figures,
    Heading,
    Notice,
    Paragraph,
    Table,
)  # fmt: skip
from jumeau.documents.charts import ORIGIN_COLOURS
from jumeau.documents.context import ActionLine, FundingLine, FundingSection, PlacesContext, PlaceSheet, Range
from jumeau.documents.numbers import about, day, interval, number, share, total, with_unit
from jumeau.documents.programme import counted, table_columns
from jumeau.documents.typography import typeset
from jumeau.errors import InputError
from jumeau.texts import t

ACTIONS, LINES, INDICATORS, LAYERS, OTHERS = 7, 6, 12, 8, 3
TITLE = 66


def sheets(context: PlacesContext) -> tuple[Document, ...]:
    """The sheets as documents of one page. Raises InputError when there is none."""
    if not context.sheets:
        raise InputError("sorties.aucune_fiche")
    return tuple(typeset(_document(context, sheet)) for sheet in context.sheets)


def _document(context: PlacesContext, sheet: PlaceSheet) -> Document:
    when = day(context.date)
    footer = t("rapport.pied", territory=context.territory, date=when, actor=context.actor, commit=context.commit)
    return Document(
        title=sheet.title,
        eyebrow=t("sorties.fiche_surtitre", territory=context.territory),
        subtitle=sheet.detail,
        footer=(t("rapport.pied_synthetique") if context.synthetic else "") + footer,
        keywords=tuple(t("rapport.mots_cles").split("|")),
        blocks=tuple(_blocks(context, sheet)),
        collection=context.title if len(context.sheets) > 1 else "",
    )


def _blocks(context: PlacesContext, sheet: PlaceSheet) -> Iterator[Block]:
    if context.synthetic:
        yield Notice(t("rapport.synthetique_titre"), t("sorties.fiche_synthetique"))
    if sheet.schematic:
        yield Notice(t("sorties.fiche_schema_titre"), t("sorties.fiche_schema"))
    yield from _works(context, sheet)
    if sheet.funding is not None:
        yield from _funding(sheet.funding)
    elif sheet.actions:
        yield Heading(t("sorties.fiche_qui_paie"))
        yield Paragraph(t("sorties.fiche_financement_a_etudier"))
    if sheet.indicators:
        yield _indicators(sheet)
    if sheet.known:
        yield _known(sheet)
    if sheet.missing:
        yield Heading(t("sorties.fiche_ignore"))
        yield Bullets(sheet.missing)


def _works(context: PlacesContext, sheet: PlaceSheet) -> Iterator[Block]:
    yield Heading(t("sorties.fiche_possible"))
    if not sheet.actions:
        left = t("sorties.fiche_ecartees", count=number(sheet.left_out)) if sheet.left_out else ""
        yield Paragraph(f"{t('sorties.fiche_rien')} {left}".strip())
        return
    yield Figures(tuple(_figures(context, sheet)))
    yield _actions(sheet)
    notes = [t("sorties.fiche_autrui", owner=o, cost=with_unit(c, "€")) for o, c in sheet.others[:OTHERS]]
    if len(sheet.others) > OTHERS:
        notes.append(t("sorties.fiche_autrui_reste", count=number(len(sheet.others) - OTHERS)))
    if sheet.left_out:
        notes.append(t("sorties.fiche_ecartees", count=number(sheet.left_out)))
    if notes:
        yield Paragraph(" ".join(notes))


def _figures(context: PlacesContext, sheet: PlaceSheet) -> Iterator[Figure]:
    cost = about(sheet.cost)
    detail = t("sorties.fiche_cout_detail", interval=interval(cost), year=context.price_year or "")
    yield Figure(t("sorties.fiche_cout"), with_unit(cost.value, "€"), detail)
    if sheet.funding is None:
        yield Figure(t("sorties.fiche_reste"), t("sorties.fiche_a_etudier"), t("sorties.fiche_financement_a_etudier"))
    else:
        own = about(sheet.funding.own)
        yield Figure(t("sorties.fiche_reste"), with_unit(own.value, "€"), _own_detail(own))
    years = sorted({action.year for action in sheet.actions})
    span = str(years[0]) if len(years) == 1 else t("sorties.fiche_de_a", first=years[0], last=years[-1])
    yield Figure(t("sorties.fiche_actions"), number(len(sheet.actions)), span)


def _own_detail(own: Range) -> str:
    if own.low == own.high:
        return t("sorties.fiche_reste_seul")
    return t("sorties.fiche_reste_detail", interval=interval(own))


def _actions(sheet: PlaceSheet) -> Table:
    """The actions, dearest first when they do not all fit; the rest in one row."""
    ranked = sorted(sheet.actions, key=lambda x: (-(x.cost.value or 0.0), x.year, x.id))
    kept, rest = (ranked, []) if len(ranked) <= ACTIONS else (ranked[: ACTIONS - 1], ranked[ACTIONS - 1 :])
    rows = [_action(x) for x in sorted(kept, key=lambda x: (x.year, x.owner, x.id))]
    if rest:
        cost = number(total([x.cost.value for x in rest]))
        rows.append((t("sorties.fiche_autres", count=number(len(rest))), "", "", "", cost, ""))
    columns = table_columns("rapport.actions_colonnes", (2.9, 0.55, 1.5, 0.9, 0.8, 1.4), "lllrrr")
    return Table(t("rapport.actions"), columns, tuple(rows))


def _action(x: ActionLine) -> tuple[str, ...]:
    title = x.title if len(x.title) <= TITLE else x.title[: TITLE - 1].rstrip() + "…"
    return (title, str(x.year), x.owner, counted(x.quantity, x.unit), number(x.cost.value), interval(x.cost))


def _funding(found: FundingSection) -> Iterator[Block]:
    yield Heading(t("sorties.fiche_qui_paie"))
    *aids, own = found.lines
    if len(aids) >= LINES:
        aids, folded = aids[: LINES - 2], aids[LINES - 2 :]
        low, mid, high = (sum(getattr(line, name) for line in folded) for name in ("low", "mid", "high"))
        label = t("sorties.fiche_autres", count=number(len(folded)))
        aids.append(FundingLine(label=label, payer="", low=low, mid=mid, high=high))
    rows = [(x.label, x.payer, *(number(v) for v in (x.low, x.mid, x.high))) for x in (*aids, own)]
    everything = number(found.before_tax + found.tax)
    rows.append((t("sorties.fiche_total"), "", everything, everything, everything))
    columns = table_columns("sorties.fiche_financement_colonnes", (2.6, 1.6, 1.0, 1.0, 1.0), "llrrr")
    caption = t("sorties.fiche_financement", tax=with_unit(found.tax, "€"))
    notes = [found.hypotheses]
    if found.to_confirm:
        notes.append(t("sorties.fiche_a_confirmer", aids=" ; ".join(found.to_confirm)))
    yield Table(caption, columns, tuple(rows), " ".join(filter(None, notes)))


def _indicators(sheet: PlaceSheet) -> Table:
    rows = []
    for x in sheet.indicators[:INDICATORS]:
        title = t("rapport.indicateur_colonne", title=x.title, unit=x.unit)
        effect = x.effect or Range()
        change = number(effect.value, x.decimals) if x.effect else t("sorties.fiche_aucun_effet")
        rows.append(
            (title, number(x.today.value, x.decimals), interval(x.today, x.decimals), change, interval(effect, x.decimals))
        )
    columns = table_columns("sorties.fiche_indicateurs_colonnes", (2.4, 1.0, 1.7, 1.0, 1.7), "lrrrr")
    return Table(t("sorties.fiche_indicateurs"), columns, tuple(rows), t("sorties.fiche_indicateurs_note"))


def _known(sheet: PlaceSheet) -> Table:
    rows = []
    for line in sorted(sheet.known, key=lambda x: (-x.count, x.title))[:LAYERS]:
        parts = (share(line.shares.get(o, 0.0)) if line.shares else "" for o in ORIGIN_COLOURS)
        rows.append((line.title, number(line.count), *parts))
    columns = table_columns("sorties.fiche_connu_colonnes", (2.6, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0), "lrrrrrr")
    return Table(t("sorties.fiche_connu"), columns, tuple(rows))


def owners_cost(actions: tuple[ActionLine, ...]) -> tuple[tuple[str, float | None], ...]:
    """Cost by owner [€], None as soon as one of its actions has none; the dearest first."""
    costs: dict[str, list[float | None]] = defaultdict(list)
    for action in actions:
        costs[action.owner].append(action.cost.value)
    sums = {owner: total(values) for owner, values in costs.items()}
    return tuple(sorted(sums.items(), key=lambda pair: (-(pair[1] or 0.0), pair[0])))
