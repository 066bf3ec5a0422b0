"""The embedded twin: one folder, SQLite for state and edits, immutable GeoParquet for bulk claims."""

from jumeau.store.embedded.moving import restore
from jumeau.store.embedded.store import EmbeddedStore
from jumeau.store.port import Store

_KEEPS_THE_PORT: type[Store] = EmbeddedStore

__all__ = ["EmbeddedStore", "restore"]
