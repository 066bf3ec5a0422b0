"""Resolved layers on the disk: one GeoParquet per state, disposable, and what changed since as rows in memory."""

import contextlib
import os
import threading
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jumeau.errors import CorruptError
from jumeau.store.embedded.folder import open_parquet
from jumeau.store.embedded.geoparquet import OURS, write_layer
from jumeau.store.embedded.ledger import Ledger, Sight
from jumeau.store.hilbert import flat
from jumeau.store.resolve import BOX, KEY, SIDES, Resolution

KEPT_BASES = 4
KEPT_PLANS = 8
SMALL = 5_000


class Base:
    """One resolved layer on the disk."""

    def __init__(self, path: Path, sight: Sight) -> None:
        self.path, self.sight = path, sight
        self.file: pq.ParquetFile = open_parquet(path, memory_map=True)
        self.rows: int = self.file.metadata.num_rows

    @cached_property
    def edges(self) -> NDArray[np.int64]:
        """First row of each row group, then the number of rows."""
        meta = self.file.metadata
        return np.cumsum([0, *(meta.row_group(i).num_rows for i in range(meta.num_row_groups))])

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """(row groups, 4) bounds [m] of each row group, NaN where it has no geometry."""
        meta = self.file.metadata
        if meta.num_row_groups == 0:
            return np.empty((0, 4))
        names = [meta.row_group(0).column(c).path_in_schema for c in range(meta.num_columns)]
        at = [names.index(f"{BOX}.{side}") for side in SIDES]
        out = np.full((meta.num_row_groups, 4), np.nan)
        for g in range(meta.num_row_groups):
            for i, column in enumerate(at):
                found = meta.row_group(g).column(column).statistics
                if found is not None and found.has_min_max:
                    out[g, i] = found.min if i < 2 else found.max
        return out

    @cached_property
    def ids(self) -> pa.Array:
        """Ids in row order."""
        return flat(self.file.read(columns=["id"])["id"])

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """Hilbert keys in row order."""
        return np.asarray(flat(self.file.read(columns=[KEY])[KEY]))

    def read(self, groups: list[int], columns: list[str]) -> pa.Table:
        """Columns of some row groups. Raises CorruptError."""
        try:
            if len(groups) == self.file.num_row_groups:
                return self.file.read(columns=columns)
            return self.file.read_row_groups(groups, columns=columns)
        except (pa.ArrowInvalid, OSError) as error:
            raise CorruptError("store.fichier_abime", path=self.path) from error


class Plan:
    """How to read one state: a base, the base rows that no longer count, and the rows that replace them."""

    def __init__(self, sight: Sight, base: Base, touched: set[str], patch: pa.Table) -> None:
        self.sight, self.base, self.touched, self.patch = sight, base, touched, patch

    @cached_property
    def gone(self) -> NDArray[np.int64]:
        """Base rows that no longer count, ascending."""
        if not self.touched:
            return np.empty(0, np.int64)
        return np.asarray(
            pc.indices_nonzero(pc.is_in(self.base.ids, value_set=pa.array(list(self.touched), pa.string()))), np.int64
        )

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """For each row of the patch, the base row it comes before."""
        if not self.patch.num_rows:
            return np.empty(0, np.int64)
        keys = np.asarray(flat(self.patch[KEY]))
        first = np.searchsorted(self.base.keys, keys, side="left")
        last = np.searchsorted(self.base.keys, keys, side="right")
        for i in np.flatnonzero(first < last):
            tied = self.base.ids.slice(first[i], last[i] - first[i])
            first[i] += pc.sum(pc.less(tied, self.patch["id"][int(i)])).as_py() or 0
        return np.asarray(first, np.int64)

    @property
    def count(self) -> int:
        """Number of assets."""
        return int(self.base.rows - len(self.gone) + self.patch.num_rows)


