"""The real application on loopback, for the browser tests."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from jumeau.web.app import create_app

START_S = 10.0


@contextmanager
def serving(twin: Any, static: Path | None = None) -> Iterator[str]:
    """Address of the application on a twin, until the block ends."""
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(twin, static=static), log_level="critical", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    try:
        limit = time.monotonic() + START_S
        while not server.started and thread.is_alive() and time.monotonic() < limit:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{door.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(10)
        door.close()
