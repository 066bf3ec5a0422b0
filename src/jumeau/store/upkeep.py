"""Erasure: the same rule whatever keeps the claims."""

from abc import ABC, abstractmethod
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import NotFoundError
from jumeau.model.claim import MAIN, Commit, Tombstone
from jumeau.store.database import Database
from jumeau.store.geoparquet import OURS, sealed_layer
from jumeau.store.hilbert import flat
from jumeau.store.ledger import ClaimFile, Ledger
from jumeau.store.plans import Planner
from jumeau.store.port import Moment
from jumeau.store.values import ORIGIN_SUFFIX, field_of, from_micros, to_micros
from jumeau.store.writing import Heading, Writer


class Steward(ABC):
    """Keeps the memory in order."""

    def __init__(self, ledger: Ledger, bases: Planner, writer: Writer) -> None:
        self.ledger, self.bases, self.writer = ledger, bases, writer
        self.db: Database = ledger.db

    @abstractmethod
    def condemn(self, layer: str) -> None:
        """Inside a write: say that what was resolved of a layer must go."""

    @abstractmethod
    def purge(self) -> None:
        """Really remove what was condemned, also by an erasure that was cut short."""

    @abstractmethod
    def scrub(self) -> None:
        """Leave no trace of removed rows in the files of the database."""

    @abstractmethod
    def tidy(self) -> None:
        """Remove what no commit needs."""

    @abstractmethod
    def backup(self, folder: Path) -> Path:
        """A consistent copy, itself an embedded twin, with the SHA-256 of each file. Raises InputError, StoreError."""

    def compact(self) -> None:
        """Resolve every layer of the main branch afresh, drop other resolved layers and what no commit needs."""
        with self.db.snapshot():
            rows = self.db.rows("SELECT layer FROM claim_files UNION SELECT layer FROM edits ORDER BY 1")
        for (name,) in rows:
            self.bases.rebuild(self.ledger.sight(name, Moment()))
        self.tidy()

    # erasure --------------------------------------------------------------------------------------------------------
    def erase(self, layer: str, asset: str, attribute: str, author: str, reason: str) -> Commit:
        """Remove every value of an attribute of an asset, on all branches and for all time; a tombstone says so.

        Results, backups and kept originals are not claims: they are dropped or replaced by who owns them.
        """
        declared = self.ledger.layer(layer)
        field_of(declared, attribute)
        with self.db.files_lock(alone=True), self.db.write():
            holding = self._holding(layer, asset, attribute)
            where = (layer, asset, attribute)
            removed = self.db.execute("DELETE FROM edits WHERE layer = ? AND asset = ? AND attribute = ?", *where)
            if not holding and not removed:
                raise NotFoundError("store.effacement_vide", layer=layer, asset=asset, attribute=attribute)
            for file in holding:
                self._rewrite(file, asset, attribute)
            self.db.execute("UPDATE meta SET value = value + 1 WHERE name = 'epoch'")
            heading = Heading(author=author, message=reason, branch=MAIN, kind="erase", layers=(layer,))
            commit = self.writer.record([], heading)
            values = (commit.id, *where, author, reason, to_micros(commit.instant))
            self.db.execute("INSERT INTO tombstones VALUES (?, ?, ?, ?, ?, ?, ?)", *values)
            self.condemn(layer)
        self.ledger.forget()
        self.bases.forget(layer)
        self.purge()
        self.scrub()
        return commit

    def tombstones(self, layer: str, asset: str) -> list[Tombstone]:
        """What was erased of an asset, oldest first."""
        query = """SELECT commit_id, attribute, author, reason, instant FROM tombstones WHERE layer = ? AND asset = ?
                   ORDER BY commit_id, attribute"""
        out = []
        for commit, attribute, author, reason, instant in self.db.rows(query, layer, asset):
            when = from_micros(instant)
            assert when is not None
            about = {"layer": layer, "asset": asset, "attribute": attribute, "commit": commit}
            out.append(Tombstone(**about, author=author, reason=reason, instant=when))
        return out

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
        shelf = self.ledger.shelf
        about = msgspec.json.decode(shelf.opened(file.sha256).metadata.metadata[OURS])
        table = self.ledger.table(file)
        hole = pc.equal(flat(table["id"]), asset)
        for name in (attribute, attribute + ORIGIN_SUFFIX):
            if name in table.column_names:
                column = flat(table[name])
                blank = pc.if_else(hole, pa.scalar(None, column.type), column)
                table = table.set_column(table.column_names.index(name), name, blank)
        sealed = shelf.seal(*sealed_layer(table, self.ledger.layer(file.layer), about))
        shelf.settle(sealed)
        self.db.execute("UPDATE claim_files SET sha256 = ? WHERE sha256 = ?", sealed.sha256, file.sha256)
        shelf.discard(file.sha256)
