"""What a rule says of a case at a date: yes, no or unknown, why, and how much."""

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Literal

import msgspec

from jumeau.errors import RuleError
from jumeau.rules.loader import CONFIDENCES, Confidence, Dated, Rule, catalogue, facts, nearest, rule
from jumeau.rules.vocabulary import (
    All,
    Any_,
    Arithmetic,
    Bracket,
    Choose,
    Compare,
    Constant,
    Fact,
    Known,
    Lookup,
    Node,
    Not,
    Other,
    ShareOf,
    Value,
)
from jumeau.texts import t

Decision = Literal["yes", "no", "unknown"]
Facts = Mapping[str, Any]
MONTHS_VALID = 12

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
}


class Reason(msgspec.Struct, frozen=True):
    """A condition that does not hold, or is not known to: its id, its title, `no` or `unknown`, the facts missing."""

    condition: str
    title: str
    decision: Decision
    missing: tuple[str, ...] = ()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule says of a case. confidence: the weakest of the rule and of the values used.

    stale: nobody has checked the rule for 12 months.
    """

    rule: str
    title: str
    on: date
    decision: Decision
    reasons: tuple[Reason, ...]
    confidence: Confidence
    last_checked_on: date
    stale: bool


class Used(msgspec.Struct, frozen=True):
    """A dated value that was read: its rule and name, the key looked up in a table, the entry in force (None outside its
    dates), what was found."""

    rule: Rule
    name: str
    key: str
    entry: Dated | None
    value: Any


class Case(msgspec.Struct):
    """A reading of one rule at one date: it remembers the facts that were missing, and what decided, in order: the names of
    facts asked and the values used."""

    rule: Rule
    facts: Facts
    on: date
    missing: set[str]
    used: list[Used | str]

    def value(self, name: str) -> Any:
        entry = dated(self.rule, name, self.on)
        value = None if entry is None else entry.value
        self.used.append(Used(self.rule, name, "", entry, value))
        return value

    def confidences(self) -> list[Confidence]:
        """Confidence of each value used."""
        return [u.entry.confidence for u in self.used if isinstance(u, Used) and u.entry is not None]

    def read(self, node: Node) -> Any:
        """The value of a node; None is unknown, and only then do the facts missing under it matter."""
        before = set(self.missing)
        value = self._read(node)
        if value is not None:
            self.missing.clear()
            self.missing.update(before)
        return value

    def _read(self, node: Node) -> Any:
        match node:
            case Constant(value=value):
                return value
            case Fact(name=name):
                return self._fact(name)
            case Value(name=name):
                return self.value(name)
            case Known(fact=name):
                return self.facts.get(name) is not None
            case Lookup(table=name, key=key):
                return self._lookup(name, self.read(key))
            case Bracket(scale=name, of=of):
                return self._bracket(name, self.read(of))
            case ShareOf(share=share, of=of):
                return _fold("product", [self.read(share), self.read(of)])
            case Arithmetic(op=op, of=parts):
                return _fold(op, [self.read(p) for p in parts])
            case Other(rule=name, amount=amount):
                return self._other(name, amount)
            case Choose():
                return self._choose(node)
            case _:
                return self._condition(node)

    def _condition(self, node: Node) -> bool | None:
        match node:
            case Compare(left=left, op=op, right=right):
                return self._compare(self.read(left), op, self.read(right))
            case Not(of=of):
                held = self.read(of)
                return None if held is None else not held
            case All(of=parts):
                return self._together(parts, decides=False)
            case Any_(of=parts):
                return self._together(parts, decides=True)
        raise RuleError("regles.forme", file=self.rule.file, row="?", given=repr(node))

    def _together(self, parts: tuple[Node, ...], *, decides: bool) -> bool | None:
        """One part that decides is enough, and only the surest of those is then remembered."""
        before, seen = self.used, []
        for part in parts:
            self.used = []
            seen.append((self.read(part), self.used, self.confidences()))
        held = {value for value, _, _ in seen}
        result = decides if decides in held else None if None in held else not decides
        kept = [(used, known) for value, used, known in seen if value is result]
        if result is decides:
            kept = [min(kept, key=lambda one: max(map(CONFIDENCES.index, one[1]), default=0))]
        self.used = [*before, *(u for used, _ in kept for u in used)]
        return result

    def _fact(self, name: str) -> Any:
        self.used.append(name)
        value = self.facts.get(name)
        if value is None:
            self.missing.add(name)
        return value

    def _compare(self, left: Any, op: str, right: Any) -> bool | None:
        if left is None or right is None:
            return None
        try:
            return bool(_COMPARE[op](left, right))
        except TypeError as error:
            raise RuleError("regles.comparaison_types", file=self.rule.file, left=left, right=right) from error

    def _lookup(self, name: str, key: Any) -> Any:
        entry = dated(self.rule, name, self.on)
        found = None if entry is None or entry.value is None or key is None else entry.value.get(str(key))
        self.used.append(Used(self.rule, name, "" if key is None else str(key), entry, found))
        return found

    def _bracket(self, name: str, of: Any) -> Any:
        scale = self.value(name)
        if scale is None or of is None:
            return None
        steps = [value for start, value in scale if start <= of]
        return steps[-1] if steps else None

    def _other(self, name: str, amount: str) -> Any:
        mine, self.rule = self.rule, rule(name)
        try:
            return self.read(self.rule.amounts[amount].formula)
        finally:
            self.rule = mine

    def _choose(self, node: Choose) -> Any:
        for when, then in node.cases:
            held = self.read(when)
            if held is None:
                return None
            if held:
                return self.read(then)
        return self.read(node.otherwise)


def _fold(op: str, parts: list[Any]) -> float | None:
    if any(p is None for p in parts):
        return None
    if op == "product":
        result = 1.0
        for part in parts:
            result *= part
        return result
    if op == "quotient":
        return None if parts[1] == 0 else parts[0] / parts[1]
    if op == "difference":
        return float(parts[0] - parts[1])
    folds: Mapping[str, Callable[[list[Any]], Any]] = {"sum": sum, "minimum": min, "maximum": max}
    return float(folds[op](parts))


def dated(rule: Rule, name: str, on: date) -> Dated | None:
    """The entry of a dated value in force on a day; None outside its dates. Values only expected are not in force."""
    for entry in rule.values[name].dated:
        if entry.start <= on and (entry.end is None or on <= entry.end) and not entry.expected:
            return entry
    return None


def check_facts(given: Facts) -> None:
    """Every fact has a known name, the right type and an allowed text. Raises RuleError naming it."""
    kinds: dict[str, type | tuple[type, ...]] = {"number": (int, float), "boolean": bool, "text": str, "date": date}
    for name, value in given.items():
        field = facts().get(name)
        if field is None:
            raise RuleError("regles.fait_absent", name=name, near=nearest(name, facts()))
        if value is None:
            continue
        wrong = not isinstance(value, kinds[field.type]) or (field.type == "number" and isinstance(value, bool))
        if wrong or (field.choices and value not in field.choices):
            expected = ", ".join(field.choices) or t(f"regles.fait_{field.type}")
            raise RuleError("regles.fait_refuse", name=name, value=value, expected=expected)


def explain(rule: Rule, given: Facts, on: date, *, assumed: bool = False) -> Verdict:
    """Whether the rule applies to a case at a date, naming each condition that fails or cannot be judged.

    A rule that is closed or only expected says no, unless it is `assumed` open: a scenario, never a fact. Raises RuleError
    on a fact of an unknown name or wrong type.
    """
    check_facts(given)
    known: list[Confidence] = [rule.confidence]
    reasons = []
    if rule.status != "open" and not assumed:
        reasons.append(Reason("status", t(f"regles.statut_{rule.status}"), "no"))
    for condition in rule.conditions:
        case = Case(rule, given, on, set(), [])
        held = case.read(condition.when)
        known += case.confidences()
        if held is not True:
            missing = tuple(sorted(case.missing)) if held is None else ()
            reasons.append(Reason(condition.id, condition.title, "no" if held is False else "unknown", missing))
    decision: Decision = "no" if any(r.decision == "no" for r in reasons) else "unknown" if reasons else "yes"
    return Verdict(
        rule=rule.id,
        title=rule.title,
        on=on,
        decision=decision,
        reasons=tuple(reasons),
        confidence=weakest(known),
        last_checked_on=rule.last_checked_on,
        stale=is_stale(rule, on),
    )


def compute(rule: Rule, amount: str, given: Facts, on: date) -> Any:
    """An amount of the rule at a date; None when a fact or a value it needs is unknown.

    Raises RuleError when the rule has no such amount or a fact is wrong.
    """
    check_facts(given)
    if amount not in rule.amounts:
        raise RuleError("regles.montant_inconnu", file=rule.file, name=amount, known=", ".join(rule.amounts))
    return Case(rule, given, on, set(), []).read(rule.amounts[amount].formula)


def compute_all(rule: Rule, amounts: Iterable[str], given: Facts, on: date) -> tuple[tuple[Any, ...], tuple[Confidence, ...]]:
    """Several amounts of the rule at a date, each None when something it needs is unknown, and the confidence of every
    value they rest on. Raises RuleError on a wrong fact."""
    check_facts(given)
    case = Case(rule, given, on, set(), [])
    values = tuple(case.read(rule.amounts[name].formula) for name in amounts)
    return values, tuple(case.confidences())


def weakest(confidences: Iterable[Confidence]) -> Confidence:
    """The one to be told when all are used."""
    return max(confidences, key=CONFIDENCES.index)


def confidence_on(rule: Rule, on: date) -> Confidence:
    """The weakest confidence of a rule and of its values in force on a day; a value nobody read is not one."""
    entries = (dated(rule, name, on) for name in rule.values)
    return weakest([rule.confidence, *(e.confidence for e in entries if e is not None and _was_read(e.value))])


def _was_read(value: Any) -> bool:
    return any(v is not None for v in value.values()) if isinstance(value, dict) else value is not None


def is_stale(rule: Rule, on: date) -> bool:
    """True when nobody has checked the rule during the 12 months before a day."""
    checked = rule.last_checked_on
    months = (on.year - checked.year) * 12 + on.month - checked.month - (on.day < checked.day)
    return months >= MONTHS_VALID


def stale(on: date) -> list[Rule]:
    """Rules of the catalogue not checked during the 12 months before a day."""
    return [r for r in catalogue().values() if is_stale(r, on)]
