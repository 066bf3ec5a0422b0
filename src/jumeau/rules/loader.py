"""Rules read from YAML: one file per programme or article, refused whole at the first doubt."""

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec
import yaml

from jumeau.errors import RuleError
from jumeau.rules.vocabulary import All, Any_, Bracket, Compare, Fact, Known, Lookup, Node, Not, Other, Value, parse, walk

try:
    from yaml import CSafeLoader as _Safe
except ImportError:
    from yaml import SafeLoader as _Safe  # type: ignore[assignment]

Confidence = Literal["sourced", "derived", "recalled", "recalled_low"]
Kind = Literal["aid", "floor", "ceiling", "refund", "certificate", "loan", "deadline", "procurement", "duty", "tax"]
CONFIDENCES: tuple[Confidence, ...] = ("sourced", "derived", "recalled", "recalled_low")


class FactField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question a rule may ask. type: number, boolean, text or date; choices: the only texts allowed."""

    title: str
    type: Literal["number", "boolean", "text", "date"]
    unit: str = ""
    choices: tuple[str, ...] = ()


class Dated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    """A value between two dates (both included). value: null when the text could not be read: it stays unknown."""

    start: date
    value: Any
    confidence: Confidence
    end: date | None = None
    reference: str = ""
    expected: bool = False


class RuleValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number, text, table (mapping) or scale (list of [from, value]) that changes with time."""

    title: str
    unit: str
    dated: tuple[Dated, ...]


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A named condition; `title` is shown when it fails."""

    id: str
    title: str
    when: Node


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """A named result of the rule."""

    id: str
    title: str
    unit: str
    formula: Node


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One programme or article. kind: `aid` (a grant), `floor`, `ceiling`, `refund` (FCTVA), `certificate` (CEE), `loan`,
    `deadline` (of a grant), `procurement` (public purchase and planning duties), `duty` (an obligation of an owner),
    `tax` (a rate).

    stacking: the envelope it belongs to; not_with: rules that may not pay beside it.
    """

    id: str
    title: str
    kind: Kind
    authority: str
    reference: str
    last_checked_on: date
    status: Literal["open", "closed", "expected"]
    confidence: Confidence
    fields: tuple[str, ...]
    stacking: str
    not_with: tuple[str, ...]
    file: str
    values: Mapping[str, RuleValue]
    conditions: tuple[Condition, ...]
    amounts: Mapping[str, Amount]
    notes: tuple[str, ...] = ()


