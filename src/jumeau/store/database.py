"""What the memory asks of a database: the same few statements for SQLite and PostgreSQL, values as `?` parameters."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Protocol


def utc_now() -> datetime:
    """The clock of a store when none is given."""
    return datetime.now(UTC)


class Database(Protocol):
    """Tables of one twin, shared by threads and processes."""

    clock: Callable[[], datetime]
    among_texts: str
    """What follows a column to say that it is one of the texts given by `listed`."""
    among_numbers: str
    """The same for whole numbers."""

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written where the twin is."""

    def listed(self, values: Iterable[Any]) -> Any:
        """Several values as one parameter."""

    def pack(self, value: Any) -> Any:
        """The value of an edit as the database keeps it."""

    def unpack(self, value: Any) -> Any:
        """The value of an edit from what the database keeps."""

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""

    def one(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        """First row of a query."""

    def execute(self, query: str, *values: Any) -> int:
        """Run a statement inside a write; gives the number of rows it changed."""

    def many(self, query: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run a statement for each row inside a write; gives the number of rows changed."""

    def send(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        """The same when nobody asks how many: the statement may wait for the next answer or for the end of the write."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Several reads of one state. Nested calls see the outer one."""

    def write(self) -> AbstractContextManager[None]:
        """All or nothing; waits its turn behind other writers. Nested calls join the outer transaction."""

    def tick(self, last: int | None = None) -> int:
        """The next instant [µs since 1970]: the clock, or just after the last one, which may be told. Inside a write."""

    def files_lock(self, *, alone: bool = False, wait: bool = True) -> AbstractContextManager[bool]:
        """Held shared while files are written before their transaction, alone while unused files are deleted.

        Gives False when `wait` is False and somebody else holds it.
        """

    def close(self) -> None:
        """Release connections."""
