"""Spreadsheets: XLSX, XLS and ODS, with their titles, merged cells and repeated rows."""

import datetime as dt
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.guard import DEFAULT, Limits, check_members, check_shape, check_xml, unpack
from jumeau.sources.raw import RawTable, Reading
from jumeau.sources.readers.xlsx import Book
from jumeau.sources.sniff import column_names, header_row, without_dbase
from jumeau.texts import t

Rows = list[list[Any]]
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_REPEATED = 1_000


def read_sheet(path: Path, kind: str, reading: Reading, limits: Limits = DEFAULT) -> RawTable:
    """Read one sheet of a workbook: the named one, else the fullest. kind: `xlsx`, `xls` or `ods`."""
    notes: list[str] = []
    xlsx = partial(_xlsx, wanted=reading.table, notes=notes)
    readers: dict[str, Callable[[Path, Limits], dict[str, Rows]]] = {"xlsx": xlsx, "xls": _xls, "ods": _ods}
    try:
        sheets = readers[kind](path, limits)
    except (InputError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError("imports.illisible", file=path.name, format=kind.upper(), reason=reason) from error
    name = _choose(sheets, reading.table, path)
    if len(sheets) > 1:
        notes.insert(0, t("imports.note_feuille", sheet=name, others=len(sheets) - 1))
    return _raw(sheets[name], kind, path, notes, limits)


def _choose(sheets: dict[str, Rows], wanted: str, path: Path) -> str:
    if wanted:
        if wanted not in sheets:
            raise InputError("imports.table_inconnue", file=path.name, table=wanted, known=", ".join(sheets))
        return wanted
    sizes = {name: sum(sum(c is not None for c in row) for row in rows) for name, rows in sheets.items()}
    if not sizes or not max(sizes.values()):
        raise InputError("imports.sans_ligne", file=path.name)
    return max(sizes, key=lambda name: sizes[name])


def _raw(rows: Rows, kind: str, path: Path, notes: list[str], limits: Limits) -> RawTable:
    header = header_row(rows)
    if header:
        notes.append(t("imports.note_preambule", lines=header))
    names = column_names(without_dbase(_trimmed(rows[header])))
    check_shape(len(rows), len(names), path.name, limits)
    width = len(names)
    kept = [(i, row) for i, row in enumerate(rows[header + 1 :], start=header + 2) if any(c is not None for c in row)]
    columns = {
        name: _column([row[rank] if rank < len(row) else None for _, row in kept]) for rank, name in enumerate(names[:width])
    }
    return RawTable(
        format=kind,
        columns=pa.table(columns),
        first_row=header + 2,
        rows=pa.array([number for number, _ in kept], pa.int64()),
        notes=tuple(notes),
    )


def _trimmed(row: list[Any]) -> list[Any]:
    last = max((i for i, cell in enumerate(row) if cell is not None), default=0)
    return row[: last + 1]


def _column(values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool}:
        return pa.array(values, pa.bool_())
    if kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    if kinds <= {dt.date}:
        return pa.array(values, pa.date32())
    return pa.array([None if v is None else _text(v) for v in values], pa.string())


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, dt.datetime):
        return value.date()
    return value


def sheet_names(path: Path, limits: Limits = DEFAULT) -> list[str]:
    """Names of the sheets of an XLSX workbook, hidden ones included. Raises InputError, HostileFileError."""
    try:
        with Book(path, limits) as book:
            return book.names
    except InputError:
        raise
    except Exception as error:
        raise InputError("imports.archive_abimee", file=path.name) from error


def _xlsx(path: Path, limits: Limits, wanted: str, notes: list[str]) -> dict[str, Rows]:
    """Every sheet, or the wanted one only: the others are then there without rows."""
    with Book(path, limits) as book:
        if book.errors:
            notes.append(t("imports.note_erreurs", count=book.errors))
        return {name: _bounded(book.rows(name), path, limits) if wanted in ("", name) else [] for name in book.names}


