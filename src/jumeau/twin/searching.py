"""Finding assets: words, commune and conditions; and selections, filters that are named, kept and shared."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import EXISTS, Claim, Commit
from jumeau.model.dictionary import Layer
from jumeau.model.labels import label_columns, labels
from jumeau.model.query import And, Bbox, Compare, Where
from jumeau.model.typed import from_text
from jumeau.sharing.rights import Act
from jumeau.sharing.view import View
from jumeau.sharing.writes import own_source
from jumeau.texts import t

SELECTIONS = "selection"
SEARCHED = ("text", "choice", "commune", "id")
_CONDITION = re.compile(r"^\s*([a-z_][a-z0-9_]*)\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*$", re.DOTALL)
_MOST = 20


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a selection keeps. q: words, all of them; where: conditions as typed, `lamp_power_w>=100`, `lamp_technology=shp`,
    `owner=?` for what is unknown.
    """

    layer: str
    q: str = ""
    commune: str | None = None
    where: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An asset a search met. why: what the words were found in."""

    layer: str
    id: str
    label: str
    commune: str | None
    why: str


# filters --------------------------------------------------------------------------------------------------------------
def condition(layer: Layer, text: str) -> Compare:
    """A typed condition. Raises InputError when it cannot be read, NotFoundError for an unknown field."""
    said = _CONDITION.match(text)
    if said is None:
        raise InputError("recherche.condition", text=text[:80], field="where")
    name, op, value = said.groups()
    field = layer[name]
    if value in ("", "?"):
        if op not in ("=", "!="):
            raise InputError("recherche.condition", text=text[:80], field="where")
        return Compare(name, "unknown" if op == "=" else "known")
    return Compare(name, op, from_text(field, value))  # type: ignore[arg-type]


def conditions(layer: Layer, wanted: Filter) -> Where | None:
    """The conditions of a filter. Raises InputError, NotFoundError."""
    every: list[Where] = [condition(layer, text) for text in wanted.where]
    if wanted.commune is not None:
        if "commune" not in layer.names:
            raise InputError("web.sans_commune", field="commune", layer=layer.title)
        every.append(Compare("commune", "=", wanted.commune))
    return None if not every else every[0] if len(every) == 1 else And(tuple(every))


def matching(view: View, wanted: Filter, *, extra: Sequence[str] = (), bbox: Bbox | None = None) -> pa.Table:
    """Assets a filter keeps, in the stored order, with the columns the search looks at and `extra`."""
    layer = view.layer(wanted.layer)
    searched = [f.name for f in layer.fields if f.type in SEARCHED] if wanted.q else label_columns(layer)[:1]
    columns = list(dict.fromkeys([*searched, *extra]))
    table = view.read(layer.name, columns=columns, where=conditions(layer, wanted), bbox=bbox)
    return table.filter(said(table, searched, wanted.q)) if wanted.q else table


def ids(view: View, wanted: Filter) -> list[str]:
    """Ids of the assets a filter keeps."""
    found: list[str] = matching(view, wanted)["id"].to_pylist()
    return found


def said(table: pa.Table, columns: Sequence[str], q: str) -> pa.Array:
    """Rows where every word of `q` is part of a text, without accents or case."""
    texts = [folded(table[name].cast(pa.string())) for name in ("id", *columns) if name in table.column_names]
    line = pc.binary_join_element_wise(*texts, "\x1f", null_handling="skip")
    keep = pa.array(np.ones(table.num_rows, dtype=bool))
    for word in folded(pa.chunked_array([[q]]))[0].as_py().split():
        found = pc.match_substring(line, word)
        keep = pc.and_(keep, found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found)
    return keep


def folded(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts without accents or case."""
    bare = pc.replace_substring_regex(pc.utf8_normalize(texts, form="NFD"), pattern=r"\p{Mn}", replacement="")
    return pc.utf8_lower(bare)


