"""A backup: a folder that is itself an embedded twin, with the SHA-256 of each file, verified before it is trusted."""

from pathlib import Path

from jumeau.errors import CorruptError, NotFoundError
from jumeau.store.embedded.folder import sha256_of

SUMS = "SHA256SUMS"
STATE = "state.sqlite"
_WAL = b"\x02\x02"
"""Bytes 18 and 19 of a SQLite file opened with a write-ahead log (SQLite file format, section 1.3)."""


def untouched(folder: Path) -> bool:
    """Whether a folder is a backup nobody has opened as a twin since. Raises NotFoundError when it holds neither."""
    state = folder / STATE
    if not state.is_file():
        raise NotFoundError("store.base_absente", path=folder)
    with state.open("rb") as handle:
        return (folder / SUMS).is_file() and handle.read(20)[18:] != _WAL


def sums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file a backup lists. Raises CorruptError for a list that is none or that leads out of the folder."""
    out = {}
    for line in (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines():
        sha256, _, name = line.partition("  ")
        path = Path(name)
        if len(sha256) != 64 or path.is_absolute() or ".." in path.parts or not name:
            raise CorruptError("store.fichier_abime", path=folder / SUMS)
        out[name] = sha256
    return out


def intact(path: Path, sha256: str) -> Path:
    """The path of a file whose bytes are those expected. Raises CorruptError naming it."""
    if not path.is_file():
        raise CorruptError("store.fichier_manquant", path=path)
    if sha256_of(path) != sha256:
        raise CorruptError("store.fichier_abime", path=path)
    return path


def verify(folder: Path) -> int:
    """Verify every file of a backup against its list; gives how many. Raises CorruptError, NotFoundError.

    Once opened as a twin its database is on its own, and only the other files are held to the list.
    """
    if not (folder / SUMS).is_file():
        untouched(folder)
        return 0
    whole = untouched(folder)
    found = sums(folder)
    for name, sha256 in found.items():
        if name != STATE or whole:
            intact(folder / name, sha256)
    return len(found)
