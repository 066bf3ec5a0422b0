"""The French catalogue: every text a user sees, by dotted key `room.name`, one TOML file a room."""

import tomllib
from functools import cache
from importlib.resources import files
from string import Formatter


@cache
def _room(name: str) -> dict[str, str]:
    source = files(__package__).joinpath(f"{name}.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    return {key: value for key, value in table.items() if isinstance(value, str)}


def rooms() -> list[str]:
    """Names of the rooms that have a catalogue."""
    return sorted(f.name[:-5] for f in files(__package__).iterdir() if f.name.endswith(".toml"))


def catalogue(room: str) -> dict[str, str]:
    """All texts of a room, key to text."""
    return dict(_room(room))


def several(count: float, word: str) -> str:
    """A count and its noun, in the plural when there are several.

    >>> several(1, "compteur"), several(5, "compteur")
    ('1 compteur', '5 compteurs')
    """
    return f"{count:g} {word}{'s' if abs(count) >= 2 and word[-1:] not in 'sxz' else ''}"


def t(key: str, **values: object) -> str:
    """Return the French text of `key` (`room.name`), filled with `values`.

    Raises KeyError when the key or one of its values is missing: a hole in the catalogue is a programming error.
    """
    room, _, name = key.partition(".")
    return Formatter().vformat(_room(room)[name], (), values)
