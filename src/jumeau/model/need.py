"""Needs: functional units shared by all collectivités, and what is asked of whoever answers them."""

import csv
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Contract = Literal["travaux", "fournitures_services"]
THEMES = (
    "performance", "protocole_ouvert", "retour_donnees", "cybersecurite", "reparabilite", "hebergement", "mise_en_oeuvre",
)  # fmt: skip
DIGITAL, WORKS = "*digital", "*works"
"""Marks in `requirements.csv`: every digital need that exchanges data, every need met by works."""
OFFLINE = ("horloge_astronomique",)
"""Digital needs without network: no data leaves them, so no clause of hosting or of encryption."""


class Requirement(msgspec.Struct, frozen=True):
    """One thing asked, by its result and never by a brand. theme: one of THEMES."""

    theme: str
    text: str


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What is bought, said by its function and never by a brand.

    unit: the functional unit the quantity is counted in (`point`, `m`, `m2`, `capteur`, `etude`).
    requirements: functional requirements written once for all buyers. digital: has a net footprint of its own.
    contract: kind of contract that buys it, None when nobody said; family: what a single lot may hold, homogeneous
    supplies or works of one trade; cpv: code of the common procurement vocabulary with its check digit.
    """

    id: str
    title: str
    field: str
    unit: str
    requirements: tuple[Requirement, ...] = ()
    digital: bool = False
    contract: Contract | None = None
    family: str = ""
    cpv: str = ""


def _rows(name: str) -> list[dict[str, str]]:
    text = files("jumeau.model").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def needs() -> dict[str, Need]:
    """The catalogue of needs, by id, from `model/needs.csv` and `model/requirements.csv`."""
    asked: dict[str, list[Requirement]] = {}
    for row in _rows("requirements.csv"):
        asked.setdefault(row["need"], []).append(Requirement(row["theme"], row["text"]))
    out = {}
    for row in _rows("needs.csv"):
        mine = list(asked.get(row["id"], []))
        mine += asked[DIGITAL] if row["digital"] == "true" and row["id"] not in OFFLINE else []
        mine += asked[WORKS] if row["contract"] == "travaux" else []
        ordered = sorted(mine, key=lambda r: THEMES.index(r.theme))
        out[row["id"]] = msgspec.convert(row | {"requirements": ordered}, Need, strict=False)
    return out
