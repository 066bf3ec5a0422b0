"""What a condition looked at: the facts of the case, and the dated values of the rule with their source."""

from datetime import date
from typing import Any

import msgspec

from jumeau.rules.evaluate import Case, Facts
from jumeau.rules.loader import Dated, Rule
from jumeau.rules.vocabulary import Node


class Seen(msgspec.Struct, frozen=True):
    """A dated value that was read: title and unit of the value, the key looked up in a table, the entry in force (None
    outside its dates), the first day of the value, where the rule cites its text."""

    title: str
    unit: str
    key: str
    value: Any
    entry: Dated | None
    start: date
    law: str


class Trace(msgspec.Struct, frozen=True):
    """facts: names asked, known or not, in the order they were; values: what the rules said."""

    facts: tuple[str, ...]
    values: tuple[Seen, ...]


class _Watched(Case):
    asked: dict[str, None]
    seen: list[Seen]
    quiet: bool = False

    def value(self, name: str) -> Any:
        value = super().value(name)
        if not self.quiet:
            self._note(name, "", value)
        return value

    def _lookup(self, name: str, key: Any) -> Any:
        self.quiet = True
        value = super()._lookup(name, key)
        self.quiet = False
        if key is not None:
            self._note(name, str(key), value)
        return value

    def _fact(self, name: str) -> Any:
        self.asked[name] = None
        return super()._fact(name)

    def _note(self, name: str, key: str, value: Any) -> None:
        told = self.rule.values[name]
        entry = next((e for e in told.dated if e.start <= self.on and (e.end is None or self.on <= e.end)), None)
        seen = Seen(told.title, told.unit, key, value, entry, told.dated[0].start, self.rule.reference)
        if seen not in self.seen:
            self.seen.append(seen)


def trace(rule: Rule, node: Node, given: Facts, on: date) -> tuple[Any, Trace, tuple[str, ...]]:
    """The value of a node, what was looked at to find it, and the facts that miss."""
    case = _Watched(rule=rule, facts=given, on=on, missing=set(), used=[], asked={}, seen=[])
    value = case.read(node)
    return value, Trace(tuple(case.asked), tuple(case.seen)), tuple(sorted(case.missing))
