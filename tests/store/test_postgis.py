"""The PostGIS adapter: kills, damage, several writers, moves, and PostGIS itself as a second opinion."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pytest
import shapely
from kills import assert_all_there, context, killed_after, schedule, server_killed_after
from tests.conftest import Postgres
from writer import edit, table

from jumeau.errors import CorruptError, InputError, JumeauError, NotFoundError, StoreError
from jumeau.model.claim import EXISTS, MAIN, Claim
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.port import ClaimTable, Moment

psycopg = pytest.importorskip("psycopg")
pytestmark = pytest.mark.postgis


@pytest.fixture
def place(postgis_server: str) -> str:
    """Address of a twin that is not there yet."""
    return f"{postgis_server}#t{uuid4().hex[:12]}"


def opened(place: str, **options: Any) -> Any:
    from jumeau.store.postgis import PostgisStore

    return PostgisStore(place, create=True, **options)


def raw(place: str, query: str, values: Any = None) -> list[tuple[Any, ...]]:
    """Statements behind the adapter's back."""
    address, _, schema = place.partition("#")
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(f"SET search_path TO {schema}, public")
        cursor = db.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def filled(place: str) -> Any:
    store = opened(place)
    store.commit([table(1)], author="a", message="import")
    store.commit([edit(1, "code")], author="a", message="edit")
    store.read("luminaire")
    return store


@pytest.mark.slow
def test_a_client_killed_at_any_instant_loses_nothing_acknowledged(place: str) -> None:
    told: list[list[str]] = []
    for start, delay in schedule(20_261_123, kills=12, longest=0.5, told=told):
        told += killed_after(place, start, delay)
        store = opened(place)
        assert store.check() == []
        known = {c.id for c in store.commits()}
        assert {int(line[1]) for line in told if line[0] == "commit"} <= known
        assert sorted(known) == list(range(1, len(known) + 1))
        store.close()
    assert len(told) > 12
    store = opened(place)
    assert_all_there(store, told)
    store.close()


@pytest.mark.slow
def test_a_server_killed_at_any_instant_loses_nothing_acknowledged() -> None:
    server = Postgres(safe=True)
    place = f"{server.address}#tue"
    told: list[list[str]] = []
    try:
        for start, delay in schedule(20_261_125, kills=3, longest=0.6, told=told):
            told += server_killed_after(server, place, start, delay)
            store = opened(place)
            assert store.check() == []
            known = {c.id for c in store.commits()}
            assert {int(line[1]) for line in told if line[0] == "commit"} <= known
            store.close()
        store = opened(place)
        assert_all_there(store, told)
        store.close()
    finally:
        server.stop()
    assert len(told) > 3


def _commit_some(place: str, first: int) -> None:
    store = opened(place)
    for number in range(first, first + 10):
        store.commit([edit(number, "code")], author="w", message="x")
        if number % 5 == 0:
            store.commit([table(number)], author="w", message="x")
        store.read("luminaire", columns=["code"])
    store.close()


