"""Routes of buildings: a commune without any, an unknown building, a code that is not one, a load curve sent for one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.web.conftest import CLOSED, claimed, served

from jumeau.sharing.actors import ANONYMOUS, LOCAL_ADMIN
from jumeau.store.embedded import EmbeddedStore

METER = "24115012345678"


def test_what_is_not_there_is_said(client: httpx.Client) -> None:
    for path in ("/api/batiments?commune=34001", "/api/batiments/inconnu"):
        reply = client.get(path)
        assert reply.status_code == 404
        assert reply.json()["message"]
    assert client.get("/api/batiments?commune=1").status_code == 422


@pytest.fixture
def office(store: EmbeddedStore, tmp_path: Path) -> Iterator[httpx.Client]:
    """A town hall of a source that is not public, and one whose use says nothing."""
    uses = ["bureau", "indifferencie"]
    hall = claimed("batiment", CLOSED, id=["mairie", "vague"], commune=["34001", "34001"], usage=uses)
    store.commit([hall], author="import", message="bâtiments", kind="import")
    with served(store, tmp_path, LOCAL_ADMIN) as client:
        yield client


def curve() -> bytes:
    """Two weeks by the half hour from a Monday: 6 kW from 8 to 18 on week days, 1 kW else, one hour missing."""
    rows = ["prm;horodate;unite;valeur"]
    for k in range(48 * 14):
        at = datetime(2024, 1, 1) + timedelta(minutes=30 * k)
        kw = 6 if at.weekday() < 5 and 8 <= at.hour < 18 else 1
        if k not in (100, 101):
            rows.append(f"{METER};{at.isoformat()};kW;{kw}")
    return "\n".join(rows).encode()


def test_a_load_curve_says_what_runs_when_nobody_is_there(office: httpx.Client) -> None:
    files = {"courbes": ("courbe.csv", curve())}
    reply = office.post("/api/batiments/mairie/courbes", files=files)
    assert reply.status_code == 200, reply.text
    found = reply.json()
    assert (found["use"], found["use_declared"], found["temperatures"]) == ("bureau", True, False)
    assert (found["first_day"], found["days"], found["remarks"]) == ("2024-01-01", 14, [])
    meter = found["meters"][0]
    assert meter["meter"] == "…5678"
    assert METER not in reply.text
    assert meter["missing_hours"] == 1
    assert meter["energy_kwh"] == 10 * (10 * 6 + 14 * 1) + 4 * 24 - 1
    assert meter["peak_kw"] == 6.0
    assert meter["weekday_kw"][12] == 6.0
    assert meter["weekend_kw"] == [1.0] * 24
    assert meter["daily_kwh"][:3] == [74.0, 74.0, None]
    assert meter["floor_share"] == pytest.approx(1 / (meter["energy_kwh"] / (14 * 24)), abs=0.01)
    assert meter["night_heating"] is None
    assert meter["alerts"] == []


def test_temperatures_say_what_depends_on_the_cold(office: httpx.Client) -> None:
    days = "\n".join(["date;temperature", *(f"2024-01-{d:02d};{d % 7}" for d in range(1, 15))]).encode()
    files = {"courbes": ("courbe.csv", curve()), "temperatures": ("jours.csv", days)}
    found = office.post("/api/batiments/vague/courbes", files=files, data={"usage": "commerce"}).json()
    assert (found["use"], found["use_declared"], found["temperatures"]) == ("commerce", False, True)
    short = {"courbes": files["courbes"], "temperatures": ("jours.csv", b"date;temperature\n2024-01-01;3\n2024-01-02;4\n")}
    reply = office.post("/api/batiments/mairie/courbes", files=short)
    assert reply.status_code == 422
    assert "températures ne les couvre pas" in reply.json()["message"]


def test_refusals_are_french_and_nothing_is_kept(office: httpx.Client, store: EmbeddedStore, tmp_path: Path) -> None:
    files = {"courbes": ("courbe.csv", curve())}
    head = len(store.commits())
    reply = office.post("/api/batiments/vague/courbes", files=files)
    assert reply.status_code == 422
    assert "indifferencie" in reply.json()["message"]
    assert office.post("/api/batiments/inconnu/courbes", files=files).status_code == 404
    broken = office.post("/api/batiments/mairie/courbes", files={"courbes": ("../../x.csv", b"a;b\n1;2\n")})
    assert broken.status_code == 422
    assert "« x.csv » doit avoir un compteur" in broken.json()["message"]
    with served(store, tmp_path, ANONYMOUS) as stranger:
        assert stranger.post("/api/batiments/mairie/courbes", files=files).status_code in (403, 404)
    assert len(store.commits()) == head


def test_a_dpe_of_nothing_is_refused_with_words(client: httpx.Client) -> None:
    reply = client.post("/api/batiments/inconnu/dpe", content=b"<dpe/>")
    assert reply.status_code == 404
    assert reply.json()["message"]


def test_the_stock_is_looked_at_by_use_and_owner(office: httpx.Client) -> None:
    def totals(**asked: str) -> dict[str, object]:
        reply = office.get("/api/batiments/parc", params={"commune": "34001"} | asked)
        assert reply.status_code == 200, reply.text
        found: dict[str, object] = reply.json()["totals"]
        return found

    assert totals()["buildings"] == 2
    assert totals(usage="bureau")["buildings"] == 1
    assert totals(usage="bureau", proprietaire="inconnu", etiquette="inconnu")["buildings"] == 1
    empty = totals(proprietaire="commune:34001")
    assert (empty["buildings"], empty["energy"], empty["floor"]) == (0, None, 0)
    rows = office.get("/api/batiments", params={"commune": "34001"}).json()["rows"]
    assert [(row["owner"], row["owner_name"]) for row in rows] == [(None, "Sans propriétaire indiqué")] * 2


def test_the_note_of_a_building_of_which_little_is_known_is_printed(office: httpx.Client) -> None:
    reply = office.get("/api/batiments/mairie/note.pdf")
    assert reply.status_code == 200
    assert reply.content.startswith(b"%PDF")
    assert "pre-audit-mairie.pdf" in reply.headers["content-disposition"]
    word = office.get("/api/batiments/mairie/note.docx")
    assert (word.status_code, word.content[:2]) == (200, b"PK")
    assert "pre-audit-mairie.docx" in word.headers["content-disposition"]
    assert office.get("/api/batiments/mairie/note.exe").status_code == 422
    refused = office.get("/api/batiments/34001/sdie.pdf")
    assert refused.status_code == 404
    assert refused.json()["message"].startswith("Abeilhan : aucun bâtiment public")
