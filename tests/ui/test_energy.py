"""The energy panels of the lighting view on the real application: a calendar tried, cabinets, what is odd."""

import datetime as dt
import re

import numpy as np
import pytest
import shapely
from playwright.sync_api import Page, expect
from tests.ui.conftest import WIDTHS
from tests.ui.test_application import real, store, twin  # noqa: F401
from tests.ui.test_page import settle, violations
from tests.web.conftest import OPEN, X0, Y0, claimed

from jumeau.store.embedded import EmbeddedStore

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", list(WIDTHS))
def test_the_panels_are_accessible_and_do_not_overflow(page: Page, real: str, width: str) -> None:  # noqa: F811
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    page.set_viewport_size(size)
    assert page.request.get(f"{real.rstrip('/')}/api/eclairage/34001/calendrier", timeout=60_000).ok
    settle(page, real, "eclairage?onglet=calendrier&commune=34001")
    expect(page.get_by_text("Ce que ce calendrier change en un an")).to_be_visible()
    expect(page.get_by_role("row", name="décembre")).to_be_visible()
    page.get_by_label("Part de la puissance gardée").fill("0.5")
    expect(page.get_by_text(re.compile(r"50\s%")).first).to_be_visible()
    page.get_by_role("button", name="Ajouter un palier").click()
    second = page.get_by_role("group", name="Palier 2").get_by_label("Part de la puissance gardée")
    second.focus()
    page.keyboard.press("ArrowLeft")
    expect(second).to_have_value("0.65")
    expect(page.get_by_role("heading", name="Lumière et classe des voies")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("tab", name="Armoires et factures").click()
    expect(page.get_by_text("Aucune armoire").first).to_be_visible(timeout=30_000)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def billed(store: EmbeddedStore) -> None:  # noqa: F811
    """A cabinet with its contract, and two years of bills a month that are half as much again as the nights ask."""
    at = shapely.to_wkb(np.array([shapely.Point(X0 + 900, Y0 + 900)]))
    cabinet = claimed(
        "armoire", OPEN, id=["a1"], commune=["34001"], code=["A1"], geometry=at, subscribed_power_kva=[36.0],
        tariff_option=["courte_utilisation"],
    )  # fmt: skip
    starts = [dt.date(2024 + k // 12, k % 12 + 1, 1) for k in range(24)]
    ends = [(d + dt.timedelta(32)).replace(day=1) - dt.timedelta(1) for d in starts]
    energy = [1500.0 + 500 * np.cos(2 * np.pi * d.month / 12) for d in starts]
    bills = claimed(
        "facture_eclairage", OPEN, id=[f"f{k}" for k in range(24)], commune=["34001"] * 24, armoire=["A1"] * 24,
        period_start=starts, period_end=ends, energy_kwh=energy, reading=["releve"] * 24,
    )  # fmt: skip
    store.commit([cabinet, bills], author="essai", message="armoire et factures", kind="import")


@pytest.mark.parametrize("width", list(WIDTHS))
def test_a_cabinet_opens_from_the_keyboard_beside_its_bills(
    page: Page,
    real: str,  # noqa: F811
    store: EmbeddedStore,  # noqa: F811
    width: str,
) -> None:
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    page.set_viewport_size(size)
    billed(store)
    now = dt.datetime.now(dt.UTC)
    values = [
        {"series": "mesure-a1", "instant": (now - dt.timedelta(hours=h)).isoformat(), "value": 5000.0, "unit": "W"}
        for h in range(240, 0, -1)
    ]
    sent = page.request.post(
        f"{real}api/eclairage/34001/veille", data={"series": {"mesure-a1": "A1"}, "values": values}, timeout=60_000
    )
    assert sent.ok, sent.text()
    settle(page, real, "eclairage?onglet=armoires&commune=34001")
    opened = page.get_by_role("region", name="Armoires de la commune").get_by_role("button", name="A1")
    expect(opened).to_be_visible(timeout=30_000)
    opened.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Armoire A1")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("24 factures de l’armoire A1"))).to_be_visible()
    expect(page.get_by_role("heading", name="Contrats d’électricité")).to_be_visible()
    expect(page.get_by_text("240 mesures sur 60 jours")).to_be_visible(timeout=30_000)
    alerts = page.get_by_role("region", name="Alertes de l’armoire")
    expect(alerts.get_by_role("row", name="Des lampes brûlent le jour")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_role("tab", name="Âge et prévision").click()
    expect(page.get_by_text("1 armoires facturées sur douze mois")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Aucune année de pose n’est connue")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_cabinet_of_the_map_leads_to_its_sheet(page: Page, real: str, store: EmbeddedStore) -> None:  # noqa: F811
    billed(store)
    settle(page, real, "carte?couche=armoire&actif=a1")
    page.get_by_role("link", name="Fiche de l’armoire").click()
    expect(page.get_by_role("heading", name="Armoire A1")).to_be_visible(timeout=30_000)
