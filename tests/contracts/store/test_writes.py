"""What a commit takes, refuses and keeps: the same for every adapter."""

from datetime import UTC, date, datetime

import pytest
from tests.contracts.store.samples import SURVEY, Factory, imported, lamps, powers, say

from jumeau.errors import ConflictError, InputError
from jumeau.model.claim import EXISTS, Claim
from jumeau.model.dictionary import parse_layer
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.port import Moment


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


def test_a_writer_who_looked_at_an_older_head_is_told(store_factory: Factory) -> None:
    store = imported(store_factory)
    head = store.branches()[0].head
    store.commit([say("a", "lamp_power_w", 1.0)], author="anne", message="x", expect=head)
    with pytest.raises(ConflictError):
        store.commit([say("a", "lamp_power_w", 2.0)], author="bob", message="x", expect=head)


def test_instants_grow_even_if_the_clock_jumps_back(store_factory: Factory) -> None:
    now = [datetime(2026, 5, 1, tzinfo=UTC)]
    store = imported(store_factory, clock=lambda: now[0])
    now[0] = datetime(2025, 1, 1, tzinfo=UTC)
    store.commit([say("a", "lamp_power_w", 60.0)], author="a", message="x")
    first, second = store.commits()
    assert first.instant < second.instant
    assert powers(store, Moment(as_of=first.instant))["a"] == 100.0
    assert any(f.severity == "warning" for f in store.check())


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


def test_the_sources_of_a_commit_are_those_of_the_layer_it_touches(store_factory: Factory) -> None:
    store = imported(store_factory)
    changes = [lamps([("a", 1.0, None)], SURVEY), say("b", "lamp_power_w", 2.0), say("c", "lamp_power_w", 2.0)]
    other = Claim(layer="armoire", asset="x", attribute=EXISTS, value=True, source="saisie:bob", origin=Origin.DECLARED)
    commit = store.commit([*changes, other], author="anne", message="x")
    assert store.layer_sources("luminaire", commit.id) == ["releve", "saisie:anne"]
    assert store.layer_sources("armoire", commit.id) == ["saisie:bob"]
    assert store.layer_sources("batiment", commit.id) == []


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
