"""Volumes for industry: what will be bought, by need, year and purchase, without naming who."""

from collections.abc import Iterable, Mapping

import msgspec

from jumeau.model.need import Need
from jumeau.procurement.purchases import Purchase

LEAST_OWNERS = 3
MOST_SHARE = 0.85
"""Owners under a published volume, and the most one of them may weigh in it: otherwise it is told with other years, or not at
all (the usual rules for firms [1]).

[1] Insee, secret statistique: a cell of fewer than three units, or of which one makes more than 85 %, is not published.
"""


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """A volume of a need. years: those it covers, several when they had to be told together; owners: how many, never
    whom; euros: cost at catalogue prices before tax."""

    need: str
    title: str
    unit: str
    purchase: str
    contract: str | None
    years: tuple[int, ...]
    owners: int
    quantity: float
    euros: float


class Volumes(msgspec.Struct, frozen=True, kw_only=True):
    """Volumes that may be published, and the needs withheld because too few owners ask for them."""

    published: tuple[Volume, ...]
    withheld: tuple[str, ...]


def volumes(bought: Iterable[Purchase], needs: Mapping[str, Need], *, least: int = LEAST_OWNERS) -> Volumes:
    """Volumes by need and year where `least` owners at least stand under each figure, none of them nearly alone.

    A year with too few owners is told with its neighbours, until enough stand under the whole: no figure can be had by
    subtraction, since no total holds what a line does not.
    """
    published: list[Volume] = []
    withheld: set[str] = set()
    for purchase in bought:
        for need in purchase.needs:
            lines = _lines(purchase, need, needs.get(need), least)
            published += lines
            if not lines:
                withheld.add(need)
    return Volumes(published=tuple(published), withheld=tuple(sorted(withheld)))


def _lines(purchase: Purchase, need: str, about: Need | None, least: int) -> list[Volume]:
    mine = [item for item in purchase.items if item.need == need]
    weights: dict[int, dict[str, float]] = {}
    for item in sorted(mine, key=lambda x: x.year):
        year = weights.setdefault(item.year, {})
        year[item.owner] = year.get(item.owner, 0.0) + item.quantity
    groups = _grouped(weights, least)
    out = []
    for years in groups:
        part = [x for x in mine if x.year in years]
        out.append(
            Volume(
                need=need,
                title=about.title if about else need,
                unit=part[0].unit,
                purchase=purchase.id,
                contract=purchase.contract,
                years=years,
                owners=len({x.owner for x in part}),
                quantity=round(sum(x.quantity for x in part), 3),
                euros=sum(x.cents for x in part) / 100,
            )
        )
    return out


def _grouped(weights: Mapping[int, Mapping[str, float]], least: int) -> list[tuple[int, ...]]:
    """Years cut into runs that may be told; nothing when all of them together may not.

    Years that are left at the end join the last run, and so on backwards, until what is told may be.
    """
    runs: list[tuple[int, ...]] = []
    current: tuple[int, ...] = ()
    for year in weights:
        current = (*current, year)
        if _may_be_told(current, weights, least):
            runs.append(current)
            current = ()
    while current and runs:
        current = (*runs.pop(), *current)
        if _may_be_told(current, weights, least):
            runs.append(current)
            current = ()
    return runs


def _may_be_told(years: tuple[int, ...], weights: Mapping[int, Mapping[str, float]], least: int) -> bool:
    """Enough owners in these years, and none that makes nearly all of the quantity."""
    held: dict[str, float] = {}
    for year in years:
        for owner, quantity in weights[year].items():
            held[owner] = held.get(owner, 0.0) + quantity
    return len(held) >= least and max(held.values()) <= MOST_SHARE * sum(held.values())
