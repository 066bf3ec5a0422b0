"""The actions of a question as columns, in the order of their ids; one of them as a row when it is told."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from jumeau.errors import InputError
from jumeau.invest.encoded import Codes, Encoded, Floats, Ints, Mask, filled, whole_numbers
from jumeau.invest.funders import Mode, Modes, read_modes
from jumeau.invest.settings import Settings
from jumeau.invest.together import EUROS, held_by

UNKNOWN = -1
"""Cost of an action whose cost is not known [cents]."""
NEVER = -10_000
"""Year index in which nobody opens a trench."""
Names = dict[int, tuple[str, ...]]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One action as the optimiser sees it; `first`, `last`: indices of the years in which it may be done.

    lot: its index, -1 without. volume: in the unit of the lot. trench_cents: part of the cost that is paid once in a place
    and a year. required: must be done.
    """

    id: str
    owner: str
    purse: str
    cost_cents: int | None
    first: int
    last: int
    requires_all: tuple[str, ...]
    requires_any: tuple[str, ...]
    excludes: tuple[str, ...]
    modes: tuple[Mode, ...]
    lot: int
    volume: float
    place: str | None
    trench_cents: int
    required: bool


class Items(msgspec.Struct, frozen=True, kw_only=True):
    """All actions (A), each attribute a column.

    ids: sorted; row_of: the place of each. cost (A,): [cents], UNKNOWN. opened (A,): year index in which another opens the
    trench of the place, NEVER. counted: what minimums are counted by. requires_all, requires_any, excludes, beneficiaries,
    provides, consumes: by row, only where there is something. Others as in Item.
    """

    ids: list[str]
    row_of: dict[str, int]
    owner: Codes
    purse: Codes
    cost: Ints
    first: Ints
    last: Ints
    required: Mask
    lot: Ints
    volume: Floats
    place: Codes
    trench: Ints
    opened: Ints
    counted: dict[str, Codes]
    modes: Modes
    requires_all: Names
    requires_any: Names
    excludes: Names
    beneficiaries: Names
    provides: dict[int, dict[str, float]]
    consumes: dict[int, dict[str, float]]

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Item]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, i: int) -> Item:
        cost = int(self.cost[i])
        return Item(
            id=self.ids[i], owner=self.owner[i] or "", purse=self.purse[i] or "",
            cost_cents=None if cost == UNKNOWN else cost, first=int(self.first[i]), last=int(self.last[i]),
            requires_all=self.requires_all.get(i, ()), requires_any=self.requires_any.get(i, ()),
            excludes=self.excludes.get(i, ()), modes=self.modes.of(i),
            lot=int(self.lot[i]), volume=float(self.volume[i]), place=self.place[i], trench_cents=int(self.trench[i]),
            required=bool(self.required[i]),
        )  # fmt: skip

    def pairs(self, relation: str) -> Ints:
        """Pairs (N, 2) of an action and one that it names in `requires_all`, `requires_any` or `excludes`."""
        named: Names = getattr(self, relation)
        found = [(i, self.row_of[name]) for i, names in named.items() for name in names if name in self.row_of]
        return np.array(found, np.int64).reshape(-1, 2)

    @property
    def euros(self) -> Floats:
        """Cost (A,) [€], NaN where it is not known."""
        return np.where(self.cost == UNKNOWN, np.nan, self.cost / 100)

    @property
    def paid(self) -> Ints:
        """Cost (A,) [cents], 0 where it is not known."""
        return np.maximum(self.cost, 0)


