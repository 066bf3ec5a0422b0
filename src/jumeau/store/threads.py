"""What each thread keeps for itself, held by the store.

`threading.local` frees what it holds as its thread ends. While the interpreter stops, an Arrow reader freed there ends the
whole process ("terminate called without an active exception"): its destructor gives the interpreter back and cannot have it
again. Here a thread leaves what it kept, and the next newcomer frees it.
"""

import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerThread(Generic[T]):
    """One object of each thread, made when it first asks for it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._kept: dict[int, T] = {}
        self._guard = threading.Lock()

    def mine(self) -> T:
        """This thread's object."""
        me = threading.get_ident()
        found = self._kept.get(me)
        if found is None:
            with self._guard:
                alive = sys._current_frames()
                self._kept = {ident: kept for ident, kept in self._kept.items() if ident in alive}
                found = self._kept[me] = self._make()
        return found

    def clear(self) -> None:
        """Forget the objects of all threads."""
        with self._guard:
            self._kept = {}
