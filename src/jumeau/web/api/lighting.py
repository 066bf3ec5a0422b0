"""`/api/eclairage`: cabinets measured against modelled, a calendar to try, what is odd in an inventory."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Response

from jumeau.engines.lighting.cabinets import Sheets
from jumeau.engines.lighting.contracts import prices_on
from jumeau.engines.lighting.stock import stock_of
from jumeau.engines.lighting.whatif import Choice, read_steps, selected, try_calendar
from jumeau.engines.protocol import Bundle, Context
from jumeau.errors import RightsError
from jumeau.model.dictionary import indicators
from jumeau.texts import t
from jumeau.twin import lighting as verbs
from jumeau.twin.lighting_documents import write_lighting_plan
from jumeau.twin.lighting_future import future
from jumeau.twin.optics import Entry, catalogue
from jumeau.twin.presences import presence_model
from jumeau.web.answers import answer
from jumeau.web.kept import Kept, mark
from jumeau.web.ports import Twin

KINDS = {
    "pdf": "application/pdf", "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip
Hour = Annotated[float, Query(ge=0, le=24)]
Share = Annotated[float, Query(ge=0, le=1)]
Names = Annotated[list[str] | None, Query(max_length=40)]


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api/eclairage")

    kept = Kept(twin)

    def bundle(commune: str) -> Bundle:
        return kept.value("bundle", commune, lambda: verbs.bundle_of(twin.view, commune))

    def tried(commune: str, choice: Choice) -> dict[str, Any]:
        """A calendar, the powers of the luminaires it is about drawn once for all those tried on them."""
        of, ctx = bundle(commune), _today()
        about = (commune, choice.road_classes, choice.armoires, choice.street)
        stock = kept.value("parc", about, lambda: stock_of(of["luminaire"], selected(of, choice), ctx))
        found = try_calendar(of, choice, ctx, stock)
        known = {name: {"title": indicators()[name].title, "unit": indicators()[name].unit} for name in found.effect}
        return {"trial": found, "indicators": known}

    @routes.get("/optiques")
    def optics() -> Response:
        """The catalogue of optics, and who passes at night under presence detection."""
        return answer({"catalogue": _named(catalogue(twin.view))} | presence_model())

    @routes.get("/{commune}/armoires")
    def cabinets(commune: str) -> Response:
        return kept.answer("armoires", commune, lambda: _cabinets(verbs.cabinets(twin.view, _today(), commune)))

    @routes.get("/{commune}/avenir")
    def to_come(commune: str) -> Response:
        """Ageing, backlog of renewal and the energy of the months ahead."""
        view = twin.view
        found = twin.diagnosis("lighting") if view.sees_all else None
        groups = None if found is None else found.groups

        def made() -> Any:
            bills = verbs.bills_of(view, commune)
            return future(bundle(commune), bills, groups, _today(), commune)

        return kept.answer("avenir", (commune, mark(found)), made)

    @routes.get("/{commune}/calendrier")
    def calendar(
        commune: str,
        de: Hour = 23.0,
        a: Hour = 5.0,
        part: Share = 0.0,
        classe: Names = None,
        armoire: Names = None,
        palier: Names = None,
        rue: Annotated[str, Query(max_length=60)] = "",
    ) -> Response:
        choice = Choice(
            off_from_h=de, off_to_h=a, ratio=part, more=read_steps(palier or ()), road_classes=tuple(classe or ()),
            armoires=tuple(armoire or ()), street=rue,
        )  # fmt: skip
        return kept.answer("calendrier", (commune, choice), lambda: tried(commune, choice))

    @routes.get("/{commune}/schema-directeur.{kind}")
    def plan(commune: str, kind: Literal["pdf", "html", "docx"]) -> Response:
        """The draft schéma directeur d'aménagement lumière of a commune, as a file."""
        if not twin.view.sees_all:
            raise RightsError("voirie.regles_reservees")

        def made() -> dict[str, bytes]:
            with tempfile.TemporaryDirectory() as folder:
                return {name: path.read_bytes() for name, path in write_lighting_plan(twin, commune, Path(folder)).items()}

        found = kept.value("schema", (commune, mark(twin.diagnosis("lighting"))), made)
        name = f"sdal-{commune}.{kind}" if commune.isalnum() else f"sdal.{kind}"
        head = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(found[kind], media_type=KINDS[kind], headers=head)

    @routes.get("/{commune}/controle")
    def checks(commune: str) -> Response:
        return kept.answer("controle", commune, lambda: {"oddities": verbs.checks(twin.view, commune)})

    return routes


def _cabinets(found: Sheets) -> dict[str, Any]:
    told = {name: t(f"eclairage.histoire_{name}") for s in found.sheets[:1] for name in s.stories}
    prices = list(prices_on(date.today()).values())
    return {"sheets": found.sheets, "alone": found.alone, "notes": found.notes, "stories": told, "prices": prices}


def _named(entries: list[Entry]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(e) | {"kind": t(f"eclairage.catalogue_{e.kind}")} for e in entries]


def _today() -> Context:
    return Context(date=date.today())
