"""Peers of the benches: each has its own lock and its own environment, and runs as another process."""

import os
import shutil
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


def peer_modules(name: str) -> Path | None:
    """Folder of the Node packages of `bench/peers/NAME/`, installed from its lock on first use; None without Node."""
    if shutil.which("npm") is None:
        return None
    lock = ROOT / "bench" / "peers" / name
    home = ROOT / ".tools" / "peers" / name
    stamp = home / "lock.json"
    if stamp.exists() and stamp.read_bytes() == (lock / "package-lock.json").read_bytes():
        return home
    home.mkdir(parents=True, exist_ok=True)
    for part in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(lock / part, home / part)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=home, check=True, stdout=sys.stderr)
    shutil.copy(lock / "package-lock.json", stamp)
    return home
