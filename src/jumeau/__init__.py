"""jumeau: a self-hosted digital twin for French territories. The public names load on first use."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["JumeauError", "Twin", "__version__", "open_twin"]

_HOMES = {"JumeauError": "jumeau.errors", "Twin": "jumeau.twin", "open_twin": "jumeau.twin"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jumeau' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
