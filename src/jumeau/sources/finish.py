"""Last step of an import: ids, duplicates, counts, and the table to be claimed."""

import numpy as np
import pyarrow as pa

from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.sources.checks import repeats
from jumeau.sources.geometry import Places
from jumeau.sources.identity import contents, find_key, row_ids
from jumeau.sources.located import Located
from jumeau.sources.mapping import describe_mapping
from jumeau.sources.prepared import Prepared
from jumeau.sources.raw import RawTable
from jumeau.sources.register import one_row_per_key
from jumeau.sources.rejects import CHECK, ROW, gathered, reject_rows
from jumeau.sources.values import as_text
from jumeau.sources.work import Flags, Work
from jumeau.texts import t


def finish(work: Work, source: Source, places: Places | None, located: Located | None) -> Prepared:
    """Rows that load, each with its id, and the account of those that do not."""
    wkb = places.wkb if places is not None else None
    key = find_key(work.layer, work.values)
    content = None if key is not None and key.complete else contents(work.raw)
    table = _table(work, row_ids(work.layer, source.id, key, content), wkb, located)
    kept = ~work.refused
    double = repeats(content) if content is not None else np.zeros(len(kept), dtype=bool)
    repeated = _repeated(work.raw, wkb)
    if key is not None and key.register:
        table, kept = _one_row_per_key(work, table, kept, key.name)
    table = table.filter(pa.array(kept))
    doubtful = located.outside & kept if located is not None else np.zeros(len(kept), dtype=bool)
    for flags, reason in ((double & kept, "double"), (doubtful, "hors_commune")):
        if flags.any():
            work.rejects.append(reject_rows(work.numbers[flags], "", None, reason, CHECK))
    refused = int(work.refused.sum()) + len(work.raw.rejected)
    read_rows = work.raw.num_rows + len(work.raw.rejected) + work.elsewhere
    counts = {
        "read": read_rows,
        "kept": table.num_rows,
        "rejected": refused,
        "merged": read_rows - refused - work.elsewhere - table.num_rows,
        "elsewhere": work.elsewhere,
        "duplicates": int((double & kept).sum()),
        "repeated_geometries": int((repeated & kept).sum()),
        "outside_commune": int(doubtful.sum()),
        "repaired": int((places.repaired & kept).sum()) if places is not None else 0,
        "sentinels": work.sentinels,
        "unknown": sum(table[name].null_count for name in work.values),
    }
    _count_notes(work, counts)
    return Prepared(
        file=work.file,
        table=table,
        origins=work.origins | ({"geometry": Origin.DECLARED} if wkb is not None else {}),
        mapping=work.mapping,
        mapping_text=describe_mapping(work.mapping, work.layer),
        rejects=gathered(work.rejects),
        notes=tuple(dict.fromkeys(work.notes)),
        counts=counts,
        source=source,
    )


def _one_row_per_key(work: Work, table: pa.Table, kept: Flags, key: str) -> tuple[pa.Table, Flags]:
    column = work.mapping.field(key)
    written = as_text(work.raw.columns[column.column].combine_chunks()) if column else work.values[key]
    merged = one_row_per_key(work.layer, table, kept, written)
    work.notes += merged.notes
    work.refused = work.refused | merged.refused
    if merged.refused.any():
        shown = as_text(work.values[key].filter(pa.array(merged.refused)))
        work.rejects.append(reject_rows(work.numbers[merged.refused], key, shown, "cle_repetee", ROW, field=key))
    return merged.table, merged.kept


def _repeated(raw: RawTable, wkb: pa.Array | None) -> Flags:
    original = raw.geometry.combine_chunks() if raw.geometry is not None else wkb
    return repeats(original) if original is not None else np.zeros(raw.num_rows, dtype=bool)


def _count_notes(work: Work, counts: dict[str, int]) -> None:
    for name in ("duplicates", "repeated_geometries", "outside_commune", "repaired", "sentinels"):
        if counts[name]:
            work.notes.append(t(f"imports.compte_{name}", count=counts[name]))


def _table(work: Work, ids: pa.Array, wkb: pa.Array | None, located: Located | None) -> pa.Table:
    columns: dict[str, pa.Array] = {"id": ids}
    for field in work.layer.fields:
        if field.name in work.values:
            columns[field.name] = work.values[field.name].cast(field.arrow)
    if located is not None and located.origin is not None:
        columns["commune__origin"] = located.origin
    if wkb is not None:
        columns["geometry"] = wkb
    return pa.table(columns)
