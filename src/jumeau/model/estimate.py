"""A number with its range. In tables it is a triple of float32 columns `x`, `x_low`, `x_high`."""

import msgspec

LOW_QUANTILE, HIGH_QUANTILE = 0.05, 0.95


class Estimate(msgspec.Struct, frozen=True):
    """A value that leaves the tables: page, document or JSON.

    value: mean [unit]; low, high: 5 % and 95 % quantiles [unit]; None where the quantity is unknown.
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str
    source: str = ""

    @property
    def known(self) -> bool:
        """False when nothing is known of the quantity."""
        return self.value is not None


def triple(name: str) -> tuple[str, str, str]:
    """Column names of the triple of `name`: mean, low, high."""
    return name, f"{name}_low", f"{name}_high"
