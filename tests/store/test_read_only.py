"""A folder nobody may write: everything is read, every write is refused in plain words."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from jumeau.errors import JumeauError, StoreError
from jumeau.model.claim import Claim
from jumeau.model.provenance import Source
from jumeau.store.embedded import EmbeddedStore, restore
from jumeau.store.embedded.database import writable
from jumeau.store.port import Change
from jumeau.twin import open_twin

NOBODY = 65_534
LIGHTS = "luminaire"


def said(asset: str, power: float) -> list[Change]:
    return [Claim(layer=LIGHTS, asset=asset, attribute="lamp_power_w", value=power, source="saisie:a", origin="declared")]  # type: ignore[arg-type]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place anybody may enter: the folders of pytest are closed to others."""
    place = Path(tempfile.mkdtemp(prefix="jumeau-essai-"))
    place.chmod(0o755)
    store = EmbeddedStore(place / "jumeau", create=True)
    store.commit(said("L1", 70.0), author="a", message="relevé")
    store.read(LIGHTS)
    store.put_file(b"photo", name="a.png")
    store.close()
    with open_twin(place / "jumeau") as warm:
        assert not warm.view.read_only
    yield place
    shutil.rmtree(place, ignore_errors=True)


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """Nobody may write in the folder; a test run by root goes on as nobody."""
    every = [folder, *folder.rglob("*")]
    for path in every:
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path in every:
            if path.exists():
                path.chmod(0o755 if path.is_dir() else 0o644)


def test_everything_is_read_and_nothing_written(folder: Path) -> None:
    place = folder / "jumeau"
    with closed(place):
        assert not writable(place, place / "state.sqlite")
        with open_twin(place) as twin:
            view = twin.view
            assert view.read_only
            assert [str(act) for act in view.rights] == ["read"]
            (row,) = view.read(LIGHTS, provenance=True).to_pylist()
            assert (row["lamp_power_w"], row["lamp_power_w__origin"]) == (70.0, "declared")
            assert [c.message for c in view.commits()] == ["relevé"]
            assert view.check() == []
            source = Source(id="x", title="x")
            writes: list[Callable[[], Any]] = [
                lambda: view.commit(said("L1", 40.0), message="refusée"), lambda: view.create_branch("essai"), view.compact,
                lambda: view.declare_source(source), lambda: view.put_file(b"x", name="x"), lambda: view.check(repair=True),
                lambda: view.revert(1),
            ]  # fmt: skip
            for write in writes:
                with pytest.raises(JumeauError, match=r"accessible en écriture|saisie") as refused:
                    write()
                assert isinstance(refused.value, StoreError) or "source" in refused.value.key
            shelter = view._store._db.scratch  # type: ignore[attr-defined]
        assert not shelter.exists()
    store = EmbeddedStore(place)
    assert (len(store.commits()), store.check()) == (1, [])
    store.close()


def test_what_somebody_else_writes_meanwhile_is_read_at_the_next_opening(folder: Path) -> None:
    place = folder / "jumeau"
    writer = EmbeddedStore(place)
    writer.commit(said("L2", 100.0), author="a", message="dans le journal")
    with closed(place):
        for _ in range(2):
            reader = EmbeddedStore(place)
            assert reader.read(LIGHTS).num_rows == 2
            reader.close()
    writer.close()


def test_a_copy_and_a_backup_can_be_made_of_it(folder: Path) -> None:
    place, free = folder / "jumeau", folder / "libre"
    free.mkdir()
    free.chmod(0o777)
    with closed(place):
        restore(place, free / "copie")
        with open_twin(place) as twin:
            twin.view.backup(free / "sauvegarde")
        copy = EmbeddedStore(free / "copie")
        copy.commit(said("L1", 40.0), author="a", message="travail")
        assert copy.read(LIGHTS)["lamp_power_w"].to_pylist() == [40.0]
        copy.close()
    assert (free / "sauvegarde" / "SHA256SUMS").is_file()
