"""Files sent to the page, under their own names in a folder that goes afterwards."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def with_file(content: bytes, name: str, work: Callable[[Path], T]) -> T:
    """Do something with one sent file."""
    return with_files([(name, content)], work)


def with_files(given: Sequence[tuple[str | None, bytes]], work: Callable[..., T]) -> T:
    """Do something with sent files (name, content), in their order."""
    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        paths = []
        for rank, (name, content) in enumerate(given):
            place = Path(folder) / str(rank)
            place.mkdir()
            path = place / (_bare(name or "") or "fichier")
            path.write_bytes(content)
            paths.append(path)
        return work(*paths)


def _bare(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isalnum() or c in "-_. ")[-80:].lstrip(". ")
