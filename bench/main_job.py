"""The main job: the synthetic Hérault from nothing to a programme and its documents, cold; then how diagnosis grows.

Usage: bench/main_job.py [--quick] [--json]. The peers are goals: 60 s and 2 GB on two cores; the ratio of time an asset
takes between 1x, 4x and 16x assets, whose floor is 1 (linear).
"""

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

GOAL_S, GOAL_GB = 60.0, 2.0
BASE_ASSETS, QUICK_ASSETS = 4_000, 1_000
STEPS = {
    "communes": "communes",
    "import": "inventaires",
    "diagnose": "diagnostic",
    "plan": "programme",
    "report": "documents",
}


def row(name: str, value: float, unit: str, conditions: str, **peer: Any) -> dict[str, Any]:
    """One line of the table of benches."""
    return {"name": name, "value": value, "unit": unit, "conditions": conditions} | peer


class Weighed:
    """The most memory this process and those it started hold at once, what they share counted once (PSS)."""

    def __init__(self, every_s: float = 0.25) -> None:
        self.every_s, self.most_gb = every_s, 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Weighed":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(self.every_s):
            pids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
            self.most_gb = max(self.most_gb, sum(_pss_gb(pid) for pid in pids if pid))


def _pss_gb(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1e6 for line in text.splitlines() if line.startswith("Pss:")), 0.0)


def whole_job(workers: int) -> list[dict[str, Any]]:
    """The demonstration without any data, in a folder of its own."""
    from jumeau.twin.recipes import run_demo

    with tempfile.TemporaryDirectory() as folder, Weighed() as memory:
        began = time.perf_counter()
        report = run_demo(None, Path(folder), workers=workers)
        total = time.perf_counter() - began
    spent = sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    said = f"341 communes synthétiques, {sum(layer['kept'] for layer in report.layers)} actifs, {workers} travailleurs"
    out = [row(f"{STEPS.get(k, k)} (démonstration)", v, "s", said) for k, v in report.seconds.items()]
    out.append(
        row("main_job : démonstration entière", total, "s", said, peer="objectif", peer_value=GOAL_S, ratio=total / GOAL_S)
    )
    out.append(row("main_job : calcul, tous processus", spent, "s", said))
    most = memory.most_gb
    out.append(
        row("main_job : mémoire au plus (PSS)", most, "Go", said, peer="objectif", peer_value=GOAL_GB, ratio=most / GOAL_GB)
    )
    return out


def grown(table: pa.Table, times: int) -> pa.Table:
    """The same luminaires `times` times, with ids and communes of their own, so that partitions grow in number too."""
    from jumeau.model.ids import keyed_ids

    copies = []
    for i in range(times):
        ids = table["id"].to_pylist() if i == 0 else keyed_ids("luminaire", f"copie-{i}", table["id"].to_pylist())
        copies.append(table.set_column(table.column_names.index("id"), "id", pa.array(ids, pa.string())))
    return pa.concat_tables(copies)


def diagnosis_seconds(table: pa.Table, folder: Path) -> float:
    """Seconds to diagnose lighting in a twin that holds `table`."""
    from jumeau.sources import synthetique
    from jumeau.store.port import ClaimTable
    from jumeau.twin import open_twin
    from jumeau.twin.territory import declared

    source = synthetique.source("34", seed=34)
    with open_twin(folder, create=True) as twin:
        twin.load_communes("34")
        change = ClaimTable(layer="luminaire", table=table, source=source, origins=declared(table))
        twin.view.commit([change], message="mesure", kind="import")
        twin.view.count("luminaire")
        began = time.perf_counter()
        twin.diagnose("lighting")
        return time.perf_counter() - began


def growth(assets: int, sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """Time per asset at each size against the first."""
    from jumeau.sources import synthetique

    table = synthetique.generate("34", seed=34, layers=["luminaire"])["luminaire"]
    table = table.take(pa.array(np.random.default_rng(34).permutation(table.num_rows)[:assets]))
    out: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        diagnosis_seconds(table, Path(folder) / "chaud")
        first = 0.0
        for times in sizes:
            big = grown(table, times)
            each = diagnosis_seconds(big, Path(folder) / str(times)) / big.num_rows * 1e6
            first = first or each
            said = f"{big.num_rows} luminaires, un processus, actions et effets compris"
            out.append(
                row(f"diagnose {times}x", each, "µs/actif", said, peer="diagnose 1x", peer_value=first, ratio=each / first)
            )
    return out


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--quick", action="store_true")
    reader.add_argument("--json", action="store_true")
    asked = reader.parse_args()
    rows = growth(QUICK_ASSETS if asked.quick else BASE_ASSETS, (1, 4) if asked.quick else (1, 4, 16))
    if not asked.quick:
        rows = whole_job(min(2, multiprocessing.cpu_count())) + rows
    if asked.json:
        json.dump(rows, sys.stdout, ensure_ascii=False)
    else:
        for one in rows:
            ratio = f"  x{one['ratio']:.2f} ({one['peer']})" if "ratio" in one else ""
            print(f"{one['name']:<36}{one['value']:>12.2f} {one['unit']}{ratio}  {one['conditions']}")


if __name__ == "__main__":
    main()
