"""Every YAML case beside this file."""

from pathlib import Path

import pytest

from jumeau.rules import catalogue
from jumeau.rules.cases import RuleCase, read_cases, run_case

CASES = [c for f in sorted(Path(__file__).parent.glob("*.yaml")) for c in read_cases(f.read_text(encoding="utf-8"), f.name)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule}: {c.name}")
def test_case(case: RuleCase) -> None:
    assert run_case(case) == []


def test_every_rule_and_every_amount_has_a_case() -> None:
    decided = {c.rule for c in CASES if c.expect.decision == "yes"} & {c.rule for c in CASES if c.expect.decision == "no"}
    assert decided | {"plafond_aides_publiques", "delais_procedure", "tva_travaux"} >= set(catalogue())
    computed = {(c.rule, a) for c in CASES for a in c.expect.amounts}
    wanted = {(r.id, a) for r in catalogue().values() for a in r.amounts} - {("fctva", "rate")}
    assert wanted <= computed


def test_a_wrong_expectation_is_seen() -> None:
    case = next(c for c in CASES if c.rule == "fctva")
    import msgspec

    wrong = msgspec.structs.replace(case, expect=msgspec.structs.replace(case.expect, amounts={"refund_eur": 20.0}))
    assert [m.what for m in run_case(wrong)] == ["refund_eur"]
