"""XLSX workbooks, read by calamine once their size is known: it holds every row and column up to the last filled cell."""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.guard import DEFAULT, Limits, check_members, check_xml, unpack

HELD_CELLS = 40_000_000
"""Most cells of the rectangle that holds the filled cells of a sheet, empty ones included: about 1 GB."""
_BLOCK = 1 << 24
_PLAIN = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"(?: s="\d+")?(?: t="\w+")?>')
_OPENED = re.compile(rb"<(?:\w+:)?c(?=[\s>])(?:[^>]*[^/>])?>")
_TOKEN = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>")
_PLACE = re.compile(rb"(?<![\w:])r\s*=\s*[\"']([A-Za-z]*)(\d*)[\"']")
_WRONG = re.compile(rb'<(?:\w+:)?c\s[^>]*\bt="e"')


class Book:
    """An XLSX workbook that was checked. errors: its cells whose formula failed, read as empty. Closed by `with`."""

    def __init__(self, path: Path, limits: Limits = DEFAULT) -> None:
        from python_calamine import CalamineWorkbook

        self.errors = _checked(path, limits)
        self._book = _called(lambda: CalamineWorkbook.from_path(path), path)
        self._path = path

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    @property
    def names(self) -> list[str]:
        """Names of the sheets that hold cells, hidden ones included."""
        from python_calamine import SheetTypeEnum

        return [sheet.name for sheet in self._book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]

    def rows(self, name: str) -> Iterator[list[Any]]:
        """Rows of a sheet from the first row and column on; an empty cell is an empty text."""
        sheet = _called(lambda: self._book.get_sheet_by_name(name), self._path)
        left = [""] * (sheet.start[1] if sheet.start else 0)
        yield from (left + row for row in sheet.iter_rows())


def _called(work: Any, path: Path) -> Any:
    """What calamine answers; a panic of its own is an unreadable file."""
    try:
        return work()
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise InputError("imports.archive_abimee", file=path.name) from error


def _checked(path: Path, limits: Limits) -> int:
    """Refuse bombs, entities and sheets too large to be held; gives the number of cells in error."""
    wrong = 0
    members = check_members(path, limits)
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        for member in members:
            part = unpack(path, member, Path(folder), archive)
            if member.filename.endswith((".xml", ".rels")):
                check_xml(part, limits, name=path.name)
            rows, columns, errors = extent(part)
            part.unlink()
            wrong += errors
            if rows > min(limits.rows, 1_048_576) or columns > 16_384 or rows * columns > min(limits.cells, HELD_CELLS):
                raise HostileFileError("imports.trop_de_cellules", file=path.name, rows=rows, columns=columns)
    return wrong


def extent(sheet: Path) -> tuple[int, int, int]:
    """Rows and columns up to the last filled cell of the XML of a sheet, and its cells in error."""
    rows = columns = wrong = 0
    with sheet.open("rb") as file:
        rest = b""
        while block := file.read(_BLOCK):
            text = rest + block.replace(b"\x00", b"")
            cut = max(text.rfind(b"<"), 0)
            text, rest = (text[:cut], text[cut:]) if len(block) == _BLOCK else (text, b"")
            plain = _PLAIN.findall(text)
            if len(plain) != len(_OPENED.findall(text)):
                return _walked(sheet)
            wrong += len(_WRONG.findall(text))
            rows = max(rows, max((int(row) for _, row in plain), default=0))
            columns = max(columns, max(map(_rank, {letters for letters, _ in plain}), default=0))
    return rows, columns, wrong


def _walked(sheet: Path) -> tuple[int, int, int]:
    """The same, cell after cell: some do not say their place, or say it in another way."""
    most, row, column, wrong = [0, 0], 0, 0, 0
    with sheet.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
        for found in _TOKEN.finditer(text):
            said = found.group(2)
            if said.count(b'"') % 2 or said.count(b"'") % 2:
                return 1_048_577, 16_384, wrong
            places = _PLACE.findall(said)
            if found.group(1) == b"row":
                row, column = max((int(n or 0) for _, n in places), default=row + 1), 0
                continue
            column = max((_rank(letters) for letters, _ in places), default=column + 1)
            row = max([row, *(int(n or 0) for _, n in places)])
            if not said.endswith(b"/"):
                most = [max(most[0], row), max(most[1], column)]
            wrong += b't="e"' in said
    return most[0], most[1], wrong


def _rank(letters: bytes) -> int:
    """Number of a column from its letters: A is 1, AA is 27."""
    rank = 0
    for letter in letters.upper():
        rank = rank * 26 + letter - 64
    return rank
