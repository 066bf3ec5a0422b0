"""The buildings view on a real twin: the sheet of a building, its hours, the stock and its trajectory, without a barrier."""

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
    stock = page.get_by_role("region", name="Échéances des bâtiments")
    expect(stock).to_contain_text("Directive (UE) 2023/1791", timeout=60_000)
    expect(page.get_by_role("img", name="Trajectoire du décret tertiaire, commune:34001")).to_be_visible()
    expect(page.get_by_role("region", name="Entités")).to_contain_text("540")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
