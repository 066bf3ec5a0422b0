"""Branches on the page: list, create, compare, settle conflicts, merge."""

import tempfile
from datetime import datetime
from pathlib import Path as File
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from jumeau.errors import InputError
from jumeau.model.claim import MAIN
from jumeau.model.dictionary import Layer
from jumeau.sharing.rights import Act
from jumeau.store.port import NOW
from jumeau.twin import branching, conflict_files, merging
from jumeau.web import bodies
from jumeau.web.answers import answer
from jumeau.web.api.assets import plain, utc
from jumeau.web.api.geo import moved
from jumeau.web.ports import Twin

MAX_CHANGES = 5_000
Name = Annotated[str, Path(max_length=64)]
Ref = Annotated[str, Query(max_length=120)]
Codes = Annotated[tuple[Annotated[str, Query(max_length=5)], ...], Query(max_length=500)]
Named = Annotated[str | None, Query(max_length=63)]
Short = Annotated[str, msgspec.Meta(max_length=64)]


class NewBranch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A branch to create at the head of `source`."""

    name: Short
    source: Short = MAIN


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which branch keeps its value."""

    layer: str
    asset: str
    attribute: str
    keep: Short


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A merge into `into`, whole or for some communes or assets."""

    into: Short = MAIN
    message: Annotated[str, msgspec.Meta(max_length=500)] = ""
    choices: list[Choice] = []
    communes: Annotated[list[str], msgspec.Meta(max_length=500)] = []
    assets: Annotated[list[str], msgspec.Meta(max_length=20_000)] = []


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api/branches")

    @routes.get("")
    def branches() -> Response:
        rows = branching.listed(twin.view)
        return answer([msgspec.to_builtins(r) | {"last": utc(r.last) if r.last else None} for r in rows])

    @routes.post("", openapi_extra=bodies.described(NewBranch))
    async def creer(request: Request) -> Response:
        body = await bodies.read(request, NewBranch)
        made = await run_in_threadpool(lambda: twin.view.create_branch(body.name, source=body.source))
        return answer({"name": made.name, "head": made.head}, 201)

    @routes.get("/comparaison")
    def comparaison(
        avant: Ref, apres: Ref, layer: Annotated[str | None, Query(max_length=63)] = None, commune: Codes = ()
    ) -> Response:
        view = twin.view
        sides = [branching.moment_of(view, text) for text in (avant, apres)]
        found = branching.compare(view, sides[0], sides[1], layer, commune or None)
        layers = view.layers()
        shown = [_change(one, layers[one.layer]) for one in found[:MAX_CHANGES]]
        return answer({"totals": branching.totals(found), "total": len(found), "changes": shown})

    @routes.get("/{name}/conflits")
    def conflits(name: Name, vers: Ref = MAIN, commune: Codes = ()) -> Response:
        return answer([_clash(one, twin.view.layers()) for one in _conflicts(twin, name, vers, commune)])

    @routes.get("/{name}/conflits.{kind}")
    def fichier(name: Name, kind: Literal["xlsx", "csv", "yaml"], vers: Ref = MAIN, commune: Codes = ()) -> Response:
        found, view = _conflicts(twin, name, vers, commune), twin.view
        folder = tempfile.TemporaryDirectory(prefix="jumeau-")
        path = File(folder.name) / f"conflits-{name}.{kind}"
        day = view.instant(NOW).date()
        conflict_files.write(path, found, view.layers(), name, vers, day)
        return FileResponse(path, filename=path.name, background=BackgroundTask(folder.cleanup))

    @routes.post("/{name}/conflits/lecture", openapi_extra=bodies.BINARY)
    async def lire(name: Name, request: Request, nom: Ref, vers: Ref = MAIN) -> Response:
        content = await request.body()

        def read() -> list[dict[str, str]]:
            twin.view.require(Act.EDIT, name)
            with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
                path = File(folder) / f"conflits{File(nom).suffix[:6]}"
                path.write_bytes(content)
                kept = conflict_files.parse(path, _conflicts(twin, name, vers, ()), name, vers)
            return [{"layer": k[0], "asset": k[1], "attribute": k[2], "keep": branch} for k, branch in kept.items()]

        return answer(await run_in_threadpool(read))

    @routes.post("/{name}/fusion", openapi_extra=bodies.described(Merge))
    async def fusionner(name: Name, request: Request) -> Response:
        body = await bodies.read(request, Merge)
        kept = {(c.layer, c.asset, c.attribute): c.keep for c in body.choices}
        if len(kept) != len(body.choices):
            raise InputError("web.corps_attendu", names="choices", field="choices")

        def write() -> Any:
            return merging.merge(
                twin.view, name, target=body.into, message=body.message, kept=kept,
                communes=body.communes or None, assets=body.assets or None,
            )  # fmt: skip

        return answer({"commit": (await run_in_threadpool(write)).id})

    return routes


def _conflicts(twin: Twin, source: str, target: str, communes: tuple[str, ...]) -> list[merging.Clash]:
    only = merging.assets_in(twin.view, source, target, communes) if communes else None
    return merging.conflicts(twin.view, source, target, only)


def _change(one: branching.AssetChange, layer: Layer) -> dict[str, Any]:
    fields = {f.name: f for f in layer.fields}
    values = [_about(fields, v.attribute) | {"before": plain(v.before), "after": plain(v.after)} for v in one.values]
    here = one.shape_after or (one.shape if one.kind == "changed" else None)
    before, after = (_geojson(shape) for shape in (one.shape_before, here))
    head = {"layer": one.layer, "asset": one.asset, "label": one.label, "commune": one.commune, "kind": one.kind}
    return head | {
        "values": values,
        "moved_m": one.moved_m,
        "size_before": one.size_before,
        "size_after": one.size_after,
        "before": before,
        "after": after,
    }


def _clash(one: merging.Clash, layers: dict[str, Layer]) -> dict[str, Any]:
    fields = {f.name: f for f in layers[one.layer].fields}
    head = {"layer": one.layer, "asset": one.asset, "label": one.label, "commune": one.commune}
    return head | _about(fields, one.attribute) | {"ours": _side(one.ours), "theirs": _side(one.theirs)}


def _side(side: merging.Side) -> dict[str, Any]:
    when: datetime | None = side.instant
    shape = _geojson(side.value) if isinstance(side.value, bytes) else None
    return {
        "value": plain(side.value), "geometry": shape, "source": side.title, "origin": side.origin, "author": side.author,
        "instant": utc(when) if when else None, "commit": side.commit,
    }  # fmt: skip


def _about(fields: dict[str, Any], name: str) -> dict[str, Any]:
    field = fields.get(name)
    if field is None:
        return {"attribute": name, "description": "", "unit": "", "decimals": None}
    return {"attribute": name, "description": field.description, "unit": field.unit, "decimals": field.decimals}


def _geojson(shape: bytes | None) -> Any:
    import shapely

    if shape is None:
        return None
    return msgspec.Raw(shapely.to_geojson(moved(np.array([shapely.from_wkb(shape)], dtype=object))[0]).encode())
