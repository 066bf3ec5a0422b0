"""Branches compared, merged and taken back: the same for every adapter."""

from datetime import UTC, datetime

import pytest
from tests.contracts.store.samples import SURVEY, A, B, C, Factory, forked, imported, lamps, powers, say

from jumeau.errors import ConflictError, InputError, NotFoundError
from jumeau.model.claim import EXISTS, MAIN
from jumeau.store.port import Moment


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
