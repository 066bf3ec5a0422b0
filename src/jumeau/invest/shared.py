"""What a plan gets from what owners share: rebates of lots, grants, trenches dug once, loans."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.invest.problem import Item, Problem
from jumeau.invest.tables import GRANTS_SCHEMA, LOANS_SCHEMA, LOTS_SCHEMA, TRENCHES_SCHEMA
from jumeau.invest.together import Lot
from jumeau.model.money import annuity
from jumeau.model.purse import split_purse


class Choice(msgspec.Struct, frozen=True):
    """Year of each item (A,), -1 when left out; its mode (A,); loans and what the main budget gives [€] by (purse, year
    index)."""

    years: NDArray[np.int64]
    modes: NDArray[np.int64]
    loans: Mapping[tuple[str, int], float] = {}
    transfers: Mapping[tuple[str, int], float] = {}


def level(lot: Lot, volume: float) -> int:
    """Index of the level of price a volume opens, -1 below the first."""
    return sum(volume >= tier.volume * (1 - 1e-9) for tier in lot.tiers) - 1


def lots_table(problem: Problem, years: NDArray[np.int64]) -> pa.Table:
    """Volume, rebate and saving of each lot and year (LOTS_SCHEMA)."""
    s = problem.settings
    bought: dict[tuple[int, int], list[Item]] = {}
    for i in np.flatnonzero(years >= 0).tolist():
        if problem.items[i].lot >= 0:
            bought.setdefault((problem.items[i].lot, int(years[i])), []).append(problem.items[i])
    rows = []
    for number, lot in enumerate(s.together.lots):
        for y in range(s.years):
            mine = bought.get((number, y))
            if not mine:
                continue
            volume, money = sum(x.volume for x in mine), sum(x.cost_cents or 0 for x in mine) / 100
            here = level(lot, volume)
            rebate = lot.tiers[here].rebate if here >= 0 else 0.0
            after = lot.tiers[here + 1] if here + 1 < len(lot.tiers) else None
            row = {"lot": lot.name, "year": s.first_year + y, "unit": lot.unit, "actions": len(mine), "volume": volume}
            row |= {"owners": len({x.owner for x in mine}), "list_eur": money, "rebate": rebate}
            row |= {"saved_eur": round(money * rebate, 2)}
            rows.append(row | {"next_volume": after and after.volume, "next_rebate": after and after.rebate})
    return pa.Table.from_pylist(rows, schema=LOTS_SCHEMA)


def grants_table(problem: Problem, choice: Choice) -> pa.Table:
    """What each envelope gives to each chosen action (GRANTS_SCHEMA)."""
    s = problem.settings
    rows = [
        {
            "action": problem.items[i].id,
            "owner": problem.items[i].owner,
            "envelope": s.together.envelopes[n].name,
            "year": s.first_year + int(choice.years[i]),
            "amount_eur": cents / 100,
        }
        for i in np.flatnonzero(choice.years >= 0)
        for n, cents in problem.items[i].modes[choice.modes[i]].grants
    ]
    return pa.Table.from_pylist(rows, schema=GRANTS_SCHEMA)


def trenches_table(problem: Problem, years: NDArray[np.int64]) -> pa.Table:
    """What is saved in each place where works of one year share a trench or a visit (TRENCHES_SCHEMA)."""
    found: dict[tuple[str, int], list[int]] = {}
    for i in np.flatnonzero(years >= 0):
        item = problem.items[i]
        if item.place is not None and item.trench_cents:
            found.setdefault((item.place, int(years[i])), []).append(int(i))
    opened = {(x.place, x.trench_open) for x in problem.items if x.trench_open is not None}
    rows = []
    for (place, y), mine in sorted(found.items()):
        shares = [problem.items[i].trench_cents for i in mine]
        saved = sum(shares) - (0 if (place, y) in opened else max(shares))
        if saved > 0:
            year = problem.settings.first_year + y
            rows.append({"place": place, "year": year, "actions": len(mine), "saved_eur": saved / 100})
    return pa.Table.from_pylist(rows, schema=TRENCHES_SCHEMA)


def loans_table(problem: Problem, loans: Mapping[tuple[str, int], float]) -> pa.Table:
    """What each owner borrows each year (LOANS_SCHEMA)."""
    first = problem.settings.first_year
    rows = [{"owner": o, "year": first + y, "amount_eur": round(v, 2)} for (o, y), v in sorted(loans.items())]
    return pa.Table.from_pylist(rows, schema=LOANS_SCHEMA)


def transfers_table(problem: Problem, transfers: Mapping[tuple[str, int], float]) -> pa.Table:
    """What main budgets give each year to the purses they balance (LOANS_SCHEMA)."""
    return loans_table(problem, transfers)


def transferred(transfers: Mapping[tuple[str, int], float], purse: str, year: int) -> float:
    """What a purse is given in a year by the main budget of its owner, less what it gives [€]."""
    given = sum(v for (to, y), v in transfers.items() if y == year and split_purse(to)[0] == purse and to != purse)
    return transfers.get((purse, year), 0.0) - given


def lent(problem: Problem, loans: Mapping[tuple[str, int], float], owner: str, year: int) -> float:
    """What loans bring to an owner in a year, less what it repays for those of before [€]."""
    debt = problem.settings.together.debts.get(owner)
    if debt is None:
        return 0.0
    due = annuity(debt.rate, debt.years)
    before = sum(v for (o, y), v in loans.items() if o == owner and y < year <= y + debt.years)
    return loans.get((owner, year), 0.0) - due * before
