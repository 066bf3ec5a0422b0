"""A twin brought elsewhere with its whole history: folder or server, from either to either, verified by what it answers."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path

import msgspec

from jumeau.errors import CorruptError, InputError
from jumeau.sharing.actors import LOCAL_ADMIN, Actor
from jumeau.sharing.view import View
from jumeau.store.embedded.backups import verify
from jumeau.store.port import Moment, Store
from jumeau.twin.core import ON_A_SERVER, open_store

Step = Callable[[str], None]


class Moved(msgspec.Struct, frozen=True):
    """What was brought and compared: commits, branches, layers read on every branch, claims' own files."""

    commits: int
    branches: int
    layers: int


def backup(place: str, folder: Path, *, actor: Actor = LOCAL_ADMIN) -> int:
    """Copy a twin while it serves, then read the copy back; gives the number of files verified."""
    view = View(open_store(place), actor)
    try:
        view.backup(folder)
    finally:
        view.close()
    return verify(folder)


def restore(folder: Path, place: str) -> Moved:
    """Bring a backup back to a new place. Raises NotFoundError, CorruptError, InputError when the place holds a twin."""
    if not folder.is_dir():
        raise InputError("jumeau.fichier_absent", file=folder)
    _bring(folder, place)
    store = open_store(place)
    try:
        return Moved(len(store.commits()), len(store.branches()), len(_filled(store)))
    finally:
        store.close()


def move(source: str, target: str, *, actor: Actor = LOCAL_ADMIN, said: Step | None = None) -> Moved:
    """Bring a twin elsewhere; the first one stays as it is. Both are then read, on every branch, and must answer alike.

    Raises CorruptError naming the layer when they do not, InputError when the target holds a twin.
    """
    if source == target:
        raise InputError("store.place_prise", place=target)
    with tempfile.TemporaryDirectory(prefix="jumeau-") as room:
        copy = Path(room) / "copie"
        backup(source, copy, actor=actor)
        _bring(copy, target)
        shutil.rmtree(copy)
    one, other = open_store(source), open_store(target)
    try:
        return _compared(one, other, said or (lambda _: None))
    finally:
        one.close()
        other.close()


def _bring(folder: Path, place: str) -> None:
    if place.startswith(ON_A_SERVER):
        from jumeau.store.postgis import restore as to_server

        to_server(folder, place)
    else:
        from jumeau.store.embedded import restore as to_folder

        to_folder(folder, Path(place))


def _filled(store: Store) -> list[str]:
    return sorted({layer for commit in store.commits() for layer in commit.layers})


def _compared(one: Store, other: Store, said: Step) -> Moved:
    """Both answer alike on every branch nobody wrote to since the copy."""
    commits = other.commits()
    if one.commits()[: len(commits)] != commits:
        raise CorruptError("jumeau.deplacement_different", detail="commits")
    now = {b.name: b.head for b in one.branches()}
    branches = other.branches()
    layers = _filled(other)
    at = datetime.now(UTC)
    for branch in (b for b in branches if now.get(b.name) == b.head):
        moment = Moment(branch.name, at=at)
        for layer in layers:
            said(f"{branch.name} {layer}")
            if not _alike(one, other, layer, moment):
                raise CorruptError("jumeau.deplacement_different", detail=f"{branch.name} {layer}")
    return Moved(len(commits), len(branches), len(layers))


def _alike(one: Store, other: Store, layer: str, moment: Moment) -> bool:
    """Whether both give the same rows with the same provenance, in the same order."""
    sides = (store.batches(layer, provenance=True, moment=moment) for store in (one, other))
    return all(a is not None and b is not None and a.equals(b) for a, b in zip_longest(*sides))
