"""A built page, a fixture server and one Chromium for the browser tests."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.ui.fixture_server import World, make_server

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "src" / "jumeau" / "web" / "static"
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
WIDTHS = {"bureau": (1440, 900), "telephone": (390, 844)}


def _need(found: bool, reason: str) -> None:
    if found:
        return
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def static() -> Path:
    """The built page."""
    _need((STATIC / "index.html").is_file(), "page not built: run `npm ci && npm run build` in ui/")
    return STATIC


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = shutil.which("chromium") or ""
    _need(bool(path), "chromium missing: apt-get install chromium")
    with sync_playwright() as tool:
        chromium = tool.chromium.launch(executable_path=path, args=[*FLAGS, "--disable-sync"])
        yield chromium
        chromium.close()


@pytest.fixture
def world() -> World:
    """The state behind the fixture server."""
    return World()


@pytest.fixture
def address(static: Path, world: World) -> Iterator[str]:
    """Address of a fixture server with a fresh state."""
    server = make_server(static, world)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def requested() -> list[str]:
    """Addresses the page asked for."""
    return []


@pytest.fixture
def page(browser: Browser, requested: list[str]) -> Iterator[Page]:
    """A desktop page that fails the test on an uncaught error."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="fr-FR", reduced_motion="reduce")
    tab = context.new_page()
    tab.set_default_timeout(15_000)
    expect.set_options(timeout=15_000)
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    tab.on("request", lambda request: requested.append(request.url))
    yield tab
    context.close()
    assert errors == []
