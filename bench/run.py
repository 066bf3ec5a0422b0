"""Runs every bench and prints one table. Usage: bench/run.py [--quick] [--json FILE] [NAME ...]"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NOT_BENCHES = {"run.py", "peer.py"}
COLUMNS = ("Mesure", "jumeau", "Comparé à", "Rapport", "Part du plancher", "Conditions")


def benches(wanted: list[str]) -> list[Path]:
    """Scripts to run, in order; all when none is named."""
    found = {path.stem: path for path in sorted(HERE.glob("*.py")) if path.name not in NOT_BENCHES}
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise SystemExit(f"Mesure inconnue : {', '.join(unknown)}. Mesures connues : {', '.join(found) or 'aucune'}.")
    return [found[name] for name in wanted] if wanted else list(found.values())


def measure(script: Path, quick: bool) -> list[dict[str, Any]]:
    """Rows of one bench; a bench that fails gives one row that says so."""
    command = [sys.executable, str(script), "--json", *(["--quick"] if quick else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    try:
        rows: list[dict[str, Any]] = json.loads(done.stdout)
    except json.JSONDecodeError:
        rows = []
    if done.returncode or not rows:
        return [*rows, {"name": script.stem, "conditions": f"ÉCHEC (code {done.returncode})", "failed": True}]
    return rows


def figure(value: float | None, unit: str = "") -> str:
    """Three significant digits and a unit, as French print has them; empty when there is none."""
    if value is None:
        return ""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{text} {unit}".strip().replace(",", "\u202f").replace(".", ",")


def cells(row: dict[str, Any]) -> list[str]:
    """One row of the table."""
    unit = row.get("unit", "")
    peer = f"{row['peer']} : {figure(row.get('peer_value'), unit)}" if row.get("peer") else ""
    floor = row.get("floor_share")
    part = "" if floor is None else f"{floor:.0%}".replace("%", " %")
    return [row["name"], figure(row.get("value"), unit), peer, figure(row.get("ratio")), part, row.get("conditions", "")]


def table(rows: list[dict[str, Any]]) -> str:
    """The table, in Markdown."""
    lines = [list(COLUMNS), *(cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(COLUMNS))]
    printed = ["| " + " | ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)) + " |" for line in lines]
    printed.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(printed)


def main() -> int:
    """Run, print, and fail when a bench failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for script in benches(asked.names):
        print(f"{script.stem}…", file=sys.stderr, flush=True)
        rows += measure(script, asked.quick)
    if asked.json:
        asked.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    print(table(rows))
    return 1 if any(row.get("failed") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
