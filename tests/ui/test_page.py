"""The page in a real browser, on a test-only server: accessibility, keyboard, no outside request, a map that is drawn."""

import base64
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import AXE, WIDTHS

ROUTES = ("carte", "indicateurs", "programme", "historique", "donnees", "carte?couche=luminaire&actif=pl-0004")
pytestmark = pytest.mark.browser


def violations(page: Page) -> list[Any]:
    """Broken rules of axe-core among those tagged RGAA 4 and WCAG 2 AA."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {runOnly: ['RGAAv4', 'wcag2aa']})")
    assert len(found["passes"]) > 10
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found["violations"]]


HISTOGRAM = """async (picture) => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + picture;
  await image.decode();
  const pen = new OffscreenCanvas(image.width, image.height).getContext('2d');
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const shares = {};
  for (let k = 0; k < data.length; k += 4) {
    const colour = [data[k], data[k + 1], data[k + 2]].join(' ');
    shares[colour] = (shares[colour] ?? 0) + 4 / data.length;
  }
  return Object.fromEntries(Object.entries(shares).filter(([, share]) => share > 0.0001));
}"""


def colour_shares(page: Page, selector: str) -> dict[str, float]:
    """Share of each colour in what is really painted of one element."""
    picture = base64.b64encode(page.locator(selector).first.screenshot()).decode()
    found: dict[str, float] = page.evaluate(HISTOGRAM, picture)
    return found


def settle(page: Page, address: str, route: str) -> None:
    """Open a route and wait until nothing more is loading."""
    page.goto(f"{address}#/{route}")
    expect(page.get_by_text("Chargement…")).to_have_count(0)
    page.wait_for_timeout(300)


@pytest.mark.parametrize("width", list(WIDTHS))
@pytest.mark.parametrize("route", ROUTES)
def test_axe_finds_nothing_and_nothing_overflows(page: Page, address: str, route: str, width: str) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    settle(page, address, route)
    assert violations(page) == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_request_leaves_the_origin(page: Page, address: str, requested: list[str]) -> None:
    for route in ROUTES:
        settle(page, address, route)
    page.wait_for_timeout(800)
    kinds = {urlsplit(url).path.split("/")[1] for url in requested if url.startswith("http")}
    assert {"api", "tuiles", "assets"} <= kinds
    outside = [url for url in requested if not url.startswith((address, "data:", "blob:"))]
    assert outside == []


def test_map_is_drawn(page: Page, address: str) -> None:
    settle(page, address, "carte")
    page.wait_for_timeout(1500)
    shares = colour_shares(page, ".maplibregl-map")
    assert shares.get("15 71 97", 0) > 0.02, "the darkest class of the choropleth is not on the screen"
    assert sum(share > 0.02 for share in shares.values()) >= 5
    legend = page.get_by_label("Légende")
    expect(legend).to_contain_text("kWh/an")
    expect(legend).to_contain_text("inconnu")


def test_synthetic_is_said_on_every_route(page: Page, address: str) -> None:
    for route in ROUTES:
        settle(page, address, route)
        expect(page.get_by_role("banner").get_by_text("Données synthétiques")).to_be_visible()


def test_unknown_commune_is_not_zero(page: Page, address: str) -> None:
    settle(page, address, "carte")
    row = page.get_by_role("row", name="Mireval-Essai")
    expect(row).to_contain_text("inconnu")
    expect(row).not_to_contain_text("0 ")
