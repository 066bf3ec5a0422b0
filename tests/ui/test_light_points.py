"""The inventory and compliance panel on the real application: colours, filters, one luminaire, the list as a file."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import WIDTHS
from tests.ui.test_application import real, store, twin  # noqa: F401
from tests.ui.test_page import settle, violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", list(WIDTHS))
def test_the_panel_is_accessible_and_does_not_overflow(page: Page, real: str, width: str) -> None:  # noqa: F811
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    page.set_viewport_size(size)
    settle(page, real, "eclairage?commune=34001&couleur=technologie")
    expect(page.get_by_role("heading", name="Que mesurer d’abord")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="À vérifier dans l’inventaire")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_filters_apply_to_the_counts_the_list_and_the_file(page: Page, real: str) -> None:  # noqa: F811
    settle(page, real, "eclairage?commune=34001")
    whole = page.get_by_role("region", name="Luminaires par conformité")
    expect(whole).to_be_visible(timeout=30_000)
    page.get_by_text("Ne garder que").click()
    filters = page.get_by_role("group", name="Ne garder que")
    filters.get_by_label("Technologie").select_option(label="sodium haute pression")
    expect(page).to_have_url(re.compile("f_technologie"))
    page.get_by_label("Colorer par").select_option(label="Technologie")
    rows = page.get_by_role("region", name="Luminaires par technologie").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("100")
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger la liste").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    lines = text.splitlines()
    assert lines[0].startswith("id;Luminaire;")
    assert len(lines) > 10
    assert all("sodium haute pression" in line for line in lines[1:])
    page.get_by_role("button", name="Retirer les filtres").click()
    expect(rows).to_have_count(3)


def test_a_luminaire_opens_from_the_keyboard_and_leads_to_its_street(page: Page, real: str) -> None:  # noqa: F811
    settle(page, real, "eclairage?commune=34001")
    listed = page.get_by_role("region", name="Luminaires gardés par les filtres").get_by_role("row")
    first = listed.nth(1).get_by_role("button")
    expect(first).to_be_visible(timeout=30_000)
    first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Règle par règle")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Ouvrir la fiche de sa rue").click()
    expect(page.get_by_role("tab", name="rue", selected=True)).to_be_visible()
