"""Lighting classes of EN 13201-2 as data: what each asks, how one is chosen, which are comparable.

The figures of the standards were recalled, not read on them: each row says so, and every result that uses one repeats it.
References: [1] EN 13201-2:2015, tables 1 to 6. [2] CEN/TR 13201-1:2014, weights and table of comparable classes.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from jumeau.errors import InputError

COMPARABLE = {"M1": "C1", "M2": "C2", "M3": "C3", "M4": "C4", "M5": "C5", "M6": "C5"}
"""Illuminance class comparable to a luminance class, for a usual asphalt [2]; M6 has none lower than C5."""

FIRST, LAST = {"M": 1, "C": 0, "P": 1}, {"M": 6, "C": 5, "P": 6}


class Requirement(msgspec.Struct, frozen=True):
    """What a class asks of one quantity: at least or at most `value` [unit]."""

    name: str
    quantity: str
    sense: str
    value: float
    unit: str
    source: str
    confidence: str


def _rows(name: str) -> list[dict[str, str]]:
    text = files("jumeau.model").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def requirements() -> Mapping[str, tuple[Requirement, ...]]:
    """Requirements of each class, by its name."""
    out: dict[str, tuple[Requirement, ...]] = {}
    for row in _rows("road_classes.csv"):
        one = Requirement(
            row["class"], row["quantity"], row["sense"], float(row["value"]), row["unit"], row["source"], row["confidence"]
        )
        out[one.name] = (*out.get(one.name, ()), one)
    return out


def required(name: str) -> tuple[Requirement, ...]:
    """Requirements of the class called `name`. Raises InputError with the known names."""
    if name not in requirements():
        raise InputError("voirie.classe_inconnue", name=name, known=", ".join(requirements()))
    return requirements()[name]


@cache
def _weights() -> Mapping[tuple[str, str], Mapping[str, int]]:
    out: dict[tuple[str, str], dict[str, int]] = {}
    for row in _rows("road_class_weights.csv"):
        out.setdefault((row["family"], row["parameter"]), {})[row["option"]] = int(row["weight"])
    return out


def weight(family: str, parameter: str, option: str) -> int:
    """Weight of an option [2]."""
    return _weights()[family, parameter][option]


def questions(family: str) -> Mapping[str, tuple[str, ...]]:
    """Parameters to answer for a family (M, C or P), with their options."""
    return {name: tuple(options) for (kind, name), options in _weights().items() if kind == family}


def choose(family: str, answers: Mapping[str, str]) -> str:
    """Class of a family for these answers: 6 minus the sum of their weights, within the classes that exist [2].

    Raises InputError naming the parameter that is missing or the option that does not exist.
    """
    if family not in FIRST:
        raise InputError("voirie.famille_inconnue", name=family, known=", ".join(FIRST))
    total = 0
    for name, options in questions(family).items():
        if answers.get(name) not in options:
            raise InputError("voirie.reponse", name=name, given=answers.get(name, ""), known=", ".join(options))
        total += _weights()[family, name][answers[name]]
    extra = sorted(set(answers) - set(questions(family)))
    if extra:
        raise InputError("voirie.question_inconnue", name=extra[0], known=", ".join(questions(family)))
    return f"{family}{min(max(6 - total, FIRST[family]), LAST[family])}"
