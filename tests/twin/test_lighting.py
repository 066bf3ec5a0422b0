"""Cabinets, calendars, watches and oddities of a real twin, from Python, the command line and the interface."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.engines.lighting.calendars import Calendar, nightly, nights, window
from jumeau.engines.lighting.whatif import Choice, lower_class
from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import Observation
from jumeau.sharing.actors import ANONYMOUS
from jumeau.twin import Twin, open_twin
from jumeau.twin.lighting import cabinets, calendar, checks, watch
from jumeau.web.app import create_app

COMMUNE = "34172"
AT = nights(np.array([43.6]), np.array([3.9]), 2025, np.array([-3.3]))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cabinets of forty lamps of known power: one as declared, one whose switch-off is not made."""
    folder = tmp_path_factory.mktemp("eclairage")
    lights = ["num_pl;insee;x;y;lampe;puissance_totale;regime_fonct;coupure_debut;coupure_fin;num_armoire;classe"]
    for i in range(80):
        told = f"SHP 100W;115;coupure;23;5;A{1 + i // 40};{'P4' if i % 2 else 'M4'}"
        lights.append(f"P{i};{COMMUNE};{770_000 + 25 * i};6280000;{told}")
    (folder / "luminaires.csv").write_text("\n".join(lights), encoding="utf-8")
    boxes = ["num_armoire;insee;x;y;puissance_souscrite;option"]
    boxes += [f"A1;{COMMUNE};770500;6280010;18;CU", f"A2;{COMMUNE};771500;6280010;6;LU"]
    (folder / "armoires.csv").write_text("\n".join(boxes), encoding="utf-8")
    bills = ["num_armoire;insee;debut;fin;conso_kwh;type_index"]
    hours = {"A1": nightly(window(23, 5), AT)[0], "A2": nightly(Calendar(), AT)[0]}
    edges = [(dt.date(2025, m, 1), dt.date(2025, m + 2, 1) - dt.timedelta(1)) for m in (1, 3, 5, 7, 9)]
    edges += [(dt.date(2025, 11, 1), dt.date(2025, 12, 31))]
    for code, per_night in hours.items():
        for a, b in edges:
            n = slice(a.timetuple().tm_yday - 1, b.timetuple().tm_yday)
            bills.append(f"{code};{COMMUNE};{a};{b};{4.6 * per_night[n].sum():.1f};réel")
    bills.append(f"A1;{COMMUNE};2025-01-01;2025-02-28;9999;estimé")
    (folder / "factures.csv").write_text("\n".join(bills), encoding="utf-8")
    with open_twin(folder / "jumeau", create=True) as twin:
        twin.load_communes("34")
        for name, layer in (("luminaires", "luminaire"), ("armoires", "armoire"), ("factures", "facture_eclairage")):
            twin.import_file(folder / f"{name}.csv", layer)
        start = dt.datetime(2025, 10, 1, tzinfo=dt.UTC)
        for k in range(24 * 30):
            at = start + dt.timedelta(hours=k)
            dark = at.hour >= 18 or at.hour < 5
            power = 4600.0 * dark * (0.85 if k > 24 * 25 else 1.0)
            twin.view.observe([Observation(series="a2", instant=at, value=power, unit="W", quality="good")])
    return folder / "jumeau"


@pytest.fixture
def twin(place: Path):
    with open_twin(place) as opened:
        yield opened


def test_the_sheet_of_each_cabinet_names_the_story(twin: Twin) -> None:
    found = cabinets(twin.view, twin.context(), COMMUNE)
    one, two = found.sheets
    assert (one.luminaires, two.luminaires) == (40, 40)
    assert one.power_w == (4600.0, 4600.0, 4600.0)
    assert one.story == "conforme"
    assert two.story == "coupure_absente"
    assert two.stories["coupure_absente"] > 0.95
    assert two.waste_kwh[0] == pytest.approx(4.6 * 2190, rel=0.05)
    assert len(one.periods) == 6
    assert sum(p.billed_kwh for p in one.periods) == pytest.approx(sum(p.modelled_kwh for p in one.periods), rel=0.03)
    assert any("déjà facturés" in note for note in found.notes)
    assert one.advised_kva == 6
    assert one.saving_eur[1] > 0
    assert two.advised_option == "longue_utilisation"
    assert two.saving_eur == (0.0, 0.0, 0.0)


