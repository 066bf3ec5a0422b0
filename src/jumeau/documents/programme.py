"""The part of the report that says what to do, when, for how much, and what it changes."""

from collections import defaultdict
from collections.abc import Iterator

from jumeau.documents.blocks import Align, Block, Column, Heading, Notice, Paragraph, Table
from jumeau.documents.context import ActionLine, BudgetLine, ProgrammeSection, ReportContext
from jumeau.documents.numbers import interval, number, plural, precise_share, total, with_unit
from jumeau.texts import t

PRINTED_ACTIONS = 300
PROVEN = 5e-5


def in_field(field: str, title: str) -> str:
    """A title with its field: fields share the names of their indicators."""
    if not field:
        return title
    lower = title[:1].lower() + title[1:]
    return t("rapport.du_domaine", field=t(f"rapport.domaine_{field}"), title=lower)


def programme(context: ReportContext) -> Iterator[Block]:
    """Years, budgets, effects and actions, with the proof of how good the choice is."""
    yield Heading(t("rapport.programme"))
    found = context.programme
    if found is None:
        yield Paragraph(t("rapport.programme_vide"))
        return
    yield Paragraph(_sentence(found))
    yield Paragraph(gap_sentence(found.gap))
    if any(budget.hypothesis for budget in found.budgets):
        yield Notice(t("rapport.hypothese_titre"), t("rapport.hypothese"))
    if found.totals:
        yield _effects(found)
    if found.actions:
        yield _years(found)
        yield from _shared(found)
        yield _actions(found)
    if found.budgets:
        yield _budgets(found)


def gap_sentence(gap: float | None) -> str:
    """How far from the best possible programme, in plain words. gap: [-], None when nothing is proven."""
    if gap is None:
        return t("rapport.gap_inconnu")
    return t("rapport.gap_nul") if gap < PROVEN else t("rapport.gap_connu", gap=precise_share(gap))


def _sentence(found: ProgrammeSection) -> str:
    chosen = len(found.actions)
    last = found.first_year + found.years - 1
    if not chosen:
        return t("rapport.essentiel_programme_vide", first=found.first_year, last=last)
    return t(
        "rapport.programme_phrase",
        first=found.first_year,
        last=last,
        actions=t("rapport.une_action") if chosen == 1 else t("rapport.des_actions", count=number(chosen)),
        feasible=number(chosen + found.left_out),
        cost=with_unit(found.cost.value, "€"),
        interval=interval(found.cost),
        price_year=found.price_year,
    )


def table_columns(key: str, widths: tuple[float, ...], right: str) -> tuple[Column, ...]:
    """Columns of a table. key: text of their titles; right: `l` or `r`, a letter a column."""
    titles = t(key).split("|")
    sides: list[Align] = ["right" if mark == "r" else "left" for mark in right]
    return tuple(Column(*column) for column in zip(titles, sides, widths, strict=True))


def _effects(found: ProgrammeSection) -> Table:
    rows = tuple(
        (in_field(x.field, x.title), number(x.range.value, x.decimals), interval(x.range, x.decimals), x.unit)
        for x in found.totals
    )
    columns = table_columns("rapport.effets_colonnes", (2.2, 1.2, 2.0, 0.8), "lrrl")
    return Table(t("rapport.effets"), columns, rows, t("rapport.effets_note"))


def _years(found: ProgrammeSection) -> Table:
    actions: dict[int, list[ActionLine]] = defaultdict(list)
    for action in found.actions:
        actions[action.year].append(action)
    budgets: dict[int, float] = defaultdict(float)
    for budget in found.budgets:
        budgets[budget.year] += budget.budget
    rows = []
    for year in range(found.first_year, found.first_year + found.years):
        costs = [x.cost.value for x in actions[year]]
        rows.append((str(year), number(len(costs)), number(total(costs)), number(budgets.get(year))))
    return Table(t("rapport.annees"), table_columns("rapport.annees_colonnes", (1.0,) * 4, "lrrr"), tuple(rows))


def _shared(found: ProgrammeSection) -> Iterator[Block]:
    """Equipment that several owners or fields use, paid once."""
    yield Heading(t("rapport.partages"), 3)
    if not found.shared:
        yield Paragraph(t("rapport.partages_vide"))
        return
    rows = tuple(
        (
            x.title,
            str(x.year),
            x.owner,
            number(x.cost),
            " ; ".join(t("rapport.partages_usage", title=title, used=number(used)) for title, used in x.uses),
            number(x.places),
        )
        for x in found.shared
    )
    columns = table_columns("rapport.partages_colonnes", (2.2, 0.6, 1.3, 0.9, 3.2, 0.8), "lllrlr")
    yield Table(t("rapport.partages_titre"), columns, rows, t("rapport.partages_note"))


def _actions(found: ProgrammeSection) -> Table:
    ordered = sorted(found.actions, key=lambda x: (x.year, x.owner, x.place, x.title))
    shown = ordered[:PRINTED_ACTIONS]
    rows = tuple(
        (
            t("rapport.action_lieu", title=x.title, place=x.place) if x.place else x.title,
            str(x.year),
            x.owner,
            counted(x.quantity, x.unit),
            number(x.cost.value),
            interval(x.cost),
        )
        for x in shown
    )
    columns = table_columns("rapport.actions_colonnes", (2.6, 0.6, 1.5, 1.1, 1.0, 1.5), "lllrrr")
    hidden = len(ordered) - len(shown)
    note = t("rapport.actions_coupe", shown=number(len(shown)), hidden=number(hidden)) if hidden else ""
    return Table(t("rapport.actions"), columns, rows, note)


def _budgets(found: ProgrammeSection) -> Table:
    owners: dict[str, list[BudgetLine]] = defaultdict(list)
    for line in found.budgets:
        owners[line.owner].append(line)
    rows = tuple(
        (
            owner,
            number(len({line.year for line in lines})),
            number(sum(line.budget for line in lines)),
            number(sum(line.spent for line in lines)),
            t("rapport.budget_hypothese" if any(line.hypothesis for line in lines) else "rapport.budget_vote"),
        )
        for owner, lines in sorted(owners.items())
    )
    return Table(t("rapport.budgets"), table_columns("rapport.budgets_colonnes", (2.4, 0.7, 1.2, 1.2, 1.0), "lrrrl"), rows)


def counted(quantity: float, unit: str) -> str:
    """A quantity and its unit, in the plural when there are several."""
    return f"{number(quantity)} {plural(unit, quantity)}"
