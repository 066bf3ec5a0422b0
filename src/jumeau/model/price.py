"""Unit prices of a user's own contracts."""

from datetime import date

import msgspec


class UnitPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of a need costs before tax [€/unit] in a contract, from a day to another (None: no end).

    owners: those who may order at this price, none for everybody.
    """

    need: str
    unit: str
    price_eur: float
    price_year: int
    contract: str
    valid_from: date | None = None
    valid_to: date | None = None
    owners: tuple[str, ...] = ()
