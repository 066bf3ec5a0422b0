"""Needs: functional units shared by all collectivités."""

import csv
from functools import cache
from importlib.resources import files

import msgspec


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What is bought, said by its function and never by a brand.

    unit: the functional unit the quantity is counted in (`point`, `m`, `m2`, `capteur`, `etude`).
    requirements: functional requirements written once for all buyers. digital: has a net footprint of its own.
    """

    id: str
    title: str
    field: str
    unit: str
    requirements: tuple[str, ...] = ()
    digital: bool = False


@cache
def needs() -> dict[str, Need]:
    """The catalogue of needs, by id, from `model/needs.csv` (requirements separated by `|`)."""
    text = files("jumeau.model").joinpath("needs.csv").read_text(encoding="utf-8")
    out = {}
    for row in csv.DictReader(text.splitlines()):
        requirements = tuple(filter(None, row.pop("requirements").split("|")))
        out[row["id"]] = msgspec.convert(row | {"requirements": requirements}, Need, strict=False)
    return out
