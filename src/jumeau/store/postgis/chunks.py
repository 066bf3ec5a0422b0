"""Bytes cut in rows: a file is stored in parts and read back whole, its checksum verified."""

import hashlib
from pathlib import Path

from jumeau.errors import CorruptError
from jumeau.store.postgis.database import PostgisDatabase

CHUNK = 8 << 20
CLAIMS, FILES = "claim_parts", "file_parts"
_PUT = {
    CLAIMS: "INSERT INTO claim_parts VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    FILES: "INSERT INTO file_parts VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
}
_GET = {
    CLAIMS: "SELECT content FROM claim_parts WHERE sha256 = ? AND part = ?",
    FILES: "SELECT content FROM file_parts WHERE sha256 = ? AND part = ?",
}


def named(db: PostgisDatabase, table: str, sha256: str) -> str:
    """How a stored file is called in messages."""
    return f"{db.place.shown} {table} {sha256}"


def put(db: PostgisDatabase, table: str, sha256: str, content: bytes | memoryview) -> None:
    """Store bytes, inside a write."""
    view = memoryview(content)
    for part, start in enumerate(range(0, max(1, len(view)), CHUNK)):
        db.send(_PUT[table], [(sha256, part, bytes(view[start : start + CHUNK]))])


def put_path(db: PostgisDatabase, table: str, sha256: str, path: Path) -> None:
    """Store a file, inside a write."""
    with path.open("rb") as handle:
        part = 0
        while (block := handle.read(CHUNK)) or not part:
            db.send(_PUT[table], [(sha256, part, block)])
            part += 1


def write_to(db: PostgisDatabase, table: str, sha256: str, path: Path) -> None:
    """Write stored bytes to a file. Raises CorruptError naming them when parts are missing or damaged."""
    digest, part = hashlib.sha256(), 0
    with path.open("wb") as handle:
        while row := db.one(_GET[table], sha256, part):
            digest.update(row[0])
            handle.write(row[0])
            part += 1
    _verify(db, table, sha256, digest.hexdigest(), part)


def get(db: PostgisDatabase, table: str, sha256: str) -> bytes:
    """Stored bytes. Raises CorruptError naming them when parts are missing or damaged."""
    blocks: list[bytes] = []
    while row := db.one(_GET[table], sha256, len(blocks)):
        blocks.append(row[0])
    content = blocks[0] if len(blocks) == 1 else b"".join(blocks)
    _verify(db, table, sha256, hashlib.sha256(content).hexdigest(), len(blocks))
    return content


def _verify(db: PostgisDatabase, table: str, sha256: str, found: str, parts: int) -> None:
    if not parts:
        raise CorruptError("store.fichier_manquant", path=named(db, table, sha256))
    if found != sha256:
        raise CorruptError("store.fichier_abime", path=named(db, table, sha256))
