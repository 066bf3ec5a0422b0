"""How an action may be paid: what each envelope, and all of them together, may give to it."""

from typing import Any

import msgspec
import numpy as np

from jumeau.invest.settings import Settings


class Mode(msgspec.Struct, frozen=True):
    """One way to pay an action: (envelope, cents) granted; what its owner pays [cents]; years it is possible (indices)."""

    grants: tuple[tuple[int, int], ...]
    net_cents: int
    years: frozenset[int]


class Funders:
    """What the envelopes may give to an action, by what it costs."""

    def __init__(self, s: Settings) -> None:
        self.s, self.plan = s, frozenset(range(s.years))
        self.open = [sorted((most * 100, y - s.first_year) for y, most in e.amounts.items()) for e in s.together.envelopes]
        self.least = [lines[0][0] if lines else np.inf for lines in self.open]
        self.all = [self.plan.intersection(y for _, y in lines) for lines in self.open]

    def years(self, number: int, amount: int) -> frozenset[int]:
        """Years in which an envelope holds an amount [cents]."""
        if amount <= self.least[number]:
            return self.all[number]
        return self.plan.intersection(y for most, y in self.open[number] if most >= amount)

    def modes(self, row: dict[str, Any], cost: int, open_to: tuple[int, ...]) -> tuple[Mode, ...]:
        """Without a grant, with each of those open to the action, and with all of them within the ceiling."""
        together = self.s.together
        alone = []
        for number in open_to:
            envelope = together.envelopes[number]
            amount = int(envelope.rate * cost)
            if envelope.ceiling_eur is not None:
                amount = min(amount, int(envelope.ceiling_eur * 100))
            if amount > 0 and (row["id"], envelope.name) not in together.refused:
                alone.append((number, amount, self.years(number, amount)))
        most = int(together.ceilings.get(row["kind"], together.ceiling) * cost)
        sets = [[one] for one in alone] + ([alone] if len(alone) > 1 else [])
        modes = [Mode((), cost, self.plan)]
        for some in sets:
            total = sum(amount for _, amount, _ in some)
            grants = tuple((n, amount * most // total if total > most else amount) for n, amount, _ in some)
            years = frozenset.intersection(*(y for _, _, y in some))
            if years:
                modes.append(Mode(grants, cost - sum(a for _, a in grants), years))
        return tuple(modes)
