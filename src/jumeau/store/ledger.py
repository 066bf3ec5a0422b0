"""The claims a moment can see: edits from tables, bulk claims from their files, what is taken back left out."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jumeau.errors import CorruptError, NotFoundError
from jumeau.model.claim import EXISTS
from jumeau.model.dictionary import Layer, builtin_layers
from jumeau.model.provenance import Source
from jumeau.store.database import Database
from jumeau.store.finding import Ids
from jumeau.store.hilbert import flat
from jumeau.store.history import History, members
from jumeau.store.port import Moment
from jumeau.store.resolve import BOX, Bulk, Edit
from jumeau.store.shelf import Shelf
from jumeau.store.values import to_micros

_ID_ROWS = 20_000_000


class ClaimFile(msgspec.Struct, frozen=True):
    """One row of `claim_files`."""

    commit: int
    place: int
    layer: str
    sha256: str
    rows: int
    source: str
    origins: dict[str, str]
    valid_from: int | None
    valid_to: int | None


class RawEdit(msgspec.Struct, frozen=True, gc=False):
    """One row of `edits`."""

    commit: int
    place: int
    asset: str
    attribute: str
    value: Any
    source: str
    origin: str
    valid_from: int | None
    valid_to: int | None
    counter: bool


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What a moment sees of one layer. bits: commits that touch it; dead: those taken back; at [µs]; ranks of its sources.

    stamp: changes when the dictionary changes or something is erased.
    """

    layer: Layer
    bits: int
    dead: int
    at: int
    ranks: dict[str, int]
    stamp: str

    def agrees(self, other: "Sight") -> bool:
        """Whether only commits and time tell two sights apart: same dictionary, same rank of the sources both know."""
        common = self.ranks.keys() & other.ranks.keys()
        return self.stamp == other.stamp and all(self.ranks[s] == other.ranks[s] for s in common)

    @property
    def alive(self) -> int:
        """Commits whose claims count."""
        return self.bits & ~self.dead


@lru_cache(maxsize=64)
def _decoded(body: str) -> Layer:
    return msgspec.json.decode(body, type=Layer)


def valid_at(start: int | None, end: int | None, at: int) -> bool:
    """Whether a validity [start, end[ holds at an instant."""
    return (start is None or start <= at) and (end is None or at < end)


