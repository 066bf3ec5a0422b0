"""What a request looks at: `at`, `as_of` and `branch` in its address, for every route at once."""

from contextvars import ContextVar
from typing import Annotated, Any

from fastapi import Query

from jumeau.sharing.moments import moment_of
from jumeau.store.port import NOW, Moment
from jumeau.web.ports import Twin

_MOMENT: ContextVar[Moment] = ContextVar("moment", default=NOW)
Text = Annotated[str | None, Query(max_length=60)]


async def look(at: Text = None, as_of: Text = None, branch: Text = None) -> None:
    """Remember what this request looks at. Raises InputError. A day is its end in Paris; `at` is `as_of` when not given."""
    _MOMENT.set(moment_of(at, as_of, branch))


class Lens:
    """A twin that every route sees at the moment its request asks for."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin

    def __getattr__(self, name: str) -> Any:
        moment = _MOMENT.get()
        return getattr(self._twin if moment == NOW else self._twin.seen(moment), name)
