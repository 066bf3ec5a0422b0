"""What a file became, ready to be claimed."""

from collections.abc import Mapping as Names

import msgspec
import pyarrow as pa

from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.sources.mapping import Mapping

COUNTS = (
    "read", "kept", "rejected", "merged", "elsewhere", "duplicates", "repeated_geometries", "outside_commune", "repaired",
    "sentinels", "unknown",
)  # fmt: skip
"""read: rows of the file, which is kept + rejected + merged + elsewhere. rejected: rows refused. merged: rows joined to
another of the same register key, such as communes that have merged. elsewhere: rows the mapping does not keep, which
belong to another territory. duplicates: rows whose content an earlier row already has (kept, with
an id of their own). repeated_geometries: rows drawn exactly where an earlier row is. outside_commune: rows outside the
commune they declare or, when the commune was read from the position, outside the one that holds 95 % of the file.
repaired: geometries made valid. sentinels: cells that say "unknown" (-9999, 1900/01/01, NC). unknown: empty cells of the
mapped columns among kept rows, whatever the reason."""


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A file read as a layer.

    table: `id`, columns of the layer that the file knows, `geometry` (WKB, EPSG:2154 [m]), `X__origin` where some cells
    of X have another origin than `origins[X]`. rejects: rows and values set aside (`rejects.SCHEMA`). counts: `COUNTS`.
    """

    file: str
    table: pa.Table
    origins: Names[str, Origin]
    mapping: Mapping
    mapping_text: str
    rejects: pa.Table
    notes: tuple[str, ...]
    counts: dict[str, int]
    source: Source

    @property
    def mapping_key(self) -> str:
        """Short hash of how the file was read."""
        return self.mapping.key

    def describe_mapping(self) -> str:
        """How each column was understood, as text."""
        return self.mapping_text
