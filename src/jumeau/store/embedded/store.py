"""The embedded adapter of the store port: one folder, no server."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from jumeau.store.embedded.bases import FileBases
from jumeau.store.embedded.checking import Checker
from jumeau.store.embedded.database import SqliteDatabase
from jumeau.store.embedded.shelf import FolderShelf
from jumeau.store.embedded.upkeep import FolderSteward
from jumeau.store.embedded.vault import FolderVault
from jumeau.store.twin_store import Parts, TwinStore


class EmbeddedStore(TwinStore):
    """A twin in a folder: `state.sqlite`, `claims/`, `cache/` (disposable), `files/`, `results/`.

    folder: where it is; create: make it when it is not there; clock: gives the instant, UTC now by default. Several threads
    and processes may read and write. Raises NotFoundError, CorruptError, StoreError.
    """

    def __init__(self, folder: Path, *, create: bool = False, clock: Callable[[], datetime] | None = None) -> None:
        self.folder = Path(folder)
        db = SqliteDatabase(self.folder, create=create, clock=clock)
        parts = Parts(db, FolderShelf(db))
        bases = FileBases(parts.ledger, db)
        steward = FolderSteward(parts.ledger, bases, parts.writer, db)
        super().__init__(parts, bases, FolderVault(db), steward, Checker(db, steward))
