"""Footprint, perimeter and walls shared with neighbours, out of polygons in metres."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TOUCH_M = 0.3
"""Two walls nearer than this are one party wall."""
SAME_SHARE = 0.5
"""Two outlines that share more than this of the smaller one are one building drawn twice, or one on the other: no wall of one
is against a wall of the other [-]."""


def shapes(column: pa.ChunkedArray, communes: pa.ChunkedArray) -> tuple[Floats, Floats, Floats]:
    """Footprint [m²], perimeter [m] and party wall [m] of WKB polygons (N,); NaN where there is no polygon.

    Only neighbours of the same commune count, so that a commune alone gives what it gives in a whole territory.
    """
    import shapely

    polygons = shapely.from_wkb(column.to_numpy(), on_invalid="ignore")
    area, perimeter = np.asarray(shapely.area(polygons)), np.asarray(shapely.length(polygons))
    flat = ~(area > 0)
    area[flat] = perimeter[flat] = np.nan
    party = party_walls(
        polygons, ~flat, np.asarray(pc.fill_null(pc.dictionary_encode(communes).combine_chunks().indices, -1))
    )
    return area, perimeter, np.where(flat, np.nan, np.minimum(party, perimeter))


def party_walls(polygons: NDArray[Any], solid: NDArray[np.bool_], group: NDArray[np.int32]) -> Floats:
    """Length [m] of the outline of each polygon (N,) that runs along another one of its group (N,)."""
    import shapely

    out = np.zeros(len(polygons))
    rows = np.flatnonzero(solid)
    if not len(rows):
        return out
    outlines = shapely.boundary(polygons[rows])
    tree = shapely.STRtree(polygons[rows])
    one, other = tree.query(outlines, predicate="dwithin", distance=TOUCH_M)
    apart = (one != other) & (group[rows][one] == group[rows][other])
    one, other = one[apart], other[apart]
    if not len(one):
        return out
    beside = ~drawn_twice(polygons[rows], one, other)
    one, other = one[beside], other[beside]
    near = shapely.buffer(polygons[rows], TOUCH_M, quad_segs=2)
    shared = shapely.length(shapely.intersection(outlines[one], near[other]))
    np.add.at(out, rows[one], np.maximum(shared - 2 * TOUCH_M, 0.0))
    return out


def drawn_twice(polygons: NDArray[Any], one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs of polygons cover each other (P,)."""
    import shapely

    inside = np.asarray(shapely.area(shapely.intersection(polygons[one], polygons[other])))
    area = np.asarray(shapely.area(polygons))
    return np.asarray(inside > SAME_SHARE * np.minimum(area[one], area[other]))
