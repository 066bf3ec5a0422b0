"""A second implementation of the port's reading rules, as short and slow as possible: claims in lists, no index, no cache."""

from dataclasses import dataclass, field
from typing import Any

ORIGINS = ["measured", "declared", "inferred", "default"]


@dataclass
class Said:
    """One claim. start, end: validity in days or None; number: commit."""

    asset: str
    attribute: str
    value: Any
    source: str
    origin: str
    start: int | None
    end: int | None
    number: int = 0
    place: int = 0


@dataclass
class Twin:
    """Every commit with its parents and claims; every branch with its head."""

    ranks: dict[str, int]
    claims: list[Said] = field(default_factory=list)
    parents: dict[int, list[int]] = field(default_factory=dict)
    undoes: dict[int, set[int]] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=lambda: {"principale": 0})
    past: list[dict[str, int]] = field(default_factory=list)

    def commit(self, number: int, branch: str, claims: list[Said], undoes: set[int] = frozenset(), second: int = 0) -> None:
        self.parents[number] = [p for p in (self.heads[branch], second) if p]
        self.undoes[number] = set(undoes)
        for place, claim in enumerate(claims):
            claim.number, claim.place = number, claim.place or place
            self.claims.append(claim)
        self.heads[branch] = number
        self.past.append(dict(self.heads))

    def ancestors(self, head: int) -> set[int]:
        if not head:
            return set()
        return {head}.union(*(self.ancestors(p) for p in self.parents[head]))

    def dead(self, seen: set[int]) -> set[int]:
        gone: set[int] = set()
        for number in sorted(seen, reverse=True):
            if number not in gone:
                gone |= self.undoes[number]
        return gone & seen

    def rows(self, head: int, at: int) -> dict[str, dict[str, tuple[Any, str, str]]]:
        """asset -> attribute -> (value, origin, source)."""
        seen = self.ancestors(head)
        alive = seen - self.dead(seen)
        best: dict[tuple[str, str], Said] = {}
        for c in self.claims:
            if c.number not in alive or (c.start is not None and c.start > at) or (c.end is not None and at >= c.end):
                continue
            old = best.get((c.asset, c.attribute))
            if old is None or self.weight(c) > self.weight(old):
                best[c.asset, c.attribute] = c
        out: dict[str, dict[str, tuple[Any, str, str]]] = {asset: {} for asset, _ in best}
        for (asset, attribute), c in best.items():
            if attribute == "_exists" and not c.value:
                out.pop(asset, None)
        for (asset, attribute), c in best.items():
            if asset in out and attribute != "_exists" and c.value is not None:
                out[asset][attribute] = (c.value, c.origin, c.source)
        return out

    def weight(self, c: Said) -> tuple[Any, ...]:
        start = -(10**9) if c.start is None else c.start
        return self.ranks[c.source], -ORIGINS.index(c.origin), start, c.number, c.place
