"""The port of the executor. A task is a pure module-level function; a partition is a key and its inputs."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

Task = Callable[[str, Any], Any]


class Executor(Protocol):
    """Runs one task over partitions. Finished partitions come back as they are ready, in any order."""

    def map(self, task: Task, partitions: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        """Yield (key, task(key, inputs)) for every partition; at most a few inputs are held at once.

        A worker that dies is replaced and its partition is run again, three times at most, then EngineError names it.
        An error raised by the task is raised here with the partition it came from.
        """

    def close(self) -> None:
        """Stop the workers."""
