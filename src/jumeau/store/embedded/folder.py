"""Files of the twin: written whole, synced, then named; nothing is ever half there under its name."""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from jumeau.errors import CorruptError
from jumeau.store.embedded.database import disk_error

DRAFT = ".draft-"
_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def draft(folder: Path) -> Path:
    """A new temporary name in a folder, which is created."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{DRAFT}{uuid4().hex}"


def settle(temporary: Path, final: Path) -> None:
    """Sync a finished draft and give it its name."""
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(final)
    sync_folder(final.parent)


def write_bytes(content: bytes, final: Path) -> None:
    """Write a small file whole. Raises StoreError when the disk refuses."""
    try:
        temporary = draft(final.parent)
        temporary.write_bytes(content)
        settle(temporary, final)
    except OSError as error:
        raise disk_error(final.parent, error) from error


def copy_hashed(source: Path, target: Path) -> tuple[str, int]:
    """Copy a file and give its SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_CHUNK):
            digest.update(block)
            size += writer.write(block)
    return digest.hexdigest(), size


def write_parquet(table: pa.Table, folder: Path, name: str | None = None, *, hashed: bool = True, **options: Any) -> str:
    """Write a table as `name`, or under the SHA-256 of its bytes; gives that SHA-256, unless a named table needs none.

    Raises StoreError.
    """
    temporary = None
    try:
        temporary = draft(folder)
        pq.write_table(table, temporary, write_page_checksum=True, **options)
        sha256 = sha256_of(temporary) if hashed or name is None else ""
        settle(temporary, folder / (name or f"{sha256}.parquet"))
    except OSError as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise disk_error(folder, error) from error
    return sha256


def open_parquet(path: Path, **options: Any) -> pq.ParquetFile:
    """Open a table. Raises CorruptError naming the file when it is missing, truncated or damaged."""
    try:
        return pq.ParquetFile(path, page_checksum_verification=True, **options)
    except FileNotFoundError as error:
        raise CorruptError("store.fichier_manquant", path=path) from error
    except (pa.ArrowInvalid, OSError) as error:
        raise CorruptError("store.fichier_abime", path=path) from error


def read_parquet(path: Path, columns: list[str] | None = None) -> pa.Table:
    """A whole table. Raises CorruptError naming the file."""
    with open_parquet(path) as file:
        try:
            return file.read(columns=columns)
        except (pa.ArrowInvalid, OSError) as error:
            raise CorruptError("store.fichier_abime", path=path) from error
