"""The reference of public policies, number by number: each stands in a dated value of a rule, or is put aside for a reason.

`policy.csv` was typed from the reference, not from the rules: section, subject, rule, value (`=amount` for an amount, its
facts in `key`), key of a table, day, what the reference says that day (`none`: nobody read it, and the rule must say so), and
the number as it writes it. `policy_aside.csv` holds the other numbers: why they are no rule, and which file holds them.
"""

import csv
import json
import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.rules.reference import REFERENCE, articles, body, numbers

from jumeau.rules import catalogue, compute, rule
from jumeau.rules.evaluate import dated
from jumeau.rules.given import read_fact

HERE = Path(__file__).parent
HOME = HERE.parents[1]


def _table(name: str) -> list[dict[str, str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter=";", quoting=csv.QUOTE_NONE))


LINES, ASIDE = _table("policy.csv"), _table("policy_aside.csv")
KINDS = set(
    "contexte rang repris date exemple format ailleurs non_lu constante ecart note refuse moteur".split()  # noqa: SIM905
)
ELSEWHERE = {"L1425-1", "L1425-2", "L4251-1", "R4251-1"}
"""Articles on plans and networks, which no rule decides of a case."""


@pytest.mark.parametrize("line", LINES, ids=lambda x: f"{x['section']} {x['subject']} {x['on']}")
def test_the_rule_says_what_the_reference_says(line: dict[str, str]) -> None:
    value = _computed(line) if line["value"].startswith("=") else _dated(line)
    if line["expected"] == "none":
        assert value is None
    elif line["value"].startswith("="):
        assert value == pytest.approx(float(line["expected"]), abs=0.01)
    else:
        assert _plain(value) == _plain(line["expected"])


def _computed(line: dict[str, str]) -> Any:
    pairs = (pair.split(":") for pair in line["key"].split(","))
    facts = {name: read_fact(name, value) for name, value in pairs}
    return compute(rule(line["rule"]), line["value"][1:], facts, date.fromisoformat(line["on"]))


def _dated(line: dict[str, str]) -> Any:
    found = dated(rule(line["rule"]), line["value"], date.fromisoformat(line["on"]))
    value: Any = None if found is None else found.value
    if line["key"] and value is not None:
        return {str(k): v for k, v in value.items()}[line["key"]]
    return value


def _plain(value: Any) -> Any:
    text = json.dumps(value) if isinstance(value, list) else str(value).lower()
    if text in ("true", "false"):
        return text
    try:
        return float(text)
    except ValueError:
        return text.replace(" ", "").lower()


@cache
def _listed() -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for line in LINES:
        if line["written"]:
            found.setdefault(line["section"], Counter())[line["written"]] += 1
    for row in ASIDE:
        found.setdefault(row["section"], Counter()).update(row["numbers"].split(" | "))
    return found


@pytest.mark.skipif(not REFERENCE.is_file(), reason="the policy reference is not at hand: beside the folder of JUMEAU_DATA")
def test_every_number_of_the_reference_is_in_a_list() -> None:
    said, listed = numbers(), _listed()
    missing = {s: sorted((count - listed.get(s, Counter())).elements()) for s, count in said.items()}
    extra = {s: sorted((count - said.get(s, Counter())).elements()) for s, count in listed.items()}
    assert {s: found for s, found in missing.items() if found} == {}, "numbers of the reference that no list holds"
    assert {s: found for s, found in extra.items() if found} == {}, "numbers of a list that the reference does not write"
    assert sum(count.total() for count in said.values()) > 1900


@pytest.mark.skipif(not REFERENCE.is_file(), reason="the policy reference is not at hand: beside the folder of JUMEAU_DATA")
def test_every_article_of_the_reference_is_cited_by_a_rule() -> None:
    cited: set[str] = set()
    for law in catalogue().values():
        entries = " ".join(entry.reference for value in law.values.values() for entry in value.dated)
        cited |= articles(" ; ".join((law.reference, law.authority, entries, *law.notes)))
    assert articles(body()) - cited == ELSEWHERE


def test_what_is_put_aside_says_why() -> None:
    for row in ASIDE:
        assert row["kind"] in KINDS
        assert row["why"]
        if row["kind"] == "moteur":
            held = _numbers_of(HOME / row["why"])
            for number in row["numbers"].split(" | "):
                value = float(number.replace(" ", ""))
                assert value in held or value / 100 in held, f"{number} is not in {row['why']}"


@cache
def _numbers_of(file: Path) -> set[float]:
    text = file.read_text(encoding="utf-8").replace("_", "")
    return {
        abs(float(x.replace(" ", ""))) for x in re.findall(r"(?<![\w.])-?\d+(?: \d{3})*(?:\.\d+)?|(?<![\w.\d])\.\d+", text)
    }


def test_what_is_said_again_is_checked_where_it_was_first() -> None:
    known = {x for line in LINES for x in (line["written"], line["expected"], line["on"])}
    known |= {x for row in ASIDE if row["kind"] == "moteur" for x in row["numbers"].split(" | ")}
    held = {_plain(x.replace(" ", "")) for x in known}
    for row in ASIDE:
        if row["kind"] == "repris":
            for number in row["numbers"].split(" | "):
                value = _plain(number.replace(" ", ""))
                same = {value, *((value / 100, value * 100, value * 1000) if isinstance(value, float) else ())}
                assert same & held, f"{row['section']}: {number}"


def test_every_section_of_law_is_walked() -> None:
    sections = Counter(line["section"] for line in LINES)
    assert set(sections) >= {f"2.{i}" for i in range(1, 11)} | {f"3.{i}" for i in range(1, 8)} | {
        f"4.{i}" for i in range(1, 5)
    }
    assert len(LINES) >= 450
