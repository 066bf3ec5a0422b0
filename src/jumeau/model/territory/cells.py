"""Schematic commune cells, for a territory whose contours are not loaded: honest about being a drawing."""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import NotFoundError
from jumeau.model.dictionary import builtin_layers
from jumeau.model.ids import keyed_ids
from jumeau.model.territory.facts import read_rows
from jumeau.model.territory.referential import departement_of, referential

MARGIN_M = 4000.0
"""Distance kept around the outermost centres [m]: about the radius of a rural commune."""

HULL_RATIO = 0.35
"""How closely the outline follows the centres [-], 0 the most, 1 the convex hull."""


@cache
def _centres() -> dict[str, dict[str, tuple[float, float]]]:
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for code, lon, lat, _ in read_rows("centres.csv"):
        found.setdefault(departement_of(code), {})[code] = (float(lon), float(lat))
    return found


def lon_lat(code: str) -> tuple[float, float] | None:
    """Longitude and latitude [degree] of the embedded centre of a commune, None where there is none."""
    return _centres().get(departement_of(code), {}).get(code)


def centres(departement: str) -> tuple[list[str], NDArray[np.float64]]:
    """Codes of the communes of a département (n) and their centres (n, 2) in EPSG:2154 [m].

    The centre is a point inside the commune's contour of 2018, not the town hall; of a commune nouvelle, inside the contour
    of its chef-lieu. Raises NotFoundError where no centre is embedded.
    """
    known = _centres()
    if departement not in known:
        referential().departement(departement)
        raise NotFoundError("territoire.centres_absents", departement=departement, known=", ".join(sorted(known)))
    from pyproj import Transformer

    points = known[departement]
    lon, lat = np.array(list(points.values())).T
    x, y = Transformer.from_crs("OGC:CRS84", "EPSG:2154", always_xy=True).transform(lon, lat)
    return list(points), np.round(np.column_stack([x, y]), 2)


def schematic_cells(departement: str) -> tuple[list[str], NDArray[Any]]:
    """Codes (n) and schematic polygons (n) of the communes of a département, EPSG:2154 [m].

    Each cell is the land nearer to the commune's centre than to any other (Voronoi), within a rounded outline of the centres.
    The cells share the outline without hole or overlap; they are not the legal contours.
    """
    import shapely

    codes, points = centres(departement)
    cloud = shapely.multipoints(points)
    outline = shapely.concave_hull(cloud, ratio=HULL_RATIO).buffer(MARGIN_M, quad_segs=4)
    cells = shapely.get_parts(shapely.voronoi_polygons(cloud, extend_to=outline, ordered=True))
    clipped = shapely.intersection(cells, outline)
    return codes, shapely.normalize(shapely.transform(clipped, lambda xy: np.round(xy, 1)))


def schematic_layer(departement: str, source: str = "jumeau-cellules-schematiques") -> pa.Table:
    """The `commune` layer of a département: real names and public facts, schematic polygons, `schematic` true."""
    import shapely

    layer = builtin_layers()["commune"]
    codes, cells = schematic_cells(departement)
    places = [referential().commune(code) for code in codes]
    columns = {
        "id": keyed_ids("commune", source, codes),
        "commune": codes,
        "nom": [p.nom for p in places],
        "departement": [p.departement for p in places],
        "epci": [p.epci for p in places],
        "population": [p.population for p in places],
        "schematic": [True] * len(codes),
        "geometry": shapely.to_wkb(cells),
    }
    return pa.Table.from_pydict({name: columns[name] for name in layer.schema.names}, schema=layer.schema)
