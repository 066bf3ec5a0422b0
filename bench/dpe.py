"""Official DPE: how many come within 5 % on all four outputs, and how many a second, against Open3CL on the same files.

Usage: bench/dpe.py [--quick] [--json]. One core. Reading the files is measured apart from computing. Rates count the DPE
whose heating, hot water, primary energy and gases are all within 5 % of what the certified software recorded; both engines
are judged by the same function. Open3CL strict has its two flags off; compat has both on (known mistakes of certified
software reproduced, recorded rows believed).
"""

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import peer

HERE = Path(__file__).parent
ROOT = HERE.parent
GOAL_PER_S, GOAL_STRICT, GOAL_TRUST = 10_000, 0.80, 0.92
DATA = "batiments/dpe-xml-open3cl/dpe-xml.tar.gz"


def archive() -> Path | None:
    """The official files, where the tests find them."""
    import os

    for place in (os.environ.get("JUMEAU_DATA"), ROOT.parent / "shared" / "data"):
        if place and (Path(place) / DATA).exists():
            return Path(place) / DATA
    return None


def peer_runs(folder: Path, count: int) -> dict[str, Any]:
    """What Open3CL answers in both ways; empty without Node."""
    modules = peer.peer_modules("open3cl")
    if modules is None:
        return {}
    out = {}
    for mode in ("strict", "compat"):
        command = ["node", str(HERE / "peers" / "dpe_open3cl.mjs"), str(modules), str(folder), mode]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        found["per_s"] = count / found["computing"]
        out[mode] = found
    return out


def peer_rate(batch: Any, area: Any, found: dict[str, Any], order: list[str]) -> float:
    """Share of the files on which Open3CL is within 5 % four times."""
    from jumeau.engines.buildings.dpe.agreement import factor_of, within

    by_name = {row["number"]: row for row in found["results"]}

    def column(name: str) -> Any:
        values = [by_name[n].get(name) for n in order]
        return np.array([np.nan if v is None else float(v) for v in values])

    primary = np.where(factor_of(batch) < 2, column("primary_2026"), column("primary_2021"))
    with np.errstate(invalid="ignore"):
        good = within(batch, area, column("heat"), column("water"), primary, column("gases"))
    return float(good.all_four.mean())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    source = archive()
    if source is None:
        raise SystemExit("Données ouvertes absentes : définir JUMEAU_DATA.")
    from jumeau.engines.buildings.dpe import compute
    from jumeau.engines.buildings.dpe.agreement import agreement, factor_of
    from jumeau.sources.dpe_xml import read_dpe

    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as place:
        with tarfile.open(source) as files:
            files.extractall(place, filter="data")
        paths = sorted(Path(place).rglob("*.xml"))
        began = time.perf_counter()
        batch = read_dpe(paths)
        reading = batch.size / (time.perf_counter() - began)
        others = peer_runs(paths[0].parent, batch.size)
        many = batch.take(np.tile(np.arange(batch.size), 20 if asked.quick else 60))
        conditions = f"{many.size} DPE, un cœur, colonnes déjà lues"
        for trust, mode, title in ((False, "strict", "méthode seule"), (True, "compat", "lignes notées crues")):
            compute(many, trust)
            times = []
            for _ in range(3):
                began = time.perf_counter()
                compute(many, trust)
                times.append(time.perf_counter() - began)
            speed = many.size / min(times)
            other = others.get(mode)
            line = {
                "name": f"DPE calculés, {title}", "value": speed, "unit": "DPE/s", "conditions": conditions,
                "floor": "objectif 10 000 DPE/s par cœur", "floor_share": speed / GOAL_PER_S,
            }  # fmt: skip
            if other:
                named = f"Open3CL 1.4.6 ({mode}), lecture comprise"
                line |= {"peer": named, "peer_value": other["per_s"], "ratio": speed / other["per_s"]}
            rows.append(line)
            out = compute(batch, trust, factor_of(batch))
            rate = float(agreement(batch, out).all_four.mean())
            goal = GOAL_TRUST if trust else GOAL_STRICT
            line = {
                "name": f"DPE à 5 % près sur quatre résultats, {title}", "value": 100 * rate, "unit": "%",
                "conditions": f"{batch.size} DPE officiels", "floor": f"objectif {goal:.0%}", "floor_share": rate / goal,
            }  # fmt: skip
            if other:
                theirs = peer_rate(batch, out.area_m2, other, [path.stem for path in paths])
                line |= {"peer": f"Open3CL 1.4.6 ({mode})", "peer_value": 100 * theirs, "ratio": rate / theirs}
            rows.append(line)
        chain = batch.size / (batch.size / reading + batch.size / speed)
        line = {"name": "DPE lus puis calculés", "value": chain, "unit": "DPE/s", "conditions": f"{batch.size} fichiers XML"}
        if others:
            line |= {
                "peer": "Open3CL 1.4.6 (compat)",
                "peer_value": others["compat"]["per_s"],
                "ratio": chain / others["compat"]["per_s"],
            }
        rows.append(line)
    if asked.json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    from run import table

    print(table(rows))


if __name__ == "__main__":
    main()
