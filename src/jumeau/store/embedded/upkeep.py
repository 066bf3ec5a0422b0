"""Erasure, compaction and backup."""

import shutil
import sqlite3
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError, NotFoundError, StoreError
from jumeau.model.claim import MAIN, Commit
from jumeau.store.embedded.bases import Bases
from jumeau.store.embedded.database import disk_error
from jumeau.store.embedded.folder import DRAFT, copy_hashed, open_parquet, sha256_of, sync_folder
from jumeau.store.embedded.geoparquet import OURS, write_layer
from jumeau.store.embedded.ledger import ClaimFile, Ledger
from jumeau.store.embedded.writing import Heading, Writer
from jumeau.store.hilbert import flat
from jumeau.store.port import Moment
from jumeau.store.values import ORIGIN_SUFFIX, field_of

SUMS = "SHA256SUMS"


class Steward:
    """Keeps the folder in order."""

    def __init__(self, ledger: Ledger, bases: Bases, writer: Writer) -> None:
        self.ledger, self.bases, self.writer = ledger, bases, writer
        self.db, self.folder = ledger.db, ledger.db.folder

    # erasure --------------------------------------------------------------------------------------------------------
    def erase(self, layer: str, asset: str, attribute: str, author: str, reason: str) -> Commit:
        """Remove every value of an attribute of an asset, on all branches and for all time; a tombstone says so.

        Results, backups and kept originals are not claims: they are dropped or replaced by who owns them.
        """
        declared = self.ledger.layer(layer)
        field_of(declared, attribute)
        with self.db.files_lock(alone=True), self.db.write() as db:
            holding = self._holding(layer, asset, attribute)
            where = (layer, asset, attribute)
            removed = db.execute("DELETE FROM edits WHERE layer = ? AND asset = ? AND attribute = ?", where).rowcount
            if not holding and not removed:
                raise NotFoundError("store.effacement_vide", layer=layer, asset=asset, attribute=attribute)
            for file in holding:
                self._rewrite(file, asset, attribute)
            db.execute("UPDATE meta SET value = value + 1 WHERE name = 'epoch'")
            heading = Heading(author=author, message=reason, branch=MAIN, kind="erase", layers=(layer,))
            commit = self.writer.record([], heading)
            values = (commit.id, *where, author, reason)
            db.execute(
                "INSERT INTO tombstones SELECT ?, ?, ?, ?, ?, ?, instant FROM commits WHERE id = ?", (*values, commit.id)
            )
            for path in (self.folder / "cache").glob(f"{layer}.*"):
                db.execute("INSERT OR IGNORE INTO doomed VALUES (?)", (str(path.relative_to(self.folder)),))
        self.ledger.forget()
        self.bases.forget(layer)
        self.purge()
        self.db.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        return commit

    def _holding(self, layer: str, asset: str, attribute: str) -> list[ClaimFile]:
        """Claim files that hold a value of the attribute of the asset, each once."""
        out = {}
        for file in self.ledger.files(layer):
            table = self.ledger.table(file, pa.array([asset], pa.string()))
            if table.num_rows and attribute in table.column_names and table[attribute].null_count == 0:
                out[file.sha256] = file
        return list(out.values())

    def _rewrite(self, file: ClaimFile, asset: str, attribute: str) -> None:
        """The claim file again without the value; the old one is doomed when the transaction ends."""
        path = self.ledger.path(file)
        with open_parquet(path) as opened:
            about = msgspec.json.decode(opened.metadata.metadata[OURS])
        table = self.ledger.table(file)
        hole = pc.equal(flat(table["id"]), asset)
        for name in (attribute, attribute + ORIGIN_SUFFIX):
            if name in table.column_names:
                column = flat(table[name])
                blank = pc.if_else(hole, pa.scalar(None, column.type), column)
                table = table.set_column(table.column_names.index(name), name, blank)
        sha256 = write_layer(table, self.ledger.layer(file.layer), self.ledger.folder, about)
        db = self.db.connection
        db.execute("UPDATE claim_files SET sha256 = ? WHERE sha256 = ?", (sha256, file.sha256))
        db.execute("INSERT OR IGNORE INTO doomed VALUES (?)", (str(path.relative_to(self.folder)),))

    def purge(self) -> None:
        """Delete files an erasure condemned, also one that was cut short. Files in use again are spared."""
        if not self.db.rows("SELECT 1 FROM doomed LIMIT 1"):
            return
        with self.db.files_lock(alone=True, wait=False) as alone:
            if not alone:
                return
            with self.db.write() as db:
                used = {f"claims/{row[0]}.parquet" for row in self.db.rows("SELECT sha256 FROM claim_files")}
                for (path,) in self.db.rows("SELECT path FROM doomed"):
                    if path not in used:
                        (self.folder / path).unlink(missing_ok=True)
                db.execute("DELETE FROM doomed")

    # compaction -----------------------------------------------------------------------------------------------------
    def compact(self) -> None:
        """Resolve every layer of the main branch afresh, drop other resolved layers and files no commit needs."""
        with self.db.snapshot():
            rows = self.db.rows("SELECT layer FROM claim_files UNION SELECT layer FROM edits ORDER BY 1")
        for (name,) in rows:
            sight = self.ledger.sight(name, Moment())
            self.bases.rebuild(sight)
        self.tidy()
        self.db.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def tidy(self) -> list[Path]:
        """Delete drafts and claim files no commit needs, unless somebody is writing; gives what was deleted."""
        with self.db.files_lock(alone=True, wait=False) as alone:
            found = self.unused() if alone else []
            for path in found:
                path.unlink(missing_ok=True)
        return found

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
