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
from jumeau.model.query import And, Bbox, Compare, Where
from jumeau.store.columns import Columns
from jumeau.store.glances import Glances
from jumeau.store.hilbert import flat
from jumeau.store.ledger import Ledger
from jumeau.store.plans import Base, Plan, Planner
from jumeau.store.port import Moment
from jumeau.store.resolve import BOX
from jumeau.store.values import ORIGIN_SUFFIX, SOURCE_SUFFIX
from jumeau.store.weaving import woven
from jumeau.store.where import attributes, intersects, keep

T = TypeVar("T")
NONE = np.empty(0, np.int64)


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
        schema = self._answer(plan, query)
        for name in attributes(query.where):
            if name != "id":
                check_column(plan.sight.layer, name)
        picky = query.where is not None or query.ids is not None or query.bbox is not None
        patch = np.flatnonzero(np.asarray(mask(plan.patch, query))) if picky and plan.patch.num_rows else NONE
        groups = self._groups(plan, query, patch)
        size = step or max(1, len(groups))
        if not groups:
            told(plan.base.nothing, query)  # a condition that makes no sense is refused all the same
        if plan.base.rows:
            plan.base.hold(groups)
        yield schema.empty_table()
        for start in range(0, len(groups), size):
            some = groups[start : start + size]
            if not plan.base.rows:
                yield answered(plan.patch.select(schema.names).take(pa.array(patch)) if picky else plan.patch, schema)
            elif picky:
                yield self._kept(plan, query, some, patch, schema)
            else:
                first, end = some[0], some[-1] + 1
                yield woven(plan, first, end, self.columns.slices(plan.base, first, end, schema.names), schema)

    def _answer(self, plan: Plan, query: Query) -> pa.Schema:
        """Schema of the answer, worked out once for a plan."""
        key = (None if query.columns is None else tuple(query.columns), query.provenance)
        found = plan.answers.get(key)
        if found is None:
            found = plan.answers[key] = output_schema(plan.sight.layer, selected(plan.sight.layer, query))
        return found

    def _groups(self, plan: Plan, query: Query, patch: NDArray[np.int64]) -> list[int]:
        """Row groups that may hold rows of the query; those that take in the changed rows it keeps are always looked at."""
        base, layer = plan.base, plan.sight.layer
        if not base.rows or (query.bbox is None and query.where is None):
            return list(range(max(1, len(base.edges) - 1)))
        near = ~lacking(base, layer, query.where)
        if query.bbox is not None and layer.geometry != "none":
            xmin, ymin, xmax, ymax = query.bbox
            box = base.boxes
            with np.errstate(invalid="ignore"):
                near &= (box[:, 0] <= xmax) & (box[:, 2] >= xmin) & (box[:, 1] <= ymax) & (box[:, 3] >= ymin)
        if len(patch):
            near[plan.homes[patch]] = True
        return np.flatnonzero(near).tolist()

    def _kept(self, plan: Plan, query: Query, groups: list[int], patch: NDArray[np.int64], schema: pa.Schema) -> pa.Table:
        """Rows of some groups that a query keeps, the changed rows it keeps in their place: the conditions are looked at
        first, and the other columns read where they keep something.
        """
        base = plan.base
        found, doubtful = self._found(plan, query, groups)
        if len(plan.gone):
            stays = ~among(found, plan.gone)
            found, doubtful = found[stays], doubtful[stays]
        if query.bbox is not None and doubtful.any():
            rows = np.flatnonzero(doubtful)
            shapes = flat(self.columns.take(base, found[rows], [GEOMETRY])[GEOMETRY])
            found = np.delete(found, rows[~np.asarray(intersects(shapes, query.bbox), bool)])
        table = answered(self.columns.take(base, found, schema.names), schema)
        if len(patch) and len(groups) < len(base.edges) - 1:
            patch = patch[np.isin(plan.homes[patch], groups)]
        if not len(patch):
            return table
        at = np.searchsorted(found, plan.places[patch], side="left")
        index = np.insert(np.arange(len(found)), at, len(found) + np.arange(len(patch)))
        both = pa.concat_tables([table, answered(plan.patch.select(schema.names).take(pa.array(patch)), schema)])
        return both.combine_chunks().take(pa.array(index))  # rows are taken much faster from one piece

    def _found(self, plan: Plan, query: Query, groups: list[int]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Base rows of some groups that the conditions keep, ascending, and those whose geometry has to be looked at."""
        base, where, edges = plan.base, query.where, plan.base.edges
        rest = sorted({*attributes(where), *(["id"] if query.ids is not None else [])})
        listed = self._listed(plan, where, groups)
        if listed is not None and query.ids is None and isinstance(where, Compare):
            rest = []
        if query.bbox is not None:
            found, doubtful = self._inside(plan, query.bbox, groups)
            if listed is not None:
                stays = among(found, listed)
                found, doubtful = found[stays], doubtful[stays]
        elif listed is not None:
            found, doubtful = listed, np.zeros(len(listed), bool)
        else:
            seen = pa.table(self.columns.slices(base, groups[0], groups[-1] + 1, rest))
            found = np.flatnonzero(np.asarray(told(seen, query))) + int(edges[groups[0]])
            return found, np.zeros(len(found), bool)
        if rest:
            stays = np.asarray(told(self.columns.take(base, found, rest), query))
            found, doubtful = found[stays], doubtful[stays]
        return found, doubtful

    def _listed(self, plan: Plan, where: Where | None, groups: list[int]) -> NDArray[np.int64] | None:
        """Base rows of some groups that equalities on texts leave, from indexes; None when no index helps."""
        if isinstance(where, And):
            found = [rows for part in where.of if (rows := self._listed(plan, part, groups)) is not None]
            return min(found, key=len, default=None)
        texts = equal_texts(plan.sight.layer, where)
        if texts is None:
            return None
        assert isinstance(where, Compare)
        return self.columns.rows(plan.base, groups, where.attribute, texts)

    def _inside(self, plan: Plan, box: Bbox, groups: list[int]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Base rows of some groups whose bounds meet a box, and those whose bounds do not lie within it."""
        if plan.sight.layer.geometry == "none":
            return np.empty(0, np.int64), np.empty(0, bool)
        found, doubtful = [np.empty(0, np.int64)], [np.empty(0, bool)]
        for group in groups:
            near, within = facing(self.columns.boxes(plan.base, group), box)
            rows = np.flatnonzero(near)
            found.append(rows + int(plan.base.edges[group]))
            doubtful.append(~within[rows])
        return np.concatenate(found), np.concatenate(doubtful)


def equal_texts(layer: Layer, where: Where | None) -> set[str] | None:
    """Values of an equality on a column of texts; None for another condition."""
    if not isinstance(where, Compare) or where.op not in ("=", "in") or where.attribute in ("id", GEOMETRY):
        return None
    values = (where.value,) if where.op == "=" else tuple(where.value or ())
    whole = all(isinstance(v, str) for v in values)
    return set(values) if values and whole and layer[where.attribute].arrow == pa.string() else None


def lacking(base: Base, layer: Layer, where: Where | None) -> NDArray[np.bool_]:
    """Groups of the base known to hold no row of an equality on texts."""
    out = np.zeros(max(1, len(base.edges) - 1), bool)
    if isinstance(where, And):
        for part in where.of:
            out |= lacking(base, layer, part)
        return out
    values = equal_texts(layer, where)
    if values is not None and isinstance(where, Compare) and where.attribute in base.texts:
        out = np.array([values.isdisjoint(held) for held in base.texts[where.attribute]], bool)
    return out


def answered(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The columns of an answer, in their types."""
    table = table.select(schema.names)
    return table if table.schema.equals(schema) else table.cast(schema)


def among(rows: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of `rows` are among `others`, both ascending."""
    if not len(others):
        return np.zeros(len(rows), bool)
    at = np.minimum(np.searchsorted(others, rows), len(others) - 1)
    return np.asarray(others[at] == rows)


def facing(sides: NDArray[np.float64], box: Bbox) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which bounds (4, n) meet the closed box, and which lie within it."""
    x0, y0, x1, y1 = sides
    near = (x0 <= box[2]) & (x1 >= box[0]) & (y0 <= box[3]) & (y1 >= box[1])
    return near, (x0 >= box[0]) & (x1 <= box[2]) & (y0 >= box[1]) & (y1 <= box[3])


def mask(table: pa.Table, query: Query) -> pa.Array:
    """Rows of the table the query keeps."""
    out = told(table, query)
    if query.bbox is not None:
        if BOX not in table.column_names:
            return pa.array(np.zeros(table.num_rows, bool))
        out = pc.and_(out, pa.array(meets(table, query.bbox)))
    return out


def told(table: pa.Table, query: Query) -> pa.Array:
    """Rows of the table that the conditions on columns keep."""
    out = pa.array(np.ones(table.num_rows, bool))
    if query.ids is not None:
        out = pc.is_in(flat(table["id"]), value_set=pa.array(list(query.ids), pa.string()))
    if query.where is not None:
        out = pc.and_(out, keep(query.where, table))
    return out


def meets(table: pa.Table, box: Bbox) -> NDArray[np.bool_]:
    """Rows whose geometry intersects the closed box: by their bounds, and exactly where these do not decide."""
    sides = flat(table[BOX])
    near, within = facing(np.array([np.asarray(sides.field(i), dtype=np.float64) for i in range(4)]), box)
    rows = np.flatnonzero(near & ~within)
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
