"""What a rule must keep to: names that exist, dates that follow, units and texts that can be compared, no circle."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from jumeau.errors import RuleError
from jumeau.rules.reading import Document
from jumeau.rules.structs import FactField, Rule, RuleValue
from jumeau.rules.vocabulary import (
    All,
    Any_,
    Bracket,
    Compare,
    Constant,
    Fact,
    Known,
    Lookup,
    Node,
    Not,
    Other,
    Value,
    walk,
)
from jumeau.texts import t

Place = tuple[str, str]
_SAME_UNIT = {"€ HT": "€", "€ TTC": "€"}
_TYPES: Mapping[str, type | tuple[type, ...]] = {"number": (int, float), "boolean": bool, "text": str, "date": date}


def check_rule(rule: Rule, document: Document, facts: Mapping[str, FactField]) -> None:
    """Raises RuleError, naming file and line, at the first thing of a rule that cannot be."""
    seen: set[str] = set()
    for condition in rule.conditions:
        if condition.id in seen:
            raise document.refuse("regles.condition_double", ("conditions", condition.id), name=condition.id)
        seen.add(condition.id)
        if not isinstance(condition.when, All | Any_ | Not | Compare | Known):
            raise document.refuse("regles.pas_une_condition", ("conditions", condition.id), name=condition.id)
    for name, value in rule.values.items():
        _check_dates(document, name, value)
    for place, node in _nodes(rule):
        _check_names(rule, document, facts, place, node)
        if isinstance(node, Compare):
            _check_compare(rule, document, facts, place, node)
        if isinstance(node, Lookup) and isinstance(node.key, Fact):
            _check_table(rule, document, facts[node.key.name], node)


def _check_names(rule: Rule, document: Document, facts: Mapping[str, FactField], place: Place, node: Node) -> None:
    match node:
        case Fact(name=name) | Known(fact=name):
            if name not in facts:
                raise document.refuse("regles.fait_inconnu", place, name, name=name)
        case Value(name=name) | Lookup(table=name) | Bracket(scale=name):
            if name not in rule.values:
                raise document.refuse("regles.valeur_inconnue", place, name, name=name)


def _check_dates(document: Document, name: str, value: RuleValue) -> None:
    path = ("values", name, "dated")
    if not value.dated:
        raise document.refuse("regles.sans_date", path, name=name)
    for i, entry in enumerate(value.dated):
        if entry.end is not None and entry.end < entry.start:
            raise document.refuse("regles.dates_inversees", (*path, i), name=name, start=entry.start, end=entry.end)
    for i, (before, after) in enumerate(pairwise(value.dated), start=1):
        if before.end is None or before.end >= after.start:
            end = t("regles.sans_fin") if before.end is None else t("regles.finit", end=before.end)
            raise document.refuse("regles.dates", (*path, i), name=name, start=after.start, end=end)


def _check_compare(rule: Rule, document: Document, facts: Mapping[str, FactField], place: Place, node: Compare) -> None:
    for one, other in ((node.left, node.right), (node.right, node.left)):
        if not isinstance(one, Fact) or one.name not in facts:
            continue
        field = facts[one.name]
        if isinstance(other, Constant):
            _check_texts(document, place, one.name, field, _each(other.value))
        if isinstance(other, Value) and other.name in rule.values:
            found = rule.values[other.name]
            if field.type == "number" and _unit(field.unit) != _unit(found.unit):
                raise document.refuse("regles.unites", place, other.name, fact=one.name, unit=field.unit or "-",
                                      value=other.name, other=found.unit or "-")  # fmt: skip
            for entry in found.dated:
                _check_texts(document, ("values", other.name), one.name, field, _each(entry.value))


def _check_table(rule: Rule, document: Document, field: FactField, node: Lookup) -> None:
    assert isinstance(node.key, Fact)
    for entry in rule.values[node.table].dated:
        if not isinstance(entry.value, dict | None):
            raise document.refuse("regles.pas_une_table", ("values", node.table), name=node.table)
        if field.choices:
            _check_texts(document, ("values", node.table), node.key.name, field, entry.value or ())


def _check_texts(document: Document, place: Place, name: str, field: FactField, values: Iterable[Any]) -> None:
    for value in values:
        if value is None:
            continue
        wrong = not isinstance(value, _TYPES[field.type]) or (isinstance(value, bool) and field.type != "boolean")
        if wrong or (field.choices and value not in field.choices):
            wanted = ", ".join(field.choices) or t(f"regles.fait_{field.type}")
            raise document.refuse("regles.choix", place, str(value), name=name, given=value, wanted=wanted)


def _each(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _unit(unit: str) -> str:
    return _SAME_UNIT.get(unit, unit)


def _nodes(rule: Rule) -> Iterator[tuple[Place, Node]]:
    for condition in rule.conditions:
        for node in walk(condition.when):
            yield ("conditions", condition.id), node
    for amount in rule.amounts.values():
        for node in walk(amount.formula):
            yield ("amounts", amount.id), node


def check_catalogue(rules: Mapping[str, Rule], documents: Mapping[str, Document] | None = None) -> None:
    """Every rule and amount that is named exists, and none goes round in a circle. documents: texts of the rules, by id, to
    name lines. Raises RuleError."""
    known = documents or {}
    for rule in rules.values():
        for other in rule.not_with:
            if other not in rules:
                raise _refusal("regles.renvoi", rule, known, ("not_with", ""), other, name=other)
        for place, node in _nodes(rule):
            if isinstance(node, Other) and (node.rule not in rules or node.amount not in rules[node.rule].amounts):
                word = node.amount if node.rule in rules else node.rule
                raise _refusal("regles.renvoi", rule, known, place, word, name=f"{node.rule}.{node.amount}")
    for rule in rules.values():
        for amount in rule.amounts:
            _follow(rules, known, (), (rule.id, amount))


def _follow(rules: Mapping[str, Rule], known: Mapping[str, Document], path: tuple[Place, ...], here: Place) -> None:
    if here in path:
        names = " -> ".join(".".join(step) for step in (*path, here))
        raise _refusal("regles.cercle", rules[here[0]], known, ("amounts", here[1]), "", names=names)
    for node in walk(rules[here[0]].amounts[here[1]].formula):
        if isinstance(node, Other):
            _follow(rules, known, (*path, here), (node.rule, node.amount))


def _refusal(key: str, rule: Rule, known: Mapping[str, Document], place: Place, word: str, **words: object) -> RuleError:
    if rule.id in known:
        return known[rule.id].refuse(key, place, word, **words)
    return RuleError(key, file=rule.file, row="?", **words)
