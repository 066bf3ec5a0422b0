"""Shared fixtures. Tests marked `data` or `postgis` fail in CI instead of skipping when what they need is not there."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

POSTGRES = Path("/usr/lib/postgresql/15/bin")
POSTGIS = Path("/usr/share/postgresql/15/extension/postgis.control")
ROOT = Path(__file__).resolve().parents[1]


def find_data() -> Path | None:
    """The open data folder: JUMEAU_DATA, or ../shared beside the checkout."""
    for place in (os.environ.get("JUMEAU_DATA"), ROOT.parent / "shared" / "data"):
        if place and Path(place).is_dir():
            path = Path(place)
            return path / "data" if (path / "data").is_dir() else path
    return None


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real open data; the test skips with a reason when it is not there."""
    found = find_data()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("open data folder missing in CI: set JUMEAU_DATA")
        pytest.skip("no open data folder: set JUMEAU_DATA")
    return found


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[str]:
    """Address of a database of a PostgreSQL server of our own, which stops with the session."""
    if not (POSTGRES / "initdb").exists() or not POSTGIS.exists():
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL missing in CI: install postgresql-15-postgis-3")
        pytest.skip("no PostgreSQL: install postgresql-15-postgis-3")
    pytest.importorskip("psycopg")
    folder = Path(tempfile.mkdtemp(prefix="jumeau-postgis-"))
    folder.chmod(0o755)
    # initdb refuses root; nobody can only enter folders open to all.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    options: dict[str, Any] = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    initdb = [POSTGRES / "initdb", "-D", folder / "data", "-U", "jumeau", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run(initdb, check=True, **options)
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "shared_buffers=64MB"]
    command = [POSTGRES / "postgres", "-D", folder / "data", *(x for s in settings for x in ("-c", s))]
    server = subprocess.Popen(command, **options)
    try:
        ready = [POSTGRES / "pg_isready", "-q", "-h", folder, "-U", "jumeau"]
        while subprocess.run(ready, check=False).returncode and server.poll() is None:
            time.sleep(0.05)
        yield f"postgresql://jumeau@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)
