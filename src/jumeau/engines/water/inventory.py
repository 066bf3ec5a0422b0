"""Source tables of a partition made ready: every column of the dictionary, nothing filled in."""

from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import conform


def inventory(sources: Bundle, area: str) -> Bundle:  # noqa: ARG001
    """Services with all their columns and origins. An unknown volume stays null: `diagnose` says what can be said."""
    return {"service_eau": conform(sources, "service_eau")}
