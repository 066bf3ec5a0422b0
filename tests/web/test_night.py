"""`/api/eclairage`: rules of the night and the light of a street."""

from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pytest
import shapely
from tests.sources.lamps import ldt
from tests.web.conftest import OPEN, X0, Y0, claimed

from jumeau.engines.protocol import Diagnosis, Groups
from jumeau.model.dictionary import parse_layer


def test_rules_by_commune_count_every_luminaire(client: httpx.Client) -> None:
    body = client.get("/api/eclairage/regles").json()
    assert body["luminaires"] == 100
    for row in body["communes"]:
        totals = {sum(states.values()) for states in row["counts"].values()}
        assert len(totals) == 1
    assert sum(sum(row["counts"]["ensemble"].values()) for row in body["communes"]) == 100
    assert {p["id"] for p in body["points"]} >= {"lumiere_ulr", "lumiere_densite"}
    assert body["needs"][0]["involved"] > 0
    code = body["communes"][0]["code"]
    listed = client.get(f"/api/eclairage/regles/{code}", params={"regle": "lumiere_donnees"}).json()
    assert listed[0]["rules"] == ["lumiere_donnees"]


def test_the_public_sees_no_rule_of_a_private_layer(anonymous: httpx.Client) -> None:
    assert anonymous.get("/api/eclairage/regles").status_code == 403


def test_every_luminaire_of_a_commune_comes_with_its_state_before_each_rule(client: httpx.Client) -> None:
    (first, *_) = client.get("/api/eclairage/communes").json()
    body = client.get(f"/api/eclairage/{first['code']}/points").json()
    rows = first["luminaires"]
    columns = ("ids", "codes", "lon", "lat", "power_w", "year")
    assert {len(body[name]) for name in columns} == {rows}
    assert {len(states) for states in body["states"].values()} == {rows}
    assert {p["id"] for p in body["points"]} | {"ensemble"} == set(body["states"])
    assert all(3 < x < 5 and 43 < y < 44 for x, y in zip(body["lon"], body["lat"], strict=True))
    kinds = body["technology"]
    assert [kinds["names"][k] for k in kinds["of"] if k >= 0] == ["shp"] * sum(k >= 0 for k in kinds["of"])
    counts = next(c for c in client.get("/api/eclairage/regles").json()["communes"] if c["code"] == first["code"])["counts"]
    for rule, states in body["states"].items():
        told = [states.count(digit) for digit in "1032"]
        assert told == [counts[rule][s] for s in ("conforme", "non_conforme", "inconnu", "hors_champ")]


def test_an_answer_is_kept_until_the_twin_changes(client: httpx.Client, store: Any) -> None:
    url = "/api/eclairage/34001/points"
    before = client.get(url).json()
    assert client.get(url).json() == before
    store.commit([claimed("luminaire", OPEN, id=["PL-000"], install_year=[1999])], author="essai", message="an", kind="edit")
    after = client.get(url).json()
    assert after["year"][after["ids"].index("PL-000")] == 1999
    assert before["year"][before["ids"].index("PL-000")] is None


def test_points_of_nowhere_and_of_a_reader_are_refused_in_words(client: httpx.Client, anonymous: httpx.Client) -> None:
    assert client.get("/api/eclairage/34003/points").status_code == 404
    assert anonymous.get("/api/eclairage/34001/points").status_code == 403


def test_a_luminaire_leads_to_its_street_and_what_is_supposed_is_said(client: httpx.Client, anonymous: httpx.Client) -> None:
    sheet = client.get("/api/eclairage/luminaires/PL-000/rue").json()
    assert {f["origin"] for f in sheet["facts"] if f["name"] == "height_m"} == {"default"}
    assert sheet["lantern"]["power_w"] == 70
    (lamp,) = [x for x in sheet["lamps"] if x["id"] == "PL-000"]
    assert 3 < lamp["at"][0] < 5
    assert client.get("/api/eclairage/34001/rues").json() == {"streets": [], "apart": 50}
    assert client.get("/api/eclairage/luminaires/rien/rue").status_code == 404
    assert anonymous.get("/api/eclairage/luminaires/PL-000/rue").status_code == 403
    given = {f["name"]: f["value"] for f in sheet["facts"] if f["name"] != "road_class"}
    lamps = [{k: sheet["lantern"][k] for k in ("beam", "power_w", "efficacy_lm_per_w")}]
    found = client.post("/api/eclairage/rue", json={"street": given, "lanterns": lamps}).json()["studies"][0]
    assert found["lantern"]["flux_lm"] == pytest.approx(70 * sheet["lantern"]["efficacy_lm_per_w"])


def test_guessed_light_is_told_apart_and_keeps_its_interval(client: httpx.Client, monkeypatch: Any, small_twin: Any) -> None:
    draws = np.full((2, 1, 256), 4000.0) * np.linspace(0.5, 1.5, 256)
    one = np.full((2, 1), 50)
    groups = Groups(("34001", "34002"), ("lighting_upward_flux_lm",), draws, np.zeros((2, 1, 5)), one, 0 * one)
    assets = pa.table({"id": ["PL-000"], "lighting_upward_flux_lm": pa.array([123.0], pa.float32())})
    monkeypatch.setattr(small_twin, "diagnosis", lambda *_: Diagnosis(assets, groups))
    rows = {row["code"]: row for row in client.get("/api/eclairage/ciel").json()}
    assert rows["34001"]["guess_lm"][0] == pytest.approx(4000)
    low, high = rows["34001"]["guess_lm"][1:]
    assert low == pytest.approx(2200, rel=0.01)
    assert high == pytest.approx(5800, rel=0.01)
    glow = rows["34001"]["guess_glow"]
    assert glow[1] / glow[0] == pytest.approx(low / 4000)
    assert rows["34001"]["known"] == 0
    points = client.get("/api/eclairage/34001/points").json()
    assert dict(zip(points["ids"], points["upward_lm"], strict=True))["PL-000"] == 123


