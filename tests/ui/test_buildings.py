"""The buildings view on a real twin: the sheet of a building, its hours, the stock and its trajectory, without a barrier."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.ui.serving import serving
from tests.ui.test_page import violations

from jumeau.twin import open_twin
from jumeau.twin.building_sheet import buildings_of

pytestmark = pytest.mark.browser
COMMUNE = "34001"
OPERAT = """Référence EFA;Dénomination;Propriétaire;Année;Consommation énergie finale (kWh);insee
EFA-1;École;commune:34001;2012;900000;34001
EFA-1;École;commune:34001;2024;610000;34001
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, static: Path) -> Iterator[tuple[str, str]]:
    """Address of the application on a synthetic twin, and a building of it."""
    folder = tmp_path_factory.mktemp("batiments")
    with open_twin(folder / "t", create=True) as twin:
        twin.load_communes("34")
        twin.load_synthetic("34", seed=1)
        (folder / "operat.csv").write_text(OPERAT, encoding="utf-8")
        twin.import_file(folder / "operat.csv", "consommation_tertiaire")
        known = next(row for row in buildings_of(twin, COMMUNE) if row.energy is not None)
        with serving(twin, static) as address:
            yield address, known.id


@pytest.mark.parametrize("width", [390, 1440])
def test_the_sheet_and_the_stock_are_without_barrier(page: Page, served: tuple[str, str], width: int) -> None:
    root, building = served
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{root}#/batiments?commune={COMMUNE}&batiment={building}")
    card = page.get_by_role("region", name="Enveloppe")
    expect(card).to_contain_text("Toiture", timeout=60_000)
    expect(page.get_by_role("list", name="Énergie avant et après chaque étape")).to_contain_text("kWh")
    button = page.get_by_role("button", name="Calculer les heures")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="Chauffage, semaine la plus froide")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("moins que ce que l’on ignore du bâtiment")).to_be_visible()
    expect(page.get_by_text("Ressenti dedans, paroi par paroi")).to_be_visible()
    page.get_by_role("radio", name="Paroi par paroi").check()
    expect(page.get_by_text("heures où l’on ressent plus de 28 °C")).to_be_visible()
    expect(page.get_by_text("Dedans, simple")).to_be_hidden()
    stock = page.get_by_role("region", name="Échéances des bâtiments")
    expect(stock).to_contain_text("Directive (UE) 2023/1791", timeout=60_000)
    curve = page.get_by_role("img", name="Trajectoire du décret tertiaire, commune d'Abeilhan. De 900")
    expect(curve).to_have_attribute(
        "aria-label", re.compile(r"en 2012 à 610\W000 kWh en 2024\. Objectifs : 540\W000 kWh en 2030")
    )
    expect(page.get_by_role("region", name="Entités")).to_contain_text("540")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_list_is_filtered_and_taken_away(page: Page, served: tuple[str, str]) -> None:
    root, _ = served
    page.goto(f"{root}#/batiments?commune={COMMUNE}")
    table = page.get_by_role("table", name=re.compile(r"^\d+ bâtiments$"))
    expect(table).to_be_visible(timeout=60_000)
    every = int(table.locator("caption").inner_text().split()[0])
    page.get_by_role("combobox", name="Usage").select_option("enseignement")
    some = page.get_by_role("table", name=re.compile(rf"^\d+ bâtiments sur {every}$"))
    expect(some).to_be_visible()
    kept = int(some.locator("caption").inner_text().split()[0])
    assert 0 < kept < every
    expect(page.get_by_text(re.compile(rf"^{kept} bâtiments?, dont"))).to_be_visible(timeout=60_000)
    assert "usage=enseignement" in page.url
    with page.expect_download() as taken:
        page.get_by_role("button", name="Télécharger la liste (CSV)").click()
    assert taken.value.suggested_filename == f"batiments-{COMMUNE}.csv"
    lines = Path(taken.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == kept + 1
    assert lines[0].startswith("Identifiant;Bâtiment;Propriétaire;Usage;Étiquette;Énergie (kWh/an)")
    assert all(line.split(";")[3] == "Enseignement" for line in lines[1:])
    page.get_by_role("button", name="Tout montrer").click()
    expect(table).to_be_visible()
    expect(page.get_by_text(re.compile(rf"^{every} bâtiments, dont"))).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("width", [390, 1440])
def test_optics_and_presence_have_a_view(page: Page, served: tuple[str, str], width: int) -> None:
    root, _ = served
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{root}#/eclairage?onglet=optiques")
    expect(page.get_by_text("Aucun fichier de fabricant")).to_be_visible(timeout=30_000)
    table = page.get_by_role("table", name="Part du temps à plein niveau, par heure")
    # on a narrow screen, cards that name each value stand for the row of titles
    expect(table.get_by_role("row")).to_have_count(6 if width > 700 else 5)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_epci_is_looked_at_as_a_whole(page: Page, served: tuple[str, str]) -> None:
    root, _ = served
    page.goto(f"{root}#/batiments?commune={COMMUNE}")
    place = page.get_by_role("combobox", name="Commune, intercommunalité ou département")
    expect(place).to_be_visible(timeout=60_000)
    place.select_option("243400819")
    title = "Le parc : Communauté d'agglomération Hérault-Méditerranée"
    expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=180_000)
    expect(page.get_by_role("table", name=re.compile(r"^\d{3} bâtiments$"))).to_be_visible(timeout=60_000)
    assert violations(page) == []


def test_a_twin_without_buildings_says_how_to_import_some(page: Page, static: Path, tmp_path: Path) -> None:
    with open_twin(tmp_path / "t", create=True) as twin:
        twin.load_communes("34")
        with serving(twin, static) as root:
            page.goto(f"{root}#/batiments")
            said = page.get_by_text("Ce jumeau ne contient encore aucun bâtiment")
            expect(said).to_contain_text("jumeau import batiments.geojson --as batiment", timeout=30_000)


@pytest.mark.parametrize("mode", ["dpe", "per_m2", "potential", "doubt"])
def test_each_colouring_has_a_legend_that_counts_every_building(page: Page, served: tuple[str, str], mode: str) -> None:
    root, building = served
    page.goto(f"{root}#/batiments?commune={COMMUNE}&couleur={mode}&batiment={building}")
    table = page.get_by_role("table", name=re.compile(r"^\d+ bâtiments$"))
    expect(table).to_be_visible(timeout=60_000)
    legend = page.locator("ul.legend[aria-labelledby=legende]")
    counts = [int(n) for n in re.findall(r"\((\d+)\)", legend.inner_text())]
    assert sum(counts) == int(table.locator("caption").inner_text().split()[0])
    expect(legend).to_contain_text("bâtiment choisi")
