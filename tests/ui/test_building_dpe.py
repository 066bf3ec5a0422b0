"""An official DPE attached on the page, from the keyboard: refusals in French, what it teaches, labels after works."""

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from playwright.sync_api import Page, expect
from tests.ui.serving import serving
from tests.ui.test_page import violations

from jumeau.twin import open_twin
from jumeau.twin.editing import Edit, add

pytestmark = [pytest.mark.browser, pytest.mark.data]
HOUSE, BLOCK = "2213E0033125P", "2206E1133029I"
BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "x"><!ENTITY y "&x;&x;">]><dpe><logement>&y;</logement></dpe>'


@pytest.fixture(scope="module")
def files(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("xml")
    with tarfile.open(data_dir / "batiments" / "dpe-xml-open3cl" / "dpe-xml.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    (folder / "dpe" / "bombe.xml").write_text(BOMB, encoding="utf-8")
    with (folder / "dpe" / "enorme.xml").open("wb") as big:
        big.truncate(21_000_000)
    return folder / "dpe"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, static: Path) -> Iterator[tuple[str, str]]:
    """Address of the application, and a house of two storeys on 80 m² of which little is known."""
    with open_twin(tmp_path_factory.mktemp("dpe") / "t", create=True) as twin:
        twin.load_communes("34")
        box = shapely.to_wkb(shapely.box(770_000, 6_279_000, 770_010, 6_279_008))
        values = {"nom": "Presbytère", "usage": "residentiel", "storeys": 2, "dwellings": 1}
        house = add(twin.view, "batiment", values, Edit(), geometry=box, commune="34172")[0]
        with serving(twin, static) as address:
            yield address, house


def send(page: Page, file: Path) -> None:
    """Choose a file and press the button without a mouse."""
    page.get_by_label("Fichier XML du DPE").set_input_files(file)
    page.get_by_role("button", name="Joindre ce DPE").focus()
    page.keyboard.press("Enter")


def test_a_dpe_is_refused_then_attached(page: Page, served: tuple[str, str], files: Path) -> None:
    root, house = served
    page.goto(f"{root}#/batiments?commune=34172&batiment={house}")
    form = page.get_by_role("form", name="Joindre ce DPE")
    expect(form).to_be_visible(timeout=60_000)
    refusals = {
        "bombe.xml": "déclare des entités XML",
        "enorme.xml": "pèse 21 Mo, plus que les 20 Mo admis",
        "2206E1133029I.xml": "ne semble pas être celui de ce bâtiment. Le DPE décrit",
    }
    for name, said in refusals.items():
        send(page, files / name)
        expect(form.get_by_role("alert")).to_contain_text(said, timeout=30_000)
    # only a DPE that may be of another building can be insisted on
    box = form.get_by_role("checkbox", name="C’est bien ce bâtiment")
    expect(box).to_be_visible()
    expect(form.get_by_role("button", name="Joindre ce DPE")).to_be_disabled()
    assert violations(page) == []
    send(page, files / f"{HOUSE}.xml")
    title = page.get_by_role("heading", name=f"DPE {HOUSE} joint")
    expect(title).to_be_focused(timeout=60_000)
    expect(box).to_have_count(0)
    told = page.get_by_role("table", name="Ce que dit le DPE, à côté de ce que l’on savait")
    expect(told.get_by_role("row", name=re.compile("Année de construction"))).to_contain_text("appris")
    walls = told.get_by_role("row", name=re.compile("Coefficient U des murs"))
    expect(walls).to_contain_text("1,141")
    expect(walls).to_contain_text("déduit, de")
    works = page.get_by_role("table", name="Travaux, étape par étape")
    expect(works).to_contain_text("3CL : ", timeout=60_000)
    expect(page.get_by_text(f"{HOUSE} du 7 janvier 2022 : D au fichier")).to_be_visible()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
