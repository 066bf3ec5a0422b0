"""Search everywhere, addresses, and selections."""

from typing import Annotated, Any

import msgspec
import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from jumeau.errors import InputError
from jumeau.sharing.rights import Act
from jumeau.twin import addresses, editing, searching
from jumeau.twin.editing import Edit
from jumeau.twin.searching import Filter
from jumeau.web import bodies
from jumeau.web.answers import answer
from jumeau.web.api.geo import moved
from jumeau.web.ports import Twin

Words = Annotated[str, Query(min_length=2, max_length=200)]


class NewSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A filter to keep under a name."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    filter: Filter


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/recherche")
    def recherche(q: Words, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Response:
        return answer(searching.search(twin.view, q, limit))

    @routes.get("/adresses")
    def adresses(q: Words, limit: Annotated[int, Query(ge=1, le=20)] = 5) -> Response:
        try:
            found = addresses.locate(twin.view, q, limit)
        except InputError:
            found = []
        return answer([_place(one) for one in found])

    @routes.get("/selections")
    def selections() -> Response:
        found = searching.selections(twin.view)
        may = Act.EDIT in twin.view.rights
        return answer([msgspec.to_builtins(one) | {"editable": may} for one in found])

    @routes.post("/selections", openapi_extra=bodies.described(NewSelection))
    async def garder(request: Request) -> Response:
        body = await bodies.read(request, NewSelection)
        made: tuple[str, Any] = await run_in_threadpool(searching.keep, twin.view, body.label, body.filter)
        return answer({"id": made[0], "commit": made[1].id}, 201)

    @routes.delete("/selections/{selection}")
    def oublier(selection: Annotated[str, Path(max_length=100)]) -> Response:
        found = searching.selection(twin.view, selection)
        commit = editing.remove(twin.view, searching.SELECTIONS, [found.id], Edit())
        return answer({"commit": commit.id})

    return routes


def _place(one: addresses.Place) -> dict[str, Any]:
    import shapely

    point = moved(np.array([shapely.from_wkb(one.point)], dtype=object))[0]
    about = {"asset": one.asset, "label": one.label, "commune": one.commune, "score": one.score, "exact": one.exact}
    return about | {"longitude": point.x, "latitude": point.y}
