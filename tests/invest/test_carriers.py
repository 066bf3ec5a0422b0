"""A trial at other prices: the cost of a quantity moves by that quantity times the difference of price, and nothing else."""

import pyarrow as pa
import pytest

from jumeau.invest.carriers import at_prices, offered
from jumeau.model.action import EFFECT_SCHEMA


def effects(*rows: tuple[str, str, float, str]) -> pa.Table:
    made = [
        {"action": action, "indicator": name, "unit": unit, "from_year": 1, "to_year": 20, "value": value,
         "value_low": 2 * value, "value_high": value / 2}
        for action, name, value, unit in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=EFFECT_SCHEMA)


ENERGY, COST = "lighting_annual_energy_kwh", "lighting_annual_cost_eur"
WARM = (("h", "buildings_annual_energy_kwh", -1000.0, "kWh/an"), ("h", "buildings_fossil_energy_kwh", -1500.0, "kWh/an"),
        ("h", "buildings_annual_cost_eur", -65.0, "€/an"))  # fmt: skip


def cost(table: pa.Table, action: str) -> float:
    return sum(r["value"] for r in table.to_pylist() if r["action"] == action and r["unit"].startswith("€"))


def test_electricity_twice_as_dear() -> None:
    """1 000 kWh saved at 0.1733 € (mean of 0.15, 0.17, 0.20) save 173.33 € more; an action without a cost stays without."""
    table = effects(("a", ENERGY, -1000.0, "kWh/an"), ("a", COST, -300.0, "€/an"), ("b", ENERGY, -9.0, "kWh/an"))
    dear = at_prices(table, {"electricity": 2.0})
    assert cost(dear, "a") == pytest.approx(-300 - 1000 * 0.52 / 3, rel=1e-6)
    assert cost(dear, "b") == 0
    added = dear.slice(table.num_rows).to_pylist()[0]
    assert added["value_low"] < added["value"] < added["value_high"] < 0
    cheap = at_prices(table, {"electricity": 0.5}).slice(table.num_rows).to_pylist()[0]
    assert 0 < cheap["value_low"] < cheap["value"] < cheap["value_high"]
    assert at_prices(table, {"electricity": 1.0}).equals(table)


def test_a_heat_pump_saves_gas_and_buys_electricity() -> None:
    """1 500 kWh of fossil energy go, 500 kWh of the rest come: dear gas helps, dear electricity hurts."""
    table = effects(*WARM)
    gas, other = 0.31 / 3, 0.49 / 3
    assert cost(at_prices(table, {"gas": 2.0}), "h") == pytest.approx(-65 - 1500 * gas, rel=1e-5)
    assert cost(at_prices(table, {"electricity": 2.0}), "h") == pytest.approx(-65 + 500 * other, rel=1e-5)


def test_only_prices_that_count_are_offered() -> None:
    assert set(offered(effects(*WARM))) == {"electricity", "gas"}
    assert offered(effects(("a", ENERGY, -1.0, "kWh/an"))) == {}
