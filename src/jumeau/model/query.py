"""What a read may ask: a small closed tree of conditions, never a text."""

from typing import Any, Literal, TypeAlias

import msgspec

Bbox: TypeAlias = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax in EPSG:2154 [m]. It means exact intersection of the geometry with the closed box."""


class Compare(msgspec.Struct, frozen=True, tag=True):
    """`attribute op value`. `known` and `unknown` take no value; `in` takes a tuple. Unknown never compares true."""

    attribute: str
    op: Literal["=", "!=", "<", "<=", ">", ">=", "in", "known", "unknown"]
    value: Any = None


class And(msgspec.Struct, frozen=True, tag=True):
    """All of the conditions."""

    of: tuple["Where", ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """Any of the conditions."""

    of: tuple["Where", ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """The rows the condition does not keep."""

    of: "Where"


Where: TypeAlias = Compare | And | Or | Not
