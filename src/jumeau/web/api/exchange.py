"""The round trip on the page: a commune taken away as a file, the file reviewed when it comes back, lines accepted."""

import tempfile
from pathlib import Path as File
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Form, Path, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from jumeau.model.claim import GEOMETRY
from jumeau.model.origin import Origin
from jumeau.sharing.rights import Act
from jumeau.twin import accepting, returning, takeaway
from jumeau.twin.branching import shown
from jumeau.web import bodies, sent
from jumeau.web.answers import answer
from jumeau.web.api.assets import plain
from jumeau.web.ports import Twin

MAX_LINES = 5_000
Code = Annotated[str, Path(max_length=5)]
Name = Annotated[str, Query(max_length=200)]
Layers = Annotated[tuple[Annotated[str, Query(max_length=63)], ...], Query(max_length=50)]


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lines to accept, by key."""

    keys: Annotated[list[str], msgspec.Meta(min_length=1, max_length=200_000)]
    origin: Literal["measured", "declared", "inferred"] = "declared"
    message: Annotated[str, msgspec.Meta(max_length=500)] = ""
    layer: str | None = None


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/echanges/{commune}.{kind}")
    def emporter(commune: Code, kind: Literal["xlsx", "gpkg"], layer: Layers = ()) -> Response:
        folder = tempfile.TemporaryDirectory(prefix="jumeau-")
        try:
            path = takeaway.write(twin.view, commune, File(folder.name) / f"commune-{commune}.{kind}", layer or None)
        except BaseException:
            folder.cleanup()
            raise
        return FileResponse(path, filename=path.name, background=BackgroundTask(folder.cleanup))

    @routes.post("/retours", openapi_extra=bodies.BINARY)
    async def comparer(request: Request, nom: Name, layer: Annotated[str | None, Query(max_length=63)] = None) -> Response:
        content = await request.body()
        twin.view.require(Act.EDIT, nom[:60])

        def work(path: File) -> dict[str, Any]:
            found = returning.review(twin.view, path, layer)
            return _review(twin, found)

        return answer(await run_in_threadpool(sent.with_file, content, nom, work))

    @routes.post("/retours/choix")
    async def accepter(fichier: UploadFile, choix: Annotated[str, Form(max_length=20_000_000)]) -> Response:
        wanted = bodies.parsed(choix, Choice)
        content = await fichier.read()
        twin.view.require(Act.EDIT, "retour")

        def work(path: File) -> int:
            found = returning.review(twin.view, path, wanted.layer)
            origin = Origin(wanted.origin)
            return accepting.accept(twin.view, found, wanted.keys, message=wanted.message, origin=origin).id

        return answer({"commit": await run_in_threadpool(sent.with_file, content, fichier.filename or "retour", work)})

    return routes


def _review(twin: Twin, found: returning.Review) -> dict[str, Any]:
    fields = {name: {f.name: f for f in layer.fields} for name, layer in twin.view.layers().items()}
    body: dict[str, Any] = {n: getattr(found, n) for n in ("file", "commune", "head", "problems", "notes", "assets", "same")}
    lines = [_line(one, fields.get(one.layer, {})) for one in found.lines[:MAX_LINES]]
    return body | {"counts": found.counts(), "lines": lines, "total": len(found.lines)}


def _line(one: returning.Line, fields: dict[str, Any]) -> dict[str, Any]:
    field = fields.get(one.attribute)
    head = {"key": one.key, "kind": one.kind, "layer": one.layer, "asset": one.asset, "label": one.label, "row": one.row}
    about = {
        "attribute": one.attribute,
        "description": field.description if field else "",
        "unit": field.unit if field else "",
    }
    if one.kind == "added":
        after: Any = {fields[k].description if k in fields else k: plain(v) for k, v in one.after.items() if k != GEOMETRY}
        return head | about | {"conflict": False, "before": None, "after": after, "now": None}
    sides = {n: shown(getattr(one, n)) for n in ("before", "after", "now")}
    return head | about | sides | {"conflict": one.conflict}
