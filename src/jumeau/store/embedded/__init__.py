"""The embedded twin: one folder, SQLite for state and edits, immutable GeoParquet for bulk claims."""

from jumeau.store.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
