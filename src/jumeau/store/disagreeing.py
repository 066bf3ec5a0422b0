"""Where sources do not say the same of one attribute: the winner of each source against the kept value, on columns."""

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
        kept = whole.winners(name)
        values = whole.values(name, kept, names[name])
        for source, part in parts.items():
            won = part.winners(name)
            if not won.candidates:
                continue
            at = whole.rows_of(part.ids)
            here, other = values.take(pa.array(at)), part.values(name, won, names[name])
            differ = unequal(here, other) & np.asarray(other.is_valid()) & (kept.best[at] >= 0)
            for row in np.flatnonzero(differ)[: limit - len(out)]:
                mine = kept.candidates[kept.best[at[row]]].source
                out.append(
                    Disagreement(
                        layer=layer, asset=part.ids[int(row)].as_py(), attribute=name, value=here[int(row)].as_py(),
                        source=mine, other_value=other[int(row)].as_py(), other_source=source,
                    )
                )  # fmt: skip
            if len(out) >= limit:
                return out
    return out
