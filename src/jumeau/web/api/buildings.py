"""Buildings of a commune, an EPCI or a département, and the sheet of one."""

import tempfile
from collections.abc import Callable
from pathlib import Path as File
from typing import Annotated, Any, Literal

import msgspec
import pyarrow as pa
import shapely
from fastapi import APIRouter, Form, Path, Query, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from jumeau.twin import building_dpe, building_hours, building_sheet, building_stock, load_curves
from jumeau.twin.building_commune import CommuneStock, commune_stock
from jumeau.twin.building_documents import write_stock_plan
from jumeau.twin.building_note import write_pre_audit
from jumeau.twin.building_pick import Pick
from jumeau.twin.building_places import told_places
from jumeau.twin.weather import beside_marks
from jumeau.web import bodies, sent
from jumeau.web.answers import answer
from jumeau.web.api.geo import to_crs84
from jumeau.web.kept import Kept
from jumeau.web.ports import Twin

Where = Annotated[str, Query(min_length=2, max_length=9, pattern="^[0-9AB]+$")]
Word = Annotated[str, Query(max_length=200)]
Written = Literal["pdf", "docx"]
FORMS = {"pdf": "application/pdf", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    kept = Kept(twin)

    def asked(*about: object) -> tuple[object, ...]:
        """What an answer depends on besides the commit."""
        return (*about, beside_marks(twin.view))

    def stock(commune: str) -> CommuneStock:
        return kept.value("commune", asked(commune), lambda: commune_stock(twin, commune))

    @routes.get("/batiments")
    def batiments(commune: Where) -> Response:
        def made() -> dict[str, Any]:
            found = building_sheet.buildings_of(twin, commune, stock=stock(commune))
            shapes = shapely.to_geojson(to_crs84(pa.chunked_array([[one.geometry for one in found]], pa.binary())))
            return {"commune": commune, "rows": [_row(one, shape) for one, shape in zip(found, shapes, strict=True)]}

        return kept.answer("batiments", asked(commune), made)

    @routes.get("/batiments/lieux")
    def lieux() -> Response:
        """Communes, EPCI and départements where there are buildings."""
        return kept.answer("lieux", asked(), lambda: told_places(twin))

    @routes.get("/batiments/parc")
    def parc(commune: Where, proprietaire: Word = "", usage: Word = "", etiquette: Word = "") -> Response:
        pick = Pick(proprietaire, usage, etiquette)

        def made() -> dict[str, Any]:
            return building_stock.stock_sheet(twin, commune, pick=pick, stock=stock(commune))

        return kept.answer("parc", asked(commune, pick), made)

    @routes.get("/batiments/{building}/courbe")
    def courbe(
        building: Annotated[str, Path(max_length=100)],
        climat: Annotated[str, Query(max_length=20)] = "actuel",
        methode: Annotated[str, Query(max_length=20)] = "simple",
    ) -> Response:
        """Hours of a building: `simple`, `parois` (wall by wall), or `deux` with how far apart they are."""
        read = lambda commune: stock(commune).bundle  # noqa: E731
        return answer(building_hours.hours(twin, building, climat, read=read, method=methode))

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

    @routes.post("/batiments/{building}/dpe", openapi_extra=bodies.BINARY)
    async def joindre_dpe(
        building: Annotated[str, Path(max_length=100)],
        request: Request,
        nom: Annotated[str, Query(max_length=200)] = "dpe.xml",
        accepter: bool = False,
    ) -> Response:
        content = await request.body()
        found = await run_in_threadpool(building_dpe.attach_dpe, twin, building, content, nom, accept=accepter)
        return answer(found, 201)

    @routes.get("/batiments/{commune}/sdie.{forme}")
    def plan(commune: Annotated[str, Path(min_length=2, max_length=9)], forme: Written) -> Response:
        """The draft plan (SDIE) of the public buildings of a commune, an EPCI or a département."""
        made = kept.value("sdie", asked(commune, forme), lambda: _printed(write_stock_plan, twin, commune, forme))
        return _sent(made, f"sdie-{commune}", forme)

    @routes.get("/batiments/{building}/note.{forme}")
    def note(building: Annotated[str, Path(max_length=100)], forme: Written) -> Response:
        """The note of a building before an energy audit."""
        return _sent(_printed(write_pre_audit, twin, building, forme), f"pre-audit-{building[:8]}", forme)

    @routes.get("/batiments/{building}")
    def batiment(building: Annotated[str, Path(max_length=100)]) -> Response:
        return answer(building_sheet.sheet(twin, building, read=stock))

    return routes


def _row(one: building_sheet.Row, shape: str | None) -> dict[str, Any]:
    row = msgspec.structs.asdict(one)
    return row | {"geometry": None if shape is None else msgspec.Raw(shape.encode())}


def _printed(write: Callable[[Twin, str, File], File], twin: Twin, about: str, form: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write(twin, about, File(folder) / f"note.{form}").read_bytes()


def _sent(content: bytes, name: str, form: str) -> Response:
    plain = "".join(x for x in name if x.isascii() and (x.isalnum() or x == "-"))
    head = {"content-disposition": f'attachment; filename="{plain}.{form}"'}
    return Response(content, media_type=FORMS[form], headers=head)
