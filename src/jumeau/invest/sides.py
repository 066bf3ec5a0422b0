"""What moves count beside choices and lots: trenches dug once in a place and a year, money brought to a year."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import SolverError
from jumeau.invest.formulation import Part
from jumeau.invest.limits import of_kinds
from jumeau.invest.rows import spread
from jumeau.kernels.highs import Limits, Model, Rows, maximise

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MONEY = ("loan", "transfer")
"""Columns that are money brought to the budget of a year."""
SLICES = 8
"""Slices in which an owner's money is moved; the exact amounts are settled after."""
LITTLE = 1e-6
"""What a euro brought costs beside all else, so that no more is brought than needed [-]."""


class Trenches(msgspec.Struct, frozen=True, kw_only=True):
    """Sites are places by year (S). site (K,): of each choice, -1 without; share (K,): its part of the trench; start
    (S + 1,), item: numbers of the items that may be in each; dig (S,): what a unit of the longest share costs; dug (S,):
    its column."""

    site: Ints
    share: Floats
    start: Ints
    item: Ints
    dig: Floats
    dug: Ints


def read_trenches(part: Part) -> Trenches:
    """The trenches of a part, out of its columns and rows."""
    rows, count = part.model.rows, part.item.size
    dug = count + np.array([n for n, x in enumerate(part.extra) if x.kind == "trench"], dtype=np.int64)
    place = np.full(part.model.gain.size, -1)
    place[dug] = np.arange(dug.size)
    which = np.flatnonzero(of_kinds(part, "trench"))
    length = (rows.start[which + 1] - rows.start[which]).astype(np.int64)
    at = spread(rows.start[which].astype(np.int64), length)
    row, index, value = np.repeat(np.arange(which.size), length), rows.index[at], rows.value[at]
    of_row = np.full(which.size, -1)
    last = index >= count
    of_row[row[last]] = place[index[last]]
    site, share = np.full(count, -1, np.int64), np.zeros(count)
    site[index[~last]], share[index[~last]] = of_row[row[~last]], value[~last]
    number = np.cumsum(np.diff(part.item, prepend=-1) != 0) - 1
    inside = np.flatnonzero(site >= 0)
    pairs = np.unique(np.stack([site[inside], number[inside]], axis=1), axis=0).reshape(-1, 2)
    return Trenches(
        site=site, share=share, start=np.searchsorted(pairs[:, 0], np.arange(dug.size + 1)).astype(np.int64),
        item=np.ascontiguousarray(pairs[:, 1], np.int64), dig=-part.model.gain[dug], dug=dug,
    )  # fmt: skip


def longest(trenches: Trenches, chosen: Ints) -> Floats:
    """Longest share of each site (S,) among the chosen columns."""
    out = np.zeros(trenches.dig.size)
    mine = chosen[trenches.site[chosen] >= 0]
    np.maximum.at(out, trenches.site[mine], trenches.share[mine])
    return out


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Slices of money as items (M) with a column by year (N). start (M + 1,); owner (M,): its number; column, year, amount
    (N,): the column of the part, its year and how much of it."""

    start: Ints
    owner: Ints
    column: Ints
    year: Ints
    amount: Floats


def read_money(part: Part) -> Money:
    """The money of a part in slices of what each purse may have: a loan in one of its years, a transfer in its own."""
    count, numbers = part.item.size, _owner_numbers(part)
    together: dict[tuple[str, str, int], list[int]] = {}
    for n, extra in enumerate(part.extra):
        if extra.kind in MONEY and extra.what in numbers:
            together.setdefault((extra.kind, extra.what, extra.year if extra.kind == "transfer" else -1), []).append(n)
    start, owner, column, amount = [0], [], [], []
    for (_, what, _), mine in sorted(together.items()):
        most = float(part.model.upper[count + mine[0]])
        for _ in range(SLICES):
            column += [count + n for n in mine]
            amount += [most / SLICES] * len(mine)
            owner.append(numbers[what])
            start.append(len(column))
    years = np.array([part.extra[k - count].year for k in column], dtype=np.int64)
    return Money(
        start=np.array(start, np.int64), owner=np.array(owner, np.int64), column=np.array(column, np.int64), year=years,
        amount=np.array(amount, np.float64),
    )  # fmt: skip


def _owner_numbers(part: Part) -> dict[str, int]:
    """Purse that has a budget row -> number of its owner, by one of its columns."""
    rows, out = part.model.rows, {}
    for r in np.flatnonzero(of_kinds(part, "budget")).tolist():
        index = rows.index[rows.start[r] : rows.start[r + 1]]
        mine = index[index < part.item.size]
        if mine.size:
            out[part.names[r].what] = int(part.owner[mine[0]])
    return out


def settle_money(part: Part, x: Floats, limits: Limits) -> Floats:
    """The plan with the amounts of money settled to what its choices ask, and no more; as it was when that finds nothing."""
    count = part.item.size
    money = np.array([count + n for n, e in enumerate(part.extra) if e.kind in MONEY], dtype=np.int64)
    if not money.size:
        return x
    from scipy.sparse import csr_matrix

    model = part.model
    whole = csr_matrix((model.rows.value, model.rows.index, model.rows.start), shape=(model.rows.lower.size, x.size))
    some = csr_matrix(whole[:, money])
    which = np.flatnonzero(np.diff(some.indptr))
    fixed = x.copy()
    fixed[money] = 0.0
    there, small = (whole @ fixed)[which], csr_matrix(some[which])
    rows = Rows(
        small.indptr.astype(np.int32), small.indices.astype(np.int32), small.data, model.rows.lower[which] - there,
        model.rows.upper[which] - there,
    )  # fmt: skip
    asked = Model(
        gain=model.gain[money] - LITTLE, lower=model.lower[money], upper=model.upper[money],
        integer=np.zeros(money.size, np.bool_), rows=rows,
    )  # fmt: skip
    try:
        found = maximise(asked, limits)
    except SolverError:
        return x
    out = x.copy()
    out[money] = found.x
    return out
