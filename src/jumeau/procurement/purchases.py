"""What is bought: the chosen actions of a programme gathered into purchases of one family, over a few years."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pyarrow as pa

from jumeau.model.money import to_cents
from jumeau.model.need import Contract, Need

SPAN_Y = 4
"""Years a purchase may cover: the usual longest framework agreement (rule `accord_cadre`)."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner puts into a purchase: cost before tax [cents], low, mid and high, and number of actions."""

    owner: str
    low_cents: int
    cents: int
    high_cents: int
    actions: int


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity of a need, by owner and year, in its functional unit."""

    need: str
    unit: str
    owner: str
    year: int
    quantity: float
    cents: int


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """Actions of one family bought together. contract: that of most of the money, None when a need does not say."""

    id: str
    family: str
    contract: Contract | None
    needs: tuple[str, ...]
    fields: tuple[str, ...]
    first_year: int
    last_year: int
    members: tuple[Member, ...]
    items: tuple[Item, ...]

    @property
    def cents(self) -> int:
        """Cost before tax of everything [cents]."""
        return sum(m.cents for m in self.members)

    @property
    def years(self) -> int:
        """Years covered."""
        return self.last_year - self.first_year + 1

    @property
    def framework(self) -> bool:
        """True for a framework agreement: several years or several owners, hence orders that follow each other."""
        return self.years > 1 or len(self.members) > 1


def purchases(chosen: pa.Table, needs: Mapping[str, Need], *, span: int = SPAN_Y) -> list[Purchase]:
    """Purchases of a programme, by family and window of `span` years, in the order of their ids.

    chosen: rows with action, year, owner, field, need, unit, quantity, cost_eur and its range. A need nobody described is
    a family of its own.
    """
    columns = ["year", "owner", "field", "need", "unit", "quantity", "cost_eur", "cost_eur_low", "cost_eur_high"]
    rows = chosen.select(columns).to_pylist()
    if not rows:
        return []
    start = min(row["year"] for row in rows)
    groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for row in rows:
        need = needs.get(row["need"])
        family = need.family if need is not None and need.family else row["need"]
        groups.setdefault((family, (row["year"] - start) // span), []).append(row)
    return [_purchase(family, start + window * span, group, needs) for (family, window), group in sorted(groups.items())]


def _purchase(family: str, begins: int, rows: list[dict[str, Any]], needs: Mapping[str, Need]) -> Purchase:
    years = [row["year"] for row in rows]
    wanted = sorted({row["need"] for row in rows})
    return Purchase(
        id=f"{family}-{begins}",
        family=family,
        contract=_contract(rows, needs),
        needs=tuple(wanted),
        fields=tuple(sorted({row["field"] for row in rows})),
        first_year=min(years),
        last_year=max(years),
        members=_members(rows),
        items=_items(rows),
    )


def _contract(rows: list[dict[str, Any]], needs: Mapping[str, Need]) -> Contract | None:
    """The kind of most of the money: a mixed contract follows its main object; None when a need does not say its own."""
    money: dict[Contract | None, float] = {}
    for row in rows:
        kind = needs[row["need"]].contract if row["need"] in needs else None
        money[kind] = money.get(kind, 0.0) + row["cost_eur"]
    return None if None in money else max(money, key=lambda kind: (money[kind], kind or ""))


def _members(rows: list[dict[str, Any]]) -> tuple[Member, ...]:
    sums: dict[str, list[int]] = {}
    for row in rows:
        mid = to_cents(round(row["cost_eur"], 2))
        low, high = (mid if row[c] is None else to_cents(round(row[c], 2)) for c in ("cost_eur_low", "cost_eur_high"))
        have = sums.setdefault(row["owner"], [0, 0, 0, 0])
        for i, value in enumerate((low, mid, high, 1)):
            have[i] += value
    return tuple(
        Member(owner=owner, low_cents=low, cents=mid, high_cents=high, actions=count)
        for owner, (low, mid, high, count) in sorted(sums.items())
    )


def _items(rows: list[dict[str, Any]]) -> tuple[Item, ...]:
    sums: dict[tuple[str, str, str, int], list[float]] = {}
    for row in rows:
        have = sums.setdefault((row["need"], row["unit"], row["owner"], row["year"]), [0.0, 0])
        have[0] += row["quantity"]
        have[1] += to_cents(round(row["cost_eur"], 2))
    return tuple(
        Item(need=need, unit=unit, owner=owner, year=year, quantity=round(quantity, 6), cents=int(cents))
        for (need, unit, owner, year), (quantity, cents) in sorted(sums.items())
    )
