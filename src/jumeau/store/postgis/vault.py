"""Kept files and results of runs, as rows of the database."""

import hashlib
import tempfile
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jumeau.errors import CorruptError, InputError, NotFoundError
from jumeau.store.postgis.chunks import FILES, put, put_path, write_to
from jumeau.store.postgis.database import PostgisDatabase
from jumeau.store.postgis.shelf import parquet_bytes


class TableVault:
    """Files and results. A file asked for is copied, verified, in a temporary folder that goes with the store."""

    def __init__(self, db: PostgisDatabase) -> None:
        self.db = db
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._guard = threading.Lock()

    def put_file(self, content: bytes | Path, name: str) -> str:
        """Keep a file by its content. Raises InputError, StoreError."""
        try:
            if isinstance(content, Path):
                with content.open("rb") as handle:
                    sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
                size = content.stat().st_size
            else:
                sha256, size = hashlib.sha256(content).hexdigest(), len(content)
            with self.db.aside("files"):
                if self.db.execute("INSERT INTO files VALUES (?, ?, ?) ON CONFLICT DO NOTHING", sha256, name, size):
                    if isinstance(content, Path):
                        put_path(self.db, FILES, sha256, content)
                    else:
                        put(self.db, FILES, sha256, content)
        except OSError as error:
            raise InputError("store.fichier_illisible", path=content, reason=error.strerror or error) from error
        return sha256

    def get_file(self, sha256: str) -> Path:
        """A read-only copy of a kept file. Raises NotFoundError, CorruptError."""
        if self.db.one("SELECT 1 FROM files WHERE sha256 = ?", sha256) is None:
            self._drop_copy(sha256)
            raise NotFoundError("store.fichier_inconnu", sha256=sha256)
        with self._guard:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="jumeau-")
            path = Path(self._folder.name) / sha256
            if not path.exists():
                draft = path.with_suffix(".draft")
                write_to(self.db, FILES, sha256, draft)
                draft.chmod(0o444)
                draft.replace(path)
        return path

    def drop_file(self, sha256: str) -> None:
        """Remove a kept file and the copy this store made of it."""
        with self.db.aside("files"):
            self.db.execute("DELETE FROM files WHERE sha256 = ?", sha256)
            if self.db.execute("DELETE FROM file_parts WHERE sha256 = ?", sha256):
                self.db.execute("INSERT INTO doomed VALUES (?) ON CONFLICT DO NOTHING", FILES)
        self._drop_copy(sha256)

    def _drop_copy(self, sha256: str) -> None:
        """Remove the copy made of a file, also when somebody else erased it."""
        with self._guard:
            if self._folder is not None:
                (Path(self._folder.name) / sha256).unlink(missing_ok=True)

    def put_result(self, run: str, part: str, table: pa.Table) -> None:
        """Keep one finished partition, replacing an earlier one."""
        content = parquet_bytes(table, compression="zstd")
        query = """INSERT INTO results VALUES (?, ?, ?, ?)
                   ON CONFLICT (run, part) DO UPDATE SET sha256 = excluded.sha256, content = excluded.content"""
        self.db.execute(query, run, part, hashlib.sha256(content).hexdigest(), content)

    def get_result(self, run: str, part: str) -> pa.Table:
        """A kept partition. Raises NotFoundError, CorruptError."""
        row = self.db.one("SELECT sha256, content FROM results WHERE run = ? AND part = ?", run, part)
        if row is None:
            raise NotFoundError("store.resultat_inconnu", run=run, part=part)
        try:
            if hashlib.sha256(row[1]).hexdigest() == row[0]:
                return pq.ParquetFile(pa.BufferReader(row[1])).read()
        except (pa.ArrowInvalid, OSError) as error:
            raise CorruptError("store.fichier_abime", path=f"{run}/{part}") from error
        raise CorruptError("store.fichier_abime", path=f"{run}/{part}")

    def results(self, run: str) -> list[str]:
        """Names of the finished partitions, sorted."""
        return [row[0] for row in self.db.rows("SELECT part FROM results WHERE run = ? ORDER BY part", run)]

    def drop_results(self, run: str) -> None:
        """Forget a run."""
        self.db.execute("DELETE FROM results WHERE run = ?", run)

    def close(self) -> None:
        """Remove the copies."""
        with self._guard:
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None
