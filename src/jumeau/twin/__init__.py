"""The twin: store, executor and engines joined behind the plain verbs."""

from jumeau.twin.core import Twin, open_store, open_twin

__all__ = ["Twin", "open_store", "open_twin"]
