"""What buying and digging together costs any coalition of owners, the plan staying as it is: the game that is shared.

A pool is one thing done together: a lot in a year, a trench in a year, an infrastructure used by several. The cost of a
coalition is the sum over pools, so values that are additive (Shapley) are computed pool by pool.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.invest.programme import Programme
from jumeau.invest.settings import Settings
from jumeau.invest.together import EUROS

Floats = NDArray[np.float64]
PRICE, TRENCH, SHARED = "price", "trench", "infrastructure"


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done together by `members` (M,) owners.

    money (M,) [€]: list price of what each brings; its largest trench for a trench. volume (M,): what opens levels.
    steps, values (K,): from a volume on, the rebate [-] (price) or the cost [€] (infrastructure).
    """

    kind: str
    name: str
    year: int
    members: tuple[str, ...]
    money: Floats
    volume: Floats
    steps: Floats
    values: Floats

    def saved(self, inside: NDArray[np.bool_]) -> Floats:
        """What coalitions `inside` (C, M) save on the sum of the costs its members would pay alone, before any level [€]."""
        money = inside @ self.money
        if self.kind == TRENCH:
            most = np.where(inside, self.money, 0.0).max(axis=1, initial=0.0)
            return np.asarray(money - np.where(self.values.size, 0.0, most))
        return self.stepped(money, inside @ self.volume)

    def stepped(self, money: Floats, volume: Floats) -> Floats:
        """Saving [€] of coalitions that bring `money` and `volume`, for pools whose levels open by volume."""
        at = np.searchsorted(self.steps * (1 - 1e-9), volume, side="right") - 1
        value = np.where(at >= 0, self.values[np.maximum(at, 0)] if self.values.size else 0.0, 0.0)
        return np.asarray(money * value if self.kind == PRICE else -value)


class Game(msgspec.Struct, frozen=True, kw_only=True):
    """Owners that share something, what each pays at list price before sharing `base` (N,) [€], and the pools."""

    owners: tuple[str, ...]
    base: Floats
    pools: tuple[Pool, ...]

    def costs(self, inside: NDArray[np.bool_]) -> Floats:
        """Cost [€] of coalitions `inside` (C, N)."""
        total = inside @ self.base
        at = {owner: k for k, owner in enumerate(self.owners)}
        for pool in self.pools:
            total = total - pool.saved(inside[:, [at[m] for m in pool.members]])
        return np.asarray(total)


def read_game(programme: Programme, actions: pa.Table, s: Settings) -> Game:
    """The game of a plan: its lots by year, its trenches, and the infrastructures it uses."""
    about = {row["id"]: row for row in actions.to_pylist()}
    chosen = programme.chosen.to_pylist()
    rows = [
        about[row["action"]] | {"year": row["year"], "cost_eur": row["cost_eur"]} for row in chosen if row["action"] in about
    ]
    trenches, dug = _trenches(rows, s)
    pools = [*_lots(rows, s), *trenches]
    shared, carried = _infrastructures(rows, s)
    pools += shared
    owners = tuple(sorted({m for pool in pools for m in pool.members}))
    base = {owner: -dug.get(owner, 0.0) for owner in owners}
    for row in rows:
        if row["owner"] in base and row["id"] not in carried:
            base[row["owner"]] += row["cost_eur"]
    return Game(owners=owners, base=np.array([base[o] for o in owners]), pools=tuple(pools))


def _pool(
    kind: str, name: str, year: int, parts: Mapping[str, tuple[float, float]], steps: Sequence[tuple[float, float]]
) -> Pool:
    members = tuple(sorted(parts))
    return Pool(
        kind=kind,
        name=name,
        year=year,
        members=members,
        money=np.array([parts[m][0] for m in members]),
        volume=np.array([parts[m][1] for m in members]),
        steps=np.array([x for x, _ in steps], dtype=np.float64),
        values=np.array([x for _, x in steps], dtype=np.float64),
    )


def _lots(rows: list[dict[str, Any]], s: Settings) -> list[Pool]:
    out = []
    for lot in s.together.lots:
        steps = [(tier.volume, tier.rebate) for tier in lot.tiers]
        years: dict[int, dict[str, tuple[float, float]]] = {}
        for row in rows:
            if steps and lot.who.holds(row):
                parts = years.setdefault(row["year"], {})
                money, volume = parts.get(row["owner"], (0.0, 0.0))
                more = row["cost_eur"] if lot.unit == EUROS else row["quantity"]
                parts[row["owner"]] = (money + row["cost_eur"], volume + more)
        out += [_pool(PRICE, lot.name, y, parts, steps) for y, parts in sorted(years.items())]
    return out


def _trenches(rows: list[dict[str, Any]], s: Settings) -> tuple[list[Pool], dict[str, float]]:
    """Each owner's works of one place and year dig one trench: its largest; together they dig the largest of all.

    Gives also what each owner saves by itself [€].
    """
    found: dict[tuple[str, int], dict[str, list[float]]] = {}
    opened = {(row["synergy_place"], row["synergy_year"]) for row in rows if row["synergy_year"] is not None}
    for row in rows:
        part = row["cost_eur"] * s.together.trench_share.get(row["kind"], 0.0)
        if row["synergy_place"] is not None and part > 0:
            found.setdefault((row["synergy_place"], row["year"]), {}).setdefault(row["owner"], []).append(part)
    out, alone = [], dict[str, float]()
    for (place, year), digs in sorted(found.items()):
        for owner, parts in digs.items():
            alone[owner] = alone.get(owner, 0.0) + sum(parts) - max(parts)
        if len(digs) > 1 or (place, year) in opened:
            most = {owner: (max(parts), 0.0) for owner, parts in digs.items()}
            out.append(_pool(TRENCH, place, year, most, [(0.0, 0.0)] if (place, year) in opened else []))
    return out, alone


def _infrastructures(rows: list[dict[str, Any]], s: Settings) -> tuple[list[Pool], set[str]]:
    """Capacities that several owners use, and the actions that provide them, cheapest place first."""
    out, carried = [], set()
    names = sorted({name for row in rows for name, quantity in row["provides"] or () if quantity > 0})
    for name in names:
        parts: dict[str, tuple[float, float]] = {}
        for row in rows:
            used = dict(row["consumes"] or ()).get(name, 0.0)
            if used > 0:
                parts[row["owner"]] = (0.0, parts.get(row["owner"], (0.0, 0.0))[1] + used)
        givers = [row for row in rows if dict(row["provides"] or ()).get(name, 0.0) > 0]
        single = [row for row in givers if sum(q > 0 for _, q in row["provides"] or ()) == 1]
        if len(parts) < 2 or len(single) < len(givers):
            continue
        givers.sort(key=lambda row: (row["cost_eur"] / dict(row["provides"])[name], row["id"]))
        there, spent = s.capacity.get(name, 0.0), 0.0
        steps = []
        for row in givers:
            spent += row["cost_eur"]
            steps.append((there * (1 + 1e-6) + 1e-9, spent))
            there += dict(row["provides"])[name]
        out.append(_pool(SHARED, name, min(row["year"] for row in givers), parts, steps))
        carried |= {row["id"] for row in givers}
    return out, carried
