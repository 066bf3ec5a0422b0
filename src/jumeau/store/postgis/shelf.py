"""Claim files as rows of the database, read through memory."""

import hashlib
import threading
from collections import OrderedDict
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jumeau.errors import CorruptError
from jumeau.store.postgis.chunks import CLAIMS, get, named, put
from jumeau.store.postgis.database import PostgisDatabase
from jumeau.store.shelf import Sealed

_KEPT_BYTES = 512 << 20


def parquet_bytes(table: pa.Table, **options: Any) -> bytes:
    """A table as the bytes of a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, write_page_checksum=True, **options)
    out: bytes = sink.getvalue().to_pybytes()
    return out


class TableShelf:
    """Claim files kept in memory once read: they never change."""

    def __init__(self, db: PostgisDatabase) -> None:
        self.db = db
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._guard = threading.Lock()

    def opened(self, sha256: str) -> pq.ParquetFile:
        """A reader of a claim file. Raises CorruptError."""
        content = self._kept.get(sha256)
        if content is None:
            content = get(self.db, CLAIMS, sha256)
            with self._guard:
                self._kept[sha256] = content
                while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _KEPT_BYTES:
                    self._kept.popitem(last=False)
        try:
            return pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
        except (pa.ArrowInvalid, OSError) as error:
            raise CorruptError("store.fichier_abime", path=self.place(sha256)) from error

    def seal(self, table: pa.Table, options: dict[str, Any]) -> Sealed:
        """The bytes of a claim file, stored when its commit is written."""
        content = parquet_bytes(table, **options)
        return Sealed(hashlib.sha256(content).hexdigest(), content)

    def settle(self, sealed: Sealed) -> None:
        """Store the bytes with the write under way."""
        assert sealed.content is not None
        put(self.db, CLAIMS, sealed.sha256, sealed.content)

    def discard(self, sha256: str) -> None:
        """Delete a file with the write under way; its space is given back by `purge`."""
        self.db.execute("DELETE FROM claim_parts WHERE sha256 = ?", sha256)
        self.db.execute("INSERT INTO doomed VALUES ('claim_parts') ON CONFLICT DO NOTHING")

    def place(self, sha256: str) -> str:
        """How a claim file is called in messages."""
        return named(self.db, CLAIMS, sha256)

    def forget(self) -> None:
        """Drop what is kept in memory."""
        self._kept.clear()
