"""Everyday editing, branches, search and attachments over HTTP, as an administrator and as an anonymous reader."""

import json
from io import BytesIO

import httpx
import pytest
from openpyxl import load_workbook

from jumeau.model.claim import MAIN, Claim
from jumeau.model.origin import Origin
from jumeau.store.embedded import EmbeddedStore

LIGHTS = "/api/couches/luminaire"
LIGHT = f"{LIGHTS}/actifs/PL-000"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 2_000_000
POINT = {"type": "Point", "coordinates": [3.8767, 43.6108]}
NEW = {"values": {"code": "NEUF"}, "origin": "measured", "position": "771000,6281000"}


def ok(response: httpx.Response, status: int = 200) -> dict:  # type: ignore[type-arg]
    assert response.status_code == status, response.text
    return response.json()  # type: ignore[no-any-return]


def test_add_move_batch_and_undo(client: httpx.Client) -> None:
    made = ok(client.post(f"{LIGHTS}/actifs", json=NEW), 201)
    sheet = ok(client.get(f"{LIGHTS}/actifs/{made['id']}"))
    assert sheet["label"] == "NEUF"
    where = {"position": "774500,6281000", "origin": "measured", "expect": sheet["head"]}
    ok(client.put(f"{LIGHTS}/actifs/{made['id']}/position", json=where))
    moved = ok(client.get(f"{LIGHTS}/actifs/{made['id']}"))
    assert next(v["value"] for v in moved["values"] if v["attribute"] == "commune") == "34003"
    stale = client.put(f"{LIGHTS}/actifs/{made['id']}/position", json=where | {"position": "774501,6281000"})
    assert stale.status_code == 409
    assert stale.json()["changed"][0]["attribute"] == "geometry"
    batch = ok(
        client.post(f"{LIGHTS}/lot", json={"selection": {"layer": "x", "commune": "34002"}, "changes": {"owner": "SDE"}})
    )
    assert batch["assets"] == ok(client.get(f"{LIGHTS}/actifs?commune=34002"))["total"]
    assert ok(client.get(f"{LIGHTS}/actifs?where=owner%3DSDE"))["total"] == batch["assets"]
    ok(client.post(f"/api/commits/{batch['commit']}/annulation"))
    assert ok(client.get(f"{LIGHTS}/actifs?where=owner%3DSDE"))["total"] == 0
    gone = ok(client.post(f"{LIGHTS}/lot", json={"assets": [made["id"], "PL-001"], "remove": True, "message": "dépose"}))
    assert client.get(f"{LIGHTS}/actifs/{made['id']}").status_code == 404
    ok(client.post(f"/api/commits/{gone['commit']}/annulation"))
    steps = ok(client.get(f"{LIGHTS}/actifs/{made['id']}/historique"))
    assert [s["message"] for s in steps][1:] == [
        "Déplacement d'un équipement",
        "Ajout d'un équipement : Luminaires d'éclairage public",
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        (NEW | {"position": "0,0"}, 422),
        (NEW | {"position": "", "geometry": {"type": "Point", "coordinates": [1e9, 0]}}, 422),
        (NEW | {"position": "", "geometry": {"type": "Zigzag"}}, 422),
        (NEW | {"position": "", "geometry": {"type": "LineString", "coordinates": [[3.8, 43.6], [3.9, 43.6]]}}, 422),
        (NEW | {"values": {"lamp_power_w": "forte"}}, 422),
        (NEW | {"commune": "99999"}, 422),
    ],
)
def test_a_bad_addition_writes_nothing(client: httpx.Client, body: dict, status: int) -> None:  # type: ignore[type-arg]
    head = ok(client.get("/api/etat"))["head"]
    answer = client.post(f"{LIGHTS}/actifs", json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"].endswith(".")
    assert ok(client.get("/api/etat"))["head"] == head


def test_attachments_are_served_without_running_anything(client: httpx.Client) -> None:
    made = ok(client.post(f"{LIGHT}/pieces?nom=mât%22.png&titre=Le+mât", content=PNG), 201)
    assert [p["label"] for p in ok(client.get(f"{LIGHT}/pieces"))] == ["Le mât"]  # type: ignore[index]
    file = client.get(f"/api/pieces/{made['id']}/contenu")
    assert file.content == PNG
    assert "sandbox" in file.headers["content-security-policy"]
    assert file.headers["x-content-type-options"] == "nosniff"
    assert client.post(f"{LIGHT}/pieces?nom=a.svg&titre=x", content=b"<svg/>").status_code == 422
    assert client.post(f"{LIGHT}/pieces?nom=a.png&titre=x", content=PNG + b"\x00" * 33_000_000).status_code == 413
    assert client.post(f"{LIGHTS}/lot", content=b" " * 2_000_000).status_code == 413
    ok(client.post(f"/api/pieces/{made['id']}/effacement", json={"reason": "visage visible"}))
    assert client.get(f"/api/pieces/{made['id']}/contenu").status_code == 404


def test_a_value_is_erased_and_its_tombstone_shown(client: httpx.Client) -> None:
    ok(client.post(f"{LIGHT}/effacement", json={"attribute": "lamp_power_w", "reason": "demande du 3 mai"}))
    sheet = ok(client.get(LIGHT))
    assert next(v for v in sheet["values"] if v["attribute"] == "lamp_power_w")["value"] is None
    last = ok(client.get(f"{LIGHT}/historique"))[0]  # type: ignore[index]
    assert (last["kind"], last["erased"]) == ("erase", ["Puissance nominale de la lampe"])
    assert client.post(f"{LIGHT}/effacement", json={"attribute": "lamp_power_w", "reason": ""}).status_code == 422


def test_branches_are_compared_and_merged(client: httpx.Client, store: EmbeddedStore) -> None:
    ok(client.post("/api/branches", json={"name": "travaux"}), 201)
    for branch, power in (("travaux", 35.0), (MAIN, 60.0)):
        said = {"layer": "luminaire", "source": "saisie:local", "origin": Origin.MEASURED}
        claims = [Claim(asset="PL-000", attribute="lamp_power_w", value=power, **said)]  # type: ignore[arg-type]
        claims += [Claim(asset="PL-050", attribute="owner", value=branch, **said)]  # type: ignore[arg-type]
        store.commit(claims, author="local", message=branch, branch=branch)
    listed = {b["name"]: b["ahead"] for b in ok(client.get("/api/branches"))}  # type: ignore[index]
    assert listed == {"principale": 0, "travaux": 1}
    told = ok(client.get("/api/branches/comparaison?avant=principale&apres=travaux"))
    assert told["totals"] == {"added": 0, "removed": 0, "moved": 0, "changed": 2}
    assert client.get("/api/branches/comparaison?avant=principale&apres=ailleurs").status_code == 404
    found = ok(client.get("/api/branches/travaux/conflits"))
    assert [(c["ours"]["value"], c["theirs"]["value"]) for c in found] == [(60.0, 35.0), (MAIN, "travaux")]  # type: ignore[index]
    assert len(ok(client.get("/api/branches/travaux/conflits?commune=34001"))) >= 1
    assert client.post("/api/branches/travaux/fusion", json={}).status_code == 409
    sheet = client.get("/api/branches/travaux/conflits.csv").content.decode("utf-8-sig")
    filled = sheet.replace(";\n", ";travaux\n")
    kept = ok(client.post("/api/branches/travaux/conflits/lecture?nom=a.csv", content=filled.encode()))
    assert {c["keep"] for c in kept} == {"travaux"}  # type: ignore[index]
    ok(client.post("/api/branches/travaux/fusion", json={"choices": kept, "message": "travaux faits"}))
    assert ok(client.get("/api/branches/comparaison?avant=principale&apres=travaux"))["total"] == 0
    power = next(v for v in ok(client.get(LIGHT))["values"] if v["attribute"] == "lamp_power_w")
    assert power["value"] == 35.0


def test_search_and_selections(client: httpx.Client, anonymous: httpx.Client) -> None:
    found = ok(client.get("/api/recherche?q=eclairage 42"))
    assert [f["label"] for f in found] == ["Éclairage 42"]  # type: ignore[index]
    kept = {"label": "Puissants", "filter": {"layer": "luminaire", "where": ["lamp_power_w>100"]}}
    made = ok(client.post("/api/selections", json=kept), 201)
    assert [s["label"] for s in ok(client.get("/api/selections"))] == ["Puissants"]  # type: ignore[index]
    assert ok(anonymous.get("/api/selections")) == []
    assert client.post("/api/selections", json=kept | {"filter": {"layer": "luminaire", "where": ["x"]}}).status_code == 422
    ok(client.delete(f"/api/selections/{made['id']}"))
    assert ok(client.get("/api/selections")) == []


def test_an_anonymous_reader_writes_nothing_and_sees_the_public_part(client: httpx.Client, anonymous: httpx.Client) -> None:
    ok(client.post("/api/branches", json={"name": "secret"}), 201)
    made = ok(client.post(f"{LIGHT}/pieces?nom=a.png&titre=Intérieur", content=PNG[:100]), 201)
    head = ok(client.get("/api/etat"))["head"]
    writes = [
        anonymous.post(f"{LIGHTS}/actifs", json=NEW),
        anonymous.put(f"{LIGHT}/position", json={"position": "771000,6281000", "origin": "measured", "expect": 1}),
        anonymous.post(f"{LIGHTS}/lot", json={"assets": ["PL-000"], "remove": True}),
        anonymous.post(f"{LIGHT}/pieces?nom=a.png&titre=x", content=PNG[:100]),
        anonymous.post(f"{LIGHT}/effacement", json={"attribute": "code", "reason": "pirate"}),
        anonymous.post(f"/api/pieces/{made['id']}/effacement", json={"reason": "pirate"}),
        anonymous.post("/api/branches", json={"name": "pirate"}),
        anonymous.post("/api/branches/secret/fusion", json={}),
        anonymous.post("/api/selections", json={"label": "x", "filter": {"layer": "luminaire"}}),
    ]
    assert {w.status_code for w in writes} <= {403, 404}
    assert ok(client.get("/api/etat"))["head"] == head
    assert [b["name"] for b in ok(anonymous.get("/api/branches"))] == ["principale"]  # type: ignore[index]
    assert ok(anonymous.get(f"{LIGHT}/pieces")) == []
    assert anonymous.get(f"/api/pieces/{made['id']}/contenu").status_code == 404
    assert anonymous.get("/api/branches/secret/conflits").status_code in (403, 404)
    assert "150" not in anonymous.get(f"{LIGHTS}/actifs/PL-001/historique").text


def test_a_commune_goes_out_and_comes_back(client: httpx.Client, anonymous: httpx.Client) -> None:
    file = client.get("/api/echanges/34001.xlsx?layer=luminaire")
    assert file.status_code == 200
    book = load_workbook(BytesIO(file.content))
    sheet = book["luminaire"]
    heads = {str(cell.value): cell.column for cell in sheet[1]}
    sheet.cell(2, heads["Puissance nominale de la lampe (W)"]).value = 33
    sent = BytesIO()
    book.save(sent)
    told = ok(client.post("/api/retours?nom=34001.xlsx", content=sent.getvalue()))
    assert told["counts"] == {"changed": 1, "added": 0, "removed": 0, "conflicts": 0}
    keys = [line["key"] for line in told["lines"]]
    form = {"choix": json.dumps({"keys": keys, "message": "terrain"})}
    done = client.post("/api/retours/choix", data=form, files={"fichier": ("34001.xlsx", sent.getvalue())})
    assert ok(done)["commit"] == ok(client.get("/api/etat"))["head"]
    assert ok(client.post("/api/retours?nom=34001.xlsx", content=sent.getvalue()))["total"] == 0
    assert client.post("/api/retours?nom=a.xlsx", content=b"PK\x03\x04").status_code == 422
    assert anonymous.post("/api/retours?nom=34001.xlsx", content=sent.getvalue()).status_code == 403
    form = {"choix": json.dumps({"keys": ["x"]})}
    files = {"fichier": ("34001.xlsx", sent.getvalue())}
    assert anonymous.post("/api/retours/choix", data=form, files=files).status_code == 403
