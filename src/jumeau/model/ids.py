"""Asset identity: given once, kept for life."""

from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

NAMESPACE = UUID("8f0d4c4e-3a59-5d0a-9c55-6a756d656175")


def asset_id(layer: str, source: str, key: object) -> str:
    """Id of the asset that `source` calls `key` in `layer`."""
    return str(uuid5(NAMESPACE, f"{layer}\x1f{source}\x1f{key}"))


def keyed_ids(layer: str, source: str, keys: Iterable[object]) -> list[str]:
    """Ids of assets whose source has a key, in order."""
    return [asset_id(layer, source, key) for key in keys]


def content_ids(layer: str, source: str, contents: Sequence[bytes]) -> list[str]:
    """Ids of assets whose source has no key: content (geometry and attributes) and rank among equal contents.

    Stable when rows are reordered; equal rows keep as many ids as there are rows.
    """
    seen: Counter[bytes] = Counter()
    out = []
    for content in contents:
        out.append(asset_id(layer, source, f"{content.hex()}#{seen[content]}"))
        seen[content] += 1
    return out
