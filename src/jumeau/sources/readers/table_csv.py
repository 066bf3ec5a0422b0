"""CSV in all its French dialects: fast with Arrow when the file is regular, row by row when it is not."""

import codecs
import csv
import io
import tempfile
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.csv as pacsv

from jumeau.errors import InputError
from jumeau.sources.guard import DEFAULT, Limits, check_lines, check_shape
from jumeau.sources.raw import RawTable, Reading
from jumeau.sources.sniff import Dialect, sniff_dialect, sniff_encoding
from jumeau.texts import t

_HEAD = 1 << 18
_KEPT_TEXT = 120


def read_csv(path: Path, reading: Reading, limits: Limits = DEFAULT) -> RawTable:
    """Read a text table. Every column stays text; lines that do not fit the header are listed in `rejected`."""
    encoding = reading.encoding or sniff_encoding(path)
    if not encoding.startswith(("utf-16", "utf-32")):
        check_lines(path, limits)
    head, nuls = _head(path, encoding)
    dialect = sniff_dialect(head, encoding, reading.separator)
    if not dialect.names or not head.strip():
        raise InputError("imports.sans_colonne", file=path.name)
    check_shape(0, len(dialect.names), path.name, limits)
    notes = _notes(dialect, nuls)
    if encoding in {"utf-8", "utf-8-sig"} and not nuls:
        return _read(path, dialect, notes, limits)
    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        plain = _transcoded(path, Path(folder) / path.name, encoding)
        check_lines(plain, limits)
        return _read(plain, msgspec.structs.replace(dialect, encoding="utf-8"), notes, limits)


def _read(path: Path, dialect: Dialect, notes: tuple[str, ...], limits: Limits) -> RawTable:
    table = _fast(path, dialect)
    if table is None:
        return _careful(path, dialect, notes, limits)
    check_shape(table.num_rows, table.num_columns, path.name, limits)
    return RawTable(format="csv", columns=table, first_row=dialect.header + 2, notes=notes)


def _transcoded(path: Path, target: Path, encoding: str) -> Path:
    """A UTF-8 copy without NUL bytes, written by blocks."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with path.open("rb") as source, target.open("wb") as out:
        while block := source.read(1 << 22):
            out.write(decoder.decode(block).replace("\x00", "").encode("utf-8", errors="replace"))
        out.write(decoder.decode(b"", final=True).encode("utf-8", errors="replace"))
    return target


def _notes(dialect: Dialect, nuls: bool) -> tuple[str, ...]:
    notes = []
    if dialect.encoding not in {"utf-8", "utf-8-sig"}:
        notes.append(t("imports.note_encodage", encoding=dialect.encoding))
    if dialect.header:
        notes.append(t("imports.note_preambule", lines=dialect.header))
    if dialect.dbase:
        notes.append(t("imports.note_dbase"))
    if nuls:
        notes.append(t("imports.note_nuls"))
    return tuple(notes)


def _head(path: Path, encoding: str) -> tuple[str, bool]:
    with path.open("rb") as source:
        sample = source.read(_HEAD)
    if not encoding.startswith(("utf-16", "utf-32")) and sample.count(0) > max(8, len(sample) // 100):
        raise InputError("imports.binaire", file=path.name)
    try:
        text = sample.decode(encoding, errors="replace")
    except LookupError as error:
        raise InputError("imports.encodage_inconnu", file=path.name, encoding=encoding) from error
    if len(sample) == _HEAD:
        text = text.rpartition("\n")[0] or text
    return text.replace("\x00", ""), "\x00" in text


def _fast(path: Path, dialect: Dialect) -> pa.Table | None:
    """Arrow's reader, or None when a line does not fit: the careful reader then says which."""
    with path.open("rb") as source:
        quoted = any(b'"' in block for block in iter(lambda: source.read(1 << 22), b""))
    names = list(dialect.names)
    try:
        table = pacsv.read_csv(
            path,
            pacsv.ReadOptions(column_names=names, skip_rows=dialect.header + 1, block_size=1 << 23),
            pacsv.ParseOptions(delimiter=dialect.separator, newlines_in_values=quoted, ignore_empty_lines=False),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""], check_utf8=True
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return table


def _careful(path: Path, dialect: Dialect, notes: tuple[str, ...], limits: Limits) -> RawTable:
    """Row by row: tolerates ragged lines, any encoding and stray NUL bytes."""
    width = len(dialect.names)
    cells: list[list[str | None]] = [[] for _ in dialect.names]
    numbers: list[int] = []
    rejected: list[tuple[int, str]] = []
    csv.field_size_limit(max(limits.line_bytes, 131_072))
    with path.open("rb") as source:
        text = io.TextIOWrapper(source, encoding=dialect.encoding, errors="replace", newline="")
        reader = csv.reader(text, delimiter=dialect.separator)
        number = 0
        try:
            for number, row in enumerate(reader):
                if number <= dialect.header or not any(row):
                    continue
                if len(row) > width and any(cell.strip() for cell in row[width:]):
                    rejected.append((number + 1, dialect.separator.join(row)[:_KEPT_TEXT]))
                    continue
                numbers.append(number + 1)
                for column, value in zip(cells, row + [""] * (width - len(row)), strict=False):
                    column.append(value if value != "" else None)
                check_shape(len(numbers) if len(numbers) % 100_000 == 0 else 0, width, path.name, limits)
        except (csv.Error, UnicodeError) as error:
            raise InputError("imports.csv_illisible", file=path.name, row=number + 2, reason=error) from error
    table = pa.table([pa.array(column, pa.string()) for column in cells], names=list(dialect.names))
    return RawTable(
        format="csv",
        columns=table,
        first_row=dialect.header + 2,
        rows=pa.array(numbers, pa.int64()),
        notes=notes,
        rejected=tuple(rejected),
    )
