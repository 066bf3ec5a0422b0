"""Where the values of a file that leaves come from: a table that mirrors each layer, and the list of the sources."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.model.claim import GEOMETRY
from jumeau.model.dictionary import Layer
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.sharing.view import View
from jumeau.store.hilbert import flat
from jumeau.texts import t

ORIGIN, SOURCE = "__origin", "__source"
SOURCES = "sources"
BESIDE = "sources des valeurs"
"""Name of the same list in a file that leaves: with spaces, so that no layer can have it."""


def mirror(layer: Layer, rows: pa.Table, sources: Mapping[str, Source]) -> pa.Table:
    """The rows of a layer, read with provenance: `id`, and beside each field « mesuré, source » in place of its value."""
    out = {"id": rows["id"]}
    for name in (*layer.names, GEOMETRY):
        if name + ORIGIN in rows.column_names:
            out[name] = _told(rows[name + ORIGIN], rows[name + SOURCE], sources)
    return pa.table(out)


def _told(origins: pa.ChunkedArray, names: pa.ChunkedArray, sources: Mapping[str, Source]) -> pa.Array:
    words = {o.value: t(f"echange.valeur_{o.value}") for o in Origin if o is not Origin.UNKNOWN}
    titles = {name: _titled(source) for name, source in sources.items()}
    origin, source = _mapped(origins, words), _mapped(names, titles)
    return pc.coalesce(pc.binary_join_element_wise(origin, source, " : "), origin)


def _titled(source: Source) -> str:
    title = source.title or source.id
    return t("echange.source_synthetique", title=title) if source.synthetic else title


def _mapped(column: pa.ChunkedArray, words: Mapping[str, str]) -> pa.Array:
    """Each code as its word; a code without a word stays."""
    codes = flat(column).cast(pa.string())
    at = pc.index_in(codes, value_set=pa.array(list(words), pa.string()))
    return pc.coalesce(pa.array(list(words.values()), pa.string()).take(at), codes)


def source_table(view: View) -> pa.Table:
    """What is known of each source the actor sees."""
    found = sorted(view.sources().values(), key=lambda s: s.id)
    names = ("id", "title", "licence", "vintage", "sha256", "synthetic", "public")
    kinds = {"synthetic": pa.bool_(), "public": pa.bool_()}
    return pa.table({n: pa.array([getattr(s, n) for s in found], kinds.get(n, pa.string())) for n in names})
