"""What each actor may do: the only place where it is decided."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from jumeau.errors import InputError
from jumeau.sharing.actors import Actor, Kind


class Act(StrEnum):
    """What can be asked of the twin."""

    READ = "read"
    EDIT = "edit"
    IMPORT = "import"
    DIAGNOSE = "diagnose"
    PLAN = "plan"
    PUBLISH = "publish"
    ADMINISTER = "administer"


class Thing(msgspec.Struct, frozen=True):
    """What an act is done to.

    public: anybody may see it; communes: where it lies, None for what belongs to the whole territory (a branch, a run, a
    backup), empty for what lies nowhere known.
    """

    name: str
    public: bool = False
    communes: frozenset[str] | None = None


TWIN = Thing("jumeau")

_ALLOWED: dict[Kind, frozenset[Act]] = {
    Kind.ADMINISTRATOR: frozenset(Act),
    Kind.AGENT: frozenset({Act.READ, Act.EDIT, Act.IMPORT, Act.DIAGNOSE, Act.PLAN}),
    Kind.READER: frozenset({Act.READ}),
    Kind.ANONYMOUS: frozenset(),
}


def allows(actor: Actor, act: Act, thing: Thing = TWIN) -> bool:
    """True when `actor` may do `act` to `thing`. Public things are read by all; the rest by kind, then by place."""
    if act is Act.READ and thing.public:
        return True
    if act not in _ALLOWED[actor.kind]:
        return False
    if actor.communes is None:
        return True
    return bool(thing.communes) and thing.communes <= frozenset(actor.communes)  # type: ignore[operator]


def rights(actor: Actor) -> tuple[Act, ...]:
    """Acts the actor may do somewhere, in order."""
    place = frozenset(actor.communes[:1]) if actor.communes else None
    return tuple(act for act in Act if allows(actor, act, Thing("jumeau", communes=place)))


def place(name: str, communes: Iterable[str | None]) -> Thing:
    """What lies in these communes; one unknown commune puts it nowhere known."""
    found = set(communes)
    return Thing(name, communes=frozenset() if None in found else frozenset(c for c in found if c is not None))


def act_named(act: str) -> Act:
    """The act called `act`. Raises InputError."""
    try:
        return Act(act)
    except ValueError as error:
        raise InputError("partage.acte_inconnu", act=act, known=", ".join(Act)) from error
