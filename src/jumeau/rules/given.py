"""Facts written by people, read with the vocabulary of the rules."""

from datetime import date
from typing import Any

from jumeau.errors import InputError
from jumeau.rules.loader import FactField, facts
from jumeau.texts import t

_SAID = {"oui": True, "true": True, "vrai": True, "non": False, "false": False, "faux": False}


def read_fact(name: str, value: str) -> Any:
    """The value of a fact of `rules/facts.yaml`. Raises InputError for a fact or a value that cannot be."""
    known = facts().get(name)
    if known is None:
        raise InputError("regles.fait_inconnu_saisi", name=name, known=", ".join(sorted(facts())))
    try:
        return _typed(known, value.strip())
    except (KeyError, ValueError) as error:
        wanted = t(f"cli.fait_{known.type}") + (f" ({', '.join(known.choices)})" if known.choices else "")
        raise InputError("cli.fait_valeur", text=f"{name}={value}", kind=wanted) from error


def _typed(known: FactField, value: str) -> Any:
    if known.type == "boolean":
        return _SAID[value.lower()]
    if known.type == "number":
        number = float(value.replace("\u202f", "").replace(" ", "").replace(",", "."))
        if not -1e12 < number < 1e12:
            raise ValueError(value)
        return number
    if known.type == "date":
        return date.fromisoformat(value)
    if known.choices and value not in known.choices:
        raise ValueError(value)
    return value
