"""Reads of resolved rows: the base read once by row groups, changed rows put in their place, conditions on columns."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.errors import CorruptError
from jumeau.model.claim import GEOMETRY
from jumeau.model.dictionary import Layer
from jumeau.model.query import Bbox, Where
from jumeau.store.glances import Columns, Glances
from jumeau.store.hilbert import flat
from jumeau.store.ledger import Ledger
from jumeau.store.plans import Plan, Planner
from jumeau.store.port import Moment
from jumeau.store.resolve import BOX
from jumeau.store.values import ORIGIN_SUFFIX, SOURCE_SUFFIX
from jumeau.store.where import attributes, intersects, keep

T = TypeVar("T")


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a layer."""

    columns: Sequence[str] | None = None
    bbox: Bbox | None = None
    where: Where | None = None
    ids: Sequence[str] | None = None
    provenance: bool = False


class Reader:
    """Answers queries on resolved layers."""

    def __init__(self, ledger: Ledger, bases: Planner) -> None:
        self.ledger, self.bases = ledger, bases
        self.columns = Columns()
        self.glances = Glances(ledger)

    def plan(self, layer: str, moment: Moment) -> Plan:
        """How to read a moment: at once when nothing was written since it was last asked. A damaged base is rebuilt once."""
        stamp = self.glances.stamp()
        found = self.glances.find(stamp, layer, moment)
        if found is None:
            found = self._planned(layer, moment)
            self.glances.keep(stamp, layer, moment, found)
        return found

    def _planned(self, layer: str, moment: Moment) -> Plan:
        sight = self.ledger.sight(layer, moment)
        try:
            return self.bases.plan(sight)
        except CorruptError:
            self.forget(layer)
            return self.bases.plan(sight)

    def forget(self, layer: str | None = None) -> None:
        """Keep nothing in memory; and throw away what was resolved of a layer when one is named."""
        self.glances.forget()
        self.columns.forget()
        if layer is None:
            self.bases.drop()
        else:
            self.bases.forget(layer)

    def count(self, layer: str, moment: Moment) -> int:
        """Number of assets."""
        return self.plan(layer, moment).count

    def read(self, layer: str, query: Query, moment: Moment) -> pa.Table:
        """All rows a query keeps, in the stored order."""
        return self._tried(layer, lambda: pa.concat_tables(list(self._pieces(self.plan(layer, moment), query))))

    def _tried(self, layer: str, answer: Callable[[], T]) -> T:
        """An answer; what another process threw away meanwhile is looked for again, what is damaged is made again."""
        for again in (None, layer):
            try:
                return answer()
            except CorruptError:
                self.forget(again)
        return answer()

    def batches(self, layer: str, query: Query, moment: Moment, rows: int) -> Iterator[pa.Table]:
        """The same rows streamed by `rows`, from one state."""
        step = max(1, rows // 32_768)

        def begun() -> tuple[pa.Table, Iterator[pa.Table]]:
            pieces = self._pieces(self.plan(layer, moment), query, step)
            return next(pieces), pieces

        first, pieces = self._tried(layer, begun)
        waiting, held = [first], 0
        for piece in pieces:
            waiting.append(piece)
            held += piece.num_rows
            while held >= rows:
                whole = pa.concat_tables(waiting)
                yield whole.slice(0, rows).combine_chunks()
                rest = whole.slice(rows)
                waiting, held = [rest], rest.num_rows
        if held:
            yield pa.concat_tables(waiting).combine_chunks()

    def _pieces(self, plan: Plan, query: Query, step: int | None = None) -> Iterator[pa.Table]:
        """Kept rows, `step` row groups at a time (all by default); at least one table, perhaps empty."""
        wanted, schema = self._answer(plan, query)
        look = sorted(attributes(query.where))
        look += [BOX] if query.bbox is not None and plan.sight.layer.geometry != "none" else []
        look += ["id"] if query.ids is not None else []
        for name in attributes(query.where):
            if name != "id":
                check_column(plan.sight.layer, name)
        groups = self._groups(plan, query)
        size = step or max(1, len(groups))
        if plan.base.rows:
            plan.base.hold(groups)
        yield schema.empty_table()
        for start in range(0, len(groups), size):
            some = groups[start : start + size]
            if look or query.bbox is not None:
                table = self._kept(plan, query, some, list(dict.fromkeys(wanted)), look)
            else:
                table = self._rows(plan, some, list(dict.fromkeys(wanted)))
            yield table.select(wanted).cast(schema)

    def _answer(self, plan: Plan, query: Query) -> tuple[list[str], pa.Schema]:
        """Columns and schema of the answer, worked out once for a plan."""
        key = (None if query.columns is None else tuple(query.columns), query.provenance)
        found = plan.answers.get(key)
        if found is None:
            wanted = selected(plan.sight.layer, query)
            found = plan.answers[key] = (wanted, output_schema(plan.sight.layer, wanted))
        return found

    def _groups(self, plan: Plan, query: Query) -> list[int]:
        """Row groups that may hold rows of the query; those that take in changed rows are always looked at."""
        every = np.arange(max(1, len(plan.base.edges) - 1))
        if query.bbox is None or plan.sight.layer.geometry == "none" or not plan.base.rows:
            return every.tolist()
        xmin, ymin, xmax, ymax = query.bbox
        box = plan.base.boxes
        with np.errstate(invalid="ignore"):
            near = (box[:, 0] <= xmax) & (box[:, 2] >= xmin) & (box[:, 1] <= ymax) & (box[:, 3] >= ymin)
        near[self._kept_homes(plan, query)] = True
        return np.flatnonzero(near).tolist()

    def _homes(self, plan: Plan) -> NDArray[np.int64]:
        """Row group that takes in each row of the patch."""
        last = max(0, len(plan.base.edges) - 2)
        return np.clip(np.searchsorted(plan.base.edges, plan.places, side="right") - 1, 0, last)

    def _kept_homes(self, plan: Plan, query: Query) -> NDArray[np.int64]:
        """Row groups that take in the rows of the patch the query keeps."""
        if not plan.patch.num_rows:
            return np.empty(0, np.int64)
        return np.unique(self._homes(plan)[np.asarray(mask(plan.patch, query))])

    def _kept(self, plan: Plan, query: Query, groups: list[int], columns: list[str], look: list[str]) -> pa.Table:
        """Rows of some groups that a query keeps, changed rows in their place: the conditions are looked at first, and the
        other columns read where they keep something.
        """
        patch = np.flatnonzero(np.asarray(mask(plan.patch, query))) if plan.patch.num_rows else np.empty(0, np.int64)
        if not plan.base.rows:
            return plan.patch.select(columns).take(pa.array(patch))
        patch = patch[np.isin(self._homes(plan)[patch], groups)]
        edges = plan.base.edges
        seen = self.columns.read(plan.base, groups, [c for c in look if c in plan.base.names], keep=True)
        kept = np.flatnonzero(np.asarray(mask(seen, query)))
        first = np.cumsum([0, *(edges[g + 1] - edges[g] for g in groups)])
        home = np.searchsorted(first, kept, side="right") - 1
        place = kept - first[home] + edges[np.asarray(groups, np.int64)][home] if len(kept) else kept
        if len(plan.gone):
            stays = ~np.isin(place, plan.gone)
            home, place = home[stays], place[stays]
        exact = query.bbox is not None and GEOMETRY in plan.base.names
        wanted = list(dict.fromkeys([*columns, *((GEOMETRY, BOX) if exact else ())]))
        pieces = []
        for h in np.unique(home):
            rows = place[home == h] - edges[groups[h]]
            pieces.append(self.columns.read(plan.base, [groups[h]], wanted).take(pa.array(rows)))
        table = pa.concat_tables(pieces) if pieces else plan.base.nothing.select(wanted)
        if exact and table.num_rows and query.bbox is not None:
            meet = meets(table, query.bbox)
            table, place = table.filter(pa.array(meet)), place[meet]
        table = table.select(columns)
        if not len(patch):
            return table
        whole = pa.concat_tables([table, plan.patch.select(columns).take(pa.array(patch))], promote_options="default")
        at = np.searchsorted(place, plan.places[patch], side="left")
        index = np.insert(np.arange(len(place)), at, len(place) + np.arange(len(patch)))
        return whole.unify_dictionaries().take(pa.array(index))

    def _rows(self, plan: Plan, groups: list[int], columns: list[str]) -> pa.Table:
        """Rows of some row groups with changed rows put in their place."""
        if not plan.base.rows:
            return plan.patch.select(columns)
        table = self.columns.read(plan.base, groups, columns).select(columns)
        if not len(plan.gone) and not plan.patch.num_rows:
            return table
        edges, pieces, start = plan.base.edges, [], 0
        homes = self._homes(plan)
        for g in groups:
            first, end = int(edges[g]), int(edges[g + 1])
            part = table.slice(start, end - first)
            start += end - first
            low, high = np.searchsorted(plan.gone, [first, end])
            rows = np.flatnonzero(homes == g)
            pieces += woven(part, plan.gone[low:high] - first, plan.patch.select(columns), rows, plan.places[rows] - first)
        return pa.concat_tables(pieces, promote_options="default") if pieces else table.slice(0, 0)


def woven(
    part: pa.Table, gone: NDArray[np.int64], patch: pa.Table, rows: NDArray[np.int64], places: NDArray[np.int64]
) -> list[pa.Table]:
    """Rows of `part` without those `gone`, with `rows` of the patch each before its place."""
    if not len(gone) and not len(rows):
        return [part]
    keepers = np.delete(np.arange(part.num_rows), gone)
    if not len(rows):
        return [part.take(pa.array(keepers))]
    whole = pa.concat_tables([part, patch.take(pa.array(rows))], promote_options="default").unify_dictionaries()
    at = np.searchsorted(keepers, places, side="left")
    index = np.insert(keepers, at, part.num_rows + np.arange(len(rows)))
    return [whole.take(pa.array(index))]


def mask(table: pa.Table, query: Query) -> pa.Array:
    """Rows of the table the query keeps."""
    out = pa.array(np.ones(table.num_rows, bool))
    if query.ids is not None:
        out = pc.is_in(flat(table["id"]), value_set=pa.array(list(query.ids), pa.string()))
    if query.where is not None:
        out = pc.and_(out, keep(query.where, table))
    if query.bbox is not None:
        if BOX not in table.column_names:
            return pa.array(np.zeros(table.num_rows, bool))
        out = pc.and_(out, pa.array(meets(table, query.bbox)))
    return out


def meets(table: pa.Table, box: Bbox) -> NDArray[np.bool_]:
    """Rows whose geometry intersects the closed box: by their bounds, and exactly where these do not decide.

    Without the column of geometries, rows that may.
    """
    sides = flat(table[BOX])
    x0, y0, x1, y1 = (np.asarray(sides.field(i), dtype=np.float64) for i in range(4))
    near: NDArray[np.bool_] = (x0 <= box[2]) & (x1 >= box[0]) & (y0 <= box[3]) & (y1 >= box[1])
    if GEOMETRY in table.column_names:
        doubtful = near & ~((x0 >= box[0]) & (x1 <= box[2]) & (y0 >= box[1]) & (y1 <= box[3]))
        rows = np.flatnonzero(doubtful)
        if len(rows):
            near[rows] = np.asarray(intersects(flat(table[GEOMETRY].take(pa.array(rows))), box))
    return near


def check_column(layer: Layer, name: str) -> None:
    """Raises NotFoundError for a column the layer does not have."""
    if not (name == GEOMETRY and layer.geometry != "none"):
        layer[name]


def selected(layer: Layer, query: Query) -> list[str]:
    """Columns of the answer, in order."""
    asked = list(layer.names) if query.columns is None else [c for c in query.columns if c not in ("id", GEOMETRY)]
    for name in asked:
        check_column(layer, name)
    if layer.geometry != "none":
        asked.append(GEOMETRY)
    out = ["id"]
    for name in dict.fromkeys(asked):
        out += [name, name + ORIGIN_SUFFIX, name + SOURCE_SUFFIX] if query.provenance else [name]
    return out


def output_schema(layer: Layer, columns: list[str]) -> pa.Schema:
    """Arrow schema of an answer."""
    known = {f.name: f for f in layer.schema}
    return pa.schema([known.get(c) or pa.field(c, pa.string()) for c in columns])
