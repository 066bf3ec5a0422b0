"""The lighting view on the real application: rules of the night, a street computed and its lantern chosen."""

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import WIDTHS
from tests.ui.test_application import real, store, twin  # noqa: F401
from tests.ui.test_page import settle, violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", list(WIDTHS))
def test_rules_and_street_are_accessible_and_do_not_overflow(page: Page, real: str, width: str) -> None:  # noqa: F811
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    page.set_viewport_size(size)
    settle(page, real, "eclairage?onglet=conformite&commune=34001&regle=lumiere_donnees")
    expect(page.get_by_text("Calculer sa rue").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("tab", name="Calcul d’une rue").click()
    page.get_by_role("button", name="Trouver la LED").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible()
    expect(page.get_by_text("tient la classe").first).to_be_visible()
    assert page.locator("svg[role=img]").count() == 2
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_street_comes_from_a_luminaire_and_an_error_is_said(page: Page, real: str) -> None:  # noqa: F811
    settle(page, real, "carte?couche=luminaire&actif=PL-000")
    page.get_by_role("link", name="Fiche de sa rue").click()
    expect(page.get_by_text("Décrite à partir du luminaire")).to_be_visible()
    expect(page.get_by_text("par défaut", exact=False).first).to_be_visible()
    expect(page.get_by_role("heading", name="Grille photométrique")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Largeur de la chaussée").fill("7")
    page.get_by_label("Intervalle entre luminaires").fill("")
    page.get_by_role("button", name="Calculer", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("spacing_m")


@pytest.mark.parametrize("width", list(WIDTHS))
def test_the_sky_is_on_the_map_with_its_limits(page: Page, real: str, width: str) -> None:  # noqa: F811
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    page.set_viewport_size(size)
    settle(page, real, "eclairage?onglet=ciel&ciel=alone")
    expect(page.get_by_role("heading", name="Ce que ces chiffres disent")).to_be_visible(timeout=30_000)
    opened = page.get_by_role("region", name="Lumière vers le ciel, par commune").get_by_role("button", name="Aubais")
    opened.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Luminaire par luminaire : Aubais")).to_be_visible()
    expect(page.get_by_role("row", name="aucun autre luminaire à moins de 100 m")).to_contain_text("50")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
