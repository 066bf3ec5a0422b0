"""Reading for actors who may not see everything: hidden values leave the rows, columns, counts, filters and history.

A value is seen when its layer is public, when its winning source is public, or when the actor may read the place where
its asset lies. An asset is seen when one of its values is; a column exists when one of its values is seen.
"""

import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.errors import NotFoundError
from jumeau.model.claim import GEOMETRY, MAIN, Claim
from jumeau.model.dictionary import Layer
from jumeau.model.query import Bbox, Where
from jumeau.sharing.actors import Actor
from jumeau.sharing.rights import Act, Thing, allows
from jumeau.store.port import NOW, Difference, Moment, Store
from jumeau.store.where import attributes, intersects, keep

PUBLIC_RUN = "partage"
"""Run of the store's results whose parts name the public layers."""

_FRESH_S = 600.0


class Seen(msgspec.Struct, frozen=True):
    """What an actor sees of a layer: rows, names of columns, ids of winning sources."""

    rows: int
    columns: frozenset[str]
    sources: frozenset[str]


class Secrecy:
    """The masked reads of one actor."""

    def __init__(self, store: Store, actor: Actor) -> None:
        self.store, self.actor = store, actor
        self._cache: dict[object, Seen] = {}

    # what is public -------------------------------------------------------------------------------------------------
    def public_layers(self) -> frozenset[str]:
        """Names of the layers declared public."""
        return frozenset(self.store.results(PUBLIC_RUN))

    def public_sources(self) -> frozenset[str]:
        """Ids of the sources marked public."""
        return frozenset(name for name, source in self.store.sources().items() if source.public)

    # layers ---------------------------------------------------------------------------------------------------------
    def layers(self, moment: Moment = NOW) -> dict[str, Layer]:
        """Layers the actor sees something of, with the fields it sees."""
        found = {name: self._open(layer, moment) for name, layer in self.store.layers().items()}
        return {name: layer for name, layer in found.items() if layer is not None}

    def layer(self, name: str, moment: Moment = NOW) -> Layer:
        """One layer. Raises the same NotFoundError whether it is hidden or absent."""
        declared = self.store.layers().get(name)
        found = self._open(declared, moment) if declared is not None else None
        if found is None:
            raise NotFoundError("partage.couche_inconnue", layer=name, known=", ".join(self.layers(moment)) or "aucune")
        return found

    def _open(self, layer: Layer, moment: Moment) -> Layer | None:
        """The layer with the fields the actor sees; None when it sees nothing of it."""
        if layer.name in self.public_layers():
            return layer
        seen = self.seen(layer, moment)
        if not seen.rows:
            return None
        fields = tuple(f for f in layer.fields if f.name in seen.columns)
        geometry = layer.geometry if GEOMETRY in seen.columns else "none"
        return msgspec.structs.replace(layer, fields=fields, geometry=geometry)

    def seen(self, layer: Layer, moment: Moment) -> Seen:
        """What the actor sees of a declared layer."""
        heads = tuple(branch.head for branch in self.store.branches())
        key = (layer.name, moment, heads, self.public_layers(), self.public_sources(), int(time.monotonic() / _FRESH_S))
        if key not in self._cache:
            if len(self._cache) > 64:
                self._cache.clear()
            table = self._masked(layer, moment)
            names = [n for n in (*layer.names, GEOMETRY) if n in table.column_names and table[n].null_count < len(table)]
            used = {
                s for n in names if f"{n}__source" in table.column_names for s in pc.unique(table[f"{n}__source"]).to_pylist()
            }
            self._cache[key] = Seen(table.num_rows, frozenset(names), frozenset(used - {None}))
        return self._cache[key]

    # rows -----------------------------------------------------------------------------------------------------------
    def read(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        bbox: Bbox | None = None,
        where: Where | None = None,
        ids: Sequence[str] | None = None,
        provenance: bool = False,
        moment: Moment = NOW,
    ) -> pa.Table:
        """As the store's `read`, on what the actor sees."""
        check_branch(moment)
        visible = self.layer(name, moment)
        asked = list(columns) if columns is not None else list(visible.names)
        for field in (*asked, *attributes(where)):
            if field not in (*visible.names, GEOMETRY, "id"):
                raise NotFoundError("partage.champ_inconnu", layer=name, field=field, known=", ".join(visible.names))
        table = self._masked(self.store.layers()[name], moment, bbox=bbox, ids=ids)
        if bbox is not None:
            known = table.filter(pc.is_valid(table[GEOMETRY])) if GEOMETRY in table.column_names else table.slice(0, 0)
            table = known.filter(intersects(known[GEOMETRY].combine_chunks(), bbox)) if known.num_rows else known
        if where is not None:
            table = table.filter(keep(where, table))
        shown = [n for n in dict.fromkeys((*asked, GEOMETRY)) if n in table.column_names and n != "id"]
        if visible.geometry == "none":
            shown = [n for n in shown if n != GEOMETRY]
        if provenance:
            beside = (f"{n}__{what}" for n in shown for what in ("origin", "source"))
            shown += [n for n in beside if n in table.column_names]
        return table.select(["id", *shown])

    def _masked(self, layer: Layer, moment: Moment, bbox: Bbox | None = None, ids: Sequence[str] | None = None) -> pa.Table:
        table = self.store.read(layer.name, bbox=bbox, ids=ids, provenance=True, moment=moment)
        place = self._places(layer, table)
        everything = np.full(table.num_rows, layer.name in self.public_layers()) | place
        public = pa.array(sorted(self.public_sources()), pa.string())
        any_seen = everything.copy()
        for name in (*layer.names, GEOMETRY):
            if name not in table.column_names:
                continue
            mask = everything | self._from_public(table, name, public)
            any_seen |= mask & table[name].is_valid().to_numpy(zero_copy_only=False)
            for column in (name, f"{name}__origin", f"{name}__source"):
                if column in table.column_names:
                    table = _hide(table, column, mask)
        table = table.filter(pa.array(any_seen))
        return _unordered(table) if GEOMETRY in table.column_names else table

    def _places(self, layer: Layer, table: pa.Table) -> NDArray[np.bool_]:
        """Rows that lie where the actor may read."""
        if "commune" not in layer.names:
            return np.full(table.num_rows, allows(self.actor, Act.READ, Thing(layer.name, communes=frozenset())))
        codes = table["commune"]
        granted = [
            code
            for code in pc.unique(codes).to_pylist()
            if code is not None and allows(self.actor, Act.READ, Thing(layer.name, communes=frozenset({code})))
        ]
        return np.asarray(
            pc.is_in(codes, value_set=pa.array(granted, pa.string())).to_numpy(zero_copy_only=False), dtype=bool
        )

    @staticmethod
    def _from_public(table: pa.Table, name: str, public: pa.Array) -> NDArray[np.bool_]:
        if f"{name}__source" not in table.column_names:
            return np.zeros(table.num_rows, dtype=bool)
        said = pc.is_in(table[f"{name}__source"].cast(pa.string()), value_set=public)
        return np.asarray(said.to_numpy(zero_copy_only=False), dtype=bool)

    # history --------------------------------------------------------------------------------------------------------
    def claims(self, layer: str, asset: str, attribute: str | None, moment: Moment) -> list[Claim]:
        """Claims on the values the actor sees, those of hidden sources left out."""
        row = self.read(layer, ids=[asset], provenance=True, moment=moment)
        if row.num_rows == 0:
            return []
        value = row.to_pylist()[0]
        seen = {n for n in value if value[n] is not None}
        open_row = layer in self.public_layers() or self._in_reach(layer, asset, moment)
        public = self.public_sources()
        return [
            claim
            for claim in self.store.claims(layer, asset, attribute, moment)
            if claim.attribute in seen and (open_row or claim.source in public)
        ]

    def _in_reach(self, layer: str, asset: str, moment: Moment) -> bool:
        table = self.store.read(layer, ids=[asset], moment=moment)
        return bool(self._places(self.store.layers()[layer], table).any())

    def diff(self, before: Moment, after: Moment, layer: str | None) -> list[Difference]:
        """Differences between what the actor sees at both moments."""
        check_branch(before)
        check_branch(after)
        found = self.store.diff(before, after, layer)
        out: list[Difference] = []
        for name in dict.fromkeys(d.layer for d in found):
            assets = sorted({d.asset for d in found if d.layer == name})
            look = _lookup(lambda m, n=name, a=assets: self._masked(self.store.layers()[n], m, ids=a))  # type: ignore[misc]
            old, new = look(before), look(after)
            for d in (d for d in found if d.layer == name):
                one, two = old.get(d.asset, {}).get(d.attribute), new.get(d.asset, {}).get(d.attribute)
                if one != two:
                    out.append(msgspec.structs.replace(d, before=one, after=two))
        return out


def check_branch(moment: Moment) -> None:
    """Scenarios are not public. Raises NotFoundError for any branch but the main one."""
    if moment.branch != MAIN:
        raise NotFoundError("partage.branche_inconnue", branch=moment.branch)


def _hide(table: pa.Table, column: str, mask: NDArray[np.bool_]) -> pa.Table:
    index = table.column_names.index(column)
    kept = pc.if_else(pa.array(mask), table[column], pa.scalar(None, table.schema.field(column).type))
    return table.set_column(index, table.schema.field(column).with_nullable(True), kept)


def _unordered(table: pa.Table) -> pa.Table:
    """Rows without a seen geometry last, by id: their place in the Hilbert order would tell where they lie."""
    known = table.filter(pc.is_valid(table[GEOMETRY]))
    return pa.concat_tables([known, table.filter(pc.is_null(table[GEOMETRY])).sort_by("id")])


def _lookup(read: Callable[[Moment], pa.Table]) -> Callable[[Moment], dict[str, dict[str, object]]]:
    return lambda moment: {row["id"]: row for row in read(moment).to_pylist()}
