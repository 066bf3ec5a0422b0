"""Guess how a text table was written: encoding, separator, preamble, header."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

SEPARATORS = (";", "\t", "|", ",")
_DBASE = re.compile(r"^\s*(?P<name>[^;,]{1,64}),(?P<type>[CNFDLMBI]),\d+(?:,\d+)?\s*$")
_FRENCH = frozenset("éèêëàâçîïôöùûüœÉÈÊËÀÂÇÎÏÔÙÛ°²³€’«»ñ")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 4 << 20
_STEADY = 0.9


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How a text table is written. header: line of the header, from 0, counted in rows of the table."""

    encoding: str
    separator: str
    header: int
    names: tuple[str, ...]
    dbase: bool = False


def sniff_encoding(path: Path) -> str:
    """Encoding of a file: its byte-order mark, strict UTF-8, or the single-byte page whose letters look French."""
    with path.open("rb") as source:
        head = source.read(4)
        for bom, name in _BOMS:
            if head.startswith(bom):
                return name
        source.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        odd = b""
        try:
            while block := source.read(_SAMPLE):
                odd = block
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "utf-8" if mostly_utf8(odd) else sniff_page(odd)
    return "utf-8"


def mostly_utf8(sample: bytes) -> bool:
    """Are the accents UTF-8, but for a few letters cut in half (fixed-width tables do it)?"""
    text = sample.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(ord(c) > 127 for c in text) > 4 * broken


def sniff_page(sample: bytes) -> str:
    """The single-byte page that turns the high bytes of a sample into the most French letters."""
    high = Counter(byte for byte in sample if byte >= 0x80)
    scores = {}
    for rank, page in enumerate(("cp1252", "cp850", "mac_roman")):
        good = sum(n for byte, n in high.items() if _letter(byte, page) in _FRENCH)
        bad = sum(n for byte, n in high.items() if not _letter(byte, page).isprintable())
        scores[page] = (good - 2 * bad, -rank)
    best = max(scores, key=lambda page: scores[page])
    if best == "cp1252" and any(not _letter(byte, best) for byte in high):
        return "latin-1"
    return best


def _letter(byte: int, page: str) -> str:
    return bytes([byte]).decode(page, errors="replace").replace("\ufffd", "\x00")


def sniff_dialect(text: str, encoding: str, separator: str = "") -> Dialect:
    """Separator, header row and column names from the first lines of a text."""
    lines = text.splitlines()[:200]
    dbase = _dbase_names(lines[0]) if lines else None
    if dbase:
        return Dialect(encoding=encoding, separator=";", header=0, names=dbase, dbase=True)
    separator = separator or _separator(lines)
    rows = list(csv.reader(_balanced(lines), delimiter=separator))
    header = header_row(rows)
    names = column_names(rows[header]) if rows else ()
    return Dialect(encoding=encoding, separator=separator, header=header, names=names)


def _balanced(lines: Sequence[str]) -> list[str]:
    return [line + "\n" for line in lines]


def _dbase_names(line: str) -> tuple[str, ...] | None:
    found = [_DBASE.match(part) for part in line.split(";")]
    if len(found) < 2 and not (found and found[0]):
        return None
    names = [match["name"] for match in found if match]
    return column_names(names) if len(names) == len(found) else None


def _separator(lines: Sequence[str]) -> str:
    """The separator that cuts most lines into the same number of cells; the comma last, for it also marks decimals."""
    best, best_score = ",", 0.0
    for candidate in SEPARATORS:
        try:
            widths = Counter(len(row) for row in csv.reader(_balanced(lines), delimiter=candidate) if any(row))
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        share = count / sum(widths.values())
        if width > 1 and share >= _STEADY:
            return candidate
        score = share if width > 1 else 0.0
        if score > best_score:
            best, best_score = candidate, score
    return best


def header_row(rows: Sequence[Sequence[object]]) -> int:
    """Index of the header: the first row about as full as the fullest of the first rows (titles are nearly empty)."""
    filled = [sum(cell is not None and str(cell).strip() != "" for cell in row) for row in rows[:100]]
    most = max(filled, default=0)
    return next((i for i, count in enumerate(filled) if count >= max(1, 0.6 * most)), 0)


def without_dbase(cells: Sequence[object]) -> list[object]:
    """Header cells such as `NOM,C,32` without their dBase type, when all are written so."""
    found = [_DBASE.match(str(cell)) for cell in cells if cell is not None]
    if not found or not all(found):
        return list(cells)
    return [None if cell is None else str(cell).split(",")[0] for cell in cells]


def column_names(cells: Sequence[object]) -> tuple[str, ...]:
    """Usable names: no blank, no repeat."""
    out: list[str] = []
    for rank, cell in enumerate(cells, start=1):
        name = " ".join(str(cell).split()) if cell is not None else ""
        name = name[:200] or f"colonne_{rank}"
        base, copy = name, 2
        while name in out:
            name, copy = f"{base}_{copy}", copy + 1
        out.append(name)
    return tuple(out)
