"""The life of each action after the plan: what happened, what is due, what it really cost, and what that leaves to decide."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Literal

import msgspec

from jumeau.rules.evaluate import compute
from jumeau.rules.loader import rule
from jumeau.texts import t

LAYER = "suivi_action"
STAGES = ("voted_on", "filed_on", "notified_on", "ordered_on", "works_on", "received_on", "paid_on")
"""Dates of the life of an action, in the order of the law: a grant is asked before the order."""
SETTLED = ("ordered_on", "works_on", "received_on", "paid_on")
"""Once one of these is past, the action is no longer to be decided."""
DEADLINES = "echeances_dotations"
FAMILIES = {"detr": "detr", "dsil": "dsil", "dsid": "dsid"}
FONDS_VERT = "fonds_vert"
WARN_DAYS = 180

State = Literal["planned", "voted", "filed", "notified", "ordered", "works", "received", "paid", "abandoned"]
Row = Mapping[str, Any]


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """Something due. kind: `start` or `finish` of granted works, `year` (not ordered in its year), `balance` (received and
    not paid), `answer` (a request without answer); late: the day is past."""

    action: str
    owner: str
    kind: str
    due_on: date
    late: bool
    text: str
    rule: str = ""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A life that cannot be, or that costs a grant."""

    action: str
    text: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An owner's plan against what happened [€ before tax]. planned: all followed actions; planned_done, real: those whose
    real cost is known; ordered: actions ordered without a real cost yet, at the planned one; unspent: planned_done - real;
    late: actions whose year is past without an order."""

    owner: str
    actions: int
    planned_eur: float
    planned_done_eur: float
    real_eur: float
    ordered_eur: float
    unspent_eur: float
    asked_eur: float
    notified_eur: float
    paid_eur: float
    late: int


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What a new plan must take as done. fixed: action -> year of its order; costs: action -> real cost [€]; withdrawn:
    actions abandoned; refused: actions whose grant was refused."""

    fixed: Mapping[str, int]
    costs: Mapping[str, float]
    withdrawn: tuple[str, ...]
    refused: tuple[str, ...]


def state(row: Row) -> State:
    """Where an action stands: its last stage, abandoned when somebody said so."""
    if row.get("abandoned_on"):
        return "abandoned"
    last: State = "planned"
    for stage in STAGES:
        if row.get(stage):
            last = stage.removesuffix("_on")  # type: ignore[assignment]
    return last


def faults(rows: Iterable[Row], on: date | None = None) -> list[Fault]:
    """Dates out of order or after the day `on`, orders placed before the request of a grant, more granted than spent."""
    out = []
    for row in rows:
        name = row["action"]
        known = [(stage, row[stage]) for stage in STAGES if row.get(stage)]
        for (first, before), (second, after) in pairwise(known):
            if after < before:
                words = {"first": t(f"suivi.{first}"), "second": t(f"suivi.{second}")}
                out.append(Fault(action=name, text=t("suivi.ordre", **words, before=_fr(before), after=_fr(after))))
        for stage, when in known:
            if on is not None and when > on:
                out.append(Fault(action=name, text=t("suivi.a_venir_dit", step=t(f"suivi.{stage}"), day=_fr(when))))
        if row.get("ordered_on") and row.get("grant_asked_eur") and not row.get("filed_on"):
            out.append(Fault(action=name, text=t("suivi.commande_sans_depot")))
        cost = row.get("real_cost_eur")
        if cost is not None and (row.get("grant_paid_eur") or 0.0) > cost:
            out.append(Fault(action=name, text=t("suivi.aide_trop_grande")))
    return out


