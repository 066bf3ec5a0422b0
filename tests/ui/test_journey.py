"""The whole path of an engineer on a real twin, made by the real verbs: import, diagnosis, plan, report, then the page."""

from collections.abc import Iterator

import pyarrow as pa
import pytest
import shapely
from playwright.sync_api import Page, expect
from tests.twin.conftest import write_lights
from tests.ui.serving import serving
from tests.ui.test_page import settle, violations

from jumeau.model.dictionary import parse_layer
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.port import ClaimTable
from jumeau.twin import Twin, open_twin

pytestmark = pytest.mark.browser
POWER = "Puissance nominale de la lampe"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Sixty lights of three communes and a layer of the user's own, diagnosed, planned and reported."""
    folder = tmp_path_factory.mktemp("parcours")
    with open_twin(folder / "jumeau", create=True) as twin:
        twin.load_communes("34")
        twin.import_file(write_lights(folder / "eclairage.csv"), "luminaire")
        declare_own(twin)
        twin.diagnose("lighting")
        twin.plan(first_year=2027)
        twin.report(folder)
        yield twin


def declare_own(twin: Twin) -> None:
    """Two fire hydrants, in a layer that no code of jumeau knows."""
    rows = ["name,type,unit,decimals,description", "_layer,,,,own", "geometry,point,,,Points d'eau incendie"]
    rows += ["commune,commune,,,Commune", "code,text,,,Numéro", "debit_m3_h,number,m³/h,0,Débit mesuré"]
    twin.view.declare_layer(parse_layer("point_eau_incendie", rows))
    columns = {
        "id": ["pei-1", "pei-2"],
        "commune": ["34172", "34172"],
        "code": ["PEI 1", "PEI 2"],
        "debit_m3_h": [60.0, None],
    }
    places = shapely.to_wkb(shapely.points([[770_000.0, 6_279_000.0], [770_100.0, 6_279_000.0]]))
    table = pa.table(columns | {"geometry": places})
    source = Source(id="sdis", title="Relevé du SDIS")
    claims = ClaimTable(
        layer="point_eau_incendie",
        table=table,
        source=source,
        origins=dict.fromkeys(("commune", "code", "debit_m3_h", "geometry"), Origin.DECLARED),
    )
    twin.view.commit([claims], message="points d'eau", kind="import")


@pytest.fixture(scope="module")
def home(built: Twin) -> Iterator[str]:
    """Address of the application on that twin."""
    with serving(built) as address:
        yield address


@pytest.mark.usefixtures("static")
def test_from_the_map_to_the_report(page: Page, home: str, built: Twin) -> None:
    settle(page, home, "carte")
    expect(page.get_by_label("Légende")).to_contain_text("338 communes")
    page.get_by_role("button", name="Montpellier", exact=True).click()
    page.get_by_role("button", name="Voir ses équipements").click()
    expect(page.get_by_text("20 équipements trouvés")).to_be_visible()
    page.get_by_role("columnheader", name="Équipement").get_by_role("button").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("PL0000")
    page.get_by_role("button", name="PL0003", exact=True).click()
    expect(page.get_by_role("heading", name="PL0003")).to_be_visible()

    page.get_by_text("champs inconnus").click()
    page.get_by_role("button", name=f"Modifier : {POWER}").click()
    page.get_by_label("Nouvelle valeur (W)").fill("62,5")
    page.get_by_label("Pourquoi ce changement").fill("Relevé de terrain")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Valeur enregistrée")).to_contain_text("62,5 W")
    head = built.view.head()
    page.get_by_role("button", name="Annuler cette modification").click()
    expect(page.get_by_text("Modification annulée")).to_be_visible()
    assert built.view.head() == head + 1
    assert violations(page) == []

    settle(page, home, "historique")
    row = page.get_by_role("row").filter(has_text="annulée depuis")
    expect(row).to_contain_text("Relevé de terrain")
    expect(row.get_by_role("button")).to_have_count(0)

    settle(page, home, "programme")
    plan = built.programme()
    assert plan is not None
    expect(page.get_by_text(f"{plan.chosen.num_rows} sur {plan.chosen.num_rows + plan.left_out.num_rows}")).to_be_visible()
    without = 341 - len(set(plan.chosen["commune"].to_pylist()))
    expect(page.get_by_text(f"aucune action {without} communes")).to_be_visible()
    assert violations(page) == []

    settle(page, home, "donnees")
    for name, beginning in (("PDF", b"%PDF"), ("page web", b"<!doctype html")):
        link = page.get_by_role("link", name=name).get_attribute("href")
        answer = page.request.get(link or "")
        assert answer.status == 200
        assert answer.body()[:15].lower().startswith(beginning.lower())


@pytest.mark.usefixtures("static")
def test_a_layer_of_the_user_is_listed_drawn_and_edited(page: Page, home: str, built: Twin) -> None:
    settle(page, home, "carte?couche=point_eau_incendie&liste=actifs")
    expect(page.get_by_role("checkbox", name="Points d'eau incendie")).to_be_checked()
    page.get_by_role("button", name="PEI 1", exact=True).click()
    page.get_by_role("button", name="Modifier : Débit mesuré").click()
    page.get_by_label("Nouvelle valeur (m³/h)").fill("75")
    page.get_by_label("Pourquoi ce changement").fill("Essai de débit")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Valeur enregistrée")).to_contain_text("75 m³/h")
    found = built.view.read("point_eau_incendie", ids=["pei-1"])
    assert found["debit_m3_h"].to_pylist() == [75.0]
