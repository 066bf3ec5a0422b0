"""Rules read from YAML: one file per programme or article, refused whole at the first doubt."""

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import msgspec

from jumeau.errors import RuleError
from jumeau.rules.checks import check_catalogue, check_rule
from jumeau.rules.reading import Document, read_document
from jumeau.rules.shapes import shaped
from jumeau.rules.structs import (
    CONFIDENCES,
    Amount,
    Condition,
    Confidence,
    Dated,
    FactField,
    Kind,
    Rule,
    RuleValue,
)
from jumeau.rules.vocabulary import Misread, Node, Path, parse

__all__ = [
    "CONFIDENCES",
    "Amount",
    "Condition",
    "Confidence",
    "Dated",
    "FactField",
    "Rule",
    "RuleValue",
    "catalogue",
    "check_catalogue",
    "facts",
    "nearest",
    "read_rule",
    "read_rule_document",
    "read_yaml",
    "rule",
]

Status = Literal["open", "closed", "expected"]


class _RawCondition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    when: dict[str, Any]


class _RawAmount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    title: str
    unit: str
    formula: Any


class _RawValue(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    title: str
    unit: str
    dated: list[Any]


class _RawRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    kind: Kind
    authority: str
    reference: str
    last_checked_on: date
    status: Status
    confidence: Confidence
    fields: tuple[str, ...] = ()
    stacking: str = ""
    not_with: tuple[str, ...] = ()
    values: dict[str, Any] = {}
    conditions: list[_RawCondition] = []
    amounts: dict[str, Any] = {}
    notes: tuple[str, ...] = ()


CHOICES = {"kind": ", ".join(get_args(Kind)), "status": ", ".join(get_args(Status)), "confidence": ", ".join(CONFIDENCES)}


def read_yaml(text: str, file: str) -> Any:
    """YAML text as plain objects. Raises RuleError naming file, line and what is wrong."""
    return read_document(text, file).data


@cache
def facts() -> dict[str, FactField]:
    """Questions a rule may ask, by name, from `rules/facts.yaml`."""
    text = files("jumeau.rules").joinpath("facts.yaml").read_text(encoding="utf-8")
    document = read_document(text, "facts.yaml")
    return shaped(document.data, dict[str, FactField], document)


def read_rule(text: str, file: str) -> Rule:
    """One rule from YAML text. Raises RuleError naming the file and the line."""
    return read_rule_document(text, file)[0]


def read_rule_document(text: str, file: str) -> tuple[Rule, Document]:
    """One rule with the text it was read from. Raises RuleError naming the file and the line."""
    document = read_document(text, file)
    return _rule_of(document), document


def _rule_of(document: Document) -> Rule:
    raw = shaped(document.data, _RawRule, document, (), CHOICES)
    conditions = tuple(
        Condition(id=c.id, title=c.title, when=_parse(c.when, document, ("conditions", i, "when")))
        for i, c in enumerate(raw.conditions)
    )
    given = {name: getattr(raw, name) for name in raw.__struct_fields__} | {
        "conditions": conditions,
        "values": {name: _value(value, document, name) for name, value in raw.values.items()},
        "amounts": {name: _amount(amount, document, name) for name, amount in raw.amounts.items()},
        "file": document.file,
    }
    read = Rule(**given)
    check_rule(read, document, facts())
    return read


def _value(data: Any, document: Document, name: str) -> RuleValue:
    path = ("values", name)
    raw = shaped(data, _RawValue, document, path)
    entries = (shaped(one, Dated, document, (*path, "dated", i), CHOICES) for i, one in enumerate(raw.dated))
    return RuleValue(title=raw.title, unit=raw.unit, dated=tuple(entries))


def _amount(data: Any, document: Document, name: str) -> Amount:
    path = ("amounts", name)
    raw = shaped(data, _RawAmount, document, path)
    return Amount(id=name, title=raw.title, unit=raw.unit, formula=_parse(raw.formula, document, (*path, "formula")))


def _parse(data: Any, document: Document, path: Path) -> Node:
    try:
        return parse(data, path)
    except Misread as error:
        raise document.refuse(error.key, error.path, **error.words) from error


def nearest(name: str, known: Iterable[str]) -> str:
    """The names most like one that is not there, for a message."""
    names = list(known)
    return ", ".join(get_close_matches(name, names, 4, 0.5) or names[:6])


@cache
def catalogue() -> Mapping[str, Rule]:
    """All rules shipped with jumeau, by id, in the order of their ids."""
    found: dict[str, Rule] = {}
    documents: dict[str, Document] = {}
    for folder in sorted(files("jumeau.rules").joinpath("catalogue").iterdir(), key=lambda f: f.name):
        if not folder.is_dir():
            continue
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if not file.name.endswith(".yaml"):
                continue
            document = read_document(file.read_text(encoding="utf-8"), f"{folder.name}/{file.name}")
            rule = _rule_of(document)
            if rule.id != file.name.removesuffix(".yaml") or rule.id in found:
                raise document.refuse("regles.nom", ("id",), name=rule.id)
            found[rule.id], documents[rule.id] = rule, document
    check_catalogue(found, documents)
    return dict(sorted(found.items()))


def rule(name: str) -> Rule:
    """The rule called `name`. Raises RuleError with the known names."""
    if name not in catalogue():
        raise RuleError("regles.inconnue", name=name, near=nearest(name, catalogue()))
    return catalogue()[name]
