"""A run that breaks is taken up again without redoing what is finished."""

import os
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jumeau.compute.local import LocalExecutor
from jumeau.compute.port import Task
from jumeau.model.provenance import Source
from jumeau.twin import Twin, runs


class Breaking:
    """An executor that gives `good` partitions and then breaks."""

    def __init__(self, good: int) -> None:
        self.good, self.done = good, 0

    def map(self, task: Task, partitions: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        for key, inputs in partitions:
            if self.done == self.good:
                raise KeyboardInterrupt
            self.done += 1
            yield key, task(key, inputs)

    def close(self) -> None:
        """Nothing to stop."""


def killed_once(key: str, inputs: Any) -> Any:
    """The ordinary task, whose worker is killed the first time it meets a partition."""
    field, sources, ctx, mark = inputs
    flag = Path(mark) / key.replace(",", "_")
    if not flag.exists():
        flag.write_text("x", encoding="utf-8")
        os.kill(os.getpid(), signal.SIGKILL)
    return runs.compute(key, (field, sources, ctx))


@pytest.fixture
def loaded(twin: Twin, lights: Path, monkeypatch: pytest.MonkeyPatch) -> Twin:
    monkeypatch.setattr(runs, "OTHERS", 1)
    twin.import_file(lights, "luminaire", source=Source(id="essai", title="Essai"))
    return twin


def test_finished_partitions_are_not_computed_again(loaded: Twin) -> None:
    good, loaded.executor = loaded.executor, Breaking(1)
    with pytest.raises(KeyboardInterrupt):
        loaded.diagnose("lighting")
    counter = Breaking(99)
    loaded.executor = counter
    resumed = loaded.diagnose("lighting")
    assert counter.done == 2
    loaded.executor = good
    loaded.view.drop_results(resumed.run)
    whole = loaded.diagnose("lighting")
    assert whole.run == resumed.run
    assert np.array_equal(whole.diagnosis.groups.draws, resumed.diagnosis.groups.draws, equal_nan=True)
    assert whole.effects.equals(resumed.effects)


def test_a_killed_worker_is_replaced_and_the_result_is_the_same(loaded: Twin, tmp_path: Path) -> None:
    outcome = loaded.diagnose("lighting")
    moment, ctx = outcome.moment, outcome.ctx
    parts = runs.partitions(loaded.view, "lighting", moment)
    assert len(parts) == 3
    feed = [(p, ("lighting", runs.inputs_of(loaded.view, "lighting", p, moment), ctx, str(tmp_path))) for p in parts[:2]]
    executor = LocalExecutor(1)
    try:
        found = dict(executor.map(killed_once, feed))
    finally:
        executor.close()
    for part in parts[:2]:
        kept = loaded.view.get_result(outcome.run, runs.part_key(part))
        (one, *rest), (other, *same) = runs.unpack(found[part]), runs.unpack(kept)
        assert one.assets.equals(other.assets)
        assert np.array_equal(one.groups.draws, other.groups.draws, equal_nan=True)
        assert all(a.equals(b) for a, b in zip(rest, same, strict=True))
