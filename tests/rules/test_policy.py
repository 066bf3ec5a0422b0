"""The reference of public policies, line by line: each number it gives stands in a dated value of a rule.

`policy.csv` was typed from the reference, not from the rules: section, subject, rule, value, key of a table, day, and what
the reference says that day (`none`: nobody read it, and the rule must say so).
"""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jumeau.rules import rule
from jumeau.rules.evaluate import dated

LINES = list(csv.DictReader((Path(__file__).parent / "policy.csv").read_text(encoding="utf-8").splitlines(), delimiter=";"))


@pytest.mark.parametrize("line", LINES, ids=lambda x: f"{x['section']} {x['subject']}")
def test_the_rule_says_what_the_reference_says(line: dict[str, str]) -> None:
    found = dated(rule(line["rule"]), line["value"], date.fromisoformat(line["on"]))
    value: Any = None if found is None else found.value
    if line["key"] and value is not None:
        value = {str(k): v for k, v in value.items()}[line["key"]]
    if line["expected"] == "none":
        assert value is None
        return
    assert found is not None
    assert found.confidence
    assert _plain(value) == _plain(line["expected"])


def _plain(value: Any) -> Any:
    text = str(value).lower()
    if text in ("true", "false"):
        return text
    try:
        return float(text)
    except ValueError:
        return text


def test_every_section_is_walked() -> None:
    sections = {line["section"] for line in LINES}
    assert sections >= {f"2.{i}" for i in range(1, 11)} | {f"3.{i}" for i in range(1, 8)} | {f"4.{i}" for i in range(1, 5)}
    assert len(LINES) >= 165
