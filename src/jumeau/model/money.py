"""Euros with their price year, discounting and annuities. Amounts that must balance are integers of cents."""

from decimal import ROUND_HALF_EVEN, Decimal

import msgspec


class Money(msgspec.Struct, frozen=True):
    """An amount before tax, in cents of the euros of `price_year`."""

    cents: int
    price_year: int

    @property
    def euros(self) -> float:
        """The amount [€]."""
        return self.cents / 100


def to_cents(euros: float | Decimal) -> int:
    """Round euros to whole cents, half to even."""
    return int((Decimal(str(euros)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def split_cents(total: int, weights: list[float]) -> list[int]:
    """Share `total` cents in proportion to `weights` [-]; the parts sum to the total (largest remainders).

    Raises ValueError when no weight is positive or one is negative.
    """
    if not weights or min(weights) < 0 or sum(weights) <= 0:
        raise ValueError("weights must be non-negative with a positive sum")
    scale = sum(weights)
    exact = [total * w / scale for w in weights]
    parts = [int(x // 1) for x in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def at_price_year(euros: float, from_year: int, to_year: int, yearly_change: float) -> float:
    """Move an amount [€] between price years with a constant `yearly_change` [-]."""
    return float(euros * (1 + yearly_change) ** (to_year - from_year))


def present_value(flows: list[float], rate: float, first_year: int = 1) -> float:
    """Sum of yearly `flows` [€] discounted at `rate` [-], the first one `first_year` years from now."""
    return float(sum(f / (1 + rate) ** (first_year + i) for i, f in enumerate(flows)))


def annuity(rate: float, years: int) -> float:
    """Yearly payment [1/year] that repays 1 € over `years` at `rate` [-]; 1/years when the rate is 0.

    >>> round(annuity(0.0, 20), 3)
    0.05
    >>> round(annuity(0.05, 20), 6)
    0.080243
    """
    if years <= 0:
        raise ValueError("years must be positive")
    return 1 / years if rate == 0 else rate / (1 - (1 + rate) ** -years)
