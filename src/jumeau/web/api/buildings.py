"""Buildings of a commune and the sheet of one."""

from pathlib import Path as File
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import shapely
from fastapi import APIRouter, Form, Path, Query, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from jumeau.twin import building_hours, building_sheet, building_stock, load_curves
from jumeau.web import sent
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

    @routes.post("/batiments/{building}/courbes")
    async def courbes(
        building: Annotated[str, Path(max_length=100)],
        courbes: UploadFile,
        temperatures: UploadFile | None = None,
        usage: Annotated[str | None, Form(max_length=30)] = None,
    ) -> Response:
        given = [(courbes.filename, await courbes.read())]
        given += [(temperatures.filename, await temperatures.read())] if temperatures else []

        def work(file: File, days: File | None = None) -> dict[str, Any]:
            return load_curves.building_curves(twin, building, file, days, usage or None)

        return answer(await run_in_threadpool(sent.with_files, given, work))

    @routes.get("/batiments/{building}")
    def batiment(building: Annotated[str, Path(max_length=100)]) -> Response:
        return answer(building_sheet.sheet(twin, building))

    return routes


def _row(one: building_sheet.Row, shape: str | None) -> dict[str, Any]:
    row = msgspec.structs.asdict(one)
    return row | {"geometry": None if shape is None else msgspec.Raw(shape.encode())}
