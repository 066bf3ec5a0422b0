"""Blocks as one HTML file that stands alone: no script, no address, readable by a screen reader and on paper."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from jumeau.documents.blocks import (
    Block,
    Break,
    Bullets,
    Chart,
    Document,
    Figures,
    Heading,
    Notice,
    Paragraph,
    Table,
)  # fmt: skip
from jumeau.documents.numbers import visible


def to_html(documents: Sequence[Document]) -> str:
    """Documents as one HTML file. Every text is escaped; the drawings are ours and go in as they are."""
    style = files("jumeau.documents").joinpath("templates", "rapport.css").read_text(encoding="utf-8")
    body = '\n<hr class="break"/>\n'.join(_document(document, i) for i, document in enumerate(documents))
    first = documents[0]
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f"<title>{_safe(first.collection or first.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        f"{body}\n</main>\n<footer><p>{_safe(first.footer)}</p></footer>\n</body>\n</html>\n"
    )


def _document(document: Document, number: int) -> str:
    body = "\n".join(_block(block, f"{number}-{i}") for i, block in enumerate(document.blocks))
    return (
        f'<header>\n<p class="eyebrow">{_safe(document.eyebrow)}</p>\n<h1>{_safe(document.title)}</h1>\n'
        f'<p class="subtitle">{_safe(document.subtitle)}</p>\n</header>\n{body}'
    )


def _safe(text: str) -> str:
    return escape(visible(text), quote=True)


def _block(block: Block, index: str) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{_safe(text)}</h{level}>"
        case Paragraph(text, lead):
            return f'<p class="lead">{_safe(text)}</p>' if lead else f"<p>{_safe(text)}</p>"
        case Notice(title, text):
            name = _safe(title)
            return f'<aside class="notice" aria-label="{name}"><p><strong>{name}</strong> {_safe(text)}</p></aside>'
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{_safe(x)}</li>" for x in items) + "</ul>"
        case Figures(items):
            pairs = "".join(
                f"<div><dt>{_safe(x.label)}</dt><dd><strong>{_safe(x.value)}</strong><span>{_safe(x.detail)}</span></dd></div>"
                for x in items
            )
            return f'<dl class="figures">{pairs}</dl>'
        case Table():
            return _table(block, index)
        case Chart(caption, svg, alt):
            drawing = svg.replace("<svg ", f'<svg role="img" aria-label="{_safe(alt)}" ', 1)
            return f"<figure><figcaption>{_safe(caption)}</figcaption>{drawing}</figure>"
        case Break():
            return '<hr class="break"/>'


def _table(table: Table, index: str) -> str:
    head = "".join(f'<th scope="col" class="{c.align}">{_safe(c.title)}</th>' for c in table.columns)
    rows = []
    for row in table.rows:
        first, *others = zip(table.columns, row, strict=True)
        cells = f'<th scope="row" class="{first[0].align}">{_safe(first[1])}</th>'
        cells += "".join(f'<td class="{c.align}">{_safe(text)}</td>' for c, text in others)
        rows.append(f"<tr>{cells}</tr>")
    note = f'<p class="note">{_safe(table.note)}</p>' if table.note else ""
    name = f"t{index}"
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-labelledby="{name}"><table>'
        f'<caption id="{name}">{_safe(table.caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{note}"
    )
