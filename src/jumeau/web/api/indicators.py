"""`/api/indicateurs` and `/api/communes.geojson`: what each commune weighs and where it lies."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
import pyarrow as pa
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray

from jumeau.engines.protocol import Groups, merge_groups, summary
from jumeau.errors import NotFoundError
from jumeau.model.claim import GEOMETRY
from jumeau.model.dictionary import indicators
from jumeau.model.origin import ORIGINS
from jumeau.web.answers import answer
from jumeau.web.api.assets import rounded
from jumeau.web.api.geo import moved
from jumeau.web.ports import Twin

COMMUNE = "commune"
MAX_VERTICES = 60_000
_TOLERANCES_M = (25.0, 50.0, 100.0, 200.0, 400.0)
_DECIMALS = 5


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/indicateurs")
    def indicateurs(champ: Annotated[str, Query(max_length=40)] = "lighting") -> Response:
        if champ not in twin.fields:
            raise NotFoundError("web.domaine_inconnu", field=champ, known=", ".join(twin.fields) or "aucun")
        found = twin.diagnosis(champ) if twin.view.sees_all else None
        if found is None or not found.groups.keys:
            return answer({"indicators": [], "communes": [], "total": None})
        groups = found.groups
        names = communes(twin)
        about = [indicators()[name] for name in groups.names]
        measures = {key: measured(groups, g) for g, key in enumerate(groups.keys)}
        nothing = {i.name: nothing_known() for i in about}
        codes = sorted({*names, *groups.keys})
        rows = [{"code": c, "nom": names.get(c, c), "indicators": measures.get(c, nothing)} for c in codes]
        columns = ("name", "title", "unit", "decimals", "description", "source", "better", "total")
        body = {
            "indicators": [{c: getattr(i, c) for c in columns} for i in about],
            "communes": rows,
            "total": measured(merge_groups(_apart(groups)), 0),
        }
        return answer(body)

    @routes.get("/communes.geojson")
    def geojson() -> Response:
        body = {"type": "FeatureCollection", "features": contours(twin)}
        return Response(msgspec.json.encode(body), media_type="application/geo+json")

    return routes


def communes(twin: Twin) -> dict[str, str]:
    """Names of the communes the actor sees, by code."""
    known = twin.view.layers().get(COMMUNE)
    if known is None or not {COMMUNE, "nom"} <= set(known.names):
        return {}
    table = twin.view.read(COMMUNE, columns=[COMMUNE, "nom"])
    pairs = zip(table[COMMUNE].to_pylist(), table["nom"].to_pylist(), strict=True)
    return {code: nom or code for code, nom in pairs if code}


def measured(groups: Groups, g: int) -> dict[str, Any]:
    """Indicators of one group: estimate of its draws, numbers of assets, shares by origin."""
    out = {}
    for i, name in enumerate(groups.names):
        decimals = indicators()[name].decimals
        value, low, high = (rounded(x, decimals) for x in summary(groups.draws[g, i]))
        out[name] = {
            "value": value,
            "low": low,
            "high": high,
            "known": int(groups.known[g, i]),
            "unknown": int(groups.unknown[g, i]),
            "shares": {o.value: round(float(s), 4) for o, s in zip(ORIGINS, groups.shares[g, i], strict=True)},
        }
    return out


def nothing_known() -> dict[str, Any]:
    """The measure of a commune where the diagnosis met no asset."""
    shares = dict.fromkeys((o.value for o in ORIGINS), 0.0)
    return {"value": None, "low": None, "high": None, "known": 0, "unknown": 0, "shares": shares}


def _apart(groups: Groups) -> list[Groups]:
    """Each group under the same key, so that they are summed on draws."""
    names = groups.names
    rows = (slice(g, g + 1) for g in range(len(groups.keys)))
    return [Groups(("total",), names, groups.draws[r], groups.shares[r], groups.known[r], groups.unknown[r]) for r in rows]


def contours(twin: Twin) -> list[Any]:
    """Simplified contours of the communes in CRS84; neighbours keep one common border."""
    import shapely

    known = twin.view.layers().get(COMMUNE)
    if known is None or known.geometry == "none":
        return []
    wanted = [n for n in (COMMUNE, "nom", "population", "schematic") if n in known.names]
    table = twin.view.read(COMMUNE, columns=wanted)
    table = table.filter(table[GEOMETRY].is_valid())
    if table.num_rows == 0:
        return []
    shapes = shapely.to_geojson(moved(simplified(shapely.from_wkb(table[GEOMETRY].to_numpy())), _DECIMALS))
    rows = _properties(table, wanted)
    return [
        {"type": "Feature", "id": row["code"], "geometry": msgspec.Raw(shape.encode()), "properties": row}
        for row, shape in zip(rows, shapes, strict=True)
    ]


def simplified(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Polygons with at most MAX_VERTICES points in all, or as near to it as 400 m allows."""
    import shapely

    out = shapes
    for tolerance in _TOLERANCES_M:
        if shapely.get_num_coordinates(out).sum() <= MAX_VERTICES:
            break
        out = shapely.coverage_simplify(shapes, tolerance)
    lost = shapely.is_empty(out)
    return np.where(lost, shapes, out)


def _properties(table: pa.Table, wanted: Sequence[str]) -> list[dict[str, Any]]:
    rows = table.select(list(wanted)).to_pylist()
    return [
        {
            "code": row.get(COMMUNE),
            "nom": row.get("nom"),
            "population": row.get("population"),
            "schematic": row.get("schematic"),
        }
        for row in rows
    ]
