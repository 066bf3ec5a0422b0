"""`/api/eclairage`: what can be done in a commune and its verdicts, age of the stock, catalogue of optics, watches."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from jumeau.engines.lighting.photometry.catalogue import LANTERN, LAYER
from jumeau.errors import InputError
from jumeau.model.claim import Observation
from jumeau.sharing.moments import instant
from jumeau.sharing.rights import Act
from jumeau.twin import lighting as verbs
from jumeau.twin import lighting_works, optics
from jumeau.web import bodies
from jumeau.web.answers import answer
from jumeau.web.api.night import Given, kept_file
from jumeau.web.api.series import MAX_VALUES, Value
from jumeau.web.ports import Twin

SUFFIXES = (".ldt", ".ies", ".csv", ".txt")
MOST_SERIES = 200
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file to keep in the catalogue. name: "" for the one it says; power_w: where it does not say it."""

    file: Given
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    power_w: Annotated[float, msgspec.Meta(ge=0.1, le=5000)] | None = None


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Series of cabinets: name of a series -> number of its cabinet; values to keep first; until: instant silence is judged
    from, now when it is not given."""

    series: Annotated[dict[Name, Name], msgspec.Meta(max_length=MOST_SERIES, min_length=1)]
    values: Annotated[list[Value], msgspec.Meta(max_length=MAX_VALUES)] = []
    until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api/eclairage")

    @routes.get("/catalogue")
    def entries() -> Response:
        """Lanterns and road surfaces kept in the twin."""
        return answer({"entries": optics.catalogue(twin.view), "kinds": [LANTERN]})

    @routes.post("/catalogue", openapi_extra=bodies.described(Kept))
    async def keep(request: Request) -> Response:
        """Keep a photometric file or an r-table."""
        given = await bodies.read(request, Kept)
        entry, doubts = await run_in_threadpool(_keep, twin, given)
        return answer({"entry": entry, "doubts": doubts})

    @routes.delete("/catalogue/{name}")
    def forget(name: str) -> Response:
        """Take an entry out."""
        twin.view.require(Act.EDIT, LAYER)
        return answer({"commit": optics.remove_optics(twin.view, name).id})

    @routes.get("/{commune}/actions")
    def actions(commune: str, sorte: Annotated[str, Query(max_length=40)] = "") -> Response:
        """What can be done, with verdict, cost, effects and digital part."""
        found = lighting_works.works(twin.view, verbs.today(), commune)
        return answer({"works": [w for w in found if sorte in ("", w.action.kind)]})

    @routes.get("/{commune}/age")
    def age(commune: str) -> Response:
        """Flux left, renewals, remaining life."""
        return answer(lighting_works.ageing(twin.view, verbs.today(), commune))

    @routes.get("/{commune}/veille")
    def alerts(
        commune: str,
        serie: Annotated[list[str], Query(max_length=MOST_SERIES)],
        jusque: Annotated[str | None, Query(max_length=60)] = None,
    ) -> Response:
        """Expected against measured of series already received, written `serie=NAME=CABINET`, and their alerts."""
        pairs = dict(one.rsplit("=", 1) for one in serie if "=" in one)
        if len(pairs) < len(serie):
            raise InputError("eclairage.series_illisibles", said=" ".join(serie)[:200])
        return answer({"watched": _watched(twin, commune, Watch(pairs), instant(jusque, "jusque", start=True))})

    @routes.post("/{commune}/veille", openapi_extra=bodies.described(Watch))
    async def receive(commune: str, request: Request) -> Response:
        """Keep values of cabinets or controllers, then read their alerts."""
        asked = await bodies.read(request, Watch)
        return answer(await run_in_threadpool(_received, twin, commune, asked))

    return routes


def _keep(twin: Twin, given: Kept) -> tuple[optics.Entry, tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        path = kept_file(given.file, Path(folder), SUFFIXES)
        return optics.add_optics(twin.view, path, name=given.name, power_w=given.power_w)


def _received(twin: Twin, commune: str, asked: Watch) -> dict[str, Any]:
    view = twin.view
    values = [Observation(**msgspec.structs.asdict(value)) for value in asked.values]
    strange = {value.series for value in values} - set(asked.series)
    if strange:
        raise InputError("eclairage.serie_sans_armoire", names=", ".join(sorted(strange)[:5]))
    verbs.cabinets_named(view, commune, set(asked.series.values()))
    reception = view.receive(values) if values else None
    return {"reception": reception, "watched": _watched(twin, commune, asked, asked.until)}


def _watched(twin: Twin, commune: str, asked: Watch, until: datetime | None) -> list[verbs.Watched]:
    return verbs.watch(twin.view, verbs.today(), commune, asked.series, until or datetime.now(UTC))
