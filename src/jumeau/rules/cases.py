"""Rule cases written in YAML by a jurist: facts, a date, and what the rule must answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from jumeau.errors import RuleError
from jumeau.rules.evaluate import Decision, compute, explain
from jumeau.rules.loader import read_yaml, rule


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be answered. amounts: name -> number or text, null when it must be unknown; failing: what does not hold."""

    decision: Decision | None = None
    amounts: dict[str, float | str | None] = {}
    failing: list[str] | None = None
    missing: list[str] | None = None


class RuleCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"on": "date"}):
    """One case. source: where the expected answer comes from; tolerance: absolute, in the amount's unit; assumed: a rule
    that is closed or only expected is taken as open."""

    name: str
    rule: str
    on: date
    source: str
    facts: dict[str, Any]
    expect: Expected
    tolerance: float = 0.005
    assumed: bool = False


class Miss(msgspec.Struct, frozen=True):
    """An answer that is not the expected one."""

    case: str
    what: str
    found: Any
    expected: Any


def read_cases(text: str, file: str) -> list[RuleCase]:
    """Cases of a YAML text. Raises RuleError naming the file and the case."""
    raw = read_yaml(text, file)
    out = []
    for entry in raw if isinstance(raw, list) else [raw]:
        try:
            out.append(msgspec.convert(entry, RuleCase))
        except msgspec.ValidationError as error:
            name = entry.get("name", "?") if isinstance(entry, dict) else "?"
            raise RuleError("regles.cas", file=file, name=name, problem=str(error)) from error
    return out


def run_case(case: RuleCase) -> list[Miss]:
    """What the case finds wrong in the rule; empty when it holds."""
    law, expect = rule(case.rule), case.expect
    verdict = explain(law, case.facts, case.on, assumed=case.assumed)
    found: dict[str, Any] = {
        "decision": verdict.decision,
        "failing": sorted(r.condition for r in verdict.reasons if r.decision == "no"),
        "missing": sorted({name for r in verdict.reasons for name in r.missing}),
    }
    wanted: Mapping[str, Any] = {
        "decision": expect.decision,
        "failing": None if expect.failing is None else sorted(expect.failing),
        "missing": None if expect.missing is None else sorted(expect.missing),
    }
    misses = [Miss(case.name, k, found[k], w) for k, w in wanted.items() if w is not None and found[k] != w]
    for name, amount in expect.amounts.items():
        got = compute(law, name, case.facts, case.on)
        exact = amount is None or got is None or isinstance(amount, str) or isinstance(got, str)
        same = got == amount if exact else abs(got - amount) <= case.tolerance
        if not same:
            misses.append(Miss(case.name, name, got, amount))
    return misses
