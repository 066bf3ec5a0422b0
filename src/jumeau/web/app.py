"""The application: one twin behind one actor, on loopback, asking nothing of any other machine."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from fastapi import Depends, FastAPI

from jumeau import __version__
from jumeau.sharing.actors import LOCAL_ADMIN, Actor
from jumeau.web import events, failures, page, tiles_routes
from jumeau.web.api import (
    assets,
    branches,
    buildings,
    choices,
    costs,
    edits,
    exchange,
    financing,
    indicators,
    lamps,
    lighting,
    market,
    means,
    night,
    origins,
    pieces,
    programme,
    search,
    series,
    state,
)
from jumeau.web.guard import LOCAL_HOSTS, Guard
from jumeau.web.lens import Lens, look
from jumeau.web.ports import Twin

PARTS = (
    state, edits, pieces, assets, branches, exchange, search, origins, indicators, lamps,
    lighting, night, programme, financing,
    choices, costs, buildings,
    market, means,
    series,
)  # fmt: skip
"""Subjects of the interface; the first whose route answers wins."""


def create_app(
    twin: Twin | Callable[[Actor], Twin],
    *,
    actor: Actor = LOCAL_ADMIN,
    static: Path | None = None,
    hosts: frozenset[str] = LOCAL_HOSTS,
) -> FastAPI:
    """The page, its data and its tiles.

    twin: an opened twin, whose view already has its actor, or what opens one for `actor`; static: folder of the built page;
    hosts: names it answers to.
    """
    opened: Twin = twin(actor) if callable(twin) else twin
    seen, asked = cast(Twin, Lens(opened)), [Depends(look)]
    app = FastAPI(title="jumeau", version=__version__, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.add_middleware(Guard, hosts=hosts)
    failures.install(app)
    for part in PARTS:
        app.include_router(part.router(seen), dependencies=asked)
    app.include_router(tiles_routes.router(seen), dependencies=asked)
    app.include_router(events.router(opened.view))
    app.include_router(page.router(seen, static or page.static_folder()), dependencies=asked)
    return app
