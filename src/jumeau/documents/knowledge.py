"""The part of the report that says, for each commune and field, what is measured, declared, inferred and not known."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Column, Heading, Paragraph, Table
from jumeau.documents.context import KnowledgeLine, ReportContext
from jumeau.documents.numbers import number, share
from jumeau.texts import t

ORIGINS = ("measured", "declared", "inferred", "default")
SEEN = 0.005
"""Share under which an origin is not named in a cell [-]."""


def by_field(context: ReportContext) -> Iterator[Block]:
    """How many communes know something of each field, and on what it rests on the whole."""
    if not context.knowledge:
        return
    yield Heading(t("rapport.savoir"), 3)
    yield Paragraph(t("rapport.savoir_texte"))
    rows = []
    for field in _fields(context):
        mine = [line for line in context.knowledge if line.field == field]
        some = [line for line in mine if line.assets]
        means = [sum(x.shares.get(o, 0.0) for x in some) / max(len(some), 1) for o in ORIGINS]
        unknown = sum(x.shares.get("unknown", 0.0) for x in mine) / len(mine)
        shares = [share(x) if some else "" for x in means]
        rows.append(
            (t(f"rapport.domaine_{field}"), number(len(some)), number(len(mine) - len(some)), *shares, share(unknown))
        )
    titles = t("rapport.savoir_colonnes").split("|")
    columns = (Column(titles[0], width=2.0), *(Column(title, "right") for title in titles[1:]))
    yield Table(t("rapport.savoir_domaines"), columns, tuple(rows), t("rapport.savoir_note"))


def by_commune(context: ReportContext) -> Iterator[Block]:
    """The same, commune by commune."""
    if not context.knowledge:
        return
    fields = _fields(context)
    cells: dict[str, dict[str, str]] = {}
    for line in context.knowledge:
        cells.setdefault(line.place, {})[line.field] = _cell(line)
    columns = (
        Column(t("rapport.annexe_colonne"), width=1.3),
        *(Column(t(f"rapport.domaine_{f}"), width=1.5) for f in fields),
    )
    rows = tuple((place, *(known.get(f, "") for f in fields)) for place, known in cells.items())
    yield Heading(t("rapport.savoir_annexe"))
    yield Table(t("rapport.savoir_communes"), columns, rows, t("rapport.savoir_note"))


def _fields(context: ReportContext) -> list[str]:
    return list(dict.fromkeys(line.field for line in context.knowledge))


def _cell(line: KnowledgeLine) -> str:
    if not line.assets:
        return t("rapport.savoir_rien")
    named = [(t(f"rapport.origine_{o}"), line.shares.get(o, 0.0)) for o in ORIGINS]
    parts = [f"{name} {share(value)}" for name, value in named if value >= SEEN]
    missing = line.shares.get("unknown", 0.0)
    if missing >= SEEN:
        parts.append(t("rapport.savoir_inconnu", share=share(missing)))
    return ", ".join(parts)
