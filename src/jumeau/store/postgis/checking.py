"""`check` on a server: what is damaged is named, what is disposable is mended, nothing is silent."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from jumeau.errors import CorruptError
from jumeau.store.checking import clock, latest, references
from jumeau.store.embedded.folder import sha256_of
from jumeau.store.port import Finding
from jumeau.store.postgis.chunks import CLAIMS, FILES, get, named, put_path
from jumeau.store.postgis.database import PostgisDatabase
from jumeau.texts import t

_ORPHANS = {
    CLAIMS: "SELECT DISTINCT sha256 FROM claim_parts WHERE sha256 NOT IN (SELECT sha256 FROM claim_files)",
    FILES: "SELECT DISTINCT sha256 FROM file_parts WHERE sha256 NOT IN (SELECT sha256 FROM files)",
}
_DROP = {
    CLAIMS: "DELETE FROM claim_parts WHERE sha256 = ?",
    FILES: "DELETE FROM file_parts WHERE sha256 = ?",
}
ORPHANS_GONE = {
    CLAIMS: "DELETE FROM claim_parts WHERE sha256 NOT IN (SELECT sha256 FROM claim_files)",
    FILES: "DELETE FROM file_parts WHERE sha256 NOT IN (SELECT sha256 FROM files)",
}


class TableChecker:
    """Looks at everything in the schema."""

    def __init__(self, db: PostgisDatabase) -> None:
        self.db = db

    def check(self, *, repair: bool, backup: Path | None = None) -> list[Finding]:
        """All findings; none means that all is well."""
        source = backup if repair else None
        try:
            out = list(references(self.db))
            out += self._stored(CLAIMS, "SELECT DISTINCT sha256 FROM claim_files ORDER BY 1", source)
            out += self._stored(FILES, "SELECT sha256 FROM files ORDER BY 1", source)
            out += self._results(repair)
            out += self._bases(repair)
            out += self._orphans(repair)
            out += latest(self.db, repair)
            out += clock(self.db)
        except CorruptError as damage:
            return [Finding(severity="error", text=str(damage))]
        return out

    def _stored(self, table: str, query: str, backup: Path | None) -> Iterator[Finding]:
        for (sha256,) in self.db.rows(query):
            try:
                get(self.db, table, sha256)
            except CorruptError as damage:
                back = backup is not None and self._brought_back(table, sha256, backup)
                yield Finding(severity="error", text=str(damage), repaired=back)

    def _brought_back(self, table: str, sha256: str, backup: Path) -> bool:
        """What is damaged, taken from a backup when it is whole there."""
        source = backup / (f"claims/{sha256}.parquet" if table == CLAIMS else f"files/{sha256[:2]}/{sha256}")
        if not source.is_file() or sha256_of(source) != sha256:
            return False
        with self.db.write():
            self.db.execute(_DROP[table], sha256)
            put_path(self.db, table, sha256, source)
        return True

    def _results(self, repair: bool) -> Iterator[Finding]:
        for run, part in self.db.rows("SELECT run, part FROM results ORDER BY 1, 2"):
            row = self.db.one("SELECT sha256, content FROM results WHERE run = ? AND part = ?", run, part)
            if row is not None and hashlib.sha256(row[1]).hexdigest() != row[0]:
                if repair:
                    self.db.execute("DELETE FROM results WHERE run = ? AND part = ?", run, part)
                path = f"{self.db.place.shown} results {run} {part}"
                yield Finding(severity="warning", text=t("store.fichier_abime", path=path), repaired=repair)

    def _bases(self, repair: bool) -> Iterator[Finding]:
        for base, part in self.db.rows("SELECT base, part FROM base_parts ORDER BY 1, 2"):
            row = self.db.one("SELECT sha256, content FROM base_parts WHERE base = ? AND part = ?", base, part)
            if row is not None and hashlib.sha256(row[1]).hexdigest() != row[0]:
                if repair:
                    self.db.execute("DELETE FROM bases WHERE id = ?", base)
                path = f"{self.db.place.shown} base_parts {base} {part}"
                yield Finding(severity="warning", text=t("store.controle_cache", path=path), repaired=repair)

    def _orphans(self, repair: bool) -> Iterator[Finding]:
        for table, query in _ORPHANS.items():
            found = self.db.rows(query)
            if found and repair:
                self.db.execute(ORPHANS_GONE[table])
            for (sha256,) in found:
                path = named(self.db, table, sha256)
                yield Finding(severity="warning", text=t("store.controle_orphelin", path=path), repaired=repair)
