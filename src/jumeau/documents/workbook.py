"""Tables to one XLSX file: numbers stay numbers, no text is ever a formula, same tables give the same bytes."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeAlias
from zipfile import ZIP_STORED, ZipFile

import msgspec

from jumeau.documents.files import dated_zip
from jumeau.documents.render import write_whole
from jumeau.texts import t

Kind: TypeAlias = Literal["text", "number", "money", "share", "integer", "date"]
Cell: TypeAlias = str | float | int | bool | date | None
LONGEST = 32_000
ROWS = 1_048_575
_LIST_LENGTH = 255
"""Longest list of values a cell rule can hold [character]."""
_FORMATS: dict[Kind, str] = {
    "text": "General",
    "number": "#,##0.###",
    "money": "#,##0.00",
    "share": "0%",
    "integer": "0",
    "date": "yyyy-mm-dd",
}
_FORMULA = "=+-@"
"""What a text must begin with to be taken for a formula."""


class SheetColumn(msgspec.Struct, frozen=True):
    """A column. title: with its unit when it has one; width: in characters; choices: the only values a person may pick.

    open: a person may change it, on a sheet that is protected.
    """

    title: str
    kind: Kind = "text"
    width: int = 16
    choices: tuple[str, ...] = ()
    open: bool = False


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sheet of the workbook: a header line, then rows; an unknown cell is empty.

    protected: only open columns may be changed (a guard against slips, without password); spare: empty lines left open below
    the rows; hidden: not shown.
    """

    title: str
    columns: tuple[SheetColumn, ...]
    rows: Sequence[Sequence[Cell]]
    protected: bool = False
    spare: int = 0
    hidden: bool = False


def write_workbook(sheets: Iterable[Sheet], out: Path, on: date, title: str) -> Path:
    """Write the sheets in `out`. on: the date the file bears; title: what it is."""
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    book = Workbook(write_only=True)
    when = datetime(on.year, on.month, on.day)
    book.properties.title, book.properties.creator = title, "jumeau"
    book.properties.created = book.properties.modified = when
    for sheet in sheets:
        _write(book, sheet)
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        ExcelWriter(book, archive).save()
    return write_whole(out, dated_zip(buffer.getvalue(), when))


def _write(book: Any, sheet: Sheet) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    page = book.create_sheet(title=sheet.title)
    page._values_to_row = _placed
    page.freeze_panes = "A2"
    for i, column in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(i)].width = column.width
    kept = sheet.rows[: ROWS - 1]
    last = get_column_letter(len(sheet.columns))
    page.auto_filter.ref = f"A1:{last}{len(kept) + 1}"
    head = []
    for column in sheet.columns:
        cell = WriteOnlyCell(page, value=column.title)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="12436D")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        head.append(cell)
    page.append(head)
    looks = _Looks(page, sheet)
    for row in kept:
        page.append([looks.cell(value, column) for value, column in zip(row, sheet.columns, strict=True)])
    for _ in range(sheet.spare):
        page.append([looks.cell(None, column) for column in sheet.columns])
    _guard(page, sheet, len(kept) + 1 + sheet.spare)
    if len(sheet.rows) > len(kept):
        page.append([looks.cell(t("sorties.feuille_coupee", total=len(sheet.rows)), SheetColumn(""))])


def _placed(cells: Sequence[Any], row: int) -> Iterator[Any]:
    """The cells of a row at their places; openpyxl first tries each as a plain value, which fails and costs as much again."""
    for column, cell in enumerate(cells, start=1):
        if cell is not None:
            cell.column, cell.row = column, row
            yield cell


class _Looks:
    """Cells of a page. The look of a kind of cell is made once: making it for each takes longer than all the rest."""

    def __init__(self, page: Any, sheet: Sheet) -> None:
        self.page, self.protected = page, sheet.protected
        self._known: dict[tuple[Kind, bool, bool], Any] = {}

    def cell(self, value: Cell, column: SheetColumn) -> Any:
        """A typed cell; text is written as text whatever it begins with. None for an empty cell nobody may fill."""
        from openpyxl.cell import WriteOnlyCell

        free = self.protected and column.open
        content = _content(value)
        if content is None and not free:
            return None
        cell: Any = WriteOnlyCell(self.page, value=content)
        quoted = isinstance(content, str) and content[:1] in _FORMULA
        if isinstance(content, str):
            cell.data_type = "s"
        text = isinstance(value, str | bool) and not free
        key = ("text" if text else column.kind, quoted, free)
        if key not in self._known:
            self._known[key] = _look(cell, *key)
        cell._style = self._known[key]
        return cell


def _look(cell: Any, kind: Kind, quoted: bool, free: bool) -> Any:
    """The look of a cell: its format, whether a person may type in it."""
    from openpyxl.styles import PatternFill, Protection

    cell.number_format = _FORMATS[kind]
    if quoted:
        cell.quotePrefix = True
        cell.number_format = "@"
    if free:
        cell.protection = Protection(locked=False)
        cell.fill = PatternFill("solid", fgColor="FFF8E1")
    return cell._style


def _guard(page: Any, sheet: Sheet, last: int) -> None:
    """Lists of allowed values, and the protection of the sheet."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    for i, column in enumerate(sheet.columns, start=1):
        said = ",".join(column.choices)
        if column.choices and len(said) <= _LIST_LENGTH and last > 1:
            rule = DataValidation(type="list", formula1=f'"{said}"', allow_blank=True, showErrorMessage=True)
            rule.add(f"{get_column_letter(i)}2:{get_column_letter(i)}{last}")
            page.data_validations.append(rule)
    if sheet.protected:
        page.protection.sheet = True
        page.protection.formatColumns = page.protection.formatRows = False
        page.protection.sort = page.protection.autoFilter = False
    if sheet.hidden:
        page.sheet_state = "hidden"


def _content(value: Cell) -> Any:
    """What a cell holds; None for what is unknown."""
    if value is None or value == "" or (isinstance(value, float) and value - value != 0):
        return None
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return t("sorties.oui" if value else "sorties.non")
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value


def clean(text: str) -> str:
    """Text a sheet can hold: no control character, no lone surrogate, not longer than a cell."""
    kept = text if text.isprintable() else "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    return kept.encode("utf-8", "replace").decode()[:LONGEST]
