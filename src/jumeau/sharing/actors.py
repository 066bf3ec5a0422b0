"""Who looks at the twin."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What an actor is to the twin; `rights` says what each may do."""

    ADMINISTRATOR = "administrator"
    AGENT = "agent"
    READER = "reader"
    ANONYMOUS = "anonymous"


class Actor(msgspec.Struct, frozen=True):
    """A person or a service. communes: official codes it is limited to; None for the whole territory."""

    id: str
    name: str
    kind: Kind
    communes: tuple[str, ...] | None = None


LOCAL_ADMIN = Actor("local", "Administrateur local", Kind.ADMINISTRATOR)
ANONYMOUS = Actor("anonyme", "Lecteur anonyme", Kind.ANONYMOUS)
