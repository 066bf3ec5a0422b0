"""What a rule is made of, once read."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import msgspec

from jumeau.rules.vocabulary import Node

Confidence = Literal["sourced", "derived", "recalled", "recalled_low"]
Kind = Literal["aid", "floor", "ceiling", "refund", "certificate", "loan", "deadline", "procurement", "duty", "tax"]
CONFIDENCES: tuple[Confidence, ...] = ("sourced", "derived", "recalled", "recalled_low")


class FactField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question a rule may ask. type: number, boolean, text or date; choices: the only texts allowed; least, most: bounds
    of a number, both allowed."""

    title: str
    type: Literal["number", "boolean", "text", "date"]
    unit: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


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
