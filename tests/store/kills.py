"""Writers killed at random instants, and what must be there afterwards."""

import multiprocessing
import random
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import writer

from jumeau.errors import StoreError

SERVER_GONE = 3
"""What a writer ends with when it was told that its server is gone."""


def _work(pipe: Connection, place: str, start: int) -> None:
    try:
        writer.write_without_end(place, start, lambda line: pipe.send_bytes(line.encode()))
    except StoreError:
        sys.exit(SERVER_GONE)


def context() -> Any:
    """Processes that start in a few milliseconds: what is heavy is imported once."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["pandas", "pyarrow.parquet", "shapely", "jumeau.store.postgis"])
    return found


def killed_after(place: str, start: int, delay: float) -> list[list[str]]:
    """What a writer acknowledged before `kill -9`, `delay` seconds after it was ready."""
    reading, writing = context().Pipe(duplex=False)
    process = context().Process(target=_work, args=(writing, place, start))
    process.start()
    writing.close()
    told: list[list[str]] = []
    assert reading.recv_bytes() == b"ready"
    timer = threading.Timer(delay, process.kill)
    timer.start()
    try:
        while True:
            told.append(reading.recv_bytes().decode().split())
    except (EOFError, OSError):
        pass
    timer.join()
    process.join()
    assert process.exitcode == -9
    return told


def server_killed_after(server: Any, place: str, start: int, delay: float) -> list[list[str]]:
    """What a writer acknowledged before its server, and every process of it, was killed; the server is started again."""
    reading, writing = context().Pipe(duplex=False)
    process = context().Process(target=_work, args=(writing, place, start))
    process.start()
    writing.close()
    told: list[list[str]] = []
    assert reading.recv_bytes() == b"ready"
    timer = threading.Timer(delay, server.kill)
    timer.start()
    try:
        while True:
            told.append(reading.recv_bytes().decode().split())
    except (EOFError, OSError):
        pass
    timer.join()
    process.join()
    assert process.exitcode == SERVER_GONE
    server.start()
    return told


def schedule(seed: int, kills: int, longest: float, told: list[list[str]]) -> Iterator[tuple[int, float]]:
    """First number and delay of each writer; on a busy machine, more of them until more was told than writers were killed."""
    rng = random.Random(seed)
    for turn in range(6 * kills):
        if turn >= kills and len(told) > kills:
            return
        yield turn * 10_000 + rng.randrange(8), rng.uniform(0, longest * (1 + turn // kills))


def assert_all_there(store: Any, told: list[list[str]]) -> None:
    """Everything acknowledged is there and nothing is half there."""
    known = {c.id for c in store.commits()}
    assert {int(line[1]) for line in told if line[0] == "commit"} <= known
    rows = {r["id"]: r for r in store.read("luminaire").to_pylist()}
    observed = set(store.observations("flux")["instant"].to_pylist())
    assert len(observed) % 2 == 0, "values written together are there together"
    for what, name, *rest in told:
        if what == "file":
            assert store.get_file(name).exists()
        elif what == "observed":
            assert {i for i in observed if abs((i - writer.seen(int(name), 0).instant).total_seconds()) < 2}
        elif what == "result":
            assert store.get_result("run", name)["n"].to_pylist() == [int(name)]
        elif int(rest[0]) % 8 != 3:
            assert rows[f"e{rest[0]}"]["code"] == f"v{rest[0]}"
    for asset, row in rows.items():
        if asset.startswith("e") and int(asset[1:]) % 8 != 5:
            assert (row["code"], row["lamp_power_w"]) == (f"v{asset[1:]}", float(asset[1:]))
    loaded = {row["lamp_power_w"] for asset, row in rows.items() if asset.startswith("w")}
    assert len(loaded) == 1
