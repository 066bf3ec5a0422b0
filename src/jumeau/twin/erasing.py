"""Erasure of personal data (RGPD): out of the history, out of what was computed, with what is left to do said."""

from jumeau.model.claim import Commit
from jumeau.sharing.view import View


def originals(view: View, layer: str, asset: str, attribute: str) -> list[tuple[str, str]]:
    """Kept original files that may still hold the value: (title of the source, SHA-256)."""
    known = view.sources()
    found = {c.source for c in view.claims(layer, asset, attribute) if c.source in known}
    return sorted((known[name].title, known[name].sha256) for name in found if known[name].sha256)


def erase(view: View, layer: str, asset: str, attribute: str, reason: str) -> Commit:
    """Remove a value from all history, on all branches; a tombstone says who did it, when and why.

    Raises NotFoundError when there is no such value, RightsError without the right to administer.
    """
    return view.erase(layer, asset, attribute, reason=reason)
