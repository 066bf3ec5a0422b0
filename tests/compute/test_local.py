"""The local executor: order does not matter, a dead worker is replaced, an error names its partition."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jumeau.compute.local import LocalExecutor
from jumeau.errors import EngineError


def square(key: str, inputs: int) -> tuple[str, int, int]:
    return key, inputs * inputs, os.getpid()


def die_once(key: str, inputs: tuple[str, int]) -> int:
    """Kill the own process the first time it meets partition 3."""
    folder, number = inputs
    mark = Path(folder) / "died"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    with (Path(folder) / f"ran-{number}").open("a") as log:
        log.write("x")
    return number


def always_die(key: str, inputs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(key: str, inputs: int) -> int:
    if inputs == 2:
        raise ValueError("puissance négative")
    return inputs


def slow(key: str, inputs: float) -> str:
    time.sleep(inputs)
    return key


@pytest.fixture(params=[0, 2])
def executor(request: pytest.FixtureRequest) -> Iterator[LocalExecutor]:
    made = LocalExecutor(request.param)
    yield made
    made.close()


def test_every_partition_comes_back_once(executor: LocalExecutor) -> None:
    found = dict(executor.map(square, ((str(i), i) for i in range(20))))
    assert {k: v[:2] for k, v in found.items()} == {str(i): (str(i), i * i) for i in range(20)}
    here = {v[2] == os.getpid() for v in found.values()}
    assert here == {executor.workers == 0}


def test_an_error_names_its_partition_and_the_executor_stays_usable(executor: LocalExecutor) -> None:
    with pytest.raises(EngineError, match=r"34002.*puissance négative"):
        list(executor.map(refuse, ((f"3400{i}", i) for i in range(5))))
    assert dict(executor.map(refuse, [("a", 1)])) == {"a": 1}


def test_inputs_are_asked_for_as_they_are_needed(executor: LocalExecutor) -> None:
    given: list[int] = []

    def partitions() -> Iterator[tuple[str, int]]:
        for i in range(30):
            given.append(i)
            yield str(i), i

    ahead = []
    for done, _ in enumerate(executor.map(square, partitions()), start=1):
        ahead.append(len(given) - done)
    assert max(ahead) <= 2 * max(1, executor.workers)
    assert len(given) == 30


def test_a_worker_that_dies_is_replaced_and_only_its_partition_is_run_again(tmp_path: Path) -> None:
    executor = LocalExecutor(2)
    found = dict(executor.map(die_once, ((str(i), (str(tmp_path), i)) for i in range(8))))
    executor.close()
    assert found == {str(i): i for i in range(8)}
    assert {(tmp_path / f"ran-{i}").read_text() for i in range(8)} == {"x"}


def test_a_worker_killed_from_outside_mid_run(tmp_path: Path) -> None:
    executor = LocalExecutor(2)
    run = executor.map(slow, ((str(i), 0.05) for i in range(12)))
    found = [next(run)[0]]
    os.kill(executor.pids[0], signal.SIGKILL)
    found += [key for key, _ in run]
    executor.close()
    assert sorted(found, key=int) == [str(i) for i in range(12)]


def test_a_partition_that_always_kills_its_worker_is_named() -> None:
    executor = LocalExecutor(1)
    with pytest.raises(EngineError, match="34057"):
        list(executor.map(always_die, [("34057", None)]))
    executor.close()
    assert executor.pids == []
