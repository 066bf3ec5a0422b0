"""The engines by field of action, found by name and imported when they are used."""

from importlib import import_module
from importlib.util import find_spec

from jumeau.engines.protocol import Engine
from jumeau.errors import NotFoundError

FIELDS = ("lighting", "water", "risks", "buildings")


def available() -> tuple[str, ...]:
    """Fields of action whose engine is in this build, in the order of the report."""
    return tuple(name for name in FIELDS if find_spec(f"jumeau.engines.{name}"))


def engine(field: str) -> Engine:
    """The engine of a field. Raises NotFoundError."""
    if field not in available():
        raise NotFoundError("jumeau.champ_inconnu", field=field, known=", ".join(available()))
    made: Engine = import_module(f"jumeau.engines.{field}").engine()
    return made
