"""A part as the kernel moves it: what is counted, the empty plan, and the whole vector of a plan."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from jumeau.invest.formulation import Part
from jumeau.invest.limits import AtMost, at_most, of_kinds
from jumeau.invest.lots import Lots, read_lots
from jumeau.invest.sides import LITTLE, Money, Trenches, longest, read_money, read_trenches
from jumeau.kernels.anneal import State

Floats = NDArray[np.float64]
ALONE = ("once", "tier", "lot_volume", "lot_cost", "trench", "debt")
"""Rows that moves keep by the way they count, not by a sum."""


class Limited(msgspec.Struct, frozen=True):
    """What moves keep and count: limits, what the columns that are sums are of the choices (E, K), lots, trenches, money."""

    kept: AtMost
    sums: csr_matrix
    lots: Lots
    trenches: Trenches
    money: Money


def counted(part: Part) -> Limited:
    """What moves keep and count of a part."""
    rows, alone = part.model.rows, of_kinds(part, *ALONE)
    other = part.model.rows.index >= part.item.size
    owner = np.repeat(np.arange(rows.lower.size), np.diff(rows.start))
    mixed = np.bincount(owner[other], minlength=rows.lower.size) > 0
    mine = ~alone & ~(mixed & (rows.lower == rows.upper))
    up = np.flatnonzero(mine & np.isfinite(rows.upper))
    down = np.flatnonzero(mine & np.isfinite(rows.lower) & ((rows.lower > 0) | mixed))
    return Limited(at_most(part, up, down), _sums(part), read_lots(part), read_trenches(part), read_money(part))


def ready(part: Part, rows: Limited) -> State:
    """The empty plan of a part, as the kernel moves it: its items, then its slices of money."""
    lots, trenches, money = rows.lots, rows.trenches, rows.money
    count, more = part.item.size, money.column.size
    starts = np.flatnonzero(np.diff(part.item, prepend=-1))
    block = np.concatenate([part.owner[starts], money.owner])
    members = np.argsort(block, kind="stable")
    allowed = np.where(part.model.upper[:count] > 0.5, part.model.gain[:count], -1e15)
    columns = rows.kept.choices
    brought = csr_matrix(rows.kept.others[:, money.column - count].multiply(money.amount).T)
    years = int(part.year.max(initial=0)) + 1
    size, levels = max(lots.opens.shape[0], 1), max(lots.opens.shape[1], 1)
    priced = lots.opens.shape[0] > 0
    at = np.full(int(part.item.max(initial=-1)) + 1, -1)
    at[part.item[starts]] = np.arange(starts.size)
    needs, users = (_listed(at[part.needs[:, order]], block.size) for order in ([0, 1], [1, 0]))
    none, nothing = np.full(more, -1, np.int64), np.zeros(more)
    return State(
        start=np.concatenate([starts, count + money.start]).astype(np.int64),
        block=block.astype(np.int64),
        first=np.searchsorted(block[members], np.arange(block.max(initial=-1) + 2)).astype(np.int64),
        members=members.astype(np.int64),
        need_start=needs[0],
        need=needs[1],
        user_start=users[0],
        user=users[1],
        years=years,
        firm=int(starts.size),
        slot=np.concatenate(
            [part.owner * years + part.year, np.repeat(money.owner, np.diff(money.start)) * years + money.year]
        ),
        gain=np.concatenate([allowed, money.amount * (part.model.gain[money.column] - LITTLE)]),
        row_start=np.concatenate([columns.indptr, columns.indptr[-1] + brought.indptr[1:]]).astype(np.int64),
        row=np.concatenate([columns.indices, brought.indices]).astype(np.int64),
        value=np.concatenate([columns.data, brought.data]).astype(np.float64),
        upper=rows.kept.limit.copy(),
        lot=np.concatenate([lots.lot, none]).astype(np.int64),
        volume=np.concatenate([lots.volume, nothing]),
        money=np.concatenate([lots.money, nothing]),
        opens=np.ascontiguousarray(lots.opens) if priced else np.full((size, levels), np.inf),
        worth=np.ascontiguousarray(lots.worth) if priced else np.zeros((size, levels)),
        site=np.concatenate([trenches.site, none]),
        share=np.concatenate([trenches.share, nothing]),
        site_start=trenches.start,
        site_item=trenches.item,
        dig=np.ascontiguousarray(trenches.dig),
        choice=np.full(block.size, -1, np.int64),
        activity=np.zeros(rows.kept.limit.size),
        held=np.zeros(size),
        spent=np.zeros(size),
    )


def _listed(pairs: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (N, 2) of items as lists: where that of each first one begins (count + 1,), and the second ones (N,)."""
    pairs = np.unique(pairs, axis=0)
    return np.searchsorted(pairs[:, 0], np.arange(count + 1)).astype(np.int64), np.ascontiguousarray(pairs[:, 1], np.int64)


def _sums(part: Part) -> csr_matrix:
    """What each column that is a sum is of the choices (E, K), from the equality that defines it."""
    model, count = part.model, part.item.size
    row, column, value = [], [], []
    of = {count + n for n, extra in enumerate(part.extra) if extra.kind == "total"}
    for r in np.flatnonzero((model.rows.lower == model.rows.upper) & of_kinds(part, "minimum")) if of else ():
        span = slice(int(model.rows.start[r]), int(model.rows.start[r + 1]))
        index, each = model.rows.index[span], model.rows.value[span]
        mine = index < count
        for k in np.flatnonzero(~mine):
            if int(index[k]) in of:
                row.append(np.full(int(mine.sum()), int(index[k]) - count))
                column.append(index[mine])
                value.append(each[mine] / -each[k])
    if not row:
        return csr_matrix((len(part.extra), count))
    where = np.concatenate(row), np.concatenate(column)
    return csr_matrix((np.concatenate(value), where), shape=(len(part.extra), count))


def whole(part: Part, rows: Limited, choice: NDArray[np.int64]) -> Floats:
    """The whole vector of a plan: choices, and the levels, purchases, totals, trenches and money that go with them."""
    count, lots = part.item.size, rows.lots
    x = np.zeros(part.model.gain.size)
    on = choice[choice >= 0]
    chosen, money = on[on < count], on[on >= count] - count
    x[chosen] = 1.0
    x[rows.trenches.dug] = longest(rows.trenches, chosen)
    np.add.at(x, rows.money.column[money], rows.money.amount[money])
    bought = lots.brought(x[:count])
    half = lots.opens.shape[0]
    at = {name: n for n, name in enumerate(sorted({(e.what, e.year) for e in part.extra if e.kind == "tier"}))}
    level = [int((bought[half + n] >= lots.opens[n] * (1 - 1e-12)).sum()) - 1 for n in range(half)]
    totals = rows.sums @ x[:count]
    for n, extra in enumerate(part.extra):
        if extra.kind == "total":
            x[count + n] = totals[n]
        if extra.kind not in ("tier", "bought", "volume"):
            continue
        where = at[extra.what, extra.year]
        if level[where] == extra.level:
            value = {"tier": 1.0, "bought": bought[where], "volume": bought[half + where]}[extra.kind]
            limit = {"bought": lots.most, "volume": lots.top}.get(extra.kind)
            x[count + n] = value if limit is None else min(value, float(limit[where, extra.level]))
    return x