class Bases:
    """Finds, builds and forgets resolved layers."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.folder = ledger, ledger.db.folder / "cache"
        self._local = threading.local()

    @property
    def _known(self) -> dict[str, Base]:
        if not hasattr(self._local, "bases"):
            self._local.bases, self._local.plans = {}, OrderedDict()
        known: dict[str, Base] = self._local.bases
        return known

    @property
    def _plans(self) -> "OrderedDict[tuple[Any, ...], Plan]":
        assert self._known is not None
        plans: OrderedDict[tuple[Any, ...], Plan] = self._local.plans
        return plans

    def plan(self, sight: Sight) -> Plan:
        """How to read a state, from the nearest state already known; builds a base when none is near."""
        key = (sight.layer.name, sight.stamp, sight.bits)
        near = [p for k, p in reversed(self._plans.items()) if k[:2] == key[:2]]
        bases = [] if any(p.sight.bits == sight.bits for p in near) else self._bases(sight)
        near += [Plan(base.sight, base, set(), self._nothing(base)) for base in bases]
        near.sort(key=lambda p: p.sight.bits != sight.bits)
        for old in near:
            found = self._extended(old, sight)
            if found is not None:
                return self._keep(found)
        base = self.build(sight)
        return self._keep(Plan(sight, base, set(), self._nothing(base)))

    def _extended(self, old: Plan, sight: Sight) -> Plan | None:
        """The plan of `sight` from another plan on the same base; None when too much differs."""
        limit = max(SMALL, old.base.rows // 20)
        if old.sight.bits == sight.bits and old.sight.at == sight.at and old.sight.agrees(sight):
            return old
        fresh = self.ledger.touched(old.sight, sight, limit)
        if fresh is None or len(old.touched | fresh) > limit:
            return None
        if not fresh:
            plan = Plan(sight, old.base, old.touched, old.patch)
            for name in ("gone", "places"):
                if name in old.__dict__:
                    plan.__dict__[name] = old.__dict__[name]
            return plan
        assets = pa.array(sorted(fresh), pa.string())
        patch = Resolution(sight.layer, *self.ledger.claims_of(sight, assets)).table()
        if old.patch.num_rows:
            kept = old.patch.filter(pc.invert(pc.is_in(old.patch["id"], value_set=assets)))
            patch = pa.concat_tables([kept, patch.select(kept.column_names)], promote_options="default")
            patch = patch.unify_dictionaries().combine_chunks().sort_by([(KEY, "ascending"), ("id", "ascending")])
        return Plan(sight, old.base, old.touched | fresh, patch)

    def _keep(self, plan: Plan) -> Plan:
        key = (plan.sight.layer.name, plan.sight.stamp, plan.sight.bits)
        self._plans[key] = plan
        self._plans.move_to_end(key)
        while len(self._plans) > KEPT_PLANS:
            self._plans.popitem(last=False)
        return plan

    def _nothing(self, base: Base) -> pa.Table:
        return base.file.schema_arrow.remove_metadata().empty_table()

    def _bases(self, sight: Sight) -> list[Base]:
        """Bases of the layer that can be read from, nearest first."""
        found: list[Base] = []
        try:
            names = [e.name for e in os.scandir(self.folder) if e.name.startswith(f"{sight.layer.name}.{sight.stamp}.")]
        except FileNotFoundError:
            names = []
        for name in names:
            base = self._known.get(name) or self._opened(self.folder / name, sight)
            if base is not None:
                self._known[name] = base
                found.append(base)
        for name in [n for n in self._known if n not in names and n.startswith(f"{sight.layer.name}.")]:
            del self._known[name]
        return sorted(found, key=lambda b: ((b.sight.bits ^ sight.bits).bit_count(), b.path.name))

    def _opened(self, path: Path, sight: Sight) -> Base | None:
        """A base from its file; a damaged one is thrown away: it is only a cache."""
        try:
            with open_parquet(path) as file:
                about = msgspec.json.decode(file.metadata.metadata[OURS])
            seen = msgspec.structs.replace(
                sight, bits=int(about["commits"], 16), dead=int(about["dead"], 16), at=about["at"], ranks=about["ranks"]
            )
            return Base(path, seen)
        except (CorruptError, KeyError, TypeError, ValueError):
            path.unlink(missing_ok=True)
            return None

    def build(self, sight: Sight) -> Base:
        """Resolve a whole layer and keep it on the disk."""
        about = {
            "layer": sight.layer.name,
            "commits": f"{sight.bits:x}",
            "dead": f"{sight.dead:x}",
            "at": sight.at,
            "ranks": sight.ranks,
        }
        name = f"{sight.layer.name}.{sight.stamp}.{uuid4().hex[:12]}.parquet"
        with self.ledger.db.files_lock():
            table = Resolution(sight.layer, *self.ledger.claims_of(sight, None)).table()
            write_layer(table, sight.layer, self.folder, about, name)
        base = Base(self.folder / name, sight)
        self._known[name] = base
        self._trim(sight.layer.name, name)
        return base

    def rebuild(self, sight: Sight) -> None:
        """A base of exactly this state, and no other of its layer."""
        exact = [
            b for b in self._bases(sight) if (b.sight.bits, b.sight.at) == (sight.bits, sight.at) and b.sight.agrees(sight)
        ]
        kept = exact[0] if exact else self.build(sight)
        for path in self.folder.glob(f"{sight.layer.name}.*.parquet"):
            if path != kept.path:
                path.unlink(missing_ok=True)
        self._plans.clear()

    def _trim(self, layer: str, newest: str) -> None:
        """Keep the most recent bases of a layer only."""
        aged = []
        for entry in os.scandir(self.folder):
            if entry.name.startswith(f"{layer}."):
                with contextlib.suppress(FileNotFoundError):
                    aged.append((entry.name == newest, entry.stat().st_mtime_ns, entry.name))
        for _, _, name in sorted(aged, reverse=True)[KEPT_BASES:]:
            (self.folder / name).unlink(missing_ok=True)

    def forget(self, layer: str | None = None) -> None:
        """Throw resolved layers away: of one layer or all."""
        self._known.clear()
        self._plans.clear()
        if self.folder.is_dir():
            for path in self.folder.glob(f"{layer}.*.parquet" if layer else "*"):
                path.unlink(missing_ok=True)
