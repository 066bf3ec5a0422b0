"""Commits as server-sent events: one thread-safe look at the head for all listeners, every second."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from jumeau.model.claim import Commit
from jumeau.sharing.view import View
from jumeau.texts import t
from jumeau.web.api.assets import utc
from jumeau.web.failures import failed

LOOK_S = 1.0
BEAT_S = 15.0
MAX_LISTENERS = 64


class Event(msgspec.Struct, frozen=True):
    """What a listener is told of a commit."""

    id: int
    instant: str
    layers: tuple[str, ...]


def written(commit: Commit) -> bytes:
    """A commit as an event."""
    body = msgspec.json.encode(Event(commit.id, utc(commit.instant), commit.layers))
    return b"id: %d\nevent: commit\ndata: %s\n\n" % (commit.id, body)


async def stream(view: View, request: Request, after: int | None) -> AsyncIterator[bytes]:
    """Commits after `after` (from now on when None), and a comment when nothing happens for a while."""
    head = await run_in_threadpool(view.head) if after is None else after
    yield b"retry: 3000\n\n"
    silent = 0.0
    while not await request.is_disconnected():
        if await run_in_threadpool(view.head) > head:
            for commit in await run_in_threadpool(lambda known: view.commits(after=known), head):
                head = max(head, commit.id)
                yield written(commit)
            silent = 0.0
        await asyncio.sleep(LOOK_S)
        silent += LOOK_S
        if silent >= BEAT_S:
            silent = 0.0
            yield b": .\n\n"


def router(view: View) -> APIRouter:
    """`GET /api/evenements`."""
    routes = APIRouter()
    listeners = 0

    @routes.get("/api/evenements", include_in_schema=False)
    async def evenements(request: Request) -> Response:
        nonlocal listeners
        if listeners >= MAX_LISTENERS:
            return failed(t("web.trop_d_ecoutes", max=MAX_LISTENERS), 503)
        last = request.headers.get("last-event-id", "")
        after = int(last) if last.isdigit() and len(last) < 16 else None

        async def counted() -> AsyncIterator[bytes]:
            nonlocal listeners
            listeners += 1
            try:
                async for chunk in stream(view, request, after):
                    yield chunk
            finally:
                listeners -= 1

        return StreamingResponse(counted(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    return routes
