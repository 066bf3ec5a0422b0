"""Documents as an editable Word file, on the letterhead of the user when there is one."""

from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

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
from jumeau.documents.files import dated_zip
from jumeau.documents.numbers import visible
from jumeau.documents.render import write_whole
from jumeau.errors import InputError

LARGEST_LETTERHEAD = 20_000_000
A4_MM, MARGIN_MM = (210, 297), 20
CELL_PT = 9


def print_word(document: Document, out: Path, on: date, letterhead: Path | None = None) -> Path:
    """Write a document as DOCX. letterhead: a DOCX whose header, footer, styles and first lines are kept.

    Raises InputError when the letterhead cannot be read.
    """
    page = _opened(letterhead)
    when = datetime(on.year, on.month, on.day)
    about = page.core_properties
    about.title, about.author, about.language = document.title, "jumeau", "fr-FR"
    about.created = about.modified = when
    if letterhead is None:
        _footer(page.sections[0].footer.paragraphs[0], document.footer)
    page.add_paragraph(visible(document.eyebrow))
    _heading(page, document.title, 1)
    page.add_paragraph(visible(document.subtitle))
    for block in document.blocks:
        _block(page, block)
    buffer = BytesIO()
    page.save(buffer)
    return write_whole(out, dated_zip(buffer.getvalue(), when))


def _opened(letterhead: Path | None) -> Any:
    import docx

    if letterhead is None:
        return _plain(docx.Document())
    try:
        if letterhead.stat().st_size > LARGEST_LETTERHEAD:
            raise InputError("pieces.entete_lourd", file=letterhead)
        return docx.Document(str(letterhead))
    except InputError:
        raise
    except Exception as error:
        raise InputError("pieces.entete_illisible", file=letterhead) from error


def _plain(page: Any) -> Any:
    """A blank page as French paper is."""
    from docx.shared import Mm

    for section in page.sections:
        section.page_width, section.page_height = (Mm(x) for x in A4_MM)
        for side in ("left", "right", "top", "bottom"):
            setattr(section, f"{side}_margin", Mm(MARGIN_MM))
    return page


def _footer(line: Any, text: str) -> None:
    """The foot of each page and its number, which Word counts."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    line.add_run(f"{visible(text)}  ")
    for i, name in enumerate(("PAGE", "NUMPAGES")):
        if i:
            line.add_run("/")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), name)
        run = OxmlElement("w:r")
        shown = OxmlElement("w:t")
        shown.text = "1"
        run.append(shown)
        field.append(run)
        line._p.append(field)


def _heading(page: Any, text: str, level: int) -> None:
    """A heading in the style of the letterhead, or bold where it has none of that level."""
    names = {style.name for style in page.styles}
    if f"Heading {level}" in names:
        page.add_heading(visible(text), level)
    else:
        page.add_paragraph().add_run(visible(text)).bold = True


def _block(page: Any, block: Block) -> None:
    match block:
        case Heading(text, level):
            _heading(page, text, level)
        case Paragraph(text, lead):
            page.add_paragraph().add_run(visible(text)).bold = lead
        case Notice(title, text):
            line = page.add_paragraph()
            line.add_run(f"{visible(title)} ").bold = True
            line.add_run(visible(text))
        case Bullets(items):
            for item in items:
                page.add_paragraph(visible(item), style=_style(page, "List Bullet"))
        case Figures(items):
            for x in items:
                line = page.add_paragraph()
                line.add_run(f"{visible(x.label)} : {visible(x.value)}").bold = True
                line.add_run(f" {visible(x.detail)}")
        case Table():
            _table(page, block)
        case Chart(caption, _, alt):
            page.add_paragraph(f"{visible(caption)} : {visible(alt)}")
        case Break():
            page.add_page_break()


def _style(page: Any, name: str) -> str | None:
    return name if name in {style.name for style in page.styles} else None


def _table(page: Any, table: Table) -> None:
    from docx.shared import Pt

    caption = page.add_paragraph()
    caption.add_run(visible(table.caption)).bold = True
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(10), Pt(3)
    grid = page.add_table(rows=1, cols=len(table.columns), style=_style(page, "Table Grid"))
    grid.autofit = False
    section = page.sections[-1]
    room = section.page_width - section.left_margin - section.right_margin
    whole = sum(c.width for c in table.columns)
    shape = [(int(room * c.width / whole), c.align == "right") for c in table.columns]
    for column, (width, _) in zip(grid.columns, shape, strict=True):
        column.width = width
    _row(grid.rows[0], [c.title for c in table.columns], shape, bold=True)
    _repeat(grid.rows[0])
    for row in table.rows:
        _row(grid.add_row(), row, shape)
    if table.note:
        note = page.add_paragraph()
        note.paragraph_format.space_before = Pt(3)
        note.add_run(visible(table.note)).font.size = Pt(CELL_PT)


def _row(row: Any, texts: Any, shape: list[tuple[int, bool]], *, bold: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    for cell, text, (width, right) in zip(row.cells, texts, shape, strict=True):
        cell.width = width
        line = cell.paragraphs[0]
        line.paragraph_format.space_after = Pt(0)
        if right:
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = line.add_run(visible(text))
        run.bold, run.font.size = bold, Pt(CELL_PT)


def _repeat(row: Any) -> None:
    """The header line comes back on each page, and a screen reader knows it as such."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)
