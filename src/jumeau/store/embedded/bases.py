"""Resolved layers on the disk: one GeoParquet per state, disposable."""

import contextlib
import os
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from jumeau.errors import CorruptError
from jumeau.store.embedded.database import SqliteDatabase
from jumeau.store.embedded.folder import open_parquet, write_parquet
from jumeau.store.finding import Ids
from jumeau.store.geoparquet import OURS, ROW_GROUP, sealed_layer
from jumeau.store.hilbert import flat
from jumeau.store.ledger import Ledger, Sight
from jumeau.store.plans import KEPT_BASES, Planner, Texts, texts_of
from jumeau.store.resolve import BOX, KEY, SIDES, Resolution
from jumeau.store.threads import PerThread

_QUICK = {"compression_level": 1, "write_statistics": [f"{BOX}.{side}" for side in SIDES]}
"""A cache is written more often than it is moved."""


class FileBase:
    """One resolved layer on the disk."""

    def __init__(self, path: Path, sight: Sight, texts: Texts) -> None:
        self.path, self.sight, self.texts = path, sight, texts
        self.file: pq.ParquetFile = open_parquet(path, memory_map=True)
        self.rows: int = self.file.metadata.num_rows

    @property
    def label(self) -> str:
        """Its file is written once."""
        return self.path.name

    @property
    def names(self) -> list[str]:
        """Its columns."""
        return list(self.file.schema_arrow.names)

    @property
    def nothing(self) -> pa.Table:
        """Its columns without rows."""
        return self.file.schema_arrow.remove_metadata().empty_table()

    @cached_property
    def edges(self) -> NDArray[np.int64]:
        """First row of each row group, then the number of rows."""
        meta = self.file.metadata
        return np.cumsum([0, *(meta.row_group(i).num_rows for i in range(meta.num_row_groups))])

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """(row groups, 4) bounds [m] of each row group, NaN where it has no geometry."""
        meta = self.file.metadata
        if meta.num_row_groups == 0:
            return np.empty((0, 4))
        names = [meta.row_group(0).column(c).path_in_schema for c in range(meta.num_columns)]
        at = [names.index(f"{BOX}.{side}") for side in SIDES]
        out = np.full((meta.num_row_groups, 4), np.nan)
        for g in range(meta.num_row_groups):
            for i, column in enumerate(at):
                found = meta.row_group(g).column(column).statistics
                if found is not None and found.has_min_max:
                    out[g, i] = found.min if i < 2 else found.max
        return out

    @cached_property
    def ids(self) -> pa.Array:
        """Ids in row order."""
        return flat(self.file.read(columns=["id"])["id"])

    @cached_property
    def finder(self) -> Ids:
        """The same, to look some up."""
        return Ids(self.ids)

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """Hilbert keys in row order."""
        return np.asarray(flat(self.file.read(columns=[KEY])[KEY]))

    def read(self, groups: list[int], columns: list[str]) -> pa.Table:
        """Columns of some row groups. Raises CorruptError."""
        try:
            if len(groups) == self.file.num_row_groups:
                return self.file.read(columns=columns)
            return self.file.read_row_groups(groups, columns=columns)
        except (pa.ArrowInvalid, OSError) as error:
            raise CorruptError("store.fichier_abime", path=self.path) from error

    def hold(self, groups: list[int]) -> None:
        """The file stays readable while it is open."""


class FileBases(Planner):
    """Finds, builds and forgets resolved layers of the folder."""

    def __init__(self, ledger: Ledger, db: SqliteDatabase) -> None:
        super().__init__(ledger)
        self._opened_bases: PerThread[dict[str, FileBase]] = PerThread(dict)
        self.db, self.folder = db, db.scratch / "cache"

    @property
    def _known(self) -> dict[str, FileBase]:
        return self._opened_bases.mine()

    def near(self, sight: Sight) -> list[FileBase]:
        """Bases of the layer that can be read from, nearest first."""
        found: list[FileBase] = []
        try:
            names = [e.name for e in os.scandir(self.folder) if e.name.startswith(f"{sight.layer.name}.{sight.stamp}.")]
        except FileNotFoundError:
            names = []
        for name in names:
            base = self._known.get(name) or self._opened(self.folder / name, sight)
            if base is not None:
                self._known[name] = base
                found.append(base)
        for name in [n for n in self._known if n not in names and n.startswith(f"{sight.layer.name}.")]:
            del self._known[name]
        return sorted(found, key=lambda b: ((b.sight.bits ^ sight.bits).bit_count(), b.path.name))

    def _opened(self, path: Path, sight: Sight) -> FileBase | None:
        """A base from its file; a damaged one is thrown away: it is only a cache."""
        try:
            with open_parquet(path) as file:
                about = msgspec.json.decode(file.metadata.metadata[OURS])
            seen = msgspec.structs.replace(
                sight, bits=int(about["commits"], 16), dead=int(about["dead"], 16), at=about["at"], ranks=about["ranks"]
            )
            return FileBase(path, seen, about.get("texts", {}))
        except (CorruptError, KeyError, TypeError, ValueError):
            path.unlink(missing_ok=True)
            return None

    def build(self, sight: Sight) -> FileBase:
        """Resolve a whole layer and keep it on the disk."""
        about: dict[str, Any] = {
            "layer": sight.layer.name,
            "commits": f"{sight.bits:x}",
            "dead": f"{sight.dead:x}",
            "at": sight.at,
            "ranks": sight.ranks,
        }
        name = f"{sight.layer.name}.{sight.stamp}.{uuid4().hex[:12]}.parquet"
        with self.db.files_lock():
            table = Resolution(sight.layer, *self.ledger.claims_of(sight, None)).table()
            about["texts"] = texts_of(table, sight.layer, ROW_GROUP)
            sealed, options = sealed_layer(table, sight.layer, about)
            write_parquet(sealed, self.folder, name, hashed=False, **(options | _QUICK))
        base = FileBase(self.folder / name, sight, about["texts"])
        self._known[name] = base
        self._trim(sight.layer.name, name)
        return base

    def rebuild(self, sight: Sight) -> None:
        """A base of exactly this state, and no other of its layer."""
        exact = [
            b for b in self.near(sight) if (b.sight.bits, b.sight.at) == (sight.bits, sight.at) and b.sight.agrees(sight)
        ]
        kept = exact[0] if exact else self.build(sight)
        for path in self.folder.glob(f"{sight.layer.name}.*.parquet"):
            if path != kept.path:
                path.unlink(missing_ok=True)
        self._plans.clear()

    def _trim(self, layer: str, newest: str) -> None:
        """Keep the most recent bases of a layer only."""
        aged = []
        for entry in os.scandir(self.folder):
            if entry.name.startswith(f"{layer}."):
                with contextlib.suppress(FileNotFoundError):
                    aged.append((entry.name == newest, entry.stat().st_mtime_ns, entry.name))
        for _, _, name in sorted(aged, reverse=True)[KEPT_BASES:]:
            (self.folder / name).unlink(missing_ok=True)

    def drop(self) -> None:
        """Keep no base in memory."""
        self._known.clear()
        self._plans.clear()

    def forget(self, layer: str | None = None) -> None:
        """Throw resolved layers away: of one layer or all."""
        self._known.clear()
        self._plans.clear()
        if self.folder.is_dir():
            for path in self.folder.glob(f"{layer}.*.parquet" if layer else "*"):
                path.unlink(missing_ok=True)
