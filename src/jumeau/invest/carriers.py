"""What a dearer electricity, gas or water changes of effects counted in euros: the quantity saved times the difference."""

from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.model.draws import parameters


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity that is paid: indicator of the quantity, indicator of its cost, parameter of its price, and sign of the
    quantity in what is paid (fossil energy is taken away from all the energy of buildings)."""

    quantity: str
    cost: str
    field: str
    price: str
    sign: float = 1.0

    @property
    def euros(self) -> float:
        """Mean price of one unit [€]."""
        found = parameters(self.field)[self.price]
        return (found.low + found.mode + found.high) / 3 if found.law == "triangular" else found.mode


def _buildings(quantity: str, price: str, sign: float = 1.0) -> Use:
    return Use(quantity=quantity, cost="buildings_annual_cost_eur", field="buildings", price=price, sign=sign)


CARRIERS: Mapping[str, tuple[Use, ...]] = {
    "electricity": (
        Use(quantity="lighting_annual_energy_kwh", cost="lighting_annual_cost_eur", field="lighting",
            price="electricity_price_eur_per_kwh"),
        _buildings("buildings_annual_energy_kwh", "other_price_eur_per_kwh"),
        _buildings("buildings_fossil_energy_kwh", "other_price_eur_per_kwh", -1.0),
    ),
    "gas": (_buildings("buildings_fossil_energy_kwh", "fossil_price_eur_per_kwh"),),
    "water": (
        Use(quantity="water_annual_losses_m3", cost="water_annual_loss_cost_eur", field="water",
            price="loss_cost_eur_per_m3"),
    ),
}  # fmt: skip
"""Electricity of buildings is all that is not fossil: wood and heat networks follow it, for they are counted at one price."""


def offered(effects: pa.Table) -> dict[str, float]:
    """Carriers whose price counts in some effects, with their mean price today [€/kWh or €/m³]."""
    there = set(effects["indicator"].unique().to_pylist())
    found = {name: uses for name, uses in CARRIERS.items() if any({u.quantity, u.cost} <= there for u in uses)}
    return {name: uses[0].euros for name, uses in found.items()}


def at_prices(effects: pa.Table, factors: Mapping[str, float]) -> pa.Table:
    """Effects when carriers cost `factors` times their price: one more row of cost a quantity paid [€/year]."""
    more = []
    for name, factor in factors.items():
        for use in CARRIERS[name]:
            rate = use.sign * use.euros * (factor - 1.0)
            paid = effects.filter(pc.equal(effects["indicator"], use.cost))["action"].combine_chunks()
            rows = effects.filter(pc.equal(effects["indicator"], use.quantity))
            rows = rows.filter(pc.is_in(rows["action"], value_set=paid))
            if rate and rows.num_rows:
                more.append(_paid(rows, use.cost, rate))
    return pa.concat_tables([effects, *more]) if more else effects


def _paid(rows: pa.Table, cost: str, rate: float) -> pa.Table:
    columns = {name: rows[name] for name in rows.column_names}
    columns["indicator"] = pa.array([cost] * rows.num_rows, rows.schema.field("indicator").type)
    columns["unit"] = pa.array(["€/an"] * rows.num_rows, rows.schema.field("unit").type)
    values = {
        n: rows[n].to_numpy(zero_copy_only=False).astype(np.float64) * rate for n in ("value", "value_low", "value_high")
    }
    if rate < 0:
        values["value_low"], values["value_high"] = values["value_high"], values["value_low"]
    for name, value in values.items():
        columns[name] = pa.array(value, rows.schema.field(name).type, mask=~np.isfinite(value))
    return pa.table({name: columns[name] for name in rows.column_names}, schema=rows.schema)
