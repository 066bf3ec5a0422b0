"""Erasure, compaction and backup of the folder."""

import shutil
import sqlite3
from pathlib import Path

from jumeau.errors import InputError, StoreError
from jumeau.store.embedded.backups import SUMS
from jumeau.store.embedded.database import SqliteDatabase, disk_error
from jumeau.store.embedded.folder import DRAFT, copy_hashed, sha256_of, sync_folder
from jumeau.store.ledger import Ledger
from jumeau.store.plans import Planner
from jumeau.store.upkeep import Steward
from jumeau.store.writing import Writer


class FolderSteward(Steward):
    """Keeps the folder in order."""

    def __init__(self, ledger: Ledger, bases: Planner, writer: Writer, db: SqliteDatabase) -> None:
        super().__init__(ledger, bases, writer)
        self.db: SqliteDatabase = db
        self.folder = db.folder

    def purge(self) -> None:
        """Delete files an erasure condemned, also one that was cut short. Files in use again are spared."""
        if self.db.read_only or not self.db.rows("SELECT 1 FROM doomed LIMIT 1"):
            return
        with self.db.files_lock(alone=True, wait=False) as alone:
            if not alone:
                return
            with self.db.write():
                used = {f"claims/{row[0]}.parquet" for row in self.db.rows("SELECT sha256 FROM claim_files")}
                for (path,) in self.db.rows("SELECT path FROM doomed"):
                    if path not in used:
                        (self.folder / path).unlink(missing_ok=True)
                self.db.execute("DELETE FROM doomed")

    def condemn(self, layer: str) -> None:
        """Inside a write: say that the resolved files of a layer must go."""
        for path in (self.folder / "cache").glob(f"{layer}.*"):
            query = "INSERT INTO doomed VALUES (?) ON CONFLICT DO NOTHING"
            self.db.execute(query, str(path.relative_to(self.folder)))

    def scrub(self) -> None:
        """Bring the write-ahead log into the database and empty it."""
        self.db.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def tidy(self) -> None:
        """Delete drafts and claim files no commit needs, unless somebody is writing."""
        if self.db.read_only:
            raise StoreError("store.lecture_seule", path=self.folder)
        with self.db.files_lock(alone=True, wait=False) as alone:
            found = self.unused() if alone else []
            for path in found:
                path.unlink(missing_ok=True)
        self.scrub()

    def unused(self) -> list[Path]:
        """Drafts and files no row names. Call it with the files lock held alone."""
        used = {f"{row[0]}.parquet" for row in self.db.rows("SELECT sha256 FROM claim_files")}
        claims = [p for p in (self.folder / "claims").glob("*.parquet") if p.name not in used]
        kept = {row[0] for row in self.db.rows("SELECT sha256 FROM files")}
        files = [p for p in (self.folder / "files").glob("??/*") if p.name not in kept]
        results = {row[0] for row in self.db.rows("SELECT path FROM results")}
        root = self.folder / "results"
        parts = [p for p in root.glob("*/*.parquet") if str(p.relative_to(root)) not in results]
        drafts = [p for name in ("claims", "cache", "files", "results") for p in (self.folder / name).rglob(f"{DRAFT}*")]
        return sorted({*claims, *files, *parts, *drafts})

    # backup ---------------------------------------------------------------------------------------------------------
    def backup(self, folder: Path) -> Path:
        """A consistent copy, itself a twin that opens, with the SHA-256 of each file. Raises InputError, StoreError."""
        if folder.exists() and any(folder.iterdir()):
            raise InputError("store.sauvegarde_existe", path=folder)
        with self.db.files_lock():
            try:
                folder.mkdir(parents=True, exist_ok=True)
                self._copy(folder)
            except OSError as error:
                shutil.rmtree(folder, ignore_errors=True)
                raise disk_error(folder, error) from error
            except StoreError:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        return folder

    def _copy(self, folder: Path) -> None:
        copy = sqlite3.connect(folder / "state.sqlite")
        with self.db.errors():
            self.db.connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        names = [f"claims/{r[0]}.parquet" for r in copy.execute("SELECT DISTINCT sha256 FROM claim_files")]
        names += [f"files/{r[0][:2]}/{r[0]}" for r in copy.execute("SELECT sha256 FROM files")]
        names += [f"results/{r[0]}" for r in copy.execute("SELECT path FROM results")]
        copy.close()
        sums = []
        for name in ["state.sqlite", *sorted(names)]:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if name != "state.sqlite":
                copy_hashed(self.folder / name, target)
            sums.append(f"{sha256_of(target)}  {name}\n")
        (folder / SUMS).write_text("".join(sums), encoding="utf-8")
        sync_folder(folder)