def read_items(rows: Encoded, cost: Ints, s: Settings) -> Items:
    """Read the actions of a table of ACTION_SCHEMA sorted by id. Raises InputError for an action in two lots, or in one
    counted in another unit."""
    table, ids = rows.table, rows.table["id"].to_pylist()
    row_of = {name: i for i, name in enumerate(ids)}
    paid, owner, place = np.maximum(cost, 0), rows["owner"], rows["synergy_place"]
    first, last, due = _window(rows, row_of, s)
    required = due.copy()
    required[[row_of[name] for name in (*s.required, *s.fixed)]] = True
    lot = _lots(rows, s)
    units = [x.unit for x in s.together.lots]
    in_euros = np.array([*(unit == EUROS for unit in units), False])[lot]
    volume = np.where(in_euros, paid / 100, np.where(lot >= 0, table["quantity"].to_numpy(), 0.0))
    shares = rows["kind"].map(s.together.trench_share, 0.0)
    named: dict[str, dict[int, Any]] = {
        n: {i: tuple(sorted({*some} - ({ids[i]} if n == "excludes" else set()))) for i, some in filled(table[n]).items()}
        for n in ("requires_all", "requires_any", "excludes", "beneficiaries")
    }
    amounts: dict[str, dict[int, Any]] = {
        n: {i: {x["key"]: x["value"] for x in some if x["value"] > 0} for i, some in filled(table[n]).items()}
        for n in ("provides", "consumes")
    }
    return Items(
        ids=ids, row_of=row_of, owner=owner, purse=s.together.purses_of(rows), cost=cost, first=first, last=last,
        required=required, lot=lot, volume=volume, place=place,
        trench=np.where(place.code >= 0, np.rint(paid * shares), 0).astype(np.int64),
        opened=whole_numbers(table["synergy_year"], NEVER) - s.first_year,
        counted={"commune": rows["commune"], "owner": owner, "group": _groups(owner, s)},
        modes=read_modes(rows, paid, s),
        **{n: {i: some for i, some in by_row.items() if some} for n, by_row in (named | amounts).items()},
    )  # fmt: skip


def _window(rows: Encoded, row_of: dict[str, int], s: Settings) -> tuple[Ints, Ints, Mask]:
    """First and last year index of each action, and whether a text makes it compulsory by some year."""
    end = s.first_year + s.years - 1
    first = np.maximum(whole_numbers(rows.table["earliest_year"], 0), s.first_year) - s.first_year
    latest = whole_numbers(rows.table["latest_year"], 0)
    last = np.minimum(np.where(latest == 0, end, latest), end) - s.first_year
    row, number = held_by(rows, [d.who for d in s.together.deadlines])
    np.minimum.at(last, row, np.array([d.year for d in s.together.deadlines], np.int64)[number] - s.first_year)
    due = np.zeros(first.size, np.bool_)
    due[row] = True
    for name, year in s.fixed.items():
        i = row_of[name]
        first[i], last[i] = max(first[i], year - s.first_year), min(last[i], year - s.first_year)
    return first, last, due


def _groups(owner: Codes, s: Settings) -> Codes:
    words = tuple(sorted({s.together.groups[o] for o in owner.words if o in s.together.groups}))
    place = {word: n for n, word in enumerate(words)}
    of_owner = np.array([place.get(s.together.groups.get(o, ""), -1) for o in owner.words], np.int64)
    return Codes(of_owner[owner.code], words)


def _lots(rows: Encoded, s: Settings) -> Ints:
    lots, table = s.together.lots, rows.table
    row, number = held_by(rows, [x.who for x in lots])
    out = np.full(len(rows), -1)
    out[row] = number
    twice = row[1:][row[1:] == row[:-1]]
    units = rows["unit"]
    wrong = np.flatnonzero((out >= 0) & (np.array([*(x.unit for x in lots), ""], dtype=object)[out] != EUROS))
    wrong = np.array([i for i in wrong.tolist() if units[i] != lots[out[i]].unit], dtype=np.int64)
    for i in sorted({*twice[:1].tolist(), *wrong[:1].tolist()}):
        action = table["id"][i].as_py()
        names = [lots[n].name for n in number[row == i].tolist()]
        if len(names) > 1:
            raise InputError("programme.deux_lots", action=action, lots=", ".join(names))
        raise InputError("programme.unite_lot", action=action, lot=names[0], unit=lots[out[i]].unit, mine=units[i])
    return out
