"""`/api/financement`: its shape, its sums, and who may read it."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from jumeau.sharing.actors import LOCAL_ADMIN
from jumeau.sharing.view import View
from jumeau.store.embedded import EmbeddedStore
from jumeau.web.app import create_app

LINE = {
    "kind", "label", "payer", "low_cents", "cents", "high_cents", "rule", "rule_title", "reference", "confidence",
    "checked_on", "stale",
}  # fmt: skip


def test_shape_and_balance(client: httpx.Client) -> None:
    body: dict[str, Any] = client.get("/api/financement").json()
    assert body.keys() == {"on", "owners", "actions", "total", "warnings"}
    assert body["on"] == "2026-06-01"
    (owner,) = body["owners"]
    assert (owner["id"], owner["nom"]) == ("commune:34001", "Aubais")
    assert owner["cost_cents"] == 504_000
    assert owner["vat_cents"] == 84_000
    assert owner["balance_cents"] == 0
    for one in (owner, body["total"], *body["actions"]):
        assert sum(line["cents"] for line in one["lines"]) + one["own_cents"] == one["cost_cents"]
        assert one["own_low_cents"] <= one["own_cents"] <= one["own_high_cents"]
    (fctva,) = [line for line in owner["lines"] if line["kind"] == "fctva"]
    assert fctva.keys() == LINE
    assert fctva["cents"] == 82_676
    assert fctva["stale"] is False
    assert {one["rule"] for one in owner["to_confirm"]} >= {"cee_res_ec_104"}
    assert all(one["missing"] for one in owner["to_confirm"])


def test_an_anonymous_reader_is_refused(anonymous: httpx.Client) -> None:
    answer = anonymous.get("/api/financement")
    assert answer.status_code == 404
    assert "owners" not in answer.json()


def test_before_any_plan(store: EmbeddedStore, small_twin: Any, tmp_path: Path) -> None:
    twin = small_twin(View(store, LOCAL_ADMIN), tmp_path)
    twin.computed = False
    client = TestClient(create_app(twin, static=tmp_path), base_url="http://127.0.0.1:8034")
    assert client.get("/api/financement").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/api/financement", headers={"X-Jumeau": "1"}).status_code in (403, 405)
