"""What a plan gets from what owners share: rebates of lots, grants, trenches dug once, loans."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.invest.encoded import groups
from jumeau.invest.problem import Problem
from jumeau.invest.rows import spread
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
    s, items = problem.settings, problem.items
    rows = np.flatnonzero((years >= 0) & (items.lot >= 0))
    out = []
    for mine in groups(rows, items.lot[rows] * s.years + years[rows]).values():
        lot, y = s.together.lots[items.lot[mine[0]]], int(years[mine[0]])
        volume, money = float(items.volume[mine].sum()), float(items.paid[mine].sum()) / 100
        here = level(lot, volume)
        rebate = lot.tiers[here].rebate if here >= 0 else 0.0
        after = lot.tiers[here + 1] if here + 1 < len(lot.tiers) else None
        row = {"lot": lot.name, "year": s.first_year + y, "unit": lot.unit, "actions": mine.size, "volume": volume}
        row |= {"owners": np.unique(items.owner.code[mine]).size, "list_eur": money, "rebate": rebate}
        row |= {"saved_eur": round(money * rebate, 2)}
        out.append(row | {"next_volume": after and after.volume, "next_rebate": after and after.rebate})
    return pa.Table.from_pylist(out, schema=LOTS_SCHEMA)


def grants_table(problem: Problem, choice: Choice) -> pa.Table:
    """What each envelope gives to each chosen action (GRANTS_SCHEMA)."""
    s, modes = problem.settings, problem.items.modes
    rows = np.flatnonzero(choice.years >= 0)
    way = modes.start[rows] + choice.modes[rows]
    length = modes.grant_start[way + 1] - modes.grant_start[way]
    at, row = spread(modes.grant_start[way], length), np.repeat(rows, length)
    names = pa.array([e.name for e in s.together.envelopes], pa.string())
    columns = {
        "action": problem.table["id"].take(row),
        "owner": problem.table["owner"].take(row),
        "envelope": names.take(pa.array(modes.envelope[at])),
        "year": pa.array(s.first_year + choice.years[row], pa.int16()),
        "amount_eur": pa.array(modes.cents[at] / 100),
    }
    return pa.table(columns, schema=GRANTS_SCHEMA)


def trenches_table(problem: Problem, years: NDArray[np.int64]) -> pa.Table:
    """What is saved in each place where works of one year share a trench or a visit (TRENCHES_SCHEMA)."""
    items = problem.items
    found: dict[tuple[str, int], list[int]] = {}
    for i in np.flatnonzero((years >= 0) & (items.place.code >= 0) & (items.trench > 0)).tolist():
        found.setdefault((items.place.words[items.place.code[i]], int(years[i])), []).append(i)
    dug = np.flatnonzero(items.opened >= 0)
    opened = set(zip((items.place[i] for i in dug.tolist()), items.opened[dug].tolist(), strict=True))
    rows = []
    for (place, y), mine in sorted(found.items()):
        shares = items.trench[mine].tolist()
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
