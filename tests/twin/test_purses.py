"""Which budget pays: the law of water services, as its rule says it."""

from datetime import date

import pyarrow as pa
import pytest

from jumeau.cli.programme import budgets
from jumeau.errors import InputError
from jumeau.invest import Together
from jumeau.model.purse import split_purse
from jumeau.model.territory import collectivite_name
from jumeau.twin.purses import check_balanced, of_the_law, payers

ON = date(2026, 11, 26)


def test_water_is_paid_by_its_own_budget_and_that_of_a_syndicat_is_its_only_one() -> None:
    together = Together(purses=of_the_law())
    row = {"need": "canalisation", "kind": "renouvellement", "field": "water"}
    assert together.purse(row | {"owner": "commune:34172"}) == "commune:34172/eau"
    assert together.purse(row | {"owner": "syndicat:Vallée"}) == "syndicat:Vallée"
    assert together.purse(row | {"owner": "commune:34172", "field": "lighting"}) == "commune:34172"
    table = pa.table({name: [value] for name, value in (row | {"owner": "commune:34172"}).items()})
    assert payers(table, together) == {"commune:34172/eau"}
    both = Together(purses=of_the_law(), balanced={"commune:34172": "motif"})
    assert payers(table, both) == {"commune:34172/eau", "commune:34172"}


def test_a_large_town_balances_its_water_only_for_a_reason_that_is_given() -> None:
    """CGCT, L2224-2: communes under 3 000 inhabitants may; Montpellier has a hundred times as many."""
    check_balanced({"commune:34172": "travaux qui feraient trop monter le prix de l'eau"}, ON)
    check_balanced({"commune:34001": ""}, ON)
    with pytest.raises(InputError, match=r"34172.*3000 habitants.*L2224-2"):
        check_balanced({"commune:34172": ""}, ON)


def test_a_purse_is_written_and_named() -> None:
    assert budgets(["commune:34172/eau=2000"]) == {"commune:34172/eau": 2000.0}
    assert split_purse("commune:34172/eau") == ("commune:34172", "eau")
    assert split_purse("syndicat:Orb/Hérault") == ("syndicat:Orb/Hérault", "")
    assert collectivite_name("commune:34172/eau") == "Commune de Montpellier, budget de l'eau"
