"""The same building drawn twice, by one source or by two: counted once, and what the other drawing tells is not lost.

Nothing is removed from the twin: the inventory leaves the second drawing out each time it is made, so that a moved, corrected
or deleted outline undoes it.
"""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import LAYER
from jumeau.engines.buildings.geometry import drawn_twice
from jumeau.engines.protocol import Bundle
from jumeau.model.dictionary import builtin_layers

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
SAME = 0.5
"""Two outlines that share more than this of the land they cover together are one building; one that covers less of the other
holds it [-]."""
OWN = ("geometry", "commune", "code")
"""What belongs to the drawing, not to the building."""
VAGUE = "indifferencie"
DOUBLES = "_doubles"
"""Table of an inventory: drawings left out and what counts for them."""


class Doubles(msgspec.Struct, frozen=True):
    """Drawings (N) and the one that counts for each. kept: its row, its own where it counts; same: whether they are one
    building, whose values go to the one that counts, or one holds the other."""

    kept: Ints
    same: Flags

    @property
    def left_out(self) -> Flags:
        """Drawings that do not count (N,)."""
        return np.asarray(self.kept != np.arange(len(self.kept)))


def doubles(table: pa.Table) -> Doubles:
    """Which drawings stand for another one, within a commune, when they share more than half of the smaller of both.

    Of two that share more than half of the land they cover together, the one of which most is known counts, then the larger,
    then the first by its id. Otherwise the larger counts, which holds the smaller one.
    """
    import shapely

    polygons = shapely.from_wkb(table["geometry"].to_numpy(), on_invalid="ignore")
    one, other, share = _pairs(polygons, table["commune"])
    count = table.num_rows
    kept, same = np.arange(count), np.zeros(count, bool)
    area, ids = np.nan_to_num(shapely.area(polygons)), table["id"].to_pylist()
    known = _known(table) if len(one) else np.zeros(count, np.int64)
    involved = np.unique(np.concatenate([one, other]))
    alike: dict[int, set[int]] = {int(i): set() for i in involved}
    holds: dict[int, set[int]] = {int(i): set() for i in involved}
    for a, b, s in zip(one.tolist(), other.tolist(), share.tolist(), strict=True):
        beside = alike if s > SAME else holds
        beside[a].add(b)
        beside[b].add(a)
    settled: set[int] = set()
    for i in sorted(alike, key=lambda i: (-known[i], -area[i], ids[i])):
        if i not in settled:
            for j in alike[i] - settled:
                kept[j], same[j] = i, True
            settled |= {i, *alike[i]}
    for i in sorted(holds, key=lambda i: (-area[i], ids[i])):
        larger = [j for j in holds[i] if kept[j] == j and (area[j], ids[i]) > (area[i], ids[j])]
        if kept[i] == i and larger:
            kept[i] = max(larger, key=lambda j: (area[j], ids[j]))
    return Doubles(_ends(kept), same)


def counted_once(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The drawings that count, with what they lacked and another drawing of the same building tells, its origin kept; then
    the ids of those left out beside those that count for them (`id`, `counted`).

    Table: columns of the layer as declared.
    """
    found = doubles(table)
    out = found.left_out
    ids = table["id"]
    left = pa.table({"id": ids.filter(pa.array(out)), "counted": ids.take(pa.array(found.kept[out]))})
    if not out.any():
        return table, left
    given = np.flatnonzero(out & found.same)
    rows = [given[found.kept[given] == i] for i in np.unique(found.kept[given])]
    for rank in range(max((len(r) for r in rows), default=0)):
        source = np.arange(table.num_rows)
        for r in rows:
            if rank < len(r):
                source[found.kept[r[rank]]] = r[rank]
        table = _filled(table, source)
    return table.filter(pa.array(~out)), left


def counted_as(inventory: Bundle, building: str) -> str:
    """The building that counts for a drawing left out of an inventory; itself otherwise."""
    left = inventory.get(DOUBLES)
    at = -1 if left is None else pc.index(left["id"], building).as_py()
    return building if left is None or at < 0 else str(left["counted"][at].as_py())


def _pairs(polygons: NDArray[Any], communes: pa.ChunkedArray) -> tuple[Ints, Ints, NDArray[np.float64]]:
    """Pairs of a commune that share more than half of the smaller, and how much of their union they share."""
    import shapely

    solid = np.flatnonzero(shapely.area(polygons) > 0)
    one, other = (solid[x] for x in shapely.STRtree(polygons[solid]).query(polygons[solid], predicate="intersects"))
    group = np.asarray(pc.fill_null(pc.dictionary_encode(communes).combine_chunks().indices, -1))
    pair = (one < other) & (group[one] == group[other])
    one, other = one[pair], other[pair]
    twice = drawn_twice(polygons, one, other)
    one, other = one[twice], other[twice]
    area, inside = shapely.area(polygons), shapely.area(shapely.intersection(polygons[one], polygons[other]))
    return one, other, inside / (area[one] + area[other] - inside)


def _ends(kept: Ints) -> Ints:
    """Follow a drawing that stands for one that stands for another."""
    while (kept[kept] != kept).any():
        kept = kept[kept]
    return kept


def _names() -> list[str]:
    return [f.name for f in builtin_layers()[LAYER].schema if f.name not in ("id", *OWN)]


def _said(table: pa.Table, name: str) -> pa.ChunkedArray:
    """Where a column says something (N,): a vague use does not."""
    valid = pc.is_valid(table[name])
    return pc.and_(valid, pc.not_equal(pc.fill_null(table[name], VAGUE), VAGUE)) if name == "usage" else valid


def _known(table: pa.Table) -> Ints:
    return np.asarray(sum(np.asarray(_said(table, name)).astype(np.int64) for name in _names()))


def _filled(table: pa.Table, source: Ints) -> pa.Table:
    """The table with what its rows lack and their source rows say (N,)."""
    from_there = pa.array(source)
    for name in _names():
        lacks = pc.invert(_said(table, name))
        if not pc.any(lacks).as_py():
            continue
        for column in (name, f"{name}__origin"):
            value = pc.if_else(lacks, pc.coalesce(table[column].take(from_there), table[column]), table[column])
            table = table.set_column(table.column_names.index(column), column, value)
    return table
