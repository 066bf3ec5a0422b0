"""How actions may be paid: what each envelope, and all of them together, may give to each."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.invest.encoded import Encoded, Ints
from jumeau.invest.settings import Settings
from jumeau.invest.together import held_by

ALL = 1_000_000
"""Place, among the modes of an action, of the one with all its envelopes."""


class Mode(msgspec.Struct, frozen=True):
    """One way to pay an action: (envelope, cents) granted; what its owner pays [cents]; years it is possible (indices)."""

    grants: tuple[tuple[int, int], ...]
    net_cents: int
    years: frozenset[int]


class Modes(msgspec.Struct, frozen=True, kw_only=True):
    """The modes (M) of all actions (A), the first one of each without a grant. start (A + 1,); net (M,): what the owner pays
    [cents]; years (M,): bit y is set when it is possible in year y; grant_start (M + 1,), envelope, cents (G,)."""

    start: Ints
    net: Ints
    years: Ints
    grant_start: Ints
    envelope: Ints
    cents: Ints

    def of(self, i: int) -> tuple[Mode, ...]:
        """The modes of one action."""
        out = []
        for m in range(int(self.start[i]), int(self.start[i + 1])):
            span = slice(int(self.grant_start[m]), int(self.grant_start[m + 1]))
            grants = tuple(zip(self.envelope[span].tolist(), self.cents[span].tolist(), strict=True))
            bits = int(self.years[m])
            out.append(Mode(grants, int(self.net[m]), frozenset(y for y in range(bits.bit_length()) if bits >> y & 1)))
        return tuple(out)

    def bits(self, i: int) -> list[int]:
        """The years of each mode of an action, as bits."""
        return [int(bits) for bits in self.years[self.start[i] : self.start[i + 1]]]

    @property
    def least(self) -> Ints:
        """What the owner of each action pays at least (A,), every grant given [cents]."""
        return np.asarray(np.minimum.reduceat(self.net, self.start[:-1])) if self.net.size else self.net


def read_modes(rows: Encoded, cost: Ints, s: Settings) -> Modes:
    """Without a grant, with each of those open to the action, and with all of them within the ceiling.

    cost (A,): [cents], 0 where it is unknown.
    """
    count, plan = cost.size, (1 << s.years) - 1
    row, envelope = held_by(rows, [e.who for e in s.together.envelopes])
    amount = _amounts(cost[row], envelope, s)
    open_to = (amount > 0) & ~_refused(rows, row, envelope, s)
    row, envelope, amount = row[open_to], envelope[open_to], amount[open_to]
    years = _years(envelope, amount, s)
    most = (rows["kind"].map(s.together.ceilings, s.together.ceiling) * cost).astype(np.int64)[row]
    several = np.bincount(row, minlength=count) > 1
    inside = several[row]
    all_row, all_amount = row[inside], _within(amount[inside], row[inside], most[inside], count)
    all_years = np.full(count, plan)
    np.bitwise_and.at(all_years, all_row, years[inside])
    one = np.flatnonzero(years)
    every = np.flatnonzero(several & (all_years != 0))
    kept = np.flatnonzero(all_years[all_row])
    item = np.concatenate([np.arange(count), row[one], every])
    rank = np.concatenate([np.zeros(count, np.int64), 1 + envelope[one], np.full(every.size, ALL)])
    alone = np.minimum(amount[one], most[one])
    given = np.bincount(all_row, weights=all_amount, minlength=count).astype(np.int64)
    net = np.concatenate([cost, cost[row[one]] - alone, cost[every] - given[every]])
    order = np.lexsort((rank, item))
    number = np.empty_like(order)
    number[order] = np.arange(order.size)
    mode_of_all = np.full(count, -1)
    mode_of_all[every] = number[count + one.size :]
    mode = np.concatenate([number[count : count + one.size], mode_of_all[all_row[kept]]])
    grants = np.argsort(mode, kind="stable")
    return Modes(
        start=np.searchsorted(item[order], np.arange(count + 1)).astype(np.int64),
        net=net[order],
        years=np.concatenate([np.full(count, plan), years[one], all_years[every]])[order],
        grant_start=np.searchsorted(mode[grants], np.arange(order.size + 1)).astype(np.int64),
        envelope=np.concatenate([envelope[one], envelope[inside][kept]])[grants],
        cents=np.concatenate([alone, all_amount[kept]])[grants],
    )


def _amounts(cost: Ints, envelope: Ints, s: Settings) -> Ints:
    rates = np.array([e.rate for e in s.together.envelopes] or [0.0])
    tops = [np.inf if e.ceiling_eur is None else int(e.ceiling_eur * 100) for e in s.together.envelopes]
    return np.asarray(np.minimum(np.trunc(rates[envelope] * cost), np.array(tops or [0.0])[envelope]), dtype=np.int64)


def _refused(rows: Encoded, row: Ints, envelope: Ints, s: Settings) -> NDArray[np.bool_]:
    out = np.zeros(row.size, np.bool_)
    for number, name in enumerate(e.name for e in s.together.envelopes):
        refused = [action for action, funder in s.together.refused if funder == name]
        if refused:
            out |= (envelope == number) & rows["id"].among(refused)[row]
    return out


def _years(envelope: Ints, amount: Ints, s: Settings) -> Ints:
    """Years in which an envelope holds an amount [cents], as bits."""
    out = np.zeros(envelope.size, np.int64)
    for number, one in enumerate(s.together.envelopes):
        mine = envelope == number
        for year, most in one.amounts.items():
            if 0 <= year - s.first_year < s.years:
                out[mine & (amount <= most * 100)] |= 1 << (year - s.first_year)
    return out


def _within(amount: Ints, row: Ints, most: Ints, count: int) -> Ints:
    """Amounts brought in proportion within what an action may be granted in all; products may need more than 64 bits."""
    total = np.bincount(row, weights=amount, minlength=count).astype(np.int64)[row]
    over = np.flatnonzero(total > most)
    out = amount.copy()
    out[over] = (amount[over].astype(object) * most[over].astype(object) // total[over].astype(object)).astype(np.int64)
    return out
