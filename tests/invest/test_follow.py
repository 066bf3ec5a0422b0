"""The life of actions: states, what is due under dated rules, plan against reality, what a new plan takes as done."""

from datetime import date
from typing import Any

import pytest

from jumeau.invest.follow import accounts, faults, reminders, settled, state

DAY = date(2026, 11, 25)


def row(**fields: Any) -> dict[str, Any]:
    base = {
        "action": "a",
        "title": "Relanternage",
        "owner": "commune:34001",
        "planned_year": 2027,
        "planned_cost_eur": 1000.0,
    }
    return base | fields


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "planned"),
        ({"voted_on": DAY}, "voted"),
        ({"voted_on": DAY, "ordered_on": DAY}, "ordered"),
        ({"paid_on": DAY}, "paid"),
        ({"ordered_on": DAY, "abandoned_on": DAY}, "abandoned"),
    ],
)
def test_states(fields: dict[str, Any], expected: str) -> None:
    assert state(row(**fields)) == expected


def test_a_granted_action_must_start_in_two_years_and_end_in_four() -> None:
    """CGCT R2334-28 and R2334-29, as the rule `echeances_dotations` has them."""
    waiting = row(filed_on=date(2024, 9, 1), notified_on=date(2025, 1, 31), grant_rule="detr")
    (start,) = [r for r in reminders([waiting], DAY) if r.kind == "start"]
    assert start.due_on == date(2027, 1, 31)
    assert not start.late
    assert start.rule == "echeances_dotations"
    begun = waiting | {"ordered_on": date(2025, 2, 1), "works_on": date(2022, 12, 1), "notified_on": date(2022, 6, 1)}
    (end,) = [r for r in reminders([begun], DAY) if r.kind == "finish"]
    assert end.due_on == date(2026, 12, 1)
    (late,) = [r for r in reminders([begun], date(2027, 1, 1)) if r.kind == "finish"]
    assert late.late


def test_other_reminders() -> None:
    kinds = {r.kind: r for r in reminders([row(planned_year=2025)], DAY)}
    assert kinds["year"].late
    assert reminders([row(planned_year=2027)], DAY) == []
    assert [r.kind for r in reminders([row(ordered_on=DAY, received_on=date(2026, 10, 1))], DAY)] == ["balance"]
    asked = row(planned_year=2030, filed_on=date(2026, 3, 1), grant_rule="dsil")
    assert [(r.kind, r.late) for r in reminders([asked], DAY)] == [("answer", True)]
    assert reminders([asked | {"refused_on": DAY}, row(planned_year=2020, abandoned_on=DAY)], DAY) == []


def test_faults_are_named() -> None:
    wrong = row(voted_on=date(2026, 5, 1), ordered_on=date(2026, 4, 1), grant_asked_eur=100.0)
    said = [f.text for f in faults([wrong])]
    assert any("01/05/2026" in text and "01/04/2026" in text for text in said)
    assert any("fait perdre l'aide" in text for text in said)
    assert "dépasse" in faults([row(real_cost_eur=10.0, grant_paid_eur=11.0)])[0].text
    assert faults([row(voted_on=date(2026, 4, 1), filed_on=date(2026, 4, 2), ordered_on=date(2026, 5, 1))]) == []
    ahead = faults([row(voted_on=date(2026, 4, 1), ordered_on=date(2027, 3, 1))], date(2026, 11, 26))
    assert [f.text for f in ahead] == ["Date à venir : commande, le 01/03/2027. Corrigez-la, ou attendez pour la dire."]


def test_accounts_add_up() -> None:
    rows = [
        row(action="a", planned_cost_eur=1000.0, real_cost_eur=900.0, paid_on=DAY),
        row(action="b", planned_cost_eur=500.0, ordered_on=DAY),
        row(action="c", planned_cost_eur=200.0, planned_year=2025),
        row(action="d", planned_cost_eur=9999.0, abandoned_on=DAY),
    ]
    (found,) = accounts(rows, DAY)
    assert (found.actions, found.planned_eur, found.real_eur, found.ordered_eur) == (3, 1700.0, 900.0, 500.0)
    assert (found.unspent_eur, found.late) == (100.0, 1)


def test_what_a_new_plan_takes_as_done() -> None:
    rows = [
        row(action="a", ordered_on=date(2026, 5, 1), real_cost_eur=900.0),
        row(action="b", abandoned_on=DAY),
        row(action="c", refused_on=DAY),
        row(action="d", voted_on=DAY),
    ]
    found = settled(rows)
    assert found.fixed == {"a": 2026}
    assert found.costs == {"a": 900.0}
    assert (found.withdrawn, found.refused) == (("b",), ("c",))
