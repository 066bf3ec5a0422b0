"""The calendar of a purchase, counted backwards from the day works must start."""

from calendar import monthrange
from datetime import date, timedelta
from typing import TypeAlias

import msgspec

from jumeau.procurement.procedure import DELAYS, TOGETHER, Procedure
from jumeau.rules.evaluate import compute
from jumeau.rules.loader import rule

DRAFTING_MONTHS = (2.0, 3.0)
"""To write the consultation documents, low and high: usual practice."""
PREPARING_MONTHS = (1.0, 2.0)
"""From notification to the start of works: usual practice."""


Stage: TypeAlias = tuple[str, tuple[float, float], str]
"""Name, shortest and prudent durations [month], basis."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A stage between two dates. name: `accord`, `dossier`, `consultation`, `preparation`; basis: rule it rests on, or
    `pratique`."""

    name: str
    starts_on: date
    ends_on: date
    months: float
    basis: str


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """The prudent calendar, its steps in order. starts_on: the day to begin; at_latest: with the shortest durations;
    late: even that day is past; soonest, prudent: when works could start by beginning today, with the shortest durations and
    with the prudent ones; steps: those that can still be taken, from today when the day to begin is past."""

    works_on: date
    starts_on: date
    at_latest: date
    late: bool
    soonest: date
    prudent: date
    steps: tuple[Step, ...]

    @property
    def from_today(self) -> bool:
        """True when the steps begin today, for works on the prudent day."""
        return self.steps[-1].ends_on != self.works_on


def months_before(day: date, months: float) -> date:
    """The day `months` months before another, or after it when negative; a half month is fifteen days."""
    whole = int(months)
    index = day.year * 12 + day.month - 1 - whole
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)) - timedelta(days=round((months - whole) * 30))


def calendar(asked: Procedure, members: int, works_on: date, today: date) -> Calendar | None:
    """Stages back from the works; None while the procedure is not known."""
    if asked.months_low is None or asked.months_high is None:
        return None
    agree = [float(compute(rule(TOGETHER), n, {}, today) or 0) for n in ("months_low", "months_high")]
    stages: list[Stage] = [
        ("preparation", PREPARING_MONTHS, "pratique"),
        ("consultation", (asked.months_low, asked.months_high), DELAYS),
        ("dossier", DRAFTING_MONTHS, "pratique"),
    ]
    if members > 1:
        stages.append(("accord", (agree[0], agree[1]), TOGETHER))
    soonest, _ = _forward(stages, today, 0)
    prudent, from_today = _forward(stages, today, 1)
    latest, _ = _back(stages, works_on, 0)
    starts_on, steps = _back(stages, works_on, 1)
    return Calendar(
        works_on=works_on,
        starts_on=starts_on,
        at_latest=latest,
        late=latest < today,
        soonest=soonest,
        prudent=prudent,
        steps=steps if starts_on >= today else from_today,
    )


def _back(stages: list[Stage], end: date, i: int) -> tuple[date, tuple[Step, ...]]:
    """The day to begin and the steps, back from the works; i: 0 for the shortest durations, 1 for the prudent ones."""
    steps = []
    for name, months, basis in stages:
        begin = months_before(end, months[i])
        steps.append(Step(name=name, starts_on=begin, ends_on=end, months=months[i], basis=basis))
        end = begin
    return end, tuple(reversed(steps))


def _forward(stages: list[Stage], begin: date, i: int) -> tuple[date, tuple[Step, ...]]:
    """The day works can start and the steps, from the day one begins."""
    steps = []
    for name, months, basis in reversed(stages):
        end = months_before(begin, -months[i])
        steps.append(Step(name=name, starts_on=begin, ends_on=end, months=months[i], basis=basis))
        begin = end
    return begin, tuple(steps)
