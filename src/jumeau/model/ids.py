"""Asset identity: given once, kept for life."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha1
from uuid import UUID, uuid5

NAMESPACE = UUID("8f0d4c4e-3a59-5d0a-9c55-6a756d656175")


def asset_id(layer: str, source: str, key: object) -> str:
    """Id of the asset that `source` calls `key` in `layer`."""
    return str(uuid5(NAMESPACE, f"{layer}\x1f{source}\x1f{key}"))


def keyed_ids(layer: str, source: str, keys: Iterable[object]) -> list[str]:
    """Ids of assets whose source has a key, in order."""
    head = sha1(NAMESPACE.bytes + f"{layer}\x1f{source}\x1f".encode(), usedforsecurity=False)
    out = []
    for key in keys:
        one = head.copy()
        one.update(str(key).encode())
        out.append(_uuid5_text(one.digest()))
    return out


def _uuid5_text(digest: bytes) -> str:
    """RFC 9562 section 5.5: SHA-1 cut to 16 bytes, version 5, variant 10."""
    text = digest[:16].hex()
    variant = "89ab"[digest[8] >> 4 & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def content_ids(layer: str, source: str, contents: Sequence[bytes]) -> list[str]:
    """Ids of assets whose source has no key: content (geometry and attributes) and rank among equal contents.

    Stable when rows are reordered; equal rows keep as many ids as there are rows.
    """
    seen: Counter[bytes] = Counter()
    keys = []
    for content in contents:
        keys.append(f"{content.hex()}#{seen[content]}")
        seen[content] += 1
    return keyed_ids(layer, source, keys)
