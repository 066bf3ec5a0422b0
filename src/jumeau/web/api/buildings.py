"""Buildings of a commune and the sheet of one."""

from typing import Annotated, Any

import msgspec
import pyarrow as pa
import shapely
from fastapi import APIRouter, Path, Query, Response

from jumeau.twin import building_hours, building_sheet, building_stock
from jumeau.web.answers import answer
from jumeau.web.api.geo import to_crs84
from jumeau.web.ports import Twin


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/batiments")
    def batiments(commune: Annotated[str, Query(min_length=5, max_length=5)]) -> Response:
        found = building_sheet.buildings_of(twin, commune)
        shapes = shapely.to_geojson(to_crs84(pa.chunked_array([[one.geometry for one in found]], pa.binary())))
        rows = [_row(one, shape) for one, shape in zip(found, shapes, strict=True)]
        return answer({"commune": commune, "rows": rows})

    @routes.get("/batiments/parc")
    def parc(commune: Annotated[str, Query(min_length=5, max_length=5)]) -> Response:
        return answer(building_stock.stock_sheet(twin, commune))

    @routes.get("/batiments/{building}/courbe")
    def courbe(
        building: Annotated[str, Path(max_length=100)], climat: Annotated[str, Query(max_length=20)] = "actuel"
    ) -> Response:
        return answer(building_hours.hours(twin, building, climat))

    @routes.get("/batiments/{building}")
    def batiment(building: Annotated[str, Path(max_length=100)]) -> Response:
        return answer(building_sheet.sheet(twin, building))

    return routes


def _row(one: building_sheet.Row, shape: str | None) -> dict[str, Any]:
    row = msgspec.structs.asdict(one)
    return row | {"geometry": None if shape is None else msgspec.Raw(shape.encode())}
