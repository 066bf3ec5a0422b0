"""Peers of the benches: each has its own lock and its own environment, and runs as another process."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def peer_python(name: str) -> Path:
    """Python of the environment of `bench/peers/NAME.txt`, made on first use and again when the lock changes."""
    lock = ROOT / "bench" / "peers" / f"{name}.txt"
    home = ROOT / ".tools" / "peers" / name
    python, stamp = home / "bin" / "python", home / "lock.txt"
    if python.exists() and stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return python
    uv = [str(ROOT / ".tools" / "bin" / "uv")]
    quiet = {"check": True, "stdout": sys.stderr, "env": os.environ | {"UV_PYTHON_DOWNLOADS": "never"}}
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)], **quiet)
    command = [*uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(lock)]
    subprocess.run(command, **quiet)
    stamp.write_bytes(lock.read_bytes())
    return python


def run_peer(name: str, script: Path, *arguments: str) -> str:
    """What `script` prints when it runs in the environment of a peer, which sees nothing of the product."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    command = [str(peer_python(name)), str(script), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=clean).stdout
