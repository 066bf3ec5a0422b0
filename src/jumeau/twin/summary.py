"""Groups of a diagnosis as readable numbers: estimates with shares by origin."""

import msgspec

from jumeau.engines.groups import Groups, summary
from jumeau.model.dictionary import indicators
from jumeau.model.estimate import Estimate
from jumeau.model.origin import ORIGINS
from jumeau.twin.runs import total


class IndicatorRow(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator of one group. shares: part of the value that rests on each origin; known, unknown: assets."""

    name: str
    title: str
    decimals: int
    better: str
    description: str
    source: str
    estimate: Estimate
    shares: dict[str, float]
    known: int
    unknown: int


def rows(groups: Groups, key: str) -> list[IndicatorRow]:
    """Indicators of the group `key`, in the order of the engine."""
    g = groups.keys.index(key)
    return [_row(groups, g, i, name) for i, name in enumerate(groups.names)]


def totals(groups: Groups) -> list[IndicatorRow]:
    """Indicators of all groups together, summed on draws; empty when nothing was diagnosed."""
    return rows(total(groups), "total") if groups.keys else []


def _row(groups: Groups, g: int, i: int, name: str) -> IndicatorRow:
    about = indicators()[name]
    value, low, high = summary(groups.draws[g, i])
    digits = about.decimals
    rounded = [None if x is None else round(x, digits) for x in (value, low, high)]
    return IndicatorRow(
        name=name,
        title=about.title,
        decimals=digits,
        better=about.better,
        description=about.description,
        source=about.source,
        estimate=Estimate(rounded[0], rounded[1], rounded[2], about.unit, about.source),
        shares={o.value: round(float(s), 4) for o, s in zip(ORIGINS, groups.shares[g, i], strict=True)},
        known=int(groups.known[g, i]),
        unknown=int(groups.unknown[g, i]),
    )
