"""What is kept beside claims: files by content, results of runs, names of assets elsewhere, sensor values."""

import hashlib
import math
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from jumeau.errors import CorruptError, InputError, NotFoundError
from jumeau.model.claim import Observation
from jumeau.store.embedded.database import Database, disk_error
from jumeau.store.embedded.folder import copy_hashed, draft, read_parquet, settle, sha256_of, write_parquet
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
    """Files, results, names and observations."""

    def __init__(self, db: Database) -> None:
        self.db, self.folder = db, db.folder
        self._verified: dict[str, tuple[int, int]] = {}

    # files ----------------------------------------------------------------------------------------------------------
    def file_path(self, sha256: str) -> Path:
        """Where a kept file is."""
        return self.folder / "files" / sha256[:2] / sha256

    def put_file(self, content: bytes | Path, name: str) -> str:
        """Keep a file by its content. Raises StoreError when the disk refuses."""
        temporary = None
        with self.db.files_lock():
            try:
                temporary = draft(self.folder / "files")
                if isinstance(content, Path):
                    sha256, size = copy_hashed(content, temporary)
                else:
                    size = temporary.write_bytes(content)
                    sha256 = hashlib.sha256(content).hexdigest()
                temporary.chmod(0o444)
                settle(temporary, self.file_path(sha256))
            except OSError as error:
                if temporary is not None:
                    temporary.unlink(missing_ok=True)
                raise disk_error(self.folder, error) from error
            with self.db.write() as db:
                db.execute("INSERT OR IGNORE INTO files VALUES (?, ?, ?)", (sha256, name, size))
        return sha256

    def get_file(self, sha256: str) -> Path:
        """Path of a kept file. Raises NotFoundError, CorruptError."""
        if self.db.one("SELECT 1 FROM files WHERE sha256 = ?", sha256) is None:
            raise NotFoundError("store.fichier_inconnu", sha256=sha256)
        path = self.file_path(sha256)
        try:
            stat = path.stat()
        except FileNotFoundError as error:
            raise CorruptError("store.fichier_manquant", path=path) from error
        mark = (stat.st_mtime_ns, stat.st_size)
        if self._verified.get(sha256) != mark:
            if sha256_of(path) != sha256:
                raise CorruptError("store.fichier_abime", path=path)
            self._verified[sha256] = mark
        return path

    # results --------------------------------------------------------------------------------------------------------
    def put_result(self, run: str, part: str, table: pa.Table) -> None:
        """Keep one finished partition, replacing an earlier one."""
        place = f"{_short(run)}/{_short(part)}.parquet"
        path = self.folder / "results" / place
        with self.db.files_lock():
            sha256 = write_parquet(table, path.parent, path.name, compression="zstd")
            with self.db.write() as db:
                db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)", (run, part, place, sha256))

    def get_result(self, run: str, part: str) -> pa.Table:
        """A kept partition. Raises NotFoundError, CorruptError."""
        row = self.db.one("SELECT path FROM results WHERE run = ? AND part = ?", run, part)
        if row is None:
            raise NotFoundError("store.resultat_inconnu", run=run, part=part)
        return read_parquet(self.folder / "results" / row[0])

    def results(self, run: str) -> list[str]:
        """Names of the finished partitions, sorted."""
        return [row[0] for row in self.db.rows("SELECT part FROM results WHERE run = ? ORDER BY part", run)]

    def drop_results(self, run: str) -> None:
        """Forget a run."""
        with self.db.files_lock(), self.db.write() as db:
            places = [row[0] for row in self.db.rows("SELECT path FROM results WHERE run = ?", run)]
            db.execute("DELETE FROM results WHERE run = ?", (run,))
        for place in places:
            (self.folder / "results" / place).unlink(missing_ok=True)

    # names elsewhere ------------------------------------------------------------------------------------------------
    def identify(self, layer: str, names: Iterable[tuple[str, str, str, float]]) -> None:
        """Record (asset, register, name, confidence); a known name takes the new confidence. Raises InputError."""
        rows = []
        for asset, register, name, confidence in names:
            if not 0 <= confidence <= 1:
                raise InputError("store.confiance_refusee", confidence=confidence, name=name)
            rows.append((asset, register, name, layer, float(confidence)))
        query = """INSERT INTO identifiers VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT DO UPDATE SET confidence = excluded.confidence, layer = excluded.layer"""
        with self.db.write() as db:
            db.executemany(query, rows)

    def identifiers(self, asset: str) -> list[tuple[str, str, float]]:
        """(register, name, confidence), in order."""
        query = "SELECT register, name, confidence FROM identifiers WHERE asset = ? ORDER BY register, name"
        return [(r, n, c) for r, n, c in self.db.rows(query, asset)]

    # observations ---------------------------------------------------------------------------------------------------
    def observe(self, observations: Iterable[Observation]) -> int:
        """Append sensor values; gives how many were new. Raises InputError naming series and instant."""
        rows = [_observation_row(o) for o in observations]
        with self.db.write() as db:
            before = db.total_changes
            db.executemany("INSERT OR IGNORE INTO observations VALUES (?, ?, ?, ?, ?)", rows)
            added = db.total_changes - before
            _raise_latest(db, rows)
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
        query = """SELECT instant, value, unit, quality FROM observations WHERE series = ?1
                   AND (?2 IS NULL OR instant >= ?2) AND (?3 IS NULL OR instant < ?3) ORDER BY instant"""
        rows = self.db.rows(query, series, to_micros(since), to_micros(until))
        columns: list[Any] = [list(c) for c in zip(*rows, strict=True)] or [[], [], [], []]
        columns[0] = pa.array(columns[0], pa.int64()).cast(SERIES.field("instant").type)
        return pa.table(columns, schema=SERIES)


def _raise_latest(db: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    best: dict[str, tuple[Any, ...]] = {}
    for row in rows:
        if row[0] not in best or row[1] > best[row[0]][1]:
            best[row[0]] = row
    query = """INSERT INTO latest VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET instant = excluded.instant,
               value = excluded.value, unit = excluded.unit, quality = excluded.quality
               WHERE excluded.instant > latest.instant"""
    db.executemany(query, best.values())


def _observation_row(o: Observation) -> tuple[Any, ...]:
    if not math.isfinite(o.value):
        raise InputError("store.mesure_refusee", series=o.series, instant=o.instant, reason=t("store.mesure_valeur"))
    if o.quality not in QUALITIES:
        raise InputError("store.mesure_refusee", series=o.series, instant=o.instant, reason=t("store.mesure_qualite"))
    return o.series, to_micros(o.instant), float(o.value), o.unit, o.quality


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
