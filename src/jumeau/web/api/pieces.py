"""Files attached to assets, who changed what on them, and erasure."""

import re
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from jumeau.model.claim import EXISTS, GEOMETRY
from jumeau.model.dictionary import Layer
from jumeau.sharing.rights import Act
from jumeau.sharing.view import ATTACHMENTS
from jumeau.twin import asset_history, attachments
from jumeau.twin.editing import Edit
from jumeau.web import bodies
from jumeau.web.answers import answer
from jumeau.web.api.assets import plain, utc
from jumeau.web.ports import Twin

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox; frame-ancestors 'none'"
Text = Annotated[str, Query(max_length=500)]
Id = Annotated[str, Path(max_length=100)]


class Erasure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to erase for good, and why. attribute: a field of the asset, or `geometry`."""

    attribute: Annotated[str, msgspec.Meta(max_length=100)]
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class PieceErasure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an attachment is erased for good."""

    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/couches/{layer}/actifs/{asset}/pieces")
    def pieces(layer: str, asset: Id) -> Response:
        twin.view.layer(layer)
        return answer(attachments.attached(twin.view, layer, asset))

    @routes.post("/couches/{layer}/actifs/{asset}/pieces", openapi_extra=bodies.BINARY)
    async def joindre(layer: str, asset: Id, request: Request, nom: Text, titre: Text, message: Text = "") -> Response:
        content = await request.body()

        def write() -> tuple[str, Any]:
            edit = Edit(message=message)
            return attachments.attach(twin.view, layer, asset, content, filename=nom, label=titre, edit=edit)

        piece, commit = await run_in_threadpool(write)
        return answer({"id": piece, "commit": commit.id}, 201)

    @routes.get("/pieces/{piece}/contenu")
    def contenu(piece: Id) -> Response:
        path, kind, name = twin.view.attachment(piece)
        shown = "inline" if kind.startswith("image/") else "attachment"
        plain_name = re.sub(r"[^A-Za-z0-9._-]", "_", name) or "piece"
        disposition = f"{shown}; filename=\"{plain_name}\"; filename*=UTF-8''{quote(name)}"
        headers = {
            "content-disposition": disposition,
            "content-security-policy": _POLICY,
            "cache-control": "private, no-cache",
        }
        return FileResponse(path, media_type=kind or "application/octet-stream", headers=headers)

    @routes.get("/couches/{layer}/actifs/{asset}/historique")
    def historique(layer: str, asset: Id) -> Response:
        known = twin.view.layer(layer)
        return answer([_step(known, one) for one in asset_history.steps(twin.view, layer, asset)])

    @routes.post("/couches/{layer}/actifs/{asset}/effacement", openapi_extra=bodies.described(Erasure))
    async def effacer(layer: str, asset: Id, request: Request) -> Response:
        body = await bodies.read(request, Erasure)
        known = twin.view.layer(layer)
        twin.view.require(Act.ADMINISTER, known.title)

        def write() -> Any:
            return twin.view.erase(layer, asset, body.attribute, reason=body.reason)

        return answer({"commit": (await run_in_threadpool(write)).id})

    @routes.post("/pieces/{piece}/effacement", openapi_extra=bodies.described(PieceErasure))
    async def effacer_piece(piece: Id, request: Request) -> Response:
        body = await bodies.read(request, PieceErasure)
        twin.view.require(Act.ADMINISTER, ATTACHMENTS)
        commit = await run_in_threadpool(attachments.erase, twin.view, piece, body.reason)
        return answer({"commit": commit.id})

    return routes


def _step(layer: Layer, step: asset_history.Step) -> dict[str, Any]:
    fields = {f.name: f for f in layer.fields}
    values = []
    for name, value in step.values:
        field = fields.get(name)
        known = {"description": field.description, "unit": field.unit, "decimals": field.decimals} if field else {}
        values.append({"attribute": name, "description": "", "unit": "", "decimals": None, "value": plain(value)} | known)
    return {
        "commit": step.commit,
        "instant": utc(step.instant) if step.instant else None,
        "author": step.author,
        "message": step.message,
        "kind": step.kind,
        "branch": step.branch,
        "source": step.source,
        "values": values,
        "taken": [_called(fields, name) for name in step.taken],
        "erased": [_called(fields, name) for name in step.erased],
        "undone": step.undone,
    }


def _called(fields: dict[str, Any], name: str) -> str:
    return name if name in (EXISTS, GEOMETRY) or name not in fields else fields[name].description
