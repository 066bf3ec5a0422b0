"""What owners share, checked again from the tables of the plan: envelopes, ceilings, lots, targets, minimums, debt."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.invest.gains import direction
from jumeau.invest.programme import Programme
from jumeau.invest.settings import Settings
from jumeau.invest.together import EUROS, sorter
from jumeau.model.money import annuity, at_price_year
from jumeau.texts import t

Rows = Mapping[str, Mapping[str, Any]]


def verify_together(programme: Programme, table: Rows, effects: pa.Table | None, s: Settings) -> list[str]:
    """Every shared rule the plan breaks, in French."""
    year = dict(zip(programme.chosen["action"].to_pylist(), programme.chosen["year"].to_pylist(), strict=True))
    cost = dict(zip(programme.chosen["action"].to_pylist(), programme.chosen["cost_eur"].to_pylist(), strict=True))
    known = {a: y for a, y in year.items() if a in table}
    wrong = _grants(programme, table, cost, s) + _lots(programme, table, known, cost, s) + _debts(programme, s)
    wrong += _minimums(programme, table, known, s) + _trenches(programme, table, known, cost, s)
    return wrong + (_targets(table, known, effects, s) if effects is not None else [])


def granted(programme: Programme) -> dict[str, float]:
    """What each action is granted [€]."""
    out: dict[str, float] = {}
    for row in programme.grants.to_pylist() if programme.grants is not None else ():
        out[row["action"]] = out.get(row["action"], 0.0) + row["amount_eur"]
    return out


def _grants(programme: Programme, table: Rows, cost: Mapping[str, float], s: Settings) -> list[str]:
    wrong = []
    envelopes = {e.name: e for e in s.together.envelopes}
    used: dict[tuple[str, int], float] = {}
    for row in programme.grants.to_pylist() if programme.grants is not None else ():
        action, name, amount = row["action"], row["envelope"], row["amount_eur"]
        envelope = envelopes.get(name)
        open_to = envelope is not None and action in table and envelope.who.holds(table[action])
        if envelope is None or not open_to or (action, name) in s.together.refused:
            wrong.append(t("programme.faux_aide", action=action, name=name))
            continue
        most = min(
            envelope.rate * cost.get(action, 0.0), float("inf") if envelope.ceiling_eur is None else envelope.ceiling_eur
        )
        if amount > most + 0.005:
            wrong.append(t("programme.faux_plafond", action=action))
        used[name, row["year"]] = used.get((name, row["year"]), 0.0) + amount
    for (name, y), amount in sorted(used.items()):
        over = amount - envelopes[name].amounts.get(y, 0.0)
        if over > 0.005:
            wrong.append(t("programme.faux_enveloppe", name=name, year=y, amount=f"{over:.2f}"))
    for action, amount in sorted(granted(programme).items()):
        ceiling = s.together.ceilings.get(table[action]["kind"], s.together.ceiling) if action in table else 0.0
        if amount > ceiling * cost.get(action, 0.0) + 0.005:
            wrong.append(t("programme.faux_plafond", action=action))
    return wrong


def _lots(programme: Programme, table: Rows, year: Mapping[str, int], cost: Mapping[str, float], s: Settings) -> list[str]:
    wrong = []
    said = {(r["lot"], r["year"]): r for r in (programme.lots.to_pylist() if programme.lots is not None else ())}
    bought: dict[tuple[int, int], list[str]] = {}
    holders = sorter([lot.who for lot in s.together.lots])
    for action, done in year.items():
        for number in holders(table[action]):
            bought.setdefault((number, done), []).append(action)
    for number, lot in enumerate(s.together.lots):
        for y in range(s.first_year, s.first_year + s.years):
            mine = bought.get((number, y), [])
            volume = sum(cost[a] if lot.unit == EUROS else table[a]["quantity"] for a in mine)
            if lot.capacity is not None and volume > lot.capacity * (1 + 1e-9) + 1e-6:
                wrong.append(t("programme.faux_lot", name=lot.name, year=y))
            rebate = max((x.rebate for x in lot.tiers if volume >= x.volume * (1 - 1e-9)), default=0.0) if mine else 0.0
            row = said.get((lot.name, y))
            if mine and (
                row is None or row["rebate"] != rebate or abs(row["saved_eur"] - rebate * sum(cost[a] for a in mine)) > 0.01
            ):
                wrong.append(t("programme.faux_remise", name=lot.name, year=y))
    return wrong


def _targets(table: Rows, year: Mapping[str, int], effects: pa.Table, s: Settings) -> list[str]:
    wrong = []
    for target in s.together.targets:
        last = target.year or s.first_year + s.years - 1
        total = 0.0
        for row in effects.to_pylist():
            action = row["action"]
            if row["indicator"] == target.indicator and year.get(action, 9999) <= last and target.who.holds(table[action]):
                total -= direction(target.indicator) * (row["value"] or 0.0)
        if total < target.amount - 1e-6 * max(1.0, abs(target.amount)):
            wrong.append(
                t("programme.faux_objectif", name=target.indicator, amount=f"{total:.0f}", wanted=f"{target.amount:.0f}")
            )
    return wrong


def _minimums(programme: Programme, table: Rows, year: Mapping[str, int], s: Settings) -> list[str]:
    """Works and money by commune, owner or group, unless nothing more was possible there."""
    wrong = []
    reasons = programme.left_out.select(["action", "reason"])
    limited = reasons.filter(pc.equal(reasons["reason"], "limited"))["action"].to_pylist() if s.together.minimums else []
    for minimum in s.together.minimums:
        last = minimum.year or s.first_year + s.years - 1
        groups: dict[str, list[tuple[bool, float]]] = {}
        for action in (*year, *limited):
            row = table[action]
            of = s.together.groups.get(row["owner"]) if minimum.by == "group" else row[minimum.by]
            if of is not None and (row["earliest_year"] or s.first_year) <= last:
                cost = at_price_year(row["cost_eur"] or 0.0, row["price_year"], s.price_year or s.first_year, s.cost_change)
                groups.setdefault(of, []).append((year.get(action, 9999) <= last, cost))
        spent = {g: sum(c for done, c in mine if done) for g, mine in groups.items()}
        wished = {g: sum(c for _, c in mine) for g, mine in groups.items()}
        for g, mine in sorted(groups.items()):
            few = sum(done for done, _ in mine) < min(minimum.actions, len(mine))
            part = minimum.fair * wished[g] / sum(wished.values()) if sum(wished.values()) > 0 else 0.0
            owed = max(minimum.share * wished[g], part * sum(spent.values()))
            if few or spent[g] < owed - 1e-6 * max(1.0, owed):
                wrong.append(t("programme.faux_minimum", name=g))
    return wrong


def _trenches(
    programme: Programme, table: Rows, year: Mapping[str, int], cost: Mapping[str, float], s: Settings
) -> list[str]:
    """The largest trench of a place and a year is dug once, by nobody when another opens it."""
    if not s.together.trench_share:
        return []
    opened = {(r["synergy_place"], r["synergy_year"]) for r in table.values() if r["synergy_year"] is not None}
    shares: dict[tuple[str, int], list[float]] = {}
    for action, done in year.items():
        place, share = table[action]["synergy_place"], s.together.trench_share.get(table[action]["kind"], 0.0)
        if place and share:
            shares.setdefault((place, done), []).append(share * cost[action])
    said = {(r["place"], r["year"]): r["saved_eur"] for r in (programme.trenches.to_pylist() if programme.trenches else ())}
    saved = {key: sum(some) - (0.0 if key in opened else max(some)) for key, some in shares.items()}
    wrong = [key for key, amount in sorted(saved.items()) if abs(said.get(key, 0.0) - amount) > 0.01 * (1 + len(shares[key]))]
    return [t("programme.faux_remise", name=place, year=y) for place, y in (*wrong, *sorted(set(said) - set(saved)))]


def _debts(programme: Programme, s: Settings) -> list[str]:
    owed: dict[str, float] = {}
    for row in programme.loans.to_pylist() if programme.loans is not None else ():
        owed[row["owner"]] = owed.get(row["owner"], 0.0) + row["amount_eur"]
    most = {o: d.capacity_eur for o, d in s.together.debts.items()}
    return [t("programme.faux_dette", owner=o) for o, amount in sorted(owed.items()) if amount > most.get(o, 0.0) + 0.05]


def lent_cents(programme: Programme, owner: str, year: int, s: Settings) -> int:
    """What loans bring to an owner in a year less what it repays [cents]."""
    debt = s.together.debts.get(owner)
    if debt is None or programme.loans is None:
        return 0
    total = 0.0
    for row in programme.loans.to_pylist():
        if row["owner"] == owner and row["year"] == year:
            total += row["amount_eur"]
        elif row["owner"] == owner and row["year"] < year <= row["year"] + debt.years:
            total -= row["amount_eur"] * annuity(debt.rate, debt.years)
    return round(total * 100)


def given_cents(programme: Programme, s: Settings) -> tuple[dict[tuple[str, int], int], list[str]]:
    """What main budgets give to the purses they may balance, by purse and year [cents]; and the gifts that no rule allows."""
    out: dict[tuple[str, int], int] = {}
    wrong = []
    for row in programme.transfers.to_pylist() if programme.transfers is not None else ():
        purse, year, cents = row["owner"], row["year"], round(100 * row["amount_eur"])
        payers = s.together.payers(purse)
        if len(payers) == 1 or cents < 0:
            wrong.append(t("programme.faux_virement", owner=purse, year=year))
            continue
        out[purse, year] = out.get((purse, year), 0) + cents
        out[payers[1], year] = out.get((payers[1], year), 0) - cents
    return out, wrong
