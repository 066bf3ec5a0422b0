"""Where values come from on the page: disagreements, precedence between sources, W3C PROV."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from jumeau.sharing.rights import Act
from jumeau.twin import provenance
from jumeau.twin.branching import shown
from jumeau.web import bodies
from jumeau.web.answers import answer
from jumeau.web.ports import Twin

_KINDS = {"json": "application/json", "turtle": "text/turtle; charset=utf-8"}
Name = Annotated[str, Path(max_length=200)]


class Rank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The precedence of a source: the highest wins."""

    rank: Annotated[int, msgspec.Meta(ge=-100, le=100)]


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/sources")
    def sources() -> Response:
        found = sorted(twin.view.sources().values(), key=lambda s: (-s.rank, s.id))
        may = Act.IMPORT in twin.view.rights and twin.view.sees_all
        return answer([{"id": s.id, "title": s.title, "rank": s.rank, "editable": may} for s in found])

    @routes.put("/sources/{source}/rang", openapi_extra=bodies.described(Rank))
    async def ranger(source: Name, request: Request) -> Response:
        body = await bodies.read(request, Rank)
        changed = await run_in_threadpool(provenance.set_rank, twin.view, source, body.rank)
        return answer({"id": changed.id, "rank": changed.rank})

    @routes.get("/couches/{layer}/desaccords")
    def desaccords(
        layer: Name,
        field: Annotated[str | None, Query(max_length=63)] = None,
        limit: Annotated[int, Query(ge=1, le=5_000)] = 500,
    ) -> Response:
        fields = {f.name: f for f in twin.view.layer(layer).fields}
        return answer([_dispute(one, fields) for one in provenance.disputes(twin.view, layer, field, limit)])

    @routes.get("/couches/{layer}/actifs/{asset}/prov")
    def prov(layer: Name, asset: Name, form: Literal["json", "turtle"] = "json") -> Response:
        document = provenance.of_asset(twin.view, layer, asset)
        return Response(provenance.FORMATS[form](document), media_type=_KINDS[form])

    return routes


def _dispute(one: provenance.Dispute, fields: dict[str, Any]) -> dict[str, Any]:
    said, field = one.said, fields.get(one.said.attribute)
    about = {"description": field.description, "unit": field.unit, "decimals": field.decimals} if field else {}
    return {
        "asset": said.asset, "label": one.label, "commune": one.commune, "attribute": said.attribute, "description": "",
        "unit": "", "decimals": None, "value": shown(said.value), "source": one.title, "source_id": said.source,
        "other_value": shown(said.other_value), "other_source": one.other_title, "other_source_id": said.other_source,
    } | about  # fmt: skip
