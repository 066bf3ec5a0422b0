"""Which value wins: claims of bulk tables and single edits -> one row per asset, on whole columns.

Precedence, best first: highest source rank, best origin, latest `valid_from` (none is the earliest), latest commit, last in
its commit. The function is pure: an adapter gives it the claims a moment can see.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.model.claim import EXISTS, GEOMETRY
from jumeau.model.dictionary import Layer
from jumeau.store.hilbert import LAST, bounds, centre_keys, flat, stored_order
from jumeau.store.values import ORIGIN_NAMES, ORIGIN_SUFFIX, SOURCE_SUFFIX

KEY = "_key"
BOX = "bbox"
SIDES = ("xmin", "ymin", "xmax", "ymax")
ALWAYS = -(2**62)
"""`valid_from` of a claim that has none."""

Precedence = tuple[int, int, int, int, int]


class Bulk(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of one bulk table: `id`, attributes, origins by cell. dead: assets whose cell of an attribute is taken back."""

    table: pa.Table
    source: str
    rank: int
    origins: Mapping[str, str]
    valid_from: int | None
    commit: int
    place: int
    dead: Mapping[str, Sequence[str]] = {}


class Edit(msgspec.Struct, frozen=True, gc=False):
    """One single-value claim. place: its position in its commit."""

    asset: str
    attribute: str
    value: Any
    source: str
    rank: int
    origin: str
    valid_from: int | None
    commit: int
    place: int

    @property
    def precedence(self) -> Precedence:
        """Sorts from the weakest to the winner."""
        return precedence(self.rank, self.origin, self.valid_from, self.commit, self.place)


def precedence(rank: int, origin: str, valid_from: int | None, commit: int, place: int) -> Precedence:
    """Key that sorts claims of one attribute from the weakest to the winner."""
    start = ALWAYS if valid_from is None else valid_from
    return rank, -ORIGIN_NAMES.index(origin), start, commit, place


class _Candidate(msgspec.Struct, frozen=True):
    """A bulk column under one origin, or one edit: something with one precedence."""

    precedence: Precedence
    source: str
    origin: str
    bulk: int
    rows: Any
    edit: Edit | None = None


class Winners(msgspec.Struct, frozen=True):
    """For each asset, the winning candidate (-1: none) and its row among the values."""

    candidates: list[_Candidate]
    best: NDArray[np.int32]
    row: NDArray[np.int32]