class Ledger:
    """Reads claims. The ids of claim files are kept between reads."""

    def __init__(self, db: Database, history: History, shelf: Shelf) -> None:
        self.db, self.history, self.shelf = db, history, shelf
        self._ids: OrderedDict[str, Ids] = OrderedDict()
        self._guard = threading.Lock()

    # what a moment sees ---------------------------------------------------------------------------------------------
    def layers(self) -> dict[str, Layer]:
        """Layers of the dictionary and of the user's own."""
        own = {n: msgspec.json.decode(b, type=Layer) for n, b in self.db.rows("SELECT name, body FROM layers")}
        return dict(sorted((builtin_layers() | own).items()))

    def layer(self, name: str) -> Layer:
        """A layer by name. Raises NotFoundError."""
        row = self.db.one("SELECT body FROM layers WHERE name = ?", name)
        return self.layer_told(name, None if row is None else row[0])

    def layer_told(self, name: str, body: str | None) -> Layer:
        """A layer from what the database says of it, None when it says nothing. Raises NotFoundError."""
        found = builtin_layers().get(name) if body is None else _decoded(body)
        if found is None:
            raise NotFoundError("store.couche_inconnue", layer=name, known=", ".join(self.layers()))
        return found

    def sight(self, layer: str, moment: Moment) -> Sight:
        """What `moment` sees of a layer, read in one transaction."""
        with self.db.snapshot():
            found = self.layer(layer)
            visible = self.history.visible(moment)
            return self.sight_of(found, visible, moment)

    def sight_of(self, layer: Layer, visible: int, moment: Moment) -> Sight:
        """The same from a set of commits."""
        bits = visible & self.history.of_layer(layer.name)
        at = to_micros(moment.at if moment.at is not None else self.db.clock()) or 0
        ranks = self.ranks(layer.name, to_micros(moment.as_of))
        epoch = self.db.one("SELECT value FROM meta WHERE name = 'epoch'")
        columns = [(f.name, f.type, f.decimals) for f in layer.fields]
        text = msgspec.json.encode([layer.geometry, columns, epoch])
        return Sight(
            layer=layer, bits=bits, dead=self.history.dead(bits), at=at, ranks=ranks,
            stamp=hashlib.sha256(text).hexdigest()[:16],
        )  # fmt: skip

    def ranks(self, layer: str, as_of: int | None) -> dict[str, int]:
        """Rank of each source of a layer, as it was known."""
        query = """SELECT s.id, s.instant, s.body FROM layer_sources l JOIN sources s ON s.id = l.source WHERE l.layer = ?
                   ORDER BY s.id, s.instant"""
        bodies: dict[str, str] = {}
        for name, instant, body in self.db.rows(query, layer):
            if name not in bodies or as_of is None or instant <= as_of:
                bodies[name] = body
        return {name: msgspec.json.decode(body, type=Source).rank for name, body in bodies.items()}

    # claims ---------------------------------------------------------------------------------------------------------
    def files(self, layer: str, bits: int | None = None) -> list[ClaimFile]:
        """Claim files of a layer written by the commits of `bits` (all by default), in commit order."""
        query = """SELECT commit_id, place, layer, sha256, rows, source, origins, valid_from, valid_to FROM claim_files
                   WHERE layer = ? ORDER BY commit_id, place"""
        found = [ClaimFile(*(*r[:6], json.loads(r[6]), *r[7:])) for r in self.db.rows(query, layer)]
        return found if bits is None else [f for f in found if bits >> f.commit & 1]

    def edits(self, layer: Layer, bits: int, assets: Sequence[str] | None = None) -> list[RawEdit]:
        """Edits of a layer written by the commits of `bits`, counter-claims included; of some assets or all."""
        query = """SELECT commit_id, place, asset, attribute, value, source, origin, valid_from, valid_to, counter
                   FROM edits WHERE layer = ?"""
        order = " ORDER BY commit_id, place"
        if assets is None:
            rows = self.db.rows(query + order, layer.name)
        else:
            query += f" AND asset {self.db.among_texts}"
            rows = self.db.rows(query + order, layer.name, self.db.listed(assets))
        wanted = set(members(bits))
        dates = {f.name for f in layer.fields if f.type == "date"}
        flags = {f.name for f in layer.fields if f.type == "boolean"} | {EXISTS}
        out = []
        for row in rows:
            if row[0] not in wanted:
                continue
            value = self.db.unpack(row[4])
            if value is not None and not row[9]:
                value = date.fromisoformat(value) if row[3] in dates else bool(value) if row[3] in flags else value
            out.append(RawEdit(*(*row[:4], value, *row[5:9], bool(row[9]))))
        return out

    def counters(self, sight: Sight) -> "Counters":
        """Counter-claims of a layer that stand."""
        query = "SELECT asset, attribute, source, value, commit_id FROM edits WHERE layer = ? AND counter = 1"
        rows = [r for r in self.db.rows(query, sight.layer.name) if sight.alive >> r[4] & 1]
        return Counters(self.history, [(*r[:3], self.db.unpack(r[3]), r[4]) for r in rows])

    def claims_of(self, sight: Sight, assets: pa.Array | None, *, timeless: bool = False) -> tuple[list[Bulk], list[Edit]]:
        """Standing claims valid at the instant (at any when `timeless`), of some assets or all: input of `Resolution`."""
        counters = self.counters(sight)
        bulks = []
        for file in self.files(sight.layer.name, sight.alive):
            if timeless or valid_at(file.valid_from, file.valid_to, sight.at):
                table = self.table(file, assets)
                if table.num_rows:
                    bulks.append(self.bulk(file, table, sight, counters))
        singles = self.edits(sight.layer, sight.alive, None if assets is None else assets.to_pylist())
        edits = [
            Edit(
                e.asset,
                e.attribute,
                e.value,
                e.source,
                sight.ranks.get(e.source, 0),
                e.origin,
                e.valid_from,
                e.commit,
                e.place,
            )
            for e in singles
            if not e.counter
            and (timeless or valid_at(e.valid_from, e.valid_to, sight.at))
            and not counters.cancel(e.asset, e.attribute, e.source, e.commit)
        ]
        return bulks, edits

    def bulk(self, file: ClaimFile, table: pa.Table, sight: Sight, counters: "Counters") -> Bulk:
        """Rows of a claim file as input of `Resolution`."""
        return Bulk(
            table=table, source=file.source, rank=sight.ranks.get(file.source, 0), origins=file.origins,
            valid_from=file.valid_from, commit=file.commit, place=file.place, dead=counters.dead(file.source, file.commit),
        )  # fmt: skip

    # claim files ----------------------------------------------------------------------------------------------------
    def table(self, file: ClaimFile, assets: pa.Array | None = None) -> pa.Table:
        """Rows of a claim file: of some assets, or all. Raises CorruptError naming the file."""
        try:
            opened = self.shelf.opened(file.sha256)
            columns = [n for n in opened.schema_arrow.names if n != BOX]
            if assets is None:
                return opened.read(columns=columns)
            return take_rows(opened, self.ids(file).rows(assets), columns)
        except (pa.ArrowInvalid, OSError) as error:
            raise CorruptError("store.fichier_abime", path=self.shelf.place(file.sha256)) from error

    def ids(self, file: ClaimFile) -> Ids:
        """Ids of a claim file in row order, kept in memory while they fit."""
        found = self._ids.get(file.sha256)
        if found is None:
            found = Ids(flat(self.shelf.opened(file.sha256).read(columns=["id"])["id"]))
            with self._guard:
                self._ids[file.sha256] = found
                while len(self._ids) > 1 and sum(len(v.array) for v in self._ids.values()) > _ID_ROWS:
                    self._ids.popitem(last=False)
        return found

    def forget(self) -> None:
        """Drop what is kept in memory: files were rewritten."""
        self.shelf.forget()
        self._ids.clear()

    # what differs ---------------------------------------------------------------------------------------------------
    def touched(self, one: Sight, other: Sight, limit: int) -> set[str] | None:
        """Assets whose claims may count differently; None when there are more than about `limit`, or all of them."""
        if not one.agrees(other):
            return None
        commits: set[int] = set()
        waiting = members(one.bits ^ other.bits)
        while waiting:
            commit = waiting.pop()
            if commit not in commits:
                commits.add(commit)
                waiting += self.history.undone_by(commit)
        layer = one.layer.name
        files = [f for f in self.files(layer) if f.commit in commits] if commits or one.at != other.at else []
        low, high = sorted((one.at, other.at))
        if low != high:
            seen = one.bits | other.bits
            files += [
                f
                for f in self.files(layer, seen)
                if f.commit not in commits
                and valid_at(f.valid_from, f.valid_to, low) != valid_at(f.valid_from, f.valid_to, high)
            ]
        if sum(f.rows for f in files) > limit:
            return None
        out = {a for f in files for a in self.ids(f).array.to_pylist()}
        out.update(self.edited(layer, commits))
        if low != high:
            query = """SELECT DISTINCT asset FROM edits WHERE layer = ? AND (valid_from IS NOT NULL OR valid_to IS NOT NULL)
                       AND ((valid_from > ? AND valid_from <= ?) OR (valid_to > ? AND valid_to <= ?))"""
            out.update(row[0] for row in self.db.rows(query, layer, low, high, low, high))
        return out if len(out) <= limit else None

    def written(self, side: Sight) -> set[str]:
        """Assets the standing commits of a sight say something of."""
        out = self.edited(side.layer.name, members(side.alive))
        for file in self.files(side.layer.name, side.alive):
            out.update(self.ids(file).array.to_pylist())
        for commit in members(side.alive):
            for undone in self.history.undone_by(commit):
                bits = 1 << undone
                out |= self.written(msgspec.structs.replace(side, bits=bits, dead=0))
        return out

    def edited(self, layer: str, commits: Iterable[int]) -> set[str]:
        """Assets edited one value at a time in some commits."""
        query = f"SELECT DISTINCT asset FROM edits WHERE layer = ? AND commit_id {self.db.among_numbers}"
        return {row[0] for row in self.db.rows(query, layer, self.db.listed(commits))}


