"""What one looks at: the programme of a past day, again, byte for byte; a branch; a past that cannot be written."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import InputError
from jumeau.sharing.moments import moment_of
from jumeau.store.port import ClaimTable, Moment
from jumeau.twin import Twin, open_twin, territory
from jumeau.web.app import create_app

OWN = Path(__file__).resolve().parents[2] / "examples" / "voirie"
BUDGET = ["--budget", "commune:34172=3000", "--years", "4"]


@pytest.fixture(params=["embedded", pytest.param("postgis", marks=pytest.mark.postgis)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a twin will be."""
    if request.param == "embedded":
        return str(tmp_path / "jumeau")
    return f"{request.getfixturevalue('postgis_server')}#p{uuid4().hex[:8]}"


@pytest.fixture
def filled(place: str, lights: Path, tmp_path: Path) -> Iterator[Twin]:
    """Three communes and their lights."""
    with open_twin(place, create=True) as twin:
        few_communes(twin)
        twin.import_file(lights, "luminaire", reports=tmp_path / "rejets")
        yield twin


def few_communes(twin: Twin) -> None:
    """Three communes, so that a programme takes a second."""
    ids = pa.array(territory.commune_ids(["34172", "34057", "34129"]), pa.string())
    facts = territory._facts("34")
    shapes, source, origins = territory._drawn("34") or (None, None, None)
    assert shapes is not None
    assert source is not None
    facts, shapes = (x.filter(pc.is_in(x["id"], value_set=ids)) for x in (facts, shapes))
    changes = [
        ClaimTable(layer="commune", table=facts, source=territory._registry(), origins=territory.declared(facts)),
        ClaimTable(layer="commune", table=shapes, source=source, origins=origins),
    ]
    twin.view.commit(changes, message="communes", kind="import")


def run(place: str, *words: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, [*words, "--twin", place], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def later(twin: Twin) -> None:
    """A month of work: powers corrected, lights gone, own actions."""
    rows = twin.view.read("luminaire", columns=["lamp_power_w"]).to_pylist()
    for row in rows[:12]:
        twin.edit("luminaire", row["id"], {"lamp_power_w": 250}, message="relevé")
    twin.add_layer(OWN / "voirie.csv")
    twin.add_actions(OWN / "actions.csv", OWN / "besoins.csv")


def test_the_programme_of_a_past_day_is_one_command_and_the_same_bytes(filled: Twin, place: str, tmp_path: Path) -> None:
    for field in filled.fields:
        filled.diagnose(field)
    then = run(place, "plan", *BUDGET, "--json")
    run(place, "report", "--out", str(tmp_path / "alors"))
    run(place, "export", "--out", str(tmp_path / "alors"))
    day = filled.instant()
    later(filled)
    for field in filled.fields:
        filled.diagnose(field)
    assert run(place, "plan", *BUDGET, "--json") != then
    seen = ["--as-of", day.isoformat()]
    assert run(place, "plan", *BUDGET, "--json", *seen) == then
    assert run(place, "plan", *BUDGET, "--json", *seen) == then
    run(place, "report", "--out", str(tmp_path / "revu"), *seen)
    run(place, "export", "--out", str(tmp_path / "revu"), *seen)
    one, other = files(tmp_path / "alors"), files(tmp_path / "revu")
    assert one.keys() == other.keys()
    assert {"rapport.pdf", "rapport.html", "fiches-communes.html", "jumeau.xlsx", "jumeau.gpkg"} < set(one)
    assert "34172-montpellier.pdf" in one
    assert [name for name in one if one[name] != other[name]] == []
    assert run(place, "plan", *BUDGET, "--json") != then


def test_every_read_of_the_page_goes_back_and_writes_nothing(filled: Twin) -> None:
    client = TestClient(create_app(filled), base_url="http://127.0.0.1")
    row = filled.view.read("luminaire", columns=["lamp_power_w"]).to_pylist()[1]
    address = f"/api/couches/luminaire/actifs/{row['id']}"
    day = filled.instant().isoformat()
    filled.diagnose("lighting")
    tile = client.get("/tuiles/luminaire/8/130/93.mvt")
    indicators = client.get("/api/indicateurs").json()
    before = filled.seen(Moment(as_of=filled.instant(), at=filled.instant()))
    before.diagnose("lighting")
    later(filled)
    filled.diagnose("lighting")
    past = {"as_of": day}
    state = client.get("/api/etat", params=past).json()
    assert (state["moment"]["past"], state["head"]) == (True, before.view.head())
    assert "edit" not in state["actor"]["rights"]
    assert client.get("/api/etat").json()["moment"]["past"] is False
    power = {v["attribute"]: v["value"] for v in client.get(address, params=past).json()["values"]}["lamp_power_w"]
    assert power == row["lamp_power_w"]
    assert client.get("/tuiles/luminaire/8/130/93.mvt", params=past).content == tile.content
    assert client.get("/api/indicateurs", params=past).json() == indicators
    assert client.get("/api/indicateurs").json() != indicators
    assert len(client.get("/api/commits", params=past).json()) == before.view.head()
    assert "voirie" in {c["name"] for c in client.get("/api/couches").json()}
    body = {"changes": {"lamp_power_w": 10}, "origin": "declared", "expect": before.view.head()}
    refused = client.patch(address, params=past, json=body)
    assert refused.status_code == 422
    assert "le passé ne se modifie pas" in refused.json()["message"]
    assert client.post("/api/commits/3/annulation", params=past).status_code == 422
    assert client.get("/api/etat", params={"as_of": "hier"}).status_code == 422
    assert client.get("/api/etat", params={"branch": "nulle"}).status_code == 404


def test_a_branch_is_looked_at_and_written_apart(filled: Twin, place: str) -> None:
    row = filled.view.read("luminaire", columns=["code"]).to_pylist()[0]
    filled.view.create_branch("led")
    run(place, "edit", "luminaire", row["id"], "lamp_power_w=33", "-m", "essai", "--branch", "led")
    assert "33.0" in run(place, "show", "luminaire", row["id"], "--branch", "led")
    assert "33.0" not in run(place, "show", "luminaire", row["id"])
    assert run(place, "plan", *BUDGET, "--json", "--branch", "led") != ""
    client = TestClient(create_app(filled), base_url="http://127.0.0.1")
    address = f"/api/couches/luminaire/actifs/{row['id']}"
    seen = client.get(address, params={"branch": "led"}).json()
    body = {"changes": {"lamp_power_w": 22}, "origin": "declared", "expect": seen["head"]}
    assert client.patch(address, params={"branch": "led"}, json=body).status_code == 200
    power = {v["attribute"]: v["value"] for v in client.get(address, params={"branch": "led"}).json()["values"]}
    assert power["lamp_power_w"] == 22
    assert client.get(address).json()["head"] == filled.view.head()


def test_a_day_is_its_end_in_paris_and_nonsense_is_refused() -> None:
    day = moment_of(as_of="2026-07-01")
    assert day.as_of is not None
    assert day.as_of.utcoffset() == timedelta(hours=2)
    assert day.as_of.isoformat() == "2026-07-01T23:59:59.999999+02:00"
    assert day.at == day.as_of
    assert moment_of(at="2026-03-01T12:00:00Z").as_of is None
    for wrong in ("hier", "2026-13-01", "2026-03-01T12:00:00", "0001-01-01"):
        with pytest.raises(InputError, match="instant"):
            moment_of(as_of=wrong)


def test_the_past_is_said_in_the_command_line(filled: Twin, place: str) -> None:
    done = CliRunner().invoke(app, ["log", "--twin", place, "--as-of", "2999-01-01"])
    assert "Regard sur le passé" in done.stderr
    with pytest.raises(InputError, match="passé"):
        filled.seen(moment_of(as_of="2999-01-01")).edit("luminaire", "x", {"code": "y"}, message="z")
