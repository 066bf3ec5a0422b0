"""The page on the real application: store, view, tiles, events. Only the computed results are fixed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.ui.conftest import WIDTHS
from tests.ui.serving import serving
from tests.ui.test_page import ROUTES, colour_shares, settle, violations
from tests.web.conftest import SmallTwin, fill

from jumeau.model.claim import Claim
from jumeau.model.origin import Origin
from jumeau.sharing.actors import LOCAL_ADMIN
from jumeau.sharing.view import View
from jumeau.store.embedded import EmbeddedStore

pytestmark = pytest.mark.browser
LIGHT = "carte?couche=luminaire&actif=PL-000"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """Three communes and a hundred lights."""
    store = EmbeddedStore(tmp_path / "jumeau", create=True)
    fill(store)
    yield store
    store.close()


@pytest.fixture
def twin(store: EmbeddedStore, tmp_path: Path) -> SmallTwin:
    """A twin on that store."""
    return SmallTwin(View(store, LOCAL_ADMIN), tmp_path)


@pytest.fixture
def real(twin: SmallTwin, static: Path) -> Iterator[str]:
    """Address of the application, served on loopback."""
    with serving(twin, static) as address:
        yield address


@pytest.mark.parametrize("route", [*ROUTES[:6], LIGHT])
def test_every_route_is_clean_and_asks_nothing_outside(page: Page, real: str, requested: list[str], route: str) -> None:
    settle(page, real, route)
    assert page.get_by_role("alert").count() == 0
    expect(page.get_by_role("banner")).to_contain_text("Hérault (34)")
    expect(page.get_by_role("banner")).to_contain_text("Données synthétiques")
    assert violations(page) == []
    assert [url for url in requested if not url.startswith((real, "data:", "blob:"))] == []


def test_lights_of_our_own_tiles_are_painted(page: Page, real: str) -> None:
    settle(page, real, LIGHT)
    page.wait_for_timeout(2000)
    with_lights = colour_shares(page, ".maplibregl-map").get("179 71 10", 0)
    page.get_by_role("checkbox", name="Luminaires").uncheck()
    page.wait_for_timeout(1000)
    assert with_lights > colour_shares(page, ".maplibregl-map").get("179 71 10", 0) + 0.0001


def test_edit_writes_a_commit_of_the_store(page: Page, real: str, twin: SmallTwin) -> None:
    before = twin.view.head()
    settle(page, real, LIGHT)
    page.get_by_role("button", name="Modifier : Puissance nominale de la lampe").click()
    page.get_by_label("Nouvelle valeur (W)").fill("62,5")
    page.get_by_label("Pourquoi ce changement").fill("Relevé de terrain")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Valeur enregistrée")).to_contain_text("62,5 W")
    row = page.get_by_role("listitem").filter(has_text="Puissance nominale de la lampe").first
    expect(row).to_contain_text("mesuré")
    expect(row).to_contain_text("70 W")
    assert twin.view.head() == before + 1
    settle(page, real, "historique")
    expect(page.get_by_role("row", name="Relevé de terrain").first).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_past_day_is_shown_said_and_read_only(page: Page, real: str, twin: SmallTwin, width: str) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    twin.view.commit(
        [Claim(layer="luminaire", asset="PL-000", attribute="lamp_power_w", value=62.5, source="saisie:local",
               origin=Origin.MEASURED)], message="relevé",
    )  # fmt: skip
    settle(page, real, LIGHT)
    expect(page.get_by_text("62,5 W").first).to_be_visible()
    page.get_by_label("Voir le jumeau au").fill("2020-01-01")
    page.get_by_role("button", name="Voir", exact=True).click()
    banner = page.get_by_role("banner")
    expect(banner).to_contain_text("Vous regardez le passé : le jumeau tel qu'il était connu le 1 janvier 2020")
    expect(page.get_by_text("62,5 W")).to_have_count(0)
    expect(page.get_by_role("button", name="Modifier : Puissance nominale de la lampe")).to_have_count(0)
    assert violations(page) == []
    page.get_by_role("link", name="Historique").click()
    expect(banner).to_contain_text("Vous regardez le passé")
    expect(page.get_by_role("row", name="relevé")).to_have_count(0)
    page.get_by_role("button", name="Revenir à aujourd'hui").click()
    expect(banner).not_to_contain_text("Vous regardez le passé")
    expect(page.get_by_role("row", name="relevé").first).to_be_visible()


def test_undo_takes_the_commit_back_in_the_store(page: Page, real: str, twin: SmallTwin) -> None:
    settle(page, real, LIGHT)
    page.get_by_role("button", name="Modifier : Puissance nominale de la lampe").click()
    page.get_by_label("Nouvelle valeur (W)").fill("62,5")
    page.get_by_label("Pourquoi ce changement").fill("Relevé de terrain")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Valeur enregistrée")).to_be_visible()
    head = twin.view.head()
    page.get_by_role("button", name="Annuler cette modification").click()
    expect(page.get_by_text("Modification annulée")).to_be_visible()
    kept = page.get_by_role("listitem").filter(has_text="Puissance nominale de la lampe").first.locator(".value")
    expect(kept).to_contain_text("70 W")
    expect(kept).to_contain_text("déclaré")
    assert twin.view.head() == head + 1


def test_conflict_names_what_the_other_wrote(page: Page, real: str, twin: SmallTwin) -> None:
    settle(page, real, LIGHT)
    page.get_by_role("button", name="Modifier : Puissance nominale de la lampe").click()
    page.route("**/api/evenements", lambda route: route.abort())
    head = twin.view.head()
    body = {"changes": {"lamp_power_w": 99.0}, "origin": "declared", "message": "un autre", "expect": head}
    answer = page.request.patch(f"{real}api/couches/luminaire/actifs/PL-000", data=body)
    assert answer.status == 200, answer.text()
    page.get_by_label("Nouvelle valeur (W)").fill("55")
    page.get_by_label("Pourquoi ce changement").fill("essai")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("a changé")
    assert twin.view.head() == head + 1


def test_a_change_made_elsewhere_reaches_an_open_page(page: Page, real: str, twin: SmallTwin) -> None:
    settle(page, real, LIGHT)
    page.wait_for_timeout(800)
    body = {"changes": {"height_m": 7.25}, "origin": "measured", "message": "mât mesuré", "expect": twin.view.head()}
    assert page.request.patch(f"{real}api/couches/luminaire/actifs/PL-000", data=body).status == 200
    expect(page.get_by_text("7,25 m", exact=True)).to_be_visible()
