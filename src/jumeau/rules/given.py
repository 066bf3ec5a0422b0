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
        read = _typed(known, value.strip())
    except (KeyError, ValueError) as error:
        wanted = t(f"cli.fait_{known.type}") + (f" ({', '.join(known.choices)})" if known.choices else "")
        raise InputError("cli.fait_valeur", text=f"{name}={value}", kind=wanted) from error
    check_bounds(name, known, read)
    return read


def check_bounds(name: str, known: FactField, value: Any) -> None:
    """Raises InputError when a number is outside what the fact may be, as 35 for a share of 35 %."""
    if known.type != "number" or known.least is None or known.most is None or known.least <= value <= known.most:
        return
    said = t(
        "regles.fait_hors_bornes",
        name=name,
        value=f"{value:g}",
        least=f"{known.least:g}",
        most=f"{known.most:g}",
        unit=known.unit,
    )
    raise InputError("regles.dit", said=said + (t("regles.fait_part") if known.unit == "ratio" else ""))


def _typed(known: FactField, value: str) -> Any:
    if known.type == "boolean":
        return _SAID[value.lower()]
    if known.type == "number":
        return _number(known, value)
    if known.type == "date":
        return date.fromisoformat(value)
    if known.choices and value not in known.choices:
        raise ValueError(value)
    return value


def _number(known: FactField, value: str) -> float:
    text = value.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    share = text.endswith("%") and known.unit == "ratio"
    number = float(text[:-1]) / 100 if share else float(text)
    if not -1e12 < number < 1e12:
        raise ValueError(value)
    return number
