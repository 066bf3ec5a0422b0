"""Sensor values: received in any order, in any unit of the quantity, kept whole for a time, then as hours and days.

What is folded into hours is never received again: an observation older than that is counted late, because nothing would tell
it from one already counted. Bad values are kept beside, not in the mean.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import Observation, Reception, Series
from jumeau.model.measure import converter
from jumeau.store.database import Database
from jumeau.store.values import from_micros, to_micros
from jumeau.texts import t

QUALITIES = ("good", "doubtful", "bad")
HOUR, DAY = 3_600_000_000, 86_400_000_000
STEPS = {"hour": HOUR, "day": DAY}
_STEP_ROWS = 200_000
_INSTANT = pa.timestamp("us", "UTC")
VALUES = pa.schema(
    [
        pa.field("instant", _INSTANT, nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("quality", pa.string(), nullable=False),
    ]
)
SUMMARY = pa.schema(
    [
        pa.field("start", _INSTANT, nullable=False),
        pa.field("count", pa.int64(), nullable=False),
        *(pa.field(name, pa.float64()) for name in ("mean", "min", "max")),
        pa.field("doubtful", pa.int64(), nullable=False),
        pa.field("bad", pa.int64(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
    ]
)
_ADD = """INSERT INTO aggregates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (series, step, start) DO UPDATE SET count = aggregates.count + excluded.count,
          total = aggregates.total + excluded.total, doubtful = aggregates.doubtful + excluded.doubtful,
          bad = aggregates.bad + excluded.bad,
          low = CASE WHEN aggregates.low IS NULL OR excluded.low < aggregates.low
                THEN excluded.low ELSE aggregates.low END,
          high = CASE WHEN aggregates.high IS NULL OR excluded.high > aggregates.high
                 THEN excluded.high ELSE aggregates.high END"""
_RAISE = """INSERT INTO latest VALUES (?, ?, ?, ?, ?) ON CONFLICT (series) DO UPDATE SET instant = excluded.instant,
            value = excluded.value, unit = excluded.unit, quality = excluded.quality
            WHERE excluded.instant > latest.instant"""
_DECLARE = """INSERT INTO series (id, unit, title, layer, asset, raw_days, hourly_days, folded)
              VALUES (?, ?, ?, ?, ?, ?, ?, 0)
              ON CONFLICT (id) DO UPDATE SET title = excluded.title, layer = excluded.layer, asset = excluded.asset,
              raw_days = excluded.raw_days, hourly_days = excluded.hourly_days"""

Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


class Watcher:
    """Observations, and what is kept of them."""

    def __init__(self, db: Database) -> None:
        self.db = db

    # series ---------------------------------------------------------------------------------------------------------
    def declare(self, series: Series) -> None:
        """Add a series or change what is said of it. Raises InputError: another unit, or a retention that is none."""
        for days in (series.raw_days, series.hourly_days):
            if days is not None and days < 1:
                raise InputError("store.conservation_refusee", series=series.id, days=days)
        if not series.id or not series.unit:
            raise InputError("store.serie_vide")
        with self.db.write():
            known = self.db.one("SELECT unit FROM series WHERE id = ?", series.id)
            if known is not None and known[0] != series.unit:
                raise InputError("store.unite_change", series=series.id, unit=known[0], other=series.unit)
            values = msgspec.structs.astuple(series)
            self.db.execute(_DECLARE, *values)

    def series(self) -> dict[str, Series]:
        """Every series, by id."""
        rows = self.db.rows("SELECT id, unit, title, layer, asset, raw_days, hourly_days FROM series ORDER BY id")
        names = Series.__struct_fields__
        return {row[0]: Series(**dict(zip(names, row, strict=True))) for row in rows}

    # writing --------------------------------------------------------------------------------------------------------
    def receive(self, observations: Iterable[Observation]) -> Reception:
        """Write sensor values, all or none. Raises InputError naming series and instant."""
        given = list(observations)
        for one in given:
            _check(one)
        with self.db.write():
            known = self._known({one.series for one in given})
            rows, late, converted = [], 0, 0
            for one in given:
                if one.series not in known:
                    self.db.execute(_DECLARE, *msgspec.structs.astuple(Series(id=one.series, unit=one.unit)))
                    known[one.series] = (one.unit, 0)
                unit, folded = known[one.series]
                value = _converted(one, unit)
                instant = to_micros(one.instant) or 0
                converted += one.unit != unit
                if instant < folded:
                    late += 1
                else:
                    rows.append((one.series, instant, value, unit, one.quality))
            added = self.db.many("INSERT INTO observations VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)
            best: dict[str, tuple[Any, ...]] = {}
            for row in rows:
                if row[0] not in best or row[1] > best[row[0]][1]:
                    best[row[0]] = row
            self.db.many(_RAISE, list(best.values()))
        return Reception(added=added, repeated=len(rows) - added, late=late, converted=converted)

    def _known(self, names: set[str]) -> dict[str, tuple[str, int]]:
        query = f"SELECT id, unit, folded FROM series WHERE id {self.db.among_texts}"
        return {name: (unit, folded) for name, unit, folded in self.db.rows(query, self.db.listed(sorted(names)))}

    # reading --------------------------------------------------------------------------------------------------------
    def latest(self, series: str) -> Observation | None:
        """The most recent value: one row found by its key, however long the series."""
        row = self.db.one("SELECT instant, value, unit, quality FROM latest WHERE series = ?", series)
        if row is None:
            return None
        when = from_micros(row[0])
        assert when is not None
        return Observation(series=series, instant=when, value=row[1], unit=row[2], quality=row[3])

    def observations(self, series: str, since: datetime | None, until: datetime | None) -> pa.Table:
        """Values still kept one by one, in [since, until[, by instant."""
        query, limits = _between("SELECT instant, value, unit, quality FROM observations", "instant", since, until)
        rows = self.db.rows(query, series, *limits)
        columns: list[Any] = [list(c) for c in zip(*rows, strict=True)] or [[], [], [], []]
        columns[0] = pa.array(columns[0], pa.int64()).cast(_INSTANT)
        return pa.table(columns, schema=VALUES)

    def summary(self, series: str, step: str, since: datetime | None, until: datetime | None) -> pa.Table:
        """Hours or days that start in [since, until[, those of values still kept one by one included.

        Raises NotFoundError for an unknown series, InputError for an unknown step.
        """
        if step not in STEPS:
            raise InputError("store.pas_inconnu", step=step)
        with self.db.snapshot():
            known = self._known({series})
            if series not in known:
                raise NotFoundError("store.serie_inconnue", series=series)
            parts = [self._folded(series, name) for name in STEPS if STEPS[name] <= STEPS[step]]
            parts += [piece[1] for piece in self._raw(series, None)]
        total = _merged([_floor(p, STEPS[step]) for p in parts])
        low, high = (to_micros(limit) for limit in (since, until))
        start = total[0]
        keep = (start >= (start.min(initial=0) if low is None else low)) & (high is None or start < (high or 0))
        return _table(tuple(c[keep] for c in total), known[series][0])

    def _folded(self, series: str, step: str, before: int | None = None) -> Columns:
        query = "SELECT start, count, doubtful, bad, total, low, high FROM aggregates WHERE series = ? AND step = ?"
        limit = [] if before is None else [before]
        rows = self.db.rows(query + " AND start < ?" * bool(limit) + " ORDER BY start", series, step, *limit)
        return _columns(rows)

    def _raw(self, series: str, before: int | None) -> Iterator[tuple[int, Columns]]:
        """Values before an instant as summaries of one, a piece at a time, with the last instant of each piece."""
        last = -(2**62)
        end = 2**62 if before is None else before
        query = """SELECT instant, value, quality FROM observations WHERE series = ? AND instant > ? AND instant < ?
                   ORDER BY instant LIMIT ?"""
        while rows := self.db.rows(query, series, last, end, _STEP_ROWS):
            last = rows[-1][0]
            bad = np.array([r[2] == "bad" for r in rows])
            doubtful = np.array([r[2] == "doubtful" for r in rows])
            value = np.where(bad, np.nan, np.array([r[1] for r in rows], np.float64))
            counts = np.column_stack([~bad, doubtful, bad]).astype(np.int64)
            instants = np.array([r[0] for r in rows], np.int64)
            yield last, (instants, counts, np.where(bad, 0.0, value), value, value)

    # retention ------------------------------------------------------------------------------------------------------
    def fold(self) -> int:
        """Sum up what each series no longer keeps one by one; gives how many values became hours. One series at a time."""
        now = to_micros(self.db.clock()) or 0
        return sum(self._fold(series, now) for series in self.series().values())

    def _fold(self, series: Series, now: int) -> int:
        gone = 0
        with self.db.write():
            if series.raw_days is not None:
                before = _start(now - series.raw_days * DAY, HOUR)
                for _, piece in self._raw(series.id, before):
                    gone += len(piece[0])
                    self._add(series.id, "hour", _merged([_floor(piece, HOUR)]))
                self.db.execute("DELETE FROM observations WHERE series = ? AND instant < ?", series.id, before)
                query = "UPDATE series SET folded = ? WHERE id = ? AND folded < ?"
                self.db.execute(query, before, series.id, before)
            if series.hourly_days is not None:
                before = _start(now - series.hourly_days * DAY, DAY)
                hours = self._folded(series.id, "hour", before)
                self._add(series.id, "day", _merged([_floor(hours, DAY)]))
                query = "DELETE FROM aggregates WHERE series = ? AND step = 'hour' AND start < ?"
                self.db.execute(query, series.id, before)
        return gone

    def _add(self, series: str, step: str, columns: Columns) -> None:
        start, counts, total, low, high = columns
        rows = [
            (series, step, s, n[0], x, None if math.isnan(a) else a, None if math.isnan(b) else b, n[1], n[2])
            for s, n, x, a, b in zip(*(c.tolist() for c in (start, counts, total, low, high)), strict=True)
        ]
        self.db.many(_ADD, rows)


def _start(instant: int, step: int) -> int:
    return instant // step * step


def _between(query: str, column: str, since: datetime | None, until: datetime | None) -> tuple[str, list[int | None]]:
    query += " WHERE series = ?" + f" AND {column} >= ?" * (since is not None) + f" AND {column} < ?" * (until is not None)
    return query + f" ORDER BY {column}", [to_micros(limit) for limit in (since, until) if limit is not None]


def _columns(rows: list[tuple[Any, ...]]) -> Columns:
    table = np.array([[np.nan if x is None else x for x in r[4:]] for r in rows], np.float64).reshape(-1, 3)
    counts = np.array([r[1:4] for r in rows], np.int64).reshape(-1, 3)
    return np.array([r[0] for r in rows], np.int64), counts, table[:, 0], table[:, 1], table[:, 2]


def _floor(columns: Columns, step: int) -> Columns:
    return columns[0] // step * step, *columns[1:]


def _merged(parts: list[Columns]) -> Columns:
    """One row for each start, ascending; sums are made in the order of the parts, so they repeat themselves."""
    start, counts, total, low, high = (np.concatenate([p[i] for p in parts]) for i in range(5))
    if not len(start):
        return start, counts, total, low, high
    order = np.argsort(start, kind="stable")
    start = start[order]
    first = np.flatnonzero(np.r_[True, start[1:] != start[:-1]])
    return (
        start[first],
        np.add.reduceat(counts[order], first, axis=0),
        np.add.reduceat(total[order], first),
        np.fmin.reduceat(low[order], first),
        np.fmax.reduceat(high[order], first),
    )


def _table(columns: tuple[Any, ...], unit: str) -> pa.Table:
    start, counts, total, low, high = columns
    known = counts[:, 0] > 0
    mean = np.divide(total, counts[:, 0], out=np.full(len(start), np.nan), where=known)
    numbers = [pa.array(v, pa.float64(), mask=~known) for v in (mean, low, high)]
    return pa.table(
        [pa.array(start).cast(_INSTANT), pa.array(counts[:, 0]), *numbers, pa.array(counts[:, 1]), pa.array(counts[:, 2]),
         pa.array([unit] * len(start), pa.string())],
        schema=SUMMARY,
    )  # fmt: skip


def _check(o: Observation) -> None:
    if not o.series:
        raise InputError("store.serie_vide")
    if not math.isfinite(o.value):
        raise InputError("store.mesure_refusee", series=o.series, instant=o.instant, reason=t("store.mesure_valeur"))
    if o.quality not in QUALITIES:
        raise InputError("store.mesure_refusee", series=o.series, instant=o.instant, reason=t("store.mesure_qualite"))


def _converted(o: Observation, unit: str) -> float:
    found = converter(o.unit, unit)
    if found is None:
        reason = t("store.mesure_unite", unit=o.unit, expected=unit)
        raise InputError("store.mesure_refusee", series=o.series, instant=o.instant, reason=reason)
    factor, offset = found
    return float(o.value) * factor + offset
