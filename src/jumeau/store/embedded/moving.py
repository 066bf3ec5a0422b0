"""A folder copied whole into another one: what `restore` and `move` do between folders."""

import shutil
from pathlib import Path
from uuid import uuid4

from jumeau.errors import InputError
from jumeau.store.embedded.backups import STATE, SUMS, intact, sums, untouched
from jumeau.store.embedded.database import disk_error
from jumeau.store.embedded.folder import sync_folder
from jumeau.store.embedded.store import EmbeddedStore


def restore(folder: Path, target: Path) -> None:
    """Bring a backup, or a living twin, to a new folder with its whole history; all there or nothing.

    A backup is read and never written. Raises NotFoundError when the folder holds no twin, CorruptError naming a file that is
    missing or damaged, InputError when the target is not empty, StoreError when the disk refuses.
    """
    folder, target = Path(folder), Path(target)
    pristine = untouched(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError("store.place_prise", place=target)
    draft = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
    try:
        if pristine:
            _copied(folder, draft)
        else:
            living = EmbeddedStore(folder)
            try:
                living.backup(draft)
            finally:
                living.close()
            for name, sha256 in sums(draft).items():
                if name.startswith("claims/"):
                    intact(draft / name, Path(name).stem)
                intact(draft / name, sha256)
        (draft / SUMS).unlink()
        if target.exists():
            target.rmdir()
        draft.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise disk_error(target, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copied(folder: Path, draft: Path) -> None:
    draft.mkdir(parents=True)
    known = sums(folder)
    for name, sha256 in {STATE: known.get(STATE, ""), **known}.items():
        path = draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(intact(folder / name, sha256), path)
        intact(path, sha256)
    (draft / SUMS).write_bytes((folder / SUMS).read_bytes())
    (draft / STATE).chmod(0o644)
