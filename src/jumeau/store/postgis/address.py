"""Where a twin is on a server: a PostgreSQL address, and after `#` the name of its schema."""

import re
from urllib.parse import urlsplit, urlunsplit

import msgspec

from jumeau.errors import InputError

DEFAULT = "jumeau"
_SCHEMA = re.compile(r"^[a-z][a-z0-9_]{0,47}$")


class Place(msgspec.Struct, frozen=True):
    """address: what the driver connects to; schema: name of the twin there; shown: the same without the password."""

    address: str
    schema: str
    shown: str

    @property
    def layers_schema(self) -> str:
        """Schema of the layers as plain tables."""
        return f"{self.schema}_couches"


def place_of(url: str) -> Place:
    """The place of `postgresql://user@host/base#name`; without `#name`, the twin is `jumeau`. Raises InputError."""
    parts = urlsplit(url)
    schema = parts.fragment or DEFAULT
    if parts.scheme not in ("postgresql", "postgres") or not _SCHEMA.match(schema) or schema.startswith("pg_"):
        raise InputError("store.adresse_refusee", place=_hidden(url))
    return Place(urlunsplit(parts._replace(fragment="")), schema, _hidden(url))


def _hidden(url: str) -> str:
    url = re.sub(r"(?<=//)([^/@:]*):[^/@]*@", r"\1@", url)
    return re.sub(r"(?<=[?&]password=)[^&#]*", "***", url)
