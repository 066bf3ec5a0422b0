"""The port of the twin's memory. Adapters: `embedded` (SQLite + GeoParquet) and `postgis`.

Rules every adapter keeps (proved by `tests/contracts/store/`):
- Truth is claims. A commit is atomic, has a strictly increasing id and instant, and survives `kill -9` once returned.
- A read sees one commit: the head of `branch` as it was at `as_of`, with the values valid at `at`.
- Of several values the winner has the highest source rank, then the best origin (measured first), then the latest
  `valid_from`, then the latest commit; the others stay readable through `claims`.
- Rows come in Hilbert order (`store.hilbert`) of the centre of the bounds of their geometry, those without one last, then
  by id; layers without geometry by id.
- An asset is there when a claim says something of it and `_exists` is not False; a row of a ClaimTable claims existence.
- A claim whose value is None says "unknown" and takes part in the precedence. A validity is [valid_from, valid_to[.
- Coordinates are EPSG:2154 [m]; instants are UTC; a bbox means exact intersection.
- Unknown is null and is never filled.
"""

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
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.model.query import Bbox, Where


class ClaimTable(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of one source on many assets: an import or a bulk edit.

    table: columns `id`, attributes of the layer, `geometry` (WKB, EPSG:2154); a null cell claims nothing. origins: origin
    of each column; a column `X__origin` overrides it cell by cell.
    """

    layer: str
    table: pa.Table
    source: Source
    origins: Mapping[str, Origin]
    valid_from: datetime | None = None
    valid_to: datetime | None = None


Change = Claim | ClaimTable


class Moment(msgspec.Struct, frozen=True):
    """What a read looks at. branch: scenario; at: valid time (None: now); as_of: what was known then (None: all)."""

    branch: str = MAIN
    at: datetime | None = None
    as_of: datetime | None = None


NOW = Moment()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute of one asset whose resolved value differs between two moments; None stands for unknown."""

    layer: str
    asset: str
    attribute: str
    before: object
    after: object


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing `check` saw. severity: `error` or `warning`; repaired: it was mended."""

    severity: str
    text: str
    repaired: bool = False


class Store(Protocol):
    """The twin's memory."""

    @property
    def read_only(self) -> bool:
        """Whether the twin lies where nothing can be written: it is then read as it was when it was opened."""

    # layers ---------------------------------------------------------------------------------------------------------
    def layers(self) -> dict[str, Layer]:
        """Layers of the dictionary and of the user's own, by name."""

    def declare_layer(self, layer: Layer) -> None:
        """Add or update a layer of the user's own."""

    def count(self, layer: str, moment: Moment = NOW) -> int:
        """Number of assets of a layer."""

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
        """Resolved rows: `id`, asked columns, `geometry`. With `provenance`, `X__origin` and `X__source` beside each X.

        Raises NotFoundError for an unknown layer, column or branch.
        """

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
        """The same rows as `read`, streamed by about `rows`, all seen at one commit."""

    def claims(self, layer: str, asset: str, attribute: str | None = None, moment: Moment = NOW) -> list[Claim]:
        """Every claim on an asset that the moment can see, by attribute, the winning ones first, then the others valid at
        the instant, those of other times, at last what was taken back and the counter-claims.
        """

    def disagreements(
        self, layer: str, *, attribute: str | None = None, moment: Moment = NOW, limit: int = 10_000
    ) -> list[Disagreement]:
        """Values that another source says than the kept ones, by attribute then asset."""

    def layer_sources(self, layer: str, commit: int) -> list[str]:
        """Ids of the sources of what a commit says of a layer, in order."""

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
        """Write all changes or none. expect: the head the author looked at; ConflictError if the branch moved since.

        Raises InputError for a value the dictionary refuses (attribute or type).
        """

    def commits(self, *, branch: str | None = None, after: int = 0) -> list[Commit]:
        """Commits, oldest first, of a branch (its ancestors included) or of all."""

    # branches -------------------------------------------------------------------------------------------------------
    def branches(self) -> list[Branch]:
        """All branches, the main one first."""

    def create_branch(self, name: str, *, source: str = MAIN, author: str) -> Branch:
        """A new branch at the head of `source`."""

    def diff(self, before: Moment, after: Moment, layer: str | None = None) -> list[Difference]:
        """Attributes whose resolved value differs between two moments, geometry included, by layer, asset, attribute; an
        asset that comes or goes has a line `_exists` too.
        """

    def conflicts(self, source: str, target: str) -> list[Conflict]:
        """What stands in the way of merging `source` into `target`: attributes to which both branches gave, since they
        parted, values that differ at some instant.
        """

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
        """Union of the claims of both branches. choices: (layer, asset, attribute) -> `ours` or `theirs`; assets: merge
        these only. Raises ConflictError when a conflict has no choice; a merge that would change nothing gives the head.
        """

    def revert(self, commit: int, *, author: str, branch: str = MAIN) -> Commit:
        """Take a commit back with counter-claims."""

    # sources, files, results ----------------------------------------------------------------------------------------
    def sources(self, as_of: datetime | None = None) -> dict[str, Source]:
        """Every source that made a claim or was declared, by id, as it was known."""

    def declare_source(self, source: Source) -> None:
        """Add a source or change its rank, title, licence or publicity."""

    def identify(self, layer: str, names: Iterable[tuple[str, str, str, float]]) -> None:
        """Record other names of assets: (asset, register, name there, confidence [0-1])."""

    def identifiers(self, asset: str) -> list[tuple[str, str, float]]:
        """Other names of an asset: (register, name, confidence)."""

    def assets_named(self, name: str) -> list[tuple[str, str, str]]:
        """Assets that have exactly this name elsewhere: (register, layer, asset)."""

    def put_file(self, content: bytes | Path, *, name: str = "") -> str:
        """Keep a file by its content; gives its SHA-256."""

    def get_file(self, sha256: str) -> Path:
        """Path of a kept file, read-only. Raises NotFoundError, CorruptError."""

    def drop_file(self, sha256: str) -> None:
        """Remove a kept file, its content included. Nothing happens when it is not there."""

    def put_result(self, run: str, part: str, table: pa.Table) -> None:
        """Keep one finished partition of a run, atomically."""

    def get_result(self, run: str, part: str) -> pa.Table:
        """A kept partition. Raises NotFoundError."""

    def results(self, run: str) -> list[str]:
        """Names of the finished partitions of a run, in order."""

    def drop_results(self, run: str) -> None:
        """Forget a run."""

    def runs(self) -> list[Run]:
        """Runs whose partitions are kept, by name."""

    # audit ----------------------------------------------------------------------------------------------------------
    def note(self, actor: str, act: str, thing: str, outcome: str) -> Note:
        """Add a line to the audit, which only grows."""

    def notes(self, after: int = 0) -> list[Note]:
        """Lines of the audit with an id above `after`, oldest first."""

    # live side ------------------------------------------------------------------------------------------------------
    def declare_series(self, series: Series) -> None:
        """Add a series or change its title, place and retention; its unit is for life. Raises InputError."""

    def series(self) -> dict[str, Series]:
        """Every series, by id."""

    def receive(self, observations: Iterable[Observation]) -> Reception:
        """Append sensor values, in any order, all or none; a series not yet declared takes the unit of its first value.

        A value in another unit of the quantity is converted; a repeated (series, instant) replaces nothing; one older than
        what `compact` has summed up is late and not written. Raises InputError naming series and instant.
        """

    def observe(self, observations: Iterable[Observation]) -> int:
        """The same; gives how many were new."""

    def latest(self, series: str) -> Observation | None:
        """The most recent value of a series, in constant time."""

    def observations(self, series: str, since: datetime | None = None, until: datetime | None = None) -> pa.Table:
        """Values still kept one by one, in [since, until[, by instant: instant, value, unit, quality."""

    def summary(self, series: str, step: str, since: datetime | None = None, until: datetime | None = None) -> pa.Table:
        """Each `hour` or `day` (UTC) that starts in [since, until[: start, count, mean, min, max, doubtful, bad, unit.

        Bad values are counted apart and not in the rest. Raises NotFoundError, InputError.
        """

    # upkeep ---------------------------------------------------------------------------------------------------------
    def erase(self, layer: str, asset: str, attribute: str, *, author: str, reason: str) -> Commit:
        """Remove a value from all history (RGPD) and leave a tombstone."""

    def tombstones(self, layer: str, asset: str) -> list[Tombstone]:
        """What was erased of an asset, oldest first."""

    def compact(self) -> None:
        """Sum up observations past their retention, rebuild the resolved layers, tidy what no commit needs."""

    def check(self, *, repair: bool = False, backup: Path | None = None) -> list[Finding]:
        """Verify checksums, references and caches; mend what can be, damaged files from a `backup` that still holds them."""

    def backup(self, folder: Path) -> Path:
        """A consistent copy while serving, with checksums."""

    def close(self) -> None:
        """Release files and connections."""
