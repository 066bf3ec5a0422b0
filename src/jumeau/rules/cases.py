"""Rule cases written in YAML by a jurist: facts, a date, and what the rule must answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from jumeau.errors import RuleError
from jumeau.rules.evaluate import Decision, check_facts, compute, explain
from jumeau.rules.loader import catalogue, rule
from jumeau.rules.reading import Document, read_document
from jumeau.rules.shapes import shaped


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
    """Cases of a YAML text. Raises RuleError naming the file, the line and what is wrong."""
    catalogue()
    document = read_document(text, file)
    entries = document.data if isinstance(document.data, list) else [document.data]
    if not all(isinstance(entry, dict) for entry in entries):
        raise document.refuse("regles.cas_pas_une_liste", ())
    return [_case(entry, document, i) for i, entry in enumerate(entries)]


def _case(entry: Any, document: Document, rank: int) -> RuleCase:
    path = (rank,) if isinstance(document.data, list) else ()
    case = shaped(entry, RuleCase, document, path, {"decision": "yes, no, unknown"})
    try:
        known = rule(case.rule).amounts
        check_facts(case.facts)
    except RuleError as error:
        word = str(error.where.get("name", ""))
        raise document.refuse("regles.cas_refuse", path, word, name=case.name, said=str(error)) from error
    for name in case.expect.amounts:
        if name not in known:
            near = ", ".join(known)
            raise document.refuse("regles.cas_montant", (*path, "expect"), name, name=name, rule=case.rule, known=near)
    return case


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
