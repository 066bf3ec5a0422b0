"""Claim: 250 000 road spans (60 points, 2 observers, about 20 lanterns) in 5 s on 2 cores.

Ours: the compiled road kernel, every span with a street, lanterns and tilt of its own: illuminance and, through an r-table,
the luminance of each observer. Peers: Radiance's rtrace, which gives the illuminance only, in its own process; and the
readable NumPy version. Floor: the arithmetic of the kernel at the speed of a single precision matrix product on the same
cores, which multiplies and adds at once and never looks anything up. Times are processor times: the machine may be shared.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import peer

PEER = Path(__file__).parent / "peers" / "photometry_radiance.py"
GOAL_S, SPANS = 5.0, 250_000
SEED = 13
FLOP_SHARED, FLOP_OBSERVER = 128, 28
"""Additions, products, divisions and roots for one point and lantern: three arc tangents (26 each) and 50; an observer."""


def spans(count: int) -> tuple[Any, Any]:
    """Random streets lit face to face, three lanterns and one r-table."""
    from jumeau.kernels.road import BETAS_DEG, TANS, Tables, Tasks

    rng = np.random.default_rng(SEED)
    spacing, height, width = rng.uniform(18, 24, count), rng.uniform(9, 11, count), rng.uniform(6, 8, count)
    tilt = np.radians(rng.uniform(0, 10, count))
    rows = np.zeros((count, 2, 8), np.float32)
    rows[:, 0, 0], rows[:, 1, 0] = -0.5, width + 0.5
    rows[:, :, 2], rows[:, 0, 3], rows[:, 1, 3] = height[:, None], 1, -1
    rows[:, :, 5], rows[:, :, 6], rows[:, :, 7] = np.cos(tilt)[:, None], np.sin(tilt)[:, None], 4.0
    eyes = np.stack([np.full((count, 2), -60.0), width[:, None] * [0.25, 0.75], np.ones((count, 2))], axis=2)
    pairs = np.arange(0, 2 * count + 1, 2, dtype=np.int32)
    tasks = Tasks(
        grid=np.stack([spacing / 20, spacing / 10, width / 12, width / 6], axis=1).astype(np.float32),
        shape=np.tile(np.array([10, 6], np.int32), (count, 1)),
        spacing=spacing.astype(np.float32),
        rows=rows.reshape(-1, 8),
        row_lantern=rng.integers(0, 3, 2 * count).astype(np.int32),
        row_start=pairs,
        eyes=eyes.reshape(-1, 3).astype(np.float32),
        eye_start=pairs,
        surface=np.zeros(count, np.int32),
        diffuse=np.zeros(count, np.float32),
    )
    c, g = np.meshgrid(np.radians(np.arange(0, 360, 5)), np.radians(np.linspace(0, 180, 73)), indexing="ij")
    lanterns = tuple(np.where(g < 1.4, 200 * (1 + k * np.sin(c)) * (1 + np.sin(g)), 0.0) for k in (0.2, 0.4, 0.6))
    table = 700 * (1 + TANS[:, None] ** 2) ** -1.5 * (1 + 2 * np.exp(-BETAS_DEG / 30) * np.minimum(TANS, 1)[:, None])
    return tasks, Tables(lanterns, (table,))


def lights(tasks: Any) -> float:
    """Mean number of lanterns the kernel visits for a span."""
    height, spacing = tasks.rows[::2, 2].astype(float), tasks.spacing.astype(float)
    first, last = spacing / 20, spacing * 19 / 20
    return float(2 * (np.floor((last + 12 * height) / spacing) - np.ceil((first - 5 * height) / spacing) + 1).mean())


def best(run: Any, times: int) -> tuple[float, float]:
    """Least wall and processor seconds of several runs."""
    wall, busy = [], []
    for _ in range(times):
        start, used = time.perf_counter(), time.process_time()
        run()
        wall.append(time.perf_counter() - start)
        busy.append(time.process_time() - used)
    return min(wall), min(busy)


def roof(size: int = 1536) -> float:
    """Floating point operations a processor second of a float32 matrix product."""
    a = np.ones((size, size), np.float32)
    return 2 * size**3 / best(lambda: a @ a, 5)[1]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    from jumeau.kernels.road import kernel_in_use, light, light_numpy

    if kernel_in_use("road") != "c":
        raise SystemExit("Le noyau compilé manque : lancez « make setup » avec un compilateur C.")
    cores = min(os.cpu_count() or 1, 2)
    count = 20_000 if asked.quick else SPANS
    tasks, tables = spans(count)
    number = lights(tasks)
    wall, busy = best(lambda: light(tasks, tables, cores), 5)
    each = busy / count
    few, _ = spans(40)
    slow = best(lambda: light_numpy(few, tables), 3)[1] / 40
    radiance = float(peer.run_peer("radiance", PEER, "60", str(round(number)), "20"))
    flop = 60 * number * (FLOP_SHARED + 2 * FLOP_OBSERVER)
    top = roof()
    what = f"60 points, 2 observateurs, {number:.0f} luminaires par intervalle, tous différents"
    seconds, load = wall / count * SPANS, os.getloadavg()[0]
    loaded = f"processeur réparti sur {cores} cœurs ; écoulé {seconds:.1f} s sous une charge de {load:.0f}"
    whole = each * SPANS / cores
    about = {"value": each * 1e6, "unit": "µs", "conditions": f"temps processeur ; {what}"}
    rows = [
        {"name": "Photométrie de 250 000 intervalles de rue", "value": whole, "unit": "s", "peer": "objectif",
         "peer_value": GOAL_S, "ratio": GOAL_S / whole, "floor": flop * SPANS / top / cores, "floor_share": flop / each / top,
         "conditions": f"{what} ; {loaded}"},
        {"name": "Photométrie d'un intervalle", "peer": "Radiance rtrace (éclairement seul)", "peer_value": radiance * 1e6,
         "ratio": radiance / each} | about,
        {"name": "Photométrie d'un intervalle, C contre NumPy", "peer": "NumPy", "peer_value": slow * 1e6,
         "ratio": slow / each} | about,
    ]  # fmt: skip
    print(json.dumps(rows, ensure_ascii=False) if asked.json else "\n".join(map(str, rows)))


if __name__ == "__main__":
    main()
