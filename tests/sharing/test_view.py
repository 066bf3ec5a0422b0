"""What each actor sees and may do, through the one View."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from jumeau.errors import InputError, NotFoundError, RightsError
from jumeau.model.claim import Claim
from jumeau.model.origin import Origin
from jumeau.model.query import Compare, Not, Or
from jumeau.sharing.actors import ANONYMOUS, LOCAL_ADMIN, Actor, Kind
from jumeau.sharing.rights import Act, Thing, allows, rights
from jumeau.sharing.view import View
from jumeau.store.port import Moment

AGENT = Actor("alice", "Alice", Kind.AGENT, communes=("34172",))


def typed(actor: Actor, asset: str = "A", attribute: str = "lamp_power_w", value: Any = 70.0) -> Claim:
    return Claim(
        layer="luminaire", asset=asset, attribute=attribute, value=value, source=f"saisie:{actor.id}", origin=Origin.MEASURED
    )


def test_administrator_reads_what_the_store_reads(store: Any) -> None:
    view = View(store, LOCAL_ADMIN)
    assert view.read("luminaire", provenance=True) == store.read("luminaire", provenance=True)
    assert view.count("luminaire") == 3
    assert view.head() == 3
    assert view.instant() == store.commits()[-1].instant


def test_anonymous_sees_only_values_won_by_public_sources(store: Any) -> None:
    table = View(store, ANONYMOUS).read("luminaire", provenance=True)
    rows = {row["id"]: row for row in table.to_pylist()}
    assert set(rows) == {"A", "B"}
    assert rows["A"]["lamp_technology"] == "led"
    assert rows["B"]["lamp_technology"] is None, "the winner is hidden: the losing open value must not stand in for it"
    assert rows["B"]["lamp_technology__source"] is None
    assert "lamp_power_w" not in table.column_names
    assert View(store, ANONYMOUS).count("luminaire") == 2


def test_hidden_column_is_as_absent_as_one_that_never_was(store: Any) -> None:
    view = View(store, ANONYMOUS)
    said = []
    for name in ("lamp_power_w", "jamais_vu_____"):
        with pytest.raises(NotFoundError) as caught:
            view.read("luminaire", columns=[name])
        with pytest.raises(NotFoundError):
            view.read("luminaire", where=Compare(name, "known"))
        said.append(str(caught.value).replace(name, "X"))
    assert said[0] == said[1]
    assert [f.name for f in view.layers()["luminaire"].fields] == ["commune", "lamp_technology", "install_year"]


def test_hidden_layer_is_as_absent_as_one_that_never_was(store: Any) -> None:
    view = View(store, ANONYMOUS)
    said = []
    for name in ("armoire", "jamais_vu"):
        with pytest.raises(NotFoundError) as caught:
            view.count(name)
        said.append(str(caught.value).replace(name, "X"))
    assert said[0] == said[1]
    assert list(view.layers()) == ["luminaire"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Compare("lamp_technology", "=", "im"), []),
        (Compare("lamp_technology", "unknown"), ["B"]),
        (Not(Compare("lamp_technology", "=", "led")), ["B"]),
        (Or((Compare("install_year", "<", 2000), Compare("lamp_technology", "in", ("led",)))), ["A", "B"]),
    ],
)
def test_a_filter_says_nothing_of_a_hidden_value(store: Any, where: Any, expected: list[str]) -> None:
    assert sorted(View(store, ANONYMOUS).read("luminaire", where=where)["id"].to_pylist()) == expected


def test_a_box_finds_nothing_hidden(store: Any) -> None:
    box = (770_015.0, 6_279_999.0, 770_025.0, 6_280_001.0)
    assert View(store, LOCAL_ADMIN).read("luminaire", bbox=box)["id"].to_pylist() == ["C"]
    assert View(store, ANONYMOUS).read("luminaire", bbox=box).num_rows == 0


def test_history_of_a_hidden_value_disappears(store: Any) -> None:
    view = View(store, ANONYMOUS)
    assert {c.attribute for c in view.claims("luminaire", "A")} == {"commune", "geometry", "lamp_technology", "install_year"}
    assert {c.attribute for c in view.claims("luminaire", "B")} == {"commune", "geometry", "install_year"}
    assert {c.source for c in view.claims("luminaire", "B")} == {"ouverte"}
    assert view.claims("luminaire", "C") == []
    assert view.commits() == []


def test_a_difference_is_between_what_was_seen(store: Any) -> None:
    early = Moment(as_of=store.commits()[0].instant + timedelta(microseconds=1))
    everything = View(store, LOCAL_ADMIN).diff(early, Moment())
    assert {(d.asset, d.attribute) for d in everything} >= {("B", "lamp_power_w"), ("C", "lamp_power_w"), ("C", "geometry")}
    seen = View(store, ANONYMOUS).diff(early, Moment())
    assert [(d.asset, d.attribute, d.before, d.after) for d in seen] == [("B", "lamp_technology", "shp", None)]


def test_only_open_sources_are_named(store: Any) -> None:
    assert set(View(store, ANONYMOUS).sources()) == {"ouverte"}


def test_a_layer_declared_public_opens_and_closes(store: Any) -> None:
    admin, anonymous = View(store, LOCAL_ADMIN), View(store, ANONYMOUS)
    admin.mark_public(layer="luminaire")
    assert set(anonymous.read("luminaire", columns=["lamp_power_w"])["lamp_power_w"].to_pylist()) == {None, 150.0, 250.0}
    assert [c.author for c in anonymous.commits()] == ["", "", ""]
    admin.mark_public(layer="luminaire", public=False)
    assert anonymous.count("luminaire") == 2


def test_a_source_is_opened_and_closed(store: Any) -> None:
    admin, anonymous = View(store, LOCAL_ADMIN), View(store, ANONYMOUS)
    admin.mark_public(source="fermee")
    assert anonymous.count("luminaire") == 3
    admin.mark_public(source="ouverte", public=False)
    rows = {r["id"]: r for r in anonymous.read("luminaire").to_pylist()}
    assert set(rows) == {"B", "C"}
    assert rows["B"]["geometry"] is None
    with pytest.raises(NotFoundError):
        admin.mark_public(source="inconnue")
    with pytest.raises(InputError):
        admin.mark_public()


def test_anonymous_writes_nothing_and_leaves_a_line(store: Any, caplog: pytest.LogCaptureFixture) -> None:
    view = View(store, ANONYMOUS)
    with caplog.at_level(logging.INFO, logger="jumeau.audit"):
        for attempt in (
            lambda: view.commit([typed(ANONYMOUS)], message="essai"),
            lambda: view.revert(1),
            lambda: view.mark_public(layer="luminaire"),
            lambda: view.create_branch("essai"),
            lambda: view.put_file(b"x"),
            lambda: view.drop_results("diagnostic"),
            lambda: view.require("diagnose"),
        ):
            with pytest.raises(RightsError, match=r"Lecteur anonyme n'a pas le droit|ne peut pas"):
                attempt()
    assert len(store.commits()) == 3
    assert sum("refused actor=anonyme" in line for line in caplog.messages) == 7


def test_anonymous_sees_no_result_no_file_and_no_branch(store: Any) -> None:
    store.put_result("diagnostic", "34172", store.read("luminaire"))
    view = View(store, ANONYMOUS)
    assert view.results("diagnostic") == []
    with pytest.raises(NotFoundError):
        view.get_result("diagnostic", "34172")
    with pytest.raises(RightsError):
        view.get_file("0" * 64)
    with pytest.raises(NotFoundError):
        view.read("luminaire", moment=Moment(branch="essai"))


def test_a_write_carries_its_actor(store: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="jumeau.audit"):
        commit = View(store, LOCAL_ADMIN).commit([typed(LOCAL_ADMIN)], message="relevé")
    assert commit.author == "local"
    assert "saisie:local" in store.sources()
    assert store.sources()["saisie:local"].title == "Saisie de Administrateur local"
    assert caplog.messages == ["done actor=local act=edit thing=luminaire commit=4"]
    with pytest.raises(RightsError, match="autre auteur"):
        View(store, LOCAL_ADMIN).commit([typed(LOCAL_ADMIN)], author="bob", message="faux")
    with pytest.raises(RightsError, match="autre source"):
        View(store, LOCAL_ADMIN).commit([typed(AGENT)], message="faux")


def test_an_agent_stays_in_its_communes(store: Any) -> None:
    view = View(store, AGENT)
    assert set(view.read("luminaire", columns=["lamp_power_w"])["lamp_power_w"].to_pylist()) == {None, 150.0}
    assert view.commit([typed(AGENT)], message="relevé").author == "alice"
    for claim in (typed(AGENT, "C"), typed(AGENT, "A", "commune", "34057"), typed(AGENT, "nouveau")):
        with pytest.raises(RightsError):
            view.commit([claim], message="ailleurs")
    assert view.commit([typed(AGENT, "nouveau", "commune", "34172")], message="neuf").id == 5
    with pytest.raises(RightsError, match="Alice"):
        view.revert(2)
    assert view.revert(4).author == "alice"


def test_an_agent_writes_on_the_head_it_reads(store: Any) -> None:
    view = View(store, AGENT)
    assert view.head() == store.branches()[0].head == 3
    assert [c.author for c in view.commits()] == ["import"] * 3
    assert view.commit([typed(AGENT)], message="relevé", expect=view.head()).id == 4


def test_rights_are_a_closed_table() -> None:
    assert rights(LOCAL_ADMIN) == tuple(Act)
    assert rights(ANONYMOUS) == ()
    assert Act.PUBLISH not in rights(AGENT)
    assert allows(ANONYMOUS, Act.READ, Thing("couche", public=True))
    assert not allows(ANONYMOUS, Act.EDIT, Thing("couche", public=True))
    assert not allows(AGENT, Act.READ, Thing("couche", communes=frozenset()))
    assert not allows(AGENT, Act.READ, Thing("couche", communes=frozenset({"34172", "34057"})))
