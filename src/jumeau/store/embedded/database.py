"""state.sqlite: schema, one connection a thread, transactions, and SQLite's errors said plainly."""

import errno
import fcntl
import json
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jumeau.errors import CorruptError, NotFoundError, StoreError
from jumeau.store.database import utc_now
from jumeau.store.embedded.schema import SCHEMA
from jumeau.store.formats import FORMAT, sqlite_steps
from jumeau.store.values import to_micros

WAIT_S = 60.0
_DAMAGE = ("malformed", "not a database", "corrupt", "disk I/O")
_FULL, _READ_ONLY, _BUSY = ("is full",), ("readonly", "read-only", "unable to open"), ("locked", "busy")


def disk_error(path: Path, error: OSError) -> StoreError:
    """A failed write of a file, said plainly."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError("store.disque_plein", path=path)
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return StoreError("store.lecture_seule", path=path)
    return StoreError("store.panne_disque", path=path, reason=error.strerror or error)


def _abandon(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")


def writable(folder: Path, state: Path) -> bool:
    """Whether this process may write in a twin's folder."""
    return all(os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids) for path in (folder, state))


def copy_state(state: Path, target: Path) -> None:
    """Copy a database nobody may write here: through SQLite while somebody else has it open, file by file otherwise."""
    log, shared = (state.with_name(state.name + end) for end in ("-wal", "-shm"))
    if log.exists() and shared.exists():
        try:
            address = f"file:{quote(str(state.resolve()))}?mode=ro"
            with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
            return
        except sqlite3.DatabaseError:
            target.unlink(missing_ok=True)
    shutil.copyfile(state, target)
    if log.exists():
        shutil.copyfile(log, target.with_name(target.name + "-wal"))


class SqliteDatabase:
    """Connections to one state.sqlite. Every acknowledged write is on the disk (WAL, synchronous FULL)."""

    among_texts = among_numbers = "IN (SELECT value FROM json_each(?))"

    def __init__(self, folder: Path, *, create: bool, clock: Callable[[], datetime] | None) -> None:
        self.folder, self.path = folder, folder / "state.sqlite"
        self.scratch, self._file = folder, self.path
        """Where locks and disposable files go, and the file that is read: elsewhere when the folder cannot be written."""
        self._shelter: tempfile.TemporaryDirectory[str] | None = None
        self.clock = clock or utc_now
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        if not self.path.exists():
            if not create:
                raise NotFoundError("store.base_absente", path=folder)
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise disk_error(folder, error) from error
        if self.path.exists() and not writable(folder, self.path):
            self._take_shelter()
        with self.errors():
            self._prepare()

    @property
    def read_only(self) -> bool:
        """Whether the folder cannot be written: everything is read as it was when the twin was opened, nothing is written."""
        return self._shelter is not None

    def _take_shelter(self) -> None:
        """Read a copy of the state in a folder of its own; claim files and kept layers are read where they are."""
        self._shelter = tempfile.TemporaryDirectory(prefix="jumeau-lecture-")
        self.scratch = Path(self._shelter.name)
        self._file = self.scratch / self.path.name
        try:
            copy_state(self.path, self._file)
        except OSError as error:
            raise disk_error(self.folder, error) from error
        cache = self.scratch / "cache"
        cache.mkdir()
        for kept in (self.folder / "cache").glob("*.parquet"):
            (cache / kept.name).symlink_to(kept.resolve())

    def _prepare(self) -> None:
        db = self.connection
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found > FORMAT:
            raise StoreError("store.base_recente", path=self.path, found=found, known=FORMAT)
        if found == FORMAT:
            return
        db.execute("BEGIN IMMEDIATE")
        try:
            found = db.execute("PRAGMA user_version").fetchone()[0]
            if found == 0:
                for statement in SCHEMA.split(";\n"):
                    db.execute(statement)
                db.execute("INSERT INTO meta VALUES ('last_instant', 0), ('epoch', 0)")
            for statement in sqlite_steps(found):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {max(found, FORMAT)}")
            db.execute("COMMIT")
        except BaseException:
            _abandon(db)
            raise

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = sqlite3.connect(self._file, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA cache_size = -32000")
            self._local.db = db
            with self._guard:
                self._all.append(db)
        return db

    def listed(self, values: Iterable[Any]) -> str:
        """Several values as one parameter."""
        return json.dumps(list(values))

    def pack(self, value: Any) -> Any:
        """SQLite keeps values as they are."""
        return value

    def unpack(self, value: Any) -> Any:
        """SQLite gives values as they are."""
        return value

    def execute(self, query: str, *values: Any) -> int:
        """Run a statement inside a write; gives the number of rows it changed."""
        return self.connection.execute(query, values).rowcount

    def many(self, query: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run a statement for each row inside a write; gives the number of rows changed."""
        before = self.connection.total_changes
        self.connection.executemany(query, rows)
        return self.connection.total_changes - before

    def send(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row inside a write."""
        self.connection.executemany(query, rows)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.errors():
            return self.connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        """First row of a query."""
        with self.errors():
            row: tuple[Any, ...] | None = self.connection.execute(query, values).fetchone()
            return row

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several reads of one state. Nested calls see the outer one."""
        if self.connection.in_transaction:
            yield
            return
        with self.errors():
            self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[None]:
        """All or nothing; waits its turn behind other writers. Nested calls join the outer transaction."""
        if self.read_only:
            raise StoreError("store.lecture_seule", path=self.folder)
        db = self.connection
        if db.in_transaction:
            yield
            return
        with self.errors():
            db.execute("BEGIN IMMEDIATE")
            try:
                yield
                db.execute("COMMIT")
            except BaseException:
                _abandon(db)
                raise

    def tick(self, last: int | None = None) -> int:
        """The next instant [µs since 1970]: the clock, or just after the last one. Inside a write."""
        if last is None:
            last = int(self.connection.execute("SELECT value FROM meta WHERE name = 'last_instant'").fetchone()[0])
        instant = max(to_micros(self.clock()) or 0, last + 1)
        self.connection.execute("UPDATE meta SET value = ? WHERE name = 'last_instant'", (instant,))
        return instant

    @contextmanager
    def errors(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            text = str(error)
            if any(word in text for word in _FULL):
                raise StoreError("store.disque_plein", path=self.folder) from error
            if any(word in text for word in _READ_ONLY):
                raise StoreError("store.lecture_seule", path=self.folder) from error
            if any(word in text for word in _BUSY):
                raise StoreError("store.base_occupee", path=self.path) from error
            if any(word in text for word in _DAMAGE):
                raise CorruptError("store.base_abimee", path=self.path, reason=text) from error
            raise

    @contextmanager
    def files_lock(self, *, alone: bool = False, wait: bool = True) -> Iterator[bool]:
        """Held shared while files are written before their transaction, alone while unused files are deleted.

        Gives False when `wait` is False and somebody else holds it. A killed process releases it.
        """
        try:
            handle = (self.scratch / ".files.lock").open("a")
        except OSError as error:
            raise disk_error(self.folder, error) from error
        with handle:
            try:
                fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for db in self._all:
                db.close()
            self._all.clear()
        self._local = threading.local()
        if self._shelter is not None:
            self._shelter.cleanup()