def asked(**more: Any) -> dict[str, Any]:
    return {"street": {"width_m": 7, "spacing_m": 28, "height_m": 8, "arrangement": "bilateral"}, "road_class": "M4"} | more


def test_a_street_is_computed_before_and_after(client: httpx.Client, tmp_path: Any) -> None:
    options = client.get("/api/eclairage/rue").json()
    assert "M4" in options["classes"]
    text = ldt(tmp_path / "a.ldt", np.full((1, 37), 70.0), symmetry=1).read_text(encoding="latin-1")
    lamps = [{"file": {"name": "C:\\lampes\\a.ldt", "text": text}}, {"beam": "moyenne", "power_w": 30}]
    body = client.post("/api/eclairage/rue", json=asked(lanterns=lamps, q0=0.07)).json()
    before, after = body["studies"]
    assert before["lantern"]["origin"] == "measured"
    assert after["lantern"]["origin"] == "default"
    assert before["lantern"]["ulr"] == pytest.approx(0.5)
    assert {g["kind"] for g in after["grids"]} == {"illuminance", "luminance"}
    chosen = client.post("/api/eclairage/rue", json=asked(choose=True, grids=False)).json()["studies"][0]
    assert chosen["keeps"] == "conforme"
    assert "grids" not in chosen


@pytest.mark.parametrize(
    "body",
    [
        asked(street={"width_m": 7}),
        asked(road_class="Z9"),
        asked(lanterns=[{"file": {"name": "../../etc/passwd", "text": "x"}}]),
        asked(lanterns=[{"file": {"name": "../../a.ldt", "text": "x\ny"}}]),
        asked(surface={"name": "r.csv", "text": "1;2;3"}),
        asked(lanterns=[{"beam": "laser"}]),
    ],
)
def test_what_is_wrong_is_said_in_words(client: httpx.Client, body: dict[str, Any]) -> None:
    refused = client.post("/api/eclairage/rue", json=body)
    assert refused.status_code in (400, 422)
    assert refused.json()["message"].endswith(".")


def test_the_sky_of_each_commune_says_what_is_not_known(client: httpx.Client, anonymous: httpx.Client) -> None:
    rows = client.get("/api/eclairage/ciel").json()
    assert sum(row["luminaires"] for row in rows) == 100
    assert {row["upward_lm"] for row in rows} == {None}
    assert all(row["known"] == 0 and row["glow"] is None and row["dark"] is None for row in rows)
    assert all(row["guess_lm"] == [None] * 3 and row["guess_glow"] == [None] * 3 for row in rows)
    assert sum(row["alone"] for row in rows) == 100
    assert anonymous.get("/api/eclairage/ciel").status_code == 403


def test_the_sky_adds_known_light_and_counts_the_trame_noire(client: httpx.Client, store: Any) -> None:
    ids = [f"PL-{k:03d}" for k in range(50)]
    facts = claimed("luminaire", OPEN, id=ids, luminous_flux_lm=[4000.0] * 50, ulr=[0.1] * 50, lamp_technology=["shp"] * 50)
    rows = ["name,type,description", "_layer,,own", "geometry,polygon,Trame noire", "code,text,Nom"]
    store.declare_layer(parse_layer("trame_noire", rows))
    area = shapely.box(X0, Y0, X0 + 700, Y0 + 2000)
    dark = claimed("trame_noire", OPEN, id=["t1"], code=["bois"], geometry=[shapely.to_wkb(area)])
    store.commit([facts], author="essai", message="flux", kind="import")
    store.commit([dark], author="essai", message="trame", kind="import")
    found = {row["code"]: row for row in client.get("/api/eclairage/ciel").json()}
    assert sum(row["known"] for row in found.values()) == 50
    assert sum(row["upward_lm"] or 0 for row in found.values()) == pytest.approx(50 * 400)
    assert sum(row["dark"] for row in found.values()) == 20
    assert found["34001"]["blue"][1] == pytest.approx(0.09)
    assert all(row["glow"] > 0 for row in found.values())


def test_presence_is_the_model_of_the_engine(client: httpx.Client) -> None:
    from jumeau.engines.lighting.presence import ROADS, at_full

    found = client.get("/api/eclairage/optiques").json()
    assert found["catalogue"] == []
    assert [road["road"] for road in found["roads"]] == list(ROADS)
    for road in found["roads"]:
        likely = at_full(road["per_day"]["likely"], found["hold_s"]["likely"])
        assert [hour[1] for hour in road["hours"]] == pytest.approx(likely.tolist(), abs=6e-4)
        assert all(low <= mid <= high for low, mid, high in road["hours"])
        assert road["source"]
