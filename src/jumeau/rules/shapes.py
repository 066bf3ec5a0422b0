"""What msgspec says of a wrong shape, told in French with its line."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from jumeau.errors import RuleError
from jumeau.rules.reading import Document, Path
from jumeau.texts import t

Shape = TypeVar("Shape")
_PLACE = re.compile(r" - at `(?:key in )?\$(.*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"unknown field `(.+?)`")
_MISSING = re.compile(r"missing required field `(.+?)`")
_CHOICE = re.compile(r"Invalid enum value '(.*)'")
_DAY = re.compile(r"Invalid RFC3339 encoded date")
_TYPE = re.compile(r"Expected `(.+?)`, got `(.+?)`")


def shaped(
    data: Any, kind: type[Shape], document: Document, path: Path = (), choices: Mapping[str, str] | None = None
) -> Shape:
    """`data`, found at `path` of a document, as a struct. choices: texts a field allows, by name.

    Raises RuleError naming file, line and field.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), document, path, choices or {}) from error


def _refusal(said: str, document: Document, path: Path, choices: Mapping[str, str]) -> RuleError:
    place = _PLACE.search(said)
    steps = [m[1] or int(m[2]) for m in _STEP.finditer(place[1])] if place else []
    there = (*path, *steps)
    if found := _UNKNOWN.search(said):
        return document.refuse("regles.champ_inconnu", there, found[1], name=found[1])
    if found := _MISSING.search(said):
        return document.refuse("regles.champ_manquant", there, name=found[1])
    name = str(there[-1]) if there else document.file
    if found := _CHOICE.search(said):
        return document.refuse(
            "regles.champ_choix", there, found[1], name=name, given=found[1], choices=choices.get(name, "")
        )
    if _DAY.search(said):
        return document.refuse("regles.champ_type", there, name=name, wanted=t("regles.type_date"), got=t("regles.type_str"))
    if found := _TYPE.search(said):
        wanted, got = (" ou ".join(_type_words(one) for one in part.split(" | ")) for part in found.groups())
        return document.refuse("regles.champ_type", there, name=name, wanted=wanted, got=got)
    return document.refuse("regles.champ_illisible", there, name=name)


def _type_words(name: str) -> str:
    known = ("object", "array", "str", "int", "float", "bool", "date", "null")
    return t(f"regles.type_{name if name in known else 'autre'}")
