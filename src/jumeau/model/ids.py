"""Asset identity: given once, kept for life."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha1
from uuid import UUID, uuid5

import numpy as np
import pyarrow as pa

NAMESPACE = UUID("8f0d4c4e-3a59-5d0a-9c55-6a756d656175")
_DASHES = (8, 13, 18, 23)


def asset_id(layer: str, source: str, key: object) -> str:
    """Id of the asset that `source` calls `key` in `layer`."""
    return str(uuid5(NAMESPACE, f"{layer}\x1f{source}\x1f{key}"))


def keyed_ids(layer: str, source: str, keys: Iterable[object]) -> list[str]:
    """Ids of assets whose source has a key, in order."""
    ids: list[str] = bulk_ids(layer, source, (str(key).encode() for key in keys)).to_pylist()
    return ids


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


def bulk_ids(layer: str, source: str, keys: Iterable[bytes]) -> pa.Array:
    """The ids `asset_id` gives to UTF-8 keys, for millions of them."""
    head = NAMESPACE.bytes + f"{layer}\x1f{source}\x1f".encode()
    digests = b"".join([sha1(head + key, usedforsecurity=False).digest() for key in keys])
    return uuid_texts(np.frombuffer(digests, dtype=np.uint8).reshape(-1, 20)[:, :16])


def uuid_texts(raw: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> pa.Array:
    """Text of version 5 identifiers (RFC 9562, section 5.5) made of 16 hashed bytes each, shape (n, 16)."""
    raw = raw.copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x50
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    digits = np.frombuffer(raw.tobytes().hex().encode(), dtype=np.uint8).reshape(len(raw), 32)
    text = np.full((len(raw), 36), ord("-"), dtype=np.uint8)
    text[:, [i for i in range(36) if i not in _DASHES]] = digits
    offsets = np.arange(len(raw) + 1, dtype=np.int32) * 36
    return pa.Array.from_buffers(pa.string(), len(raw), [None, pa.py_buffer(offsets), pa.py_buffer(text)])
