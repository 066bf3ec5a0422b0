"""Sensor values from a file a user gives: `series`, `instant`, `value`, `unit`, and `quality` when it is known."""

import csv
from collections.abc import Iterator
from pathlib import Path

from jumeau.errors import InputError
from jumeau.model.claim import Observation
from jumeau.sharing.moments import instant

COLUMNS = ("series", "instant", "value", "unit")


def read_csv(path: Path) -> list[Observation]:
    """Observations of a CSV with semicolons or commas. Raises InputError naming the file and the line."""
    if not path.is_file():
        raise InputError("jumeau.fichier_absent", file=path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            first = handle.readline()
            handle.seek(0)
            rows = csv.DictReader(handle, delimiter=";" if ";" in first else ",")
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise InputError("mesures.colonnes", file=path, missing=", ".join(missing), known=", ".join(COLUMNS))
            return list(_read(path, rows))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("mesures.illisible", file=path) from error


def _read(path: Path, rows: "csv.DictReader[str]") -> Iterator[Observation]:
    for row in rows:
        said = {name: (row.get(name) or "").strip() for name in (*COLUMNS, "quality")}
        where = {"file": path, "line": rows.line_num}
        try:
            when = instant(said["instant"], "instant") if len(said["instant"]) > 10 else None
            value = float(said["value"].replace(",", "."))
        except (InputError, ValueError) as error:
            raise InputError("mesures.ligne", **where) from error
        if when is None:
            raise InputError("mesures.ligne", **where)
        kept = {"series": said["series"], "unit": said["unit"], "quality": said["quality"] or "good"}
        yield Observation(instant=when, value=value, **kept)
