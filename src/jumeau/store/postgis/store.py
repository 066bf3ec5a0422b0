"""The PostGIS adapter of the store port: one schema of a PostgreSQL database."""

from collections.abc import Callable
from datetime import datetime

from jumeau.store.postgis.address import place_of
from jumeau.store.postgis.bases import TableBases
from jumeau.store.postgis.checking import TableChecker
from jumeau.store.postgis.database import PostgisDatabase
from jumeau.store.postgis.shelf import TableShelf
from jumeau.store.postgis.upkeep import TableSteward
from jumeau.store.postgis.vault import TableVault
from jumeau.store.twin_store import Parts, TwinStore


class PostgisStore(TwinStore):
    """A twin in a schema of a PostgreSQL database with PostGIS.

    url: `postgresql://user@host/base#name`, where `name` is the schema, `jumeau` by default; create: make it when it is not
    there; clock: gives the instant, UTC now by default. Several threads, processes and machines may read and write.
    Raises InputError, NotFoundError, CorruptError, StoreError.
    """

    def __init__(self, url: str, *, create: bool = False, clock: Callable[[], datetime] | None = None) -> None:
        self.place = place_of(url)
        db = PostgisDatabase(self.place, create=create, clock=clock)
        parts = Parts(db, TableShelf(db))
        bases = TableBases(parts.ledger, db)
        vault = TableVault(db)
        self._copies = vault
        super().__init__(parts, bases, vault, TableSteward(parts.ledger, bases, parts.writer, db), TableChecker(db))

    def close(self) -> None:
        """See the port."""
        self._copies.close()
        super().close()