def test_a_calendar_says_energy_money_hours_class_and_law(twin: Twin) -> None:
    dimmed = calendar(twin.view, twin.context(), COMMUNE, Choice(off_from_h=22, off_to_h=6, ratio=0.5, road_classes=("M4",)))
    assert (dimmed.luminaires, dimmed.selected) == (80, 40)
    assert [h.road_class for h in dimmed.held] == ["M4"]
    assert dimmed.held[0].inside == lower_class("M4", 0.5**1.35) == ""
    assert [(x.power_ratio, x.luminaires, x.lowered) for x in dimmed.levels] == [(1.0, 40, "M5"), (0.5, 40, "M5")]
    assert dimmed.levels[1].flux_ratio == pytest.approx(0.39, abs=0.01)
    whole = calendar(twin.view, twin.context(), COMMUNE, Choice(off_from_h=12, off_to_h=12))
    assert whole.effect["lighting_annual_energy_kwh"][0] > 0
    longer = calendar(twin.view, twin.context(), COMMUNE, Choice(off_from_h=22, off_to_h=6))
    value, low, high = longer.effect["lighting_annual_energy_kwh"]
    assert low <= value <= high < 0
    assert longer.effect["lighting_annual_cost_eur"][2] < 0
    assert sum(a for a, _ in longer.months_h) == pytest.approx(4100, rel=0.03)
    assert sum(b for _, b in longer.months_h) < 1500
    with pytest.raises(InputError, match="sens"):
        calendar(twin.view, twin.context(), COMMUNE, Choice(off_from_h=22, off_to_h=30))
    with pytest.raises(NotFoundError, match="luminaire"):
        calendar(twin.view, twin.context(), "34057", Choice(off_from_h=22, off_to_h=6))


def test_a_class_dimmed_is_never_a_better_one() -> None:
    assert lower_class("M3", 1.0) == "M3"
    assert lower_class("P2", 0.5) == "P4"
    assert lower_class("M6", 0.5) == ""
    assert lower_class("M3", 0.0) == ""
    assert lower_class("Z9", 0.5) == ""


def test_a_series_is_watched(twin: Twin) -> None:
    found = watch(twin.view, twin.context(), COMMUNE, {"a2": "A2"}, dt.datetime(2025, 10, 31, tzinfo=dt.UTC))
    assert found[0].measures == 720
    assert {"trop"} & {a.kind for a in found[0].alerts} or {"lampe_eteinte"} & {a.kind for a in found[0].alerts}
    with pytest.raises(NotFoundError, match="A1, A2"):
        watch(twin.view, twin.context(), COMMUNE, {"a2": "A9"}, twin.instant())


def test_the_command_line_and_the_interface_say_the_same(place: Path, twin: Twin) -> None:
    run = CliRunner()
    shown = run.invoke(app, ["lighting", "cabinets", COMMUNE, "-t", str(place)])
    assert shown.exit_code == 0, shown.output
    assert "la coupure déclarée" in shown.output
    tried = run.invoke(app, ["lighting", "calendar", COMMUNE, "--from", "22", "--to", "6", "-t", str(place), "--json"])
    said = json.loads(tried.output)
    client = TestClient(create_app(twin), base_url="http://127.0.0.1")
    answered = client.get(f"/api/eclairage/{COMMUNE}/calendrier", params={"de": 22, "a": 6}).json()
    assert answered["trial"]["effect"] == said["effect"]
    sheets = client.get(f"/api/eclairage/{COMMUNE}/armoires").json()
    assert [s["story"] for s in sheets["sheets"]] == ["conforme", "coupure_absente"]
    odd = client.get(f"/api/eclairage/{COMMUNE}/controle").json()["oddities"]
    assert [one["kind"] for one in odd] == [one.kind for one in checks(twin.view, COMMUNE)]
    assert client.get(f"/api/eclairage/{COMMUNE}/calendrier", params={"de": 99}).status_code == 422
    assert client.get("/api/eclairage/99999/armoires").status_code == 404
    watched = run.invoke(app, ["lighting", "watch", COMMUNE, "--series", "a2=A2", "--now", "2025-10-31", "-t", str(place)])
    assert watched.exit_code == 0, watched.output
    assert "720 mesures" in watched.output
    assert run.invoke(app, ["lighting", "check", COMMUNE, "-t", str(place)]).exit_code == 0


