"""`/tuiles/{layer}/{z}/{x}/{y}.mvt`."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Response

from jumeau.web.ports import Twin
from jumeau.web.tiles.service import Tiles

MVT = "application/vnd.mapbox-vector-tile"
Index = Annotated[int, Path(ge=0, le=2**22)]


def router(twin: Twin) -> APIRouter:
    """The tiles of one view."""
    routes = APIRouter()
    tiles = Tiles(twin)

    @routes.get("/tuiles/{layer}/{z}/{x}/{y}.mvt")
    def tuile(layer: str, z: Index, x: Index, y: Index, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        known = tiles.etag(layer, z, x, y)
        if known and _same(known, if_none_match):
            twin.view.layer(layer)
            return Response(status_code=304, headers=_headers(known))
        tile = tiles.tile(layer, z, x, y)
        if _same(tile.etag, if_none_match):
            return Response(status_code=304, headers=_headers(tile.etag))
        if not tile.content:
            return Response(status_code=204, headers=_headers(tile.etag))
        return Response(tile.content, media_type=MVT, headers=_headers(tile.etag))

    return routes


def _same(etag: str, asked: str | None) -> bool:
    return asked is not None and etag in (part.strip().removeprefix("W/") for part in asked.split(","))


def _headers(etag: str) -> dict[str, str]:
    return {"etag": etag.encode("ascii", "replace").decode("ascii"), "cache-control": "no-cache"}
