"""Buying together, following, trying other prices and weighing a loan: on a real twin, by keyboard, at both widths."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.twin.conftest import write_lights
from tests.twin.test_costs import contracts
from tests.twin.test_means import OFGL
from tests.ui.conftest import WIDTHS
from tests.ui.serving import serving
from tests.ui.test_page import settle, violations

from jumeau.model.provenance import Source
from jumeau.twin import Twin, open_twin

pytestmark = pytest.mark.browser
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "programme" / "ensemble.yaml"
BUYING = "achats?achat=etudes_inventaires-2027"
LAMP = "Lanterne LED sur support existant"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Lights of three communes, awarded contracts, accounts of one commune, and a programme with a lot and an envelope."""
    folder = tmp_path_factory.mktemp("achats")
    (folder / "ofgl.csv").write_text(OFGL, encoding="utf-8")
    with open_twin(folder / "jumeau", create=True) as twin:
        twin.load_communes("34")
        twin.import_file(write_lights(folder / "lights.csv"), "luminaire")
        twin.import_file(folder / "ofgl.csv", "agregat_comptable", source=Source(id="ofgl", title="OFGL"))
        twin.import_file(contracts(folder / "decp.json"), "marche_attribue")
        twin.diagnose("lighting")
        twin.plan(options=EXAMPLE, budgets=dict.fromkeys(("commune:34172", "commune:34057", "commune:34129"), 6000.0))
        yield twin


@pytest.fixture(scope="module")
def home(built: Twin) -> Iterator[str]:
    """Address of the application on that twin."""
    with serving(built) as address:
        yield address


@pytest.mark.parametrize("width", list(WIDTHS))
@pytest.mark.parametrize("route", [BUYING, "achats?onglet=suivre", "programme?proprietaire=commune:34057"])
def test_axe_finds_nothing_and_nothing_overflows(page: Page, home: str, route: str, width: str) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    settle(page, home, route)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_purchase_is_opened_shared_and_downloaded(page: Page, home: str) -> None:
    settle(page, home, "achats")
    opener = page.get_by_role("button", name="Ouvrir l’achat : inventaires et études")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#achat")).to_be_focused()
    key = page.get_by_label("Clé de partage de la convention")
    key.select_option("shapley")
    expect(page.get_by_text("personne ne paie plus que seul")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Paie ensemble")).to_be_visible()
    for name, start in (("Excel", b"PK"), ("Projet de convention de groupement de commandes, Word", b"PK"),
                        ("Programme fonctionnel (extrait du cahier des clauses techniques), PDF", b"%PDF")):  # fmt: skip
        with page.expect_download() as waited:
            page.get_by_role("link", name=name, exact=name != "Excel").first.press("Enter")
        assert Path(waited.value.path()).read_bytes().startswith(start)
    expect(page.get_by_role("heading", name="Volumes pour l’industrie, sans nommer personne")).to_be_visible()


def test_costs_seen_elsewhere_show_their_outliers(page: Page, home: str) -> None:
    settle(page, home, "achats")
    page.get_by_role("button", name=f"Voir les textes classés : {LAMP}").press("Enter")
    expect(page.get_by_text("écarté : trop loin des autres")).to_have_count(1)
    assert violations(page) == []


def test_the_life_of_an_action_by_keyboard(page: Page, home: str) -> None:
    settle(page, home, "achats?onglet=suivre")
    page.get_by_role("button", name="Mettre en suivi les actions du programme").press("Enter")
    expect(page.get_by_text("actions suivies.")).to_be_visible()
    first = page.get_by_role("button", name="Dire ce qui est arrivé à").first
    first.press("Enter")
    form = page.locator("form.card")
    expect(form.get_by_role("heading")).to_be_focused()
    form.get_by_label("Commande", exact=True).fill("2026-03-02")
    form.get_by_label("Coût réel hors taxes (€)").fill("1234,5".replace(",", "."))
    form.get_by_role("button", name="Enregistrer").press("Enter")
    expect(page.get_by_text("Enregistré. L’écriture peut être annulée depuis l’historique.")).to_be_visible()
    expect(page.get_by_role("cell", name="commandée")).to_have_count(1)
    assert violations(page) == []


def test_a_commune_chosen_in_the_programme_keeps_its_actions_only(page: Page, home: str) -> None:
    settle(page, home, "programme")
    listed = page.locator("section[aria-labelledby=actions]")
    every = listed.locator("p[role=status]").inner_text()
    chosen = page.locator("section[aria-labelledby=carte] tbody tr").first
    name, count = chosen.get_by_role("button").inner_text(), chosen.locator("td").last.inner_text()
    chosen.get_by_role("button").press("Enter")
    expect(listed.get_by_role("heading", name=name)).to_be_visible()
    assert listed.locator("p[role=status]").inner_text().startswith(count)
    listed.get_by_role("button", name="Pourquoi").first.press("Enter")
    expect(page.locator("#pourquoi")).to_be_focused()
    listed.get_by_role("button", name="Montrer toutes les communes").press("Enter")
    expect(listed.locator("p[role=status]")).to_have_text(every)
    assert violations(page) == []


def test_a_slider_of_price_and_one_of_budget(page: Page, home: str) -> None:
    settle(page, home, "programme?proprietaire=commune:34172")
    trial = page.locator("section[aria-labelledby=essai]")
    power = trial.get_by_label("Électricité (et autres énergies hors fossile)")
    power.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    expect(trial.get_by_text("déplacée(s)")).to_be_visible()
    expect(trial.get_by_role("row", name="Gain")).to_be_visible()
    assert "× 1,6" in trial.inner_text()
    expect(trial.get_by_role("slider", name="Montpellier")).to_have_count(1)
    trial.get_by_label("Ajouter le budget d’un maître d’ouvrage").select_option("commune:34057")
    budget = trial.get_by_role("slider", name="Castelnau-le-Lez")
    budget.focus()
    page.keyboard.press("Home")
    expect(trial.get_by_text("déplacée(s)")).to_be_visible()
    trial.get_by_role("button", name="Retirer le curseur : Castelnau-le-Lez").press("Enter")
    expect(budget).to_have_count(0)
    trial.get_by_role("button", name="Tout remettre à 1").press("Enter")
    expect(trial.get_by_role("row", name="Gain")).to_have_count(0)
    assert violations(page) == []


def test_a_loan_is_weighed_and_missing_accounts_are_said(page: Page, home: str) -> None:
    settle(page, home, "programme?proprietaire=commune:34057")
    means = page.locator("section[aria-labelledby=moyens]")
    means.get_by_label("Emprunt à essayer (€)").fill("2000000")
    expect(means.get_by_text("au-delà du plafond")).to_be_visible()
    expect(means.get_by_text("à remplacer par celui de votre banque")).to_be_visible()
    settle(page, home, "programme?proprietaire=commune:34172")
    expect(means.get_by_text("Aucun compte importé pour ce maître d’ouvrage")).to_be_visible()
