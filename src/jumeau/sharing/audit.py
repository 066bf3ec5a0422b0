"""A line for each write and each refusal, in the log `jumeau.audit`; the writes themselves stay in the commits."""

import logging
from typing import NoReturn

from jumeau.errors import RightsError
from jumeau.sharing.actors import Actor
from jumeau.sharing.rights import TWIN, Act, Thing, allows

LOG = logging.getLogger("jumeau.audit")


def require(actor: Actor, act: Act, thing: Thing = TWIN) -> None:
    """Let the act pass, or leave a line and raise RightsError."""
    if not allows(actor, act, thing):
        refuse(actor, act, thing.name)


def refuse(actor: Actor, act: Act, thing: str, key: str = "partage.refus") -> NoReturn:
    """Leave a line and raise RightsError with the text `key`."""
    LOG.warning("refused actor=%s act=%s thing=%s", actor.id, act.value, thing)
    raise RightsError(key, actor=actor.name, act=act.value, thing=thing)


def written(actor: Actor, act: Act, thing: str) -> None:
    """Leave a line for a write that was done."""
    LOG.info("done actor=%s act=%s thing=%s", actor.id, act.value, thing)
