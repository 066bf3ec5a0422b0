"""Where a value comes from, from the best known to the least."""

from enum import StrEnum


class Origin(StrEnum):
    """Origin of a value. `UNKNOWN` is the absence of a value: it is never stored as a claim and never becomes 0."""

    MEASURED = "measured"
    DECLARED = "declared"
    INFERRED = "inferred"
    DEFAULT = "default"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """0 for measured, 4 for unknown: a lower rank is better known."""
        return ORIGINS.index(self)


ORIGINS: tuple[Origin, ...] = tuple(Origin)
