"""The twin on a server: PostgreSQL and PostGIS, several writers, one schema a twin."""

from jumeau.store.port import Store
from jumeau.store.postgis.moving import restore
from jumeau.store.postgis.store import PostgisStore

_KEEPS_THE_PORT: type[Store] = PostgisStore

__all__ = ["PostgisStore", "restore"]
