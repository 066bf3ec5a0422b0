"""What a server reads before it is asked, and what several requests make once."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from jumeau.errors import NotFoundError
from jumeau.twin.core import Twin
from jumeau.web.warm import warm, warm_beside


class Asked:
    """A twin that notes what it is asked; it has no programme yet."""

    def __init__(self, *, sees_all: bool) -> None:
        self.view = SimpleNamespace(sees_all=sees_all)
        self.seen: list[str] = []

    def _note(self, name: str) -> None:
        self.seen.append(name)

    def territory(self) -> dict[str, Any]:
        self._note("territory")
        raise NotFoundError("jumeau.vide")

    def programme(self) -> None:
        self._note("programme")

    def offered(self) -> None:
        self._note("offered")

    def financing(self) -> None:
        self._note("financing")


def test_what_the_first_page_asks_is_read_even_when_a_part_is_not_there() -> None:
    twin: Any = Asked(sees_all=True)
    warm_beside(twin).join(10)
    assert twin.seen == ["territory", "programme", "offered", "financing"]


def test_the_public_is_read_what_it_may_see_only() -> None:
    twin: Any = Asked(sees_all=False)
    warm(twin)
    assert twin.seen == ["territory"]


def test_an_error_that_is_not_of_the_house_is_not_hidden() -> None:
    twin: Any = Asked(sees_all=False)
    twin.territory = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        warm(twin)


def test_requests_that_come_together_make_a_thing_once() -> None:
    view: Any = SimpleNamespace()
    executor: Any = SimpleNamespace()
    twin, made = Twin(view, executor), []

    def make() -> int:
        made.append(1)
        time.sleep(0.05)
        return len(made)

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: twin.once("thing", "key", make), range(4)))
    assert found == [1, 1, 1, 1]
    assert twin.once("thing", "other key", make) == 2
