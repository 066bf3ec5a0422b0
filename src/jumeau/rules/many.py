"""A condition over many cases at once: the logic of `evaluate`, on columns."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import RuleError
from jumeau.rules.evaluate import dated
from jumeau.rules.loader import Rule
from jumeau.rules.vocabulary import All, Any_, Compare, Constant, Fact, Known, Node, Not, Value, walk

NO, YES, UNKNOWN = np.int8(0), np.int8(1), np.int8(-1)

Held = NDArray[np.int8]
Columns = Mapping[str, NDArray[Any]]


class Column(msgspec.Struct, frozen=True):
    """Values (N,) of a fact or one value for all, and which are known."""

    values: Any
    known: Any


def hold(rule: Rule, node: Node, facts: Columns, rows: int, on: date) -> Held:
    """Whether a condition holds for each of `rows` cases (N,): YES, NO or UNKNOWN.

    facts: (N,) columns; numbers with NaN, or texts and truth values with None, where unknown. A fact without column is
    unknown for all. Raises RuleError on a word that only single cases use.
    """
    match node:
        case Not(of=of):
            inside = hold(rule, of, facts, rows, on)
            return np.where(inside == UNKNOWN, UNKNOWN, 1 - inside).astype(np.int8)
        case All(of=parts) | Any_(of=parts):
            decides = NO if isinstance(node, All) else YES
            seen = np.stack([hold(rule, part, facts, rows, on) for part in parts])
            settled, open_ = (seen == decides).any(axis=0), (seen == UNKNOWN).any(axis=0)
            return np.where(settled, decides, np.where(open_, UNKNOWN, 1 - decides)).astype(np.int8)
        case Known(fact=name):
            return np.broadcast_to(_column(facts, name).known, rows).astype(np.int8)
        case Compare(left=left, op=op, right=right):
            return _compare(_read(rule, left, facts, on), op, _read(rule, right, facts, on), rows)
    raise RuleError("regles.forme", file=rule.file, row="?", given=type(node).__name__)


def _read(rule: Rule, node: Node, facts: Columns, on: date) -> Column:
    match node:
        case Constant(value=value):
            return Column(value, True)
        case Fact(name=name):
            return _column(facts, name)
        case Value(name=name):
            entry = dated(rule, name, on)
            value = None if entry is None else entry.value
            return Column(value, value is not None)
    raise RuleError("regles.forme", file=rule.file, row="?", given=type(node).__name__)


def _column(facts: Columns, name: str) -> Column:
    values = facts.get(name)
    if values is None:
        return Column(None, False)
    return Column(values, ~np.isnan(values) if values.dtype.kind == "f" else np.not_equal(values, np.array(None, object)))


def _compare(left: Column, op: str, right: Column, rows: int) -> Held:
    known = np.broadcast_to(np.logical_and(left.known, right.known), rows)
    if not known.any():
        return np.full(rows, UNKNOWN)
    a, b = left.values, right.values
    if op == "in":
        found = np.isin(a.astype(str), np.array([str(x) for x in b])) if a.dtype == object else np.isin(a, b)
    elif op in ("=", "!="):
        found = np.equal(a, b) if op == "=" else np.not_equal(a, b)
    else:
        order: Mapping[str, Any] = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
        with np.errstate(invalid="ignore"):
            found = order[op](a, b)
    return np.where(known, np.broadcast_to(found, rows).astype(np.int8), UNKNOWN).astype(np.int8)


def asked(node: Node) -> set[str]:
    """Facts a condition asks for."""
    return {n.name if isinstance(n, Fact) else n.fact for n in walk(node) if isinstance(n, Fact | Known)}
