"""Ways a file goes wrong between an office and a twin: each gives other bytes, or None when it cannot apply to the format."""

import gzip
import random
import re
import zipfile
from collections.abc import Callable
from io import BytesIO

Parts = dict[str, bytes]
"""Files by suffix: one file, or the parts of a shapefile."""
Dirt = Callable[[Parts, random.Random], Parts | None]
TEXT = (".csv", ".geojson", ".xml", ".kml", ".json")
DELETED = (".prj", ".dbf", ".shp", ".shx")


def opened(content: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    """What a gzip holds and how to close it again; other content as it is."""
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content), lambda inner: gzip.compress(inner, 1, mtime=0)
    return content, lambda inner: inner


def victim(parts: Parts, chance: random.Random) -> str:
    return chance.choice(sorted(parts))


def bytewise(change: Callable[[bytes, random.Random], bytes]) -> Dirt:
    def dirt(parts: Parts, chance: random.Random) -> Parts:
        name = victim(parts, chance)
        return parts | {name: change(parts[name], chance)}

    dirt.__name__ = change.__name__
    return dirt


def cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def hole(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.randrange(1, 4_000) :]


def flip(content: bytes, chance: random.Random) -> bytes:
    out = bytearray(content)
    for _ in range(chance.randrange(1, 40)):
        out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def inside(change: Callable[[bytes, random.Random], bytes | None]) -> Dirt:
    """A change of text: in a text file, in what a gzip holds, in the text of an archive (a workbook, a zip of files)."""

    def dirt(parts: Parts, chance: random.Random) -> Parts | None:
        if len(parts) > 1:
            return None
        ((name, content),) = parts.items()
        if content[:2] == b"PK":
            done = in_archive(content, change, chance)
        else:
            inner, close = opened(content)
            if not is_text(inner):
                return None
            found = change(inner, chance)
            done = None if found is None else close(found)
        return None if done is None else {name: done}

    dirt.__name__ = change.__name__
    return dirt


def is_text(content: bytes) -> bool:
    return b"\0" not in content[:4096]


def in_archive(content: bytes, change: Callable[[bytes, random.Random], bytes | None], chance: random.Random) -> bytes | None:
    with zipfile.ZipFile(BytesIO(content)) as source:
        members = {i.filename: source.read(i) for i in source.infolist() if not i.is_dir()}
    names = [n for n in sorted(members) if n.endswith(TEXT) and members[n] and ("xl/" not in n or "sharedStrings" in n)]
    for name in names:
        found = change(members[name], chance)
        if found is None:
            continue
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
            for member, data in members.items():
                target.writestr(member, found if member == name else data)
        return out.getvalue()
    return None


def recode(content: bytes, chance: random.Random) -> bytes:
    return content.decode("latin-1").encode(chance.choice(["utf-8", "utf-16", "cp037"]), errors="replace")


def bom(content: bytes, chance: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + content


def preamble(content: bytes, chance: random.Random) -> bytes | None:
    if content.lstrip()[:1] in b"<{":
        return None
    return b"Extraction du service\r\n" * chance.randrange(1, 4) + b"\r\n" + content


def swapped_separator(content: bytes, chance: random.Random) -> bytes | None:
    if content.lstrip()[:1] in b"<{":
        return None
    return content.translate(bytes.maketrans(b",;", b";,"))


def renamed(columns: tuple[str, ...]) -> Dirt:
    """Every mapped column under another name, where the format says them in text."""
    wanted = [c.encode(e) for c in columns for e in ("utf-8", "latin-1")]

    def columns_renamed(content: bytes, chance: random.Random) -> bytes | None:
        out = content
        for name in wanted:
            edge = rb"(?<![\w])" + re.escape(name) + rb"(?![\w])"
            out = re.sub(edge, b"Q" + name[::-1] + b"Q", out)
        return None if out == content else out

    return inside(columns_renamed)


def crs_dropped(content: bytes, chance: random.Random) -> bytes | None:
    found = re.sub(rb'"crs"\s*:\s*\{[^{}]*(\{[^{}]*\})?[^{}]*\}\s*,?', b"", content, count=1)
    return None if found == content else found


def part_missing(parts: Parts, chance: random.Random) -> Parts | None:
    """A part of a shapefile lost, beside it or inside its archive."""
    if len(parts) > 1:
        gone = chance.choice([p for p in DELETED if p in parts])
        return {name: content for name, content in parts.items() if name != gone}
    ((name, content),) = parts.items()
    if content[:2] != b"PK":
        return None
    with zipfile.ZipFile(BytesIO(content)) as source:
        members = {i.filename: source.read(i) for i in source.infolist() if not i.is_dir()}
    there = [m for m in sorted(members) if m.lower().endswith(DELETED)]
    if not there:
        return None
    gone = chance.choice(there)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for member, data in members.items():
            if member != gone:
                target.writestr(member, data)
    return {name: out.getvalue()}


ALWAYS: list[Dirt] = [bytewise(f) for f in (cut, hole, flip)]
WHERE_IT_CAN: list[Dirt] = [*(inside(f) for f in (recode, bom, preamble, swapped_separator, crs_dropped)), part_missing]
