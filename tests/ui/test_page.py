"""The page in a real browser, on a test-only server: accessibility, keyboard, no outside request, a map that is drawn."""

import base64
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.ui import fixture_data
from tests.ui.conftest import AXE, WIDTHS
from tests.ui.fixture_server import World

ROUTES = (
    "carte",
    "indicateurs",
    "programme",
    "eclairage",
    "batiments",
    "historique",
    "donnees",
    "carte?couche=luminaire&actif=pl-0004",
)
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


def press_until_focused(page: Page, key: str, name: str, limit: int = 120) -> None:
    """Press a key until the focused element has this accessible name."""
    said = "(document.activeElement?.getAttribute('aria-label') || document.activeElement?.innerText || '').trim()"
    for _ in range(limit):
        page.keyboard.press(key)
        if page.evaluate(said) == name:
            return
    pytest.fail(f"« {name} » cannot be reached with {key}")


def test_edit_and_undo_with_the_keyboard_alone(page: Page, address: str, world: World) -> None:
    settle(page, address, "carte")
    page.locator("body").focus()
    press_until_focused(page, "Tab", "Communes")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Équipements")).to_be_focused()
    expect(page.get_by_text("300 équipements trouvés")).to_be_visible()
    press_until_focused(page, "Tab", "PL 0001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="PL 0001")).to_be_focused()
    before = world.winning("pl-0001", "lamp_power_w")["value"]

    press_until_focused(page, "Tab", "Modifier : Puissance nominale de la lampe")
    page.keyboard.press("Enter")
    field = page.get_by_label("Nouvelle valeur (W)")
    expect(field).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("soixante")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Écrivez un nombre")
    assert world.head == 1
    field.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("62,5")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Relevé de terrain")
    page.keyboard.press("Enter")
    notice = page.get_by_role("status").filter(has_text="Valeur enregistrée")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("62,5 W")
    claim = world.winning("pl-0001", "lamp_power_w")
    assert (claim["value"], claim["origin"], world.commits[0]["message"]) == (62.5, "measured", "Relevé de terrain")
    expect(page.get_by_role("listitem").filter(has_text="62,5 W").first).to_contain_text("mesuré")

    press_until_focused(page, "Tab", "Annuler cette modification", 3)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Modification annulée")).to_be_visible()
    assert world.winning("pl-0001", "lamp_power_w")["value"] == before
    assert world.head == 3


def test_map_selects_what_is_at_its_centre_with_enter(page: Page, address: str) -> None:
    settle(page, address, "carte?couche=luminaire&actif=pl-0004")
    page.get_by_role("button", name="Fermer la fiche").click()
    page.wait_for_timeout(1200)
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="PL 0004")).to_be_visible()


def test_row_of_a_commune_selects_it_on_the_map(page: Page, address: str) -> None:
    settle(page, address, "carte")
    page.get_by_role("button", name="Hortus").click()
    assert "commune=99008" in page.url
    page.wait_for_timeout(1200)
    outline = colour_shares(page, ".maplibregl-map").get("179 71 10", 0)
    assert outline > 0.001, "the chosen commune has no outline"
    page.get_by_role("button", name="Voir ses équipements").click()
    expect(page.get_by_role("combobox", name="Commune", exact=True)).to_have_value("99008")


def test_conflict_is_told_and_nothing_is_written(page: Page, address: str, world: World) -> None:
    settle(page, address, "carte?couche=luminaire&actif=pl-0002")
    page.get_by_role("button", name="Modifier : Année d'installation").click()
    world.edit("pl-0002", {"changes": {"install_year": 2001}, "origin": "declared", "message": "un autre"})
    page.get_by_label("Nouvelle valeur").fill("2010")
    page.get_by_label("Pourquoi ce changement").fill("essai")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("a changé")
    assert world.winning("pl-0002", "install_year")["value"] == 2001


def test_history_undo_asks_first(page: Page, address: str, world: World) -> None:
    world.edit("pl-0003", {"changes": {"height_m": 8.0}, "origin": "measured", "message": "mesure du mât"})
    settle(page, address, "historique")
    page.get_by_role("button", name="Annuler : mesure du mât").click()
    expect(page.get_by_role("dialog")).to_contain_text("mesure du mât")
    page.keyboard.press("Escape")
    assert world.head == 2
    page.get_by_role("button", name="Annuler : mesure du mât").click()
    page.get_by_role("button", name="Oui, annuler cette écriture").click()
    expect(page.get_by_text("Écriture annulée.")).to_be_visible()
    assert world.winning("pl-0003", "height_m")["value"] is None


