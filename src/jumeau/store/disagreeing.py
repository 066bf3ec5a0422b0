"""Where sources do not say the same of one attribute: the winner of each source against the kept value, on columns."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from jumeau.model.claim import GEOMETRY, Disagreement
from jumeau.store.ledger import Ledger
from jumeau.store.merging import unequal
from jumeau.store.port import Moment
from jumeau.store.resolve import Resolution


def disagreements(ledger: Ledger, layer: str, moment: Moment, attribute: str | None, limit: int) -> list[Disagreement]:
    """Values of other sources that differ from the kept one, by attribute then asset; at most `limit`."""
    with ledger.db.snapshot():
        sight = ledger.sight(layer, moment)
        bulks, edits = ledger.claims_of(sight, None)
    names = {f.name: f.arrow for f in sight.layer.fields}
    names |= {GEOMETRY: pa.binary()} if sight.layer.geometry != "none" else {}
    sources = sorted({b.source for b in bulks} | {e.source for e in edits})
    if len(sources) < 2:
        return []
    whole = Resolution(sight.layer, bulks, edits)
    parts = {}
    for source in sources:
        own = [b for b in bulks if b.source == source], [e for e in edits if e.source == source]
        parts[source] = Resolution(sight.layer, *own)
    out: list[Disagreement] = []
    for name in names if attribute is None else [attribute]:
        found = _of_attribute(whole, parts, name, names[name])
        out += [Disagreement(layer=layer, attribute=name, **row) for row in found.slice(0, limit - len(out)).to_pylist()]
        if len(out) >= limit:
            break
    return out


def _of_attribute(whole: Resolution, parts: Mapping[str, Resolution], name: str, kind: pa.DataType) -> pa.Table:
    """The same for one attribute, as columns, by asset then other source."""
    kept = whole.winners(name)
    values = whole.values(name, kept, kind)
    sources = pa.array([c.source for c in kept.candidates], pa.string())
    pieces = []
    for source, part in parts.items():
        won = part.winners(name)
        at = whole.rows_of(part.ids)
        here, other = values.take(pa.array(at)), part.values(name, won, kind)
        differ = unequal(here, other) & np.asarray(other.is_valid()) & (kept.best[at] >= 0)
        rows = pa.array(np.flatnonzero(differ))
        columns = {
            "asset": part.ids.take(rows), "value": here.take(rows),
            "source": sources.take(pa.array(kept.best[at][differ])), "other_value": other.take(rows),
            "other_source": pa.array([source] * len(rows), pa.string()),
        }  # fmt: skip
        pieces.append(pa.table(columns))
    return pa.concat_tables(pieces).sort_by([("asset", "ascending"), ("other_source", "ascending")])
