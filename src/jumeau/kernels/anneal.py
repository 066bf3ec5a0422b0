"""Simulated annealing of a plan: one action moved, or put in the place of another of its owner, millions of times a second.

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


class State(msgspec.Struct, kw_only=True):
    """A plan of I items and K columns, whose R rows are `activity <= upper`, and the arrays a move reads.

    start (I + 1,): columns of each item. block (I,), first (B + 1,), members (I,): items by block. slot (K,): block and year.
    gain (K,). row_start (K + 1,), row, value (N,): rows of each column. upper (R,). lot (K,): lot and year, -1 without;
    volume, money (K,). opens, worth (L, T): level k is open from `opens[:, k]`, and brings `worth[:, k]` a euro.
    choice (I,): column of each item, -1 for none; activity (R,), held, spent (L,): sums of the chosen columns. seed: 64 bits.
    """

    start: Ints
    block: Ints
    first: Ints
    members: Ints
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
    seed: int = 88172645463325252


def recount(s: State) -> float:
    """Sums of a state made anew from its choice, so that rounding never adds up; gives its whole gain."""
    on = s.choice[s.choice >= 0]
    spans = [np.arange(s.row_start[k], s.row_start[k + 1]) for k in on]
    at = np.concatenate(spans) if spans else np.zeros(0, np.int64)
    s.activity[:] = np.bincount(s.row[at], weights=s.value[at], minlength=s.upper.size)
    mine = on[s.lot[on] >= 0]
    size = s.opens.shape[0]
    s.held[:] = np.bincount(s.lot[mine], weights=s.volume[mine], minlength=size)[:size]
    s.spent[:] = np.bincount(s.lot[mine], weights=s.money[mine], minlength=size)[:size]
    return float(s.gain[on].sum() + sum(_saved(s, k) for k in range(size)))


def anneal(s: State, moves: int, hot: float, cold: float) -> float:
    """Try `moves` moves from temperature `hot` to `cold` [unit of the gain] [1], changing the state; gives the gain made.

    A move takes an item to one of its columns or to none, half of the time in the place of another item of its block chosen
    in the same slot. It is refused when it puts a row farther over its limit, kept when it brings one nearer to it, else
    kept by the rule of Metropolis.
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


def _put(s: State, column: int, sign: float) -> tuple[float, float]:
    """Change of gain and of what is over the limits when a column comes in (1) or goes out (-1)."""
    delta, excess = sign * float(s.gain[column]), 0.0
    for n in range(s.row_start[column], s.row_start[column + 1]):
        r = s.row[n]
        before = s.activity[r] - s.upper[r]
        s.activity[r] += sign * s.value[n]
        after = s.activity[r] - s.upper[r]
        excess += (after if after > 1e-9 else 0.0) - (before if before > 1e-9 else 0.0)
    lot = int(s.lot[column])
    if lot >= 0:
        delta -= _saved(s, lot)
        s.held[lot] += sign * s.volume[column]
        s.spent[lot] += sign * s.money[column]
        delta += _saved(s, lot)
    return delta, float(excess)


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

    def unit(self) -> float:
        return (self.next() >> 11) * 2.0**-53


def anneal_numpy(s: State, moves: int, hot: float, cold: float) -> float:
    """The readable version of `anneal`."""
    draws, total, heat = _Draws(s.seed), 0.0, hot
    cooling = math.log(cold / hot) / (moves - 1) if moves > 1 else 0.0
    for m in range(moves):
        if m % 1024 == 0:
            heat = hot * math.exp(cooling * m)
        i = draws.next() % s.choice.size
        size = int(s.start[i + 1] - s.start[i])
        pick = draws.next() % (size + 1)
        to, before = (-1 if pick == size else int(s.start[i]) + pick), int(s.choice[i])
        if to == before:
            continue
        other = out = -1
        if to >= 0 and draws.next() >> 63:
            b = s.block[i]
            other = int(s.members[s.first[b] + draws.next() % int(s.first[b + 1] - s.first[b])])
            out = int(s.choice[other])
            if other == i or out < 0 or s.slot[out] != s.slot[to]:
                out = -1
        steps = [(k, sign) for k, sign in ((before, -1.0), (out, -1.0), (to, 1.0)) if k >= 0]
        changes = [_put(s, k, sign) for k, sign in steps]
        delta, excess = sum(d for d, _ in changes), sum(e for _, e in changes)
        if excess < -1e-9 or (excess <= 1e-9 and (delta >= 0 or draws.unit() < math.exp(delta / heat))):
            s.choice[i] = to
            if out >= 0:
                s.choice[other] = -1
            total += delta
        else:
            for k, sign in reversed(steps):
                _put(s, k, -sign)
    s.seed = draws.seed
    return total


_ARRAYS = (
    "start", "block", "first", "members", "slot", "gain", "row_start", "row", "value", "upper", "lot", "volume", "money",
    "opens", "worth", "choice", "activity", "held", "spent",
)  # fmt: skip


def anneal_c(lib: ctypes.CDLL, s: State, moves: int, hot: float, cold: float) -> float:
    """The compiled version of `anneal`."""
    kinds = dict.fromkeys(
        ("gain", "value", "upper", "volume", "money", "opens", "worth", "activity", "held", "spent"), np.float64
    )
    arrays = {}
    for name in _ARRAYS:
        array = getattr(s, name)
        if not array.flags.c_contiguous or array.dtype != kinds.get(name, np.int64):
            raise ValueError(f"{name} must be contiguous, of type {kinds.get(name, np.int64).__name__}")
        arrays[name] = array.ctypes.data
    sizes = (s.choice.size, s.gain.size, s.opens.shape[0], s.opens.shape[1])
    fields = [(f"size{n}", ctypes.c_int64) for n in range(4)] + [(name, ctypes.c_void_p) for name in _ARRAYS]
    layout = type("Plan", (ctypes.Structure,), {"_fields_": fields})
    plan, seed = layout(*sizes, *(arrays[name] for name in _ARRAYS)), ctypes.c_uint64(s.seed)
    call = lib.jumeau_anneal
    call.restype = ctypes.c_double
    total: float = call(
        ctypes.byref(plan), ctypes.c_int64(moves), ctypes.c_double(hot), ctypes.c_double(cold), ctypes.byref(seed)
    )
    s.seed = int(seed.value)
    return total
