"""What owners share, checked again from the tables of the plan: envelopes, ceilings, lots, targets, minimums, debt."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.invest.encoded import Codes, Encoded, Ints, groups, numbers, whole_numbers
from jumeau.invest.gains import direction, places
from jumeau.invest.programme import Programme
from jumeau.invest.settings import Settings
from jumeau.invest.together import EUROS, Minimum, held_by
from jumeau.model.money import annuity, at_price_year
from jumeau.texts import t

LATE = 9999
"""Year of what is not done."""


class Told:
    """What a plan says of each action (A,) of a table: the year it is done, LATE when it is not; whether it is chosen; what
    the plan says it costs [€], what it costs at the price year of the plan and what it is granted [cents]."""

    def __init__(self, programme: Programme, actions: pa.Table, at: Ints, s: Settings) -> None:
        self.rows, self.ids = Encoded(actions), actions["id"].to_pylist()
        known, count = at >= 0, actions.num_rows
        self.year, self.cost = np.full(count, LATE), np.zeros(count)
        self.year[at[known]] = whole_numbers(programme.chosen["year"], LATE)[known]
        self.cost[at[known]] = numbers(programme.chosen["cost_eur"], 0.0)[known]
        self.chosen = self.year != LATE
        stated, year = whole_numbers(actions["price_year"], 0), s.price_year or s.first_year
        worth = {y: at_price_year(1.0, y, year, s.cost_change) for y in np.unique(stated).tolist()}
        self.euros = numbers(actions["cost_eur"], 0.0) * np.array([worth[y] for y in stated.tolist()])
        self.listed = np.rint(self.euros * 100).astype(np.int64)
        grants = np.zeros(count)
        if programme.grants is not None and programme.grants.num_rows:
            whose = places(programme.grants["action"], actions["id"])
            np.add.at(grants, whose[whose >= 0], numbers(programme.grants["amount_eur"])[whose >= 0])
        self.granted = np.rint(grants * 100).astype(np.int64)


def verify_together(programme: Programme, told: Told, effects: pa.Table | None, s: Settings) -> list[str]:
    """Every shared rule the plan breaks, in French."""
    wrong = [*_grants(programme, told, s), *_lots(programme, told, s), *_debts(programme, s)]
    for minimum in s.together.minimums:
        wrong += _minimum(programme, told, minimum, s)
    wrong += _trenches(programme, told, s)
    return wrong + (list(_targets(told, effects, s)) if effects is not None else [])


def granted(programme: Programme) -> dict[str, float]:
    """What each action is granted [€]."""
    out: dict[str, float] = {}
    for row in programme.grants.to_pylist() if programme.grants is not None else ():
        out[row["action"]] = out.get(row["action"], 0.0) + row["amount_eur"]
    return out


def _grants(programme: Programme, told: Told, s: Settings) -> Iterator[str]:
    envelopes, table = s.together.envelopes, programme.grants
    if table is None or not table.num_rows:
        return
    number = {e.name: n for n, e in enumerate(envelopes)}
    action, name = table["action"].to_pylist(), table["envelope"].to_pylist()
    amount, year = numbers(table["amount_eur"]), whole_numbers(table["year"], LATE)
    which = np.array([number.get(n, -1) for n in name])
    at = places(table["action"], told.rows.table["id"])
    open_to = np.zeros((len(told.ids) + 1, len(envelopes) + 1), np.bool_)
    open_to[held_by(told.rows, [e.who for e in envelopes])] = True
    refused = set(s.together.refused)
    bad = ~open_to[at, which] | (np.array([pair in refused for pair in zip(action, name, strict=True)]) if refused else False)
    for n in np.flatnonzero(bad).tolist():
        yield t("programme.faux_aide", action=action[n], name=name[n])
    rates = np.array([*(e.rate for e in envelopes), 0.0])
    tops = np.array([*(np.inf if e.ceiling_eur is None else e.ceiling_eur for e in envelopes), 0.0])
    over = ~bad & (amount > np.minimum(rates[which] * told.cost[at], tops[which]) + 0.005)
    for n in np.flatnonzero(over).tolist():
        yield t("programme.faux_plafond", action=action[n])
    for (n, y), used in _sums(which[~bad], year[~bad], amount[~bad]).items():
        left = used - envelopes[n].amounts.get(y, 0.0)
        if left > 0.005:
            yield t("programme.faux_enveloppe", name=envelopes[n].name, year=y, amount=f"{left:.2f}")
    ceiling = told.rows["kind"].map(s.together.ceilings, s.together.ceiling) * told.cost
    for i in np.flatnonzero(told.granted / 100 > ceiling + 0.005).tolist():
        yield t("programme.faux_plafond", action=told.ids[i])


def _sums(one: Ints, other: Ints, amount: np.ndarray[tuple[int], np.dtype[np.float64]]) -> dict[tuple[int, int], float]:
    """Sum of amounts by pair."""
    out: dict[tuple[int, int], float] = {}
    for key, value in zip(zip(one.tolist(), other.tolist(), strict=True), amount.tolist(), strict=True):
        out[key] = out.get(key, 0.0) + value
    return out


def _lots(programme: Programme, told: Told, s: Settings) -> Iterator[str]:
    said = {(r["lot"], r["year"]): r for r in (programme.lots.to_pylist() if programme.lots is not None else ())}
    row, number = held_by(told.rows, [lot.who for lot in s.together.lots])
    row, number = row[told.chosen[row]], number[told.chosen[row]]
    quantity = numbers(told.rows.table["quantity"], 0.0)
    money = _sums(number, told.year[row], told.cost[row])
    pieces = _sums(number, told.year[row], quantity[row])
    for n, y in sorted(money):
        lot = s.together.lots[n]
        volume = money[n, y] if lot.unit == EUROS else pieces[n, y]
        if lot.capacity is not None and volume > lot.capacity * (1 + 1e-9) + 1e-6:
            yield t("programme.faux_lot", name=lot.name, year=y)
        rebate = max((x.rebate for x in lot.tiers if volume >= x.volume * (1 - 1e-9)), default=0.0)
        told_row = said.get((lot.name, y))
        if told_row is None or told_row["rebate"] != rebate or abs(told_row["saved_eur"] - rebate * money[n, y]) > 0.01:
            yield t("programme.faux_remise", name=lot.name, year=y)


def _targets(told: Told, effects: pa.Table, s: Settings) -> Iterator[str]:
    held = np.zeros((len(told.ids), len(s.together.targets)), np.bool_)
    held[held_by(told.rows, [target.who for target in s.together.targets])] = True
    for n, target in enumerate(s.together.targets):
        last = target.year or s.first_year + s.years - 1
        mine = effects.filter(pc.equal(effects["indicator"], target.indicator))
        at = places(mine["action"], told.rows.table["id"])
        counted = (at >= 0) & (told.year[at] <= last) & held[at, n]
        total = -direction(target.indicator) * float(numbers(mine["value"], 0.0)[counted].sum())
        if total < target.amount - 1e-6 * max(1.0, abs(target.amount)):
            yield t("programme.faux_objectif", name=target.indicator, amount=f"{total:.0f}", wanted=f"{target.amount:.0f}")


def _minimum(programme: Programme, told: Told, minimum: Minimum, s: Settings) -> Iterator[str]:
    """Works and money by commune, owner or group, unless nothing more was possible there."""
    last = minimum.year or s.first_year + s.years - 1
    reasons = programme.left_out.select(["action", "reason"])
    limited = reasons.filter(pc.equal(reasons["reason"], "limited"))["action"]
    possible = told.chosen.copy()
    possible[places(limited, told.rows.table["id"])] = True
    possible &= whole_numbers(told.rows.table["earliest_year"], 0) <= last
    of = _counted(told, minimum, s)
    rows = np.flatnonzero(possible & (of.code >= 0))
    done, by_group = told.year <= last, groups(rows, of.code[rows])
    wished = {g: float(told.euros[mine].sum()) for g, mine in by_group.items()}
    spent = {g: float(told.euros[mine[done[mine]]].sum()) for g, mine in by_group.items()}
    for g, mine in by_group.items():
        few = int(done[mine].sum()) < min(minimum.actions, mine.size)
        part = minimum.fair * wished[g] / sum(wished.values()) if sum(wished.values()) > 0 else 0.0
        owed = max(minimum.share * wished[g], part * sum(spent.values()))
        if few or spent[g] < owed - 1e-6 * max(1.0, owed):
            yield t("programme.faux_minimum", name=of.words[g])


def _counted(told: Told, minimum: Minimum, s: Settings) -> Codes:
    if minimum.by != "group":
        return told.rows[minimum.by]
    owner = told.rows["owner"]
    words = tuple(sorted(set(s.together.groups.values())))
    number = owner.map({o: words.index(g) for o, g in s.together.groups.items()}, -1)
    return Codes(number.astype(np.int64), words)


def _trenches(programme: Programme, told: Told, s: Settings) -> list[str]:
    """The largest trench of a place and a year is dug once, by nobody when another opens it."""
    if not s.together.trench_share:
        return []
    place, opens = told.rows["synergy_place"], whole_numbers(told.rows.table["synergy_year"], LATE)
    opened = {(place[i], int(opens[i])) for i in np.flatnonzero(opens != LATE).tolist()}
    share = told.rows["kind"].map(s.together.trench_share, 0.0) * told.cost
    shares: dict[tuple[str, int], list[float]] = {}
    for i in np.flatnonzero(told.chosen & (place.code >= 0) & (share > 0)).tolist():
        shares.setdefault((place.words[place.code[i]], int(told.year[i])), []).append(float(share[i]))
    said = {(r["place"], r["year"]): r["saved_eur"] for r in (programme.trenches.to_pylist() if programme.trenches else ())}
    saved = {key: sum(some) - (0.0 if key in opened else max(some)) for key, some in shares.items()}
    wrong = [key for key, amount in sorted(saved.items()) if abs(said.get(key, 0.0) - amount) > 0.01 * (1 + len(shares[key]))]
    return [t("programme.faux_remise", name=name, year=y) for name, y in (*wrong, *sorted(set(said) - set(saved)))]


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
