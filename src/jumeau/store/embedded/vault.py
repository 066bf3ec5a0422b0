"""Kept files and results of runs, as files of the folder."""

import contextlib
import hashlib
from pathlib import Path

import pyarrow as pa

from jumeau.errors import CorruptError, NotFoundError
from jumeau.store.embedded.database import SqliteDatabase, disk_error
from jumeau.store.embedded.folder import copy_hashed, draft, read_parquet, settle, sha256_of, write_parquet


class FolderVault:
    """Files and results."""

    def __init__(self, db: SqliteDatabase) -> None:
        self.db, self.folder = db, db.folder
        self._verified: dict[str, tuple[int, int]] = {}

    # files ----------------------------------------------------------------------------------------------------------
    def file_path(self, sha256: str) -> Path:
        """Where a kept file is."""
        return self.folder / "files" / sha256[:2] / sha256

    def put_file(self, content: bytes | Path, name: str) -> str:
        """Keep a file by its content. Raises StoreError when the disk refuses."""
        temporary = None
        with self.db.files_lock():
            try:
                temporary = draft(self.folder / "files")
                if isinstance(content, Path):
                    sha256, size = copy_hashed(content, temporary)
                else:
                    size = temporary.write_bytes(content)
                    sha256 = hashlib.sha256(content).hexdigest()
                temporary.chmod(0o444)
                settle(temporary, self.file_path(sha256))
            except OSError as error:
                if temporary is not None:
                    with contextlib.suppress(OSError):
                        temporary.unlink(missing_ok=True)
                raise disk_error(self.folder, error) from error
            with self.db.write():
                self.db.execute("INSERT INTO files VALUES (?, ?, ?) ON CONFLICT DO NOTHING", sha256, name, size)
        return sha256

    def get_file(self, sha256: str) -> Path:
        """Path of a kept file. Raises NotFoundError, CorruptError."""
        if self.db.one("SELECT 1 FROM files WHERE sha256 = ?", sha256) is None:
            raise NotFoundError("store.fichier_inconnu", sha256=sha256)
        path = self.file_path(sha256)
        try:
            stat = path.stat()
        except FileNotFoundError as error:
            raise CorruptError("store.fichier_manquant", path=path) from error
        mark = (stat.st_mtime_ns, stat.st_size)
        if self._verified.get(sha256) != mark:
            if sha256_of(path) != sha256:
                raise CorruptError("store.fichier_abime", path=path)
            self._verified[sha256] = mark
        return path

    def drop_file(self, sha256: str) -> None:
        """Remove a kept file. One cut short leaves a file no row names, which `compact` removes."""
        with self.db.files_lock(alone=True):
            with self.db.write():
                known = self.db.execute("DELETE FROM files WHERE sha256 = ?", sha256)
            if known:
                self.file_path(sha256).unlink(missing_ok=True)
        self._verified.pop(sha256, None)

    # results --------------------------------------------------------------------------------------------------------
    def put_result(self, run: str, part: str, table: pa.Table) -> None:
        """Keep one finished partition, replacing an earlier one."""
        place = result_place(run, part)
        path = self.folder / "results" / place
        with self.db.files_lock():
            sha256 = write_parquet(table, path.parent, path.name, compression="zstd")
            with self.db.write():
                self.db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)", run, part, place, sha256)

    def get_result(self, run: str, part: str) -> pa.Table:
        """A kept partition. Raises NotFoundError, CorruptError."""
        row = self.db.one("SELECT path FROM results WHERE run = ? AND part = ?", run, part)
        if row is None:
            raise NotFoundError("store.resultat_inconnu", run=run, part=part)
        return read_parquet(self.folder / "results" / row[0])

    def results(self, run: str) -> list[str]:
        """Names of the finished partitions, sorted."""
        return [row[0] for row in self.db.rows("SELECT part FROM results WHERE run = ? ORDER BY part", run)]

    def drop_results(self, run: str) -> None:
        """Forget a run."""
        with self.db.files_lock(), self.db.write():
            places = [row[0] for row in self.db.rows("SELECT path FROM results WHERE run = ?", run)]
            self.db.execute("DELETE FROM results WHERE run = ?", run)
        for place in places:
            (self.folder / "results" / place).unlink(missing_ok=True)


def result_place(run: str, part: str) -> str:
    """Where a partition is under `results/`."""
    return f"{_short(run)}/{_short(part)}.parquet"


def _short(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
