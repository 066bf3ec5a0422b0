"""Kills writers, and servers, at hundreds of random instants, and proves that nothing acknowledged is lost.

Usage: scripts/kills.py [--kills 300] [--seed 1] [embedded] [client] [server]. The test suite runs a few tens of the same.
Prints one line for each kind: kills, acknowledged writes, what `check` found. Fails at the first loss.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "store")]
KINDS = ("embedded", "client", "server")


def campaign(kind: str, kills: int, seed: int) -> dict[str, Any]:
    """One kind of kill, again and again, on one twin."""
    from kills import assert_all_there, killed_after, schedule, server_killed_after
    from tests.conftest import Postgres

    from jumeau.store.embedded import EmbeddedStore

    told: list[list[str]] = []
    repaired: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        server = None if kind == "embedded" else Postgres(safe=True)
        place = str(Path(folder) / "twin") if server is None else f"{server.address}#tue"

        def opened() -> Any:
            if server is None:
                return EmbeddedStore(Path(place))
            from jumeau.store.postgis import PostgisStore

            return PostgisStore(place)

        kill: Callable[[str, int, float], list[list[str]]] = killed_after
        if kind == "server":
            kill = lambda *a: server_killed_after(server, *a)  # noqa: E731
        try:
            for turn, (start, delay) in enumerate(schedule(seed, kills, longest=0.6)):
                told += kill(place, start, delay)
                store = opened()
                found = store.check(repair=True)
                assert not [f for f in found if f.severity == "error"], found
                repaired.update(f.text.split(" : ")[0] for f in found)
                assert store.check() == []
                known = {c.id for c in store.commits()}
                assert {int(line[1]) for line in told if line[0] == "commit"} <= known
                if turn % 25 == 24:
                    assert_all_there(store, told)
                    print(f"{kind} {turn + 1}", file=sys.stderr, flush=True)
                store.close()
            store = opened()
            assert_all_there(store, told)
            store.close()
        finally:
            if server is not None:
                server.stop()
    return {
        "kind": kind,
        "kills": kills,
        "acknowledged": len(told),
        "by": dict(Counter(x[0] for x in told)),
        "mended": dict(repaired),
    }


def main() -> None:
    """Run what is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=[])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for kind in asked.kinds or KINDS:
        print(campaign(kind, asked.kills, asked.seed), flush=True)


if __name__ == "__main__":
    main()
