"""Connections to one twin on a server, transactions, and PostgreSQL's errors said plainly."""

import base64
import contextlib
import os
import select
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
import psycopg
from psycopg import errors, sql

from jumeau.errors import CorruptError, InputError, NotFoundError, StoreError
from jumeau.store.database import utc_now
from jumeau.store.formats import FORMAT, postgres_steps
from jumeau.store.postgis.address import Place
from jumeau.store.postgis.schema import STATEMENTS
from jumeau.store.values import to_micros

WAIT_S = 60
KEPT_IDLE = 8
_OURS = zlib.crc32(b"jumeau") >> 1
_SETTINGS = f"-c lock_timeout={WAIT_S}s -c synchronous_commit=on -c extra_float_digits=3"
_WKB = "w"


@lru_cache(maxsize=512)
def _statement(query: str) -> bytes:
    return query.replace("?", "%s").encode()


def _dropped(db: psycopg.Connection[Any]) -> bool:
    """Whether the server said something to an idle connection: it closes it."""
    waiting = select.poll()
    waiting.register(db.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


class PostgisDatabase:
    """Tables of one schema. A committed write is on the server's disk before it is acknowledged."""

    among_texts = among_numbers = "= ANY(?)"

    def __init__(self, place: Place, *, create: bool, clock: Callable[[], datetime] | None) -> None:
        self.place, self.clock = place, clock or utc_now
        self._local = threading.local()
        self._guard = threading.Lock()
        self._idle: list[psycopg.Connection[Any]] = []
        self._process = os.getpid()
        with self.errors():
            self._prepare(create)

    # opening --------------------------------------------------------------------------------------------------------
    def _prepare(self, create: bool) -> None:
        if self.one("SELECT to_regclass(?)", f"{self.place.schema}.meta") == (None,):
            if not create:
                raise NotFoundError("store.base_postgis_absente", place=self.place.shown)
            self._create()
        row = self.one("SELECT value FROM meta WHERE name = 'format'")
        found = row[0] if row else 0
        if found > FORMAT:
            raise StoreError("store.base_recente", path=self.place.shown, found=found, known=FORMAT)
        if found < FORMAT:
            self._migrate()

    def _migrate(self) -> None:
        """Bring an older twin to the present format, whole or not at all."""
        with self._borrowed() as db, self._transaction(db, b"BEGIN"):
            self._turn(db, "init")
            row = db.execute(b"SELECT value FROM meta WHERE name = 'format' FOR UPDATE").fetchone()
            for statement in postgres_steps(int(row[0]) if row else 0):
                db.execute(statement.encode())
            db.execute(b"UPDATE meta SET value = greatest(value, %s) WHERE name = 'format'", (FORMAT,))

    def _create(self) -> None:
        with self._borrowed() as db, self._transaction(db, b"BEGIN"):
            self._turn(db, "init")
            try:
                db.execute(b"CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public")
            except (errors.InsufficientPrivilege, errors.FeatureNotSupported, errors.UndefinedFile) as error:
                raise StoreError("store.postgis_absent", place=self.place.shown) from error
            for schema in (self.place.schema, self.place.layers_schema):
                db.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
            if db.execute(b"SELECT to_regclass(%s)", (f"{self.place.schema}.meta",)).fetchone() == (None,):
                for statement in STATEMENTS:
                    db.execute(statement.encode())
                for statement in postgres_steps(1):
                    db.execute(statement.encode())
                query = "INSERT INTO meta VALUES ('last_instant', 0), ('epoch', 0), ('format', %s)"
                db.execute(query.encode(), (FORMAT,))

    def _connect(self) -> psycopg.Connection[Any]:
        try:
            db = psycopg.connect(
                self.place.address, autocommit=True, application_name="jumeau", client_encoding="utf8", connect_timeout=20,
                options=_SETTINGS,
            )  # fmt: skip
            db.execute(sql.SQL("SET search_path TO {}, public").format(sql.Identifier(self.place.schema)))
        except psycopg.Error as error:
            reason = str(error).strip().splitlines()[-1:]
            raise StoreError("store.serveur_injoignable", place=self.place.shown, reason=" ".join(reason)) from error
        return db

    @contextmanager
    def _borrowed(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection nobody else uses; given back when it is clean."""
        with self._guard:
            if self._process != os.getpid():
                self._idle, self._process = [], os.getpid()
            db = self._idle.pop() if self._idle else None
        if db is not None and _dropped(db):
            db.close()
            db = None
        db = db or self._connect()
        try:
            yield db
        finally:
            clean = not db.closed and db.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            with self._guard:
                kept = clean and len(self._idle) < KEPT_IDLE
                if kept:
                    self._idle.append(db)
            if not kept:
                db.close()

    # statements -----------------------------------------------------------------------------------------------------
    read_only = False
    """What an account may not write, the server itself refuses."""

    def listed(self, values: Iterable[Any]) -> list[Any]:
        """Several values as one parameter."""
        return list(values)

    def pack(self, value: Any) -> str | None:
        """JSON; a geometry in base 64 after a letter no JSON starts with."""
        if value is None:
            return None
        if isinstance(value, bytes):
            return _WKB + base64.b64encode(value).decode()
        return msgspec.json.encode(value).decode()

    def unpack(self, value: Any) -> Any:
        """The value that was packed."""
        if value is None:
            return None
        return base64.b64decode(value[1:]) if value[0] == _WKB else msgspec.json.decode(value)

    @property
    def _pinned(self) -> psycopg.Connection[Any] | None:
        """This thread's connection while it is in a transaction."""
        found: psycopg.Connection[Any] | None = getattr(self._local, "db", None)
        return found

    @property
    def _together(self) -> psycopg.Pipeline | None:
        """What this thread's write sends without waiting for each answer."""
        found: psycopg.Pipeline | None = getattr(self._local, "together", None)
        return found

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """The connection of the transaction under way, or one outside any transaction."""
        if self._pinned is not None:
            yield self._pinned
            return
        with self._borrowed() as db:
            yield db

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.errors(), self.connection() as db:
            return db.execute(_statement(query), values or None, binary=True).fetchall()

    def one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        """First row of a query."""
        with self.errors(), self.connection() as db:
            row: tuple[Any, ...] | None = db.execute(_statement(query), values or None, binary=True).fetchone()
            return row

    def execute(self, query: str, *values: Any) -> int:
        """Run a statement; gives the number of rows it changed."""
        with self.errors(), self.connection() as db:
            done = db.execute(_statement(query), values or None)
            if self._together is not None:
                self._together.sync()
            return done.rowcount

    def many(self, query: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run a statement for each row; gives the number of rows changed."""
        if not rows:
            return 0
        with self.errors(), self.connection() as db, db.cursor() as cursor:
            cursor.executemany(_statement(query), rows)
            if self._together is not None:
                self._together.sync()
            return cursor.rowcount

    def send(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row; inside a write, nothing waits for its answer but the next one that is asked."""
        with self.errors(), self.connection() as db:
            if len(rows) == 1:
                db.execute(_statement(query), rows[0])
            elif rows:
                db.cursor().executemany(_statement(query), rows)

    # transactions ---------------------------------------------------------------------------------------------------
    @contextmanager
    def _transaction(
        self, db: psycopg.Connection[Any], begin: bytes, *, pipeline: bool = False
    ) -> Iterator[psycopg.Pipeline | None]:
        """All or nothing. pipeline: statements go one behind the other, and the server has answered them all at the end."""
        try:
            with db.pipeline() if pipeline else contextlib.nullcontext() as together:
                db.execute(begin)
                yield together
                db.execute(b"COMMIT")
        except BaseException:
            with contextlib.suppress(psycopg.Error):
                db.execute(b"ROLLBACK")
            raise

    @contextmanager
    def _pinning(self, begin: bytes, *, pipeline: bool = False) -> Iterator[psycopg.Connection[Any]]:
        """A transaction of this thread; statements without a connection of their own go through it."""
        with self.errors(), self._borrowed() as db:
            outer = self._pinned, self._together
            with self._transaction(db, begin, pipeline=pipeline) as together:
                self._local.db, self._local.together = db, together
                try:
                    yield db
                finally:
                    self._local.db, self._local.together = outer

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several reads of one state. Nested calls see the outer one."""
        if self._pinned is not None:
            yield
            return
        with self._pinning(b"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"):
            yield

    @contextmanager
    def write(self) -> Iterator[None]:
        """All or nothing; waits its turn behind other writers of the twin. Nested calls join the outer transaction."""
        if self._pinned is not None:
            yield
            return
        with self._pinning(b"BEGIN ISOLATION LEVEL READ COMMITTED", pipeline=True) as db:
            self._turn(db, "write")
            yield

    @contextmanager
    def aside(self, turn: str) -> Iterator[None]:
        """A transaction of its own that does not hold up commits; `turn` names what is done one at a time."""
        with self._pinning(b"BEGIN ISOLATION LEVEL READ COMMITTED") as db:
            self._turn(db, turn)
            yield

    def _turn(self, db: psycopg.Connection[Any], what: str) -> None:
        key = zlib.crc32(f"{self.place.schema}/{what}".encode()) >> 1
        db.execute(b"SELECT pg_advisory_xact_lock(%s, %s)", (_OURS, key))

    @contextmanager
    def files_lock(self, *, alone: bool = False, wait: bool = True) -> Iterator[bool]:
        """Files travel with their transaction: nothing to guard."""
        del alone, wait
        yield True

    def tick(self, last: int | None = None) -> int:
        """The next instant [µs since 1970]: the clock, or just after the last one. Inside a write."""
        if last is None:
            row = self.one("SELECT value FROM meta WHERE name = 'last_instant'")
            last = row[0] if row else 0
        instant = max(to_micros(self.clock()) or 0, last + 1)
        self.send("UPDATE meta SET value = ? WHERE name = 'last_instant'", [(instant,)])
        return instant

    # errors ---------------------------------------------------------------------------------------------------------
    @contextmanager
    def errors(self) -> Iterator[None]:
        """PostgreSQL's errors as ours."""
        where = self.place.shown
        try:
            yield
        except (errors.DiskFull, errors.OutOfMemory) as error:
            raise StoreError("store.serveur_plein", place=where) from error
        except (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege) as error:
            raise StoreError("store.serveur_lecture_seule", place=where) from error
        except (errors.LockNotAvailable, errors.QueryCanceled) as error:
            raise StoreError("store.base_occupee", path=where) from error
        except (errors.DataCorrupted, errors.IndexCorrupted, errors.UndefinedTable, errors.UndefinedColumn) as error:
            raise CorruptError("store.base_abimee", path=where, reason=str(error).splitlines()[0]) from error
        except psycopg.DataError as error:
            raise InputError("store.serveur_refuse", reason=str(error).splitlines()[0]) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise StoreError("store.serveur_injoignable", place=where, reason=reason) from error

    def close(self) -> None:
        """Close idle connections."""
        with self._guard:
            for db in self._idle:
                db.close()
            self._idle.clear()
