"""Source tables of a partition made ready: every column of the dictionary, nothing filled in."""

from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import conform

READS = ("luminaire", "armoire")


def inventory(sources: Bundle, area: str) -> Bundle:  # noqa: ARG001
    """Luminaires and cabinets with all their columns and origins. An unknown power stays null: `diagnose` draws it."""
    return {layer: conform(sources, layer) for layer in READS}
