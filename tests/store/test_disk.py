"""Real disks that fill, that refuse, that lie: said plainly in French, mended where possible, nothing acknowledged lost.

A small tmpfs is mounted where the tests may (root in a container); elsewhere a limit on the size of files stands for it.
"""

import os
import resource
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import Postgres
from writer import edit, table

from jumeau.errors import StoreError
from jumeau.store.embedded import EmbeddedStore


def mounted(path: Path, size: str) -> bool:
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    return os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB; without the right to mount one, the test skips."""
    path = tmp_path / "disque"
    if not mounted(path, "3m"):
        pytest.skip("no right to mount a tmpfs")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def until_refused(store: Any) -> tuple[list[int], str]:
    """Writes until the disk refuses: what was acknowledged, and what was said."""
    done: list[int] = []
    for number in range(100_000):
        try:
            store.put_file(os.urandom(200_000))
            done.append(store.commit([table(number), edit(number, "code")], author="a", message="x").id)
        except StoreError as error:
            return done, str(error)
    raise AssertionError("the disk never refused")


def test_a_disk_that_fills_is_said_and_loses_nothing(disk: Path) -> None:
    ballast = disk / "ballast"
    ballast.write_bytes(b"x" * 1_000_000)
    store = EmbeddedStore(disk / "twin", create=True)
    done, said = until_refused(store)
    assert "plein" in said
    assert "Rien n'a été écrit" in said
    assert {c.id for c in store.commits()} == set(done)
    with pytest.raises(StoreError, match="plein"):
        store.backup(disk / "copie")
    assert not (disk / "copie").exists()
    store.close()
    ballast.unlink()
    store = EmbeddedStore(disk / "twin")
    assert [f for f in store.check(repair=True) if f.severity == "error"] == []
    assert store.check() == []
    assert {c.id for c in store.commits()} == set(done)
    store.commit([edit(1, "code")], author="a", message="suite")
    store.close()


def test_a_disk_that_is_read_only_is_said(disk: Path) -> None:
    store = EmbeddedStore(disk / "twin", create=True)
    store.commit([table(1)], author="a", message="x")
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(StoreError, match="pas accessible en écriture"):
        EmbeddedStore(disk / "autre", create=True)
    store = EmbeddedStore(disk / "twin")
    assert (store.read_only, store.read("luminaire").num_rows) == (True, 50)
    with pytest.raises(StoreError, match="pas accessible en écriture"):
        store.commit([table(2)], author="a", message="refusée")
    store.close()
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    store = EmbeddedStore(disk / "twin")
    assert store.check() == []
    assert store.read("luminaire").num_rows == 50
    store.close()


def test_a_file_that_may_not_grow_is_said(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "twin", create=True)
    store.commit([table(1)], author="a", message="x")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, before[1]))
    try:
        with pytest.raises(StoreError, match="Rien n'a été écrit"):
            store.commit([table(2)], author="a", message="x")
        with pytest.raises(StoreError):
            store.put_file(b"x" * 50_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(store.commits()) == 1
    store.commit([table(3)], author="a", message="x")
    assert [f for f in store.check(repair=True) if f.severity == "error"] == []
    assert store.check() == []
    store.close()


def test_an_index_that_lost_a_row_is_mended(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "twin", create=True)
    store.commit([edit(1, "code")], author="a", message="x")
    store.close()
    db = sqlite3.connect(tmp_path / "twin" / "state.sqlite", isolation_level=None)
    (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'edits_asset'").fetchone()
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_master SET type = 'gone', name = 'gone', sql = NULL WHERE name = 'edits_asset'")
    db.close()
    db = sqlite3.connect(tmp_path / "twin" / "state.sqlite", isolation_level=None)
    db.execute("PRAGMA writable_schema = ON")
    db.execute(
        "INSERT INTO edits SELECT 99, commit_id, 1, layer, 'e9', attribute, value, source, origin, NULL, NULL, 0 FROM edits"
    )
    db.execute("UPDATE sqlite_master SET type = 'index', name = 'edits_asset', sql = ? WHERE name = 'gone'", (sql,))
    db.close()
    store = EmbeddedStore(tmp_path / "twin")
    assert any("edits_asset" in f.text and not f.repaired for f in store.check())
    assert all(f.repaired for f in store.check(repair=True))
    assert store.check() == []
    assert store.read("luminaire", ids=["e9"]).num_rows == 1
    store.close()


@pytest.mark.parametrize("kind", ["embedded", pytest.param("postgis", marks=pytest.mark.postgis)])
def test_damaged_files_come_back_from_a_backup(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if kind == "embedded":
        place = tmp_path / "twin"
        opened: Any = lambda: EmbeddedStore(place, create=True)  # noqa: E731
    else:
        from jumeau.store.postgis import PostgisStore

        url = f"{request.getfixturevalue('postgis_server')}#d{uuid4().hex[:8]}"
        opened = lambda: PostgisStore(url, create=True)  # noqa: E731
    store = opened()
    store.commit([table(1)], author="a", message="x")
    sha256 = store.put_file(b"photo")
    expected = store.read("luminaire").to_pylist()
    store.backup(tmp_path / "copie")
    store.close()
    if kind == "embedded":
        (claim,) = (place / "claims").glob("*.parquet")
        claim.write_bytes(claim.read_bytes()[:-50])
        (place / "files" / sha256[:2] / sha256).unlink()
        for cached in (place / "cache").glob("*"):
            cached.unlink()
    else:
        import psycopg

        with psycopg.connect(url.partition("#")[0], autocommit=True) as db:
            db.execute(f"SET search_path TO {url.partition('#')[2]}")
            db.execute("UPDATE claim_parts SET content = substr(content, 1, 200)")
            db.execute("DELETE FROM file_parts")
            db.execute("DELETE FROM bases")
    store = opened()
    assert [f.repaired for f in store.check(repair=True)] == [False, False]
    assert [f.repaired for f in store.check(repair=True, backup=tmp_path / "copie")] == [True, True]
    assert store.check() == []
    assert store.read("luminaire").to_pylist() == expected
    assert store.get_file(sha256).read_bytes() == b"photo"
    store.close()


@pytest.mark.postgis
@pytest.mark.slow
def test_a_server_whose_disk_fills_says_so_and_loses_nothing() -> None:
    from jumeau.store.postgis import PostgisStore

    path = Path(tempfile.mkdtemp(prefix="jumeau-disque-"))  # an unprivileged server cannot enter the folders of the tests
    path.rmdir()
    if not mounted(path, "130m"):
        pytest.skip("no right to mount a tmpfs")
    path.chmod(0o777)
    server = Postgres(safe=True, within=path)
    try:
        place = f"{server.address}#plein"
        store: Any = PostgisStore(place, create=True)
        free = os.statvfs(path).f_bavail * os.statvfs(path).f_frsize
        (path / "ballast").write_bytes(b"x" * max(0, free - 22_000_000))
        done, said = until_refused(store)
        assert "n'a plus de place" in said or "ne répond pas" in said
        store.close()
        (path / "ballast").unlink()
        server.kill()
        server.start()
        store = PostgisStore(place)
        assert {c.id for c in store.commits()} >= set(done)
        assert [f for f in store.check(repair=True) if f.severity == "error"] == []
        store.commit([edit(1, "code")], author="a", message="suite")
        store.close()
    finally:
        server.stop()
        subprocess.run(["umount", "-l", str(path)], check=True)
        path.rmdir()
