"""When the money of a plan comes in and goes out, year by year, and what a loan costs."""

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from jumeau.errors import InputError
from jumeau.funding.plan import Line, Scenario
from jumeau.model.money import split_cents
from jumeau.rules.evaluate import compute
from jumeau.rules.loader import rule

DEADLINES = "echeances_dotations"
FAMILIES = ("detr", "dsil", "dsid", "fonds_vert")
BALANCE_Y, CERTIFICATE_Y = 1, 1
"""Years after the works in which the balance of a grant and the price of certificates are paid: usual practice."""


class CashYear(msgspec.Struct, frozen=True, kw_only=True):
    """Flows of a year [cents], in positive. spent: works with tax; received: by kind of resource; own: what the owner puts in
    that year, whose cash it recovers when it is negative; treasury: cash the owner is out of pocket for since the start.
    """

    year: int
    spent: int
    received: Mapping[str, int]
    own: int
    treasury: int


def cash_calendar(scenario: Scenario, year: int, on: date) -> list[CashYear]:
    """Years of a plan whose works are paid in `year`: an advance on State grants, their balance after, certificates, FCTVA at
    its lag, the loan at once. The flows of all years add up to nothing but the owner's part.
    """
    flows: dict[int, dict[str, int]] = {year: {}}
    for line in scenario.lines:
        if line.kind == "own":
            continue
        for after, cents in _paid(line, on):
            mine = flows.setdefault(year + after, {})
            mine[line.kind] = mine.get(line.kind, 0) + cents
    out, treasury = [], 0
    for y in range(year, max(flows) + 1):
        received = flows.get(y, {})
        spent = scenario.cents() if y == year else 0
        own = spent - sum(received.values())
        treasury += own
        out.append(CashYear(year=y, spent=spent, received=received, own=own, treasury=treasury))
    return out


def _paid(line: Line, on: date) -> list[tuple[int, int]]:
    """(years after the works, cents) of a resource."""
    if line.kind == "certificate":
        return [(CERTIFICATE_Y, line.cents)]
    if line.kind != "aid":
        return [(line.after_years, line.cents)]
    family = next((f for f in FAMILIES if line.rule.startswith(f)), "autre")
    share = compute(rule(DEADLINES), "advance_share", {"grant_family": family}, on) or 0.0
    if not share:
        return [(BALANCE_Y, line.cents)]
    advance, balance = split_cents(line.cents, [share, 1 - share])
    return [(0, advance), (BALANCE_Y, balance)]


def annuity(cents: int, rate: float, years: int) -> int:
    """Constant yearly payment of a loan [cents]: `rate` [1/year], `years` payments at the end of each year.

    Raises InputError on a negative amount or rate, or no year.
    """
    if cents < 0 or rate < 0 or years < 1:
        raise InputError("financement.emprunt_refuse", value=cents / 100, rate=rate, years=years)
    if rate == 0:
        return round(cents / years)
    return round(cents * rate / (1 - (1 + rate) ** -years))


def cash_of(plans: Iterable[tuple[int, Scenario]], on: date) -> list[CashYear]:
    """The calendars of several plans added up. plans: (year of the works, scenario)."""
    sums: dict[int, tuple[int, dict[str, int]]] = {}
    for year, scenario in plans:
        for one in cash_calendar(scenario, year, on):
            spent, received = sums.get(one.year, (0, {}))
            both = {k: received.get(k, 0) + one.received.get(k, 0) for k in (*received, *one.received)}
            sums[one.year] = (spent + one.spent, both)
    out, treasury = [], 0
    for year in range(min(sums, default=0), max(sums, default=-1) + 1):
        spent, received = sums.get(year, (0, {}))
        own = spent - sum(received.values())
        treasury += own
        out.append(CashYear(year=year, spent=spent, received=received, own=own, treasury=treasury))
    return out
