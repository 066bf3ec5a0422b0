"""The reject report: a table a person opens in a spreadsheet, and a page of plain text beside it."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.sources.names import slug
from jumeau.texts import t

SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        pa.field("value", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        pa.field("effect", pa.string(), nullable=False),
    ]
)
"""row: number in the file; field: dictionary field, or column; effect: `ligne` the whole row was refused,
`valeur` the value was left unknown, `verifier` it was kept and should be looked at."""
ROW, VALUE, CHECK = "ligne", "valeur", "verifier"
MAX_ROWS = 200_000
_KEPT = 200


class Reported(Protocol):
    """What a report is written about."""

    @property
    def file(self) -> str: ...
    @property
    def rejects(self) -> pa.Table: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def counts(self) -> dict[str, int]: ...
    @property
    def mapping_text(self) -> str: ...


def reject_rows(
    numbers: NDArray[np.int64], field: str, values: pa.Array | None, reason: str, effect: str, /, **where: object
) -> pa.Table:
    """Rows of a report for one reason. reason: name of the texts `raison_X` and `conseil_X`."""
    count = len(numbers)
    shown = values if values is not None else pa.nulls(count, pa.string())
    said, advice = t(f"imports.raison_{reason}", **where), t(f"imports.conseil_{reason}", **where)
    columns = [
        pa.array(numbers, pa.int64()),
        pa.array([field], pa.string()).take(pa.array(np.zeros(count, np.int64))),
        shown.cast(pa.string()),
        pa.array([said]).take(pa.array(np.zeros(count, np.int64))),
        pa.array([advice]).take(pa.array(np.zeros(count, np.int64))),
        pa.array([effect]).take(pa.array(np.zeros(count, np.int64))),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def gathered(parts: Iterable[pa.Table]) -> pa.Table:
    """All parts, by row of the file."""
    table = pa.concat_tables([SCHEMA.empty_table(), *parts]).combine_chunks()
    return table.sort_by([("row", "ascending"), ("field", "ascending")])


def write_report(prepared: Reported, folder: Path) -> Path:
    """Write `FILE-rejets.csv` (UTF-8 with mark, semicolons) and `FILE-rejets.txt`; gives the path of the table."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = slug(Path(prepared.file).stem) or "import"
    target = folder / f"{stem}-rejets.csv"
    heads = [t(f"imports.entete_{name}") for name in ("ligne", "champ", "valeur", "raison", "conseil", "effet")]
    kept = prepared.rejects.slice(0, MAX_ROWS)
    with target.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(heads)
        for batch in kept.to_batches(max_chunksize=10_000):
            writer.writerows(_line(row) for row in batch.to_pylist())
    (folder / f"{stem}-rejets.txt").write_text(summary(prepared), encoding="utf-8")
    return target


def _line(row: dict[str, Any]) -> list[object]:
    effect = t(f"imports.effet_{row['effect']}")
    value = (row["value"] or "")[:_KEPT].replace("\r", " ").replace("\n", " ")
    safe = "'" + value if value[:1] in {"=", "+", "@", "\t"} or (value[:1] == "-" and not value[1:2].isdigit()) else value
    return [row["row"], row["field"], safe, row["reason"], row["action"], effect]


def summary(prepared: Reported) -> str:
    """What happened, in a page."""
    counts = prepared.counts
    lines = [t("imports.resume_titre", file=prepared.file), ""]
    lines += [t(f"imports.resume_{name}", count=counts[name]) for name in counts]
    lines += ["", *prepared.notes] if prepared.notes else []
    by_reason: dict[tuple[str, str], int] = {}
    for batch in (
        prepared.rejects.select(["field", "reason"]).group_by(["field", "reason"]).aggregate([([], "count_all")]).to_pylist()
    ):
        by_reason[(batch["field"], batch["reason"])] = batch["count_all"]
    if by_reason:
        lines += ["", t("imports.resume_raisons")]
        lines += [
            t("imports.resume_raison", count=count, field=field, reason=reason)
            for (field, reason), count in sorted(by_reason.items(), key=lambda item: (-item[1], item[0]))
        ]
    if prepared.rejects.num_rows > MAX_ROWS:
        lines += ["", t("imports.resume_coupe", limit=MAX_ROWS, total=prepared.rejects.num_rows)]
    return "\n".join([*lines, "", t("imports.resume_correspondance"), prepared.mapping_text, ""])
