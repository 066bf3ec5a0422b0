"""`check`: what is damaged is named, what is disposable is mended, nothing is silent."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from jumeau.errors import CorruptError, StoreError
from jumeau.store.checking import clock, error, latest, references
from jumeau.store.embedded.database import SqliteDatabase, disk_error
from jumeau.store.embedded.folder import copy_hashed, draft, open_parquet, settle, sha256_of
from jumeau.store.embedded.upkeep import FolderSteward
from jumeau.store.port import Finding
from jumeau.texts import t

_INDEX = ("missing from index", "wrong # of entries in index", "non-unique entry in index")


class Checker:
    """Looks at everything in the folder."""

    def __init__(self, db: SqliteDatabase, steward: FolderSteward) -> None:
        self.db, self.steward, self.folder = db, steward, db.folder
        self.backup: Path | None = None

    def check(self, *, repair: bool, backup: Path | None = None) -> list[Finding]:
        """All findings; none means that all is well."""
        if repair and self.db.read_only:
            raise StoreError("store.lecture_seule", path=self.folder)
        self.backup = backup
        out = list(self._database(repair))
        if any(f.severity == "error" and not f.repaired for f in out):
            return out
        looks: tuple[Callable[[bool], Iterator[Finding]], ...] = (
            self._references, self._claims, self._kept, self._results, self._caches, self._unused, self._latest, self._clock,
        )  # fmt: skip
        for look in looks:
            out += look(repair)
        return out

    def _database(self, repair: bool) -> Iterator[Finding]:
        try:
            found = self._integrity()
            if found and all(any(word in text for word in _INDEX) for text in found) and repair:
                self.db.rows("REINDEX")
                mended = not self._integrity()
                yield from (error("store.base_abimee", repaired=mended, path=self.db.path, reason=x) for x in found)
            else:
                yield from (error("store.base_abimee", path=self.db.path, reason=text) for text in found)
        except (CorruptError, sqlite3.DatabaseError) as damage:
            yield Finding(severity="error", text=str(damage))

    def _integrity(self) -> list[str]:
        return [row[0] for row in self.db.rows("PRAGMA integrity_check(20)") if row[0] != "ok"]

    def _references(self, _: bool) -> Iterator[Finding]:
        return references(self.db)

    def _claims(self, repair: bool) -> Iterator[Finding]:
        for (sha256,) in self.db.rows("SELECT DISTINCT sha256 FROM claim_files ORDER BY 1"):
            yield from self._mended(Path("claims") / f"{sha256}.parquet", sha256, repair)

    def _kept(self, repair: bool) -> Iterator[Finding]:
        for (sha256,) in self.db.rows("SELECT sha256 FROM files ORDER BY 1"):
            yield from self._mended(Path("files") / sha256[:2] / sha256, sha256, repair)

    def _mended(self, name: Path, sha256: str, repair: bool) -> Iterator[Finding]:
        """What is damaged, brought back from the backup when it is whole there."""
        for finding in self._digest(self.folder / name, sha256):
            back = repair and self.backup is not None and self._brought_back(self.backup / name, name, sha256)
            yield Finding(severity=finding.severity, text=finding.text, repaired=back)

    def _brought_back(self, source: Path, name: Path, sha256: str) -> bool:
        if not source.is_file() or sha256_of(source) != sha256:
            return False
        try:
            temporary = draft(self.folder / name.parts[0])
            copy_hashed(source, temporary)
            settle(temporary, self.folder / name)
        except OSError as failure:
            raise disk_error(self.folder, failure) from failure
        return True

    def _results(self, repair: bool) -> Iterator[Finding]:
        for run, part, place, sha256 in self.db.rows("SELECT run, part, path, sha256 FROM results ORDER BY 1, 2"):
            for finding in self._digest(self.folder / "results" / place, sha256):
                if repair:
                    with self.db.write():
                        self.db.execute("DELETE FROM results WHERE run = ? AND part = ?", run, part)
                yield Finding(severity="warning", text=finding.text, repaired=repair)

    def _digest(self, path: Path, sha256: str) -> Iterator[Finding]:
        try:
            if sha256_of(path) != sha256:
                yield error("store.fichier_abime", path=path)
        except FileNotFoundError:
            yield error("store.fichier_manquant", path=path)
        except OSError:
            yield error("store.fichier_abime", path=path)

    def _caches(self, repair: bool) -> Iterator[Finding]:
        for path in sorted((self.folder / "cache").glob("*.parquet")):
            try:
                with open_parquet(path) as file:
                    for _ in file.iter_batches():
                        pass
            except FileNotFoundError:
                continue
            except (CorruptError, pa.ArrowInvalid, OSError):
                if repair:
                    path.unlink(missing_ok=True)
                yield Finding(severity="warning", text=t("store.controle_cache", path=path), repaired=repair)

    def _unused(self, repair: bool) -> Iterator[Finding]:
        """Left by interrupted writes. Not looked for while somebody writes: its files are not yet named."""
        with self.db.files_lock(alone=True, wait=False) as alone:
            found = self.steward.unused() if alone else []
            for path in found:
                if repair:
                    path.unlink(missing_ok=True)
                key = "store.controle_brouillon" if path.name.startswith(".") else "store.controle_orphelin"
                yield Finding(severity="warning", text=t(key, path=path), repaired=repair)

    def _latest(self, repair: bool) -> Iterator[Finding]:
        return latest(self.db, repair)

    def _clock(self, _: bool) -> Iterator[Finding]:
        return clock(self.db)