class Counters:
    """Counter-claims that stand: each takes back what its source said of an attribute before, or in one commit."""

    def __init__(self, history: History, rows: list[tuple[Any, ...]]) -> None:
        self.history = history
        self._by_key: dict[tuple[str, str, str], list[tuple[int | None, int]]] = {}
        for asset, attribute, source, target, commit in rows:
            self._by_key.setdefault((source, asset, attribute), []).append((target, commit))

    @cached_property
    def _by_source(self) -> dict[str, list[tuple[str, str]]]:
        out: dict[str, list[tuple[str, str]]] = {}
        for source, asset, attribute in self._by_key:
            out.setdefault(source, []).append((asset, attribute))
        return out

    def cancel(self, asset: str, attribute: str, source: str, commit: int) -> bool:
        """Whether what `source` said in `commit` is taken back."""
        return any(
            commit == target if target is not None else commit != by and bool(self.history.ancestors(by) >> commit & 1)
            for target, by in self._by_key.get((source, asset, attribute), ())
        )

    def dead(self, source: str, commit: int) -> dict[str, list[str]]:
        """Assets whose claims by `source` in `commit` are taken back, by attribute."""
        out: dict[str, list[str]] = {}
        for asset, attribute in self._by_source.get(source, ()):
            if self.cancel(asset, attribute, source, commit):
                out.setdefault(attribute, []).append(asset)
        return out


def take_rows(file: pq.ParquetFile, wanted: NDArray[np.int64], columns: list[str]) -> pa.Table:
    """Some rows (ascending) of a file, reading only the row groups that hold them."""
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    edges = np.cumsum([0, *sizes])
    group = np.searchsorted(edges, wanted, side="right") - 1
    groups = np.unique(group)
    shift = np.zeros(len(sizes), np.int64)
    total = 0
    for g in groups:
        shift[g] = total - edges[g]
        total += sizes[g]
    return file.read_row_groups(groups.tolist(), columns=columns).take(pa.array(wanted + shift[group]))
