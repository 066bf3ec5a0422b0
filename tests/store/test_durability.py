"""Nothing acknowledged is lost and nothing is half there: kills, damage, several processes."""

import os
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from kills import assert_all_there, killed_after, schedule
from writer import edit, table

from jumeau.errors import CorruptError, NotFoundError, StoreError
from jumeau.model.claim import MAIN
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.port import Moment

KILLS = 12


@pytest.mark.slow
def test_a_writer_killed_at_any_instant_loses_nothing_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "twin"
    told: list[list[str]] = []
    for start, delay in schedule(20_261_123, KILLS, longest=0.8, told=told):
        told += killed_after(str(folder), start, delay)
        store = EmbeddedStore(folder)
        assert [f.text for f in store.check(repair=True) if f.severity == "error"] == []
        assert store.check() == []
        known = {c.id for c in store.commits()}
        assert {int(line[1]) for line in told if line[0] == "commit"} <= known
        store.close()
    assert len(told) > KILLS
    store = EmbeddedStore(folder)
    assert_all_there(store, told)
    store.close()


def filled(folder: Path) -> EmbeddedStore:
    store = EmbeddedStore(folder, create=True)
    store.commit([table(1)], author="a", message="import")
    store.commit([edit(1, "code")], author="a", message="edit")
    store.read("luminaire")
    return store


def test_a_truncated_claim_file_is_named_by_check_and_by_reads(tmp_path: Path) -> None:
    store = filled(tmp_path / "twin")
    store.close()
    (path,) = (tmp_path / "twin" / "claims").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-200])
    for cached in (tmp_path / "twin" / "cache").iterdir():
        cached.unlink()
    store = EmbeddedStore(tmp_path / "twin")
    assert [f.severity for f in store.check(repair=True) if path.name in f.text] == ["error"]
    with pytest.raises(CorruptError, match=path.name):
        store.read("luminaire")
    path.unlink()
    assert any(path.name in f.text and not f.repaired for f in store.check(repair=True))


def test_one_flipped_bit_is_found(tmp_path: Path) -> None:
    store = filled(tmp_path / "twin")
    store.close()
    (path,) = (tmp_path / "twin" / "claims").glob("*.parquet")
    raw = bytearray(path.read_bytes())
    raw[300] ^= 4
    path.write_bytes(raw)
    store = EmbeddedStore(tmp_path / "twin")
    assert any(path.name in f.text and f.severity == "error" for f in store.check())


def test_a_damaged_cache_is_rebuilt_without_a_word(tmp_path: Path) -> None:
    store = filled(tmp_path / "twin")
    before = store.read("luminaire")
    store.close()
    (path,) = (tmp_path / "twin" / "cache").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:100])
    store = EmbeddedStore(tmp_path / "twin")
    assert [(f.severity, f.repaired) for f in store.check(repair=True)] == [("warning", True)]
    assert store.read("luminaire").equals(before)
    for path in (tmp_path / "twin" / "cache").glob("*.parquet"):
        path.write_bytes(b"nothing")
    assert EmbeddedStore(tmp_path / "twin").read("luminaire").equals(before)


def test_leftovers_of_an_interrupted_write_are_named_and_tidied(tmp_path: Path) -> None:
    store = filled(tmp_path / "twin")
    claims = tmp_path / "twin" / "claims"
    (claims / f"{'0' * 64}.parquet").write_bytes(b"never committed")
    (claims / ".draft-1").write_bytes(b"half")
    assert [(f.severity, f.repaired) for f in store.check()] == [("warning", False)] * 2
    assert [(f.severity, f.repaired) for f in store.check(repair=True)] == [("warning", True)] * 2
    assert store.check() == []


def test_a_damaged_state_page_and_a_damaged_kept_file_are_said(tmp_path: Path) -> None:
    store = filled(tmp_path / "twin")
    sha256 = store.put_file(b"original")
    path = store.get_file(sha256)
    store.close()
    path.chmod(0o644)
    path.write_bytes(b"origina!")
    store = EmbeddedStore(tmp_path / "twin")
    with pytest.raises(CorruptError, match=sha256):
        store.get_file(sha256)
    assert any(sha256 in f.text for f in store.check())
    store.close()
    state = tmp_path / "twin" / "state.sqlite"
    raw = bytearray(state.read_bytes())
    raw[4096 * 3 : 4096 * 40] = b"\x5a" * len(raw[4096 * 3 : 4096 * 40])
    state.write_bytes(raw)
    found: list[str] = []
    try:
        store = EmbeddedStore(tmp_path / "twin")
        found = [f.text for f in store.check() if f.severity == "error"]
    except CorruptError as error:
        found = [str(error)]
    assert any("state.sqlite" in text for text in found)