def test_the_draft_plan_is_an_accessible_pdf_and_a_word_file(place: Path, tmp_path: Path) -> None:
    import docx
    from pypdf import PdfReader

    done = CliRunner().invoke(app, ["lighting", "plan", COMMUNE, "-t", str(place), "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    pdf = PdfReader(tmp_path / f"sdal-{COMMUNE}.pdf")
    assert "/StructTreeRoot" in pdf.trailer["/Root"]
    assert pdf.trailer["/Root"]["/Lang"].startswith("fr")
    printed = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    for said in (
        "Montpellier",
        "sodium haute pression",
        "la coupure déclarée",
        "Sources et méthode",
        "Abaisser à 50 %",
        "Projet à débattre",
    ):
        assert said in printed.replace("\u202f", " ").replace("\xa0", " ")
    page = (tmp_path / f"sdal-{COMMUNE}.html").read_text(encoding="utf-8")
    assert 'lang="fr"' in page
    assert page.count("<svg") >= 1
    written = docx.Document(tmp_path / f"sdal-{COMMUNE}.docx")
    assert any("reste à faire" in p.text for p in written.paragraphs)
    assert CliRunner().invoke(app, ["lighting", "plan", "34057", "-t", str(place), "--out", str(tmp_path)]).exit_code != 0


def test_the_draft_plan_is_given_by_the_page(twin: Twin) -> None:
    client = TestClient(create_app(twin), base_url="http://127.0.0.1")
    got = client.get(f"/api/eclairage/{COMMUNE}/schema-directeur.pdf")
    assert got.status_code == 200
    assert got.content.startswith(b"%PDF")
    assert got.headers["content-disposition"].endswith(f'"sdal-{COMMUNE}.pdf"')
    assert client.get(f"/api/eclairage/{COMMUNE}/schema-directeur.exe").status_code == 422
    assert client.get("/api/eclairage/34057/schema-directeur.pdf").status_code == 404


def values(series: str, start: dt.datetime, hours: int, watts: float) -> list[dict]:
    at = (start + dt.timedelta(hours=h) for h in range(hours))
    return [{"series": series, "instant": x.isoformat(), "value": watts, "unit": "W"} for x in at]


def test_series_are_posted_and_their_alerts_read_over_http(twin: Twin) -> None:
    client = TestClient(create_app(twin), base_url="http://127.0.0.1")
    start = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)
    body = {"series": {"posted": "A1"}, "values": values("posted", start, 24 * 12, 5_000.0),
            "until": "2025-09-13T00:00:00+00:00"}  # fmt: skip
    posted = client.post(f"/api/eclairage/{COMMUNE}/veille", json=body)
    assert posted.status_code == 200, posted.text
    said = posted.json()
    assert said["reception"]["added"] == 24 * 12
    assert "allumage_jour" in {a["kind"] for a in said["watched"][0]["alerts"]}
    asked = {"serie": "posted=A1", "jusque": "2025-09-13T00:00:00+00:00"}
    again = client.get(f"/api/eclairage/{COMMUNE}/veille", params=asked).json()
    assert again["watched"] == said["watched"]
    dark = body | {"series": {"dark": "A1"}, "values": values("dark", start, 24 * 12, 0.0)}
    rang = client.post(f"/api/eclairage/{COMMUNE}/veille", json=dark).json()["watched"][0]["alerts"]
    assert "armoire_eteinte" in {a["kind"] for a in rang}
    wrong = body | {"series": {"posted": "A9"}}
    assert client.post(f"/api/eclairage/{COMMUNE}/veille", json=wrong).status_code == 404
    assert client.post(f"/api/eclairage/{COMMUNE}/veille", json=body | {"series": {"autre": "A1"}}).status_code == 422
    assert client.post(f"/api/eclairage/{COMMUNE}/veille", json={"series": {}}).status_code == 422


def test_actions_and_age_say_the_same_by_command_and_by_http(place: Path, twin: Twin) -> None:
    run, client = CliRunner(), TestClient(create_app(twin), base_url="http://127.0.0.1")
    listed = run.invoke(app, ["lighting", "actions", COMMUNE, "-t", str(place), "--json"])
    said = {w["action"]["id"]: w for w in json.loads(listed.output)}
    got = client.get(f"/api/eclairage/{COMMUNE}/actions").json()["works"]
    assert {w["action"]["id"] for w in got} == set(said)
    relamp = next(w for w in got if w["action"]["kind"] == "relamp_led")
    assert relamp["action"]["verdict"] in ("holds", "fails", "unknown")
    assert relamp["action"]["verdict_why"]
    shown = run.invoke(app, ["lighting", "actions", COMMUNE, "--kind", "relamp_led", "-t", str(place)])
    assert "classe" in shown.output
    age = client.get(f"/api/eclairage/{COMMUNE}/age").json()
    assert sum(t["luminaires"] for t in age["technologies"]) == age["luminaires"] == 80
    told = run.invoke(app, ["lighting", "ageing", COMMUNE, "-t", str(place)])
    assert told.exit_code == 0, told.output
    assert "80 luminaires" in told.output


def test_makers_files_enter_the_catalogue_and_leave_it(place: Path, twin: Twin, tmp_path: Path) -> None:
    import numpy as np
    from tests.sources.lamps import ldt

    run, client = CliRunner(), TestClient(create_app(twin), base_url="http://127.0.0.1")
    good, bad = tmp_path / "bon.ldt", tmp_path / "casse.ldt"
    ldt(good, np.full((1, 37), 1000 / (4 * np.pi)), symmetry=1)
    bad.write_text("rien", encoding="latin-1")
    done = run.invoke(app, ["lighting", "catalogue", "add", str(bad), str(good), "-t", str(place)])
    assert done.exit_code == 2
    assert "casse.ldt" in done.output
    assert "Gardé" in done.output
    entries = client.get("/api/eclairage/catalogue").json()["entries"]
    assert [e["filename"] for e in entries] == ["bon.ldt"]
    text = {"file": {"name": "autre.ldt", "text": good.read_text(encoding="latin-1")}, "name": "Autre", "power_w": 33}
    assert client.post("/api/eclairage/catalogue", json=text).status_code == 200
    assert "Autre" in run.invoke(app, ["lighting", "catalogue", "list", "-t", str(place)]).output
    for entry in client.get("/api/eclairage/catalogue").json()["entries"]:
        assert client.delete(f"/api/eclairage/catalogue/{entry['code']}").status_code == 200
    assert client.get("/api/eclairage/catalogue").json()["entries"] == []
    assert client.delete("/api/eclairage/catalogue/rien").status_code == 404


def test_a_stranger_posts_no_series(place: Path) -> None:
    start = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)
    body = {"series": {"pirate": "A1"}, "values": values("pirate", start, 24, 5_000.0)}
    with open_twin(place, actor=ANONYMOUS) as opened:
        refused = TestClient(create_app(opened), base_url="http://127.0.0.1").post(
            f"/api/eclairage/{COMMUNE}/veille", json=body
        )
    assert refused.status_code in (403, 404), refused.text
    with open_twin(place) as opened:
        assert opened.view.observations("pirate").num_rows == 0
