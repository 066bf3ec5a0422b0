"""Rows of a national file that belong to the territory: the others are left aside and counted."""

from collections.abc import Mapping as Names

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError, MappingError
from jumeau.sources.raw import RawTable
from jumeau.sources.values import as_text
from jumeau.texts import t


def keep_rows(raw: RawTable, keep: Names[str, tuple[str, ...]], file: str) -> tuple[RawTable, int]:
    """Rows whose cells are among those wanted, column by column, and how many are left aside.

    Raises MappingError when a column is absent, InputError when no row is left.
    """
    if not keep:
        return raw, 0
    wanted = np.ones(raw.num_rows, dtype=bool)
    for column, cells in keep.items():
        if column not in raw.columns.column_names:
            known = ", ".join(raw.columns.column_names[:40])
            raise MappingError("imports.colonne_absente", file=file, column=column, known=known)
        texts = pc.utf8_trim_whitespace(as_text(raw.columns[column].combine_chunks()))
        found = pc.is_in(texts, value_set=pa.array([str(cell) for cell in cells], pa.string()))
        wanted &= found.to_numpy(zero_copy_only=False)
    left = int((~wanted).sum())
    said = " ; ".join(f"{column} = {', '.join(map(str, cells))}" for column, cells in keep.items())
    if left == raw.num_rows:
        raise InputError("imports.rien_garde", file=file, what=said)
    if not left:
        return raw, 0
    mask = pa.array(wanted)
    numbers = raw.rows if raw.rows is not None else pa.array(np.arange(raw.first_row, raw.first_row + raw.num_rows))
    kept = msgspec.structs.replace(
        raw,
        columns=raw.columns.filter(mask),
        geometry=raw.geometry.filter(mask) if raw.geometry is not None else None,
        rows=numbers.filter(mask),
        notes=(*raw.notes, t("imports.note_ailleurs", count=left, what=said)),
    )
    return kept, left
