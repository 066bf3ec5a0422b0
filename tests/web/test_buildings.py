"""Routes of buildings: a commune without any, an unknown building, a code that is not one."""

import httpx


def test_what_is_not_there_is_said(client: httpx.Client) -> None:
    for path in ("/api/batiments?commune=34001", "/api/batiments/inconnu"):
        reply = client.get(path)
        assert reply.status_code == 404
        assert reply.json()["message"]
    assert client.get("/api/batiments?commune=1").status_code == 422
