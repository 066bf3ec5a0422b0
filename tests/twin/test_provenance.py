"""Where values come from: W3C PROV read by two libraries nobody here wrote, disagreements, precedence; both adapters."""

import json
from io import StringIO

import prov.model
import pytest
from rdflib import RDF, Graph, Namespace, URIRef
from tests.twin.conftest import ids_of
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import InputError, JumeauError, NotFoundError
from jumeau.interop.prov import PREFIX, RELATIONS, Document, name, to_json, to_turtle
from jumeau.model.claim import Claim
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.sharing.actors import ANONYMOUS
from jumeau.twin import Twin, editing, open_twin, provenance
from jumeau.twin.editing import Edit

PROV = Namespace("http://www.w3.org/ns/prov#")


def same_in_both(document: Document) -> Graph:
    """PROV-JSON as `prov` reads it and Turtle as `rdflib` reads it hold the same things and the same relations."""
    read = prov.model.ProvDocument.deserialize(StringIO(to_json(document)), format="json")
    graph = Graph().parse(data=to_turtle(document), format="turtle")
    records = list(read.get_records())
    kinds = {"Entity": prov.model.ProvEntity, "Activity": prov.model.ProvActivity, "Agent": prov.model.ProvAgent}
    for kind, cls in kinds.items():
        there = {str(r.identifier.uri) for r in records if type(r) is cls}
        assert there == {str(s) for s in graph.subjects(RDF.type, PROV[kind])}
    relations = set()
    for record in (r for r in records if r.is_relation()):
        sides = [str(value.uri) for _, value in record.formal_attributes if hasattr(value, "uri")][:2]
        predicate = record.get_type().localpart
        relations.add((sides[0], predicate, sides[1]))
    words = {"Generation": "wasGeneratedBy", "Invalidation": "wasInvalidatedBy", "Usage": "used", "Membership": "hadMember",
             "Association": "wasAssociatedWith", "Attribution": "wasAttributedTo", "Derivation": "wasDerivedFrom",
             "Communication": "wasInformedBy"}  # fmt: skip
    told = {(a, words[p], b) for a, p, b in relations}
    assert told == {
        (str(s), str(p)[len(PROV) :], str(o)) for r in RELATIONS for s, p, o in graph.triples((None, PROV[r], None))
    }
    assert len(told) == len(document.relations) > 0
    return graph


def test_an_asset_tells_who_said_what_when_and_what_was_taken_back(lit: Twin) -> None:
    view, asset = lit.view, ids_of(lit)["PL0001"]
    first = editing.correct(view, "luminaire", asset, {"lamp_power_w": 60}, Edit(message='plaque "lue"\nà 12 h \\ été'))
    view.revert(first.id)
    editing.correct(view, "luminaire", asset, {"lamp_power_w": 61, "owner": "L'État"}, Edit(origin=Origin.MEASURED))
    editing.correct(view, "luminaire", asset, {"lamp_power_w": 62}, Edit(origin=Origin.DECLARED))
    document = provenance.of_asset(view, "luminaire", asset)
    graph = same_in_both(document)
    activity = URIRef(PREFIX + name("ecriture", first.id))
    gone = set(graph.subjects(PROV.wasInvalidatedBy, None))
    assert len(gone) == 2
    assert {float(graph.value(s, PROV.value)) for s in gone} == {60.0, 61.0}
    assert graph.value(activity, PROV.startedAtTime).toPython() == first.instant
    assert "Fichier du gestionnaire" in to_json(document)
    with pytest.raises(NotFoundError):
        provenance.of_asset(view, "luminaire", "absent")


def test_a_commit_and_a_layer(lit: Twin) -> None:
    same_in_both(provenance.of_commit(lit.view, 2))
    graph = same_in_both(provenance.of_layer(lit.view, "luminaire"))
    assert URIRef(PREFIX + "source.gestionnaire") in set(graph.objects(None, PROV.wasDerivedFrom))
    with pytest.raises(NotFoundError):
        provenance.of_commit(lit.view, 99)


def test_disagreements_are_listed_and_settled_by_rank(lit: Twin, place: str) -> None:
    view, ids = lit.view, ids_of(lit)
    view.declare_source(Source(id="releve", title="Relevé"))
    said = {"layer": "luminaire", "source": "releve", "origin": Origin.MEASURED}
    claims = [Claim(asset=ids[n], attribute="lamp_power_w", value=33.0, **said) for n in ("PL0001", "PL0002")]  # type: ignore[arg-type]
    view.commit(claims, message="relevé", kind="import")
    found = provenance.disputes(view, "luminaire")
    assert {(d.label, d.said.value, d.title, d.other_title) for d in found} == {
        (n, 33.0, "Relevé", "Fichier du gestionnaire") for n in ("PL0001", "PL0002")
    }
    provenance.set_rank(view, "gestionnaire", 5)
    assert {(d.title, d.said.other_value) for d in provenance.disputes(view, "luminaire", "lamp_power_w")} == {
        ("Fichier du gestionnaire", 33.0)
    }
    assert provenance.disputes(view, "luminaire", "owner") == []
    for rank in (101, -101):
        with pytest.raises(InputError):
            provenance.set_rank(view, "gestionnaire", rank)
    with pytest.raises(NotFoundError):
        provenance.set_rank(view, "inconnue", 1)
    with open_twin(place, actor=ANONYMOUS) as nobody:
        with pytest.raises(JumeauError):
            provenance.set_rank(nobody.view, "gestionnaire", 9)
        with pytest.raises(JumeauError):
            provenance.disputes(nobody.view, "luminaire")


def test_the_commands(lit: Twin, place: str) -> None:
    asset = ids_of(lit)["PL0001"]

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--twin", place])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    assert json.loads(run("prov", "luminaire", asset))["prefix"]["prov"] == str(PROV)
    assert len(Graph().parse(data=run("prov", "2", "--format", "turtle"), format="turtle")) > 5
    assert len(Graph().parse(data=run("prov", "luminaire", "--format", "turtle"), format="turtle")) > 5
    assert "rang 7" in run("rank", "gestionnaire", "7")
    assert "   7  gestionnaire" in run("rank")
    run("edit", "luminaire", asset, "lamp_power_w=12", "-m", "essai")
    assert "12.0" in run("disagree", "luminaire", "--field", "lamp_power_w")
