"""What differs between two moments as a table: CSV or XLSX."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from io import StringIO
from pathlib import Path

from jumeau.documents.render import write_whole
from jumeau.documents.workbook import Sheet, SheetColumn, write_workbook
from jumeau.errors import InputError
from jumeau.model.dictionary import Layer
from jumeau.texts import t
from jumeau.twin.branching import AssetChange, lines_table
from jumeau.twin.conflict_files import safe

_NAMES = ("layer", "id", "label", "commune", "kind", "attribute", "description", "unit", "before", "after", "moved_m")


def write(out: Path, changes: Iterable[AssetChange], layers: Mapping[str, Layer], before: str, after: str, on: date) -> Path:
    """Write one row a value. Raises InputError for an unknown kind of file."""
    heads = [t(f"branches.colonne_{name}") for name in _NAMES]
    rows = [[row[n] for n in _NAMES] for row in lines_table(changes, layers).to_pylist()]
    for row in rows:
        row[4] = t(f"branches.sorte_{row[4]}")
    if out.suffix.lower() == ".csv":
        text = StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\n")
        writer.writerows([heads, *([safe(cell) for cell in row] for row in rows)])
        return write_whole(out, b"\xef\xbb\xbf" + text.getvalue().encode())
    if out.suffix.lower() != ".xlsx":
        raise InputError("branches.sorte", file=out.name, known=".csv, .xlsx")
    columns = tuple(SheetColumn(h, "number" if n == "moved_m" else "text", 24) for h, n in zip(heads, _NAMES, strict=True))
    sheet = Sheet(title=t("branches.feuille_differences"), columns=columns, rows=rows)
    return write_workbook([sheet], out, on, t("branches.titre_differences", before=before, after=after))
