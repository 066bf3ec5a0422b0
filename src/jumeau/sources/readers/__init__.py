"""Open a file whatever its format: recognised by its first bytes, then by its name, never by its name alone."""

import re
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

import msgspec

from jumeau.errors import InputError
from jumeau.sources.decp import is_decp, read_decp
from jumeau.sources.guard import DEFAULT, Limits, check_file, check_members, gunzip, unpack
from jumeau.sources.raw import RawTable, Reading
from jumeau.sources.totem import is_totem, read_totem
from jumeau.texts import t

_MAGIC = (
    (b"PAR1", "parquet"),
    (b"SQLite format 3\x00", "geopackage"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "pdf"),
    (b"7z\xbc\xaf", "autre_archive"),
    (b"Rar!", "autre_archive"),
)
_TABLES = (
    ".shp",
    ".gpkg",
    ".geojson",
    ".json",
    ".parquet",
    ".geoparquet",
    ".kml",
    ".csv",
    ".xlsx",
    ".xls",
    ".ods",
    ".dbf",
    ".xml",
    ".txt",
)
_PARTS = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj"})
_LICENCE = re.compile(
    r"(licence\s+ouverte(?:\s*(?:/\s*open\s+licence)?)?(?:\s*(?:v(?:ersion)?\s*)?[12]\.0)?|ODbL|CC[ -]BY(?:-SA)?)", re.I
)


def read(path: Path, reading: Reading | None = None, limits: Limits = DEFAULT) -> RawTable:
    """Rows of a file. Raises InputError or HostileFileError, which name the file and the way out."""
    reading = reading or Reading()
    check_file(path, limits)
    raw = _open(path, reading, limits, depth=0)
    licence = raw.licence or find_licence(path)
    return msgspec.structs.replace(raw, licence=licence)


def recognise(path: Path) -> str:
    """Format of a file from its first bytes; its name only tells texts apart."""
    with path.open("rb") as source:
        head = source.read(4096)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return _zipped_kind(path) if kind == "zip" else kind
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lstrip()
    suffix = path.suffix.lower()
    if suffix == ".dbf" and head[:1] in {b"\x03", b"\x83", b"\x30", b"\xf5", b"\x8b"}:
        return "dbf"
    if text.startswith((b"{", b"[")) and suffix not in {".csv", ".txt", ".tsv"}:
        return "geojson"
    if text.startswith(b"<"):
        return "kml" if b"kml" in text[:1024].lower() or suffix == ".kml" else "xml"
    return "csv" if suffix in {".csv", ".txt", ".tsv", ".tab", ""} else "inconnu"


def _zipped_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                mime = archive.read("mimetype")[:100] if archive.getinfo("mimetype").file_size < 200 else b""
                if b"spreadsheet" in mime:
                    return "ods"
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        return "zip"
    return "xlsx" if "xl/workbook.xml" in names else "zip"


def _open(path: Path, reading: Reading, limits: Limits, depth: int) -> RawTable:
    kind = recognise(path)
    if kind == "csv":
        from jumeau.sources.readers.table_csv import read_csv

        return read_csv(path, reading, limits)
    if kind == "parquet":
        from jumeau.sources.readers.parquet import read_parquet

        return read_parquet(path, limits)
    if kind in {"geojson", "xml"} and is_decp(path):
        return read_decp(path, limits)
    if kind in {"geojson", "geopackage", "shapefile", "dbf"}:
        return _vector(path, kind, reading, limits)
    if kind in {"xlsx", "xls", "ods"}:
        from jumeau.sources.readers.sheets import read_sheet

        return read_sheet(path, kind, reading, limits)
    if kind == "kml":
        from jumeau.sources.readers.kml import read_kml

        return read_kml(path, limits)
    if kind == "xml" and is_totem(path):
        return read_totem(path, limits)
    if kind in {"zip", "gzip"} and depth == 0:
        with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
            inner = gunzip(path, Path(folder), limits) if kind == "gzip" else None
            return _open(inner, reading, limits, 1) if inner else _archive(path, reading, limits, Path(folder))
    if kind in {"zip", "gzip"}:
        raise InputError("imports.archive_imbriquee", file=path.name)
    raise InputError("imports.format_inconnu", file=path.name)


