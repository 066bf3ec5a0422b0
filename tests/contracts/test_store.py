"""The rules of the store port, the same for every adapter."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely

from jumeau.errors import ConflictError, InputError, NotFoundError
from jumeau.model.claim import EXISTS, MAIN, Claim, Observation
from jumeau.model.dictionary import parse_layer
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.model.query import And, Compare, Not, Or, Where
from jumeau.store.port import ClaimTable, Moment, Store

REGISTER = Source(id="registre", title="Registre communal", rank=0)
SURVEY = Source(id="releve", title="Relevé de terrain", rank=5)
Factory = Callable[..., Store]


def point(x: float, y: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.Point(x, y), byte_order=1))


def lamps(rows: list[tuple[str, float | None, bytes | None]], source: Source = REGISTER, **options: object) -> ClaimTable:
    """A bulk change on lamp powers [W]."""
    table = pa.table(
        {
            "id": [r[0] for r in rows],
            "lamp_power_w": pa.array([r[1] for r in rows], pa.float64()),
            "geometry": pa.array([r[2] for r in rows], pa.binary()),
        }
    )
    origins = {"lamp_power_w": Origin.DECLARED, "geometry": Origin.DECLARED}
    return ClaimTable(layer="luminaire", table=table, source=source, origins=origins, **options)  # type: ignore[arg-type]


def say(asset: str, attribute: str, value: object, source: str = "saisie:anne", **options: object) -> Claim:
    options = {"origin": Origin.DECLARED} | options
    return Claim(layer="luminaire", asset=asset, attribute=attribute, value=value, source=source, **options)  # type: ignore[arg-type]


def powers(store: Store, moment: Moment = Moment()) -> dict[str, float | None]:
    table = store.read("luminaire", columns=["lamp_power_w"], moment=moment)
    return dict(zip(table["id"].to_pylist(), table["lamp_power_w"].to_pylist(), strict=True))


A, B, C = point(770_000, 6_279_000), point(770_100, 6_279_000), point(771_000, 6_280_000)
START = [("a", 100.0, A), ("b", 70.0, B), ("c", None, C)]


def imported(factory: Factory, **options: object) -> Store:
    store = factory(**options)
    store.commit([lamps(START)], author="anne", message="import")
    return store


def test_what_was_written_is_read_and_unknown_stays_null(store_factory: Factory) -> None:
    store = imported(store_factory)
    assert powers(store) == {"a": 100.0, "b": 70.0, "c": None}
    assert store.count("luminaire") == 3
    assert store.read("luminaire").schema.names[0] == "id"
    assert store.read("luminaire").schema.names[-1] == "geometry"


def test_values_are_stored_at_the_decimals_of_the_dictionary(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.commit([say("a", "lamp_power_w", 70.26), lamps([("b", 35.249, None)])], author="anne", message="x")
    assert powers(store) == {"a": 70.3, "b": 35.2, "c": None}


def test_two_sources_in_conflict_on_one_value_both_stay(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.declare_source(SURVEY)
    store.commit([lamps([("a", 150.0, None)], SURVEY)], author="bob", message="relevé")
    store.commit([lamps([("a", 99.0, None)])], author="anne", message="registre")
    found = store.claims("luminaire", "a", "lamp_power_w")
    assert [(c.value, c.source) for c in found] == [(150.0, "releve"), (99.0, "registre"), (100.0, "registre")]
    row = store.read("luminaire", columns=["lamp_power_w"], ids=["a"], provenance=True).to_pylist()[0]
    assert (row["lamp_power_w"], row["lamp_power_w__origin"], row["lamp_power_w__source"]) == (150.0, "declared", "releve")


def test_a_read_on_a_branch_and_as_of_an_instant(store_factory: Factory) -> None:
    store = imported(store_factory)
    first = store.commits()[-1].instant
    store.create_branch("led", author="anne")
    store.commit([say("a", "lamp_power_w", 40.0)], author="anne", message="LED", branch="led")
    second = store.commit([say("b", "lamp_power_w", 60.0)], author="anne", message="correction").instant
    assert powers(store) == {"a": 100.0, "b": 60.0, "c": None}
    assert powers(store, Moment("led")) == {"a": 40.0, "b": 70.0, "c": None}
    assert powers(store, Moment(as_of=first)) == {"a": 100.0, "b": 70.0, "c": None}
    assert powers(store, Moment(as_of=second)) == powers(store)


def test_values_have_a_validity(store_factory: Factory) -> None:
    store = imported(store_factory)
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
    store.commit([say("a", "lamp_power_w", 50.0, valid_from=start, valid_to=end)], author="anne", message="x")
    assert powers(store, Moment(at=start))["a"] == 50.0
    assert powers(store, Moment(at=end))["a"] == 100.0
    assert powers(store, Moment(at=datetime(2019, 1, 1, tzinfo=UTC)))["a"] == 100.0


def test_what_the_dictionary_refuses_is_said_and_nothing_is_written(store_factory: Factory) -> None:
    store = imported(store_factory)
    for wrong in (say("a", "puissance", 3.0), say("a", "lamp_power_w", "cent"), say("a", "geometry", b"xx")):
        with pytest.raises(InputError, match="luminaire"):
            store.commit([say("b", "lamp_power_w", 1.0), wrong], author="anne", message="x")
    assert powers(store)["b"] == 70.0
    assert len(store.commits()) == 1


def test_a_removed_asset_is_gone_and_can_come_back(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.commit([say("a", EXISTS, False)], author="anne", message="déposé")
    assert sorted(powers(store)) == ["b", "c"]
    assert store.count("luminaire") == 2
    store.commit([say("a", EXISTS, True)], author="anne", message="erreur")
    assert powers(store)["a"] == 100.0


def test_bbox_is_exact_and_closed(store_factory: Factory) -> None:
    store = imported(store_factory)
    box = (770_000.0, 6_279_000.0, 770_100.0, 6_279_000.0)
    assert set(store.read("luminaire", bbox=box)["id"].to_pylist()) == {"a", "b"}
    box = (770_000.001, 6_278_000.0, 770_100.0, 6_279_500.0)
    assert store.read("luminaire", bbox=box)["id"].to_pylist() == ["b"]
    assert store.read("luminaire", where=Compare("lamp_power_w", ">", 80), bbox=(0, 0, 1e7, 1e7)).num_rows == 1


def test_a_writer_who_looked_at_an_older_head_is_told(store_factory: Factory) -> None:
    store = imported(store_factory)
    head = store.branches()[0].head
    store.commit([say("a", "lamp_power_w", 1.0)], author="anne", message="x", expect=head)
    with pytest.raises(ConflictError):
        store.commit([say("a", "lamp_power_w", 2.0)], author="bob", message="x", expect=head)


def test_unknown_names_are_said(store_factory: Factory) -> None:
    store = imported(store_factory)
    with pytest.raises(NotFoundError, match="lampadaire"):
        store.read("lampadaire")
    with pytest.raises(NotFoundError, match="puissance"):
        store.read("luminaire", columns=["puissance"])
    with pytest.raises(NotFoundError, match="avenir"):
        store.read("luminaire", moment=Moment("avenir"))


def test_rows_come_in_hilbert_order_then_by_id_on_the_whole_and_in_parts(store_factory: Factory) -> None:
    store = store_factory()
    places = [(770_000 + 500 * (i % 7), 6_279_000 + 400 * (i % 5)) for i in range(60)]
    store.commit([lamps([(f"n{i:02}", 1.0 * i + 1, point(*p)) for i, p in enumerate(places)])], author="a", message="x")
    store.commit([say("n05", "geometry", point(770_000, 6_279_000)), say("zz", "code", "sans")], author="a", message="x")
    table = store.read("luminaire")
    order = []
    for asset, wkb in zip(table["id"].to_pylist(), table["geometry"].to_pylist(), strict=True):
        shape = shapely.from_wkb(wkb) if wkb else None
        order.append((slow_hilbert(shape.x, shape.y) if shape else 2**63, asset))
    assert order == sorted(order)
    assert order[-1][1] == "zz"
    parts = list(store.batches("luminaire", rows=7))
    assert [p.num_rows for p in parts] == [7] * 8 + [5]
    assert pa.concat_tables(parts).equals(table)
    some = store.read("luminaire", where=Compare("lamp_power_w", "<", 30))["id"].to_pylist()
    assert some == [a for _, a in order if a in set(some)]


def slow_hilbert(x: float, y: float) -> int:
    """Hilbert index one level at a time, after the description of the curve in Wikipedia, "Hilbert curve" (2024)."""
    size = 2**28
    cell = [int((v + 2**24) / 2**25 * size) for v in (x, y)]
    step, index = size // 2, 0
    while step:
        right, top = int(cell[0] & step > 0), int(cell[1] & step > 0)
        index += step * step * ((3 * right) ^ top)
        if not top:
            if right:
                cell = [size - 1 - v for v in cell]
            cell.reverse()
        step //= 2
    return index


def test_a_bbox_on_polygons_means_intersection_not_overlap_of_boxes(store_factory: Factory) -> None:
    store = store_factory()
    triangle = shapely.to_wkb(shapely.Polygon([(0, 0), (100, 0), (0, 100)]), byte_order=1)
    table = pa.table({"id": ["t"], "nom": ["Triangle"], "geometry": pa.array([triangle], pa.binary())})
    origins = {"nom": Origin.DECLARED, "geometry": Origin.DECLARED}
    store.commit([ClaimTable(layer="commune", table=table, source=REGISTER, origins=origins)], author="a", message="x")
    assert store.read("commune", bbox=(60, 60, 100, 100)).num_rows == 0
    assert store.read("commune", bbox=(50, 50, 100, 100)).num_rows == 1
    assert store.read("commune", bbox=(100, 0, 200, 0)).num_rows == 1
    assert store.read("commune", bbox=(10, 10, 10, 10)).num_rows == 1


def test_instants_grow_even_if_the_clock_jumps_back(store_factory: Factory) -> None:
    now = [datetime(2026, 5, 1, tzinfo=UTC)]
    store = imported(store_factory, clock=lambda: now[0])
    now[0] = datetime(2025, 1, 1, tzinfo=UTC)
    store.commit([say("a", "lamp_power_w", 60.0)], author="a", message="x")
    first, second = store.commits()
    assert first.instant < second.instant
    assert powers(store, Moment(as_of=first.instant))["a"] == 100.0
    assert any(f.severity == "warning" for f in store.check())


def test_diff_lists_values_geometry_and_assets(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.create_branch("led", author="a")
    changes = [say("a", "lamp_power_w", 40.0), say("b", EXISTS, False), say("n", "geometry", A), say("c", "geometry", B)]
    store.commit(changes, author="a", message="x", branch="led")
    found = [(d.asset, d.attribute, d.before, d.after) for d in store.diff(Moment(), Moment("led"))]
    assert found == [
        ("a", "lamp_power_w", 100.0, 40.0),
        ("b", EXISTS, True, False),
        ("b", "geometry", B, None),
        ("b", "lamp_power_w", 70.0, None),
        ("c", "geometry", C, B),
        ("n", EXISTS, False, True),
        ("n", "geometry", None, A),
    ]
    assert store.diff(Moment("led"), Moment("led")) == []
    assert store.diff(Moment(), Moment("led"), "commune") == []


def forked(factory: Factory) -> Store:
    """Both branches edit `a`; the scenario alone edits `b`."""
    store = imported(factory)
    store.create_branch("led", author="a")
    scenario = [say("a", "lamp_power_w", 40.0, "saisie:bob"), say("b", "lamp_power_w", 30.0, "saisie:bob")]
    store.commit(scenario, author="bob", message="LED", branch="led")
    store.commit([say("a", "lamp_power_w", 90.0)], author="anne", message="correction")
    return store


def test_a_merge_without_conflict_is_a_union(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.create_branch("led", author="a")
    store.commit([say("b", "lamp_power_w", 30.0)], author="a", message="x", branch="led")
    store.commit([say("a", "lamp_power_w", 90.0)], author="a", message="x")
    assert store.conflicts("led", MAIN) == []
    done = store.merge("led", author="a", message="réuni")
    assert len(done.parents) == 2
    assert powers(store) == {"a": 90.0, "b": 30.0, "c": None}
    assert powers(store, Moment("led"))["a"] == 100.0
    assert store.merge("led", author="a", message="encore") == done


@pytest.mark.parametrize(("choice", "value"), [("ours", 90.0), ("theirs", 40.0)])
def test_a_conflict_names_both_sources_and_needs_a_choice(store_factory: Factory, choice: str, value: float) -> None:
    store = forked(store_factory)
    (conflict,) = store.conflicts("led", MAIN)
    assert (conflict.asset, conflict.attribute) == ("a", "lamp_power_w")
    assert (conflict.ours.value, conflict.ours.source) == (90.0, "saisie:anne")
    assert (conflict.theirs.value, conflict.theirs.source) == (40.0, "saisie:bob")
    before = store.branches()
    with pytest.raises(ConflictError, match="lamp_power_w"):
        store.merge("led", author="a", message="x")
    assert store.branches() == before
    store.merge("led", author="a", message="x", choices={("luminaire", "a", "lamp_power_w"): choice})
    assert powers(store) == {"a": value, "b": 30.0, "c": None}
    assert store.conflicts("led", MAIN) == []


def test_the_same_value_or_another_period_is_no_conflict(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.create_branch("led", author="a")
    old = {"valid_from": datetime(2000, 1, 1, tzinfo=UTC), "valid_to": datetime(2010, 1, 1, tzinfo=UTC)}
    new = {"valid_from": datetime(2010, 1, 1, tzinfo=UTC)}
    there = [say("a", "lamp_power_w", 1.0, **old), say("b", "lamp_power_w", 5.0, "saisie:bob")]
    store.commit(there, author="a", message="x", branch="led")
    store.commit([say("a", "lamp_power_w", 2.0, **new), say("b", "lamp_power_w", 5.0)], author="a", message="x")
    assert store.conflicts("led", MAIN) == []
    store.merge("led", author="a", message="x")
    assert powers(store, Moment(at=datetime(2005, 1, 1, tzinfo=UTC)))["a"] == 1.0
    assert powers(store)["a"] == 2.0


def test_a_merge_of_some_assets_brings_these_only_and_can_be_followed_by_the_rest(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.create_branch("led", author="a")
    bulk = lamps([("a", 41.0, None), ("b", 42.0, None), ("new", 43.0, A)], SURVEY)
    store.commit([bulk, say("c", "lamp_power_w", 44.0), say("a", "code", "A1")], author="a", message="x", branch="led")
    store.revert(store.commits()[0].id, author="a", branch="led")
    done = store.merge("led", author="a", message="commune 1", assets=["a", "new"])
    assert powers(store) == {"a": 41.0, "b": 70.0, "c": None, "new": 43.0}
    assert len(done.parents) == 1
    row = store.read("luminaire", ids=["a"], provenance=True).to_pylist()[0]
    assert (row["code"], row["lamp_power_w__source"], row["geometry"]) == ("A1", "releve", None)
    assert store.merge("led", author="a", message="encore", assets=["a", "new"]) == done
    store.commit([say("a", "lamp_power_w", 50.0)], author="a", message="posé autrement")
    assert store.conflicts("led", MAIN) == []
    store.merge("led", author="a", message="le reste")
    assert powers(store) == {"a": 50.0, "b": 42.0, "c": 44.0, "new": 43.0}


def test_choices_hold_when_some_assets_are_merged(store_factory: Factory) -> None:
    store = forked(store_factory)
    assert powers(store, Moment(MAIN))["a"] == 90.0
    with pytest.raises(ConflictError):
        store.merge("led", author="a", message="x", assets=["a"])
    store.merge("led", author="a", message="x", assets=["b"])
    assert powers(store) == {"a": 90.0, "b": 30.0, "c": None}
    store.merge("led", author="a", message="x", assets=["a"], choices={("luminaire", "a", "lamp_power_w"): "theirs"})
    assert powers(store) == {"a": 40.0, "b": 30.0, "c": None}


def test_revert_takes_back_a_commit_a_merge_and_a_revert(store_factory: Factory) -> None:
    store = forked(store_factory)
    last = store.branches()[0].head
    undone = store.revert(last, author="anne")
    assert powers(store)["a"] == 100.0
    with pytest.raises(InputError):
        store.revert(last, author="anne")
    store.revert(undone.id, author="anne")
    assert powers(store)["a"] == 90.0
    merged = store.merge("led", author="a", message="x", choices={("luminaire", "a", "lamp_power_w"): "theirs"})
    store.revert(merged.id, author="anne")
    assert powers(store) == {"a": 90.0, "b": 70.0, "c": None}
    with pytest.raises(NotFoundError):
        store.revert(999, author="anne")


def test_a_counter_claim_takes_back_what_its_source_said(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.commit([say("a", "lamp_power_w", 60.0)], author="anne", message="x")
    store.commit([say("a", "lamp_power_w", None, counter=True)], author="anne", message="annuler")
    assert powers(store)["a"] == 100.0
    store.commit([say("a", "lamp_power_w", None, "registre", counter=True)], author="anne", message="annuler")
    assert powers(store)["a"] is None
    store.commit([say("a", "lamp_power_w", 61.0)], author="anne", message="x")
    assert powers(store)["a"] == 61.0


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


def test_sources_keep_their_declared_rank_and_past_reads_their_past_rank(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.commit([lamps([("a", 1.0, None)], Source(id="autre", title="Autre"))], author="a", message="x")
    before = store.commits()[-1].instant
    assert powers(store)["a"] == 1.0
    store.declare_source(Source(id="registre", title="Registre", rank=3, public=True))
    assert powers(store)["a"] == 100.0
    assert powers(store, Moment(as_of=before))["a"] == 1.0
    assert store.sources()["registre"].public
    with pytest.raises(InputError, match="inconnu"):
        store.commit([say("a", "lamp_power_w", 1.0, "inconnu")], author="a", message="x")


def test_a_layer_of_the_user_s_own(store_factory: Factory) -> None:
    store = store_factory()
    lines = ["name,type,unit,decimals,default,description,source_name,constraint,standard,scope,synonyms"]
    lines += ["geometry,none,,,,Bancs,,,,,", "pose,date,,,,Date de pose,,,,,"]
    store.declare_layer(parse_layer("banc", lines))
    claim = Claim(
        layer="banc", asset="1", attribute="pose", value=date(2020, 2, 3), source="saisie:a", origin=Origin.MEASURED
    )
    store.commit([claim], author="a", message="x")
    assert store.read("banc").to_pylist() == [{"id": "1", "pose": date(2020, 2, 3)}]
    store.declare_layer(parse_layer("banc", [*lines, "nom,text,,,,Nom,,,,,"]))
    assert store.read("banc").to_pylist() == [{"id": "1", "pose": date(2020, 2, 3), "nom": None}]
    with pytest.raises(InputError, match="pose"):
        store.declare_layer(parse_layer("banc", [*lines[:2], "pose,text,,,,Date,,,,,"]))
    assert store_factory().layers()["banc"].names == ("pose", "nom")


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


def test_sources_that_disagree_are_named_with_both_values(store_factory: Factory) -> None:
    store = imported(store_factory)
    assert store.disagreements("luminaire") == []
    store.declare_source(SURVEY)
    said = [("c", 60.0, None), ("b", 75.0, B), ("a", 100.0, None)]
    before = store.commit([lamps(said, SURVEY)], author="bob", message="relevé")
    store.commit([say("a", "lamp_power_w", 20.0), say("b", "install_year", 1990)], author="anne", message="saisie")
    found = store.disagreements("luminaire")
    assert [(d.asset, d.attribute, d.value, d.source, d.other_value, d.other_source) for d in found] == [
        ("a", "lamp_power_w", 20.0, "saisie:anne", 100.0, "registre"),
        ("a", "lamp_power_w", 20.0, "saisie:anne", 100.0, "releve"),
        ("b", "lamp_power_w", 75.0, "releve", 70.0, "registre"),
    ]
    assert store.disagreements("luminaire", limit=2) == found[:2]
    assert store.disagreements("luminaire", attribute="install_year") == []
    past = store.disagreements("luminaire", attribute="lamp_power_w", moment=Moment(as_of=before.instant))
    assert [(d.asset, d.value, d.other_value) for d in past] == [("b", 75.0, 70.0)]
    with pytest.raises(NotFoundError):
        store.disagreements("luminaire", attribute="rien")


def test_the_sources_of_a_commit_are_those_of_the_layer_it_touches(store_factory: Factory) -> None:
    store = imported(store_factory)
    changes = [lamps([("a", 1.0, None)], SURVEY), say("b", "lamp_power_w", 2.0), say("c", "lamp_power_w", 2.0)]
    other = Claim(layer="armoire", asset="x", attribute=EXISTS, value=True, source="saisie:bob", origin=Origin.DECLARED)
    commit = store.commit([*changes, other], author="anne", message="x")
    assert store.layer_sources("luminaire", commit.id) == ["releve", "saisie:anne"]
    assert store.layer_sources("armoire", commit.id) == ["saisie:bob"]
    assert store.layer_sources("batiment", commit.id) == []


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


def test_an_index_on_texts_answers_as_a_look_at_every_row(store_factory: Factory) -> None:
    """Equalities on texts go through an index, the rest through columns: the same rows, changed ones in their place."""
    store = store_factory()
    count = 300
    table = pa.table(
        {
            "id": [f"n{i:03}" for i in range(count)],
            "commune": pa.array([None if i % 11 == 0 else f"3400{i % 7}" for i in range(count)], pa.string()),
            "lamp_power_w": [float(i % 5 * 10) for i in range(count)],
            "geometry": pa.array(
                [point(770_000 + i * 37 % 900, 6_279_000 + i * 53 % 700) for i in range(count)], pa.binary()
            ),
        }
    )
    origins = dict.fromkeys(("commune", "lamp_power_w", "geometry"), Origin.DECLARED)
    change = ClaimTable(layer="luminaire", table=table, source=REGISTER, origins=origins)
    store.commit([change], author="a", message="x")
    box = (770_100.0, 6_279_000.0, 770_500.0, 6_279_400.0)
    one, some = Compare("commune", "=", "34003"), Compare("commune", "in", ("34001", "34006", "rien", None))
    strong = Compare("lamp_power_w", ">=", 20.0)
    asks: list[tuple[Where, Callable[[dict[str, Any]], bool]]] = [
        (one, lambda r: r["commune"] == "34003"),
        (some, lambda r: r["commune"] in ("34001", "34006")),
        (And((strong, one)), lambda r: r["commune"] == "34003" and (r["lamp_power_w"] or 0) >= 20),
        (And((one, some)), lambda r: False),
        (Or((one, strong)), lambda r: r["commune"] == "34003" or (r["lamp_power_w"] or 0) >= 20),
        (Not(one), lambda r: r["commune"] != "34003"),
        (Compare("commune", "=", None), lambda r: False),
    ]

    def same() -> None:
        rows = store.read("luminaire", columns=["commune", "lamp_power_w"]).to_pylist()
        near = set(store.read("luminaire", columns=[], bbox=box)["id"].to_pylist())
        assert 0 < len(near) < len(rows)
        for where, kept in asks:
            wanted = [r for r in rows if kept(r)]
            assert store.read("luminaire", columns=["commune", "lamp_power_w"], where=where).to_pylist() == wanted
            inside = store.read("luminaire", columns=[], where=where, bbox=box)["id"].to_pylist()
            assert inside == [r["id"] for r in wanted if r["id"] in near]
            few = ["n010", "n003", "n299", "absent"]
            named = store.read("luminaire", columns=[], where=where, ids=few)["id"].to_pylist()
            assert named == [r["id"] for r in wanted if r["id"] in few]
            pieces = store.batches("luminaire", columns=["commune", "lamp_power_w"], where=where, rows=7)
            assert [r for p in pieces for r in p.to_pylist()] == wanted

    same()
    changes = [say(f"n{i:03}", "commune", "34003") for i in range(0, count, 17)]
    changes += [say(f"n{i:03}", "geometry", point(770_300, 6_279_200)) for i in range(0, count, 23)]
    changes += [
        say("neuf", EXISTS, True),
        say("neuf", "commune", "34003"),
        say("neuf", "geometry", point(770_300, 6_279_200)),
    ]
    changes += [say(f"n{i:03}", EXISTS, False) for i in range(5, count, 29)]
    store.commit(changes, author="a", message="x")
    same()
    with pytest.raises(InputError):
        store.read("luminaire", where=Compare("commune", "=", 34003))


def test_observations_come_out_of_order_and_twice(store_factory: Factory) -> None:
    store = store_factory()

    def seen(hour: int, value: float, quality: str = "good") -> Observation:
        instant = datetime(2026, 1, 1, hour, tzinfo=UTC)
        return Observation(series="p1", instant=instant, value=value, unit="kWh", quality=quality)

    assert store.latest("p1") is None
    assert store.observe([seen(5, 1.0), seen(3, 2.0), seen(5, 9.0)]) == 2
    assert store.observe([seen(4, 3.0, "bad"), seen(3, 7.0)]) == 1
    assert store.latest("p1") == seen(5, 1.0)
    table = store.observations("p1", since=datetime(2026, 1, 1, 4, tzinfo=UTC), until=datetime(2026, 1, 1, 5, tzinfo=UTC))
    assert table["value"].to_pylist() == [3.0]
    assert store.observations("p1")["value"].to_pylist() == [2.0, 3.0, 1.0]
    with pytest.raises(InputError, match="p1"):
        store.observe([seen(6, float("nan"))])


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


def test_a_long_read_sees_one_commit(store_factory: Factory) -> None:
    store = store_factory()
    store.commit([lamps([(f"n{i}", 10.0, A) for i in range(100)])], author="a", message="x")
    parts = store.batches("luminaire", columns=["lamp_power_w"], rows=10)
    first = next(parts)
    store.commit([say(f"n{i}", "lamp_power_w", 20.0) for i in range(100)], author="a", message="x")
    store.compact()
    values = {v for p in [first, *parts] for v in p["lamp_power_w"].to_pylist()}
    assert values == {10.0}
    assert set(powers(store).values()) == {20.0}
