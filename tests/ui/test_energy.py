"""The energy panels of the lighting view on the real application: a calendar tried, cabinets, what is odd."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import WIDTHS
from tests.ui.test_application import real, store, twin  # noqa: F401
from tests.ui.test_page import settle, violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", list(WIDTHS))
def test_the_panels_are_accessible_and_do_not_overflow(page: Page, real: str, width: str) -> None:  # noqa: F811
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    page.set_viewport_size(size)
    assert page.request.get(f"{real.rstrip('/')}/api/eclairage/34001/calendrier", timeout=60_000).ok
    settle(page, real, "eclairage?onglet=calendrier&commune=34001")
    expect(page.get_by_text("Ce que ce calendrier change en un an")).to_be_visible()
    expect(page.get_by_role("row", name="décembre")).to_be_visible()
    page.get_by_label("Part de la puissance gardée").fill("0.5")
    expect(page.get_by_text(re.compile(r"50\s%")).first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("tab", name="Armoires et factures").click()
    expect(page.get_by_text("Aucune armoire").first).to_be_visible(timeout=30_000)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