def test_programme_tables_agree_with_the_data(page: Page, address: str) -> None:
    settle(page, address, "programme")
    plan = fixture_data.programme()
    spent = round(sum(a["cost"]["value"] for a in plan["actions"] if a["year"]))
    shown = page.get_by_role("row", name="Total").get_by_role("cell").first.inner_text()
    assert int("".join(c for c in shown if c.isdigit())) == spent
    chosen = sum(a["year"] is not None for a in plan["actions"])
    expect(page.get_by_text(f"{chosen} sur {len(plan['actions'])}")).to_be_visible()
    expect(page.get_by_text("au plus 2,3 % de mieux")).to_be_visible()
    page.get_by_label("Afficher").select_option("Actions non retenues")
    expect(page.get_by_text("Le budget de chaque année").first).to_be_visible()
    expect(page.get_by_text(f"{len(plan['actions']) - chosen} actions")).to_be_visible()


def test_who_pays_agrees_with_the_data(page: Page, address: str) -> None:
    settle(page, address, "programme")
    found = fixture_data.financing()
    expect(page.get_by_role("heading", name="Qui paie")).to_be_visible()
    table = page.get_by_role("table", name="Coût toutes taxes comprises")
    expect(table.get_by_role("row")).to_have_count(len(found["owners"]) + 1)
    owner = max(found["owners"], key=lambda one: one["cost_cents"])
    row = table.get_by_role("row").nth(1)
    expect(row).to_contain_text(owner["nom"])
    own = "".join(c for c in row.locator("td").last.inner_text().split("€")[0] if c.isdigit())
    assert int(own) == round(owner["own_cents"] / 100)
    bar = page.get_by_role("img", name=f"{owner['nom']}, ")
    expect(bar).to_have_attribute("aria-label", re.compile("tva rendue .* reste à payer "))
    expect(page.get_by_text("à revérifier").first).to_be_visible()
    expect(page.get_by_text("il manque gain d'énergie finale après travaux. 24 actions concernées.")).to_be_visible()
    row.get_by_role("button").click()
    expect(page.get_by_role("table", name=f"Ressources : {owner['nom']}")).to_be_visible()
    assert violations(page) == []


def test_a_dead_service_is_told_in_french(page: Page, address: str) -> None:
    page.route("**/api/etat", lambda route: route.abort())
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text("Le jumeau ne répond pas")


def test_before_any_computation_the_page_says_so(page: Page, address: str) -> None:
    nothing = {"indicators": [], "communes": [], "total": None}
    page.route("**/api/indicateurs*", lambda route: route.fulfill(json=nothing))
    page.route(
        "**/api/programme", lambda route: route.fulfill(status=404, json={"message": "Aucun programme.", "status": 404})
    )
    settle(page, address, "carte")
    expect(page.get_by_text("Aucun indicateur n’est encore calculé")).to_be_visible()
    expect(page.get_by_role("table", name="Communes du territoire").get_by_role("row")).to_have_count(13)
    settle(page, address, "programme")
    expect(page.get_by_text("Aucun programme n’a encore été calculé.")).to_be_visible()
    assert violations(page) == []


def test_reader_without_the_right_sees_no_edit_button(page: Page, address: str, world: World) -> None:
    state = world.state()
    state["actor"] = {"id": "anonyme", "name": "Lecteur", "rights": ["read"]}
    page.route("**/api/etat", lambda route: route.fulfill(json=state))
    settle(page, address, "carte?couche=luminaire&actif=pl-0004")
    expect(page.get_by_role("heading", name="PL 0004")).to_be_visible()
    expect(page.get_by_text("Lecture seule")).to_be_visible()
    expect(page.get_by_role("button", name="Modifier")).to_have_count(0)


def test_open_form_and_dialog_are_clean(page: Page, address: str, world: World) -> None:
    settle(page, address, "carte?couche=luminaire&actif=pl-0004")
    page.get_by_role("button", name="Modifier : Technologie").click()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("pourquoi")
    assert violations(page) == []
    world.edit("pl-0003", {"changes": {"height_m": 8.0}, "origin": "measured", "message": "mesure du mât"})
    settle(page, address, "historique")
    page.get_by_role("button", name="Annuler : mesure du mât").click()
    assert violations(page) == []
