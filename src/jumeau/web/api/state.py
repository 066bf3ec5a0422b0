"""`/api/etat` and `/api/couches`: what there is and who looks."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import APIRouter, Response

from jumeau import __version__
from jumeau.errors import NotFoundError
from jumeau.model.dictionary import Layer
from jumeau.model.provenance import Source
from jumeau.web.answers import answer
from jumeau.web.api.assets import utc
from jumeau.web.ports import Twin


class SourceRow(msgspec.Struct, frozen=True):
    """A source as the page lists it."""

    id: str
    title: str
    licence: str
    vintage: str
    synthetic: bool


class FieldRow(msgspec.Struct, frozen=True):
    """A column of a layer."""

    name: str
    type: str
    unit: str
    decimals: int | None
    description: str
    choices: tuple[str, ...]


class LayerRow(msgspec.Struct, frozen=True):
    """A layer."""

    name: str
    title: str
    geometry: str
    field: str
    count: int
    fields: tuple[FieldRow, ...]


def source_row(source: Source) -> SourceRow:
    """A source for the page."""
    return SourceRow(source.id, source.title, source.licence, source.vintage, source.synthetic)


def layer_row(layer: Layer, count: int) -> LayerRow:
    """A layer for the page."""
    fields = tuple(FieldRow(f.name, f.type, f.unit, f.decimals, f.description, f.constraint.choices) for f in layer.fields)
    return LayerRow(layer.name, layer.title, layer.geometry, layer.field, count, fields)


def territory(twin: Twin) -> dict[str, Any]:
    """Name, bounds and number of communes; nothing when the actor does not see what tells them."""
    place: dict[str, Any] = {"name": "", "bbox": None, "communes": 0}
    try:
        found = twin.territory()
    except NotFoundError:
        return place
    return {name: found[name] for name in place}


def _said(instant: datetime | None) -> str | None:
    return None if instant is None else utc(instant.astimezone(UTC))


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/etat")
    def etat() -> Response:
        view = twin.view
        sources = [source_row(s) for _, s in sorted(view.sources().items())]
        return answer(
            {
                "version": __version__,
                "synthetic": any(s.synthetic for s in sources),
                "territory": territory(twin),
                "read_only": view.read_only,
                "actor": {"id": view.actor.id, "name": view.actor.name, "rights": view.rights},
                "head": view.head(),
                "moment": {
                    "branch": view.moment.branch,
                    "at": _said(view.moment.at),
                    "as_of": _said(view.moment.as_of),
                    "past": view.past,
                },
                "sources": sources,
                "fields": twin.fields,
            }
        )

    @routes.get("/couches")
    def couches() -> Response:
        view = twin.view
        counted = ((layer, view.count(name)) for name, layer in view.layers().items())
        return answer([layer_row(layer, count) for layer, count in counted])

    return routes
