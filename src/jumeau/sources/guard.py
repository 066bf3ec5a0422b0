"""Refusals before reading: size, zip bombs, paths, links, XML entities, endless lines."""

import gzip
import re
import stat
import zipfile
from contextlib import nullcontext
from pathlib import Path, PurePosixPath

import msgspec

from jumeau.errors import HostileFileError, InputError
from jumeau.texts import t

_CHUNK = 1 << 20
_ENTITY = re.compile(rb"<!(?:ENTITY|DOCTYPE)", re.IGNORECASE)
_SECRET = 0x1


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a file may weigh. ratio: how much an archive member may grow; line_bytes: longest text line [byte]."""

    file_bytes: int = 4_000_000_000
    unpacked_bytes: int = 8_000_000_000
    members: int = 10_000
    ratio: int = 200
    ratio_from_bytes: int = 20_000_000
    line_bytes: int = 4_000_000
    rows: int = 50_000_000
    columns: int = 2_000
    cells: int = 2_000_000_000
    xml_bytes: int = 1_500_000_000


DEFAULT = Limits()


def check_file(path: Path, limits: Limits = DEFAULT) -> None:
    """Refuse what is not a plain readable file of a reasonable size."""
    try:
        info = path.lstat()
    except (OSError, ValueError) as error:
        raise InputError("imports.fichier_absent", file=path.name) from error
    if stat.S_ISLNK(info.st_mode):
        raise HostileFileError("imports.lien", file=path.name)
    if not stat.S_ISREG(info.st_mode):
        raise InputError("imports.pas_un_fichier", file=path.name)
    if info.st_size == 0:
        raise InputError("imports.fichier_vide", file=path.name)
    if info.st_size > limits.file_bytes:
        raise HostileFileError(
            "imports.trop_gros", file=path.name, size=size_text(info.st_size), limit=size_text(limits.file_bytes)
        )


def check_members(path: Path, limits: Limits = DEFAULT) -> list[zipfile.ZipInfo]:
    """Files of an archive, after refusing bombs, links, secrets and paths that leave it."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise InputError("imports.archive_abimee", file=path.name) from error
    if len(members) > limits.members:
        raise HostileFileError("imports.archive_membres", file=path.name, count=len(members), limit=limits.members)
    total = sum(member.file_size for member in members)
    if total > limits.unpacked_bytes:
        raise HostileFileError(
            "imports.trop_gros", file=path.name, size=size_text(total), limit=size_text(limits.unpacked_bytes)
        )
    kept = []
    for member in members:
        _check_member(path, member, limits)
        if not member.is_dir():
            kept.append(member)
    return kept


def _check_member(path: Path, member: zipfile.ZipInfo, limits: Limits) -> None:
    name = member.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\x00" in name or (parts and parts[0].endswith(":")):
        raise HostileFileError("imports.archive_chemin", file=path.name, member=member.filename)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise HostileFileError("imports.archive_lien", file=path.name, member=member.filename)
    if member.flag_bits & _SECRET:
        raise InputError("imports.archive_chiffree", file=path.name, member=member.filename)
    if member.file_size > limits.ratio_from_bytes and member.file_size > limits.ratio * max(member.compress_size, 1):
        raise HostileFileError("imports.archive_bombe", file=path.name, member=member.filename)


def unpack(path: Path, member: zipfile.ZipInfo, folder: Path, opened: zipfile.ZipFile | None = None) -> Path:
    """Write one checked member in `folder` under its bare name, counting the bytes that really come out. opened: the
    archive, where many of its members are wanted: reading its list each time takes longer than the members.
    """
    target = folder / PurePosixPath(member.filename.replace("\\", "/")).name
    written = 0
    try:
        with (
            nullcontext(opened) if opened else zipfile.ZipFile(path) as archive,
            archive.open(member) as source,
            target.open("wb") as out,
        ):
            while block := source.read(_CHUNK):
                written += len(block)
                if written > member.file_size:
                    raise HostileFileError("imports.archive_bombe", file=path.name, member=member.filename)
                out.write(block)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise InputError("imports.archive_abimee", file=path.name) from error
    except Exception as error:
        if type(error).__module__ in {"zlib", "lzma", "_lzma"}:
            raise InputError("imports.archive_abimee", file=path.name) from error
        raise
    return target


def gunzip(path: Path, folder: Path, limits: Limits = DEFAULT) -> Path:
    """Unpack a .gz file in `folder`, refusing one that grows without end."""
    import zlib

    target = folder / path.stem
    written = 0
    most = min(limits.unpacked_bytes, max(limits.ratio_from_bytes, limits.ratio * path.stat().st_size))
    try:
        with gzip.open(path) as source, target.open("wb") as out:
            while block := source.read(_CHUNK):
                written += len(block)
                if written > most:
                    raise HostileFileError("imports.archive_bombe", file=path.name, member=target.name)
                out.write(block)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("imports.archive_abimee", file=path.name) from error
    return target


def check_xml(path: Path, limits: Limits = DEFAULT, *, name: str = "") -> None:
    """Refuse an XML file that declares entities or a document type, or that is too large to be parsed."""
    if path.stat().st_size > limits.xml_bytes:
        raise HostileFileError(
            "imports.trop_gros",
            file=name or path.name,
            size=size_text(path.stat().st_size),
            limit=size_text(limits.xml_bytes),
        )
    tail = b""
    with path.open("rb") as source:
        while block := source.read(_CHUNK):
            text = (tail + block).replace(b"\x00", b"")
            if _ENTITY.search(text):
                raise HostileFileError("imports.xml_entites", file=name or path.name)
            tail = block[-32:]


def check_lines(path: Path, limits: Limits = DEFAULT) -> None:
    """Refuse a text file with a line no spreadsheet would write."""
    import numpy as np

    line, since = 1, 0
    with path.open("rb") as source:
        while block := source.read(8 * _CHUNK):
            ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == 10)
            starts = np.concatenate(([-1 - since], ends))
            lengths = np.diff(np.concatenate((starts, [len(block)]))) - 1
            worst = int(np.argmax(lengths))
            if lengths[worst] > limits.line_bytes:
                raise HostileFileError(
                    "imports.ligne_longue", file=path.name, row=line + worst, limit=size_text(limits.line_bytes)
                )
            line += len(ends)
            since = int(lengths[-1])


def check_shape(rows: int, columns: int, file: str, limits: Limits = DEFAULT) -> None:
    """Refuse a table with more rows or columns than can be held."""
    if rows > limits.rows or columns > limits.columns or rows * columns > limits.cells:
        raise HostileFileError("imports.trop_de_cellules", file=file, rows=rows, columns=columns)


def size_text(size: int) -> str:
    """A size in bytes as a person reads it."""
    value = float(size)
    for unit in ("o", "ko", "Mo", "Go"):
        if value < 1000 or unit == "Go":
            return t(
                "imports.taille",
                value=f"{value:.0f}" if value >= 10 or unit == "o" else f"{value:.1f}".replace(".", ","),
                unit=unit,
            )
        value /= 1000
    return ""
