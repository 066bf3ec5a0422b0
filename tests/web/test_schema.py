"""Generated requests on the published schema: none of them may break the server."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from jumeau.sharing.actors import ANONYMOUS, LOCAL_ADMIN, Actor
from jumeau.sharing.view import View
from jumeau.web.app import create_app
from jumeau.web.guard import LOCAL_HOSTS

HOSTS = LOCAL_HOSTS | {"testserver"}


@pytest.mark.parametrize("actor", [LOCAL_ADMIN, ANONYMOUS], ids=lambda actor: actor.id)
def test_no_request_breaks_the_server(actor: Actor, store: Any, small_twin: Any, tmp_path: Path) -> None:
    app = create_app(small_twin(View(store, actor), tmp_path), static=tmp_path, hosts=HOSTS)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    tried: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            response = case.call()
            tried.setdefault(case.operation.label, set()).add(response.status_code)
            assert response.status_code < 500, response.text
            if response.status_code >= 400:
                assert response.json()["message"].endswith(".")

        ask()
    assert len(tried) == len(list(schema.get_all_operations())) > 25
    assert all(421 not in statuses for statuses in tried.values()), "the test's own host was refused: nothing was tried"
    assert 200 in tried["GET /api/couches"]
