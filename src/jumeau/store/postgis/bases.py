"""Resolved layers as rows of the database: one group of rows a part, with its bounds, disposable."""

import hashlib
import threading
from collections.abc import Sequence
from functools import cached_property
from uuid import uuid4

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jumeau.errors import CorruptError
from jumeau.store.finding import Ids
from jumeau.store.hilbert import flat
from jumeau.store.ledger import Ledger, Sight
from jumeau.store.plans import KEPT_BASES, Planner, Texts, texts_of
from jumeau.store.postgis.database import PostgisDatabase
from jumeau.store.postgis.shelf import parquet_bytes
from jumeau.store.resolve import BOX, KEY, SIDES, Resolution

PART_ROWS = 8_192
"""Small, so that a first read of a place fetches little."""

_EPOCH = "SELECT value FROM meta WHERE name = 'epoch'"


class Part(msgspec.Struct, frozen=True):
    """One group of rows: their number, bounds [m] (NaN without geometry) and the SHA-256 of its bytes."""

    rows: int
    box: tuple[float, float, float, float]
    sha256: str


class TableBase:
    """One resolved layer; its parts are fetched when they are first read, then kept in memory."""

    def __init__(self, db: PostgisDatabase, name: str, sight: Sight, parts: Sequence[Part], texts: Texts) -> None:
        self.db, self.name, self.sight, self.parts, self.texts = db, name, sight, list(parts), texts
        self.rows = sum(p.rows for p in parts)
        self.content: dict[int, bytes] = {}

    @property
    def label(self) -> str:
        """Its parts are written once."""
        return self.name

    @cached_property
    def schema(self) -> pa.Schema:
        """Schema of its parts."""
        self.hold([0])
        return pq.read_schema(pa.BufferReader(self.content[0])).remove_metadata()

    @property
    def names(self) -> list[str]:
        """Its columns."""
        return list(self.schema.names)

    @property
    def nothing(self) -> pa.Table:
        """Its columns without rows."""
        return self.schema.empty_table()

    @cached_property
    def edges(self) -> NDArray[np.int64]:
        """First row of each part, then the number of rows; no part for an empty layer."""
        return np.cumsum([0, *(p.rows for p in self.parts if p.rows)])

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """(parts, 4) bounds [m]."""
        return np.array([p.box for p in self.parts if p.rows], np.float64).reshape(-1, 4)

    @cached_property
    def ids(self) -> pa.Array:
        """Ids in row order."""
        return flat(self.read(list(range(len(self.parts))), ["id"])["id"])

    @cached_property
    def finder(self) -> Ids:
        """The same, to look some up."""
        return Ids(self.ids)

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """Hilbert keys in row order."""
        return np.asarray(flat(self.read(list(range(len(self.parts))), [KEY])[KEY]))

    def hold(self, groups: list[int]) -> None:
        """Fetch these parts. Raises CorruptError when one was thrown away meanwhile or is damaged."""
        missing = [g for g in groups if g not in self.content]
        if not missing:
            return
        query = "SELECT part, content FROM base_parts WHERE base = ? AND part = ANY(?)"
        found = dict(self.db.rows(query, self.name, missing))
        for group in missing:
            if group not in found or hashlib.sha256(found[group]).hexdigest() != self.parts[group].sha256:
                raise CorruptError("store.fichier_abime", path=f"{self.db.place.shown} base_parts {self.name} {group}")
        self.content |= found

    def read(self, groups: list[int], columns: list[str]) -> pa.Table:
        """Columns of some parts. Raises CorruptError."""
        self.hold(groups)
        try:
            tables = [pq.ParquetFile(pa.BufferReader(self.content[g])).read(columns=columns) for g in groups]
        except (pa.ArrowInvalid, OSError) as error:
            raise CorruptError("store.fichier_abime", path=f"{self.db.place.shown} base_parts {self.name}") from error
        return pa.concat_tables(tables).unify_dictionaries().replace_schema_metadata(None)