class _RawCondition(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    when: dict[str, Any]


class _RawAmount(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    title: str
    unit: str
    formula: Any


class _RawRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    id: str
    title: str
    kind: Kind
    authority: str
    reference: str
    last_checked_on: date
    status: Literal["open", "closed", "expected"]
    confidence: Confidence
    fields: tuple[str, ...] = ()
    stacking: str = ""
    not_with: tuple[str, ...] = ()
    values: dict[str, RuleValue] = {}
    conditions: list[_RawCondition] = []
    amounts: dict[str, _RawAmount] = {}
    notes: tuple[str, ...] = ()


class _Loader(_Safe):
    """Safe YAML where a key may not come twice and only `true` and `false` are truth values.

    libyaml reads the catalogue ten times faster where it is there.
    """


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            key = str(key_node.value)
        if key in out:
            raise yaml.MarkedYAMLError(problem=key, problem_mark=key_node.start_mark, note="duplicate")
        out[key] = loader.construct_object(value_node, deep=True)
    return out


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in pairs if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str, file: str) -> Any:
    """YAML text as plain objects. Raises RuleError naming file, line and the key that comes twice."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        row = error.problem_mark.line + 1 if error.problem_mark else 0
        key = "regles.cle_double" if error.note == "duplicate" else "regles.yaml"
        raise RuleError(key, file=file, row=row, problem=error.problem or "") from error
    except yaml.YAMLError as error:
        raise RuleError("regles.yaml", file=file, row=0, problem=str(error)) from error


@cache
def facts() -> dict[str, FactField]:
    """Questions a rule may ask, by name, from `rules/facts.yaml`."""
    raw = read_yaml(files("jumeau.rules").joinpath("facts.yaml").read_text(encoding="utf-8"), "facts.yaml")
    return msgspec.convert(raw, dict[str, FactField])


def read_rule(text: str, file: str) -> Rule:
    """One rule from YAML text. Raises RuleError naming the file and the place."""
    raw = read_yaml(text, file)
    try:
        rule = msgspec.convert(raw, _RawRule)
    except msgspec.ValidationError as error:
        raise RuleError("regles.champ", file=file, problem=str(error)) from error
    conditions = tuple(
        Condition(id=c.id, title=c.title, when=parse(c.when, f"{file}, conditions.{c.id}")) for c in rule.conditions
    )
    amounts = {
        name: Amount(id=name, title=a.title, unit=a.unit, formula=parse(a.formula, f"{file}, amounts.{name}"))
        for name, a in rule.amounts.items()
    }
    given = {name: getattr(rule, name) for name in rule.__struct_fields__}
    read = Rule(**(given | {"conditions": conditions, "amounts": amounts, "file": file}))
    _check(read)
    return read


def _check(rule: Rule) -> None:
    names = [c.id for c in rule.conditions]
    if len(set(names)) != len(names):
        raise RuleError("regles.condition_double", file=rule.file)
    for name, value in rule.values.items():
        _check_dates(rule.file, name, value)
    for condition in rule.conditions:
        if not isinstance(condition.when, All | Any_ | Not | Compare | Known):
            raise RuleError("regles.pas_une_condition", file=rule.file, name=condition.id)
    for node in _nodes(rule):
        if isinstance(node, Fact | Known):
            name = node.name if isinstance(node, Fact) else node.fact
            if name not in facts():
                raise RuleError("regles.fait_inconnu", file=rule.file, name=name)
        if isinstance(node, Value | Lookup | Bracket):
            name = node.name if isinstance(node, Value) else node.table if isinstance(node, Lookup) else node.scale
            if name not in rule.values:
                raise RuleError("regles.valeur_inconnue", file=rule.file, name=name)


def _check_dates(file: str, name: str, value: RuleValue) -> None:
    if not value.dated:
        raise RuleError("regles.dates", file=file, name=name)
    for i, entry in enumerate(value.dated):
        after = value.dated[i + 1].start if i + 1 < len(value.dated) else None
        if entry.end is not None and entry.end < entry.start:
            raise RuleError("regles.dates", file=file, name=name)
        if after is not None and (entry.end is None or entry.end >= after):
            raise RuleError("regles.dates", file=file, name=name)


def _nodes(rule: Rule) -> Iterable[Node]:
    for condition in rule.conditions:
        yield from walk(condition.when)
    for amount in rule.amounts.values():
        yield from walk(amount.formula)


def check_catalogue(rules: Mapping[str, Rule]) -> None:
    """Every rule and amount that is named exists, and none goes round in a circle. Raises RuleError."""
    for rule in rules.values():
        for other in rule.not_with:
            if other not in rules:
                raise RuleError("regles.renvoi", file=rule.file, name=other)
        for node in _nodes(rule):
            if isinstance(node, Other) and (node.rule not in rules or node.amount not in rules[node.rule].amounts):
                raise RuleError("regles.renvoi", file=rule.file, name=f"{node.rule}.{node.amount}")
    for rule in rules.values():
        for amount in rule.amounts:
            _follow(rules, rule.id, amount, ())


def _follow(rules: Mapping[str, Rule], name: str, amount: str, path: tuple[str, ...]) -> None:
    here = f"{name}.{amount}"
    if here in path:
        raise RuleError("regles.cercle", file=rules[name].file, names=" -> ".join((*path, here)))
    for node in walk(rules[name].amounts[amount].formula):
        if isinstance(node, Other):
            _follow(rules, node.rule, node.amount, (*path, here))


def nearest(name: str, known: Iterable[str]) -> str:
    """The names most like one that is not there, for a message."""
    names = list(known)
    return ", ".join(get_close_matches(name, names, 4, 0.5) or names[:6])


@cache
def catalogue() -> Mapping[str, Rule]:
    """All rules shipped with jumeau, by id, in the order of their ids."""
    found: dict[str, Rule] = {}
    for folder in sorted(files("jumeau.rules").joinpath("catalogue").iterdir(), key=lambda f: f.name):
        if not folder.is_dir():
            continue
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if not file.name.endswith(".yaml"):
                continue
            rule = read_rule(file.read_text(encoding="utf-8"), f"{folder.name}/{file.name}")
            if rule.id != file.name.removesuffix(".yaml") or rule.id in found:
                raise RuleError("regles.nom", file=rule.file, name=rule.id)
            found[rule.id] = rule
    check_catalogue(found)
    return dict(sorted(found.items()))


def rule(name: str) -> Rule:
    """The rule called `name`. Raises RuleError with the known names."""
    if name not in catalogue():
        raise RuleError("regles.inconnue", name=name, near=nearest(name, catalogue()))
    return catalogue()[name]
