"""Memory given back by a process at rest, and a worker that goes on after its rest."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from jumeau.compute.local import REST_S, LocalExecutor
from jumeau.compute.memory import release

MB = 2**20


def resident() -> int:
    """Bytes of this process in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) * 1024


def double(key: str, value: Any) -> Any:
    """A task."""
    return 2 * value


@pytest.mark.skipif(sys.platform != "linux", reason="malloc_trim is of the C library of Linux")
def test_what_was_freed_between_things_kept_is_given_back() -> None:
    held = [bytes(50_000) for _ in range(4_000)]
    kept = held[::40]
    del held
    before = resident()
    release()
    assert before - resident() > 100 * MB
    assert len(kept) == 100


def test_a_worker_works_again_after_its_rest() -> None:
    executor = LocalExecutor(1)
    try:
        assert dict(executor.map(double, [("a", 1)])) == {"a": 2}
        first = executor.pids
        time.sleep(REST_S + 0.5)
        assert dict(executor.map(double, [("b", 2)])) == {"b": 4}
        assert executor.pids == first
    finally:
        executor.close()
