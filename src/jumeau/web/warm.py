"""What the first page asks for, read while the server starts: the first visitor waits for nothing that is already known."""

from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from jumeau.errors import JumeauError
from jumeau.web.ports import Twin


def warm(twin: Twin) -> None:
    """Read the territory and, for who sees everything, the programme, its actions and who pays. What is not there yet, or
    cannot be read, is left to the request that asks for it and tells why.
    """
    asked: list[Callable[[], object]] = [twin.territory]
    if twin.view.sees_all:
        asked += [twin.programme, twin.offered, twin.financing]
    for one in asked:
        with suppress(JumeauError):
            one()


def warm_beside(twin: Twin) -> Thread:
    """`warm` in a thread that ends with the process."""
    thread = Thread(target=warm, args=(twin,), name="warm", daemon=True)
    thread.start()
    return thread