# search everywhere ----------------------------------------------------------------------------------------------------
def search(view: View, q: str, limit: int = _MOST) -> list[Found]:
    """Assets of every layer whose name, number, id, other identifier or text holds all the words, best layers first.

    Communes come first; addresses are left to `addresses.locate`.
    """
    if len(q.strip()) < 2:
        raise InputError("recherche.court", field="q")
    found = _named_elsewhere(view, q.strip())
    layers = view.layers()
    order = sorted(layers, key=lambda name: (name != "commune", name))
    for name in order:
        if name in ("adresse", SELECTIONS) or len(found) >= limit:
            continue
        layer = layers[name]
        table = matching(view, Filter(layer=name, q=q), extra=label_columns(layer)).slice(0, limit - len(found))
        codes = table["commune"].to_pylist() if "commune" in table.column_names else [None] * table.num_rows
        rows = zip(table["id"].to_pylist(), labels(layer, table).to_pylist(), codes, strict=True)
        found += [Found(layer=name, id=i, label=label, commune=code, why="") for i, label, code in rows]
    return list({(one.layer, one.id): one for one in reversed(found)}.values())[::-1][:limit]


def called(view: View, layer: str, name: str) -> str:
    """Id of the asset a person names by its id, or by its number or name when one asset only has it. Raises NotFoundError."""
    declared = view.layer(layer)
    if view.claims(layer, name):
        return name
    columns = label_columns(declared)
    table = view.read(layer, columns=columns)
    said = [pc.fill_null(pc.equal(table[n].cast(pa.string()), name), False) for n in columns if n in table.column_names]
    found = {asset for hit in said for asset in table["id"].filter(hit).to_pylist()}
    if len(found) != 1:
        raise NotFoundError("web.actif_inconnu", layer=declared.title, asset=name[:60])
    return str(found.pop())


def _named_elsewhere(view: View, name: str) -> list[Found]:
    """Assets an official register calls exactly so."""
    out = []
    for register, layer, asset in view.assets_named(name):
        declared = view.layers().get(layer)
        if declared is None:
            continue
        table = view.read(layer, columns=label_columns(declared), ids=[asset])
        if table.num_rows:
            label = labels(declared, table)[0].as_py()
            out.append(Found(layer=layer, id=asset, label=label, commune=None, why=f"{register} {name}"))
    return out


# selections -----------------------------------------------------------------------------------------------------------
class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """A filter with a name."""

    id: str
    label: str
    filter: Filter


def selections(view: View) -> list[Selection]:
    """Every selection the actor sees, by name."""
    if SELECTIONS not in view.layers():
        return []
    out = []
    for row in view.read(SELECTIONS, columns=["label", "query"]).to_pylist():
        if row["query"] and row["label"]:
            out.append(Selection(id=row["id"], label=row["label"], filter=msgspec.json.decode(row["query"], type=Filter)))
    return sorted(out, key=lambda one: (one.label.lower(), one.id))


def selection(view: View, name: str) -> Selection:
    """A selection by its id or its name. Raises NotFoundError."""
    every = selections(view)
    for one in every:
        if name in (one.id, one.label):
            return one
    raise NotFoundError("recherche.selection_inconnue", name=name[:60], known=", ".join(s.label for s in every) or "aucune")


def keep(view: View, label: str, wanted: Filter) -> tuple[str, Commit]:
    """Keep a filter under a name; the same name keeps the new filter. Raises InputError for a filter that cannot be used."""
    layer = view.layer(wanted.layer)
    view.require(Act.EDIT, layer.title)
    conditions(layer, wanted)
    name = " ".join(label.split())
    if not name or len(name) > 100:
        raise InputError("recherche.nom", field="label")
    known = {one.label: one.id for one in selections(view)}
    asset, source = known.get(name) or str(uuid4()), own_source(view.actor).id
    values: dict[str, Any] = {EXISTS: True, "label": name, "layer": wanted.layer, "commune": wanted.commune}
    values["query"] = msgspec.json.encode(wanted).decode()
    claims = [
        Claim(layer=SELECTIONS, asset=asset, attribute=k, value=v, source=source, origin="declared")  # type: ignore[arg-type]
        for k, v in values.items()
        if v is not None
    ]
    return asset, view.commit(claims, message=t("recherche.gardee", label=name))
