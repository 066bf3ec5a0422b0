"""The plan checked again, rule by rule, by code that shares with the optimiser only the settings
and the reading of columns."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from jumeau.invest.check_together import LATE, Told, given_cents, lent_cents, verify_together
from jumeau.invest.encoded import filled, numbers, whole_numbers
from jumeau.invest.gains import places
from jumeau.invest.programme import Programme
from jumeau.invest.settings import Settings
from jumeau.invest.together import held_by
from jumeau.texts import t


def verify(
    programme: Programme, actions: pa.Table, budgets: pa.Table, settings: Settings, effects: pa.Table | None = None
) -> list[str]:
    """Every constraint the plan breaks, in French; empty when it keeps them all. Amounts are compared to the cent.

    effects: to check the targets too.
    """
    said = programme.chosen["action"].to_pylist()
    wrong = [] if len(set(said)) == len(said) else [t("programme.faux_double")]
    at = places(programme.chosen["action"], actions["id"])
    wrong += [t("programme.faux_inconnue", action=said[n]) for n in np.flatnonzero(at < 0).tolist()]
    told = Told(programme, actions, at, settings)
    wrong += [*_windows(told, settings), *_relations(told), *_obligations(told, settings)]
    wrong += [*_budgets(programme, told, budgets, settings), *_capacities(told, settings)]
    return wrong + verify_together(programme, told, effects, settings)


def _windows(told: Told, s: Settings) -> Iterator[str]:
    table, year = told.rows.table, told.year
    first = np.maximum(whole_numbers(table["earliest_year"], s.first_year), s.first_year)
    last = np.minimum(whole_numbers(table["latest_year"], LATE), s.first_year + s.years - 1)
    due, which = held_by(told.rows, [d.who for d in s.together.deadlines])
    np.minimum.at(last, due, np.array([d.year for d in s.together.deadlines], np.int64)[which])
    fixed = np.array([s.fixed.get(name, 0) for name in told.ids]) if s.fixed else np.zeros(first.size, np.int64)
    off = (year < first) | (year > last) | ((fixed > 0) & (year != fixed))
    for i in np.flatnonzero(told.chosen & off).tolist():
        yield t("programme.faux_annee", action=told.ids[i], year=int(year[i]))
    for i in np.flatnonzero(told.chosen & (table["cost_eur"].is_null().to_numpy())).tolist():
        yield t("programme.faux_cout", action=told.ids[i])


def _relations(told: Told) -> Iterator[str]:
    """What an action requires is done the same year or before; what it excludes is not done."""
    table, year = told.rows.table, told.year
    done = dict(zip(told.ids, year.tolist(), strict=True))
    for i, names in filled(table["requires_all"]).items():
        for other in names if told.chosen[i] else ():
            if done.get(other, LATE) > year[i]:
                yield t("programme.faux_requis", action=told.ids[i], other=other)
    for i, names in filled(table["requires_any"]).items():
        if told.chosen[i] and all(done.get(other, LATE) > year[i] for other in names):
            yield t("programme.faux_requis", action=told.ids[i], other=" / ".join(names))
    for i, names in filled(table["excludes"]).items():
        for other in names if told.chosen[i] else ():
            if done.get(other, LATE) != LATE and other != told.ids[i]:
                yield t("programme.faux_exclusion", action=told.ids[i], other=other)


def _obligations(told: Told, s: Settings) -> Iterator[str]:
    row, _ = held_by(told.rows, [d.who for d in s.together.deadlines])
    due = {told.ids[i] for i in row[~told.chosen[row]].tolist()}
    named = {*s.required, *s.fixed}
    missing = named - {told.ids[i] for i in np.flatnonzero(told.chosen).tolist()} if named else set()
    for action in sorted(due | missing):
        yield t("programme.faux_obligation", action=action)


def _budgets(programme: Programme, told: Told, budgets: pa.Table, s: Settings) -> list[str]:
    given, wrong = given_cents(programme, s)
    purse = s.together.purses_of(told.rows)
    some = np.flatnonzero(told.chosen)
    spent: dict[str, list[int]] = {}
    net = told.listed - told.granted
    for i, y in zip(some.tolist(), (told.year[some] - s.first_year).tolist(), strict=True):
        if 0 <= y < s.years:
            spent.setdefault(purse.words[purse.code[i]], [0] * s.years)[y] += int(net[i])
    amounts = np.rint(numbers(budgets["budget_eur"], 0.0) * 100).astype(np.int64)
    allowed: dict[tuple[str, int], int] = {}
    for key, amount in zip(
        zip(budgets["owner"].to_pylist(), budgets["year"].to_pylist(), strict=True), amounts.tolist(), strict=True
    ):
        allowed[key] = allowed.get(key, 0) + amount
    nothing = [0] * s.years
    for name in sorted({*spent, *(o for o, _ in given)}):
        saved = 0
        loose = name in s.together.debts or any(o == name for o, _ in given)
        for n, paid in enumerate(spent.get(name, nothing)):
            y = s.first_year + n
            more = lent_cents(programme, name, y, s) + given.get((name, y), 0)
            room = allowed.get((name, y), 0) + saved + more - paid
            if room < (-5 if loose else 0):
                wrong.append(t("programme.faux_budget", owner=name, year=y, amount=f"{-room / 100:.2f}"))
            saved = room if s.carry_over else 0
    return wrong


def _capacities(told: Told, s: Settings) -> list[str]:
    table, owner, wrong = told.rows.table, told.rows["owner"], []
    offers, uses, people = (filled(table[name]) for name in ("provides", "consumes", "beneficiaries"))
    served: dict[str, set[str | None] | None] = dict.fromkeys(s.capacity)
    for i, some in offers.items():
        for name in (x["key"] for x in some if x["value"] > 0):
            who = served.get(name, set())
            served[name] = None if who is None or i not in people else {*who, owner[i], *people[i]}
    for y in range(s.first_year, s.first_year + s.years):
        balance = dict(s.capacity)
        for amounts, sign in ((offers, 1), (uses, -1)):
            for i, some in amounts.items():
                for x in some if told.year[i] <= y else ():
                    balance[x["key"]] = balance.get(x["key"], 0.0) + sign * x["value"]
        wrong += [t("programme.faux_capacite", name=n, year=y) for n, q in sorted(balance.items()) if q < -1e-6]
    for i, some in uses.items():
        for name in (x["key"] for x in some if x["value"] > 0 and told.chosen[i]):
            who = served.get(name, set())
            if who is not None and owner[i] not in who:
                wrong.append(t("programme.faux_beneficiaire", action=told.ids[i], name=name))
    return wrong
