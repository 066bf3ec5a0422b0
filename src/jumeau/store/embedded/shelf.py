"""Claim files of the folder: `claims/SHA256.parquet`."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jumeau.store.embedded.database import SqliteDatabase
from jumeau.store.embedded.folder import open_parquet, write_parquet
from jumeau.store.shelf import Sealed
from jumeau.store.threads import PerThread

_OPEN_FILES = 64


class FolderShelf:
    """Claim files read in place; open files are kept between reads."""

    def __init__(self, db: SqliteDatabase) -> None:
        self.db, self.folder = db, db.folder / "claims"
        self._files: PerThread[OrderedDict[str, pq.ParquetFile]] = PerThread(OrderedDict)

    def _path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.parquet"

    def opened(self, sha256: str) -> pq.ParquetFile:
        """This thread's reader: readers are not shared. Raises CorruptError."""
        files = self._files.mine()
        if sha256 not in files:
            files[sha256] = open_parquet(self._path(sha256), memory_map=True)
            while len(files) > _OPEN_FILES:
                files.popitem(last=False)
        return files[sha256]

    def seal(self, table: pa.Table, options: dict[str, Any]) -> Sealed:
        """Write a claim file; until a commit names it, it is only a leftover that `compact` removes."""
        return Sealed(write_parquet(table, self.folder, **options))

    def settle(self, sealed: Sealed) -> None:
        """The file is already on the disk."""

    def discard(self, sha256: str) -> None:
        """Condemn a file: it is deleted once the write has ended."""
        path = str(self._path(sha256).relative_to(self.db.folder))
        self.db.execute("INSERT INTO doomed VALUES (?) ON CONFLICT DO NOTHING", path)

    def place(self, sha256: str) -> str:
        """Path of a claim file."""
        return str(self._path(sha256))

    def forget(self) -> None:
        """Close files."""
        self._files.clear()
