"""Purchases, their papers and the life of actions over HTTP, on the sample programme."""

from io import BytesIO
from typing import Any

import httpx
import pytest


def purchase(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/achats/eclairage_public-2027").json()
    return found


def test_purchases_and_volumes(client: httpx.Client) -> None:
    body = client.get("/api/achats").json()
    (one,) = body["purchases"]
    assert (one["id"], one["members"], one["eur"]) == ("eclairage_public-2027", 1, 4200.0)
    assert body["volumes"] == []
    assert body["withheld"] == ["lanterne_led"]


def test_a_purchase_with_its_calendar_and_papers(client: httpx.Client) -> None:
    one = purchase(client)
    assert one["members"][0]["nom"].endswith("Abeilhan")
    assert one["procedure"].startswith("sans publicité")
    assert one["steps"][0]["title"].startswith("Rédaction")
    assert {p["name"] for p in one["papers"]} >= {
        "programme-fonctionnel",
        "note-commune-34001",
        "plan-financement-commune-34001",
    }
    late = client.get("/api/achats/eclairage_public-2027", params={"travaux": "2026-06-15"}).json()
    assert late["late"] is True


@pytest.mark.parametrize(
    ("paper", "start"),
    [("note-commune-34001.pdf", b"%PDF"), ("deliberation-commune-34001.docx", b"PK"), ("bpu-dqe.xlsx", b"PK")],
)
def test_papers_are_files(client: httpx.Client, paper: str, start: bytes) -> None:
    answer = client.get(f"/api/achats/eclairage_public-2027/pieces/{paper}")
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert "attachment" in answer.headers["content-disposition"]
    if paper.endswith("xlsx"):
        from openpyxl import load_workbook

        assert load_workbook(BytesIO(answer.content)).sheetnames == ["Bordereau des prix", "Détail quantitatif"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("achats/rien", 404),
        ("achats/eclairage_public-2027/pieces/..%2F..%2Fetc.pdf", 404),
        ("achats/eclairage_public-2027/pieces/rien.pdf", 404),
        ("achats/eclairage_public-2027?travaux=hier", 422),
        ("achats/eclairage_public-2027?coordonnateur=commune:34999", 422),
    ],
)
def test_what_is_not_there_is_said(client: httpx.Client, path: str, status: int) -> None:
    answer = client.get(f"/api/{path}")
    assert answer.status_code in (status, 400 if status == 422 else status)
    assert answer.json()["message"]


def test_the_life_of_an_action(client: httpx.Client) -> None:
    assert client.get("/api/suivi").json()["actions"] == []
    assert client.post("/api/suivi", json={}).json() == {"actions": 1}
    assert client.post("/api/suivi", json={}).json() == {"actions": 1}
    said = client.patch("/api/suivi/a1", json={"changes": {"ordered_on": "2026-02-01", "real_cost_eur": "3900,00"}})
    assert said.status_code == 200
    body = client.get("/api/suivi", params={"jour": "2026-11-25"}).json()
    (row,) = body["actions"]
    assert (row["state"], row["planned_year"], row["real_cost_eur"]) == ("ordered", 2027, 3900)
    assert body["accounts"][0]["unspent_eur"] == 300
    assert body["names"]["commune:34001"]
    refused = client.patch("/api/suivi/a1", json={"changes": {"ordered": "2026-02-01"}})
    assert refused.status_code >= 400
    assert "ordered" in refused.json()["message"]
    assert client.patch("/api/suivi/zz", json={"changes": {"ordered_on": None}}).status_code == 404
    assert client.post(f"/api/commits/{said.json()['commit']}/annulation").status_code == 200
    assert client.get("/api/suivi").json()["actions"][0]["state"] == "planned"


def test_an_anonymous_reader_sees_and_writes_nothing(anonymous: httpx.Client) -> None:
    for path in ("achats", "achats/eclairage_public-2027", "achats/x/pieces/bpu-dqe.xlsx", "suivi"):
        assert anonymous.get(f"/api/{path}").status_code == 404
    assert anonymous.post("/api/suivi", json={}).status_code in (401, 403)
    assert anonymous.patch("/api/suivi/a1", json={"changes": {"note": "x"}}).status_code in (401, 403, 404)


def test_costs_of_public_records(client: httpx.Client, anonymous: httpx.Client) -> None:
    assert client.get("/api/couts").json() == []
    assert client.get("/api/couts/constats", params={"besoin": "lanterne_led"}).json() == {"records": [], "total": 0}
    assert client.get("/api/couts/constats").status_code == 422
    assert anonymous.get("/api/couts").status_code == 404
    assert anonymous.get("/api/couts/constats", params={"besoin": "x"}).status_code == 404
