"""Edits typed on the page: each one a commit that can be taken back."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from jumeau.errors import ConflictError, InputError, NotFoundError
from jumeau.model.claim import Commit
from jumeau.model.origin import Origin
from jumeau.model.typed import MAX_TEXT
from jumeau.sharing.rights import Act
from jumeau.twin import editing, localising
from jumeau.twin.editing import Edit
from jumeau.twin.searching import Filter, ids
from jumeau.web import bodies
from jumeau.web.answers import answer
from jumeau.web.api.assets import plain, taken_back, utc
from jumeau.web.api.geo import moved
from jumeau.web.failures import Change
from jumeau.web.ports import Twin

MAX_CHANGES = 200
MAX_COMMITS = 1_000
_REVERTIBLE = ("edit", "import", "merge")
Scalar = bool | int | float | str | None
Number = Annotated[int, Path(ge=1, le=2**53)]
Said = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
Drawn = Annotated[str, msgspec.Meta(max_length=1_000_000)]
Head = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Kind = Literal["measured", "declared", "inferred"]
Values = Annotated[dict[str, Scalar], msgspec.Meta(max_length=MAX_CHANGES)]
Ids = Annotated[list[str], msgspec.Meta(max_length=editing.MAX_ASSETS)]


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a PATCH. expect: the head that was read."""

    changes: Annotated[dict[str, Scalar], msgspec.Meta(min_length=1, max_length=MAX_CHANGES)]
    origin: Kind
    expect: Head
    message: Said = ""


class Addition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new asset. geometry: GeoJSON, CRS84; position: the same for a point, as typed."""

    values: Values
    origin: Kind
    geometry: dict[str, Any] | None = None
    position: Drawn = ""
    commune: Annotated[str, msgspec.Meta(max_length=5)] | None = None
    message: Said = ""


class Displacement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another position of an asset."""

    origin: Kind
    expect: Head
    geometry: dict[str, Any] | None = None
    position: Drawn = ""
    message: Said = ""


class Drawing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A drawing as text: WKT or GeoJSON, in degrees or in metres (Lambert 93)."""

    text: Drawn


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same for many assets: named by id, or kept by a filter. remove: they are no longer there."""

    assets: Ids = []
    selection: Filter | None = None
    changes: Values = {}
    remove: bool = False
    origin: Kind = "declared"
    message: Said = ""
    expect: Head | None = None


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.patch("/couches/{layer}/actifs/{asset}", openapi_extra=bodies.described(Correction))
    async def modifier(layer: str, asset: str, request: Request) -> Response:
        body = await bodies.read(request, Correction)
        edit = Edit(message=body.message, origin=Origin(body.origin), expect=body.expect)
        return await _done(editing.correct, twin.view, layer, asset, body.changes, edit)

    @routes.post("/couches/{layer}/actifs", openapi_extra=bodies.described(Addition))
    async def ajouter(layer: str, request: Request) -> Response:
        body = await bodies.read(request, Addition)
        edit = Edit(message=body.message, origin=Origin(body.origin))
        shape = placed(body.geometry, body.position)

        def write() -> tuple[str, Commit]:
            return editing.add(twin.view, layer, body.values, edit, geometry=shape, commune=body.commune)

        asset, commit = await run_in_threadpool(write)
        return answer({"id": asset, "commit": commit.id}, 201)

    @routes.put("/couches/{layer}/actifs/{asset}/position", openapi_extra=bodies.described(Displacement))
    async def deplacer(layer: str, asset: str, request: Request) -> Response:
        body = await bodies.read(request, Displacement)
        shape = placed(body.geometry, body.position)
        if shape is None:
            raise InputError("edition.coordonnees", text="", field="position")
        edit = Edit(message=body.message, origin=Origin(body.origin), expect=body.expect)
        return await _done(editing.move, twin.view, layer, asset, shape, edit)

    @routes.post("/trace", openapi_extra=bodies.described(Drawing))
    async def trace(request: Request) -> Response:
        body = await bodies.read(request, Drawing)
        twin.view.require(Act.EDIT, "trace")
        return answer(await run_in_threadpool(_in_degrees, body.text))

    @routes.post("/couches/{layer}/lot", openapi_extra=bodies.described(Batch))
    async def lot(layer: str, request: Request) -> Response:
        body = await bodies.read(request, Batch)
        edit = Edit(message=body.message, origin=Origin(body.origin), expect=body.expect)

        def write() -> tuple[Commit, int]:
            wanted = _wanted(twin, layer, body)
            if body.remove:
                return editing.remove(twin.view, layer, wanted, edit), len(wanted)
            return editing.correct_many(twin.view, layer, wanted, body.changes, edit), len(wanted)

        commit, count = await _conflicting(write)
        return answer({"commit": commit.id, "assets": count})

    @routes.post("/commits/{commit}/annulation")
    def annuler(commit: Number) -> Response:
        twin.view.require(Act.EDIT, f"commit={commit}")
        if not any(c.id == commit for c in twin.view.commits(after=commit - 1)):
            raise NotFoundError("partage.commit_inconnu", commit=commit)
        return answer({"commit": twin.view.revert(commit).id})

    @routes.get("/commits")
    def commits(
        limit: Annotated[int, Query(ge=1, le=MAX_COMMITS)] = 50, layer: Annotated[str | None, Query(max_length=100)] = None
    ) -> Response:
        every = twin.view.commits()
        found = [c for c in reversed(every) if layer is None or layer in c.layers]
        may, gone = Act.EDIT in twin.view.rights, taken_back(every)
        return answer([_row(c, may, c.id in gone) for c in found[:limit]])

    return routes


