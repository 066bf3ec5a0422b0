"""Between a server and a folder, with the whole history: backups, restores and moves are the same copy."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from jumeau.errors import CorruptError, InputError
from jumeau.store.database import Database
from jumeau.store.embedded.backups import SUMS, intact, verify
from jumeau.store.embedded.database import SqliteDatabase
from jumeau.store.embedded.folder import sha256_of, sync_folder
from jumeau.store.embedded.vault import result_place
from jumeau.store.postgis.address import place_of
from jumeau.store.postgis.chunks import CLAIMS, FILES, put_path, write_to
from jumeau.store.postgis.database import PostgisDatabase

_COLUMNS: dict[str, tuple[str, str]] = {
    "layers": ("name, body", "name"),
    "sources": ("id, instant, body", "id, instant"),
    "commits": ("id, parents, branch, author, message, instant, kind, layers, undoes", "id"),
    "heads": ("branch, instant, head, author", "id"),
    "claim_files": ("commit_id, place, layer, sha256, rows, source, origins, valid_from, valid_to", "commit_id, place"),
    "layer_sources": ("layer, source", "layer, source"),
    "tombstones": ("commit_id, layer, asset, attribute, author, reason, instant", "commit_id"),
    "identifiers": ("asset, register, name, layer, confidence", "asset, register, name"),
    "files": ("sha256, name, size", "sha256"),
    "observations": ("series, instant, value, unit, quality", "series, instant"),
    "latest": ("series, instant, value, unit, quality", "series"),
    "series": ("id, unit, title, layer, asset, raw_days, hourly_days, folded", "id"),
    "aggregates": ("series, step, start, count, total, low, high, doubtful, bad", "series, step, start"),
    "audit": ("id, instant, actor, act, thing, outcome", "id"),
    "runs": ("name, started", "name"),
}
_EDITS = "commit_id, place, layer, asset, attribute, value, source, origin, valid_from, valid_to, counter"
_STEP = 50_000


def copy_tables(source: Database, target: Database) -> None:
    """Rows of every table that holds truth, in order. Inside a snapshot of `source` and a write of `target`."""
    for name, value in source.rows("SELECT name, value FROM meta WHERE name IN ('last_instant', 'epoch')"):
        target.execute("UPDATE meta SET value = ? WHERE name = ?", value, name)
    for table, (columns, order) in _COLUMNS.items():
        marks = ", ".join("?" for _ in columns.split(", "))
        rows = source.rows(f"SELECT {columns} FROM {table} ORDER BY {order}")
        target.many(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
    marks = ", ".join("?" for _ in _EDITS.split(", "))
    last = 0
    while rows := source.rows(f"SELECT id, {_EDITS} FROM edits WHERE id > ? ORDER BY id LIMIT {_STEP}", last):
        last = rows[-1][0]
        found = [(*r[1:6], target.pack(source.unpack(r[6])), *r[7:]) for r in rows]
        target.many(f"INSERT INTO edits ({_EDITS}) VALUES ({marks})", found)


def write_folder(db: PostgisDatabase, folder: Path) -> None:
    """Write the twin as an embedded one, seen at one commit, with the SHA-256 of each file."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = SqliteDatabase(folder, create=True, clock=db.clock)
    with db.snapshot():
        with copy.write():
            copy_tables(db, copy)
            for run, part, sha256 in db.rows("SELECT run, part, sha256 FROM results ORDER BY run, part"):
                place = result_place(run, part)
                copy.execute("INSERT INTO results VALUES (?, ?, ?, ?)", run, part, place, sha256)
                row = db.one("SELECT content FROM results WHERE run = ? AND part = ?", run, part)
                assert row is not None
                _path(folder, f"results/{place}").write_bytes(row[0])
        for (sha256,) in db.rows("SELECT DISTINCT sha256 FROM claim_files"):
            write_to(db, CLAIMS, sha256, _path(folder, f"claims/{sha256}.parquet"))
        for (sha256,) in db.rows("SELECT sha256 FROM files"):
            path = _path(folder, f"files/{sha256[:2]}/{sha256}")
            write_to(db, FILES, sha256, path)
            path.chmod(0o444)
    copy.connection.execute("PRAGMA journal_mode = DELETE")
    copy.close()
    names = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    (folder / SUMS).write_text("".join(f"{sha256_of(folder / n)}  {n}\n" for n in names), encoding="utf-8")
    sync_folder(folder)


def _path(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def restore(folder: Path, url: str, *, clock: Callable[[], datetime] | None = None) -> None:
    """Bring a folder (an embedded twin or a backup) to a server with its whole history, all or nothing.

    Raises NotFoundError when the folder holds no twin, CorruptError naming a file that is missing or damaged, InputError when
    the place on the server already holds commits.
    """
    verify(Path(folder))
    source = SqliteDatabase(Path(folder), create=False, clock=clock)
    try:
        for (text,) in source.rows("PRAGMA integrity_check(1)"):
            if text != "ok":
                raise CorruptError("store.base_abimee", path=source.path, reason=text)
        target = PostgisDatabase(place_of(url), create=True, clock=clock)
        try:
            with source.files_lock(), source.snapshot(), target.write():
                if target.one("SELECT 1 FROM commits LIMIT 1") is not None:
                    raise InputError("store.place_prise", place=target.place.shown)
                copy_tables(source, target)
                _copy_files(source, target)
        finally:
            target.close()
    finally:
        source.close()


def _copy_files(source: SqliteDatabase, target: PostgisDatabase) -> None:
    for (sha256,) in source.rows("SELECT DISTINCT sha256 FROM claim_files"):
        put_path(target, CLAIMS, sha256, intact(source.folder / "claims" / f"{sha256}.parquet", sha256))
    for (sha256,) in source.rows("SELECT sha256 FROM files"):
        put_path(target, FILES, sha256, intact(source.folder / "files" / sha256[:2] / sha256, sha256))
    rows: list[tuple[Any, ...]] = source.rows("SELECT run, part, path, sha256 FROM results")
    for run, part, place, sha256 in rows:
        content = intact(source.folder / "results" / place, sha256).read_bytes()
        target.execute("INSERT INTO results VALUES (?, ?, ?, ?)", run, part, sha256, content)
