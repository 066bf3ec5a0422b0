"""What decided a condition or an amount: the facts of the case, and the dated values with their source."""

from datetime import date
from typing import Any

import msgspec

from jumeau.rules.evaluate import Case, Facts, Used
from jumeau.rules.loader import Rule
from jumeau.rules.vocabulary import Node


class Trace(msgspec.Struct, frozen=True):
    """value: what the node is worth; facts: names asked, known or not, in the order they were; values: what the rules said;
    missing: facts without which the value is unknown."""

    value: Any
    facts: tuple[str, ...]
    values: tuple[Used, ...]
    missing: tuple[str, ...]


def trace(rule: Rule, node: Node, given: Facts, on: date) -> Trace:
    """The value of a node at a date, and what it rests on."""
    case = Case(rule, given, on, set(), [])
    value = case.read(node)
    facts = dict.fromkeys(u for u in case.used if isinstance(u, str))
    values = {(u.rule.id, u.name, u.key): u for u in case.used if isinstance(u, Used)}
    return Trace(value, tuple(facts), tuple(values.values()), tuple(sorted(case.missing)))