class Resolution:
    """Winning claims of a set of bulk tables and edits, attribute by attribute."""

    def __init__(self, layer: Layer, bulks: Sequence[Bulk], edits: Sequence[Edit]) -> None:
        self.layer, self.bulks = layer, list(bulks)
        self.edits: dict[str, list[Edit]] = {}
        for edit in edits:
            self.edits.setdefault(edit.attribute, []).append(edit)
        assets = pa.array([e.asset for e in edits], pa.string())
        if len(self.bulks) == 1 and not edits:
            self.ids = flat(self.bulks[0].table["id"])
            self.codes = [np.arange(len(self.ids), dtype=np.int32)]
        else:
            self.ids = flat(pc.unique(pa.chunked_array([*(flat(b.table["id"]) for b in self.bulks), assets], pa.string())))
            self.codes = [self.rows_of(flat(b.table["id"])) for b in self.bulks]

    def rows_of(self, assets: pa.Array) -> NDArray[np.int32]:
        """Row of each asset among `ids`; -1 when it is not there."""
        return np.asarray(pc.fill_null(pc.index_in(assets, value_set=self.ids), -1), dtype=np.int32)

    def winners(self, attribute: str) -> Winners:
        """The winning candidate of each asset for an attribute."""
        found = [c for i in range(len(self.bulks)) for c in self._columns(i, attribute)]
        found += [_Candidate(e.precedence, e.source, e.origin, -1, None, e) for e in self.edits.get(attribute, ())]
        found.sort(key=lambda c: c.precedence)
        best = np.full(len(self.ids), -1, np.int32)
        row = np.zeros(len(self.ids), np.int32)
        for single, group in groupby(enumerate(found), key=lambda pair: pair[1].edit is not None):
            items = list(group)
            if single:
                at = self.rows_of(pa.array([c.edit.asset for _, c in items if c.edit], pa.string()))
                best[at] = [i for i, _ in items]
                continue
            for i, candidate in items:
                at = self.codes[candidate.bulk][candidate.rows]
                best[at], row[at] = i, candidate.rows
        return Winners(found, best, row)

    def _columns(self, index: int, attribute: str) -> list[_Candidate]:
        """The bulk's column of an attribute, cut by origin."""
        bulk = self.bulks[index]
        names = bulk.table.column_names
        if attribute in names:
            given = bulk.table[attribute].is_valid()
        elif attribute == EXISTS:
            given = None
        else:
            return []
        valid = np.ones(bulk.table.num_rows, bool) if given is None or attribute == EXISTS else np.asarray(given)
        if dead := bulk.dead.get(attribute):
            valid = valid & ~np.asarray(pc.is_in(flat(bulk.table["id"]), value_set=pa.array(dead, pa.string())))
        common = bulk.origins.get(attribute, "declared")
        if attribute + ORIGIN_SUFFIX not in names:
            parts = {common: np.flatnonzero(valid)}
        else:
            own = pc.fill_null(flat(bulk.table[attribute + ORIGIN_SUFFIX]).cast(pa.string()), common)
            code = np.asarray(pc.index_in(own, value_set=pa.array(ORIGIN_NAMES)))
            parts = {o: np.flatnonzero(valid & (code == i)) for i, o in enumerate(ORIGIN_NAMES)}
        return [
            _Candidate(precedence(bulk.rank, o, bulk.valid_from, bulk.commit, bulk.place), bulk.source, o, index, rows)
            for o, rows in parts.items()
            if len(rows)
        ]

    def values(self, attribute: str, won: Winners, kind: pa.DataType) -> pa.Array:
        """Winning values of an attribute, null where there is none."""
        singles = [c.edit.value if c.edit else None for c in won.candidates]
        pieces: list[pa.Array] = []
        start = np.zeros(len(won.candidates), np.int64)
        total, seen = 0, {}
        for i, candidate in enumerate(won.candidates):
            if candidate.edit is None:
                if candidate.bulk not in seen:
                    piece = self._stored(candidate.bulk, attribute, kind)
                    seen[candidate.bulk] = total
                    pieces.append(piece)
                    total += len(piece)
                start[i] = seen[candidate.bulk]
        edited = np.array([c.edit is not None for c in won.candidates], bool)
        start[edited] = total + np.flatnonzero(edited)
        if edited.any():
            pieces.append(pa.array(singles, kind))
        if not pieces:
            return pa.nulls(len(self.ids), kind)
        stack = pa.chunked_array(pieces, kind)
        at = np.where(won.best >= 0, start[won.best], 0) + np.where(edited[won.best], 0, won.row)
        if len(pieces) == 1 and not edited.any() and len(at) == len(stack) and (at == np.arange(len(at))).all():
            return pieces[0]
        return flat(stack.take(pa.array(at, mask=won.best < 0)))

    def _stored(self, bulk: int, attribute: str, kind: pa.DataType) -> pa.Array:
        table = self.bulks[bulk].table
        if attribute not in table.column_names:
            return pa.array(np.ones(table.num_rows, bool))
        column = flat(table[attribute])
        column = column if column.type == kind else column.cast(kind)
        return pc.fill_null(column, True) if attribute == EXISTS else column

    def table(self) -> pa.Table:
        """Resolved rows in the stored order: id, attributes, X__origin and X__source, bounds and Hilbert key."""
        names = [(f.name, f.arrow) for f in self.layer.fields]
        unsaid = _labels([], np.full(len(self.ids), -1, np.int32), None)
        if self.layer.geometry != "none":
            names.append((GEOMETRY, pa.binary()))
        exists = self.winners(EXISTS)
        present = exists.best >= 0
        columns: dict[str, pa.Array] = {"id": self.ids}
        for name, kind in names:
            won = self.winners(name)
            if not won.candidates:
                columns |= {name: pa.nulls(len(self.ids), kind), name + ORIGIN_SUFFIX: unsaid, name + SOURCE_SUFFIX: unsaid}
                continue
            present |= won.best >= 0
            value = self.values(name, won, kind)
            columns[name] = value
            hole = np.asarray(value.is_null()) | (won.best < 0) if value.null_count else None
            columns[name + ORIGIN_SUFFIX] = _labels([c.origin for c in won.candidates], won.best, hole)
            columns[name + SOURCE_SUFFIX] = _labels([c.source for c in won.candidates], won.best, hole)
        removed = pc.equal(self.values(EXISTS, exists, pa.bool_()), False)
        present &= ~np.asarray(pc.fill_null(removed, False))
        table = pa.table(columns)
        if not present.all():
            table = table.filter(pa.array(present))
        return _arranged(table, self.layer)


def _labels(names: list[str], best: NDArray[np.int32], hole: NDArray[np.bool_] | None) -> pa.DictionaryArray:
    """Label of each winner, texts by their distinct values; null in the holes, or everywhere without a name."""
    distinct = sorted(set(names))
    place = {name: i for i, name in enumerate(distinct)}
    codes = np.array([*(place[n] for n in names), 0], np.int32)[best]
    hole = hole if names else np.ones(len(best), bool)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=hole), pa.array(distinct, pa.string()))


def box_column(box: NDArray[np.float64]) -> pa.StructArray:
    """Bounds (n, 4) as the covering column; null without geometry."""
    unknown = np.isnan(box[:, 0])
    mask = unknown if unknown.any() else None
    sides = [pa.array(np.ascontiguousarray(box[:, i]), mask=mask) for i in range(4)]
    return pa.StructArray.from_arrays(sides, names=list(SIDES))


def _arranged(table: pa.Table, layer: Layer) -> pa.Table:
    ids = flat(table["id"])
    if layer.geometry == "none":
        keys = np.full(table.num_rows, LAST)
    else:
        box = bounds(flat(table[GEOMETRY]))
        keys = centre_keys(box)
        table = table.append_column(BOX, box_column(box))
    table = table.append_column(KEY, pa.array(keys))
    order = stored_order(keys, ids)
    return table if order is None else table.take(pa.array(order))
