"""Shared fixtures. Tests marked `data` or `postgis` fail in CI instead of skipping when what they need is not there."""

import contextlib
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
from hypothesis import HealthCheck, settings

POSTGRES = Path("/usr/lib/postgresql/15/bin")
POSTGIS = Path("/usr/share/postgresql/15/extension/postgis.control")
ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


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
    with server() as address:
        yield address


class Postgres:
    """A PostgreSQL server of our own, run by an unprivileged user, that can be killed and started again.

    safe: write to the disk as in production, so that a kill proves something; within: a folder for its files.
    """

    def __init__(self, *, safe: bool = False, within: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="jumeau-postgis-", dir=within))
        self.folder.chmod(0o755)
        # initdb refuses root; nobody can only enter folders open to all.
        user = "nobody" if os.geteuid() == 0 else None
        if user:
            shutil.chown(self.folder, user)
        self.options: dict[str, Any] = {
            "user": user, "cwd": self.folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL
        }  # fmt: skip
        data = self.folder / "data"
        initdb = [POSTGRES / "initdb", "-D", data, "-U", "jumeau", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(initdb, check=True, **self.options)
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "shared_buffers=64MB"]
        settings += [f"fsync={'on' if safe else 'off'}"]
        self.command = [POSTGRES / "postgres", "-D", data, *(x for s in settings for x in ("-c", s))]
        self.address = f"postgresql://jumeau@/postgres?host={self.folder}"
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(self.command, **self.options)
        ready = [POSTGRES / "pg_isready", "-q", "-h", self.folder, "-U", "jumeau"]
        while subprocess.run(ready, check=False).returncode and self.process.poll() is None:
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the server and every process it made, as a power cut does; the disk is what it is."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.process.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop it and remove its folder."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def server(*, safe: bool = False) -> Iterator[str]:
    """Address of a database of a server that stops with the context."""
    found = Postgres(safe=safe)
    try:
        yield found.address
    finally:
        found.stop()
