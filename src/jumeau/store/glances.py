"""Plans kept between two reads, so that the second one asks the database one question: is anything new?"""

from collections import OrderedDict
from typing import Any

import msgspec

from jumeau.store.ledger import Ledger
from jumeau.store.plans import Plan
from jumeau.store.port import Moment
from jumeau.store.threads import PerThread
from jumeau.store.values import to_micros

KEPT = 64
_EVER = 2**62
_STAMP = "SELECT name, value FROM meta WHERE name IN ('last_instant', 'epoch') ORDER BY name"
_BOUNDS = """SELECT max(CASE WHEN t <= ? THEN t END), min(CASE WHEN t > ? THEN t END) FROM (
    SELECT valid_from AS t FROM edits WHERE layer = ? AND (valid_from IS NOT NULL OR valid_to IS NOT NULL)
    UNION ALL SELECT valid_to FROM edits WHERE layer = ? AND (valid_from IS NOT NULL OR valid_to IS NOT NULL)
    UNION ALL SELECT valid_from FROM claim_files WHERE layer = ?
    UNION ALL SELECT valid_to FROM claim_files WHERE layer = ?) AS bounds"""

Stamp = tuple[Any, ...]


class Glance(msgspec.Struct, frozen=True):
    """A plan, and the instants [since, until[ at which it tells the same."""

    stamp: Stamp
    since: int
    until: int
    plan: Plan


class Glances:
    """Plans that still hold. Kept thread by thread, as the files they read."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._glances: PerThread[OrderedDict[tuple[str, Moment], Glance]] = PerThread(OrderedDict)

    @property
    def _kept(self) -> "OrderedDict[tuple[str, Moment], Glance]":
        return self._glances.mine()

    def stamp(self) -> Stamp:
        """What changes with every write of the twin."""
        return tuple(row[1] for row in self.ledger.db.rows(_STAMP))

    def find(self, stamp: Stamp, layer: str, moment: Moment) -> Plan | None:
        """The plan of a moment when nothing was written and no validity began or ended since it was made."""
        found = self._kept.get((layer, moment))
        if found is None or found.stamp != stamp:
            return None
        at = to_micros(self.ledger.db.clock()) if moment.at is None else to_micros(moment.at)
        return found.plan if at is not None and found.since <= at < found.until else None

    def keep(self, stamp: Stamp, layer: str, moment: Moment, plan: Plan) -> None:
        """Keep a plan, unless something was written while it was made."""
        if self.stamp() != stamp:
            return
        at = plan.sight.at
        row = self.ledger.db.one(_BOUNDS, at, at, layer, layer, layer, layer) or (None, None)
        since, until = -_EVER if row[0] is None else row[0], _EVER if row[1] is None else row[1]
        self._kept[layer, moment] = Glance(stamp, since, until, plan)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Trust nothing that was kept, in any thread."""
        self._glances.clear()
