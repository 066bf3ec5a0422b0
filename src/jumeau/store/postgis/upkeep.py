"""Erasure, compaction and backup on a server."""

import contextlib
import shutil
from pathlib import Path

import psycopg
from psycopg import errors

from jumeau.errors import InputError, StoreError
from jumeau.store.embedded.database import disk_error
from jumeau.store.ledger import Ledger
from jumeau.store.plans import Planner
from jumeau.store.postgis.checking import ORPHANS_GONE
from jumeau.store.postgis.chunks import FILES
from jumeau.store.postgis.database import PostgisDatabase
from jumeau.store.postgis.moving import write_folder
from jumeau.store.postgis.publishing import Publisher
from jumeau.store.reading import Reader
from jumeau.store.upkeep import Steward
from jumeau.store.writing import Writer

_ERASED = ("edits", "claim_parts", "base_parts")


class TableSteward(Steward):
    """Keeps the schema in order."""

    def __init__(self, ledger: Ledger, bases: Planner, writer: Writer, db: PostgisDatabase) -> None:
        super().__init__(ledger, bases, writer)
        self.db: PostgisDatabase = db
        self.publisher = Publisher(db, ledger, Reader(ledger, bases))

    def compact(self) -> None:
        """The same as everywhere, then the current layers as PostGIS tables."""
        super().compact()
        for (name,) in self.db.rows("SELECT layer FROM claim_files UNION SELECT layer FROM edits ORDER BY 1"):
            self.publisher.publish(name)

    def condemn(self, layer: str) -> None:
        """Inside a write: delete the resolved rows of a layer and ask for the tables to be rewritten."""
        self.db.execute("DELETE FROM bases WHERE layer = ?", layer)
        self.db.execute("INSERT INTO doomed VALUES ('edits') ON CONFLICT DO NOTHING")
        self.publisher.withdraw(layer)

    def purge(self) -> None:
        """Rewrite the tables an erasure touched, so that no deleted row stays in their files.

        Left for the next opening while somebody reads them. The server's own archives and logs are its keeper's.
        """
        named = {row[0] for row in self.db.rows("SELECT * FROM doomed")}
        tables = [*(_ERASED if named - {FILES} else ()), *({FILES} & named)]
        if not tables:
            return
        with self.db.errors(), self.db.connection() as db:
            db.execute(b"SET lock_timeout = '3s'")
            try:
                for table in tables:
                    db.execute(f"VACUUM (FULL) {table}".encode())
                db.execute(b"DELETE FROM doomed")
                with contextlib.suppress(errors.InsufficientPrivilege):
                    db.execute(b"CHECKPOINT")
            except errors.LockNotAvailable:
                return
            finally:
                with contextlib.suppress(psycopg.Error):
                    db.execute(b"RESET lock_timeout")

    def scrub(self) -> None:
        """Done by `purge`."""

    def tidy(self) -> None:
        """Remove stored bytes no row names."""
        with self.db.write():
            for query in ORPHANS_GONE.values():
                self.db.execute(query)

    def backup(self, folder: Path) -> Path:
        """A folder that opens as an embedded twin and that `restore` brings back to a server."""
        if folder.exists() and any(folder.iterdir()):
            raise InputError("store.sauvegarde_existe", path=folder)
        try:
            write_folder(self.db, folder)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise disk_error(folder, error) from error
        except StoreError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder
