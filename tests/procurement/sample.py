"""A small programme: three communes and a syndicat, lighting and pipes."""

import pyarrow as pa

from jumeau.model.need import needs
from jumeau.procurement import Purchase, purchases


def line(
    owner: str, need: str, year: int, quantity: float, cost: float, *, low: float | None = None, high: float | None = None
) -> dict[str, object]:
    """One chosen action."""
    about = needs().get(need)
    return {
        "year": year,
        "owner": owner,
        "field": about.field if about else "own",
        "need": need,
        "unit": about.unit if about else "u",
        "quantity": quantity,
        "cost_eur": cost,
        "cost_eur_low": low if low is not None else cost * 0.8,
        "cost_eur_high": high if high is not None else cost * 1.3,
    }


ROWS = [
    line("commune:34001", "lanterne_led", 2027, 40, 32_000),
    line("commune:34002", "lanterne_led", 2027, 60, 48_000),
    line("commune:34003", "lanterne_led", 2028, 50, 40_000),
    line("commune:34003", "telegestion_armoire", 2028, 5, 10_000),
    line("syndicat:hydro", "canalisation_aep", 2027, 1000, 220_000),
]


def bought(rows: list[dict[str, object]] | None = None) -> dict[str, Purchase]:
    """Purchases of the sample, by id."""
    return {p.id: p for p in purchases(pa.Table.from_pylist(rows or ROWS), needs())}
