"""What is kept beside claims: names of assets elsewhere and sensor values."""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pyarrow as pa

from jumeau.errors import InputError
from jumeau.model.claim import Observation
from jumeau.store.database import Database
from jumeau.store.values import from_micros, to_micros
from jumeau.texts import t

QUALITIES = ("good", "doubtful", "bad")
SERIES = pa.schema(
    [
        pa.field("instant", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("quality", pa.string(), nullable=False),
    ]
)


class Keeper:
    """Names of assets elsewhere and observations."""

    def __init__(self, db: Database) -> None:
        self.db = db

    # names elsewhere ------------------------------------------------------------------------------------------------
    def identify(self, layer: str, names: Iterable[tuple[str, str, str, float]]) -> None:
        """Record (asset, register, name, confidence); a known name takes the new confidence. Raises InputError."""
        rows = []
        for asset, register, name, confidence in names:
            if not 0 <= confidence <= 1:
                raise InputError("store.confiance_refusee", confidence=confidence, name=name)
            rows.append((asset, register, name, layer, float(confidence)))
        query = """INSERT INTO identifiers VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (asset, register, name) DO UPDATE SET confidence = excluded.confidence,
                   layer = excluded.layer"""
        with self.db.write():
            self.db.many(query, rows)

    def identifiers(self, asset: str) -> list[tuple[str, str, float]]:
        """(register, name, confidence), in order."""
        query = "SELECT register, name, confidence FROM identifiers WHERE asset = ? ORDER BY register, name"
        return [(r, n, c) for r, n, c in self.db.rows(query, asset)]

    # observations ---------------------------------------------------------------------------------------------------
    def observe(self, observations: Iterable[Observation]) -> int:
        """Append sensor values; gives how many were new. Raises InputError naming series and instant."""
        rows = [_observation_row(o) for o in observations]
        with self.db.write():
            added = self.db.many("INSERT INTO observations VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
            _raise_latest(self.db, rows)
        return added

    def latest(self, series: str) -> Observation | None:
        """The most recent value."""
        row = self.db.one("SELECT instant, value, unit, quality FROM latest WHERE series = ?", series)
        if row is None:
            return None
        when = from_micros(row[0])
        assert when is not None
        return Observation(series=series, instant=when, value=row[1], unit=row[2], quality=row[3])

    def observations(self, series: str, since: datetime | None, until: datetime | None) -> pa.Table:
        """Values in [since, until[, by instant."""
        query = "SELECT instant, value, unit, quality FROM observations WHERE series = ?"
        query += " AND instant >= ?" * (since is not None) + " AND instant < ?" * (until is not None) + " ORDER BY instant"
        limits = [to_micros(limit) for limit in (since, until) if limit is not None]
        rows = self.db.rows(query, series, *limits)
        columns: list[Any] = [list(c) for c in zip(*rows, strict=True)] or [[], [], [], []]
        columns[0] = pa.array(columns[0], pa.int64()).cast(SERIES.field("instant").type)
        return pa.table(columns, schema=SERIES)


def _raise_latest(db: Database, rows: list[tuple[Any, ...]]) -> None:
    best: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        if row[0] not in best or row[1] > best[row[0]][1]:
            best[row[0]] = row
    query = """INSERT INTO latest VALUES (?, ?, ?, ?, ?) ON CONFLICT (series) DO UPDATE SET instant = excluded.instant,
               value = excluded.value, unit = excluded.unit, quality = excluded.quality
               WHERE excluded.instant > latest.instant"""
    db.many(query, list(best.values()))


def _observation_row(o: Observation) -> tuple[Any, ...]:
    if not math.isfinite(o.value):
        raise InputError("store.mesure_refusee", series=o.series, instant=o.instant, reason=t("store.mesure_valeur"))
    if o.quality not in QUALITIES:
        raise InputError("store.mesure_refusee", series=o.series, instant=o.instant, reason=t("store.mesure_qualite"))
    return o.series, to_micros(o.instant), float(o.value), o.unit, o.quality
