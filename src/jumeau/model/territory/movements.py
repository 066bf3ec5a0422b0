"""What a commune code has become: the movements of the code officiel géographique, walked forward."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Set
from datetime import date

import msgspec

KINDS = {
    "10": "nom", "20": "creation", "21": "retablissement", "30": "suppression", "31": "fusion", "32": "commune_nouvelle",
    "33": "fusion_association", "34": "fusion", "35": "suppression_deleguee", "41": "departement", "50": "chef_lieu",
    "70": "associee_deleguee", "71": "retablissement_deleguee", "72": "creation_deleguee",
}  # fmt: skip
"""Short name of INSEE's movement types (`MOD`)."""

COM_OVERSEAS = {"97123": "97701", "97127": "97801"}
"""Saint-Barthélemy and Saint-Martin left Guadeloupe (loi organique 2007-223); the movements only say they are suppressed."""


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one code. kind: INSEE's movement type; type_*: `COM`, `COMA`, `COMD`, `ARM` or empty."""

    date: str
    kind: str
    type_before: str
    code_before: str
    name_before: str
    type_after: str
    code_after: str
    name_after: str


class Successors:
    """Succession of whole communes, by date of effect.

    A code is what it was on a date; the movements after that date give the communes of today that hold its land.
    """

    def __init__(self, movements: Iterable[Movement]) -> None:
        self._maps: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._left: dict[str, list[str]] = defaultdict(list)
        self.by_code: dict[str, list[Movement]] = defaultdict(list)
        for move in movements:
            for code in {move.code_before, move.code_after} - {""}:
                self.by_code[code].append(move)
            if move.type_before == "COM" and move.type_after == "COM":
                self._maps[move.date][move.code_before].add(move.code_after)
        self._dates = sorted(self._maps)
        for day in self._dates:
            for before, after in self._maps[day].items():
                if before not in after:
                    self._left[before].append(day)

    @property
    def codes(self) -> Set[str]:
        """Every code that a movement names."""
        return self.by_code.keys()

    def after(self, code: str, on: date) -> set[str]:
        """Codes that hold today the land that `code` held on the date `on`."""
        return self._walk(code, self._dates[bisect_right(self._dates, on.isoformat()) :])

    def since_last(self, code: str) -> set[str]:
        """Codes that hold today the land `code` held just before it was last given up."""
        if code in COM_OVERSEAS:
            return {COM_OVERSEAS[code]}
        left = self._left.get(code)
        return self._walk(code, self._dates[bisect_left(self._dates, left[-1]) :]) if left else {code}

    def _walk(self, code: str, days: list[str]) -> set[str]:
        held = {code}
        for day in days:
            moves = self._maps[day]
            if held.isdisjoint(moves):
                continue
            held = set().union(*(moves.get(one, {one}) for one in held))
            # two events of one day may follow each other: another département, then a commune nouvelle
            for one in [c for c in held if c in moves and c not in moves[c] and c != code]:
                held = (held - {one}) | moves[one]
        return held
