"""The programme of many owners: plan and proven bound, beside general solvers on the same model; then how it grows.

Usage: bench/programme.py [--quick] [--json] [--table] [--owners N ...] [--seconds S] [--seed N] [--peers NAME ...].
With --table, the growth and the long plan alone, as the Markdown of docs/programme.md. The peers read the same model as an
MPS file, in an environment of their own. CPU seconds are given beside the clock: the machine may be shared.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

import peer

HERE = Path(__file__).resolve().parent
SOLVER = HERE / "peers" / "programme_solver.py"
GOAL_GAP = {60.0: 0.10, 600.0: 0.05}
PEERS = {60: {"scip": 90.0, "highs": 60.0}, 600: {"highs": 100.0, "cpsat": 100.0}}
"""Owners -> peer -> seconds it is given, on the model that we plan."""
TABLE = ((60, 60.0), (200, 60.0), (600, 60.0), (2000, 60.0), (600, 600.0))
"""Owners and seconds of the table of docs/programme.md."""
FIRST_SECONDS = 1.0
"""What is asked for the first plan [s]."""


def planned(owners: int, seconds: float, seed: int = 1) -> tuple[Any, float, float]:
    """A programme, its clock and CPU seconds, reading and checking included."""
    from jumeau.invest.instances import instance
    from jumeau.invest.question import answer

    question = instance(owners, seed)
    settings = msgspec.structs.replace(question.settings, seconds=seconds)
    clock, cpu = time.perf_counter(), time.process_time()
    plan = answer(msgspec.structs.replace(question, settings=settings))
    return plan, time.perf_counter() - clock, time.process_time() - cpu


def first_plan(owners: int, seed: int = 1) -> list[dict[str, Any]]:
    """How long a first plan takes, checked, its bound included; the floor is to turn the same tables into Python rows."""
    from jumeau.invest.instances import instance

    question = instance(owners, seed)
    planned(12, FIRST_SECONDS, seed)
    cpu = time.process_time()
    for table in (question.actions, question.effects, question.budgets):
        table.to_pylist()
    floor_cpu = time.process_time() - cpu
    plan, clock, cpu = planned(owners, FIRST_SECONDS, seed)
    kept = "valable" if plan.chosen.num_rows else "vide"
    said = f"{owners} maîtres d'ouvrage, graine {seed}, plan {kept} de {plan.objective / 1e6:.1f} M€, vérifié"
    said += f", {clock:.1f} s d'horloge ; plancher : lire les mêmes tables, {floor_cpu:.2f} s ; objectif 5 s"
    return [row(f"programme {owners} : premier plan", cpu, "s de calcul", said, peer="objectif", peer_value=5.0,
                ratio=cpu / 5.0, floor=floor_cpu, floor_share=floor_cpu / cpu)]  # fmt: skip


def written(owners: int, file: Path, seed: int = 1) -> None:
    """The whole model as an MPS file, to minimise."""
    from jumeau.invest.formulation import formulate
    from jumeau.invest.instances import instance
    from jumeau.invest.problem import read_problem
    from jumeau.invest.screen import components, screen
    from jumeau.kernels.highs import write_mps

    question = instance(owners, seed)
    problem = read_problem(question.actions, question.effects, question.budgets, question.settings)
    (items,) = components(problem, screen(problem)[0])
    write_mps(formulate(problem, items).model, file)


def row(name: str, value: float, unit: str, conditions: str, **peers: Any) -> dict[str, Any]:
    """One line of the table of benches."""
    return {"name": name, "value": value, "unit": unit, "conditions": conditions} | peers


def measure(owners: int, seconds: float, solvers: list[str], seed: int = 1) -> list[dict[str, Any]]:
    """Ours, then each peer on the same model."""
    plan, clock, cpu = planned(owners, seconds, seed)
    said = f"{owners} maîtres d'ouvrage, graine {seed}, {seconds:.0f} s demandées"
    said += f", {clock:.0f} s d'horloge, {cpu:.0f} s de calcul"
    goal = next((g for s, g in GOAL_GAP.items() if seconds <= s), 0.05)
    out = [
        row(f"programme {owners} : écart prouvé", 100 * plan.gap, "%", said, peer="objectif", peer_value=100 * goal,
            ratio=plan.gap / goal),
        row(f"programme {owners} : gain du plan", plan.objective / 1e6, "M€", said, peer="borne prouvée",
            peer_value=plan.bound / 1e6, ratio=plan.objective / plan.bound),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "programme.mps"
        if solvers:
            written(owners, file, seed)
        for name in solvers:
            limit = PEERS.get(owners, {}).get(name, 100.0)
            said_by = peer.run_peer("solvers", SOLVER, name, str(file), str(limit))
            found = json.loads(said_by.strip().splitlines()[-1])
            value = found["plan"] / 1e6 if found["plan"] is not None else None
            text = (
                f"{said} ; {name} : {limit:.0f} s, borne {(found['bound'] or 0) / 1e6:.1f} M€, {found['cpu']:.0f} s de calcul"
            )
            ratio = plan.objective / found["plan"] if found["plan"] else None
            text += "" if found["plan"] else " ; aucun plan trouvé"
            out.append(row(f"programme {owners} : gain contre {name}", plan.objective / 1e6, "M€", text, peer=name,
                           peer_value=value, ratio=ratio))  # fmt: skip
    return out


def table(seed: int) -> None:
    """Growth and the long plan, as Markdown, a line as soon as it is known."""
    print("| maîtres d'ouvrage | demandé | horloge | calcul | gain | borne prouvée | écart |\n|---|---|---|---|---|---|---|")
    for owners, seconds in [(owners, FIRST_SECONDS) for owners in sorted({o for o, _ in TABLE})] + list(TABLE):
        plan, clock, cpu = planned(owners, seconds, seed)
        found = f"{plan.objective / 1e6:.1f} M€ | {plan.bound / 1e6:.1f} M€ | {100 * plan.gap:.1f} %".replace(".", ",")
        said = f"{clock:.1f} s | {cpu:.1f} s".replace(".", ",")
        print(f"| {owners} | {seconds:.0f} s | {said} | {found} |", flush=True)


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--quick", action="store_true")
    reader.add_argument("--json", action="store_true")
    reader.add_argument("--table", action="store_true")
    reader.add_argument("--owners", type=int, nargs="*")
    reader.add_argument("--seconds", type=float, default=60.0)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--peers", nargs="*", choices=("scip", "highs", "cpsat"))
    asked = reader.parse_args()
    if asked.table:
        table(asked.seed)
        return
    sizes = asked.owners or ([20] if asked.quick else [60, 200, 600, 2000])
    rows = []
    for owners in sizes:
        solvers = asked.peers if asked.peers is not None else [] if asked.quick else list(PEERS.get(owners, {}))
        rows += first_plan(owners, asked.seed)
        rows += measure(owners, 12.0 if asked.quick else asked.seconds, solvers, asked.seed)
    if asked.json:
        json.dump(rows, sys.stdout, ensure_ascii=False)
        return
    for one in rows:
        ratio = f"  x{one['ratio']:.3f} ({one['peer']} {one['peer_value']:.2f})" if one.get("ratio") else ""
        print(f"{one['name']:<36}{one['value']:>12.2f} {one['unit']}{ratio}  {one['conditions']}")


if __name__ == "__main__":
    main()
