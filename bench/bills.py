"""Energy signatures of many meters, against opendsm (CalTRACK) on its samples of known truth.

Usage: bench/bills.py [--quick] [--json]. One core. Both see the daily energy and temperature of one year.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import peer

HERE = Path(__file__).parent
GOAL = 100_000


def measure(quick: bool) -> list[dict[str, Any]]:
    """Meters a second, and how near both are to the truth of the samples."""
    from jumeau.engines.buildings.bills import degree_days, expected, fit

    samples = json.loads(peer.run_peer("opendsm", HERE / "peers" / "bills_opendsm.py"))
    words, seconds = [], 0.0
    for s in samples:
        use, outdoor = np.array([s["use"]]), np.array(s["celsius"])
        seconds += s["seconds"]
        days = len(outdoor)
        cold = degree_days(outdoor, np.arange(days), np.ones(days, np.int64))
        found = fit(use, cold, np.ones(days))
        ours = float(np.nanstd(use - expected(found, cold)) / np.nanmean(use))
        theirs = float(np.nanstd(use[0] - np.array(s["predicted"], float)[:days]) / np.nanmean(use))
        base = s["truth"]["annual_baseline_base_load"] / days
        balance = (s["truth"].get("baseline_heating_balance_point") or np.nan) - 32
        words.append(
            f"{s['name']} : base {found.base[0] / base:.2f} de la vraie, équilibre {found.balance[0]:.1f} °C "
            f"(vrai {balance / 1.8:.1f}), erreur type {ours:.2f} contre {theirs:.2f} pour le pair"
        )
    count, months = (20_000 if quick else 200_000), 24
    rng = np.random.default_rng(0)
    cold = degree_days(10 + 9 * np.sin(np.arange(months * 30) / 58), np.arange(months) * 30, np.full(months, 30))
    many = rng.uniform(5, 50, (count, 1)) + rng.uniform(0, 8, (count, 1)) * cold[:, 15] + rng.normal(0, 2, (count, months))
    start = time.perf_counter()
    for first in range(0, count, 10_000):
        fit(many[first : first + 10_000], cold, np.full(months, 30.0))
    rate = count / (time.perf_counter() - start)
    peer_rate = len(samples) / seconds
    return [{
        "name": "bills_signatures", "value": round(rate), "unit": "compteurs/s", "peer": "opendsm DailyModel (365 jours)",
        "peer_value": round(peer_rate, 2), "ratio": round(rate / peer_rate), "floor": None, "floor_share": None,
        "conditions": f"un cœur, 24 factures mensuelles par compteur, but {GOAL} ; " + " ; ".join(words),
    }]  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args()
    results = measure(said.quick)
    if said.json:
        print(json.dumps(results, ensure_ascii=False, indent=1))
        return
    for r in results:
        print(f"{r['name']}: {r['value']} {r['unit']}, {r['peer']} {r['peer_value']}, ratio {r['ratio']} ({r['conditions']})")


if __name__ == "__main__":
    main()
