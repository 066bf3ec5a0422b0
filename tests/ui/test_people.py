"""Editing, scenarios and the round trip in the page, on the real application."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from tests.twin.conftest import ids_of, write_lights
from tests.ui.conftest import WIDTHS
from tests.ui.serving import serving
from tests.ui.test_page import settle, violations

from jumeau.model.provenance import Source
from jumeau.store.port import Moment
from jumeau.twin import Twin, attachments, branching, editing, localising, open_twin, searching, takeaway
from jumeau.twin.editing import Edit

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("static")]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f00050001ff89993d1d0000000049454e44ae426082"
)


@pytest.fixture
def lit(tmp_path: Path) -> Iterator[Twin]:
    """Twelve lights and a branch where two of them differ, one in conflict."""
    with open_twin(tmp_path / "jumeau", create=True) as twin:
        twin.load_communes("34")
        source = Source(id="gestionnaire", title="Fichier du gestionnaire")
        twin.import_file(write_lights(tmp_path / "e.csv", 12), "luminaire", source=source)
        ids = ids_of(twin)
        twin.view.create_branch("travaux")
        there = twin.view.seen(Moment("travaux"))
        editing.correct(there, "luminaire", ids["PL0001"], {"lamp_power_w": 40}, Edit(message="LED"))
        editing.remove(there, "luminaire", [ids["PL0002"]], Edit(message="dépose"))
        editing.correct(twin.view, "luminaire", ids["PL0001"], {"lamp_power_w": 55}, Edit(message="relevé"))
        yield twin


@pytest.fixture
def home(lit: Twin) -> Iterator[str]:
    with serving(lit) as address:
        yield address


@pytest.mark.parametrize("width", list(WIDTHS))
def test_the_new_views_are_accessible(page: Page, home: str, width: str) -> None:
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    for route in ("scenarios", "echanges"):
        settle(page, home, route)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_branch_is_compared_and_merged_with_its_conflict(page: Page, home: str, lit: Twin) -> None:
    settle(page, home, "scenarios")
    expect(page.get_by_text("0 ajouté, 1 retiré, 0 déplacé, 1 modifié")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="PL0001")).to_contain_text("55 W → 40 W")
    merge = page.get_by_role("button", name="Verser", exact=True)
    expect(merge).to_be_disabled()
    page.get_by_role("radio", name="Garder travaux").check()
    page.get_by_label("Pourquoi cette fusion").fill("Travaux faits")
    merge.press("Enter")
    expect(page.get_by_text("Branche versée.")).to_be_visible()
    assert lit.view.count("luminaire") == 11
    page.get_by_role("button", name="Annuler cette fusion").click()
    expect(page.get_by_text("Fusion annulée.")).to_be_visible()
    assert lit.view.count("luminaire") == 12


def test_a_scenario_is_looked_at_and_edited(page: Page, home: str, lit: Twin) -> None:
    settle(page, home, "scenarios")
    page.get_by_role("link", name="Regarder : travaux").click()
    expect(page.get_by_text("Vous regardez le scénario « travaux »")).to_be_visible()
    settle(page, home, f"carte?branche=travaux&couche=luminaire&actif={ids_of(lit)['PL0004']}")
    page.get_by_role("button", name="Retirer", exact=True).click()
    page.get_by_role("button", name="Retirer cet équipement").click()
    expect(page.get_by_role("heading", name="PL0004")).to_have_count(0)
    assert lit.view.count("luminaire") == 12
    assert lit.view.count("luminaire", Moment("travaux")) == 10


def test_an_asset_is_added_moved_and_given_a_photo_by_keyboard(page: Page, home: str, lit: Twin, tmp_path: Path) -> None:
    settle(page, home, "carte?couche=luminaire&liste=actifs&commune=34172")
    page.get_by_role("button", name="Ajouter un équipement").press("Enter")
    page.get_by_label("Position : longitude").fill("3.8767, 43.6108")
    form = page.get_by_role("form", name="Ajouter :")
    form.get_by_label("Numéro du point lumineux").fill("NEUF")
    page.get_by_role("button", name="Ajouter", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="NEUF")).to_be_visible()
    page.get_by_role("button", name="Déplacer").press("Enter")
    page.get_by_label("Position : longitude").fill("3.8770, 43.6110")
    put = page.get_by_role("button", name="Enregistrer la position")
    expect(put).to_be_enabled()
    put.press("Enter")
    expect(page.get_by_text("Équipement déplacé.")).to_be_visible()
    photo = tmp_path / "mat.png"
    photo.write_bytes(PNG)
    page.get_by_role("button", name="Joindre", exact=True).press("Enter")
    page.get_by_label("Fichier", exact=True).set_input_files(photo)
    page.get_by_label("Ce que montre la pièce").fill("Mât rouillé")
    send = page.get_by_role("button", name="Joindre le fichier")
    expect(send).to_be_enabled()
    send.press("Enter")
    expect(page.get_by_role("img", name="Mât rouillé")).to_be_visible()
    assert page.get_by_role("img", name="Mât rouillé").evaluate("image => image.naturalWidth") == 1
    page.get_by_text("Qui a changé quoi").click()
    expect(page.get_by_text("Ajout d'un équipement")).to_be_visible()
    assert violations(page) == []


def test_a_click_on_the_map_places_the_new_asset(page: Page, home: str) -> None:
    settle(page, home, "carte?couche=luminaire&liste=actifs&commune=34172")
    page.get_by_role("button", name="Ajouter un équipement").click()
    page.wait_for_timeout(800)
    page.locator(".maplibregl-canvas").click(position={"x": 200, "y": 200})
    value = page.get_by_label("Position : longitude").input_value()
    assert value.startswith("3.")
    expect(page.locator(".maplibregl-marker")).to_have_count(1)


def test_a_selection_is_corrected_at_once_and_kept(page: Page, home: str, lit: Twin) -> None:
    settle(page, home, "carte?couche=luminaire&liste=actifs&commune=34057")
    page.get_by_text("Corriger 4 équipements d’un coup").click()
    page.get_by_label("Champ").select_option("owner")
    page.get_by_role("textbox", name="Propriétaire").fill("commune:34057")
    page.get_by_role("form", name="Corriger 4").get_by_label("Pourquoi").fill("convention")
    page.get_by_role("button", name="Corriger le lot").click()
    expect(page.get_by_text("4 équipements corrigés.")).to_be_visible()
    page.get_by_label("Garder ce filtre sous le nom").fill("Castelnau")
    page.get_by_role("button", name="Garder", exact=True).click()
    expect(page.get_by_text("Sélection « Castelnau » gardée.")).to_be_visible()
    assert lit.view.read("luminaire", columns=["owner"])["owner"].to_pylist().count("commune:34057") == 4


def test_a_file_comes_back_and_is_accepted(page: Page, home: str, lit: Twin, tmp_path: Path) -> None:
    path = takeaway.write(lit.view, "34057", tmp_path / "34057.xlsx", ["luminaire"])
    book = load_workbook(path)
    sheet = book["luminaire"]
    heads = {str(cell.value): cell.column for cell in sheet[1]}
    sheet.cell(2, heads["Puissance nominale de la lampe (W)"]).value = 33
    book.save(path)
    settle(page, home, "echanges")
    page.get_by_label("Fichier qui revient").set_input_files(path)
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_role("row").filter(has_text="33 W")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Accepter 1 ligne").click()
    expect(page.get_by_text("1 changement écrit.")).to_be_visible()
    assert 33.0 in lit.view.read("luminaire", columns=["lamp_power_w"])["lamp_power_w"].to_pylist()
    page.get_by_label("Rang de Fichier du gestionnaire").fill("20")
    page.get_by_role("button", name="Changer : Fichier du gestionnaire").click()
    expect(page.get_by_text("a maintenant le rang 20")).to_be_visible()
    assert lit.view.sources()["gestionnaire"].rank == 20


PIPE = [(3.8700, 43.6100), (3.8710, 43.6100)]


def pipe(twin: Twin) -> str:
    """A pipe of about 80 m in Montpellier."""
    shape = localising.legal(shapely.LineString(PIPE))
    return editing.add(twin.view, "canalisation", {"code": "C1"}, Edit(), geometry=shape)[0]


def test_a_line_is_redrawn_by_keyboard_and_the_difference_is_shown(page: Page, home: str, lit: Twin) -> None:
    asset, head = pipe(lit), lit.view.head()
    settle(page, home, f"carte?couche=canalisation&actif={asset}")
    page.get_by_role("button", name="Redessiner").press("Enter")
    form = page.get_by_role("form", name="Redessiner")
    expect(form.get_by_text("2 sommets · environ 80,5 m · avant : environ 80,5 m")).to_be_visible()
    expect(page.locator(".maplibregl-marker")).to_have_count(2)
    form.get_by_label("Sommet suivant").fill("3.8710, 43.6110")
    form.get_by_label("Sommet suivant").press("Enter")
    form.get_by_label("Sommet 1 : longitude").fill("3.8690, 43.6100")
    form.get_by_label("Sommet 1 : longitude").press("Tab")
    expect(form.get_by_text("3 sommets")).to_contain_text("avant : environ 80,5 m")
    assert violations(page) == []
    form.get_by_label("Pourquoi").fill("levé")
    form.get_by_role("button", name="Enregistrer le tracé").press("Enter")
    expect(page.get_by_text("Tracé enregistré.")).to_be_visible()
    now = shapely.from_wkb(lit.view.read("canalisation", ids=[asset])["geometry"][0].as_py())
    assert 271 < now.length < 274
    (change,) = branching.compare(lit.view, branching.moment_of(lit.view, f"principale#{head}"), Moment(), "canalisation")
    assert (change.kind, round(change.size_before or 0), round(change.size_after or 0)) == ("moved", 81, round(now.length))
    page.get_by_role("button", name="Annuler", exact=True).press("Enter")
    expect(page.get_by_text("C’est annulé.")).to_be_visible()
    again = shapely.from_wkb(lit.view.read("canalisation", ids=[asset])["geometry"][0].as_py())
    assert again.length == pytest.approx(80.6, abs=0.3)


def test_a_surface_is_drawn_on_the_map_or_pasted(page: Page, home: str, lit: Twin) -> None:
    editing.add(lit.view, "zone_alea", {}, Edit(), geometry=localising.legal(shapely.box(3.86, 43.6, 3.87, 43.61)))
    settle(page, home, "carte?couche=zone_alea&liste=actifs&commune=34172")
    page.get_by_role("button", name="Ajouter un équipement").press("Enter")
    form = page.get_by_role("form", name="Ajouter :")
    page.wait_for_timeout(800)
    for place in ((200, 200), (260, 200), (260, 260)):
        page.locator(".maplibregl-canvas").click(position={"x": place[0], "y": place[1]})
    expect(form.get_by_text("3 sommets · environ")).to_be_visible()
    expect(page.locator(".maplibregl-marker")).to_have_count(3)
    form.get_by_text("Coller un tracé").click()
    form.get_by_label("WKT ou GeoJSON").fill("LINESTRING(770000 6279000, 770100 6279000)")
    form.get_by_role("button", name="Lire ce tracé").click()
    expect(form.get_by_role("alert")).to_contain_text("pas une surface")
    form.get_by_label("WKT ou GeoJSON").fill("POLYGON((770000 6279000, 770100 6279000, 770100 6279100, 770000 6279000))")
    form.get_by_role("button", name="Lire ce tracé").click()
    expect(form.get_by_text(re.compile(r"3 sommets · environ 4.9\d\d m²"))).to_be_visible()
    form.get_by_role("button", name="Ajouter", exact=True).click()
    expect(page.get_by_text("Agir sur cet équipement")).to_be_visible()
    areas = shapely.area(shapely.from_wkb(lit.view.read("zone_alea")["geometry"].to_numpy(zero_copy_only=False)))
    assert min(areas) == pytest.approx(5_000, abs=1)


def test_every_condition_of_a_kept_selection_comes_back(page: Page, home: str, lit: Twin) -> None:
    where = ("lamp_power_w>=100", "lamp_technology=shp")
    searching.keep(lit.view, "Gros SHP", searching.Filter(layer="luminaire", commune="34057", where=where))
    count = len(searching.ids(lit.view, searching.Filter(layer="luminaire", commune="34057", where=where)))
    settle(page, home, "carte?couche=luminaire&liste=actifs")
    page.get_by_label("Reprendre une sélection").select_option("Gros SHP")
    expect(page.get_by_label("Condition, par exemple")).to_have_value(where[0])
    expect(page.get_by_label("Et aussi (condition 2)")).to_have_value(where[1])
    expect(page.get_by_text(f"{count} équipements trouvés", exact=True)).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Ôter la condition 1").press("Enter")
    expect(page.get_by_label("Condition, par exemple")).to_have_value(where[1])
    expect(page.get_by_label("Et aussi")).to_have_count(0)


def test_a_personal_value_and_an_attachment_are_erased_for_good(page: Page, home: str, lit: Twin) -> None:
    asset = ids_of(lit)["PL0001"]
    editing.correct(lit.view, "luminaire", asset, {"owner": "Madame Secret"}, Edit())
    content = b"%PDF-1.4\nfacture de Madame Secret\n"
    piece, _ = attachments.attach(lit.view, "luminaire", asset, content, filename="f.pdf", label="Facture", edit=Edit())
    kept = lit.view.attachment(piece)[0]
    settle(page, home, f"carte?couche=luminaire&actif={asset}")
    page.get_by_role("button", name="Effacer une donnée personnelle").press("Enter")
    form = page.get_by_role("form", name="Effacer une donnée personnelle")
    form.get_by_label("Valeur à effacer").select_option("owner")
    form.get_by_label("Motif").fill("demande du 3 mai")
    form.get_by_role("checkbox").check()
    form.get_by_role("button", name="Effacer pour toujours").press("Enter")
    expect(page.get_by_text("Valeur effacée.")).to_be_visible()
    page.get_by_role("button", name="Effacer pour toujours la pièce : Facture").press("Enter")
    form = page.get_by_role("form", name="Effacer pour toujours la pièce")
    assert violations(page) == []
    form.get_by_label("Motif").fill("demande du 3 mai")
    form.get_by_role("checkbox").check()
    form.get_by_role("button", name="Effacer pour toujours", exact=True).press("Enter")
    expect(page.get_by_text("Pièce effacée.")).to_be_visible()
    expect(page.get_by_text("Facture")).to_have_count(0)
    assert not kept.exists()
    assert lit.view.read("luminaire", ids=[asset])["owner"].to_pylist() == [None]
