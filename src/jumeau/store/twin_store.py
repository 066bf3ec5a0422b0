"""The port over its parts: what every adapter answers alike. An adapter brings the parts that touch its own disk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec
import pyarrow as pa

from jumeau.model.claim import (
    MAIN,
    Branch,
    Claim,
    Commit,
    Conflict,
    Disagreement,
    Note,
    Observation,
    Reception,
    Run,
    Series,
    Tombstone,
)
from jumeau.model.dictionary import Layer
from jumeau.model.provenance import Source
from jumeau.model.query import Bbox, Where
from jumeau.store.database import Database
from jumeau.store.disagreeing import disagreements
from jumeau.store.dossier import Dossier
from jumeau.store.history import History
from jumeau.store.keeping import Keeper
from jumeau.store.ledger import Ledger
from jumeau.store.merging import Merger
from jumeau.store.observing import Watcher
from jumeau.store.plans import Planner
from jumeau.store.port import NOW, Change, Difference, Finding, Moment
from jumeau.store.reading import Query, Reader, check_column
from jumeau.store.shelf import Shelf
from jumeau.store.upkeep import Steward
from jumeau.store.values import to_micros
from jumeau.store.writing import Heading, Writer


class Vault(Protocol):
    """Kept files and results of runs: see the port."""

    def put_file(self, content: bytes | Path, name: str) -> str: ...

    def get_file(self, sha256: str) -> Path: ...

    def drop_file(self, sha256: str) -> None: ...

    def put_result(self, run: str, part: str, table: pa.Table) -> None: ...

    def get_result(self, run: str, part: str) -> pa.Table: ...

    def results(self, run: str) -> list[str]: ...

    def drop_results(self, run: str) -> None: ...


class Checks(Protocol):
    """Looks for damage."""

    def check(self, *, repair: bool, backup: Path | None = None) -> list[Finding]:
        """All findings; none means that all is well."""


class Parts:
    """What is built on a database and a shelf."""

    def __init__(self, db: Database, shelf: Shelf) -> None:
        self.db = db
        self.history = History(db)
        self.ledger = Ledger(db, self.history, shelf)
        self.writer = Writer(db, self.history, self.ledger)


class TwinStore:
    """A twin's memory. Several threads and processes may read and write."""

    def __init__(self, parts: Parts, bases: Planner, vault: Vault, steward: Steward, checks: Checks) -> None:
        self._db, self._history, self._ledger, self._writer = parts.db, parts.history, parts.ledger, parts.writer
        self._reader = Reader(self._ledger, bases)
        self._keeper, self._watcher = Keeper(self._db), Watcher(self._db)
        self._vault, self._steward, self._checks = vault, steward, checks
        self._dossier = Dossier(self._ledger)
        self._merger = Merger(self._ledger, self._writer, self._dossier)
        steward.purge()

    @property
    def read_only(self) -> bool:
        """See the port."""
        return self._db.read_only

    # layers ---------------------------------------------------------------------------------------------------------
    def layers(self) -> dict[str, Layer]:
        """See the port."""
        return self._ledger.layers()

    def declare_layer(self, layer: Layer) -> None:
        """See the port."""
        self._writer.declare_layer(layer)

    def count(self, layer: str, moment: Moment = NOW) -> int:
        """See the port."""
        return self._reader.count(layer, moment)

    # reading --------------------------------------------------------------------------------------------------------
    def read(
        self,
        layer: str,
        *,
        columns: Sequence[str] | None = None,
        bbox: Bbox | None = None,
        where: Where | None = None,
        ids: Sequence[str] | None = None,
        provenance: bool = False,
        moment: Moment = NOW,
    ) -> pa.Table:
        """See the port."""
        query = Query(columns=columns, bbox=bbox, where=where, ids=ids, provenance=provenance)
        return self._reader.read(layer, query, moment)

    def batches(
        self,
        layer: str,
        *,
        columns: Sequence[str] | None = None,
        where: Where | None = None,
        provenance: bool = False,
        moment: Moment = NOW,
        rows: int = 65_536,
    ) -> Iterator[pa.Table]:
        """See the port."""
        return self._reader.batches(layer, Query(columns=columns, where=where, provenance=provenance), moment, rows)

    def claims(self, layer: str, asset: str, attribute: str | None = None, moment: Moment = NOW) -> list[Claim]:
        """See the port."""
        return self._dossier.claims(layer, asset, attribute, moment)

    def disagreements(
        self, layer: str, *, attribute: str | None = None, moment: Moment = NOW, limit: int = 10_000
    ) -> list[Disagreement]:
        """See the port."""
        if attribute is not None:
            check_column(self._ledger.layer(layer), attribute)
        return disagreements(self._ledger, layer, moment, attribute, limit)

    def layer_sources(self, layer: str, commit: int) -> list[str]:
        """See the port."""
        query = """SELECT source FROM claim_files WHERE layer = ? AND commit_id = ?
                   UNION SELECT source FROM edits WHERE layer = ? AND commit_id = ? ORDER BY 1"""
        return [row[0] for row in self._db.rows(query, layer, commit, layer, commit)]

    # writing --------------------------------------------------------------------------------------------------------
    def commit(
        self,
        changes: Sequence[Change],
        *,
        author: str,
        message: str,
        branch: str = MAIN,
        expect: int | None = None,
        kind: str = "edit",
    ) -> Commit:
        """See the port."""
        heading = Heading(author=author, message=message, branch=branch, expect=expect, kind=kind)
        return self._writer.commit(changes, heading)

    def commits(self, *, branch: str | None = None, after: int = 0) -> list[Commit]:
        """See the port."""
        return self._history.commits(branch, after)

    # branches -------------------------------------------------------------------------------------------------------
    def branches(self) -> list[Branch]:
        """See the port."""
        return self._history.branches()

    def create_branch(self, name: str, *, source: str = MAIN, author: str) -> Branch:
        """See the port."""
        return self._history.create_branch(name, source, author)

    def diff(self, before: Moment, after: Moment, layer: str | None = None) -> list[Difference]:
        """See the port."""
        return self._merger.diff(before, after, layer)

    def conflicts(self, source: str, target: str) -> list[Conflict]:
        """See the port."""
        return self._merger.conflicts(source, target)

    def merge(
        self,
        source: str,
        *,
        target: str = MAIN,
        author: str,
        message: str,
        choices: Mapping[tuple[str, str, str], str] | None = None,
        assets: Iterable[str] | None = None,
    ) -> Commit:
        """See the port."""
        heading = Heading(author=author, message=message, branch=target, kind="merge")
        return self._merger.merge(source, heading, choices, assets)

    def revert(self, commit: int, *, author: str, branch: str = MAIN) -> Commit:
        """See the port."""
        return self._merger.revert(commit, author, branch)

    # sources, files, results ----------------------------------------------------------------------------------------
    def sources(self, as_of: datetime | None = None) -> dict[str, Source]:
        """See the port."""
        limit = "" if as_of is None else "WHERE instant <= ?"
        known = [] if as_of is None else [to_micros(as_of)]
        rows = self._db.rows(f"SELECT id, body FROM sources {limit} ORDER BY id, instant", *known)
        return {i: msgspec.json.decode(body, type=Source) for i, body in rows}

    def declare_source(self, source: Source) -> None:
        """See the port."""
        self._writer.declare_source(source)

    def identify(self, layer: str, names: Iterable[tuple[str, str, str, float]]) -> None:
        """See the port."""
        self._ledger.layer(layer)
        self._keeper.identify(layer, names)

    def identifiers(self, asset: str) -> list[tuple[str, str, float]]:
        """See the port."""
        return self._keeper.identifiers(asset)

    def assets_named(self, name: str) -> list[tuple[str, str, str]]:
        """See the port."""
        return self._keeper.assets_named(name)

    def put_file(self, content: bytes | Path, *, name: str = "") -> str:
        """See the port."""
        return self._vault.put_file(content, name)

    def get_file(self, sha256: str) -> Path:
        """See the port."""
        return self._vault.get_file(sha256)

    def drop_file(self, sha256: str) -> None:
        """See the port."""
        self._vault.drop_file(sha256)
        self._steward.purge()

    def put_result(self, run: str, part: str, table: pa.Table) -> None:
        """See the port."""
        self._keeper.began(run)
        self._vault.put_result(run, part, table)

    def get_result(self, run: str, part: str) -> pa.Table:
        """See the port."""
        return self._vault.get_result(run, part)

    def results(self, run: str) -> list[str]:
        """See the port."""
        return self._vault.results(run)

    def drop_results(self, run: str) -> None:
        """See the port."""
        self._vault.drop_results(run)
        self._keeper.forget_run(run)

    def runs(self) -> list[Run]:
        """See the port."""
        return self._keeper.runs()

    # audit ----------------------------------------------------------------------------------------------------------
    def note(self, actor: str, act: str, thing: str, outcome: str) -> Note:
        """See the port."""
        return self._keeper.note(actor, act, thing, outcome)

    def notes(self, after: int = 0) -> list[Note]:
        """See the port."""
        return self._keeper.notes(after)

    # live side ------------------------------------------------------------------------------------------------------
    def declare_series(self, series: Series) -> None:
        """See the port."""
        self._watcher.declare(series)

    def series(self) -> dict[str, Series]:
        """See the port."""
        return self._watcher.series()

    def receive(self, observations: Iterable[Observation]) -> Reception:
        """See the port."""
        return self._watcher.receive(observations)

    def observe(self, observations: Iterable[Observation]) -> int:
        """See the port."""
        return self.receive(observations).added

    def latest(self, series: str) -> Observation | None:
        """See the port."""
        return self._watcher.latest(series)

    def observations(self, series: str, since: datetime | None = None, until: datetime | None = None) -> pa.Table:
        """See the port."""
        return self._watcher.observations(series, since, until)

    def summary(self, series: str, step: str, since: datetime | None = None, until: datetime | None = None) -> pa.Table:
        """See the port."""
        return self._watcher.summary(series, step, since, until)

    # upkeep ---------------------------------------------------------------------------------------------------------
    def erase(self, layer: str, asset: str, attribute: str, *, author: str, reason: str) -> Commit:
        """See the port."""
        commit = self._steward.erase(layer, asset, attribute, author, reason)
        self._reader.forget()
        return commit

    def tombstones(self, layer: str, asset: str) -> list[Tombstone]:
        """See the port."""
        return self._steward.tombstones(layer, asset)

    def compact(self) -> None:
        """See the port."""
        self._watcher.fold()
        self._steward.compact()

    def check(self, *, repair: bool = False, backup: Path | None = None) -> list[Finding]:
        """See the port."""
        return self._checks.check(repair=repair, backup=backup)

    def backup(self, folder: Path) -> Path:
        """See the port."""
        return self._steward.backup(folder)

    def close(self) -> None:
        """See the port."""
        self._db.close()
