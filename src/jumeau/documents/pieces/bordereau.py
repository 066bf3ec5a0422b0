"""The bordereau of unit prices and the estimate of quantities (BPU and DQE), one workbook whose totals are formulas.

Each amount is rounded to the cent before it is added, as an invoice does: the printed lines add up to the printed total.
"""

from datetime import datetime
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any

from jumeau.documents.files import dated_zip
from jumeau.documents.pieces.dossier import Dossier, shown_unit
from jumeau.documents.render import write_whole
from jumeau.texts import t

MONEY = "#,##0.00"
ASKED_WIDTH, LINE_PT = 60, 14
"""Width of what is asked [character] and height of a line [pt]: not every spreadsheet fits the height of a row by itself."""
USUAL_VAT = 0.20
"""Rate proposed in an open cell [-]: the buyer checks it, works by works."""


def write_bordereau(dossier: Dossier, out: Path) -> Path:
    """Write the workbook: prices to fill on the first sheet, quantities by member and amounts on the second.

    A company fills the prices only; quantities are locked (without password: a guard against slips).
    """
    from openpyxl import Workbook

    book = Workbook()
    when = datetime(dossier.date.year, dossier.date.month, dossier.date.day)
    book.properties.title, book.properties.creator = f"BPU et DQE, {dossier.subject}", "jumeau"
    book.properties.created = book.properties.modified = when
    rows = _prices(book.active, dossier)
    _quantities(book.create_sheet(t("pieces.dqe_feuille")), dossier, rows)
    buffer = BytesIO()
    book.save(buffer)
    return write_whole(out, dated_zip(buffer.getvalue(), when))


def _text(value: str) -> str:
    """A text that no spreadsheet reads as a formula."""
    return f"'{value}" if value[:1] in "=+-@" else value


def _head(page: Any, titles: list[str], widths: list[int]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    page.append([_text(title) for title in titles])
    for i, width in enumerate(widths, 1):
        page.cell(1, i).font = Font(bold=True)
        page.column_dimensions[get_column_letter(i)].width = width
    page.freeze_panes = "A2"
    page.protection.sheet = True
    page.print_title_rows = "1:1"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _prices(page: Any, dossier: Dossier) -> dict[str, int]:
    """The bordereau; gives the row of each need."""
    from openpyxl.styles import Alignment, PatternFill, Protection

    page.title = t("pieces.bpu_feuille")
    _head(page, t("pieces.bpu_colonnes").split("|"), [14, 54, 14, 18, ASKED_WIDTH])
    rows = {}
    for i, name in enumerate(dossier.purchase.needs, 1):
        need = dossier.needs.get(name)
        unit = next(x.unit for x in dossier.purchase.items if x.need == name)
        asked = " ; ".join(r.text for r in need.requirements if r.theme == "performance") if need else ""
        page.append([f"P{i:02d}", _text(need.title if need else name), _text(shown_unit(unit)), None, _text(asked)])
        rows[name] = i + 1
        cell = page.cell(i + 1, 4)
        cell.number_format, cell.protection = MONEY, Protection(locked=False)
        cell.fill = PatternFill("solid", fgColor="FDF3E1")
        for column in range(1, 6):
            page.cell(i + 1, column).alignment = Alignment(wrap_text=column in (2, 5), vertical="top")
        page.row_dimensions[i + 1].height = LINE_PT * max(1, ceil(len(asked) / ASKED_WIDTH))
    return rows


def _quantities(page: Any, dossier: Dossier, rows: dict[str, int]) -> None:
    from openpyxl.styles import Font, Protection

    _head(page, t("pieces.dqe_colonnes").split("|"), [10, 34, 48, 10, 14, 14, 18])
    sums: dict[tuple[str, str, int], float] = {}
    for x in dossier.purchase.items:
        key = (x.need, x.owner, x.year)
        sums[key] = sums.get(key, 0.0) + x.quantity
    bpu = t("pieces.bpu_feuille")
    for (name, owner, year), quantity in sorted(sums.items()):
        need, row = dossier.needs.get(name), page.max_row + 1
        title = need.title if need else name
        price = f"='{bpu}'!D{rows[name]}"
        page.append(
            [
                f"P{rows[name] - 1:02d}",
                _text(dossier.names[owner]),
                _text(title),
                year,
                quantity,
                price,
                f"=ROUND(E{row}*F{row},2)",
            ]
        )
        for column in (6, 7):
            page.cell(row, column).number_format = MONEY
    last = page.max_row
    for label, rate, formula in (
        (t("pieces.dqe_total_ht"), None, f"=SUM(G2:G{last})"),
        (t("pieces.dqe_tva"), USUAL_VAT, f"=ROUND(G{last + 1}*F{last + 2},2)"),
        (t("pieces.dqe_total_ttc"), None, f"=G{last + 1}+G{last + 2}"),
    ):
        page.append(["", "", label, None, None, rate, formula])
        page.cell(page.max_row, 7).number_format = MONEY
        for column in (3, 7):
            page.cell(page.max_row, column).font = Font(bold=True)
    tax = page.cell(last + 2, 6)
    tax.number_format, tax.protection = "0.0%", Protection(locked=False)