def _bounded(rows: Iterator[list[Any]], path: Path, limits: Limits) -> Rows:
    out: Rows = []
    cells = 0
    for row in rows:
        clean = [_cell(value) for value in row]
        while clean and clean[-1] is None:
            clean.pop()
        cells += len(clean)
        out.append(clean)
        if len(out) > min(limits.rows, 1_100_000) or cells > min(limits.cells, 100_000_000):
            raise HostileFileError("imports.trop_de_cellules", file=path.name, rows=len(out), columns=len(clean))
    while out and not out[-1]:
        out.pop()
    return out


def _xls(path: Path, limits: Limits) -> dict[str, Rows]:
    import xlrd

    book = xlrd.open_workbook(str(path), on_demand=True, logfile=_Silent())

    def value(cell: Any) -> Any:
        if cell.ctype == xlrd.XL_CELL_DATE:
            try:
                return xlrd.xldate_as_datetime(cell.value, book.datemode)
            except (ValueError, OverflowError, xlrd.xldate.XLDateError):
                return cell.value
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        return cell.value if cell.ctype in {xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER} else None

    return {s.name: _bounded(([value(c) for c in s.row(i)] for i in range(s.nrows)), path, limits) for s in book.sheets()}


class _Silent:
    """Where xlrd's remarks go."""

    def write(self, text: str) -> None:
        """Forget the remark."""


def _ods(path: Path, limits: Limits) -> dict[str, Rows]:
    import tempfile

    members = {member.filename: member for member in check_members(path, limits)}
    if "content.xml" not in members:
        raise zipfile.BadZipFile(t("imports.ods_sans_contenu"))
    with tempfile.TemporaryDirectory() as folder:
        content = unpack(path, members["content.xml"], Path(folder))
        check_xml(content, limits, name=path.name)
        return {name: _bounded(rows, path, limits) for name, rows in _ods_sheets(content)}


def _ods_sheets(content: Path) -> Iterator[tuple[str, Iterator[list[Any]]]]:
    from defusedxml.ElementTree import iterparse

    name = ""
    rows: Rows = []
    for event, element in iterparse(str(content), events=("start", "end"), forbid_dtd=True):
        if element.tag == f"{{{_TABLE}}}table":
            if event == "start":
                name, rows = element.get(f"{{{_TABLE}}}name", ""), []
            else:
                yield name, iter(rows)
                element.clear()
        elif event == "end" and element.tag == f"{{{_TABLE}}}table-row":
            row = _ods_row(element)
            repeat = int(element.get(f"{{{_TABLE}}}number-rows-repeated", "1"))
            rows.extend([row] * (min(repeat, _REPEATED) if any(c is not None for c in row) else min(repeat, 50)))
            element.clear()


def _ods_row(element: Any) -> list[Any]:
    out: list[Any] = []
    for cell in element:
        if not str(cell.tag).endswith("table-cell"):
            continue
        value = _ods_value(cell)
        repeat = min(int(cell.get(f"{{{_TABLE}}}number-columns-repeated", "1")), 16_384)
        out.extend([value] * repeat)
    return _trimmed(out) if any(c is not None for c in out) else []


def _ods_value(cell: Any) -> Any:
    kind = cell.get(f"{{{_OFFICE}}}value-type")
    if kind in {"float", "currency", "percentage"}:
        return float(cell.get(f"{{{_OFFICE}}}value", "nan"))
    if kind == "boolean":
        return cell.get(f"{{{_OFFICE}}}boolean-value") == "true"
    if kind == "date":
        return dt.datetime.fromisoformat(cell.get(f"{{{_OFFICE}}}date-value", "")[:10])
    return "\n".join(_ods_text(p) for p in cell.findall(f"{{{_TEXT}}}p")) or None


def _ods_text(paragraph: Any) -> str:
    """Text of a paragraph; repeated spaces are elements of their own."""
    out = [paragraph.text or ""]
    for part in paragraph:
        if part.tag == f"{{{_TEXT}}}s":
            out.append(" " * min(int(part.get(f"{{{_TEXT}}}c", "1")), 1_000))
        else:
            out.append(_ods_text(part))
        out.append(part.tail or "")
    return "".join(out)
