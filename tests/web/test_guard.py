"""What stands before every request, and what an unexpected failure says."""

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from jumeau.errors import ConflictError, JumeauError, MappingError, NotFoundError, RightsError
from jumeau.sharing.actors import LOCAL_ADMIN
from jumeau.sharing.view import View
from jumeau.web import failures, guard
from jumeau.web.events import stream


def leaves(kind: type[JumeauError]) -> set[type[JumeauError]]:
    return {kind} | {leaf for child in kind.__subclasses__() for leaf in leaves(child)}


def test_every_error_has_a_status() -> None:
    found = {kind: failures.status_of(kind("web.suite", field="x")) for kind in leaves(JumeauError)}
    assert all(400 <= status < 600 for status in found.values())
    assert (found[NotFoundError], found[RightsError], found[ConflictError], found[MappingError]) == (404, 403, 409, 422)


def test_headers_keep_everything_on_this_machine(client: httpx.Client) -> None:
    for address in ("/api/etat", "/", "/api/absente"):
        headers = client.get(address).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_other_hosts_and_other_sites_are_refused(client: httpx.Client) -> None:
    assert client.get("/api/etat", headers={"host": "exemple.fr"}).status_code == 421
    assert client.get("/api/etat", headers={"host": "localhost:8034"}).status_code == 200
    address = "/api/commits/1/annulation"
    foreign = client.post(address, headers={"origin": "https://exemple.fr"})
    assert foreign.status_code == 403
    assert "autre page" in foreign.json()["message"]
    edit = {"changes": {"ulr": 0.1}, "origin": "declared", "expect": 4}
    own = client.patch("/api/couches/luminaire/actifs/PL-000", json=edit, headers={"origin": "http://127.0.0.1:8034"})
    assert own.status_code == 200


def test_large_requests_are_refused_whether_they_say_so_or_not(client: httpx.Client) -> None:
    address = "/api/couches/luminaire/actifs/PL-000"
    large = b"x" * (guard.MAX_BODY + 1)
    assert client.patch(address, content=large).status_code == 413
    assert client.patch(address, content=(large[k : k + 65_536] for k in range(0, len(large), 65_536))).status_code == 413
    assert client.get("/api/couches/luminaire/actifs", params={"q": "x" * 9_000}).status_code == 414
    assert client.get("/api/couches/luminaire/actifs", params={"q": "x" * 200}).status_code == 422


def test_an_unexpected_failure_tells_a_number_and_no_text(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: View) -> Any:
        raise RuntimeError("mot de passe")

    monkeypatch.setattr(View, "layers", broken)
    with caplog.at_level(logging.ERROR, logger="jumeau.web"):
        answer = client.get("/api/couches")
    assert answer.status_code == 500
    incident = answer.json()["incident"]
    assert incident in answer.json()["message"]
    assert "mot de passe" not in answer.text
    assert f"incident={incident}" in caplog.text
    assert "mot de passe" in caplog.text
    assert answer.headers["content-security-policy"]


class Listener:
    """A request that leaves after a few looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    async def is_disconnected(self) -> bool:
        self.looks -= 1
        return self.looks < 0


async def gathered(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


def told(chunks: AsyncIterator[bytes]) -> str:
    """All of a stream, read in a thread of its own: a browser test of the same process may hold this one's loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, gathered(chunks)).result().decode()


def test_events_tell_commits_after_a_head(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jumeau.web.events.LOOK_S", 0.0)
    view = View(store, LOCAL_ADMIN)
    text = told(stream(view, Listener(2), 2))  # type: ignore[arg-type]
    assert text.count("event: commit") == 2
    assert 'data: {"id":3,' in text
    assert '"layers":["chemin"]' in text
    assert 'Z","layers"' in text
    assert "event" not in told(stream(view, Listener(2), None))  # type: ignore[arg-type]


def test_listeners_are_limited(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jumeau.web.events.MAX_LISTENERS", 0)
    assert client.get("/api/evenements").status_code == 503


def test_no_address_is_outside_of_this_package(client: httpx.Client) -> None:
    """FastAPI's own documentation pages would fetch scripts from elsewhere."""
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404
    assert client.get("/api/openapi.json").json()["info"]["title"] == "jumeau"
