"""A line for each write and each refusal: all in the log `jumeau.audit`, and in the twin those no commit already tells."""

import contextlib
import logging
from typing import NoReturn

from jumeau.errors import RightsError, StoreError
from jumeau.sharing.actors import Actor, Kind
from jumeau.sharing.rights import TWIN, Act, Thing, allows
from jumeau.store.port import Store

LOG = logging.getLogger("jumeau.audit")


def require(actor: Actor, act: Act, thing: Thing = TWIN, store: Store | None = None) -> None:
    """Let the act pass, or leave a line and raise RightsError."""
    if not allows(actor, act, thing):
        refuse(actor, act, thing.name, store=store)


def refuse(actor: Actor, act: Act, thing: str, key: str = "partage.refus", store: Store | None = None) -> NoReturn:
    """Leave a line and raise RightsError with the text `key`. What anonymous readers try stays in the log: it is endless."""
    LOG.warning("refused actor=%s act=%s thing=%s", actor.id, act.value, thing)
    if store is not None and actor.kind is not Kind.ANONYMOUS:
        with contextlib.suppress(StoreError):
            store.note(actor.id, act.value, thing, "refused")
    raise RightsError(key, actor=actor.name, act=act.value, thing=thing)


def written(actor: Actor, act: Act, thing: str, store: Store | None = None) -> None:
    """Leave a line for a write that was done; in the twin too when `store` is given and can be written: a commit tells
    of itself.
    """
    LOG.info("done actor=%s act=%s thing=%s", actor.id, act.value, thing)
    if store is not None and not store.read_only:
        store.note(actor.id, act.value, thing, "done")