def _wanted(twin: Twin, layer: str, body: Batch) -> list[str]:
    """The assets of a batch. Raises InputError when it names none, or both ways."""
    if bool(body.assets) == (body.selection is not None):
        raise InputError("edition.selection_vide")
    if body.selection is None:
        return body.assets
    return ids(twin.view, msgspec.structs.replace(body.selection, layer=layer))


def placed(geometry: dict[str, Any] | None, position: str) -> bytes | None:
    """WKB, EPSG:2154, of a GeoJSON geometry or of a typed position; None when neither is given. Raises InputError."""
    if position.strip():
        return localising.shape(position, "position")
    if geometry is None:
        return None
    import shapely

    try:
        shape = shapely.from_geojson(msgspec.json.encode(geometry))
    except (shapely.errors.GEOSException, ValueError) as error:
        raise InputError("edition.position", field="geometry") from error
    return localising.legal(shape, "geometry")


def _in_degrees(text: str) -> dict[str, Any]:
    """GeoJSON, CRS84, of a drawing given as text."""
    import shapely

    found = moved(np.array([shapely.from_wkb(localising.shape(text, "text"))], dtype=object))[0]
    said: dict[str, Any] = msgspec.json.decode(shapely.to_geojson(found))
    return said


async def _done(verb: Any, *arguments: Any) -> Response:
    commit: Commit = await _conflicting(lambda: verb(*arguments))
    return answer({"commit": commit.id})


async def _conflicting(write: Any) -> Any:
    """Run a write; what moved meanwhile is told as JSON keeps it."""
    try:
        return await run_in_threadpool(write)
    except ConflictError as error:
        moved = error.where.get("changed", ())
        if isinstance(moved, tuple):
            error.where["changed"] = tuple(Change(m.attribute, plain(m.before), plain(m.after)) for m in moved)
        raise


def _row(commit: Commit, may: bool, gone: bool) -> Mapping[str, Any]:
    return {
        "id": commit.id,
        "instant": utc(commit.instant),
        "author": commit.author,
        "message": commit.message,
        "kind": commit.kind,
        "branch": commit.branch,
        "layers": commit.layers,
        "revertible": may and not gone and commit.kind in _REVERTIBLE,
        "taken_back": gone,
    }
