"""Answers kept while the twin does not change: a view opened twice costs one computation."""

import zlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import Any, TypeVar

import msgspec
import numpy as np
from fastapi import Response

from jumeau.engines.protocol import Diagnosis
from jumeau.web.ports import Twin

Made = TypeVar("Made")
MOST_BYTES, MOST_VALUES = 96_000_000, 6
Key = tuple[object, ...]


class Kept:
    """Encoded answers of a twin, the oldest asked for forgotten first; only those of an actor who sees everything are kept.

    An answer is kept for a commit, a moment and a day: what the law says changes with the day.
    """

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._values: OrderedDict[Key, Any] = OrderedDict()
        self._lock = Lock()

    def answer(self, name: str, asked: object, make: Callable[[], Any]) -> Response:
        """The JSON of what `make` gives for what was asked."""
        if not self.twin.view.sees_all:
            return _json(msgspec.json.encode(make()))
        key = self._key(name, asked)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        if found is None:
            found = msgspec.json.encode(make())
            self._keep(key, found)
        return _json(found)

    def value(self, name: str, asked: object, make: Callable[[], Made]) -> Made:
        """What `make` gives, of which the MOST_VALUES last are kept: the same commune is asked of several ways in a row."""
        if not self.twin.view.sees_all:
            return make()
        key = self._key(name, asked)
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                found: Made = self._values[key]
                return found
        found = make()
        with self._lock:
            self._values[key] = found
            while len(self._values) > MOST_VALUES:
                self._values.popitem(last=False)
        return found

    def _key(self, name: str, asked: object) -> Key:
        view = self.twin.view
        return (view.head(), view.moment, date.today(), name, asked)

    def _keep(self, key: Key, content: bytes) -> None:
        with self._lock:
            self._kept[key] = content
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > MOST_BYTES:
                self._kept.popitem(last=False)


def mark(found: Diagnosis | None) -> int:
    """What tells a diagnosis from another, for the key of an answer that rests on one."""
    return 0 if found is None else zlib.crc32(np.ascontiguousarray(found.groups.draws).tobytes())


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")
