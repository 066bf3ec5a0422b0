"""What threads keep of a store: freed by the living, so that a process with threads ends well."""

import gc
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from jumeau.store.threads import PerThread

ENDING = """
import sys, threading, time
from pathlib import Path
from tests.contracts.store.samples import lamps, point
from jumeau.store.embedded import EmbeddedStore

store = EmbeddedStore(Path(sys.argv[1]), create=True)
store.commit([lamps([(f"n{i}", 1.0 + i, point(770_000 + i, 6_279_000)) for i in range(500)])], author="a", message="x")
store.compact()
go, ready = threading.Event(), threading.Semaphore(0)

def read():
    store.read("luminaire")
    store.claims("luminaire", "n1", "lamp_power_w")
    ready.release()
    go.wait()

for _ in range(40):
    threading.Thread(target=read, daemon=True).start()
for _ in range(40):
    ready.acquire()
sys.setswitchinterval(1e-6)
go.set()
time.sleep(float(sys.argv[2]))
"""


class Kept:
    """Something that can be watched."""


def test_each_thread_has_its_own_and_the_next_frees_what_a_dead_one_kept() -> None:
    kept: PerThread[Kept] = PerThread(Kept)
    mine = kept.mine()
    assert kept.mine() is mine
    seen: list[weakref.ref[Kept]] = []

    def elsewhere() -> None:
        seen.append(weakref.ref(kept.mine()))

    for _ in range(3):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    gc.collect()
    assert mine is kept.mine()
    left = {id(one) for ref in seen if (one := ref()) is not None}
    assert len(left) <= 1
    assert id(mine) not in left
    kept.clear()
    assert kept.mine() is not mine


@pytest.mark.parametrize("delay_s", ["0.002", "0.004", "0.008"])
def test_a_process_ends_well_while_threads_that_read_end_too(tmp_path: Path, delay_s: str) -> None:
    command = [sys.executable, "-c", ENDING, str(tmp_path / "t"), delay_s]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
