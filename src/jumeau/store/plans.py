"""How a state is read: a resolved layer kept from before, and what changed since as rows in memory."""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.model.dictionary import Layer
from jumeau.store.finding import Ids
from jumeau.store.hilbert import flat
from jumeau.store.ledger import Ledger, Sight
from jumeau.store.resolve import KEY, Resolution
from jumeau.store.threads import PerThread

KEPT_BASES = 4
KEPT_PLANS = 8
SMALL = 5_000
_FEW_TEXTS = 32


Texts = Mapping[str, Sequence[Collection[str]]]
"""Values of a column of texts, group by group."""


def texts_of(table: pa.Table, layer: Layer, rows: int) -> dict[str, list[list[str]]]:
    """Values of each group of `rows` rows, for the columns of texts whose groups hold few values each, and not the same."""
    out: dict[str, list[list[str]]] = {}
    starts = range(0, table.num_rows, rows)
    for name in (f.name for f in layer.fields if f.arrow == pa.string()):
        groups: list[list[str]] = []
        for start in starts:
            found = pc.unique(flat(table[name].slice(start, rows))).drop_null()
            if len(found) > _FEW_TEXTS:
                break
            groups.append(sorted(found.to_pylist()))
        distinct = len({v for g in groups for v in g})
        if len(groups) == len(starts) and sum(map(len, groups)) * 2 <= distinct * len(groups):
            out[name] = groups
    return out


class Base(Protocol):
    """One resolved layer as it was kept, cut in groups of rows."""

    sight: Sight
    rows: int

    @property
    def label(self) -> str:
        """A name no other base ever has."""

    @property
    def names(self) -> list[str]:
        """Its columns."""

    @property
    def nothing(self) -> pa.Table:
        """Its columns without rows."""

    @property
    def edges(self) -> NDArray[np.int64]:
        """First row of each group, then the number of rows."""

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(groups, 4) bounds [m] of each group, NaN where it has no geometry."""

    @property
    def texts(self) -> "Texts":
        """What each group holds of some columns of texts."""

    @property
    def ids(self) -> pa.Array:
        """Ids in row order."""

    @property
    def finder(self) -> Ids:
        """The same, to look some up."""

    @property
    def keys(self) -> NDArray[np.int64]:
        """Hilbert keys in row order."""

    def read(self, groups: list[int], columns: list[str]) -> pa.Table:
        """Columns of some groups. Raises CorruptError."""

    def hold(self, groups: list[int]) -> None:
        """Make sure that these groups can be read to the end, whatever other processes throw away. Raises CorruptError."""


class Plan:
    """How to read one state: a base, the base rows that no longer count, and the rows that replace them."""

    def __init__(self, sight: Sight, base: Base, touched: set[str], patch: pa.Table) -> None:
        self.sight, self.base, self.touched, self.patch = sight, base, touched, patch
        self.answers: dict[Any, pa.Schema] = {}

    @cached_property
    def gone(self) -> NDArray[np.int64]:
        """Base rows that no longer count, ascending."""
        if not self.touched:
            return np.empty(0, np.int64)
        return self.base.finder.rows(pa.array(list(self.touched), pa.string()))

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

    @cached_property
    def swaps(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Base rows that a row of the patch replaces where it stands, ascending, and these rows."""
        rows = np.flatnonzero(self.places < self.base.rows)
        there = self.places[rows]
        same = np.asarray(pc.equal(self.base.ids.take(pa.array(there)), flat(self.patch["id"]).take(pa.array(rows))), bool)
        same &= self.base.keys[there] == np.asarray(flat(self.patch[KEY]))[rows]
        return there[same], rows[same]

    @cached_property
    def cuts(self) -> NDArray[np.int64]:
        """Base rows that leave their place empty, ascending."""
        return np.setdiff1d(self.gone, self.swaps[0], assume_unique=True)

    @cached_property
    def adds(self) -> NDArray[np.int64]:
        """Rows of the patch that take a place of their own, ascending."""
        return np.setdiff1d(np.arange(self.patch.num_rows), self.swaps[1], assume_unique=True)

    @cached_property
    def homes(self) -> NDArray[np.int64]:
        """Group of the base that takes in each row of the patch."""
        last = max(0, len(self.base.edges) - 2)
        return np.clip(np.searchsorted(self.base.edges, self.places, side="right") - 1, 0, last)

    @property
    def count(self) -> int:
        """Number of assets."""
        return int(self.base.rows - len(self.gone) + self.patch.num_rows)


class Planner(ABC):
    """Finds the nearest kept state and what differs from it. Plans are kept thread by thread."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._kept_plans: PerThread[OrderedDict[tuple[Any, ...], Plan]] = PerThread(OrderedDict)

    @property
    def _plans(self) -> "OrderedDict[tuple[Any, ...], Plan]":
        return self._kept_plans.mine()

    @abstractmethod
    def near(self, sight: Sight) -> Sequence[Base]:
        """Kept states of the layer that can be read from, nearest first."""

    @abstractmethod
    def build(self, sight: Sight) -> Base:
        """Resolve a whole layer and keep it."""

    @abstractmethod
    def rebuild(self, sight: Sight) -> None:
        """Keep exactly this state, and no other of its layer."""

    @abstractmethod
    def drop(self) -> None:
        """Keep no base in memory: others may have thrown some away."""

    @abstractmethod
    def forget(self, layer: str | None = None) -> None:
        """Throw kept states away: of one layer or all."""

    def plan(self, sight: Sight) -> Plan:
        """How to read a state, from the nearest state already known; builds a base when none is near."""
        key = (sight.layer.name, sight.stamp, sight.bits)
        near = [p for k, p in reversed(self._plans.items()) if k[:2] == key[:2]]
        bases: Sequence[Base] = [] if any(p.sight.bits == sight.bits for p in near) else self.near(sight)
        near += [Plan(base.sight, base, set(), base.nothing) for base in bases]
        near.sort(key=lambda p: p.sight.bits != sight.bits)
        for old in near:
            found = self._extended(old, sight)
            if found is not None:
                return self._keep(found)
        base = self.build(sight)
        return self._keep(Plan(sight, base, set(), base.nothing))

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
            for name in ("gone", "places", "swaps", "cuts", "adds", "homes"):
                if name in old.__dict__:
                    plan.__dict__[name] = old.__dict__[name]
            return plan
        assets = pa.array(sorted(fresh), pa.string())
        patch = Resolution(sight.layer, *self.ledger.claims_of(sight, assets)).table()
        if old.patch.num_rows:
            kept = old.patch.filter(pc.invert(pc.is_in(old.patch["id"], value_set=assets)))
            patch = pa.concat_tables([kept, patch.select(kept.column_names)], promote_options="default")
            patch = patch.unify_dictionaries().combine_chunks().sort_by([(KEY, "ascending"), ("id", "ascending")])
        plan = Plan(sight, old.base, old.touched | fresh, patch)
        if "gone" in old.__dict__:
            plan.__dict__["gone"] = np.union1d(old.gone, old.base.finder.rows(assets))
        return plan

    def _keep(self, plan: Plan) -> Plan:
        key = (plan.sight.layer.name, plan.sight.stamp, plan.sight.bits)
        self._plans[key] = plan
        self._plans.move_to_end(key)
        while len(self._plans) > KEPT_PLANS:
            self._plans.popitem(last=False)
        return plan