def _vector(path: Path, kind: str, reading: Reading, limits: Limits) -> RawTable:
    from jumeau.sources.readers.vector import read_vector

    if kind not in {"shapefile", "dbf"}:
        return read_vector(path, kind, reading, limits)
    there = {other.suffix.lower(): other for other in path.parent.iterdir() if other.stem.lower() == path.stem.lower()}
    if ".shp" in there and ".shx" not in there:
        raw = _without_index(path, there, reading, limits)
    else:
        raw = read_vector(path, "shapefile", reading, limits)
    notes = list(raw.notes)
    if ".shp" not in there:
        notes.append(t("imports.note_sans_shp", file=path.name))
    elif ".dbf" not in there:
        notes.append(t("imports.note_sans_dbf", file=path.name))
    if ".shp" in there and ".prj" not in there:
        notes.append(t("imports.note_sans_prj", file=path.name))
    return msgspec.structs.replace(raw, notes=tuple(notes))


def _without_index(path: Path, parts: dict[str, Path], reading: Reading, limits: Limits) -> RawTable:
    """A shapefile without .shx is read from a copy in which the index is rebuilt: the user's folder is left alone."""
    import shutil

    from jumeau.sources.readers.vector import read_vector, rebuilding_index

    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        for suffix, part in parts.items():
            if suffix in _PARTS:
                shutil.copyfile(part, Path(folder) / f"{path.stem}{suffix}")
        with rebuilding_index():
            raw = read_vector(Path(folder) / f"{path.stem}.shp", "shapefile", reading, limits)
    return msgspec.structs.replace(raw, notes=(*raw.notes, t("imports.note_sans_shx", file=path.name)))


def _archive(path: Path, reading: Reading, limits: Limits, folder: Path) -> RawTable:
    members = {member.filename: member for member in check_members(path, limits)}
    chosen = _choose_member(path, list(members), reading)
    stem = PurePosixPath(chosen).with_suffix("").as_posix().lower()
    for name, member in members.items():
        pure = PurePosixPath(name)
        part = pure.suffix.lower() in _PARTS and pure.with_suffix("").as_posix().lower() == stem
        if name == chosen or part:
            unpack(path, member, folder)
    inner = folder / PurePosixPath(chosen.replace("\\", "/")).name
    licence = ""
    for name, member in members.items():
        if name.lower().endswith((".txt", ".xml", ".md")) and member.file_size < 200_000 and name != chosen:
            licence = licence or licence_in(unpack(path, member, folder).read_bytes())
    deeper = msgspec.structs.replace(reading, table="" if reading.table == chosen else reading.table)
    return msgspec.structs.replace(_open(inner, deeper, limits, 1), licence=licence)


def _choose_member(path: Path, names: list[str], reading: Reading) -> str:
    names = [name for name in names if not PurePosixPath(name).name.startswith((".", "~")) and "__MACOSX" not in name]
    if reading.table in names:
        return reading.table
    for suffix in _TABLES:
        found = [name for name in names if name.lower().endswith(suffix)]
        if suffix == ".shp" and not found and any(n.lower().endswith(".shx") for n in names):
            found = [name for name in names if name.lower().endswith(".dbf")]
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError("imports.plusieurs_tables", file=path.name, known=", ".join(sorted(found)[:20]))
    if any(name.lower().endswith((".zip", ".gz", ".7z", ".rar")) for name in names):
        raise InputError("imports.archive_imbriquee", file=path.name)
    raise InputError("imports.archive_sans_table", file=path.name)


def find_licence(path: Path) -> str:
    """Licence written in a README or SOURCE file beside the data, empty when none says it."""
    for name in ("SOURCE.md", "README.txt", "README.md", "LICENCE.txt"):
        place = path.parent / name
        if place.is_file() and place.stat().st_size < 200_000 and (found := licence_in(place.read_bytes())):
            return found
    return ""


def licence_in(content: bytes) -> str:
    """The open licence a text names."""
    found = _LICENCE.search(content.decode("utf-8", errors="replace"))
    if not found:
        return ""
    name = " ".join(found.group(1).split())
    version = re.search(r"[12]\.0", name)
    return f"Licence Ouverte {version[0] if version else ''}".strip() if name.lower().startswith("licence") else name
