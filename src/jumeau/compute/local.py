"""Partitions computed on this machine: in this process, or in spawned workers that are replaced when they die."""

import multiprocessing
import pickle
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

import msgspec

from jumeau.compute.memory import release
from jumeau.compute.port import Task
from jumeau.errors import EngineError

TRIES = 3
REST_S = 1.0
"""Time without work [s] after which a worker gives back the memory it no longer uses."""


class Job(msgspec.Struct):
    """One partition on its way."""

    key: str
    inputs: Any
    tries: int = 0


class Worker:
    """One spawned process and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=serve, args=(far,), daemon=True)
        self.process.start()
        far.close()
        self.job: Job | None = None

    def give(self, task: Task, job: Job) -> None:
        """Start a partition; one that cannot be sent is an error of its own, a dead worker is seen by the caller's wait."""
        try:
            message = pickle.dumps((task, job.key, job.inputs), protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            raise EngineError("calcul.partition_non_transmissible", partition=job.key, reason=error) from error
        job.tries += 1
        self.job = job
        try:
            self.pipe.send_bytes(message)
        except OSError:
            return

    def stop(self, *, now: bool = False) -> None:
        """End the process, at once or when it has read the end of its pipe."""
        if now:
            self.process.kill()
        self.pipe.close()
        self.process.join(timeout=5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def serve(pipe: Connection) -> None:
    """What a worker does: partitions in, results or errors out, until the pipe ends."""
    while True:
        try:
            if not pipe.poll(REST_S):
                release()
            task, key, inputs = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        try:
            answer: tuple[bool, Any, str] = (True, task(key, inputs), "")
            message = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            message = _failure(error)
        pipe.send_bytes(message)


def _failure(error: Exception) -> bytes:
    text = "".join(traceback.format_exception(error))
    return pickle.dumps((False, f"{type(error).__name__}: {error}", text), protocol=pickle.HIGHEST_PROTOCOL)


class LocalExecutor:
    """The local adapter of the executor. workers: 0 computes here, one partition after the other; n uses n processes.

    Inputs held at once: one partition a worker and one more each. Raises ValueError for a negative number of workers.
    """

    def __init__(self, workers: int = 0) -> None:
        if workers < 0:
            raise ValueError("workers must not be negative")
        self.workers = workers
        self._idle: list[Worker] = []
        self._all: list[Worker] = []

    def map(self, task: Task, partitions: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        """See the port."""
        return self._spread(task, iter(partitions)) if self.workers else self._here(task, partitions)

    def _here(self, task: Task, partitions: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        for key, inputs in partitions:
            try:
                result = task(key, inputs)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                raise EngineError("calcul.partition_en_erreur", partition=key, reason=reason) from error
            yield key, result

    def _spread(self, task: Task, partitions: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        again: deque[Job] = deque()
        busy: dict[Connection, Worker] = {}
        try:
            while True:
                while len(busy) < self.workers:
                    job = again.popleft() if again else next((Job(k, i) for k, i in partitions), None)
                    if job is None:
                        break
                    worker = self._worker()
                    busy[worker.pipe] = worker
                    worker.give(task, job)
                if not busy:
                    return
                for pipe in wait(list(busy)):
                    assert isinstance(pipe, Connection)
                    found = self._collect(busy.pop(pipe), again)
                    if found is not None:
                        yield found
        finally:
            for worker in busy.values():
                self._bury(worker)

    def _collect(self, worker: Worker, again: deque[Job]) -> tuple[str, Any] | None:
        """The answer of a worker; None when it died and its partition is to be run again."""
        job = worker.job
        assert job is not None
        try:
            good, value, text = pickle.loads(worker.pipe.recv_bytes())
        except (EOFError, OSError):
            self._bury(worker)
            if job.tries >= TRIES:
                raise EngineError("calcul.travailleur_mort", partition=job.key, tries=job.tries) from None
            again.append(job)
            return None
        worker.job = None
        self._idle.append(worker)
        if not good:
            error = EngineError("calcul.partition_en_erreur", partition=job.key, reason=value)
            error.add_note(text)
            raise error
        return job.key, value

    def _worker(self) -> Worker:
        while True:
            try:
                worker = self._idle.pop()
            except IndexError:
                break
            if worker.process.is_alive():
                return worker
            self._bury(worker)
        worker = Worker()
        self._all.append(worker)
        return worker

    def _bury(self, worker: Worker) -> None:
        worker.stop(now=True)
        if worker in self._all:
            self._all.remove(worker)

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers now alive."""
        return [w.process.pid for w in self._all if w.process.pid is not None and w.process.is_alive()]

    def close(self) -> None:
        """See the port."""
        for worker in self._all:
            worker.stop()
        self._all.clear()
        self._idle.clear()
