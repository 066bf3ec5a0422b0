"""Which assets lie in which hazard zones."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def exposed(
    geometry: pa.ChunkedArray, zones: pa.ChunkedArray, distance_m: float = 0.0
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (asset, zone) that intersect, or stand within `distance_m` [m].

    geometry: (N,) WKB of assets; zones: (Z,) WKB of polygons or points, same CRS. Null geometries meet nothing. Pairs come
    sorted by asset then zone.
    """
    import shapely

    shapes = shapely.from_wkb(geometry.to_numpy(zero_copy_only=False))
    tree = shapely.STRtree(shapely.from_wkb(zones.to_numpy(zero_copy_only=False)))
    if distance_m > 0:
        asset, zone = tree.query(shapes, predicate="dwithin", distance=distance_m)
    else:
        asset, zone = tree.query(shapes, predicate="intersects")
    order = np.lexsort((zone, asset))
    return asset[order], zone[order]
