"""Simulated annealing of a plan: an action moved with what it requires, others making room, a million times a second.

References: [1] S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi (1983), Optimization by simulated annealing, Science 220, 671-680.
[2] G. Marsaglia (2003), Xorshift RNGs, Journal of Statistical Software 8 (14); S. Vigna (2016), xorshift64*.
"""

import ctypes
import math

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.kernels import library

__all__ = ["State", "anneal", "anneal_c", "anneal_numpy", "recount"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_MASK = 0xFFFFFFFFFFFFFFFF
FORBIDDEN = -1e14
"""A column whose gain is not above this is never taken."""
MOST, STAY, TRIES, EDGE = 12, 3, 3, 1e-9
"""Items one move may change; moves of a block, times its items, before another one; columns tried; what is over [-]."""


class State(msgspec.Struct, kw_only=True):
    """A plan of I items and K columns, whose R rows are `activity <= upper`, and the arrays a move reads.

    start (I + 1,): columns of each item. block (I,), first (B + 1,), members (I,): items by block. need_start (I + 1,),
    need (N,): items each one may require; user_start (I + 1,), user (N,): the other way. slot (K,): block * years + year.
    gain (K,). row_start (K + 1,), row, value (N,): rows of each column. upper (R,). lot (K,): lot and year, -1 without;
    volume, money (K,). opens, worth (L, T): level k is open from `opens[:, k]`, and brings `worth[:, k]` a euro.
    site (K,): place and year of its trench, -1 without; share (K,): its part of it; dig (S,): what a unit of the longest part
    costs; site_start (S + 1,), site_item: items that may be in each. Items from `firm` on are slices of money: a move may
    bring them to its year.
    choice (I,): column of each item, -1 for none; activity (R,), held, spent (L,): sums of the chosen columns. seed: 64 bits.
    """

    start: Ints
    block: Ints
    first: Ints
    members: Ints
    need_start: Ints
    need: Ints
    user_start: Ints
    user: Ints
    slot: Ints
    gain: Floats
    row_start: Ints
    row: Ints
    value: Floats
    upper: Floats
    lot: Ints
    volume: Floats
    money: Floats
    opens: Floats
    worth: Floats
    choice: Ints
    activity: Floats
    held: Floats
    spent: Floats
    site: Ints
    share: Floats
    site_start: Ints
    site_item: Ints
    dig: Floats
    years: int
    firm: int
    seed: int = 88172645463325252


def recount(s: State) -> float:
    """Sums of a state made anew from its choice, so that rounding never adds up; gives its whole gain."""
    on = s.choice[s.choice >= 0]
    length = s.row_start[on + 1] - s.row_start[on]
    ends = np.cumsum(length)
    at = np.arange(ends[-1] if on.size else 0) + np.repeat(s.row_start[on] - (ends - length), length)
    s.activity[:] = np.bincount(s.row[at], weights=s.value[at], minlength=s.upper.size)
    mine = on[s.lot[on] >= 0]
    size = s.opens.shape[0]
    s.held[:] = np.bincount(s.lot[mine], weights=s.volume[mine], minlength=size)[:size]
    s.spent[:] = np.bincount(s.lot[mine], weights=s.money[mine], minlength=size)[:size]
    longest = np.zeros(s.dig.size)
    dug = on[s.site[on] >= 0]
    np.maximum.at(longest, s.site[dug], s.share[dug])
    return float(s.gain[on].sum() - s.dig @ longest + sum(_saved(s, k) for k in range(size)))


def anneal(s: State, moves: int, hot: float, cold: float) -> float:
    """Try `moves` moves from temperature `hot` to `cold` [unit of the gain] [1], changing the state; gives the gain made.

    A move takes an item to one of its columns or to none. What it may require comes with it, no later, until nothing is
    missing, and money that may be brought to its year; what cannot be done without it, and what is then over a limit in
    these years, is taken out and tried elsewhere; one item that is out may fill the place left. The whole is refused when
    it puts rows farther over their limits, kept when it brings them nearer, else kept by the rule of Metropolis. Blocks are
    drawn by their number of items, and stayed in for a while.
    """
    lib = library()
    return anneal_numpy(s, moves, hot, cold) if lib is None else anneal_c(lib, s, moves, hot, cold)


def _saved(s: State, lot: int) -> float:
    worth = 0.0
    for opens, value in zip(s.opens[lot], s.worth[lot], strict=True):
        if s.held[lot] < opens * (1 - 1e-12):
            break
        worth = float(value)
    return float(s.spent[lot]) * worth


class _Draws:
    """xorshift64* [2]."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def next(self) -> int:
        x = self.seed
        x ^= x >> 12
        x = (x ^ (x << 25)) & _MASK
        x ^= x >> 27
        self.seed = x
        return (x * 0x2545F4914F6CDD1D) & _MASK

    def below(self, count: int) -> int:
        return (self.next() * int(count)) >> 64

    def unit(self) -> float:
        return (self.next() >> 11) * 2.0**-53


class _Move:
    """Changes of some items, that can be taken back: gain made, and what is more over the limits."""

    def __init__(self, s: State, draws: _Draws) -> None:
        self.s, self.draws = s, draws
        self.gain = self.excess = 0.0
        self.done: list[tuple[int, int]] = []

    def longer(self, item: int, column: int) -> float:
        """How much longer the trench of a site is with the share of an item."""
        s, site = self.s, self.s.site[column]
        others = (s.choice[j] for j in s.site_item[s.site_start[site] : s.site_start[site + 1]] if j != item)
        most = max((float(s.share[c]) for c in others if c >= 0 and s.site[c] == site), default=0.0)
        return max(float(s.share[column]) - most, 0.0)

    def put(self, item: int, column: int, sign: float) -> None:
        s, delta = self.s, sign * float(self.s.gain[column])
        for n in range(s.row_start[column], s.row_start[column + 1]):
            r = s.row[n]
            before = s.activity[r] - s.upper[r]
            s.activity[r] += sign * s.value[n]
            after = s.activity[r] - s.upper[r]
            self.excess += float((after if after > EDGE else 0.0) - (before if before > EDGE else 0.0))
        lot = int(s.lot[column])
        if lot >= 0:
            delta -= _saved(s, lot)
            s.held[lot] += sign * s.volume[column]
            s.spent[lot] += sign * s.money[column]
            delta += _saved(s, lot)
        if s.site[column] >= 0:
            delta -= sign * float(s.dig[s.site[column]]) * self.longer(item, column)
        self.gain += delta

    def take(self, item: int, to: int) -> None:
        if self.s.choice[item] >= 0:
            self.put(item, int(self.s.choice[item]), -1.0)
        if to >= 0:
            self.put(item, to, 1.0)
        self.s.choice[item] = to

    def change(self, item: int, to: int) -> None:
        self.done.append((item, int(self.s.choice[item])))
        self.take(item, to)

    def back(self) -> None:
        self.take(*self.done.pop())

    def column(self, item: int) -> int:
        s = self.s
        return int(s.start[item]) + self.draws.below(s.start[item + 1] - s.start[item])

    def slot(self, item: int) -> int:
        return int(self.s.slot[self.s.choice[item]])

    def bring(self, item: int, to: int) -> None:
        """Bring what an item requires to a year that comes before, until nothing is missing."""
        s, year = self.s, int(self.s.slot[to]) % self.s.years
        needs = s.need[s.need_start[item] : s.need_start[item + 1]].tolist()
        first = self.draws.below(len(needs)) if needs else 0
        for j in (*needs[first:], *needs[:first]):
            if len(self.done) == MOST or self.excess <= EDGE:
                return
            k = self.column(j)
            late = s.choice[j] < 0 or self.slot(j) % s.years > year
            if s.gain[k] > FORBIDDEN and s.slot[k] % s.years <= year and late:
                self.change(j, k)

    def borrow(self, members: list[int], year: int) -> bool:
        """Bring slices of money to a year until nothing is missing; one that does not help is left where it was."""
        s, found = self.s, False
        for j in reversed([j for j in members if j >= s.firm]):
            for k in range(int(s.start[j]), int(s.start[j + 1])):
                if len(self.done) == MOST or self.excess <= EDGE:
                    return found
                if s.slot[k] % s.years != year or s.choice[j] == k or any(i == j for i, _ in self.done):
                    continue
                before = self.excess
                self.change(j, k)
                if self.excess >= before - EDGE:
                    self.back()
                else:
                    found = True
        return found

    def settle(self, item: int, unless: int, *, better: bool) -> bool:
        """Try a few columns for an item that is out, and keep one that breaks nothing and, if asked, brings a gain."""
        for _ in range(TRIES):
            k = self.column(item)
            if self.s.gain[k] <= FORBIDDEN or self.s.slot[k] == unless:
                continue
            gain, excess = self.gain, self.excess
            self.take(item, k)
            if self.excess <= excess + EDGE and (not better or self.gain > gain):
                return True
            self.take(item, -1)
        return False

    def clear(self, item: int, slot: int) -> None:
        """Take an item out when that helps, and settle it elsewhere; the year of `slot` is not tried."""
        before = self.excess
        self.change(item, -1)
        if self.excess >= before - EDGE:
            self.back()
        else:
            self.settle(item, slot, better=False)

    def release(self, item: int) -> None:
        """Take out what can no longer be done without an item."""
        for j in self.s.user[self.s.user_start[item] : self.s.user_start[item + 1]].tolist():
            if len(self.done) == MOST or self.excess <= EDGE:
                return
            if self.s.choice[j] >= 0 and all(i != j for i, _ in self.done):
                self.clear(j, -1)

    def make_room(self, members: list[int], *, owing: bool) -> None:
        """Take out of the years that are now too full what helps, and settle it elsewhere: of all once money was borrowed."""
        first, filled = self.draws.below(len(members)), [i for i, _ in self.done]
        for j in (*members[first:], *members[:first]):
            if len(self.done) == MOST or self.excess <= EDGE:
                return
            if self.s.choice[j] < 0 or any(i == j for i, _ in self.done):
                continue
            slot = self.slot(j)
            if owing or j >= self.s.firm or any(self.s.choice[i] >= 0 and self.slot(i) == slot for i in filled):
                self.clear(j, slot)

    def fill(self, members: list[int]) -> None:
        """Fill the place left free by an item that is not chosen."""
        j = members[self.draws.below(len(members))]
        if self.s.choice[j] >= 0 or any(i == j for i, _ in self.done):
            return
        self.change(j, -1)
        if not self.settle(j, -1, better=True):
            self.done.pop()


def anneal_numpy(s: State, moves: int, hot: float, cold: float) -> float:
    """The readable version of `anneal`."""
    draws, total, heat = _Draws(s.seed), 0.0, hot
    cooling = math.log(cold / hot) / (moves - 1) if moves > 1 else 0.0
    members: list[int] = []
    stay = 0
    for n in range(moves):
        if n % 1024 == 0:
            heat = hot * math.exp(cooling * n)
        stay -= 1
        if stay < 0:
            b = s.block[draws.below(s.choice.size)]
            members = s.members[s.first[b] : s.first[b + 1]].tolist()
            stay = STAY * len(members)
        i = members[draws.below(len(members))]
        size = int(s.start[i + 1] - s.start[i])
        pick = draws.below(size + 1)
        to, before = (-1 if pick == size else int(s.start[i]) + pick), int(s.choice[i])
        if to == before or (to >= 0 and s.gain[to] <= FORBIDDEN):
            continue
        move = _Move(s, draws)
        move.change(i, to)
        if move.excess > EDGE and to >= 0:
            move.bring(i, to)
        if move.excess > EDGE and before >= 0:
            move.release(i)
        owing = i >= s.firm
        if move.excess > EDGE and to >= 0:
            owing |= move.borrow(members, int(s.slot[to]) % s.years)
        if move.excess > EDGE and (to >= 0 or owing):
            move.make_room(members, owing=owing)
        if move.excess <= EDGE and before >= 0 and len(move.done) < MOST:
            move.fill(members)
        delta, excess = move.gain, move.excess
        if excess < -EDGE or (excess <= EDGE and (delta >= 0 or draws.unit() < math.exp(delta / heat))):
            total += delta
            continue
        while move.done:
            move.back()
    s.seed = draws.seed
    return total


_REAL = ("gain", "value", "upper", "volume", "money", "opens", "worth", "activity", "held", "spent", "share", "dig")
_ARRAYS = (
    "start", "block", "first", "members", "need_start", "need", "user_start", "user", "slot", "gain", "row_start", "row",
    "value", "upper", "lot", "volume", "money", "opens", "worth", "choice", "activity", "held", "spent",
    "site", "share", "site_start", "site_item", "dig",
)  # fmt: skip


def anneal_c(lib: ctypes.CDLL, s: State, moves: int, hot: float, cold: float) -> float:
    """The compiled version of `anneal`."""
    kinds = dict.fromkeys(
        ("gain", "value", "upper", "volume", "money", "opens", "worth", "activity", "held", "spent", "share", "dig"),
        np.float64,
    )
    arrays = {}
    for name in _ARRAYS:
        array = getattr(s, name)
        if not array.flags.c_contiguous or array.dtype != kinds.get(name, np.int64):
            raise ValueError(f"{name} must be contiguous, of type {kinds.get(name, np.int64).__name__}")
        arrays[name] = array.ctypes.data
    sizes = (s.choice.size, s.gain.size, s.opens.shape[0], s.opens.shape[1], s.years, s.firm)
    fields = [(f"size{n}", ctypes.c_int64) for n in range(6)] + [(name, ctypes.c_void_p) for name in _ARRAYS]
    layout = type("Plan", (ctypes.Structure,), {"_fields_": fields})
    plan, seed = layout(*sizes, *(arrays[name] for name in _ARRAYS)), ctypes.c_uint64(s.seed)
    call = lib.jumeau_anneal
    call.restype = ctypes.c_double
    total: float = call(
        ctypes.byref(plan), ctypes.c_int64(moves), ctypes.c_double(hot), ctypes.c_double(cold), ctypes.byref(seed)
    )
    s.seed = int(seed.value)
    return total
