"""XLSX workbooks: errors, odd ways of saying where a cell is, and the same cells as another reader."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest

from jumeau.sources.readers import read
from jumeau.sources.readers.xlsx import Book, extent


def test_an_error_of_a_formula_is_unknown_and_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["id", "hauteur"], ["a", 8.5], ["b", "#N/A"], ["c", "#REF!"]):
        sheet.append(row)
    for place in ("B3", "B4"):
        sheet[place].data_type = "e"
    book.save(tmp_path / "t.xlsx")
    raw = read(tmp_path / "t.xlsx")
    assert raw.columns["hauteur"].to_pylist() == [8.5, None, None]
    assert any(note.startswith("2 cellule(s)") for note in raw.notes)


ODD = {
    "said": (b'<row r="3"><c r="B3" s="1"/><c r="AA3" s="2" t="s"><v>0</v></c></row>', (3, 27)),
    "unsaid": (b"<row><c><v>1</v></c><c><v>2</v></c></row><row><c/><c/><c><v>3</v></c></row>", (2, 3)),
    "prefixed": (b"<x:row r='9'><x:c t='n' r='D9'><x:v>1</x:v></x:c></x:row>", (9, 4)),
    "blank": (b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="3"/></row>', (1, 1)),
    "hidden": (b'<c a=">" r="XFD1048576"><v>1</v></c>', (1_048_577, 16_384)),
    "twice": (b'<c a=" r=\'A1\'" r="XFD9"><v>1</v></c>', (9, 16_384)),
}


@pytest.mark.parametrize("name", list(ODD))
def test_the_extent_of_a_sheet_is_never_less_than_its_filled_cells(tmp_path: Path, name: str) -> None:
    text, expected = ODD[name]
    (tmp_path / "sheet.xml").write_bytes(b"<worksheet><sheetData>" + text + b"</sheetData></worksheet>")
    assert extent(tmp_path / "sheet.xml")[:2] == expected


@pytest.mark.data
def test_real_workbooks_are_read_as_openpyxl_reads_them(data_dir: Path) -> None:
    """Second implementation: openpyxl, on the real workbooks it reads in a few seconds."""
    compared = 0
    for path in (p for p in sorted(data_dir.rglob("*.xlsx")) if p.stat().st_size < 200_000):
        wanted = by_openpyxl(path)
        with Book(path) as book:
            mine = {name: filled(book.rows(name)) for name in book.names}
        assert wanted in (None, mine), path.name
        compared += sum(map(len, wanted.values())) if wanted else 0
    assert compared > 5_000


def by_openpyxl(path: Path) -> dict[str, dict[tuple[int, int], object]] | None:
    """Filled cells of each sheet; None where a page layout written wrongly makes openpyxl refuse the workbook."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
    try:
        return {sheet.title: filled(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    except TypeError:
        return None


def shown(value: object) -> object:
    """A cell without what the two readers write in two ways: an empty one, an error, the hour of a date."""
    if value is None or (isinstance(value, str) and (not value.strip() or value.startswith("#"))):
        return None
    return value.date() if isinstance(value, dt.datetime) else value


def filled(rows: Iterable[Iterable[object]]) -> dict[tuple[int, int], object]:
    cells = ((i, j, shown(value)) for i, row in enumerate(rows) for j, value in enumerate(row))
    return {(i, j): value for i, j, value in cells if value is not None}