def test_several_processes_write_read_and_compact_at_once(place: str) -> None:
    store = filled(place)
    workers = [context().Process(target=_commit_some, args=(place, 100 * (i + 1))) for i in range(3)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        store.compact()
        assert store.read("luminaire").num_rows >= 51
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert store.count("luminaire") == 51 + 30
    instants = [c.instant for c in store.commits()]
    assert len(instants) == 2 + 36
    assert instants == sorted(set(instants))
    assert store.check() == []
    store.close()


# the same history on both adapters ------------------------------------------------------------------------------------
class Clock:
    """An hour more at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now


def value_of(rng: random.Random, attribute: str) -> Any:
    if attribute == "geometry":
        return bytes(shapely.to_wkb(shapely.Point(700_000 + rng.randrange(9) * 700, 6_600_000 + rng.random()), byte_order=1))
    if attribute == EXISTS:
        return rng.random() < 0.7
    choices = {"lamp_power_w": [35.0, 70.26, 1e-7, None], "code": ["é\x00", "b", None]}
    return rng.choice(choices[attribute])


def some_changes(rng: random.Random) -> list[Any]:
    attributes = ["lamp_power_w", "code", "geometry", EXISTS]
    if rng.random() < 0.4:
        rows = sorted(rng.sample(range(12), 5))
        columns = {
            "id": [f"a{i}" for i in rows],
            "lamp_power_w": pa.array([value_of(rng, "lamp_power_w") for _ in rows], pa.float64()),
            "geometry": pa.array([value_of(rng, "geometry") for _ in rows], pa.binary()),
        }
        origins = {"lamp_power_w": Origin.MEASURED, "geometry": Origin.DECLARED}
        source = Source(id=rng.choice(["s1", "s2"]), title="S")
        return [ClaimTable(layer="luminaire", table=pa.table(columns), source=source, origins=origins)]
    return [
        Claim(
            layer="luminaire", asset=f"a{rng.randrange(12)}", attribute=a, value=value_of(rng, a), source="saisie:x",
            origin=rng.choice([Origin.DECLARED, Origin.MEASURED]),
            valid_from=rng.choice([None, datetime(2025, 6, 1, tzinfo=UTC)]),
        )
        for a in rng.choices(attributes, k=3)
    ]  # fmt: skip


def step(store: Any, rng: random.Random, turn: int) -> Any:
    """One random operation; what it gives, or the name of its error."""
    branch = rng.choice([b.name for b in store.branches()])
    what = rng.random()
    try:
        if what < 0.45 or turn < 3:
            return store.commit(some_changes(rng), author="a", message=f"m{turn}", branch=branch)
        if what < 0.5:
            return store.create_branch(f"b{turn}", source=branch, author="a")
        if what < 0.72:
            choices = {(c.layer, c.asset, c.attribute): rng.choice(["ours", "theirs"]) for c in store.conflicts(branch, MAIN)}
            assets = rng.choice([None, [f"a{i}" for i in range(4)]])
            return store.merge(branch, author="a", message=f"m{turn}", choices=choices, assets=assets)
        if what < 0.85:
            return store.revert(rng.randrange(1, 2 + turn), author="a", branch=branch)
        if what < 0.9:
            return store.declare_source(Source(id="s1", title="S", rank=rng.randrange(3)))
        return store.erase("luminaire", f"a{rng.randrange(12)}", "lamp_power_w", author="dpo", reason="r")
    except JumeauError as error:
        return error.key


def stream(answer: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, answer.schema) as writer:
        writer.write_table(answer.combine_chunks())
    return bytes(sink.getvalue())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_history_gives_the_same_bytes_on_both_adapters(place: str, tmp_path: Path, seed: int) -> None:
    stores = [EmbeddedStore(tmp_path / "twin", create=True, clock=Clock()), opened(place, clock=Clock())]
    for turn in range(50):
        one, other = (step(store, random.Random(f"{seed}/{turn}"), turn) for store in stores)
        assert one == other
    assert stores[0].commits() == stores[1].commits()
    assert {c.kind for c in stores[0].commits()} == {"edit", "merge", "revert", "erase"}
    middle = stores[0].commits()[len(stores[0].commits()) // 2].instant
    at = datetime(2026, 5, 1, tzinfo=UTC)
    moments = [Moment(b.name, at=at) for b in stores[0].branches()]
    moments += [Moment(at=at, as_of=middle), Moment(at=datetime(2025, 1, 1, tzinfo=UTC))]
    for moment in moments:
        one, other = (store.read("luminaire", provenance=True, moment=moment) for store in stores)
        assert stream(one) == stream(other)
        assert one.num_rows > 0
        for asset in ("a1", "a5"):
            assert stores[0].claims("luminaire", asset, moment=moment) == stores[1].claims("luminaire", asset, moment=moment)
    assert stores[0].diff(moments[-2], moments[0]) == stores[1].diff(moments[-2], moments[0])
    for store, name in zip(stores, ("one", "other"), strict=True):
        store.backup(tmp_path / name)
        store.close()
    one, other = ({p.name for p in (tmp_path / name / "claims").glob("*")} for name in ("one", "other"))
    assert one == other


# PostGIS as a second implementation -----------------------------------------------------------------------------------
def test_a_bbox_keeps_what_st_intersects_keeps(place: str) -> None:
    rng = np.random.default_rng(7)
    centres = shapely.points(rng.uniform(0, 1000, (400, 2)))
    shapes = [
        s.buffer(r, quad_segs=1).difference(s.buffer(r / 2)) for s, r in zip(centres, rng.uniform(5, 80, 400), strict=True)
    ]
    wkb = list(shapely.to_wkb(shapes, byte_order=1))
    ids = [f"c{i:03}" for i in range(len(wkb))]
    rows = pa.table({"id": ids, "geometry": pa.array(wkb, pa.binary())})
    store = opened(place)
    change = ClaimTable(layer="commune", table=rows, source=Source(id="s", title="S"), origins={"geometry": Origin.DECLARED})
    store.commit([change], author="a", message="x")
    store.compact()
    query = f"""SELECT id FROM {urlsplit(place).fragment}_couches.commune
                WHERE ST_Intersects(geometry, ST_MakeEnvelope(%s, %s, %s, %s, 2154))"""
    for _ in range(20):
        x, y, w, h = (float(v) for v in (*rng.uniform(0, 1000, 2), *rng.uniform(0.1, 60, 2)))
        box = (x, y, x + w, y + h)
        expected = {r[0] for r in raw(place, query, box)}
        assert set(store.read("commune", bbox=box)["id"].to_pylist()) == expected
    store.close()


def test_compact_publishes_the_layers_as_postgis_tables(place: str) -> None:
    store = filled(place)
    store.commit([edit(2, "lamp_power_w")], author="a", message="x")
    quoted = 'a "b", ; \\N é'
    said = [
        Claim(layer="luminaire", asset="q", attribute=a, value=v, source="saisie:a", origin=Origin.DECLARED)
        for a, v in (("code", quoted), ("remote_managed", False))
    ]
    store.commit(said, author="a", message="x")
    store.compact()
    table = f"{urlsplit(place).fragment}_couches.luminaire"
    names = ["id", "code", "lamp_power_w", "remote_managed"]
    found = raw(place, f"SELECT {', '.join(names)}, ST_AsBinary(geometry), ST_SRID(geometry) FROM {table}")
    rows = store.read("luminaire").to_pylist()
    expected = {(*(r[n] for n in names), r["geometry"], 2154 if r["geometry"] else None) for r in rows}
    assert set(found) == expected
    assert len(found) == len(rows) == 53
    kinds = raw(place, f"SELECT indexdef FROM pg_indexes WHERE schemaname || '.' || tablename = '{table}'")
    assert any("gist" in kind for (kind,) in kinds)
    store.close()


# erasure, damage, errors ----------------------------------------------------------------------------------------------
def test_an_erased_value_is_no_longer_in_the_tables_of_the_server(place: str) -> None:
    secret = f"Monsieur Secret {uuid4().hex}"
    store = filled(place)
    claim = Claim(layer="luminaire", asset="a", attribute="owner", value=secret, source="saisie:a", origin=Origin.DECLARED)
    store.commit([claim], author="a", message="x")
    store.compact()
    base = Path(parse_qs(urlsplit(place).query)["host"][0]) / "data" / "base"
    raw(place, "CHECKPOINT")

    def found() -> bool:
        return any(secret.encode() in p.read_bytes() for p in base.rglob("*") if p.is_file())

    assert found()
    store.erase("luminaire", "a", "owner", author="dpo", reason="demande")
    assert not found()
    assert store.check() == []
    store.close()


def test_an_erased_file_is_no_longer_in_the_tables_of_the_server(place: str) -> None:
    secret = f"Monsieur Secret {uuid4().hex}".encode()
    store = filled(place)
    sha256, kept = store.put_file(b"%PDF-1.4 " + secret), store.put_file(b"autre")
    base = Path(parse_qs(urlsplit(place).query)["host"][0]) / "data" / "base"
    raw(place, "CHECKPOINT")

    def found() -> bool:
        return any(secret in p.read_bytes() for p in base.rglob("*") if p.is_file())

    assert found()
    store.drop_file(sha256)
    assert not found()
    assert store.get_file(kept).read_bytes() == b"autre"
    store.close()


def test_damaged_bytes_are_named_and_a_damaged_cache_is_rebuilt(place: str) -> None:
    store = filled(place)
    before = store.read("luminaire")
    store.put_file(b"original")
    store.put_result("run", "1", pa.table({"n": [1]}))
    store.close()
    raw(place, "UPDATE base_parts SET content = substr(content, 1, 50)")
    raw(place, "UPDATE results SET content = 'x'")
    store = opened(place)
    assert stream(store.read("luminaire")) == stream(before)
    assert [(f.severity, f.repaired) for f in store.check(repair=True)] == [("warning", True)]
    assert store.results("run") == []
    store.close()
    raw(place, "UPDATE claim_parts SET content = set_byte(content, 300, get_byte(content, 300) # 4)")
    raw(place, "UPDATE file_parts SET content = 'origina!'")
    raw(place, "DELETE FROM bases")
    store = opened(place)
    assert [f.severity for f in store.check(repair=True)] == ["error", "error"]
    with pytest.raises(CorruptError, match="claim_parts"):
        store.read("luminaire")
    store.close()


def test_a_place_that_cannot_be_used_is_said_without_its_password(place: str, postgis_server: str) -> None:
    from jumeau.store.postgis import PostgisStore

    with pytest.raises(NotFoundError, match="jumeau init"):
        PostgisStore(place)
    for wrong in ("mysql://u:s3cret@h/b", f"{postgis_server}#Été", f"{postgis_server}#pg_x"):
        with pytest.raises(InputError, match="postgresql://") as caught:
            PostgisStore(wrong)
        assert "s3cret" not in str(caught.value)
    with pytest.raises(StoreError, match="ne répond pas") as refused:
        PostgisStore("postgresql://u:s3cret@/b?host=/nowhere&password=s3cret")
    assert "s3cret" not in str(refused.value)


def test_a_server_that_drops_its_clients_is_found_again(place: str) -> None:
    store = filled(place)
    ours = "FROM pg_stat_activity WHERE application_name = 'jumeau'"
    raw(place, f"SELECT pg_terminate_backend(pid) {ours}")
    while raw(place, f"SELECT 1 {ours}"):
        pass
    store.commit([edit(3, "code")], author="a", message="x")
    assert store.read("luminaire", ids=["e3"])["code"].to_pylist() == ["v3"]
    store.close()


# moves ----------------------------------------------------------------------------------------------------------------
def test_a_folder_goes_to_a_server_and_comes_back_with_its_history(place: str, tmp_path: Path) -> None:
    from jumeau.store.postgis import restore

    clock = Clock()
    first = EmbeddedStore(tmp_path / "twin", create=True, clock=clock)
    for turn in range(12):
        step(first, random.Random(turn), turn)
    kept = first.put_file(b"photo", name="p.jpg")
    first.put_result("run", "x", pa.table({"n": [1]}))
    restore(tmp_path / "twin", place, clock=clock)
    second = opened(place, clock=clock)
    assert second.commits() == first.commits()
    assert second.get_file(kept).read_bytes() == b"photo"
    second.backup(tmp_path / "back")
    third = EmbeddedStore(tmp_path / "back", clock=clock)
    for commit in first.commits():
        moment = Moment(at=datetime(2026, 5, 1, tzinfo=UTC), as_of=commit.instant)
        answers = {stream(s.read("luminaire", provenance=True, moment=moment)) for s in (first, second, third)}
        assert len(answers) == 1
    assert third.check() == second.check() == []
    assert third.get_result("run", "x")["n"].to_pylist() == [1]
    with pytest.raises(InputError, match="déjà un jumeau"):
        restore(tmp_path / "twin", place)
    for store in (first, second, third):
        store.close()


def test_a_damaged_backup_is_refused_and_leaves_nothing(place: str, tmp_path: Path) -> None:
    from jumeau.store.postgis import restore

    store = filled(place)
    store.backup(tmp_path / "copy")
    store.close()
    (claims,) = (tmp_path / "copy" / "claims").glob("*.parquet")
    claims.write_bytes(claims.read_bytes()[:-9])
    elsewhere = f"{place}_2"
    with pytest.raises(CorruptError, match=claims.name):
        restore(tmp_path / "copy", elsewhere)
    assert opened(elsewhere).commits() == []
    state = tmp_path / "copy" / "state.sqlite"
    assert state.read_bytes()[18:20] == b"\x01\x01", "a backup is read, not opened"
    with pytest.raises(NotFoundError):
        restore(tmp_path / "rien", elsewhere)
