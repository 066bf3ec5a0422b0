"""Where data come from: the source of claims and the licence it is shared under."""

import msgspec


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A register, a file or a person that says something about assets.

    id: short stable name (`montpellier-eclairage-2013`); rank: precedence given by the user, higher wins (0 for files,
    10 for hand edits); public: may an anonymous reader see its values.
    """

    id: str
    title: str
    licence: str = ""
    vintage: str = ""
    url: str = ""
    sha256: str = ""
    rank: int = 0
    public: bool = False
    synthetic: bool = False


HAND_RANK = 10


def hand_source(author: str) -> Source:
    """The source that stands for edits typed by `author`."""
    return Source(id=f"saisie:{author}", title=f"Saisie de {author}", rank=HAND_RANK)