class TableBases(Planner):
    """Finds, builds and forgets the resolved layers of the database."""

    def __init__(self, ledger: Ledger, db: PostgisDatabase) -> None:
        super().__init__(ledger)
        self.db = db
        self._known: dict[str, TableBase] = {}
        self._guard = threading.Lock()

    def near(self, sight: Sight) -> list[TableBase]:
        """Bases of the layer that can be read from, nearest first."""
        with self.db.snapshot():
            names = [
                r[0]
                for r in self.db.rows("SELECT id FROM bases WHERE layer = ? AND stamp = ?", sight.layer.name, sight.stamp)
            ]
            found = [b for b in (self._known.get(n) or self._opened(n, sight) for n in names) if b is not None]
        with self._guard:
            for name in [n for n, b in self._known.items() if n not in names and b.sight.layer.name == sight.layer.name]:
                del self._known[name]
            self._known |= {b.name: b for b in found}
        return sorted(found, key=lambda b: ((b.sight.bits ^ sight.bits).bit_count(), b.name))

    def _opened(self, name: str, sight: Sight) -> TableBase | None:
        row = self.db.one("SELECT about FROM bases WHERE id = ?", name)
        query = "SELECT rows, x_min, y_min, x_max, y_max, sha256 FROM base_parts WHERE base = ? ORDER BY part"
        parts = [Part(r[0], _NOWHERE if r[1] is None else r[1:5], r[5]) for r in self.db.rows(query, name)]
        if row is None or not parts:
            return None
        about = msgspec.json.decode(row[0])
        seen = msgspec.structs.replace(
            sight, bits=int(about["commits"], 16), dead=int(about["dead"], 16), at=about["at"], ranks=about["ranks"]
        )
        return TableBase(self.db, name, seen, parts, about.get("texts", {}))

    def build(self, sight: Sight) -> TableBase:
        """Resolve a whole layer and keep it, unless something was erased meanwhile."""
        with self.db.snapshot():
            epoch = self.db.one(_EPOCH)
            table = Resolution(sight.layer, *self.ledger.claims_of(sight, None)).table()
        slices = [table.slice(i, PART_ROWS) for i in range(0, max(1, table.num_rows), PART_ROWS)]
        contents = [parquet_bytes(s, compression="zstd", use_dictionary=_texts(s), write_statistics=False) for s in slices]
        parts = [Part(s.num_rows, _box(s), hashlib.sha256(c).hexdigest()) for s, c in zip(slices, contents, strict=True)]
        texts = texts_of(table, sight.layer, PART_ROWS)
        base = TableBase(self.db, uuid4().hex, sight, parts, texts)
        base.content = dict(enumerate(contents))
        about = {"commits": f"{sight.bits:x}", "dead": f"{sight.dead:x}", "at": sight.at, "ranks": sight.ranks}
        with self.db.aside("bases"):
            if self.db.one(_EPOCH + " FOR SHARE") != epoch:
                return base
            text = msgspec.json.encode(about | {"texts": texts}).decode()
            query = "INSERT INTO bases (id, layer, stamp, about) VALUES (?, ?, ?, ?)"
            self.db.execute(query, base.name, sight.layer.name, sight.stamp, text)
            for i, part in enumerate(parts):
                box = part.box if part.box[0] == part.box[0] else (None,) * 4
                values = (base.name, i, part.rows, *box, part.sha256, contents[i])
                self.db.execute("INSERT INTO base_parts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *values)
            query = """DELETE FROM bases WHERE layer = ? AND id NOT IN
                       (SELECT id FROM bases WHERE layer = ? ORDER BY made DESC LIMIT ?)"""
            self.db.execute(query, sight.layer.name, sight.layer.name, KEPT_BASES)
        with self._guard:
            self._known[base.name] = base
        return base

    def rebuild(self, sight: Sight) -> None:
        """A base of exactly this state, and no other of its layer."""
        exact = [
            b for b in self.near(sight) if (b.sight.bits, b.sight.at) == (sight.bits, sight.at) and b.sight.agrees(sight)
        ]
        kept = exact[0] if exact else self.build(sight)
        with self.db.aside("bases"):
            self.db.execute("DELETE FROM bases WHERE layer = ? AND id <> ?", sight.layer.name, kept.name)
        self._plans.clear()

    def drop(self) -> None:
        """Keep no base in memory."""
        self._known.clear()
        self._plans.clear()

    def forget(self, layer: str | None = None) -> None:
        """Throw resolved layers away: of one layer or all."""
        self._known.clear()
        self._plans.clear()
        with self.db.aside("bases"):
            if layer is None:
                self.db.execute("DELETE FROM bases")
            else:
                self.db.execute("DELETE FROM bases WHERE layer = ?", layer)


_NOWHERE = (float("nan"),) * 4


def _texts(table: pa.Table) -> list[str]:
    return [c.name for c in table.schema if pa.types.is_dictionary(c.type) or (pa.types.is_string(c.type) and c.name != "id")]


def _box(table: pa.Table) -> tuple[float, float, float, float]:
    """Bounds of the rows [m], NaN without geometry."""
    if BOX not in table.column_names or not table.num_rows:
        return _NOWHERE
    sides = flat(table[BOX])
    known = [np.asarray(sides.field(side).drop_null()) for side in SIDES]
    if not len(known[0]):
        return _NOWHERE
    return float(known[0].min()), float(known[1].min()), float(known[2].max()), float(known[3].max())
