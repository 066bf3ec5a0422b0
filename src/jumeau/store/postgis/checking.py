"""`check` on a server: what is damaged is named, what is disposable is mended, nothing is silent."""

import hashlib
from collections.abc import Iterator

from jumeau.errors import CorruptError
from jumeau.store.checking import clock, latest, references
from jumeau.store.port import Finding
from jumeau.store.postgis.chunks import CLAIMS, FILES, get, named
from jumeau.store.postgis.database import PostgisDatabase
from jumeau.texts import t

_ORPHANS = {
    CLAIMS: "SELECT DISTINCT sha256 FROM claim_parts WHERE sha256 NOT IN (SELECT sha256 FROM claim_files)",
    FILES: "SELECT DISTINCT sha256 FROM file_parts WHERE sha256 NOT IN (SELECT sha256 FROM files)",
}
ORPHANS_GONE = {
    CLAIMS: "DELETE FROM claim_parts WHERE sha256 NOT IN (SELECT sha256 FROM claim_files)",
    FILES: "DELETE FROM file_parts WHERE sha256 NOT IN (SELECT sha256 FROM files)",
}


class TableChecker:
    """Looks at everything in the schema."""

    def __init__(self, db: PostgisDatabase) -> None:
        self.db = db

    def check(self, *, repair: bool) -> list[Finding]:
        """All findings; none means that all is well."""
        try:
            out = list(references(self.db))
            out += self._stored(CLAIMS, "SELECT DISTINCT sha256 FROM claim_files ORDER BY 1")
            out += self._stored(FILES, "SELECT sha256 FROM files ORDER BY 1")
            out += self._results(repair)
            out += self._bases(repair)
            out += self._orphans(repair)
            out += latest(self.db, repair)
            out += clock(self.db)
        except CorruptError as damage:
            return [Finding(severity="error", text=str(damage))]
        return out

    def _stored(self, table: str, query: str) -> Iterator[Finding]:
        for (sha256,) in self.db.rows(query):
            try:
                get(self.db, table, sha256)
            except CorruptError as damage:
                yield Finding(severity="error", text=str(damage))

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
