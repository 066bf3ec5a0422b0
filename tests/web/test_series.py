"""Sensor values over HTTP."""

import httpx


def test_values_are_received_in_any_order_and_read_back(client: httpx.Client) -> None:
    given = [
        {"series": "eau/1", "instant": "2026-03-01T12:00:00Z", "value": 2.0, "unit": "m3"},
        {"series": "eau/1", "instant": "2026-03-01T12:30:00+01:00", "value": 500, "unit": "L"},
        {"series": "eau/1", "instant": "2026-03-01T12:00:00Z", "value": 2.0, "unit": "m3"},
    ]
    assert client.post("/api/observations", json=given).json() == {"added": 2, "repeated": 1, "late": 0, "converted": 1}
    (one,) = client.get("/api/series").json()
    assert (one["id"], one["unit"], one["latest"]["value"]) == ("eau/1", "m3", 2.0)
    rows = client.get("/api/series/eau/1").json()
    assert [(r["instant"], r["value"]) for r in rows["rows"]] == [
        ("2026-03-01T11:30:00.000000Z", 0.5), ("2026-03-01T12:00:00.000000Z", 2.0)
    ]  # fmt: skip
    (day,) = client.get("/api/series/eau/1", params={"step": "day", "since": "2026-03-01"}).json()["rows"]
    assert (day["count"], day["mean"], day["min"], day["max"]) == (2, 1.25, 0.5, 2.0)
    assert client.get("/api/series/rien", params={"step": "day"}).status_code == 404
    assert client.get("/api/series/eau/1", params={"step": "an"}).status_code == 422


def test_what_cannot_be_a_measure_is_refused_whole(client: httpx.Client) -> None:
    good = {"series": "s", "instant": "2026-03-01T12:00:00Z", "value": 2.0, "unit": "m3"}
    for wrong in ({"instant": "2026-03-01T12:00:00"}, {"value": "x"}, {"unit": "kWh"}, {"quality": "moyenne"}, {"more": 1}):
        assert client.post("/api/observations", json=[good, good | wrong]).status_code == 422
    assert client.get("/api/series").json() == []
    assert client.post("/api/observations", content=b"{").status_code == 422


def test_an_anonymous_reader_sees_no_series(anonymous: httpx.Client) -> None:
    assert anonymous.get("/api/series").status_code == 403
    assert anonymous.post("/api/observations", json=[]).status_code == 403
