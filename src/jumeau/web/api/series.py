"""`/api/series`: what sensors say, value by value or by hour and day."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from jumeau.errors import InputError
from jumeau.model.claim import Observation
from jumeau.sharing.moments import instant
from jumeau.web.answers import answer
from jumeau.web.api.assets import utc
from jumeau.web.ports import Twin

MAX_VALUES = 10_000
Limit = Annotated[str | None, Query(max_length=60)]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of the body of a POST. instant: with its zone."""

    series: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    instant: Annotated[datetime, msgspec.Meta(tz=True)]
    value: float
    unit: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    quality: str = "good"


_DECODER = msgspec.json.Decoder(Annotated[list[Value], msgspec.Meta(max_length=MAX_VALUES)])


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/series")
    def series() -> Response:
        view = twin.view
        return answer(
            [msgspec.structs.asdict(one) | {"latest": _latest(view.latest(name))} for name, one in view.series().items()]
        )

    @routes.get("/series/{name:path}")
    def one(name: str, since: Limit = None, until: Limit = None, step: Limit = None) -> Response:
        limits = instant(since, "since", start=True), instant(until, "until", start=True)
        view = twin.view
        table = view.summary(name, step, *limits) if step else view.observations(name, *limits)
        rows = table.slice(max(0, table.num_rows - MAX_VALUES)).to_pylist()
        return answer({"rows": [{k: utc(v) if isinstance(v, datetime) else v for k, v in r.items()} for r in rows],
                       "total": table.num_rows})  # fmt: skip

    @routes.post("/observations")
    async def receive(request: Request) -> Response:
        try:
            values = _DECODER.decode(await request.body())
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError("web.corps_attendu", field="", names="series, instant, value, unit, quality") from error
        given = [Observation(**msgspec.structs.asdict(value)) for value in values]
        return answer(await run_in_threadpool(twin.view.receive, given))

    return routes


def _latest(found: Observation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"instant": utc(found.instant), "value": found.value, "unit": found.unit, "quality": found.quality}
