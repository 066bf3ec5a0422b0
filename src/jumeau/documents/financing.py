"""The part of the report that says who pays: what others may bring, what comes back of the tax, what remains to pay."""

from collections.abc import Iterator, Sequence

from jumeau.documents.blocks import Block, Bullets, Heading, Notice, Paragraph, Table
from jumeau.documents.context import FinancingSection, OwnerFinancing, Range, ReportContext, ResourceLine
from jumeau.documents.numbers import day, interval, number, with_unit
from jumeau.documents.programme import table_columns
from jumeau.texts import t

PRINTED_OWNERS, PRINTED_FACTS = 400, 40
AIDS = ("aid", "certificate")
TAX = ("fctva", "tva")


def financing(context: ReportContext) -> Iterator[Block]:
    """The plan de financement by owner; nothing before a programme with costed works."""
    found = context.financing
    if found is None or not found.owners:
        return
    yield Heading(t("sorties.plan_titre"))
    yield Paragraph(_sentence(found))
    yield Paragraph(found.hypotheses)
    if found.facts:
        yield Heading(t("sorties.faits_titre"), 3)
        yield Bullets(found.facts[:PRINTED_FACTS])
        if len(found.facts) > PRINTED_FACTS:
            yield Paragraph(t("sorties.faits_suite", count=number(len(found.facts) - PRINTED_FACTS)))
    if found.warnings:
        yield Notice(t("sorties.plan_alertes"), " ".join(found.warnings))
    yield _resources(found)
    yield _owners(found)
    helped = [(one, line) for one in found.owners for line in one.lines if line.kind in AIDS]
    if helped:
        yield _aids(helped)
    if found.to_confirm:
        yield Heading(t("sorties.plan_a_confirmer_titre"), 3)
        yield Paragraph(t("sorties.plan_a_confirmer_phrase"))
        yield Bullets(found.to_confirm)


def amount(lines: Sequence[ResourceLine], *kinds: str) -> Range:
    """Sum of the lines of some kinds [€]: middle scenario, then the least and the most of the three."""
    low, mid, high = (round(sum(getattr(x, name) for x in lines if x.kind in kinds), 2) for name in ("low", "mid", "high"))
    return Range(mid, min(low, mid, high), max(low, mid, high))


def _sentence(found: FinancingSection) -> str:
    cost = sum(one.before_tax + one.tax for one in found.owners)
    own = amount(found.whole, "own", "loan")
    return t(
        "sorties.plan_phrase",
        on=day(found.on),
        cost=with_unit(cost, "€"),
        aids=with_unit(amount(found.whole, *AIDS).value, "€"),
        tax=with_unit(amount(found.whole, *TAX).value, "€"),
        own=with_unit(own.value, "€"),
        interval=interval(own) if own.low != own.high else t("sorties.plan_sans_intervalle"),
    )


def _between(found: Range) -> str:
    return interval(found) if found.low != found.high else t("sorties.plan_fixe")


def _resources(found: FinancingSection) -> Table:
    rows = [_resource(line) for line in found.whole]
    cost = number(sum(one.before_tax + one.tax for one in found.owners))
    rows.append((t("sorties.fiche_total"), "", cost, cost, cost, "", ""))
    columns = table_columns("sorties.plan_ressources_colonnes", (2.4, 1.4, 0.9, 0.9, 0.9, 1.5, 0.9), "llrrrll")
    tax = with_unit(sum(one.tax for one in found.owners), "€")
    return Table(t("sorties.plan_ressources", tax=tax), columns, tuple(rows), t("sorties.plan_ressources_note"))


def _resource(x: ResourceLine) -> tuple[str, ...]:
    checked = "" if x.checked_on is None else f"{x.checked_on:%d/%m/%Y}"
    said = t("sorties.plan_perimee", checked=checked) if x.stale else checked
    label = t("sorties.plan_delai", label=x.label, years=x.after_years) if x.after_years else x.label
    return (label, x.payer, *(number(v) for v in (x.low, x.mid, x.high)), x.confidence, said)


def _owners(found: FinancingSection) -> Table:
    ranked = sorted(found.owners, key=lambda x: (-(x.before_tax + x.tax), x.owner))
    shown, rest = ranked[:PRINTED_OWNERS], ranked[PRINTED_OWNERS:]
    rows = [_owner(x.owner, [x]) for x in shown]
    if rest:
        rows.append(_owner(t("sorties.fiche_autres", count=number(len(rest))), rest))
    rows.append(_owner(t("sorties.plan_total"), ranked))
    columns = table_columns("sorties.plan_maitres_colonnes", (2.4, 1.0, 0.9, 0.9, 1.0, 1.1, 1.5), "lrrrrrr")
    return Table(t("sorties.plan_maitres"), columns, tuple(rows), t("sorties.plan_maitres_note"))


def _owner(title: str, owners: Sequence[OwnerFinancing]) -> tuple[str, ...]:
    lines = [line for one in owners for line in one.lines]
    cost = sum(one.before_tax + one.tax for one in owners)
    aids, tax, own = amount(lines, *AIDS).value, amount(lines, *TAX).value, amount(lines, "own", "loan")
    share = cost - (aids or 0.0)
    return (title, *(number(v) for v in (cost, aids, tax, share, own.value)), _between(own))


def _aids(helped: list[tuple[OwnerFinancing, ResourceLine]]) -> Table:
    helped.sort(key=lambda pair: (-pair[1].mid, pair[0].owner, pair[1].label))
    rows = [(o.owner, x.label, *(number(v) for v in (x.low, x.mid, x.high))) for o, x in helped[:PRINTED_OWNERS]]
    rest = [x for _, x in helped[PRINTED_OWNERS:]]
    if rest:
        title = t("sorties.fiche_autres", count=number(len(rest)))
        rows.append((title, "", *(number(sum(getattr(x, name) for x in rest)) for name in ("low", "mid", "high"))))
    columns = table_columns("sorties.plan_aides_colonnes", (2.0, 2.4, 1.0, 1.0, 1.0), "llrrr")
    return Table(t("sorties.plan_aides"), columns, tuple(rows))
