"""Backup, restore, moves, exports and sensor values, as their user types them, on a folder and on a server."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import geopandas
import pandas
import pyarrow.parquet as pq
import pyogrio
import pytest
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import CorruptError, InputError, JumeauError, NotFoundError
from jumeau.store.port import Moment
from jumeau.twin import Twin, open_twin

ROOT = Path(__file__).resolve().parents[2]
LIGHTS = "luminaire"


def run(*words: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(params=["embedded", pytest.param("postgis", marks=pytest.mark.postgis)])
def places(request: pytest.FixtureRequest, lights: Path, tmp_path: Path) -> tuple[str, str]:
    """A filled twin of one kind, and a free place of the other."""
    folder = str(tmp_path / "jumeau")
    remote = request.getfixturevalue("postgis_server") if request.param == "postgis" else ""
    one, other = (f"{remote}#m{uuid4().hex[:8]}", folder) if remote else (folder, str(tmp_path / "ailleurs"))
    with open_twin(one, create=True) as twin:
        twin.import_file(lights, LIGHTS, reports=tmp_path / "rejets")
        row = twin.view.read(LIGHTS, columns=["code"]).to_pylist()[0]
        twin.view.create_branch("led")
        twin.edit(LIGHTS, row["id"], {"lamp_power_w": 33}, message="LED", branch="led")
        twin.edit(LIGHTS, row["id"], {"lamp_power_w": 71}, message="relevé")
        twin.view.put_file(b"photo", name="photo.jpg")
    return one, other


def said(place: str) -> list[object]:
    """All that matters of what a twin answers."""
    with open_twin(place) as twin:
        view = twin.view
        rows = [view.read(LIGHTS, provenance=True, moment=Moment(b.name)).to_pylist() for b in view.branches()]
        past = [view.read(LIGHTS, moment=Moment(as_of=c.instant)).to_pylist() for c in view.commits()]
        assert view.check() == []
        return [view.commits(), view.branches(), view.sources(), rows, past]


def test_a_backup_is_verified_restored_and_answers_the_same(places: tuple[str, str], tmp_path: Path) -> None:
    one, other = places
    copy = tmp_path / "copie"
    alone = [sys.executable, "-c", "from jumeau.cli import main; main()", "backup", str(copy), "--twin", one]
    assert "empreintes justes" in subprocess.run(alone, capture_output=True, text=True, check=True).stdout
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    assert "3 écritures" in run("restore", str(copy), other)
    assert said(other) == said(one)
    if not other.startswith("postgresql"):
        assert {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()} == before
    with pytest.raises(InputError, match="déjà un jumeau"):
        run("restore", str(copy), other)
    with pytest.raises(InputError, match="neuf"):
        run("backup", str(copy), "--twin", one)
    claim = next((copy / "claims").iterdir())
    claim.write_bytes(claim.read_bytes()[:-3])
    elsewhere = tmp_path / "troisieme"
    with pytest.raises(CorruptError, match=claim.name):
        run("restore", str(copy), str(elsewhere))
    assert not elsewhere.exists()
    with pytest.raises((NotFoundError, InputError)):
        run("restore", str(tmp_path / "rien"), str(elsewhere))


def test_a_twin_moves_with_its_history_and_comes_back(places: tuple[str, str], tmp_path: Path) -> None:
    one, other = places
    assert "identiques des deux côtés" in run("transfer", other, "--twin", one)
    assert said(other) == said(one)
    assert "2 branche" in run("transfer", str(tmp_path / "retour"), "--twin", other)
    assert said(str(tmp_path / "retour")) == said(one)
    run("edit", LIGHTS, next(iter(said_ids(one))), "code=apres", "-m", "suite", "--twin", str(tmp_path / "retour"))


def said_ids(place: str) -> list[str]:
    with open_twin(place) as twin:
        ids: list[str] = twin.view.read(LIGHTS, columns=[])["id"].to_pylist()
        return ids


def test_layers_are_exported_at_any_commit_and_branch(places: tuple[str, str], tmp_path: Path) -> None:
    place, _ = places
    with open_twin(place) as twin:
        expected = twin.view.read(LIGHTS, moment=Moment("led"))
        first = twin.view.commits()[0].instant
        rows = twin.view.count(LIGHTS)
    ask = ["--twin", place, "--layer", LIGHTS, "--out", str(tmp_path), "--branch", "led"]
    for kind, suffix in (("gpkg", "gpkg"), ("geoparquet", "parquet"), ("flatgeobuf", "fgb"), ("csv", "csv")):
        assert f"{LIGHTS}.{suffix}" in run("export", "--format", kind, *ask)
    power = sorted(x for x in expected["lamp_power_w"].to_pylist() if x is not None)
    frames = {
        "gpkg": geopandas.read_file(tmp_path / "luminaire.gpkg", layer=LIGHTS),
        "parquet": geopandas.read_parquet(tmp_path / "luminaire.parquet"),
        "fgb": geopandas.read_file(tmp_path / "luminaire.fgb"),
    }
    for frame in frames.values():
        assert len(frame) == rows
        assert frame.crs.to_epsg() == 2154
        assert sorted(frame["lamp_power_w"].dropna()) == power
        assert set(frame["lamp_power_w__origin"].dropna()) <= {"declared", "measured"}
    assert list(frames["parquet"]["id"]) == expected["id"].to_pylist()
    text = pandas.read_csv(tmp_path / "luminaire.csv", sep=";", encoding="utf-8-sig")
    assert sorted(text["lamp_power_w"].dropna()) == power
    assert text[["x", "y"]].notna().all().all()
    assert "layer_styles" in {row[0] for row in pyogrio.list_layers(tmp_path / "luminaire.gpkg")}
    about = json.loads(pq.read_metadata(tmp_path / "luminaire.parquet").metadata[b"jumeau"])
    assert (about["branch"], about["layer"]) == ("led", LIGHTS)
    ask = ["--twin", place, "--layer", LIGHTS, "--out", str(tmp_path / "avant"), "--as-of", first.isoformat()]
    run("export", "--format", "geoparquet", "--values-only", "--commune", "34172", *ask)
    past = geopandas.read_parquet(tmp_path / "avant" / "luminaire.parquet")
    assert set(past["commune"]) == {"34172"}
    assert not [name for name in past.columns if "__" in name]
    for wrong in (["--format", "shp"], ["--layer", "rien"]):
        with pytest.raises(JumeauError):
            run("export", "--twin", place, "--out", str(tmp_path), *wrong)


def test_the_export_passes_the_validator_of_geoparquet(twin: Twin, lights: Path, tmp_path: Path) -> None:
    """`geoparquet-validator` (geoparquet organisation) finds nothing to say, in all its classes."""
    from jumeau.twin.layer_exports import export_layers

    sys.path.insert(0, str(ROOT / "bench"))
    from peer import peer_python

    try:
        python = peer_python("geoparquet_validator")
    except subprocess.CalledProcessError:
        pytest.skip("geoparquet-validator is not installed and no registry answers")
    twin.import_file(lights, LIGHTS, reports=tmp_path / "rejets")
    *paths, sources = export_layers(twin, [LIGHTS, "commune"], "geoparquet", tmp_path)
    assert "eclairage" in sources.read_text(encoding="utf-8")
    for path in paths:
        done = subprocess.run(
            [python.parent / "geoparquet-validator", "check", path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_sensor_values_are_written_and_read(places: tuple[str, str], tmp_path: Path) -> None:
    at = ["--twin", places[0]]
    run("series", "declare", "compteur-1", "--unit", "kWh", "--title", "Mairie", *at)
    file = tmp_path / "mesures.csv"
    lines = ["series;instant;value;unit;quality", "compteur-1;2026-03-01T12:00:00Z;1,5;kWh;good"]
    lines += ["compteur-1;2026-03-01T11:00:00Z;900;Wh;", "compteur-1;2026-03-01T12:00:00Z;1,5;kWh;good"]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert "2 nouvelles, 1 déjà connues, 0 trop anciennes" in run("observe", str(file), *at)
    assert "1.5 kWh" in run("series", "list", *at)
    values = json.loads(run("series", "show", "compteur-1", "--json", *at))
    assert [v["value"] for v in values] == [0.9, 1.5]
    (day,) = json.loads(run("series", "show", "compteur-1", "--step", "day", "--since", "2026-03-01", "--json", *at))
    assert (day["count"], day["mean"], day["max"]) == (2, 1.2, 1.5)
    run("compact", *at)
    file.write_text("series;instant;value;unit\ncompteur-1;hier;1;kWh", encoding="utf-8")
    with pytest.raises(InputError, match="ligne 2"):
        run("observe", str(file), *at)
    file.write_text("series;value\n", encoding="utf-8")
    with pytest.raises(InputError, match="instant"):
        run("observe", str(file), *at)
    assert "compteur-1" in run("audit", *at)
    assert "import" in run("runs", *at)
