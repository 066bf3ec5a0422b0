"""A twin of each past format opens, answers what it answered, and goes on; one of a later format is refused plainly."""

import gzip
import json
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from jumeau.errors import StoreError
from jumeau.model.claim import Observation
from jumeau.model.dictionary import builtin_layers, parse_layer
from jumeau.store import formats
from jumeau.store.embedded import EmbeddedStore

FIXTURES = Path(__file__).parent / "formats"
sys.path.insert(0, str(FIXTURES))
from make import AT, BENCH, SCHEMA, answers, say  # noqa: E402

PAST = sorted(int(p.name.split(".")[0]) for p in FIXTURES.glob("*.json"))


def said(number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / f"{number}.json").read_text(encoding="utf-8"))
    return found


def goes_on(store: Any) -> None:
    """It can be written, checked, tidied and observed as any other."""
    assert store.check() == []
    commit = store.commit([say("lamp_power_w", 12.0, "a0")], author="anne", message="suite")
    assert store.read("luminaire", ids=["a0"])["lamp_power_w"].to_pylist() == [12.0]
    store.revert(commit.id, author="anne")
    latest = store.latest("p1")
    assert store.series()["p1"].unit == "kWh"
    assert store.receive([Observation(series="p1", instant=AT, value=2500.0, unit="Wh")]).converted == 1
    assert (latest.value, store.latest("p1").value) == (3.0, 2.5)
    store.note("anne", "read", "essai", "done")
    assert [r.name for r in store.runs()] == ["essai"]
    store.compact()
    assert store.check() == []


def test_every_format_has_its_fixture() -> None:
    assert list(range(1, formats.FORMAT + 1)) == PAST


@pytest.mark.parametrize("number", PAST)
def test_a_folder_of_a_past_format(number: int, tmp_path: Path) -> None:
    with tarfile.open(FIXTURES / f"{number}.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    store = EmbeddedStore(tmp_path / "jumeau")
    assert answers(store) == said(number)
    goes_on(store)
    store.close()
    again = EmbeddedStore(tmp_path / "jumeau")
    assert again._db.connection.execute("PRAGMA user_version").fetchone() == (formats.FORMAT,)
    again.close()


@pytest.mark.postgis
@pytest.mark.parametrize("number", PAST)
def test_a_server_of_a_past_format(number: int, postgis_server: str) -> None:
    from jumeau.store.postgis import PostgisStore

    text = gzip.decompress((FIXTURES / f"{number}.sql.gz").read_bytes())
    drop = f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; DROP SCHEMA IF EXISTS {SCHEMA}_couches CASCADE;\n"
    drop += "CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public;\n"
    psql = ["/usr/lib/postgresql/15/bin/psql", "-q", "-v", "ON_ERROR_STOP=1", postgis_server]
    subprocess.run(psql, input=drop.encode() + text, check=True, capture_output=True)
    store = PostgisStore(f"{postgis_server}#{SCHEMA}")
    assert answers(store) == said(number)
    goes_on(store)
    store.close()


def test_a_step_that_fails_leaves_the_twin_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(FIXTURES / "1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    monkeypatch.setitem(formats.STEPS, 2, (formats.STEPS[2][0], "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(sqlite3.OperationalError):
        EmbeddedStore(tmp_path / "jumeau")
    db = sqlite3.connect(tmp_path / "jumeau" / "state.sqlite")
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'series'").fetchone() == (0,)
    db.close()
    monkeypatch.undo()
    store = EmbeddedStore(tmp_path / "jumeau")
    assert answers(store) == said(1)
    store.close()


def test_a_later_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    EmbeddedStore(tmp_path / "jumeau", create=True).close()
    state = tmp_path / "jumeau" / "state.sqlite"
    with sqlite3.connect(state) as db:
        db.execute(f"PRAGMA user_version = {formats.FORMAT + 1}")
    db.close()
    before = state.read_bytes()
    with pytest.raises(StoreError, match=r"plus récente.*Mettez jumeau à jour"):
        EmbeddedStore(tmp_path / "jumeau")
    assert state.read_bytes() == before


@pytest.mark.postgis
def test_a_later_format_on_a_server_is_refused(postgis_server: str) -> None:
    import psycopg

    from jumeau.store.postgis import PostgisStore

    PostgisStore(f"{postgis_server}#demain", create=True).close()
    with psycopg.connect(postgis_server, autocommit=True) as db:
        db.execute(f"UPDATE demain.meta SET value = {formats.FORMAT + 1} WHERE name = 'format'")
    with pytest.raises(StoreError, match="plus récente"):
        PostgisStore(f"{postgis_server}#demain")


def test_a_newer_dictionary_opens_an_older_twin(tmp_path: Path) -> None:
    with tarfile.open(FIXTURES / "1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    store = EmbeddedStore(tmp_path / "jumeau")
    assert store.read("banc").column_names == ["id", "pose"]
    store.declare_layer(parse_layer("banc", [*BENCH, "nom,text,,,,Nom,,,,,"]))
    assert store.read("banc").to_pylist()[0]["nom"] is None
    known = builtin_layers()["luminaire"]
    assert store.read("luminaire").column_names == ["id", *known.names, "geometry"]
    store.close()
