"""The plan checked again, row by row, by code that shares nothing with the optimiser but the settings."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from jumeau.invest.check_together import given_cents, granted, lent_cents, verify_together
from jumeau.invest.programme import Programme
from jumeau.invest.settings import Settings
from jumeau.model.money import at_price_year
from jumeau.texts import t

READ = (
    "id", "kind", "field", "owner", "commune", "need", "quantity", "cost_eur", "price_year", "requires_all", "requires_any",
    "excludes", "provides", "consumes", "beneficiaries", "earliest_year", "latest_year", "synergy_place", "synergy_year",
)  # fmt: skip
"""Columns of ACTION_SCHEMA that the rules look at."""


def verify(
    programme: Programme, actions: pa.Table, budgets: pa.Table, settings: Settings, effects: pa.Table | None = None
) -> list[str]:
    """Every constraint the plan breaks, in French; empty when it keeps them all. Amounts are compared to the cent.

    effects: to check the targets too.
    """
    table = {row["id"]: row for row in actions.select(READ).to_pylist()}
    year = dict(zip(programme.chosen["action"].to_pylist(), programme.chosen["year"].to_pylist(), strict=True))
    wrong = [] if len(year) == programme.chosen.num_rows else [t("programme.faux_double")]
    for name in sorted(year):
        if name not in table:
            wrong.append(t("programme.faux_inconnue", action=name))
    year = {a: y for a, y in year.items() if a in table}
    for action in sorted(year):
        wrong += _action(action, table, year, settings)
    due = {a for a, row in table.items() if any(d.who.holds(row) for d in settings.together.deadlines)}
    for action in sorted({*settings.required, *settings.fixed, *due} - set(year)):
        wrong.append(t("programme.faux_obligation", action=action))
    wrong += _budgets(programme, table, year, budgets, settings) + _capacities(table, year, settings)
    return wrong + verify_together(programme, table, effects, settings)


def _action(action: str, table: Mapping[str, Any], year: Mapping[str, int], s: Settings) -> list[str]:
    row, done = table[action], year[action]
    wrong = []
    first = max(s.first_year, row["earliest_year"] or s.first_year)
    due = [d.year for d in s.together.deadlines if d.who.holds(row)]
    last = min(s.first_year + s.years - 1, row["latest_year"] or 9999, *due)
    if not first <= done <= last or done != s.fixed.get(action, done):
        wrong.append(t("programme.faux_annee", action=action, year=done))
    if row["cost_eur"] is None:
        wrong.append(t("programme.faux_cout", action=action))
    wrong += [
        t("programme.faux_requis", action=action, other=other)
        for other in row["requires_all"] or ()
        if year.get(other, 9999) > done
    ]
    some = row["requires_any"] or ()
    if some and all(year.get(other, 9999) > done for other in some):
        wrong.append(t("programme.faux_requis", action=action, other=" / ".join(some)))
    wrong += [
        t("programme.faux_exclusion", action=action, other=other)
        for other in row["excludes"] or ()
        if other in year and other != action
    ]
    return wrong


def _budgets(
    programme: Programme, table: Mapping[str, Any], year: Mapping[str, int], budgets: pa.Table, s: Settings
) -> list[str]:
    grants = granted(programme)
    allowed: dict[tuple[str, int], int] = {}
    for row in budgets.to_pylist():
        key = (row["owner"], row["year"])
        allowed[key] = allowed.get(key, 0) + round((row["budget_eur"] or 0.0) * 100)
    spent: dict[tuple[str, int], int] = {}
    for action, done in year.items():
        row = table[action]
        cost = at_price_year(row["cost_eur"] or 0.0, row["price_year"], s.price_year or s.first_year, s.cost_change)
        key = (s.together.purse(row), done)
        spent[key] = spent.get(key, 0) + round(cost * 100) - round(grants.get(action, 0.0) * 100)
    wrong = []
    given, odd = given_cents(programme, s)
    wrong += odd
    for purse in sorted({*(o for o, _ in spent), *(o for o, _ in given)}):
        saved = 0
        loose = purse in s.together.debts or any(o == purse for o, _ in given)
        for y in range(s.first_year, s.first_year + s.years):
            more = lent_cents(programme, purse, y, s) + given.get((purse, y), 0)
            room = allowed.get((purse, y), 0) + saved + more - spent.get((purse, y), 0)
            if room < (-5 if loose else 0):
                wrong.append(t("programme.faux_budget", owner=purse, year=y, amount=f"{-room / 100:.2f}"))
            saved = room if s.carry_over else 0
    return wrong


def _capacities(table: Mapping[str, Any], year: Mapping[str, int], s: Settings) -> list[str]:
    wrong = []
    served: dict[str, set[str] | None] = dict.fromkeys(s.capacity)
    for row in table.values():
        for name, quantity in row["provides"] or ():
            who = served.get(name, set())
            if quantity > 0:
                open_to_all = who is None or not row["beneficiaries"]
                served[name] = None if open_to_all else {*(who or ()), row["owner"], *row["beneficiaries"]}
    users = [a for a in sorted(year) if table[a]["provides"] or table[a]["consumes"]]
    for y in range(s.first_year, s.first_year + s.years):
        balance = dict(s.capacity)
        for action in (a for a in users if year[a] <= y):
            for side, sign in (("provides", 1), ("consumes", -1)):
                for name, quantity in table[action][side] or ():
                    balance[name] = balance.get(name, 0.0) + sign * quantity
        wrong += [t("programme.faux_capacite", name=n, year=y) for n, q in sorted(balance.items()) if q < -1e-6]
    for action in users:
        for name, quantity in table[action]["consumes"] or ():
            who = served.get(name, set())
            if quantity > 0 and who is not None and table[action]["owner"] not in who:
                wrong.append(t("programme.faux_beneficiaire", action=action, name=name))
    return wrong
