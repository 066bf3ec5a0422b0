"""What is kept in memory between two reads, so that the second one asks the database one question: is anything new?"""

import threading
from collections import OrderedDict
from typing import Any

import msgspec
import pyarrow as pa

from jumeau.store.ledger import Ledger
from jumeau.store.plans import Base, Plan
from jumeau.store.port import Moment
from jumeau.store.values import to_micros

KEPT = 64
FEW_GROUPS = 64
KEPT_BYTES = 256 << 20
_EVER = 2**62
_STAMP = "SELECT name, value FROM meta WHERE name IN ('last_instant', 'epoch') ORDER BY name"
_BOUNDS = """SELECT max(CASE WHEN t <= ? THEN t END), min(CASE WHEN t > ? THEN t END) FROM (
    SELECT valid_from AS t FROM edits WHERE layer = ? AND (valid_from IS NOT NULL OR valid_to IS NOT NULL)
    UNION ALL SELECT valid_to FROM edits WHERE layer = ? AND (valid_from IS NOT NULL OR valid_to IS NOT NULL)
    UNION ALL SELECT valid_from FROM claim_files WHERE layer = ?
    UNION ALL SELECT valid_to FROM claim_files WHERE layer = ?) AS bounds"""

Stamp = tuple[Any, ...]


class Glance(msgspec.Struct, frozen=True):
    """A plan, and the instants [since, until[ at which it tells the same."""

    stamp: Stamp
    since: int
    until: int
    plan: Plan


class Glances:
    """Plans that still hold. Kept thread by thread, as the files they read."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._local = threading.local()
        self._age = 0

    @property
    def _kept(self) -> "OrderedDict[tuple[str, Moment], Glance]":
        if getattr(self._local, "age", None) != self._age:
            self._local.age, self._local.kept = self._age, OrderedDict()
        kept: OrderedDict[tuple[str, Moment], Glance] = self._local.kept
        return kept

    def stamp(self) -> Stamp:
        """What changes with every write of the twin."""
        return tuple(row[1] for row in self.ledger.db.rows(_STAMP))

    def find(self, stamp: Stamp, layer: str, moment: Moment) -> Plan | None:
        """The plan of a moment when nothing was written and no validity began or ended since it was made."""
        found = self._kept.get((layer, moment))
        if found is None or found.stamp != stamp:
            return None
        at = to_micros(self.ledger.db.clock()) if moment.at is None else to_micros(moment.at)
        return found.plan if at is not None and found.since <= at < found.until else None

    def keep(self, stamp: Stamp, layer: str, moment: Moment, plan: Plan) -> None:
        """Keep a plan, unless something was written while it was made."""
        if self.stamp() != stamp:
            return
        at = plan.sight.at
        row = self.ledger.db.one(_BOUNDS, at, at, layer, layer, layer, layer) or (None, None)
        since, until = -_EVER if row[0] is None else row[0], _EVER if row[1] is None else row[1]
        self._kept[layer, moment] = Glance(stamp, since, until, plan)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Trust nothing that was kept, in any thread."""
        self._age += 1


class Columns:
    """Columns of groups of rows, as they were last decoded; shared by threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, str], pa.ChunkedArray] = OrderedDict()
        self._bytes = 0
        self._guard = threading.Lock()

    def read(self, base: Base, groups: list[int], columns: list[str], *, keep: bool = False) -> pa.Table:
        """Columns of some groups; those of a few groups are kept, or all when `keep`: conditions look at them again."""
        every = len(groups) == len(base.edges) - 1
        if every and keep and groups:
            return pa.table({name: self._whole(base, groups, name) for name in columns})
        if not groups or len(groups) > FEW_GROUPS or (every and len(groups) > 4):
            return base.read(groups, columns)
        pieces = [self._group(base, group, columns) for group in groups]
        return pieces[0] if len(pieces) == 1 else pa.concat_tables(pieces).unify_dictionaries()

    def _whole(self, base: Base, groups: list[int], name: str) -> pa.ChunkedArray:
        """A whole column in one piece, texts by their distinct values."""
        key = (base.label, -1, name)
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        column = base.read(groups, [name])[name].combine_chunks()
        if pa.types.is_string(column.type) and name != "id":
            column = column.dictionary_encode()
        found = pa.chunked_array([column] if isinstance(column, pa.Array) else column.chunks)
        self._keep(key, found)
        return found

    def _keep(self, key: tuple[str, int, str], column: pa.ChunkedArray) -> None:
        with self._guard:
            if key not in self._kept:
                self._kept[key] = column
                self._bytes += column.nbytes
            while self._bytes > KEPT_BYTES:
                _, gone = self._kept.popitem(last=False)
                self._bytes -= gone.nbytes

    def _group(self, base: Base, group: int, columns: list[str]) -> pa.Table:
        found: dict[str, pa.ChunkedArray] = {}
        with self._guard:
            for name in columns:
                key = (base.label, group, name)
                if key in self._kept:
                    self._kept.move_to_end(key)
                    found[name] = self._kept[key]
        missing = [name for name in columns if name not in found]
        if missing:
            table = base.read([group], missing)
            found |= {name: table[name] for name in missing}
            for name in missing:
                self._keep((base.label, group, name), found[name])
        return pa.table({name: found[name] for name in columns})

    def forget(self) -> None:
        """Keep nothing."""
        with self._guard:
            self._kept.clear()
            self._bytes = 0
