"""Where the immutable claim files stand: a folder, or a table of the database."""

from typing import Any, Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq


class Sealed(msgspec.Struct, frozen=True):
    """A claim file ready to be named by a commit. content: its bytes where they travel with the transaction."""

    sha256: str
    content: bytes | None = None


class Shelf(Protocol):
    """Claim files by the SHA-256 of their bytes."""

    def opened(self, sha256: str) -> pq.ParquetFile:
        """This thread's reader of a claim file. Raises CorruptError naming it when it is missing or damaged."""

    def seal(self, table: pa.Table, options: dict[str, Any]) -> Sealed:
        """Write a table as a claim file. Raises StoreError when the disk refuses."""

    def settle(self, sealed: Sealed) -> None:
        """Make a sealed file last with the write under way."""

    def discard(self, sha256: str) -> None:
        """Condemn a claim file that no commit needs any more, inside a write."""

    def place(self, sha256: str) -> str:
        """Where a claim file stands, for messages."""

    def forget(self) -> None:
        """Drop what is kept in memory."""
