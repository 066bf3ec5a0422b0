"""Accounts over HTTP, on the sample programme."""

import httpx
import pyarrow as pa
import pytest
from tests.web.conftest import claimed

from jumeau.model.provenance import Source
from jumeau.store.embedded import EmbeddedStore

OFGL = Source(id="ofgl", title="OFGL", licence="Licence Ouverte 2.0", public=True)


def test_an_owner_without_accounts_says_so(client: httpx.Client) -> None:
    (one,) = client.get("/api/comptes").json()
    assert one["owner"] == "commune:34001"
    assert one["accounts"] is None
    assert one["own"] > 0
    detail = client.get("/api/comptes/commune:34001", params={"emprunt": 1000}).json()
    assert (detail["after"], detail["verdict"]) == (None, None)


def test_a_loan_is_tried(client: httpx.Client, store: EmbeddedStore) -> None:
    names = ["Recettes de fonctionnement", "Dépenses de fonctionnement", "Encours de dette"]
    years, main = pa.array([2024] * 3, pa.int32()), ["principal"] * 3
    lines = claimed("agregat_comptable", OFGL, id=["a", "b", "c"], commune=["34001"] * 3, aggregate=names, year=years,
                    amount_eur=[500_000.0, 400_000.0, 1_000_000.0], budget_kind=main)  # fmt: skip
    store.commit([lines], author="import", message="comptes", kind="import")
    now = client.get("/api/comptes/commune:34001").json()
    assert now["accounts"] == {"year": 2024, "income": 500000, "spending": 400000, "gross": 100000, "net": None,
                               "debt": 1000000, "debt_years": 10}  # fmt: skip
    asked = {"emprunt": 300_000, "taux": 0.03, "duree": 15}
    then = client.get("/api/comptes/commune:34001", params=asked).json()
    assert then["after"]["debt"] == 1_300_000
    assert then["annuity"] == pytest.approx(300_000 * 0.03 / (1 - 1.03**-15), abs=0.01)
    assert then["decision"] == "no"
    assert "au-delà du plafond" in then["verdict"]


@pytest.mark.parametrize("query", ["emprunt=-1", "taux=2", "duree=0", "duree=x"])
def test_what_cannot_be_borrowed_is_refused(client: httpx.Client, query: str) -> None:
    assert client.get(f"/api/comptes/commune:34001?{query}").status_code == 422


def test_who_may_not_read_everything_sees_nothing(client: httpx.Client, anonymous: httpx.Client) -> None:
    assert anonymous.get("/api/comptes").status_code == 404
    assert anonymous.get("/api/comptes/commune:34001").status_code == 404
    assert client.get("/api/comptes/commune:99999").status_code == 404