def test_a_damaged_result_is_forgotten_so_that_it_is_run_again(tmp_path: Path) -> None:
    store = filled(tmp_path / "twin")
    store.put_result("run", "34057", pa.table({"n": [1]}))
    (path,) = (tmp_path / "twin" / "results").rglob("*.parquet")
    path.write_bytes(b"short")
    with pytest.raises(CorruptError):
        store.get_result("run", "34057")
    assert any(f.repaired for f in store.check(repair=True))
    assert store.results("run") == []


def test_a_folder_that_holds_no_twin_and_one_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="jumeau init"):
        EmbeddedStore(tmp_path / "nothing")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError):
        EmbeddedStore(tmp_path / "file" / "twin", create=True)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "state.sqlite").write_text("this is not a database" * 100)
    with pytest.raises(CorruptError, match=r"state\.sqlite"):
        EmbeddedStore(tmp_path / "text")


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = filled(tmp_path / "twin")
    before = store.branches()

    def no_space(fd: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        with pytest.raises(StoreError, match="plein"):
            store.commit([edit(7, "code"), table(9)], author="a", message="x")
    assert store.branches() == before
    assert store.read("luminaire", ids=["e7"]).num_rows == 0
    assert store.check() == []


def test_a_full_database_is_said(tmp_path: Path) -> None:
    store = filled(tmp_path / "twin")
    pages = store._db.connection.execute("PRAGMA page_count").fetchone()[0]
    store._db.connection.execute(f"PRAGMA max_page_count = {pages}")
    before = len(store.commits())
    with pytest.raises(StoreError, match="plein"):
        store.commit([edit(i, "code") for i in range(3000)], author="a", message="x")
    assert len(store.commits()) == before


def write_some(folder: str, first: int) -> None:
    store = EmbeddedStore(Path(folder))
    for number in range(first, first + 15):
        store.commit([edit(number, "code")], author="w", message="x")
        if number % 5 == 0:
            store.commit([table(number)], author="w", message="x")
        store.read("luminaire", columns=["code"])
    store.close()


def test_several_processes_write_read_and_compact_at_once(tmp_path: Path) -> None:
    import multiprocessing

    folder = tmp_path / "twin"
    store = filled(folder)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_some, args=(str(folder), 100 * (i + 1))) for i in range(3)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        store.compact()
        assert store.read("luminaire").num_rows >= 51
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert store.count("luminaire") == 51 + 3 * 15
    instants = [c.instant for c in store.commits()]
    assert instants == sorted(set(instants))
    assert [f for f in store.check() if f.severity == "error"] == []


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = filled(tmp_path / "twin")
    seen: list[int] = []

    def work(first: int) -> None:
        for number in range(first, first + 10):
            store.commit([edit(number, "code")], author="w", message="x")
            seen.append(store.read("luminaire").num_rows)

    threads = [threading.Thread(target=work, args=(100 * (i + 1),)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 30
    assert store.count("luminaire") == 51 + 30


def test_an_erasure_cut_short_is_finished_when_the_twin_is_opened(tmp_path: Path) -> None:
    store = filled(tmp_path / "twin")
    (path,) = (tmp_path / "twin" / "claims").glob("*.parquet")
    kept = path.read_bytes()
    store.erase("luminaire", "w3", "lamp_power_w", author="dpo", reason="demande")
    store.close()
    path.write_bytes(kept)
    with sqlite3.connect(tmp_path / "twin" / "state.sqlite") as db:
        db.execute("INSERT INTO doomed VALUES (?)", (f"claims/{path.name}",))
    db.close()
    store = EmbeddedStore(tmp_path / "twin")
    assert not path.exists()
    assert store.read("luminaire", ids=["w3"])["lamp_power_w"].to_pylist() == [None]
    past = Moment(MAIN, as_of=datetime(2999, 1, 1, tzinfo=UTC))
    assert store.read("luminaire", ids=["w3"], moment=past)["lamp_power_w"].to_pylist() == [None]
