"""Values of choice fields in their many spellings."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jumeau.model.dictionary import Field
from jumeau.sources.lamps import read_lamp
from jumeau.sources.names import fold, slug


@cache
def synonyms() -> dict[str, dict[str, str]]:
    """Field -> folded spelling -> choice, from `model/synonyms.csv`."""
    text = files("jumeau.model").joinpath("synonyms.csv").read_text(encoding="utf-8")
    out: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(text.splitlines()):
        for spelling in row["spellings"].split("|"):
            out.setdefault(row["field"], {})[slug(spelling)] = row["choice"]
    return out


def choice_of(field: Field, word: str, given: Mapping[str, str] | None = None) -> str | None:
    """The choice a cell means, or None. given: folded spelling -> choice, said by the user."""
    if given and (said := given.get(fold(word))) in field.constraint.choices:
        return said
    key = slug(word)
    spellings = _spellings(field.name, field.constraint.choices)
    found = spellings.get(key) or _by_tokens(key, spellings)
    return found or (read_lamp(word).technology if field.name == "lamp_technology" else None)


@cache
def _spellings(field: str, choices: tuple[str, ...]) -> dict[str, str]:
    usual = {spelling: choice for spelling, choice in synonyms().get(field, {}).items() if choice in choices}
    return usual | {slug(choice): choice for choice in choices}


def _by_tokens(key: str, spellings: Mapping[str, str]) -> str | None:
    """A spelling found whole among the words of the cell, when only one choice is named. `1000W_SHP` says `shp`."""
    found = {choice for spelling, choice in spellings.items() if len(spelling) > 1 and f"_{spelling}_" in f"_{key}_"}
    if len(found) > 1:
        longest = max((s for s in spellings if f"_{s}_" in f"_{key}_"), key=len)
        covered = {c for s, c in spellings.items() if f"_{s}_" in f"_{key}_" and s not in longest}
        found = {spellings[longest]} if not covered else found
    return found.pop() if len(found) == 1 else None
