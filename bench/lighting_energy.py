"""Street lighting: yearly energy of points with their own calendar against a loop over the hours; bills against an optimiser.

Usage: bench/lighting_energy.py [--quick] [--json]. The loop looks at every hour of the year for all points at once (its steps
are whole hours, so both give the same energy); it is timed on fewer points, its cost being proportional to their number. The
floor is one pass over the memory of the calendars.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

CELLS, STEPS, SEED = 200, 3, 5
GOAL_POINTS, LOOP_POINTS = 1_000_000, 20_000


def best(run: Callable[[], Any], times: int = 3) -> float:
    """The shortest of a few runs [s]."""
    out = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        out.append(time.perf_counter() - began)
    return min(out)


def row(name: str, value: float, unit: str, conditions: str, **more: Any) -> dict[str, Any]:
    """One line of the table of benches."""
    return {"name": name, "value": value, "unit": unit, "conditions": conditions} | more


def hourly(dusk: Any, dawn: Any, place: Any, start: Any, end: Any, ratio: Any, power: Any) -> Any:
    """Energy [kWh] (N,) by looking at every hour of every night."""
    energy = np.zeros(len(place))
    for night in range(dusk.shape[1]):
        on, off = dusk[place, night], dawn[place, night]
        for hour in range(12, 36):
            lit = np.clip(np.minimum(off, hour + 1) - np.maximum(on, hour), 0, None)
            if not lit.any():
                continue
            share = np.ones(len(place))
            for s in range(start.shape[1]):
                share = np.where((start[:, s] <= hour) & (end[:, s] > hour), ratio[:, s], share)
            energy += lit * share * power
    return energy / 1000


def energy_rows(points: int, loop: int) -> list[dict[str, Any]]:
    """Ours and the loop on the same calendars."""
    from jumeau.engines.lighting.calendars import nights
    from jumeau.kernels import burning

    rng = np.random.default_rng(SEED)
    at = nights(rng.uniform(42.5, 51, CELLS), rng.uniform(-4.5, 7.5, CELLS), 2025, np.full(CELLS, -3.5))
    place = np.sort(rng.integers(0, CELLS, points)).astype(np.int32)
    edges = np.sort(rng.integers(17, 33, (points, 2 * STEPS)), axis=1).astype(float)
    start, end = np.ascontiguousarray(edges[:, 0::2]), np.ascontiguousarray(edges[:, 1::2])
    ratio, power = rng.uniform(0, 1, (points, STEPS)), rng.uniform(20, 280, points)

    def ours() -> Any:
        table = burning.night_table(at.dusk, at.dawn)
        return burning.burning_hours(table, place, start, end, ratio) * power / 1000

    few = rng.permutation(points)[:loop]
    theirs_s = best(lambda: hourly(at.dusk, at.dawn, place[few], start[few], end[few], ratio[few], power[few]), 1)
    some = few[:200]
    slow = hourly(at.dusk, at.dawn, place[some], start[some], end[some], ratio[some], power[some])
    gap = np.abs(slow / ours()[some] - 1).max()
    seconds = best(ours)
    floor = best(lambda: start.sum() + end.sum() + ratio.sum() + power.sum() + place.sum())
    said = f"{points} points, {STEPS} paliers chacun, {CELLS} lieux ; boucle mesurée sur {loop} points ; écart {gap:.1e}"
    peer_s = theirs_s * points / loop
    return [
        row("lighting_energy : énergie annuelle", seconds, "s", said, peer="boucle horaire NumPy", peer_value=peer_s,
            ratio=seconds / peer_s, floor=floor, floor_share=floor / seconds)
    ]  # fmt: skip


def reconcile_rows(cabinets: int, few: int) -> list[dict[str, Any]]:
    """All cabinets at once against `scipy.optimize.minimize` on each cabinet, story and noise scale, for the same optimum."""
    from scipy.optimize import minimize

    from jumeau.engines.lighting import reconcile as model

    rng = np.random.default_rng(SEED)
    bills = 12
    season = 1 + 0.35 * np.cos(np.arange(bills) / bills * 2 * np.pi)
    full = np.tile(4100 / bills * season, cabinets)
    said = full * np.repeat(rng.choice([0.5, 1.0], cabinets), bills)
    mean = rng.uniform(1_000, 8_000, cabinets)
    energy = np.repeat(mean, bills) / 1000 * said * np.repeat(rng.lognormal(0, 0.2, cabinets), bills)
    energy *= rng.normal(1, 0.03, len(energy))
    readings = model.Readings(
        np.repeat(np.arange(cabinets), bills), energy, said, full, full * 0.5, np.full(len(full), 8760 / bills) - full,
        np.tile((np.arange(bills) + 0.5) / bills, cabinets), np.zeros(len(full), bool),
    )  # fmt: skip
    prior = np.stack([mean, 0.15 * mean], axis=1)

    def one(c: int) -> None:
        rows = slice(c * bills, (c + 1) * bills)
        m, sd = mean[c] / 1000, 0.15 * mean[c] / 1000
        sigma = np.hypot(model.NOISE * energy[rows], 0.003 * m * full[rows] + 2.0)
        for k, story in enumerate(model.STORIES):
            x, z, _ = (v if isinstance(v, float) else v[rows] for v in model._design(story, readings))
            e, esd = model.EXTRA_MEAN[k] * m, model.EXTRA_SD[k] * m
            for scale in model.SCALES:

                def cost(p: Any, x: Any = x, z: Any = z, e: float = e, esd: float = esd, scale: float = scale) -> float:
                    fit = ((energy[rows] - p[0] * x - p[1] * z) / (sigma * scale)) ** 2
                    return float(fit.sum() + ((p[0] - m) / sd) ** 2 + ((p[1] - e) / esd) ** 2)

                minimize(cost, [m, e], method="BFGS")

    seconds = best(lambda: model.reconcile(prior, readings))
    peer_s = best(lambda: [one(c) for c in range(few)], 1) * cabinets / few
    said_text = (
        f"{cabinets} armoires, {bills} factures chacune, 7 histoires, 5 échelles de bruit ; pair mesuré sur {few} armoires"
    )
    return [
        row("lighting_energy : rapprochement des factures", seconds, "s", said_text, peer="scipy.optimize (BFGS)",
            peer_value=peer_s, ratio=seconds / peer_s)
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--quick", action="store_true")
    reader.add_argument("--json", action="store_true")
    asked = reader.parse_args()
    rows = energy_rows(GOAL_POINTS, 2_000 if asked.quick else LOOP_POINTS)
    rows += reconcile_rows(20_000, 5 if asked.quick else 40)
    if asked.json:
        json.dump(rows, sys.stdout, ensure_ascii=False)
    else:
        for one in rows:
            ratio = f"x{one['ratio']:.5f} ({one['peer']})"
            print(f"{one['name']:<40}{one['value']:>10.3f} {one['unit']}  {ratio}  {one['conditions']}")


if __name__ == "__main__":
    main()
