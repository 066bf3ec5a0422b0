"""The addresses of docs/api.md, as the local administrator and as an anonymous reader."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from jumeau.errors import NotFoundError
from jumeau.sharing.actors import LOCAL_ADMIN
from jumeau.sharing.view import View

LIGHTS = "/api/couches/luminaire/actifs"
LIGHT = "/api/couches/luminaire/actifs/PL-000"


def value(sheet: dict[str, Any], attribute: str) -> dict[str, Any]:
    return next(v for v in sheet["values"] if v["attribute"] == attribute)


def test_state(client: httpx.Client) -> None:
    state = client.get("/api/etat").json()
    assert state["synthetic"] is True
    assert state["territory"] == {"name": "Hérault (34)", "bbox": [3.8, 43.6, 3.9, 43.7], "communes": 3}
    assert state["actor"]["rights"] == ["read", "edit", "import", "diagnose", "plan", "publish", "administer"]
    assert state["head"] == 4
    assert {s["id"]: s["synthetic"] for s in state["sources"]} == {"essai": True, "interne": False}


def test_anonymous_state_names_nothing_hidden(anonymous: httpx.Client) -> None:
    state = anonymous.get("/api/etat").json()
    assert [s["id"] for s in state["sources"]] == ["essai"]
    assert state["actor"]["rights"] == []
    assert state["head"] == 0


def test_state_of_a_territory_that_is_hidden(
    anonymous: httpx.Client, monkeypatch: pytest.MonkeyPatch, small_twin: Any
) -> None:
    def hidden(self: Any) -> Any:
        raise NotFoundError("partage.jumeau_vide")

    monkeypatch.setattr(small_twin, "territory", hidden)
    state = anonymous.get("/api/etat")
    assert state.status_code == 200
    assert state.json()["territory"] == {"name": "", "bbox": None, "communes": 0}


def test_layers(client: httpx.Client, anonymous: httpx.Client) -> None:
    layers = {row["name"]: row for row in client.get("/api/couches").json()}
    assert layers["luminaire"]["count"] == 100
    assert layers["chemin"]["geometry"] == "line"
    power = next(f for f in layers["luminaire"]["fields"] if f["name"] == "lamp_power_w")
    assert (power["type"], power["unit"], power["decimals"]) == ("number", "W", 1)
    seen = {row["name"]: {f["name"] for f in row["fields"]} for row in anonymous.get("/api/couches").json()}
    assert seen == {"commune": {"commune", "nom", "population"}, "luminaire": {"commune", "code"}, "chemin": {"code"}}


def test_pages_cover_the_list_once(client: httpx.Client) -> None:
    ids, after = [], None
    while True:
        query = {"limit": 30, "commune": "34001"} | ({"after": after} if after else {})
        page = client.get("/api/couches/luminaire/actifs", params=query).json()
        assert page["total"] == 50
        ids += [row["id"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert len(ids) == len(set(ids)) == 50
    whole = client.get("/api/couches/luminaire/actifs", params={"limit": 2000, "commune": "34001"}).json()["rows"]
    assert [row["id"] for row in whole] == ids
    assert whole[0]["commune"] == "34001"


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ({"q": "eclairage 42"}, 1),
        ({"q": "ÉCLAIRAGE"}, 100),
        ({"q": "shp"}, 50),
        ({"q": "shp", "commune": "34002"}, 25),
        ({"q": "absent"}, 0),
        ({"bbox": "3,43,5,44"}, 100),
        ({"bbox": "3,43,3.1,43.1"}, 0),
    ],
)
def test_search(client: httpx.Client, query: dict[str, str], total: int) -> None:
    found = client.get("/api/couches/luminaire/actifs", params=query).json()
    assert found["total"] == total
    assert len(found["rows"]) == min(total, 50)


def test_search_says_nothing_of_what_is_hidden(anonymous: httpx.Client) -> None:
    assert anonymous.get("/api/couches/luminaire/actifs", params={"q": "shp"}).json()["total"] == 0
    row = anonymous.get("/api/couches/luminaire/actifs", params={"q": "eclairage 42"}).json()["rows"][0]
    assert row["values"] == {"commune": "34001", "code": "Éclairage 42"}


def test_sheet(client: httpx.Client) -> None:
    sheet = client.get(LIGHT).json()
    assert (sheet["label"], sheet["head"], sheet["geometry"]["type"]) == ("Éclairage 0", 4, "Point")
    longitude, latitude = sheet["geometry"]["coordinates"]
    assert 3.8 < longitude < 3.9
    assert 43.6 < latitude < 43.7
    power = value(sheet, "lamp_power_w")
    assert (power["value"], power["origin"], power["unit"]) == (70.0, "declared", "W")
    assert power["source"] == {"id": "interne", "title": "Relevé interne", "licence": ""}
    assert [a["winning"] for a in power["alternatives"]] == [True]
    assert power["alternatives"][0]["author"] == "import"
    assert value(sheet, "ulr") | {"description": ""} == {
        "attribute": "ulr", "description": "", "unit": "ratio", "decimals": 4, "type": "number", "choices": [], "value": None,
        "origin": "unknown", "source": None, "editable": True, "alternatives": [],
    }  # fmt: skip
    assert value(sheet, "commune")["editable"] is False
    assert sheet["indicators"] == [
        {
            "name": "lighting_annual_energy_kwh", "title": "Énergie annuelle", "unit": "kWh/an", "decimals": 0,
            "origin": "inferred", "value": 410.0, "low": 300.0, "high": None,
        }
    ]  # fmt: skip


def test_anonymous_sheet(anonymous: httpx.Client) -> None:
    sheet = anonymous.get(LIGHT).json()
    assert [v["attribute"] for v in sheet["values"]] == ["commune", "code"]
    assert {v["editable"] for v in sheet["values"]} == {False}
    assert sheet["indicators"] == []
    assert sheet["values"][0]["alternatives"][0] | {"commit": 0} == {
        "value": "34001", "origin": "declared", "commit": 0, "instant": None, "author": "",
        "winning": True, "taken_back": False,
        "source": {"id": "essai", "title": "Fichier d'essai", "licence": "Licence Ouverte 2.0"},
    }  # fmt: skip


def test_an_edit_wins_and_the_past_stays(client: httpx.Client) -> None:
    before = client.get("/api/commits").json()[0]["instant"]
    body = {"changes": {"lamp_power_w": 100, "remote_managed": True}, "origin": "measured", "message": "visite", "expect": 4}
    assert client.patch(LIGHT, json=body).json() == {"commit": 5}
    power = value(client.get(LIGHT).json(), "lamp_power_w")
    assert (power["value"], power["origin"], power["source"]["id"]) == (100.0, "measured", "saisie:local")
    assert [(a["value"], a["winning"]) for a in power["alternatives"]] == [(100.0, True), (70.0, False)]
    commit = client.get("/api/commits", params={"limit": 1, "layer": "luminaire"}).json()[0]
    assert commit | {"instant": ""} == {
        "id": 5, "instant": "", "author": "local", "message": "visite", "kind": "edit", "layers": ["luminaire"],
        "revertible": True, "taken_back": False, "branch": "principale",
    }  # fmt: skip
    past = client.get(LIGHT, params={"as_of": before}).json()
    assert value(past, "lamp_power_w")["value"] == 70.0
    assert past["head"] == 4
    assert value(past, "lamp_power_w")["editable"] is False


def test_an_entry_is_taken_back_by_null(client: httpx.Client) -> None:
    edit = {"changes": {"lamp_power_w": 100.0}, "origin": "declared", "expect": 4}
    head = client.patch(LIGHT, json=edit).json()["commit"]
    assert client.patch(LIGHT, json=edit | {"changes": {"lamp_power_w": None}, "expect": head}).status_code == 200
    assert value(client.get(LIGHT).json(), "lamp_power_w")["value"] == 70.0
    refused = client.patch(LIGHT, json=edit | {"changes": {"ulr": None}, "expect": head + 1})
    assert refused.status_code == 422
    assert refused.json()["field"] == "ulr"


def test_conflict_says_what_changed_and_only_then(client: httpx.Client) -> None:
    edit = {"changes": {"lamp_power_w": 100.0}, "origin": "declared", "expect": 4}
    assert client.patch(LIGHT, json=edit).status_code == 200
    refused = client.patch(LIGHT, json=edit | {"changes": {"lamp_power_w": 90.0}})
    assert refused.status_code == 409
    assert refused.json()["changed"] == [{"attribute": "lamp_power_w", "before": 70.0, "after": 100.0}]
    assert "lamp_power_w" in refused.json()["message"]
    elsewhere = client.patch(LIGHT, json=edit | {"changes": {"height_m": 8}})
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lamp_power_w": -4}, "lamp_power_w"),
        ({"lamp_power_w": "beaucoup"}, "lamp_power_w"),
        ({"lamp_power_w": True}, "lamp_power_w"),
        ({"lamp_technology": "bougie"}, "lamp_technology"),
        ({"install_year": 1990.5}, "install_year"),
        ({"commune": "34002"}, "commune"),
        ({"support_type": ""}, "support_type"),
        ({"code": "x" * 501}, "code"),
        ({"code": "a\u0000b"}, "code"),
        ({"ulr": 0.1, "lamp_power_w": 99999}, "lamp_power_w"),
    ],
)
def test_a_refused_value_names_its_field_and_writes_nothing(client: httpx.Client, changes: Any, field: str) -> None:
    answer = client.patch(LIGHT, json={"changes": changes, "origin": "declared", "expect": 4})
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert field in answer.json()["message"]
    assert client.get("/api/etat").json()["head"] == 4


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"changes": {}, "origin": "declared", "expect": 4}',
        b'{"changes": {"ulr": 0.1}, "origin": "default"}',
        b'{"changes": {"ulr": [1]}, "origin": "declared", "expect": 4}',
        b"\xff\xfe",
    ],
)
def test_an_unreadable_body_is_refused(client: httpx.Client, body: bytes) -> None:
    assert client.patch(LIGHT, content=body).status_code == 422


def test_unknown_things_are_404_in_french(client: httpx.Client, anonymous: httpx.Client) -> None:
    edit = {"changes": {"ulr": 0.1}, "origin": "declared", "expect": 4}
    for answer in (
        client.get("/api/couches/absente/actifs"),
        client.get("/api/couches/luminaire/actifs/absent"),
        client.patch("/api/couches/luminaire/actifs/absent", json=edit),
        client.post("/api/commits/999/annulation"),
        client.get("/api/indicateurs", params={"champ": "magie"}),
        client.get(LIGHT, params={"branch": "absente"}),
        client.get("/api/absente"),
        client.get("/absente.js"),
        client.get("/rapport.pdf"),
        anonymous.get("/api/couches/armoire/actifs"),
        anonymous.get("/api/programme"),
        anonymous.get("/api/programme/ecartees"),
    ):
        assert answer.status_code == 404
        assert answer.json()["message"].endswith(".")


def test_anonymous_writes_nothing(anonymous: httpx.Client) -> None:
    edit = {"changes": {"code": "x"}, "origin": "declared", "expect": 0}
    assert anonymous.patch(LIGHT, json=edit).status_code == 403
    assert anonymous.post("/api/commits/1/annulation").status_code == 403
    assert anonymous.get("/api/commits").json() == []


def test_indicators_add_up_on_draws(client: httpx.Client, anonymous: httpx.Client) -> None:
    body = client.get("/api/indicateurs", params={"champ": "lighting"}).json()
    energy = "lighting_annual_energy_kwh"
    by_code = {c["code"]: c["indicators"] for c in body["communes"]}
    assert [c["nom"] for c in body["communes"]] == ["Aubais", "Bélarga", "Cazilhac"]
    assert by_code["34001"][energy]["value"] == by_code["34002"][energy]["value"] == 2500
    total = body["total"][energy]
    assert (total["value"], total["low"], total["high"]) == (5000, 5000, 5000), "opposed draws cancel; bounds would not"
    assert by_code["34001"][energy]["low"] + by_code["34002"][energy]["low"] < total["low"]
    assert by_code["34002"]["lighting_annual_cost_eur"] | {"shares": 0} == {
        "value": None, "low": None, "high": None, "known": 0, "unknown": 50, "shares": 0,
    }  # fmt: skip
    assert by_code["34003"][energy]["value"] is None
    assert body["total"]["lighting_upward_flux_lm"]["value"] is None
    assert sum(by_code["34001"][energy]["shares"].values()) == pytest.approx(1)
    assert anonymous.get("/api/indicateurs").json() == {"indicators": [], "communes": [], "total": None}


def test_contours(client: httpx.Client) -> None:
    answer = client.get("/api/communes.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert len(features) == 3
    first = next(f for f in features if f["properties"]["code"] == "34001")
    assert first["properties"] == {"code": "34001", "nom": "Aubais", "population": 900, "schematic": None}
    assert first["geometry"]["type"] == "Polygon"
    assert all(3 < x < 5 and 43 < y < 44 for x, y in first["geometry"]["coordinates"][0])


def test_programme(client: httpx.Client) -> None:
    body = client.get("/api/programme").json()
    assert body["years"] == [2027, 2028]
    assert body["owners"] == [
        {
            "id": "commune:34001",
            "nom": "Aubais",
            "budgets": [{"year": 2027, "budget": 5000.0, "spent": 4200.0, "hypothesis": True}],
        }
    ]
    (first,) = body["actions"]
    (second,) = client.get("/api/programme/ecartees").json()["actions"]
    assert body["left_out"] == [{"owner": "commune:34001", "field": "lighting", "count": 1}]
    for asked, total in (({"proprietaire": "commune:34002"}, 0), ({"champ": "lighting"}, 1), ({"champ": "water"}, 0)):
        assert client.get("/api/programme/ecartees", params=asked).json()["total"] == total
    assert first["cost"] == {"value": 4200.0, "low": 3500.0, "high": 6000.0, "unit": "€", "source": "essai"}
    assert (first["year"], first["owner_nom"], first["reason"]) == (2027, "Aubais", None)
    assert first["effects"][0]["high"] is None
    assert (second["year"], second["reason"], second["effects"]) == (None, "Le budget est épuisé.", [])
    assert body["totals"] == [
        {"indicator": "lighting_annual_energy_kwh", "title": "Énergie annuelle", "unit": "kWh/an"}
        | {"value": -1000.0, "low": -1500.0, "high": -600.0}
    ]
    assert body["caveats"] == ["Une réserve."]


def test_reports_and_page(client: httpx.Client, tmp_path: Path) -> None:
    missing = client.get("/")
    assert missing.status_code == 503
    assert "make setup" in missing.text
    (tmp_path / "static" / "assets").mkdir(parents=True)
    (tmp_path / "static" / "index.html").write_text("<!doctype html><title>jumeau</title>")
    (tmp_path / "static" / "assets" / "a.js").write_text("0")
    (tmp_path / "rapport.html").write_text("<p>rapport</p>")
    assert client.get("/").status_code == 200
    assert "immutable" in client.get("/assets/a.js").headers["cache-control"]
    assert client.get("/rapport.html").text == "<p>rapport</p>"
    assert "default-src 'none'" in client.get("/rapport.html").headers["content-security-policy"]
    for hostile in ("/%2e%2e/rapport.html", "/assets/..%2f..%2f..%2frapport.html", "/assets/%00", "/%2fetc%2fpasswd"):
        assert client.get(hostile).status_code == 404


def test_lists_are_sorted_and_unknown_comes_last(client: httpx.Client) -> None:
    def asked(sort: str, **more: Any) -> list[Any]:
        body = client.get(LIGHTS, params={"sort": sort, "limit": 100, **more}).json()
        return [row["values"].get("lamp_power_w") for row in body["rows"]]

    assert asked("lamp_power_w") == [70.0] * 25 + [150.0] * 25 + [None] * 50
    assert asked("-lamp_power_w") == [150.0] * 25 + [70.0] * 25 + [None] * 50
    first = client.get(LIGHTS, params={"sort": "-label", "limit": 7}).json()
    second = client.get(LIGHTS, params={"sort": "-label", "limit": 7, "after": first["next"]}).json()
    shown = [row["label"] for row in first["rows"] + second["rows"]]
    assert shown == sorted((f"Éclairage {k}" for k in range(100)), reverse=True)[:14]
    assert client.get(LIGHTS, params={"sort": "geometry"}).status_code == 422


def test_what_was_taken_back_is_said_so(client: httpx.Client) -> None:
    edit = {"changes": {"lamp_power_w": 100.0}, "origin": "declared", "expect": 4}
    commit = client.patch(LIGHT, json=edit).json()["commit"]
    client.post(f"/api/commits/{commit}/annulation")
    said = {a["commit"]: a["taken_back"] for a in value(client.get(LIGHT).json(), "lamp_power_w")["alternatives"]}
    assert said == {3: False, commit: True}
    rows = {row["id"]: (row["revertible"], row["taken_back"]) for row in client.get("/api/commits").json()}
    assert rows[commit] == (False, True)
    assert rows[3] == (True, False)
    again = edit | {"expect": commit + 1}
    second = client.patch(LIGHT, json=again).json()["commit"]
    client.patch(LIGHT, json={"changes": {"lamp_power_w": None}, "origin": "declared", "expect": second})
    said = {a["commit"]: a["taken_back"] for a in value(client.get(LIGHT).json(), "lamp_power_w")["alternatives"]}
    assert said[second]
    assert not said[3]


def test_a_revert_takes_an_edit_back(client: httpx.Client, store: Any) -> None:
    edit = {"changes": {"lamp_power_w": 100.0}, "origin": "declared", "expect": 4}
    commit = client.patch(LIGHT, json=edit).json()["commit"]
    assert client.post(f"/api/commits/{commit}/annulation").json() == {"commit": commit + 1}
    assert value(client.get(LIGHT).json(), "lamp_power_w")["value"] == 70.0
    assert View(store, LOCAL_ADMIN).commits()[-1].author == "local"
