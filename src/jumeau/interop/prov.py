"""Provenance as the W3C writes it: PROV-JSON [1] and PROV-O in Turtle [2], from one small document.

[1] W3C Member Submission, The PROV-JSON Serialization, 24 April 2013.
[2] W3C Recommendation, PROV-O: The PROV Ontology, 30 April 2013.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

PREFIX = "urn:jumeau:"
_PROV, _XSD = "http://www.w3.org/ns/prov#", "http://www.w3.org/2001/XMLSchema#"
_PLAIN = re.compile(r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(?<!\.)$")
RELATIONS = {
    "wasGeneratedBy": ("entity", "activity"),
    "wasInvalidatedBy": ("entity", "activity"),
    "used": ("activity", "entity"),
    "wasAssociatedWith": ("activity", "agent"),
    "wasAttributedTo": ("entity", "agent"),
    "wasDerivedFrom": ("generatedEntity", "usedEntity"),
    "wasInformedBy": ("informed", "informant"),
    "hadMember": ("collection", "entity"),
}
"""Relation -> its two sides, as PROV-JSON names them."""


def name(*parts: object) -> str:
    """A local name that JSON, Turtle and URNs all take: parts joined by dots, what is not plain replaced by its hash."""
    return ".".join(_safe(str(part)) for part in parts)


def _safe(part: str) -> str:
    return part if _PLAIN.match(part) else "x" + hashlib.sha256(part.encode()).hexdigest()[:16]


class Document(msgspec.Struct):
    """Entities, activities, agents (local name -> attributes, by qualified name) and the relations between them."""

    entities: dict[str, dict[str, Any]] = {}
    activities: dict[str, dict[str, Any]] = {}
    agents: dict[str, dict[str, Any]] = {}
    relations: list[tuple[str, str, str]] = []

    def relate(self, relation: str, first: str, second: str) -> None:
        """Add a relation of RELATIONS, once."""
        if (relation, first, second) not in self.relations:
            self.relations.append((relation, first, second))


# PROV-JSON ------------------------------------------------------------------------------------------------------------
def to_json(document: Document) -> str:
    """The document as PROV-JSON."""
    body: dict[str, Any] = {"prefix": {"jumeau": PREFIX, "prov": _PROV, "xsd": _XSD}}
    parts = (("entity", document.entities), ("activity", document.activities), ("agent", document.agents))
    for kind, things in parts:
        if things:
            body[kind] = {f"jumeau:{n}": {k: _json(k, v) for k, v in about.items()} for n, about in things.items()}
    for i, (relation, first, second) in enumerate(document.relations):
        sides = RELATIONS[relation]
        said = {f"prov:{sides[0]}": f"jumeau:{first}", f"prov:{sides[1]}": f"jumeau:{second}"}
        body.setdefault(relation, {})[f"_:r{i}"] = said
    return json.dumps(body, ensure_ascii=False, indent=1)


def _json(key: str, value: Any) -> Any:
    if key in ("prov:startTime", "prov:endTime"):
        return _literal(value)[0]
    if key == "prov:type":
        return {"$": value, "type": "prov:QUALIFIED_NAME"}
    text, kind = _literal(value)
    return text if kind == "string" else {"$": text, "type": f"xsd:{kind}"}


def _literal(value: Any) -> tuple[str, str]:
    """Lexical form and XSD type."""
    if isinstance(value, bool):
        return str(value).lower(), "boolean"
    if isinstance(value, int):
        return str(value), "integer"
    if isinstance(value, float):
        return repr(value), "double"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z"), "dateTime"
    if isinstance(value, date):
        return value.isoformat(), "date"
    return str(value), "string"


# PROV-O ---------------------------------------------------------------------------------------------------------------
def to_turtle(document: Document) -> str:
    """The document as PROV-O in Turtle."""
    lines = [f"@prefix {n}: <{iri}> ." for n, iri in (("prov", _PROV), ("xsd", _XSD), ("jumeau", PREFIX))]
    said: dict[str, list[str]] = {}
    kinds = (("Entity", document.entities), ("Activity", document.activities), ("Agent", document.agents))
    for kind, things in kinds:
        for local, about in things.items():
            said[local] = [f"a prov:{kind}", *_properties(about)]
    for relation, first, second in document.relations:
        said.setdefault(first, []).append(f"prov:{relation} <{PREFIX}{second}>")
    for local, statements in said.items():
        lines.append(f"<{PREFIX}{local}>\n    " + " ;\n    ".join(statements) + " .")
    return "\n".join(lines) + "\n"


_TURTLE = {"prov:startTime": "prov:startedAtTime", "prov:endTime": "prov:endedAtTime", "prov:type": "a"}


def _properties(about: Mapping[str, Any]) -> list[str]:
    out = []
    for key, value in about.items():
        predicate = _TURTLE.get(key, key)
        if key == "prov:label":
            predicate = "<http://www.w3.org/2000/01/rdf-schema#label>"
        if key == "prov:type":
            out.append(f"a {value}")
            continue
        text, kind = _literal(value)
        quoted = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
        out.append(f"{predicate} {quoted}" + ("" if kind == "string" else f"^^xsd:{kind}"))
    return out