def reminders(rows: Iterable[Row], on: date) -> list[Reminder]:
    """What is due, the most pressing first. Deadlines of grants come from the rules in force when they were notified."""
    out: list[Reminder] = []
    for row in rows:
        if state(row) in ("abandoned", "paid"):
            continue
        out += _granted(row, on)
        planned = row.get("planned_year")
        if planned and not any(row.get(stage) for stage in SETTLED):
            out.append(_reminder(row, "year", date(planned, 12, 31), on))
        if row.get("received_on"):
            out.append(_reminder(row, "balance", _after(row["received_on"], months=3), on))
        if row.get("filed_on") and not row.get("notified_on") and not row.get("refused_on"):
            out.append(_reminder(row, "answer", _after(row["filed_on"], months=6), on))
    near = [r for r in out if (r.due_on - on).days <= WARN_DAYS]
    return sorted(near, key=lambda r: (r.due_on, r.action, r.kind))


def _granted(row: Row, on: date) -> list[Reminder]:
    given, name = row.get("notified_on"), row.get("grant_rule") or ""
    family = FAMILIES.get(name, FONDS_VERT if name.startswith(FONDS_VERT) else "")
    if not given or not family:
        return []
    law = {"grant_family": family}
    if not row.get("works_on"):
        years = compute(rule(DEADLINES), "start_years", law, given)
        return [] if years is None else [_reminder(row, "start", _after(given, months=12 * int(years)), on, DEADLINES)]
    if not row.get("received_on"):
        years = compute(rule(DEADLINES), "finish_years", law, given)
        due = None if years is None else _after(row["works_on"], months=12 * int(years))
        return [] if due is None else [_reminder(row, "finish", due, on, DEADLINES)]
    return []


def _reminder(row: Row, kind: str, due: date, on: date, law: str = "") -> Reminder:
    text = t(f"suivi.rappel_{kind}", title=row.get("title") or row["action"], due=_fr(due))
    return Reminder(action=row["action"], owner=row["owner"], kind=kind, due_on=due, late=due < on, text=text, rule=law)


def _after(day: date, *, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _fr(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def accounts(rows: Iterable[Row], on: date) -> list[Account]:
    """Plan against reality by owner, abandoned actions left out."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if state(row) != "abandoned":
            groups.setdefault(row["owner"], []).append(row)
    return [_account(owner, group, on) for owner, group in sorted(groups.items())]


def _account(owner: str, rows: Sequence[Row], on: date) -> Account:
    done = [r for r in rows if r.get("real_cost_eur") is not None]
    ordered = [r for r in rows if r.get("real_cost_eur") is None and any(r.get(s) for s in SETTLED)]
    waiting = [r for r in rows if not any(r.get(s) for s in SETTLED)]
    planned_done, real = _sum(done, "planned_cost_eur"), _sum(done, "real_cost_eur")
    return Account(
        owner=owner,
        actions=len(rows),
        planned_eur=_sum(rows, "planned_cost_eur"),
        planned_done_eur=planned_done,
        real_eur=real,
        ordered_eur=_sum(ordered, "planned_cost_eur"),
        unspent_eur=round(planned_done - real, 2),
        asked_eur=_sum(rows, "grant_asked_eur"),
        notified_eur=_sum(rows, "grant_notified_eur"),
        paid_eur=_sum(rows, "grant_paid_eur"),
        late=sum((r.get("planned_year") or on.year) < on.year for r in waiting),
    )


def _sum(rows: Iterable[Row], name: str) -> float:
    return round(sum(r.get(name) or 0.0 for r in rows), 2)


def settled(rows: Iterable[Row]) -> Settled:
    """What a new plan takes as done: ordered actions stay in the year of their order, at their real cost when it is known."""
    fixed, costs, gone, refused = {}, {}, [], []
    for row in rows:
        name, where = row["action"], state(row)
        if where == "abandoned":
            gone.append(name)
            continue
        first = next((row[s] for s in SETTLED if row.get(s)), None)
        if first is not None:
            fixed[name] = first.year
        if row.get("real_cost_eur") is not None:
            costs[name] = float(row["real_cost_eur"])
        if row.get("refused_on") and not row.get("notified_on"):
            refused.append(name)
    return Settled(fixed=fixed, costs=costs, withdrawn=tuple(gone), refused=tuple(refused))
