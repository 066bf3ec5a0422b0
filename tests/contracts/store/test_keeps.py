"""Files, results, runs, audit, erasure and backup: the same for every adapter."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tests.contracts.store.samples import REGISTER, Factory, forked, imported, powers, say

from jumeau.errors import InputError, NotFoundError
from jumeau.model.origin import Origin
from jumeau.store.port import ClaimTable, Moment


def test_files_results_and_names(store_factory: Factory, tmp_path: Path) -> None:
    store = store_factory()
    (tmp_path / "photo").write_bytes(b"abc")
    sha256 = store.put_file(tmp_path / "photo", name="photo.jpg")
    # NIST FIPS 180-2, appendix B.1: SHA-256 of "abc".
    assert sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert store.put_file(b"abc") == sha256
    assert store.get_file(sha256).read_bytes() == b"abc"
    with pytest.raises(NotFoundError):
        store.get_file("0" * 64)
    for part in ("34172", "34057", "../x"):
        store.put_result("diag", part, pa.table({"x": [part]}))
    assert store.results("diag") == ["../x", "34057", "34172"]
    assert store.get_result("diag", "../x")["x"].to_pylist() == ["../x"]
    store.drop_results("diag")
    assert store.results("diag") == []
    with pytest.raises(NotFoundError):
        store.get_result("diag", "34172")
    store.identify("luminaire", [("a", "PL", "12", 0.5), ("a", "PL", "12", 0.9), ("a", "RNB", "X", 1.0)])
    assert store.identifiers("a") == [("PL", "12", 0.9), ("RNB", "X", 1.0)]
    store.identify("armoire", [("b", "AR", "12", 1.0)])
    assert store.assets_named("12") == [("AR", "armoire", "b"), ("PL", "luminaire", "a")]
    assert store.assets_named("1") == store.assets_named("%") == []


def test_a_file_that_was_dropped_is_gone_and_can_come_back(store_factory: Factory) -> None:
    store = store_factory()
    kept, dropped = store.put_file(b"kept"), store.put_file(b"dropped")
    store.drop_file(dropped)
    store.drop_file(dropped)
    store.drop_file("0" * 64)
    with pytest.raises(NotFoundError):
        store.get_file(dropped)
    assert store.get_file(kept).read_bytes() == b"kept"
    assert store_factory().check() == []
    assert store.put_file(b"dropped") == dropped
    assert store.get_file(dropped).read_bytes() == b"dropped"


def test_runs_say_what_is_kept_of_them_and_since_when(store_factory: Factory) -> None:
    store = store_factory(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    for run, part in (("b", "1"), ("a", "1"), ("a", "2"), ("a", "2")):
        store.put_result(run, part, pa.table({"x": [1]}))
    assert [(r.name, r.parts) for r in store.runs()] == [("a", 2), ("b", 1)]
    assert all(r.started is not None and r.started.year == 2026 for r in store.runs())
    store.drop_results("a")
    assert [r.name for r in store.runs()] == ["b"]


def test_the_audit_only_grows(store_factory: Factory) -> None:
    store = store_factory()
    first = store.note("anne", "lire", "luminaire", "fait")
    second = store.note("bob", "écrire", "luminaire", "refusé")
    assert store.notes() == [first, second]
    assert store_factory().notes(after=first.id) == [second]
    assert second.instant > first.instant


def test_erasure_removes_the_value_from_all_history(store_factory: Factory, tmp_path: Path) -> None:
    store = store_factory()
    secret = "Madame Confidentielle 06 00 00 00 00"
    table = pa.table({"id": ["a", "b"], "owner": [secret, "commune:34172"]})
    change = ClaimTable(layer="luminaire", table=table, source=REGISTER, origins={"owner": Origin.DECLARED})
    first = store.commit([change], author="a", message="x")
    store.create_branch("autre", author="a")
    store.commit([say("a", "owner", secret + " bis"), say("a", "lamp_power_w", 10.0)], author="a", message="x")
    assert store.read("luminaire").num_rows == 2
    done = store.erase("luminaire", "a", "owner", author="dpo", reason="demande du 3 mai")
    assert (done.kind, done.author) == ("erase", "dpo")
    for moment in (Moment(), Moment("autre"), Moment(as_of=first.instant)):
        owners = {r["id"]: r["owner"] for r in store.read("luminaire", moment=moment).to_pylist()}
        assert owners == {"a": None, "b": "commune:34172"}
        assert store.claims("luminaire", "a", "owner", moment) == []
    store.close()
    for path in (p for p in tmp_path.rglob("*") if p.is_file()):
        assert secret.encode() not in path.read_bytes(), path
    again = store_factory()
    assert [f for f in again.check() if f.severity == "error"] == []
    with pytest.raises(NotFoundError):
        again.erase("luminaire", "a", "owner", author="dpo", reason="encore")


def test_what_was_erased_leaves_tombstones(store_factory: Factory) -> None:
    store = imported(store_factory)
    assert store.tombstones("luminaire", "a") == []
    one = store.erase("luminaire", "a", "lamp_power_w", author="dpo", reason="demande 12")
    two = store.erase("luminaire", "a", "geometry", author="dpo", reason="demande 13")
    found = store_factory().tombstones("luminaire", "a")
    assert [(t.attribute, t.author, t.reason, t.commit, t.instant) for t in found] == [
        ("lamp_power_w", "dpo", "demande 12", one.id, one.instant),
        ("geometry", "dpo", "demande 13", two.id, two.instant),
    ]
    assert store.tombstones("luminaire", "b") == store.tombstones("armoire", "a") == []


def test_a_backup_opens_and_answers_the_same(store_factory: Factory, tmp_path: Path) -> None:
    store = forked(store_factory)
    store.put_file(b"x")
    store.backup(tmp_path / "copy")
    store.commit([say("a", "lamp_power_w", 1.0)], author="a", message="après")
    copy = store_factory("copy")
    assert powers(copy) == {"a": 90.0, "b": 70.0, "c": None}
    assert powers(copy, Moment("led"))["b"] == 30.0
    assert copy.check() == []
    with pytest.raises(InputError, match="copy"):
        store.backup(tmp_path / "copy")
